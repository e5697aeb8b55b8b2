// SPDX-License-Identifier: MIT
//
// A pool of workers that claim numbered tasks. A token takes a few dozen rounds of tasks of some microseconds
// each, so a worker spins for a while before it sleeps: waking a thread costs more than such a round. A round
// is over when its tasks are done, not when every worker has looked in, so a worker that the system has
// suspended keeps nobody waiting.
//
// Each worker first does its own share of the tasks and then helps with the others'. From one round to the
// next like it, a worker thus reads the same weights, which its own caches may still hold.
#include "core/base/pool.h"
#include "core/base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS = 2000 }; // some tens of microseconds

// A ticket is the number of a round and the first task of a share that nobody has claimed. A closed ticket
// has no tasks.
#define TICKET(round, task) ((uint64_t)(round) << 32 | (uint32_t)(task))
#define ROUND_OF(ticket)    ((uint32_t)((ticket) >> 32))
#define TASK_OF(ticket)     ((uint32_t)(ticket))
#define CLOSED              UINT32_MAX

struct worker {
  struct ario__pool *pool;
  size_t index;
  pthread_t thread;
};

// One worker's share of the round, in a cache line of its own.
struct share {
  _Atomic uint64_t ticket;
  char apart[ARIO__ALIGNMENT - sizeof(uint64_t)];
};

struct ario__pool {
  // What the current round runs. It changes only while all tickets are closed. So whoever reads these and
  // then claims a task by exchanging a ticket has read what belongs to that task.
  _Atomic(ario__task) task;
  _Atomic(void *) context;
  atomic_size_t count;

  struct share shares[ARIO__MAX_THREADS];
  _Atomic uint32_t round; // the newest round
  atomic_size_t done;     // tasks done in this round
  atomic_bool stop;

  pthread_mutex_t mutex;
  pthread_cond_t wake;
  size_t sleepers; // guarded by the mutex

  char *scratch;
  size_t scratch_bytes; // of one worker
  void (*release)(void *scratch);
  void *lent;
  size_t lent_bytes;

  size_t threads; // workers and the caller
  size_t workers; // threads that were started
  struct worker worker[ARIO__MAX_THREADS];
};

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// Claims tasks of a share and runs them until none is left.
static void work_off_share(struct ario__pool *pool, size_t share, size_t worker) {
  _Atomic uint64_t *place = &pool->shares[share].ticket;
  uint64_t ticket = atomic_load_explicit(place, memory_order_acquire);
  for (;;) {
    ario__task task = atomic_load_explicit(&pool->task, memory_order_acquire);
    void *context = atomic_load_explicit(&pool->context, memory_order_acquire);
    size_t count = atomic_load_explicit(&pool->count, memory_order_acquire);
    uint32_t number = TASK_OF(ticket);
    if (number == CLOSED || number >= count * (share + 1) / pool->threads) return;
    // On failure `ticket` holds the current value.
    if (!atomic_compare_exchange_weak_explicit(place, &ticket, TICKET(ROUND_OF(ticket), number + 1),
                                               memory_order_acq_rel, memory_order_acquire))
      continue;
    task(context, number, worker);
    atomic_fetch_add_explicit(&pool->done, 1, memory_order_release);
    ticket = atomic_load_explicit(place, memory_order_acquire);
  }
}

static void work_off(struct ario__pool *pool, size_t worker) {
  for (size_t i = 0; i < pool->threads; i++) work_off_share(pool, (worker + i) % pool->threads, worker);
}

static bool is_past(struct ario__pool *pool, uint32_t round) {
  return atomic_load_explicit(&pool->round, memory_order_acquire) != round ||
         atomic_load_explicit(&pool->stop, memory_order_acquire);
}

// Returns when there is another round, or there will never be one.
static void wait_past(struct ario__pool *pool, uint32_t round) {
  for (size_t i = 0; i < SPINS; i++) {
    if (is_past(pool, round)) return;
    pause_briefly();
  }
  pthread_mutex_lock(&pool->mutex);
  pool->sleepers++;
  while (!is_past(pool, round)) pthread_cond_wait(&pool->wake, &pool->mutex);
  pool->sleepers--;
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  struct ario__pool *pool = worker->pool;
  while (!atomic_load_explicit(&pool->stop, memory_order_acquire)) {
    uint32_t round = atomic_load_explicit(&pool->round, memory_order_acquire);
    work_off(pool, worker->index);
    wait_past(pool, round);
  }
  return NULL;
}

// Opens a round. The mutex is held so that no worker falls asleep after it has looked for a round and missed
// this one.
static void open_round(struct ario__pool *pool, uint32_t round, size_t count) {
  pthread_mutex_lock(&pool->mutex);
  for (size_t i = 0; i < pool->threads; i++)
    atomic_store_explicit(&pool->shares[i].ticket, TICKET(round, count * i / pool->threads),
                          memory_order_release);
  atomic_store_explicit(&pool->round, round, memory_order_release);
  if (pool->sleepers) pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

// Rounded up, so that no two workers share a cache line.
static size_t whole_lines(size_t bytes) {
  return (bytes / ARIO__ALIGNMENT + 1) * ARIO__ALIGNMENT;
}

size_t ario__pool_bytes(size_t threads, size_t scratch) {
  return sizeof(struct ario__pool) + threads * whole_lines(scratch);
}

void *ario__pool_scratch(struct ario__pool *pool, size_t worker) {
  return pool->scratch + worker * pool->scratch_bytes;
}

void ario__pool_at_end(struct ario__pool *pool, void (*release)(void *scratch)) {
  pool->release = release;
}

void ario__pool_lend(struct ario__pool *pool, void *memory, size_t bytes) {
  pool->lent = memory;
  pool->lent_bytes = bytes;
}

void *ario__pool_lent(const struct ario__pool *pool, size_t *bytes) {
  *bytes = pool->lent_bytes;
  return pool->lent;
}

ario_status ario__pool_create(size_t threads, size_t scratch, struct ario__pool **out) {
  *out = NULL;
  size_t bytes;
  if (!ario__multiply(threads, whole_lines(scratch), &bytes)) return ARIO_ERR_LIMIT;
  struct ario__pool *pool = calloc(1, sizeof *pool);
  if (!pool) return ARIO_ERR_MEMORY;
  pool->threads = threads;
  pool->scratch_bytes = whole_lines(scratch);
  pool->scratch = ario__block(bytes);
  if (!pool->scratch) {
    free(pool);
    return ARIO_ERR_MEMORY;
  }
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
  atomic_store_explicit(&pool->stop, true, memory_order_release);
  atomic_store_explicit(&pool->count, 0, memory_order_release);
  open_round(pool, atomic_load_explicit(&pool->round, memory_order_relaxed) + 1, 0);
  for (size_t i = 0; i < pool->workers; i++) pthread_join(pool->worker[i].thread, NULL);
  for (size_t i = 0; pool->release && i <= pool->workers; i++) pool->release(ario__pool_scratch(pool, i));
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->scratch);
  free(pool);
}

void ario__pool_run(struct ario__pool *pool, ario__task task, void *context, size_t count) {
  if (pool->workers == 0 || count < 2) {
    for (size_t i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  uint32_t round = atomic_load_explicit(&pool->round, memory_order_relaxed);
  for (size_t i = 0; i < pool->threads; i++)
    atomic_store_explicit(&pool->shares[i].ticket, TICKET(round, CLOSED), memory_order_relaxed);
  atomic_store_explicit(&pool->task, task, memory_order_release);
  atomic_store_explicit(&pool->context, context, memory_order_release);
  atomic_store_explicit(&pool->count, count, memory_order_release);
  atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
  open_round(pool, round + 1, count);
  work_off(pool, 0);
  for (size_t spins = 0; atomic_load_explicit(&pool->done, memory_order_acquire) < count; spins++) {
    pause_briefly();
    if (spins > SPINS) sched_yield(); // more threads than cores: let the others finish
  }
}

struct rows_job {
  ario__rows_task task;
  void *context;
  size_t count;
};

static void run_block(void *context, size_t block, size_t worker) {
  (void)worker;
  const struct rows_job *job = context;
  size_t first = block * ARIO__BLOCK_ROWS, rest = job->count - first;
  job->task(job->context, first, rest < ARIO__BLOCK_ROWS ? rest : ARIO__BLOCK_ROWS);
}

void ario__pool_run_rows(struct ario__pool *pool, ario__rows_task task, void *context, size_t count) {
  ario__pool_run(pool, run_block, &(struct rows_job){task, context, count},
                 (count + ARIO__BLOCK_ROWS - 1) / ARIO__BLOCK_ROWS);
}
