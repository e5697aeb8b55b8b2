// SPDX-License-Identifier: MIT
//
// The version of Arioso. CMakeLists.txt reads it from this file.
#ifndef ARIOSO_VERSION_H
#define ARIOSO_VERSION_H

#include "arioso/status.h"

#define ARIO_VERSION_MAJOR 0
#define ARIO_VERSION_MINOR 1
#define ARIO_VERSION_PATCH 0

#define ARIO_VERSION_TEXT_(major, minor, patch) #major "." #minor "." #patch
#define ARIO_VERSION_TEXT(major, minor, patch)  ARIO_VERSION_TEXT_(major, minor, patch)

// The version that a program was compiled with, as text: "0.1.0".
#define ARIO_VERSION ARIO_VERSION_TEXT(ARIO_VERSION_MAJOR, ARIO_VERSION_MINOR, ARIO_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

// The version of the library that the program runs with, as text. The text is static.
ARIO_API const char *ario_version(void);

#ifdef __cplusplus
}
#endif

#endif
