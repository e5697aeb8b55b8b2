// SPDX-License-Identifier: MIT
//
// The workers of one session. Work comes as numbered tasks whose results do not depend on who runs them, so
// any number of workers computes the same bits.
#ifndef ARIO_POOL_H
#define ARIO_POOL_H

#include "arioso/status.h"

enum { ARIO__MAX_THREADS = 64 };

struct ario__pool;

// `worker` is 0 .. threads - 1; it says whose scratch memory to use.
typedef void (*ario__task)(void *context, size_t task, size_t worker);

// Starts threads - 1 workers; the caller of ario__pool_run is the other one. Each has `scratch` bytes of
// memory of its own. Errors: ERR_MEMORY, ERR_LIMIT.
ario_status ario__pool_create(size_t threads, size_t scratch, struct ario__pool **out);
// Bytes that such a pool takes.
size_t ario__pool_bytes(size_t threads, size_t scratch);
void ario__pool_free(struct ario__pool *pool);

// A worker's scratch memory, aligned to cache lines, zero at first.
void *ario__pool_scratch(struct ario__pool *pool, size_t worker);
// Sets a function that ario__pool_free calls with each worker's scratch memory, to free what tasks have left
// in it.
void ario__pool_at_end(struct ario__pool *pool, void (*release)(void *scratch));

// Lends the pool memory that its workers share for what one round leaves to the next. The owner keeps it
// until the pool is freed. None at first.
void ario__pool_lend(struct ario__pool *pool, void *memory, size_t bytes);
void *ario__pool_lent(const struct ario__pool *pool, size_t *bytes);

// Runs tasks 0 .. count - 1 and returns when all are done. Allocates nothing.
void ario__pool_run(struct ario__pool *pool, ario__task task, void *context, size_t count);

// A task on rows first .. first + rows - 1, which depend on no other rows.
typedef void (*ario__rows_task)(void *context, size_t first, size_t rows);

// Runs a task over `count` rows in blocks of ARIO__BLOCK_ROWS. The caller alone runs a single block.
enum { ARIO__BLOCK_ROWS = 32 };
void ario__pool_run_rows(struct ario__pool *pool, ario__rows_task task, void *context, size_t count);

#endif
