// SPDX-License-Identifier: MIT
//
// The guard: descriptor 2 leads to /dev/null, and the program prints to a copy of what it was.
#include "apps/cli/stderr_guard.h"

#include <fcntl.h>
#include <unistd.h>

static FILE *own; // NULL: stderr

FILE *ario__stderr(void) {
  return own ? own : stderr;
}

bool ario__stderr_is_terminal(void) {
  return isatty(fileno(ario__stderr()));
}

void ario__stderr_guard(void) {
  fflush(stderr);
  int copy = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY);
  FILE *file = copy >= 0 && nothing >= 0 ? fdopen(copy, "w") : NULL;
  if (file) {
    setvbuf(file, NULL, _IONBF, 0);
    dup2(nothing, STDERR_FILENO);
    own = file;
  } else if (copy >= 0) {
    close(copy);
  }
  if (nothing >= 0) close(nothing);
}

void ario__stderr_unguard(void) {
  if (!own) return;
  dup2(fileno(own), STDERR_FILENO);
  fclose(own);
  own = NULL;
}
