// SPDX-License-Identifier: MIT
//
// Workers of one session. Work comes as numbered tasks whose results do not depend on who runs them, so that
// any number of workers computes the same bits.
#ifndef ARIO_POOL_H
#define ARIO_POOL_H

#include "arioso/status.h"

enum { ARIO__MAX_THREADS = 64 };

struct ario__pool;

// `worker` is 0 .. threads - 1 and says whose scratch memory to use.
typedef void (*ario__task)(void *context, size_t task, size_t worker);

// threads - 1 workers are started; the caller of ario__pool_run is the other one.
ario_status ario__pool_create(size_t threads, struct ario__pool **out);
void ario__pool_free(struct ario__pool *pool);

// Runs tasks 0 .. count - 1 and returns when all are done. Allocates nothing.
void ario__pool_run(struct ario__pool *pool, ario__task task, void *context, size_t count);

#endif
