// SPDX-License-Identifier: MIT
//
// Tables: what is between the delimiters, and which line is wrong.
#include "apps/cli/csv.h"
#include "arioso/file.h"
#include "support/test.h"

static ario_status open_text(const char *text, ario__csv **csv, ario_error *error) {
  assert_ok(ario_file_write(scratch_path("table.csv"), true, text, strlen(text), NULL));
  return ario__csv_open(scratch_path("table.csv"), csv, error);
}

static void fields_are_what_was_written(void **state) {
  (void)state;
  static const struct {
    const char *text, *fields[2][2]; // of two rows
  } cases[] = {{"a,b\n1,2\n3,4\n", {{"1", "2"}, {"3", "4"}}},
               {"a,b\n1,2\n3,4", {{"1", "2"}, {"3", "4"}}},
               {"a,b\r\n1,2\r\n3,4\r\n", {{"1", "2"}, {"3", "4"}}},
               {"a,b\r1,2\r3,4\r", {{"1", "2"}, {"3", "4"}}},
               {"\xef\xbb\xbf"
                "a,b\n1,2\n3,4\n",
                {{"1", "2"}, {"3", "4"}}},
               {"\n\r\na,b\n\n1,2\r\n\r\n3,4\n\n", {{"1", "2"}, {"3", "4"}}},
               {"a,b\n\"1,\n1\",\"2\"\n3,\"\"\n", {{"1,\n1", "2"}, {"3", ""}}},
               {"a,b\n\"say \"\"1\"\"\",\"\"\"2\"\n\"3\"\"\",4\n", {{"say \"1\"", "\"2"}, {"3\"", "4"}}},
               {"a,b\n,\n3 \"3\",\n", {{"", ""}, {"3 \"3\"", ""}}},
               {"\"a\",\"b\"\r\n\"1\",\"2\"\r\n\"3\",\"4\"", {{"1", "2"}, {"3", "4"}}}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario__csv *csv;
    ario_error error = {""};
    if (open_text(cases[i].text, &csv, &error)) fail_msg("case %zu: %s", i, error.text);
    assert_int_equal(ario__csv_columns(csv), 2);
    assert_int_equal(ario__csv_rows(csv), 2);
    assert_string_equal(ario__csv_name(csv, 0), "a");
    assert_int_equal(ario__csv_find(csv, "b"), 1);
    assert_true(ario__csv_find(csv, "c") == SIZE_MAX);
    for (size_t row = 0; row < 2; row++)
      for (size_t column = 0; column < 2; column++)
        assert_string_equal(ario__csv_field(csv, row, column), cases[i].fields[row][column]);
    ario__csv_free(csv);
  }
}

static void the_wrong_line_is_named(void **state) {
  (void)state;
  static const struct {
    const char *text, *part;
  } cases[] = {{"", "empty"},
               {"\n\r\n", "empty"},
               {"a,b\n1,2\n3\n", "line 3: 1 fields"},
               {"a,b\r\n1,2\r\n3\r\n", "line 3: 1 fields"},
               {"a,b\n1,2,3\n4,5\n", "line 2: 3 fields"},
               {"a,b\n1,\"2\n3,4\n", "line 2: a quote"},
               {"a,b\n1,\"2\"2\n", "line 2: a quote"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario__csv *csv;
    ario_error error = {""};
    assert_status(open_text(cases[i].text, &csv, &error), ARIO_ERR_FORMAT);
    assert_null(csv);
    assert_contains(error.text, cases[i].part);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(fields_are_what_was_written),
                                     cmocka_unit_test(the_wrong_line_is_named)};
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
