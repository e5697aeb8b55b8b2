// SPDX-License-Identifier: MIT
//
// The header that includes all others, and the version that all agree on.
#include "arioso/arioso.h"
#include "tests/support/test.h"

static void there_is_one_version(void **state) {
  (void)state;
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", ARIO_VERSION_MAJOR, ARIO_VERSION_MINOR, ARIO_VERSION_PATCH);
  assert_string_equal(ARIO_VERSION, text);
  assert_string_equal(ario_version(), text);
  assert_string_equal(CMAKE_VERSION_OF_PROJECT, text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(there_is_one_version)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
