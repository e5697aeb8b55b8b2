// SPDX-License-Identifier: MIT
//
// Asks the system for the file that is running.
#include "apps/cli/executable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

// The executable file's path; the caller frees it. NULL: unknown.
static char *executable(void) {
#ifdef __APPLE__
  char name[ARIO__PATH_MOST];
  uint32_t size = sizeof name;
  return _NSGetExecutablePath(name, &size) == 0 ? realpath(name, NULL) : NULL;
#else
  return realpath("/proc/self/exe", NULL);
#endif
}

void ario__beside_executable(const char *relative, char *path) {
  char *file = executable(), *slash = file ? strrchr(file, '/') : NULL;
  char joined[2 * ARIO__PATH_MOST];
  *path = 0;
  if (slash) snprintf(joined, sizeof joined, "%.*s/%s", (int)(slash - file), file, relative);
  char *real = slash ? realpath(joined, NULL) : NULL;
  if (real && strlen(real) < ARIO__PATH_MOST) memcpy(path, real, strlen(real) + 1);
  free(real);
  free(file);
}
