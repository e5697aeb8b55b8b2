// SPDX-License-Identifier: MIT
//
// A thread that works beside the one that talks to the user, with a lock for what both touch.
#ifndef ARIO_APPS_WORKER_H
#define ARIO_APPS_WORKER_H

#include "arioso/status.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct ario__worker {
  pthread_t thread;
  pthread_mutex_t lock;
  atomic_bool quit; // the thread is to return
  bool started;
} ario__worker;

void ario__worker_init(ario__worker *worker);

// Runs `run` on a thread; `purpose` ("answer with") is for the error. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__worker_start(ario__worker *worker, void *(*run)(void *), void *context,
                                              const char *purpose, ario_error *error);

// Tells the thread to return and waits until it has. Returns true if there was one. Safe to call again.
bool ario__worker_stop(ario__worker *worker);

void ario__worker_free(ario__worker *worker); // stops it

void ario__worker_lock(ario__worker *worker);
void ario__worker_unlock(ario__worker *worker);

#endif
