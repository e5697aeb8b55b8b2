// SPDX-License-Identifier: MIT
//
// Which inner loops this processor can run.
#include "core/math/micro.h"

#ifdef ARIO_WITH_X86
#include <cpuid.h>

// __builtin_cpu_supports does not know this name in every compiler.
static bool has_f16c(void) {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_F16C;
}
#endif

bool ario__micro_runs(const struct ario__micro *micro) {
#ifdef ARIO_WITH_X86
  __builtin_cpu_init();
  if (micro == &ario__micro_avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
  if (micro == &ario__micro_avx2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
#endif
  return micro == &ario__micro_plain;
}

const struct ario__micro *ario__micro_best(void) {
#ifdef ARIO_WITH_X86
  if (ario__micro_runs(&ario__micro_avx512)) return &ario__micro_avx512;
  if (ario__micro_runs(&ario__micro_avx2)) return &ario__micro_avx2;
#endif
  return &ario__micro_plain;
}

const struct ario__micro *ario__micro_of(ario_kernels kernels) {
  return kernels == ARIO_KERNELS_PLAIN ? &ario__micro_plain : ario__micro_best();
}
