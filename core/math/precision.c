// SPDX-License-Identifier: MIT
//
// Names of precisions and kernels.
#include "arioso/precision.h"
#include "core/math/micro.h"

const char *ario_precision_name(ario_precision precision) {
  static const char *const names[] = {"fp32", "bf16", "int8"};
  return (size_t)precision < sizeof names / sizeof *names ? names[precision] : NULL;
}

const char *ario_kernels_name(ario_kernels kernels) {
  return ario__micro_of(kernels)->name;
}
