// SPDX-License-Identifier: MIT
//
// Two descriptors for standard error: the one that everybody writes to, and a copy.
#include "apps/cli/errors.h"

#include <fcntl.h>
#include <unistd.h>

static FILE *own; // NULL: stderr

FILE *ario__errors(void) {
  return own ? own : stderr;
}

bool ario__errors_are_shown(void) {
  return isatty(fileno(ario__errors()));
}

void ario__errors_keep_others_out(void) {
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

void ario__errors_let_others_in(void) {
  if (!own) return;
  dup2(fileno(own), STDERR_FILENO);
  fclose(own);
  own = NULL;
}
