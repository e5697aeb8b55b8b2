// SPDX-License-Identifier: MIT
//
// Notes a signal in a flag.
#include "apps/cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void remember(int signal) {
  (void)signal;
  interrupted = 1;
}

void ario__interrupt_catch(void) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction action = {.sa_handler = remember, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

ario_status ario__interrupt_check(ario_error *error) {
  return interrupted ? ario_fail(error, ARIO_ERR_STATE, "interrupted") : ARIO_OK;
}
