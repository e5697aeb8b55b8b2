// SPDX-License-Identifier: MIT
//
// Notes a signal in a flag.
#include "apps/cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t interrupted;
static atomic_llong
    first_at; // milliseconds; 0: no signal has come. Without a lock, so that a handler may use it

static long long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

// Some programs signal a process and then its group, and a terminal that is closed sends several signals: what
// comes within a second is one wish.
static void remember(int signal) {
  enum { ONE_WISH = 1000 };
  int number = errno;
  long long none = 0, now = milliseconds();
  if (atomic_compare_exchange_strong(&first_at, &none, now)) {
    interrupted = 1;
  } else if (now - none >= ONE_WISH) { // `none` is now when the first one came
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal, &standard, NULL);
    raise(signal);
  }
  errno = number;
}

void ario__interrupt_catch(void) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction action = {.sa_handler = remember}, before;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
      sigaction(signals[i], &action, NULL);
  signal(SIGXFSZ, SIG_IGN); // a file that grows past its limit is an error of the write
}

ario_status ario__interrupt_check(ario_error *error) {
  return interrupted ? ario_fail(error, ARIO_ERR_STATE, "interrupted") : ARIO_OK;
}

void ario__interrupt_answer(void) {
  interrupted = 0;
}
