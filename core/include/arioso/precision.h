// SPDX-License-Identifier: MIT
//
// The number format and the processor instructions that matrix products are computed with.
#ifndef ARIOSO_PRECISION_H
#define ARIOSO_PRECISION_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// The precision of a session or a trainer. The model's weights stay as they are; copies are rounded before
// they are multiplied. BF16 rounds both factors to bf16. INT8, for sessions only, rounds weights to 8 bits
// with one scale for each row. Sums are fp32; sums of 8-bit products are exact.
typedef enum ario_precision { ARIO_PRECISION_FP32, ARIO_PRECISION_BF16, ARIO_PRECISION_INT8 } ario_precision;

// The name of a precision: "fp32", "bf16" or "int8"; NULL for any other number.
ARIO_API const char *ario_precision_name(ario_precision precision);

// Which code computes.
typedef enum ario_kernels {
  ARIO_KERNELS_FAST,  // the fastest that the processor can run
  ARIO_KERNELS_PLAIN, // plain C loops, for tests and readers
} ario_kernels;

// The instructions that these kernels use on this processor: "AVX-512", "AVX2" or
// "plain C". The text is static.
ARIO_API const char *ario_kernels_name(ario_kernels kernels);

#ifdef __cplusplus
}
#endif

#endif
