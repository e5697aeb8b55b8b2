// SPDX-License-Identifier: MIT
//
// The speed of this machine, measured: what arioso/cost.h counts is divided by it. Each function computes or
// reads for some tenths of a second, several times after a warm-up, and returns the median. Other programs
// that run at the same time make the machine look slower. Any thread, one at a time.
#ifndef ARIOSO_MACHINE_H
#define ARIOSO_MACHINE_H

#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// FLOP/s of 2048 x 2048 matrix products shared among `threads` (1..64) workers. fp32: the faster of OpenBLAS
// and oneDNN, as neither knows every processor; OpenBLAS is loaded, and set to one thread for the whole process. bf16:
// oneDNN, or our own loops where the library is built without it. oneDNN's matrices are in the layout that it
// likes best. *flops is 0 where the processor has no instructions for the precision, or neither library is here. Errors: ERR_ARGUMENT,
// ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_machine_products(ario_precision precision, size_t threads,
                                                          double *flops);

// Bytes that `threads` (1..64) workers read in a second. They share `bytes` (at least 1), and each reads its
// part again and again: a size that fits the caches gives the speed of the caches. Errors: ERR_ARGUMENT,
// ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_machine_bandwidth(size_t bytes, size_t threads, double *bytes_per_s);

#ifdef __cplusplus
}
#endif

#endif
