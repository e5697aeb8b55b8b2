// SPDX-License-Identifier: MIT
//
// Command lines: how many operands a command takes, in which order they and the options may stand, and
// which options the medium at hand does not have; bounds of values, and files of settings.
#include "apps/cli/console.h"
#include "apps/cli/options.h"
#include "apps/cli/report.h"
#include "support/test.h"

#include <unistd.h>

enum { MOST_WORDS = 8 };

// Parses words that are separated by spaces, after the command's name; messages go to standard error.
static int parse(const ario__command *command, const char *words, ario__command_line *line) {
  static char text[1024];
  static char *argv[MOST_WORDS + 2];
  int argc = 1;
  snprintf(text, sizeof text, "%s", words);
  static char name[] = "test";
  argv[0] = name;
  for (char *word = strtok(text, " "); word && argc <= MOST_WORDS; word = strtok(NULL, " "))
    argv[argc++] = word;
  argv[argc] = NULL;
  return ario__options_parse(command, argc, argv, line);
}

static void test_operands(void **state) {
  (void)state;
  static const struct {
    ario__operand operands[ARIO__OPERANDS_MOST];
    const char *words;
    int result;
    size_t count;
  } cases[] = {
      {{{NULL, 0, 0}}, "", ARIO__DONE, 0},
      {{{NULL, 0, 0}}, "a", ARIO__USAGE, 0},
      {{{"file", 0, 1}}, "", ARIO__DONE, 0},
      {{{"file", 0, 1}}, "a", ARIO__DONE, 1},
      {{{"file", 0, 1}}, "a b", ARIO__USAGE, 0},
      {{{"file", 1, 1}}, "", ARIO__USAGE, 0},
      {{{"file", 1, 1}}, "a", ARIO__DONE, 1},
      {{{"file", 1, 1}}, "a b", ARIO__USAGE, 0},
      {{{"model", 1, 1}, {"files", 0, ARIO__MANY}}, "", ARIO__USAGE, 0},
      {{{"model", 1, 1}, {"files", 0, ARIO__MANY}}, "a", ARIO__DONE, 1},
      {{{"model", 1, 1}, {"files", 0, ARIO__MANY}}, "a b c d", ARIO__DONE, 4},
      {{{"model", 1, 1}, {"files", 1, ARIO__MANY}}, "a", ARIO__USAGE, 0},
      {{{"files", 1, ARIO__MANY}}, "", ARIO__USAGE, 0},
      {{{"files", 1, ARIO__MANY}}, "a b c d e", ARIO__DONE, 5},
      {{{"from", 1, 1}, {"to", 1, 1}}, "a b", ARIO__DONE, 2},
      {{{"from", 1, 1}, {"to", 1, 1}}, "a b c", ARIO__USAGE, 0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario__command command = {.name = "test", .usage = "", .summary = ""};
    memcpy(command.operands, cases[i].operands, sizeof command.operands);
    ario__command_line line;
    int result = parse(&command, cases[i].words, &line);
    if (result != cases[i].result || (!result && line.count != cases[i].count))
      fail_msg("case %zu, \"%s\": status %d with %zu operands, not %d with %zu", i, cases[i].words, result,
               line.count, cases[i].result, cases[i].count);
  }
}

static void test_mixed(void **state) {
  (void)state;
  bool json = false;
  size_t number = 0;
  const ario__option options[] = {{"json", 0, ARIO__FLAG, &json, NULL, "print JSON"},
                                  {"number", 'n', ARIO__SIZE, &number, "N", "a number", .most = 9}};
  const ario__command command = {.name = "test",
                                 .usage = "",
                                 .summary = "",
                                 .operands = {{"model", 1, 1}, {"files", 0, ARIO__MANY}},
                                 .options = options,
                                 .option_count = 2};
  ario__command_line line;
  assert_int_equal(parse(&command, "one -n 7 two --json -- --three", &line), ARIO__DONE);
  assert_false(line.finished);
  assert_true(json);
  assert_int_equal(number, 7);
  assert_int_equal(line.count, 3);
  assert_string_equal(line.operands[0], "one");
  assert_string_equal(line.operands[1], "two");
  assert_string_equal(line.operands[2], "--three");
  assert_int_equal(parse(&command, "--help", &line), ARIO__DONE); // asks for no operands
  assert_true(line.finished);
}

// Options of which the help is longer than a screen: those that few need stand below the others.
static void test_more(void **state) {
  (void)state;
  double rare = 0;
  bool json = false;
  const ario__option options[] = {{"rare", 0, ARIO__REAL, &rare, "X", "for few", .most = 9, .more = true},
                                  {"json", 0, ARIO__FLAG, &json, NULL, "print JSON"}};
  const ario__command command = {
      .name = "test", .usage = "", .summary = "", .options = options, .option_count = 2};
  ario__command_line line;
  assert_int_equal(parse(&command, "--rare 2", &line), ARIO__DONE);
  assert_true(rare == 2);
  char text[4096] = "";
  FILE *file = tmpfile();
  int kept = dup(STDOUT_FILENO);
  assert_non_null(file);
  fflush(stdout);
  dup2(fileno(file), STDOUT_FILENO);
  int result = parse(&command, "--help", &line);
  fflush(stdout);
  dup2(kept, STDOUT_FILENO);
  close(kept);
  rewind(file);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  assert_int_equal(result, ARIO__DONE);
  const char *more = strstr(text, "More:"), *first = strstr(text, "--json"), *second = strstr(text, "--rare");
  if (!more || !first || !second || first > more || second < more) fail_msg("the help is\n%s", text);
}

// What another medium has is found by its long and its short form, and an option of all media is not.
static void test_foreign(void **state) {
  (void)state;
  bool png = false, raw = false;
  size_t seconds = 0, takes = 0;
  const ario__option options[] = {
      {"takes", 'k', ARIO__SIZE, &takes, "K", "for all", .most = 9},
      {"seconds", 's', ARIO__SIZE, &seconds, "S", "music", .most = 9,
       .only = ARIO__FOR(ARIO_MUSIC) | ARIO__FOR(ARIO_SOUND)},
      {"png", 0, ARIO__FLAG, &png, NULL, "a picture", .only = ARIO__FOR(ARIO_MUSIC)},
      {"raw", 0, ARIO__FLAG, &raw, NULL, "bytes", .only = ARIO__FOR(ARIO_RAW)}};
  static const struct {
    const char *words, *midi, *sound, *raw;
  } cases[] = {{"", NULL, NULL, NULL},
               {"-k 2", NULL, NULL, NULL},
               {"--seconds 2", NULL, NULL, "seconds"},
               {"-s2 -k2", NULL, NULL, "seconds"},
               {"--png", NULL, "png", "png"},
               {"--pn -s 1", NULL, "png", "seconds"},
               {"--raw --takes 1", "raw", "raw", NULL},
               {"-k 2 --raw --png", "raw", "png", "png"}};
  const ario__command command = {
      .name = "test", .usage = "", .summary = "", .options = options, .option_count = COUNT_OF(options)};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario__command_line line;
    assert_int_equal(parse(&command, cases[i].words, &line), ARIO__DONE);
    const char *wanted[] = {cases[i].midi, cases[i].sound, cases[i].raw};
    const ario_medium media[] = {ARIO_MUSIC, ARIO_SOUND, ARIO_RAW};
    for (size_t m = 0; m < COUNT_OF(media); m++) {
      const char *found = ario__options_foreign(&line, media[m]);
      if (strcmp(found ? found : "none", wanted[m] ? wanted[m] : "none") != 0)
        fail_msg("\"%s\", medium %d: %s, not %s", cases[i].words, (int)media[m], found ? found : "none",
                 wanted[m] ? wanted[m] : "none");
    }
  }
}

static void test_times(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int result;
    double seconds;
  } cases[] = {{"12.5", ARIO__DONE, 12.5},    {"1:00", ARIO__DONE, 60},    {"1:02:03.5", ARIO__DONE, 3723.5},
               {"0.05", ARIO__USAGE, 0},      {"1:60", ARIO__USAGE, 0},    {"1:0", ARIO__USAGE, 0},
               {"2:00:00", ARIO__DONE, 7200}, {"2:00:01", ARIO__USAGE, 0}, {"-1", ARIO__USAGE, 0},
               {"x", ARIO__USAGE, 0},         {"1:", ARIO__USAGE, 0}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    double seconds = 0;
    const ario__option option = {"seconds", 's',       ARIO__TIME,   &seconds,
                                 "S",       "seconds", .least = 0.1, .most = 7200};
    const ario__command command = {
        .name = "test", .usage = "", .summary = "", .options = &option, .option_count = 1};
    char words[64];
    ario__command_line line;
    snprintf(words, sizeof words, "--seconds=%s", cases[i].text);
    int result = parse(&command, words, &line);
    if (result != cases[i].result || seconds != cases[i].seconds)
      fail_msg("%s: status %d, %g seconds, not %d, %g", cases[i].text, result, seconds, cases[i].result,
               cases[i].seconds);
  }
}

// Both bounds are values that an option takes, and what lies beyond is refused.
static void test_bounds(void **state) {
  (void)state;
  size_t size = 0;
  double real = 0;
  uint64_t seed = 0;
  const ario__option options[] = {
      {"size", 0, ARIO__SIZE, &size, "N", "a number", .least = 2, .most = 9},
      {"real", 0, ARIO__REAL, &real, "X", "a number", .least = -0.5, .most = 1.5},
      {"seed", 0, ARIO__SEED, &seed, "N", "a seed"},
  };
  static const struct {
    const char *words;
    int result;
  } cases[] = {{"--size 2", ARIO__DONE},
               {"--size 9", ARIO__DONE},
               {"--size 1", ARIO__USAGE},
               {"--size 10", ARIO__USAGE},
               {"--size 18446744073709551615", ARIO__USAGE},
               {"--size 18446744073709551618", ARIO__USAGE}, // 2^64 + 2
               {"--size 2x", ARIO__USAGE},
               {"--size 2.5", ARIO__USAGE},
               {"--size -2", ARIO__USAGE},
               {"--real -0.5", ARIO__DONE},
               {"--real 1.5", ARIO__DONE},
               {"--real -0.500001", ARIO__USAGE},
               {"--real 1.500001", ARIO__USAGE},
               {"--real 1e999", ARIO__USAGE},
               {"--real nan", ARIO__USAGE},
               {"--real inf", ARIO__USAGE},
               {"--real 1x", ARIO__USAGE},
               {"--seed 0", ARIO__DONE},
               {"--seed 18446744073709551615", ARIO__DONE},
               {"--seed 18446744073709551616", ARIO__USAGE},
               {"--seed -1", ARIO__USAGE}};
  const ario__command command = {
      .name = "test", .usage = "", .summary = "", .options = options, .option_count = COUNT_OF(options)};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario__command_line line;
    int result = parse(&command, cases[i].words, &line);
    if (result != cases[i].result)
      fail_msg("\"%s\": status %d, not %d", cases[i].words, result, cases[i].result);
  }
  assert_int_equal(size, 9);
  assert_true(real == 1.5);
  assert_true(seed == UINT64_MAX);
}

// What a file of settings holds comes back from it: a seed of any size, too.
static void test_settings(void **state) {
  (void)state;
  static const uint64_t seeds[] = {0, ((uint64_t)1 << 53) - 1, (uint64_t)1 << 53, ((uint64_t)1 << 53) + 1,
                                   UINT64_MAX};
  uint64_t seed;
  size_t size = 7;
  const ario__option options[] = {
      {"seed", 0, ARIO__SEED, &seed, "N", "a seed", .setting = true},
      {"the-size", 0, ARIO__SIZE, &size, "N", "a number", .most = 9, .setting = true}};
  const ario__command command = {
      .name = "test", .usage = "", .summary = "", .options = options, .option_count = COUNT_OF(options)};
  for (size_t i = 0; i < COUNT_OF(seeds); i++) {
    ario__report *written = ario__report_object(), *read;
    seed = seeds[i];
    size = 7;
    ario__options_report(&command, written);
    assert_ok(ario__report_write(written, scratch_path("settings.json"), NULL));
    seed = 1;
    size = 1;
    assert_int_equal(ario__options_read(&command, scratch_path("settings.json"), &read), ARIO__DONE);
    if (seed != seeds[i])
      fail_msg("seed %zu: %llx, not %llx", i, (unsigned long long)seed, (unsigned long long)seeds[i]);
    assert_int_equal(size, 7);
    ario__report_free(read);
    ario__report_free(written);
  }
}

static void test_columns(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t columns, bytes;
  } cases[] = {
      {"", 5, 0},
      {"1:05  bar 3  12 notes", 80, 21},
      {"1:05  bar 3  12 notes", 21, 21},
      {"1:05  bar 3  12 notes", 20, 11}, // whole parts
      {"1:05  bar 3  12 notes", 10, 4},
      {"1:05  bar 3  12 notes", 3, 3}, // of the first one what fits
      {"Gymnop\xc3\xa9"
       "die",
       7, 8}, // whole characters
      {"Gymnop\xc3\xa9"
       "die",
       6, 6},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    size_t bytes = ario__console_fit(cases[i].text, cases[i].columns);
    if (bytes != cases[i].bytes)
      fail_msg("\"%s\" in %zu columns: %zu bytes, not %zu", cases[i].text, cases[i].columns, bytes,
               cases[i].bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_operands), cmocka_unit_test(test_mixed),
                                     cmocka_unit_test(test_more),     cmocka_unit_test(test_foreign),
                                     cmocka_unit_test(test_times),    cmocka_unit_test(test_columns),
                                     cmocka_unit_test(test_bounds),   cmocka_unit_test(test_settings)};
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
