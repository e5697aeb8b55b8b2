// SPDX-License-Identifier: MIT
//
// Times as users write and read them.
#include "apps/cli/times.h"
#include "support/small_song.h"

static void times_are_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t microseconds; // -1: refused
  } cases[] = {{"0", 0},
               {"12.5", 12500000},
               {"90", 90000000},
               {"0.0000004", 0},
               {"0.0000006", 1},
               {"1:30", 90000000},
               {"90:00", 5400000000},
               {"1:02:03.5", 3723500000},
               {"240:00:00", 864000000000},
               {"240:00:01", -1},
               {"1:60", -1},
               {"1:59.99", 119990000},
               {"1:2", -1},
               {"1:60:00", -1},
               {"1:02:03:04", -1},
               {"1.5:30", -1},
               {"1:", -1},
               {":30", -1},
               {"-1", -1},
               {"+1", -1},
               {"1e3", -1},
               {"0x10", -1},
               {"nan", -1},
               {"", -1},
               {"12,5", -1}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    int64_t time = -1;
    ario_error error = {""};
    ario_status status = ario__parse_time(cases[i].text, NULL, &time, &error);
    if (status != (cases[i].microseconds < 0 ? ARIO_ERR_ARGUMENT : ARIO_OK))
      fail_msg("\"%s\": %s", cases[i].text, ario_strerror(status));
    if (!status && time != cases[i].microseconds)
      fail_msg("\"%s\" is %lld, not %lld", cases[i].text, (long long)time, (long long)cases[i].microseconds);
  }
}

// Bars of 3/4 at 120 quarters a minute: 1.5 s each.
static void bars_are_read(void **state) {
  (void)state;
  static const small_event events[] = {SMALL_METER(0, 1, 3), SMALL_ON(0, 1, 60, 80), SMALL_OFF(9000, 1, 60)};
  ario_song *song = small_song(events, COUNT_OF(events));
  int64_t time;
  assert_ok(ario__parse_time("bar:1", song, &time, NULL));
  assert_int_equal(time, 0);
  assert_ok(ario__parse_time("bar:3", song, &time, NULL));
  assert_int_equal(time, 3000000);
  static const char *const wrong[] = {"bar:0", "bar:", "bar:-1", "bar:1x", "bar:one"};
  for (size_t i = 0; i < COUNT_OF(wrong); i++)
    assert_status(ario__parse_time(wrong[i], song, &time, NULL), ARIO_ERR_ARGUMENT);
  assert_status(ario__parse_time("bar:2", NULL, &time, NULL), ARIO_ERR_ARGUMENT);
  ario_song_free(song);
}

static void durations_are_printed(void **state) {
  (void)state;
  static const struct {
    double seconds;
    const char *text;
  } cases[] = {{0, "0.0 s"},      {8.25, "8.2 s"},    {59.94, "59.9 s"},   {59.96, "1:00"},
               {125.4, "2:05"},   {3599.4, "59:59"},  {3599.6, "1:00:00"}, {3600, "1:00:00"},
               {3661, "1:01:01"}, {7322.2, "2:02:02"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[24];
    assert_string_equal(ario__time_text(cases[i].seconds, text), cases[i].text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_read), cmocka_unit_test(bars_are_read),
                                     cmocka_unit_test(durations_are_printed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
