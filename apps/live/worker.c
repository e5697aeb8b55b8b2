// SPDX-License-Identifier: MIT
//
// Starts and stops a thread.
#include "apps/live/worker.h"

void ario__worker_init(ario__worker *worker) {
  worker->started = false;
  worker->quit = false;
  pthread_mutex_init(&worker->lock, NULL);
}

ario_status ario__worker_start(ario__worker *worker, void *(*run)(void *), void *context, const char *purpose,
                               ario_error *error) {
  if (pthread_create(&worker->thread, NULL, run, context))
    return ario_fail(error, ARIO_ERR_MEMORY, "no thread can be started to %s", purpose);
  worker->started = true;
  return ARIO_OK;
}

bool ario__worker_stop(ario__worker *worker) {
  if (!worker->started) return false;
  worker->quit = true;
  pthread_join(worker->thread, NULL);
  worker->started = false;
  return true;
}

void ario__worker_free(ario__worker *worker) {
  ario__worker_stop(worker);
  pthread_mutex_destroy(&worker->lock);
}

void ario__worker_lock(ario__worker *worker) {
  pthread_mutex_lock(&worker->lock);
}

void ario__worker_unlock(ario__worker *worker) {
  pthread_mutex_unlock(&worker->lock);
}
