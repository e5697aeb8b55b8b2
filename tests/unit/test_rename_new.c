// SPDX-License-Identifier: MIT
//
// Renaming to a free name, also where the system or the file system does not know how to do it in one step.
#include "arioso/file.h"
#include "core/base/rename_new.h"
#include "tests/support/test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

// The errno with which the system's way is refused, as by file systems that do not have it; 0: it is not.
static int refused;

int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  if (!refused) return __real_renameat2(from_folder, from, to_folder, to, flags);
  errno = refused;
  return -1;
}

// FAT has no hard links; no way may need them.
int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to) {
  (void)from, (void)to;
  errno = EPERM;
  return -1;
}

static void assert_holds(const char *path, const char *text) {
  uint8_t *bytes;
  size_t size;
  assert_ok(ario_file_read(path, 100, &bytes, &size, NULL));
  assert_int_equal(size, strlen(text));
  assert_memory_equal(bytes, text, size);
  free(bytes);
}

static void write_text(const char *path, const char *text) {
  assert_ok(ario_file_write(path, true, text, strlen(text), NULL));
}

static bool exists(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

static const int ways[] = {0, EINVAL, ENOSYS, EPERM, EOPNOTSUPP};

static void takes_only_free_names(void **state) {
  (void)state;
  char from[300], to[300], missing[300];
  snprintf(from, sizeof from, "%s", scratch_path("from"));
  snprintf(to, sizeof to, "%s", scratch_path("to"));
  snprintf(missing, sizeof missing, "%s", scratch_path("missing"));
  for (size_t i = 0; i < COUNT_OF(ways); i++) {
    refused = 0;
    write_text(from, "new");
    refused = ways[i];
    assert_true(ario__rename_new(from, to));
    assert_false(exists(from));
    assert_holds(to, "new");
    write_text(from, "newer");
    assert_false(ario__rename_new(from, to)); // another one's by now
    assert_int_equal(errno, EEXIST);
    assert_holds(to, "new");
    assert_holds(from, "newer");
    unlink(to);
    assert_int_equal(symlink("nowhere", to), 0); // a name is taken by a link that leads nowhere, too
    assert_false(ario__rename_new(from, to));
    assert_int_equal(errno, EEXIST);
    unlink(to);
    assert_false(ario__rename_new(missing, to));
    assert_int_equal(errno, ENOENT);
    assert_false(exists(to)); // nor is the claim left
  }
}

static void files_that_do_not_replace(void **state) {
  (void)state;
  char path[300];
  snprintf(path, sizeof path, "%s", scratch_path("file"));
  for (size_t i = 0; i < COUNT_OF(ways); i++) {
    refused = ways[i];
    ario_file_output *first, *second;
    assert_ok(ario_file_output_create(path, false, &first, NULL));
    assert_ok(ario_file_output_create(path, false, &second, NULL)); // nobody has the name yet
    assert_ok(ario_file_output_commit(first, NULL));
    assert_status(ario_file_output_commit(second, NULL), ARIO_ERR_STATE);
    ario_file_output_free(first);
    ario_file_output_free(second);
    assert_holds(path, "");
    unlink(path);
    assert_int_equal(rmdir(scratch_folder()), 0); // nothing else is left there
    assert_int_equal(mkdir(scratch_folder(), 0700), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(files_that_do_not_replace),
                                     cmocka_unit_test(takes_only_free_names)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(scratch_path("from"));
  rmdir(scratch_folder());
  return failed;
}
