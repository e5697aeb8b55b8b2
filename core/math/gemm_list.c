// SPDX-License-Identifier: MIT
//
// The backends that this machine can run, and the choice among them.
#include "core/math/gemm.h"
#include "core/math/micro.h"
#ifdef ARIO_WITH_ONEDNN
#include "core/math/onednn.h"
#endif

// The backends that are faster than OpenBLAS. With AMX oneDNN is several times faster than our loops; without
// it our loops are faster.
static size_t list_faster(const struct ario__gemm *list[ARIO__GEMMS]) {
  size_t count = 0;
  (void)list; // in plain C nothing is faster
#ifdef ARIO_WITH_ONEDNN
  if (ario__onednn_has_amx()) list[count++] = &ario__gemm_onednn;
#endif
#ifdef ARIO_WITH_X86
  if (ario__micro_runs(&ario__micro_avx512)) {
    list[count++] = &ario__gemm_avx512;
    list[count++] = &ario__gemm_avx512_bf16;
  }
  if (ario__micro_runs(&ario__micro_avx2)) list[count++] = &ario__gemm_avx2;
#endif
#ifdef ARIO_WITH_ONEDNN
  if (ario__onednn_runs() && !ario__onednn_has_amx()) list[count++] = &ario__gemm_onednn;
#endif
  return count;
}

size_t ario__gemm_list(const struct ario__gemm *list[ARIO__GEMMS]) {
  size_t count = list_faster(list);
  if (ario__openblas_runs()) list[count++] = &ario__gemm_openblas;
  list[count++] = &ario__gemm_plain;
  list[count++] = &ario__gemm_plain_bf16;
  return count;
}

const struct ario__gemm *ario__gemm_of(ario_kernels kernels, ario_precision precision) {
  const struct ario__gemm *list[ARIO__GEMMS];
  if (kernels == ARIO_KERNELS_PLAIN)
    return precision == ARIO_PRECISION_BF16 ? &ario__gemm_plain_bf16 : &ario__gemm_plain;
  size_t count = list_faster(list);
  for (size_t i = 0; i < count; i++)
    if (list[i]->precision == precision) return list[i];
  if (precision != ARIO_PRECISION_FP32) return ario__gemm_of(kernels, ARIO_PRECISION_FP32);
  return ario__openblas_runs() ? &ario__gemm_openblas : &ario__gemm_plain;
}
