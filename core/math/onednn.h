// SPDX-License-Identifier: MIT
//
// Matrix products in bf16 by oneDNN, if the library is built with it (ARIO_WITH_ONEDNN): the way to a
// processor's AMX instructions. Each call computes on the calling thread alone. oneDNN keeps the code that it
// has compiled for the shapes of products in one cache per process. That cache is global state, and so is the
// permission to use AMX, which oneDNN asks of the system.
#ifndef ARIO_ONEDNN_H
#define ARIO_ONEDNN_H

#include "core/math/gemm.h"

// A worker's first product of a shape (rounded up to some multiples) allocates; later ones do not. If there
// is no memory for it, plain loops compute the product.
extern const struct ario__gemm ario__gemm_onednn;

// Whether oneDNN finds bf16 instructions on this processor, and whether they are AMX.
bool ario__onednn_runs(void);
bool ario__onednn_has_amx(void);

// The yardstick: a product of `side` x `side` matrices in fp32 or bf16, in the layout that oneDNN likes best,
// shared among `threads` tasks that each compute some rows.
struct ario__onednn_yardstick;

// Errors: ERR_MEMORY; ERR_UNSUPPORTED if oneDNN has no fast way to compute it here.
ario_status ario__onednn_yardstick_create(ario_precision precision, size_t side, size_t threads,
                                          struct ario__onednn_yardstick **out);
void ario__onednn_yardstick_free(struct ario__onednn_yardstick *yardstick); // safe on NULL
// An ario__task: computes part `task` of 0 .. threads - 1.
void ario__onednn_yardstick_run(void *yardstick, size_t task, size_t worker);

#endif
