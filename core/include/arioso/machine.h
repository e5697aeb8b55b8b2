// SPDX-License-Identifier: MIT
//
// How fast this machine is, measured: what arioso/cost.h counts is divided by this. Each function computes or
// reads for some tenths of a second, several times after a warm-up, and gives the median; something else that
// runs at the same time makes the machine look slower.
#ifndef ARIOSO_MACHINE_H
#define ARIOSO_MACHINE_H

#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// FLOP/s of products of matrices 2048 x 2048 shared among `threads` (1..64) workers, in this precision: fp32
// by OpenBLAS, which is set to one thread per process, or by oneDNN, whichever is faster: each has processors
// that it does not know; bf16 by oneDNN. oneDNN's matrices lie as it likes best; if the library is built
// without it, bf16 is by our own loops from fp32. 0 where the processor has no instructions for the
// precision. Errors: ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_machine_products(ario_precision precision, size_t threads,
                                                          double *flops);

// Bytes that `threads` (1..64) workers read in a second, each again and again its part of `bytes` (at least
// 1) altogether: what fits the caches is read faster than what does not. Errors: ERR_ARGUMENT, ERR_LIMIT,
// ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_machine_bandwidth(size_t bytes, size_t threads, double *bytes_per_s);

#ifdef __cplusplus
}
#endif

#endif
