# SPDX-License-Identifier: MIT
# What compiler and linker add against errors in the handling of memory, each where there is it: stack protectors, checked
# versions of the C library's functions, a table of foreign functions that is read-only before the program starts, and a stack
# that is not code. ARIO_HARDEN=OFF leaves all to the distribution; sanitizers have better checks.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)

option(ARIO_HARDEN "Build with stack protectors, fortified functions and full RELRO, where the compiler has them" ON)

check_pie_supported(LANGUAGES C) # programs at random addresses, too
check_linker_flag(C "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/arioso.map" ARIO_LINKER_VERSION_SCRIPT)

if(ARIO_HARDEN AND NOT ARIO_SANITIZE)
  check_c_compiler_flag(-fstack-protector-strong ARIO_STACK_PROTECTOR)
  check_linker_flag(C "LINKER:-z,relro,-z,now" ARIO_FULL_RELRO)
  check_linker_flag(C "LINKER:-z,noexecstack" ARIO_NOEXECSTACK)
  set(fortify -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) # which needs an optimiser
  set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2")
  check_c_source_compiles("#include <string.h>\nint main(void) { char x[2]; memset(x, 0, 2); return x[0]; }" ARIO_FORTIFY)
  unset(CMAKE_REQUIRED_FLAGS)
  target_compile_options(arioso_flags INTERFACE
    $<$<BOOL:${ARIO_STACK_PROTECTOR}>:-fstack-protector-strong>
    $<$<AND:$<BOOL:${ARIO_FORTIFY}>,$<NOT:$<CONFIG:Debug>>>:${fortify}>)
  target_link_options(arioso_flags INTERFACE
    $<$<BOOL:${ARIO_FULL_RELRO}>:LINKER:-z,relro,-z,now>
    $<$<BOOL:${ARIO_NOEXECSTACK}>:LINKER:-z,noexecstack>)
endif()
