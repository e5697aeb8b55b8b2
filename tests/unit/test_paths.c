// SPDX-License-Identifier: MIT
//
// Names of files: suffixes, numbers, and free names.
#include "apps/cli/paths.h"
#include "support/test.h"

#include <unistd.h>

static void touch(const char *name) {
  FILE *file = fopen(scratch_path(name), "w");
  assert_non_null(file);
  fclose(file);
}

// The free name for a continuation of the file `of`, without its folder.
static const char *free_name(const char *of, size_t takes) {
  static char name[ARIO__PATH_MOST];
  assert_true(ario__free_name(scratch_path(of), "continued", ".mid", takes, name));
  return strrchr(name, '/') + 1;
}

static void suffixes_and_numbers(void **state) {
  (void)state;
  char name[ARIO__PATH_MOST];
  assert_true(ario__has_suffix("a.MID", ".mid"));
  assert_false(ario__has_suffix(".mid", ".mid")); // a hidden file
  assert_false(ario__has_suffix("a.mid.txt", ".mid"));
  static const char *const cases[][3] = {{"a.csv", "a.png", "a-2.csv"},
                                         {"a.b/c", "a.b/c.png", "a.b/c-2"},
                                         {".a", ".a.png", ".a-2"},
                                         {"b/.a", "b/.a.png", "b/.a-2"},
                                         {"a.tar.gz", "a.tar.png", "a.tar-2.gz"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    assert_true(ario__with_suffix(cases[i][0], ".png", name));
    assert_string_equal(name, cases[i][1]);
    assert_true(ario__numbered_name(cases[i][0], 2, name));
    assert_string_equal(name, cases[i][2]);
  }
}

static void names_that_are_too_long(void **state) {
  (void)state;
  char name[ARIO__PATH_MOST], path[ARIO__PATH_MOST + 1];
  memset(path, 'a', sizeof path);
  path[ARIO__PATH_MOST - 5] = 0; // with ".png" one byte less than there is room
  assert_true(ario__with_suffix(path, ".png", name));
  assert_int_equal(strlen(name), ARIO__PATH_MOST - 1);
  assert_true(ario__numbered_name(path, 100, name));
  assert_false(ario__numbered_name(path, 1000, name));
  path[ARIO__PATH_MOST - 5] = 'a';
  path[ARIO__PATH_MOST - 4] = 0;
  assert_false(ario__with_suffix(path, ".png", name));
}

// A name is free if no file has it, a link that leads nowhere included, nor any name of its takes, to the last.
static void free_names(void **state) {
  (void)state;
  assert_string_equal(free_name("song.mid", 0), "song-continued.mid");
  touch("song-continued.mid");
  assert_string_equal(free_name("song.mid", 0), "song-continued-2.mid");
  assert_int_equal(symlink("nowhere", scratch_path("song-continued-2.mid")), 0);
  assert_string_equal(free_name("song.mid", 0), "song-continued-3.mid");
  for (size_t taken = 1; taken <= 3; taken++) {
    char name[64];
    snprintf(name, sizeof name, "tune-continued-%zu.mid", taken);
    touch(name);
    // A second take's name is also the second name of all.
    assert_string_equal(free_name("tune.mid", 3),
                        taken == 2 ? "tune-continued-3.mid" : "tune-continued-2.mid");
    unlink(scratch_path(name));
  }
  touch("tune-continued-4.mid");
  assert_string_equal(free_name("tune.mid", 3), "tune-continued.mid");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(suffixes_and_numbers),
                                     cmocka_unit_test(names_that_are_too_long), cmocka_unit_test(free_names)};
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
