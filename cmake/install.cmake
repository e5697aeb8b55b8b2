# SPDX-License-Identifier: MIT
# What `cmake --install` leaves, as a tree that may be moved: library, headers, models, and how CMake and pkg-config find them.
# Its components: program (with models), library, development.
install(TARGETS arioso_shared EXPORT ariosoShared
        LIBRARY COMPONENT library NAMELINK_COMPONENT development INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS arioso_static EXPORT ariosoStatic
        ARCHIVE COMPONENT development INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY core/include/arioso codecs/include/arioso TYPE INCLUDE COMPONENT development
        FILES_MATCHING PATTERN "*.h")
if(ARIO_INSTALL_MODELS)
  install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_DATADIR}/arioso COMPONENT program PATTERN recipes EXCLUDE)
endif()

# For find_package(arioso): the shared library alone needs no other package; COMPONENTS static finds what that one needs.
set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/arioso)
foreach(set ariosoShared ariosoStatic)
  install(EXPORT ${set} NAMESPACE arioso:: DESTINATION ${folder} COMPONENT development)
endforeach()
configure_package_config_file(cmake/ariosoConfig.cmake.in ${PROJECT_BINARY_DIR}/ariosoConfig.cmake
                              INSTALL_DESTINATION ${folder} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ariosoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ariosoConfig.cmake ${PROJECT_BINARY_DIR}/ariosoConfigVersion.cmake
        DESTINATION ${folder} COMPONENT development)

# For pkg-config: folders relative to the .pc file. What the static library needs stands in Libs.private and not in
# Requires.private, of which pkg-config takes the compiler's flags, too; our headers include none of theirs.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
cmake_path(SET ARIO_PC_PREFIX "\${pcfiledir}/${up}")
cmake_path(APPEND ARIO_PC_LIBDIR "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND ARIO_PC_INCLUDEDIR "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
set(ARIO_PC_LIBS "")
foreach(library CJSON SMF SNDFILE SAMPLERATE)
  list(APPEND ARIO_PC_LIBS ${${library}_LDFLAGS})
endforeach()
list(TRANSFORM ARIO_OPTIONAL_NAMES PREPEND "-l" OUTPUT_VARIABLE optional)
list(APPEND ARIO_PC_LIBS ${optional} ${ARIO_ICONV} -lpthread -ldl -lm)
list(JOIN ARIO_PC_LIBS " " ARIO_PC_LIBS)
configure_file(cmake/arioso.pc.in arioso.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/arioso.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
