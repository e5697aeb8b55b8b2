// SPDX-License-Identifier: MIT
//
// A worker: a thread beside the one of the user interface, and a lock for the data that both use.
#ifndef ARIO_APPS_WORKER_H
#define ARIO_APPS_WORKER_H

#include "arioso/status.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct ario__worker {
  pthread_t thread;
  pthread_mutex_t lock;
  atomic_bool quit; // the thread must return
  bool started;
} ario__worker;

void ario__worker_init(ario__worker *worker);

// Calls run(context) on a new thread; `purpose` ("answer with") completes the error
// message. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__worker_start(ario__worker *worker, void *(*run)(void *), void *context,
                                              const char *purpose, ario_error *error);

// Tells the thread to return and waits for it. Returns true if there was a thread. Safe to call again.
bool ario__worker_stop(ario__worker *worker);

void ario__worker_free(ario__worker *worker); // stops the thread first

void ario__worker_lock(ario__worker *worker);
void ario__worker_unlock(ario__worker *worker);

#endif
