// SPDX-License-Identifier: MIT
//
// What every unit test includes: cmocka with what it needs, and a few shared checks.
#ifndef ARIO_TESTS_TEST_H
#define ARIO_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

// The status must be ARIO_OK; prints the error's line otherwise.
#define assert_ok(call)                                                                                      \
  do {                                                                                                       \
    ario_status ok_status = (call);                                                                          \
    if (ok_status) fail_msg("%s: %s", #call, ario_strerror(ok_status));                                      \
  } while (0)

#define assert_status(call, expected)                                                                        \
  do {                                                                                                       \
    ario_status got_status = (call), want_status = (expected);                                               \
    if (got_status != want_status)                                                                           \
      fail_msg("%s: got \"%s\", expected \"%s\"", #call, ario_strerror(got_status),                          \
               ario_strerror(want_status));                                                                  \
  } while (0)

// x < limit, both shown.
#define assert_below(x, limit)                                                                               \
  do {                                                                                                       \
    double below_x = (x), below_limit = (limit);                                                             \
    if (!(below_x < below_limit)) fail_msg("%s is %g, not below %g", #x, below_x, below_limit);              \
  } while (0)

#define assert_contains(text, part)                                                                          \
  do {                                                                                                       \
    if (!strstr(text, part)) fail_msg("\"%s\" does not contain \"%s\"", text, part);                         \
  } while (0)

// A folder of this process's own for files, made on the first call; the caller's business to leave it small.
static inline const char *scratch_folder(void) {
  static char folder[64];
  if (!*folder) {
    snprintf(folder, sizeof folder, "/tmp/arioso-test-XXXXXX");
    if (!mkdtemp(folder)) exit(1);
  }
  return folder;
}

static inline const char *scratch_path(const char *name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", scratch_folder(), name);
  return path;
}

static inline int remove_scratch(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", scratch_folder());
  return system(command);
}

#endif
