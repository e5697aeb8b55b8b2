// SPDX-License-Identifier: MIT
//
// What products of matrices are computed in, and by which instructions.
#ifndef ARIOSO_PRECISION_H
#define ARIOSO_PRECISION_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Weights stay what the model holds; whatever uses a model rounds what it multiplies: both factors to bf16, or
// weights to 8 bits with a scale a row. Sums are fp32 (of 8 bits: exact). int8 is for sessions only.
typedef enum ario_precision { ARIO_PRECISION_FP32, ARIO_PRECISION_BF16, ARIO_PRECISION_INT8 } ario_precision;

// "fp32", "bf16" or "int8"; NULL for another number.
ARIO_API const char *ario_precision_name(ario_precision precision);

typedef enum ario_kernels {
  ARIO_KERNELS_FAST,  // the best instructions that the processor has
  ARIO_KERNELS_PLAIN, // plain C loops, for tests and for reading
} ario_kernels;

// What was chosen for this processor: "AVX-512", "AVX2" or "plain C".
ARIO_API const char *ario_kernels_name(ario_kernels kernels);

#ifdef __cplusplus
}
#endif

#endif
