// SPDX-License-Identifier: MIT
//
// Temporary files: names as long as names can be are written, what a dead process left is removed by the next one, and
// what a living one is writing is not.
#include "arioso/file.h"
#include "support/test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t count_files(const char *folder) {
  DIR *directory = opendir(folder);
  size_t count = 0;
  assert_non_null(directory);
  for (struct dirent *entry; (entry = readdir(directory));)
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(directory);
  return count;
}

// A new folder's path, until the next call; `name` in it.
static const char *new_folder(const char *name) {
  static char folder[300];
  snprintf(folder, sizeof folder, "%s", scratch_path(name));
  assert_int_equal(mkdir(folder, 0777), 0);
  return folder;
}

static void long_names_are_written(void **state) {
  (void)state;
  const char *folder = new_folder("long");
  char path[700];
  int used = snprintf(path, sizeof path, "%s/", folder);
  memset(path + used, 'a', 255);
  path[used + 255] = 0; // 255 bytes: as long as a name can be
  assert_ok(ario_file_write(path, true, "x", 1, NULL));
  assert_ok(ario_file_write(path, true, "y", 1, NULL));
  path[used + 255] = 'a', path[used + 256] = 0;
  ario_error error = {""};
  assert_status(ario_file_write(path, true, "x", 1, &error), ARIO_ERR_IO);
  assert_contains(error.text, "too long");
  assert_int_equal(count_files(folder), 1);
}

// Starts an output in a child that then stops, or dies without a word.
static pid_t begin_output(const char *path, bool dies) {
  int ready[2];
  char byte;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    ario_file_output *output;
    if (ario_file_output_create(path, true, &output, NULL)) _exit(1);
    if (dies) _exit(0); // as a kill would end it
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  if (dies) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
  } else {
    assert_int_equal(read(ready[0], &byte, 1), 1);
  }
  close(ready[0]);
  close(ready[1]);
  return child;
}

static void what_dead_runs_left_goes(void **state) {
  (void)state;
  const char *folder = new_folder("dead");
  char path[400], other[400];
  snprintf(path, sizeof path, "%s/a.mid", folder);
  snprintf(other, sizeof other, "%s/.arioso-notes.tmp", folder); // somebody's own
  assert_ok(ario_file_write(other, true, "mine", 4, NULL));
  begin_output(path, true);
  begin_output(path, true);
  assert_int_equal(count_files(folder), 2); // the second has removed what the first left
  assert_ok(ario_file_write(path, true, "x", 1, NULL));
  assert_int_equal(count_files(folder), 2);
  uint8_t *bytes;
  size_t size;
  assert_ok(ario_file_read(other, 10, &bytes, &size, NULL));
  assert_int_equal(size, 4);
  free(bytes);
}

static void what_a_living_run_writes_stays(void **state) {
  (void)state;
  const char *folder = new_folder("alive");
  char path[400];
  int status;
  snprintf(path, sizeof path, "%s/a.mid", folder);
  pid_t child = begin_output(path, false);
  assert_int_equal(count_files(folder), 1);
  assert_ok(ario_file_write(path, true, "x", 1, NULL));
  assert_int_equal(count_files(folder), 2);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_ok(ario_file_write(path, true, "x", 1, NULL));
  assert_int_equal(count_files(folder), 1);
}

static void standard_input_is_read_as_a_file(void **state) {
  (void)state;
  int ends[2], before = dup(STDIN_FILENO);
  uint8_t *bytes;
  size_t size;
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], "words", 5), 5);
  close(ends[1]);
  assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  assert_ok(ario_file_read("-", 100, &bytes, &size, NULL));
  assert_int_equal(size, 5);
  assert_memory_equal(bytes, "words", 5);
  free(bytes);
  assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
  close(before);
  close(ends[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(long_names_are_written),
      cmocka_unit_test(what_dead_runs_left_goes),
      cmocka_unit_test(what_a_living_run_writes_stays),
      cmocka_unit_test(standard_input_is_read_as_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
