// SPDX-License-Identifier: MIT
//
// A folder's lock: one holder at a time, and nothing is left of it.
#include "apps/cli/folder_lock.h"
#include "support/test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void one_holder_at_a_time(void **state) {
  (void)state;
  ario__folder_lock first, second;
  ario_error error = {""};
  char holder[40];
  struct stat info;
  assert_ok(ario__folder_lock_take(&first, scratch_folder(), "lock", &error));
  assert_status(ario__folder_lock_take(&second, scratch_folder(), "lock", &error), ARIO_ERR_STATE);
  snprintf(holder, sizeof holder, "in use by process %ld", (long)getpid());
  assert_contains(error.text, holder);
  ario__folder_lock_free(&second); // it holds nothing
  assert_status(ario__folder_lock_take(&second, scratch_folder(), "lock", &error), ARIO_ERR_STATE);
  ario__folder_lock_free(&first);
  assert_int_not_equal(stat(scratch_path("lock"), &info), 0);
  assert_ok(ario__folder_lock_take(&second, scratch_folder(), "lock", &error));
  ario__folder_lock_free(&second);
  ario__folder_lock_free(&second); // once is enough
  assert_status(ario__folder_lock_take(&first, scratch_path("missing"), "lock", &error), ARIO_ERR_IO);
}

// Takes and frees the lock again and again, and counts in a file while it has it. Returns the exit status.
static int count_up(const char *counter, int times) {
  while (times--) {
    ario__folder_lock lock;
    ario_status status;
    while ((status = ario__folder_lock_take(&lock, scratch_folder(), "lock", NULL)) == ARIO_ERR_STATE) {
    }
    FILE *file = status ? NULL : fopen(counter, "r+");
    int count;
    if (!file || fscanf(file, "%d", &count) != 1) return 1;
    rewind(file);
    fprintf(file, "%d\n", count + 1);
    fclose(file);
    ario__folder_lock_free(&lock);
  }
  return 0;
}

// A lock on a file that its holder has removed meanwhile is worth nothing.
static void no_two_hold_it(void **state) {
  (void)state;
  enum { PROCESSES = 4, TIMES = 500 };
  char counter[256];
  snprintf(counter, sizeof counter, "%s", scratch_path("counter"));
  FILE *file = fopen(counter, "w");
  assert_non_null(file);
  fprintf(file, "0\n");
  fclose(file);
  pid_t children[PROCESSES];
  for (int i = 0; i < PROCESSES; i++) {
    children[i] = fork();
    if (!children[i]) _exit(count_up(counter, TIMES));
    assert_true(children[i] > 0);
  }
  int failed = 0, count = 0;
  for (int i = 0; i < PROCESSES; i++) {
    int status;
    waitpid(children[i], &status, 0);
    failed += status != 0;
  }
  assert_int_equal(failed, 0);
  file = fopen(counter, "r");
  assert_int_equal(fscanf(file, "%d", &count), 1);
  fclose(file);
  assert_int_equal(count, PROCESSES * TIMES);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_holder_at_a_time),
                                     cmocka_unit_test(no_two_hold_it)};
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
