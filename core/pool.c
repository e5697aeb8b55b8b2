// SPDX-License-Identifier: MIT
//
// A pool of workers that claim numbered tasks. A token is a few dozen rounds of tasks of some microseconds
// each, so a worker spins for a while before it sleeps: waking a thread costs more than such a round.
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS = 20000 }; // some tens of microseconds

struct worker {
  struct ario__pool *pool;
  size_t index;
  pthread_t thread;
};

struct ario__pool {
  // What the current round runs; written before `round` moves on.
  ario__task task;
  void *context;
  size_t count;

  atomic_size_t next;  // first task that nobody has claimed
  atomic_size_t busy;  // workers that have not finished this round
  atomic_size_t round; // moves on when there is work
  atomic_bool stop;

  pthread_mutex_t mutex;
  pthread_cond_t wake;
  size_t sleepers; // under the mutex

  size_t workers; // started
  struct worker worker[ARIO__MAX_THREADS];
};

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

static void claim_tasks(struct ario__pool *pool, size_t worker) {
  for (;;) {
    size_t task = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (task >= pool->count) return;
    pool->task(pool->context, task, worker);
  }
}

// Returns when the round is no longer `seen`.
static void wait_for_round(struct ario__pool *pool, size_t seen) {
  for (size_t i = 0; i < SPINS; i++) {
    if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen) return;
    pause_briefly();
  }
  pthread_mutex_lock(&pool->mutex);
  pool->sleepers++;
  while (atomic_load_explicit(&pool->round, memory_order_acquire) == seen)
    pthread_cond_wait(&pool->wake, &pool->mutex);
  pool->sleepers--;
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  struct ario__pool *pool = worker->pool;
  for (size_t seen = 0;;) {
    wait_for_round(pool, seen);
    seen++;
    if (atomic_load_explicit(&pool->stop, memory_order_relaxed)) return NULL;
    claim_tasks(pool, worker->index);
    atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_release);
  }
}

// The mutex is held while the round moves on, so that nobody falls asleep in between.
static void start_round(struct ario__pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
  if (pool->sleepers) pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

ario_status ario__pool_create(size_t threads, struct ario__pool **out) {
  *out = NULL;
  struct ario__pool *pool = calloc(1, sizeof *pool);
  if (!pool) return ARIO_ERR_MEMORY;
  atomic_init(&pool->next, 0);
  atomic_init(&pool->busy, 0);
  atomic_init(&pool->round, 0);
  atomic_init(&pool->stop, false);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  for (size_t i = 1; i < threads; i++) {
    struct worker *worker = &pool->worker[pool->workers];
    *worker = (struct worker){.pool = pool, .index = i};
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
      ario__pool_free(pool);
      return ARIO_ERR_MEMORY;
    }
    pool->workers++;
  }
  *out = pool;
  return ARIO_OK;
}

void ario__pool_free(struct ario__pool *pool) {
  if (!pool) return;
  atomic_store_explicit(&pool->stop, true, memory_order_relaxed);
  start_round(pool);
  for (size_t i = 0; i < pool->workers; i++) pthread_join(pool->worker[i].thread, NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}

void ario__pool_run(struct ario__pool *pool, ario__task task, void *context, size_t count) {
  if (pool->workers == 0 || count < 2) {
    for (size_t i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  pool->task = task;
  pool->context = context;
  pool->count = count;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit(&pool->busy, pool->workers, memory_order_relaxed);
  start_round(pool);
  claim_tasks(pool, 0);
  for (size_t spins = 0; atomic_load_explicit(&pool->busy, memory_order_acquire); spins++) {
    pause_briefly();
    if (spins > SPINS) sched_yield(); // more threads than cores: let them finish
  }
}
