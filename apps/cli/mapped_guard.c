// SPDX-License-Identifier: MIT
//
// Ends the program with a line when a mapped file has shrunk. Nothing is half-written then: outputs appear
// whole or not at all, and are not made while the file is read.
#include "apps/cli/mapped_guard.h"
#include "apps/cli/options.h"
#include "arioso/status.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

// The line is made beforehand: a handler may not format.
static char line[sizeof(ario_error) + 1];
static size_t line_length;

static void report(int number, siginfo_t *info, void *context) {
  (void)context;
  if (info->si_code != BUS_ADRERR) { // no end of a file: as if nobody had caught it
    signal(number, SIG_DFL);
    return;
  }
  (void)!write(STDERR_FILENO, line, line_length);
  _exit(ARIO__FAILED);
}

void ario__mapped_guard(const char *path) {
  ario_error text;
  ario_fail(
      &text, ARIO_ERR_IO,
      "arioso: %.200s: was cut short while it was in use; what was saved before stays: put the file back, "
      "and go on with --resume",
      path);
  line_length = strlen(text.text);
  memcpy(line, text.text, line_length);
  line[line_length++] = '\n';
  struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, NULL);
}
