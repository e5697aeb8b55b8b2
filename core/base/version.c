// SPDX-License-Identifier: MIT
//
// The library's version.
#include "arioso/version.h"

const char *ario_version(void) {
  return ARIO_VERSION;
}
