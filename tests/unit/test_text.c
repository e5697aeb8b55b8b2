// SPDX-License-Identifier: MIT
//
// Text of unknown origin: each encoding is told from the others, nothing that a terminal obeys is left, and what comes
// out is UTF-8 whatever goes in.
#include "arioso/text.h"
#include "support/test.h"

static void known_texts(void **state) {
  (void)state;
  static const struct {
    const char *text, *clean;
  } cases[] = {
      {"", ""},
      {"Piano", "Piano"},
      // UTF-8
      {"Fagott \xe2\x80\x93 \xc3\x9cn\xc3\xaf", "Fagott \xe2\x80\x93 \xc3\x9cn\xc3\xaf"},
      {"\xe3\x83\x94\xe3\x82\xa2\xe3\x83", "\xe3\x83\x94\xe3\x82\xa2?"}, // cut off in the last character
      {"\xf0\x9f\x8e\xb5", "\xf0\x9f\x8e\xb5"},
      // Latin-1
      {"T\xe9nor", "T\xc3\xa9nor"},
      {"Fl\xf6te", "Fl\xc3\xb6te"},
      {"Pr\xe9lude \xe0 l'apr\xe8s-midi", "Pr\xc3\xa9lude \xc3\xa0 l'apr\xc3\xa8s-midi"},
      {"\xc4\xd6\xdc", "\xc3\x84\xc3\x96\xc3\x9c"},
      {"Don\x92t", "Don?t"}, // a quotation mark of Windows, not Shift-JIS
      // Shift-JIS
      {"s\x83\x41\x83\x6d", "s\xe3\x82\xa2\xe3\x83\x8e"},                       // sA-no
      {"\x8c\xf0\x8b\xbf\x8b\xc8", "\xe4\xba\xa4\xe9\x9f\xbf\xe6\x9b\xb2"},     // symphony
      {"\xcb\xdf\xb1\xc9", "\xef\xbe\x8b\xef\xbe\x9f\xef\xbd\xb1\xef\xbe\x89"}, // piano, half as wide
      {"\x83\x73\x83\x41\x83", "\xe3\x83\x94\xe3\x82\xa2?"},                    // cut off
      // Of several: a line with a path in one encoding and a name in another
      {"/home/J\xe9rome/\xc3\xbc.mid: \x83\x41\x83\x6d",
       "/home/J\xc3\xa9rome/\xc3\xbc.mid: \xe3\x82\xa2\xe3\x83\x8e"},
      // What is not UTF-8, though it looks like it: overlong, a surrogate, past the last character
      {"O\xe0\x80\x80P", "O\xc3\xa0??P"},
      {"S\xed\xa0\x80T", "S\xc3\xad\xc2\xa0?T"},
      {"X\xf4\x90\x80\x80Y", "X\xc3\xb4???Y"},
      {"\xc0\xc9\xce\xd2\xe9"
       "a",
       "\xc3\x80\xc3\x89\xc3\x8e\xc3\x92\xc3\xa9"
       "a"}, // capitals, which would be katakana, before a small letter
      // Controls, and what turns the direction of writing
      {"a\tb\r\nc\x1b[31m\x7f", "a?b??c?[31m?"},
      {"\xc2\x9b"
       "2J \xc2\x9d"
       "52;c;x\xc2\x9c",
       "?2J ?52;c;x?"},
      {"\xe2\x80\xae"
       "evil\xe2\x81\xa6\xe2\x80\x8e\xd8\x9c\xe2\x80\xa8",
       "?evil????"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char clean[128];
    size_t length = ario_text_clean(cases[i].text, strlen(cases[i].text), clean, sizeof clean);
    if (strcmp(clean, cases[i].clean) != 0)
      fail_msg("case %zu: \"%s\" became \"%s\", not \"%s\"", i, cases[i].text, clean, cases[i].clean);
    assert_int_equal(length, strlen(clean));
  }
}

// A character's length by the table of RFC 3629, section 4, written down independently; 0: none.
static size_t length_by_table(const uint8_t *p) {
  static const struct {
    uint8_t first, last, low, high;
    size_t length;
  } rows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
              {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
              {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    if (p[0] < rows[i].first || p[0] > rows[i].last) continue;
    if (rows[i].length > 1 && (p[1] < rows[i].low || p[1] > rows[i].high)) return 0;
    for (size_t k = 2; k < rows[i].length; k++)
      if (p[k] < 0x80 || p[k] > 0xbf) return 0;
    return rows[i].length;
  }
  return 0;
}

static void check_clean(const char *clean, size_t length) {
  for (size_t i = 0, step; i < length; i += step) {
    const uint8_t *p = (const uint8_t *)clean + i;
    step = length_by_table(p); // the final 0 ends a broken character
    if (!step || p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0))
      fail_msg("byte %zu of \"%s\" is %02x", i, clean, p[0]);
  }
}

// Random bytes of several kinds, into rooms of all sizes.
static void anything_becomes_utf8(void **state) {
  (void)state;
  srand(1);
  for (int i = 0; i < 60000; i++) {
    char text[24], clean[80], cut[80];
    size_t size = (size_t)(rand() % (int)sizeof text), room = 1 + (size_t)(rand() % 79);
    for (size_t k = 0; k < size; k++)
      text[k] = (char)(i % 3 == 0 ? rand() % 256 : i % 3 == 1 ? 0x80 + rand() % 128 : 0xe0 + rand() % 32);
    for (size_t k = 1; i % 3 == 2 && k < size; k += 2) text[k] = (char)(0x80 + rand() % 64);
    size_t length = ario_text_clean(text, size, clean, sizeof clean); // 3 * 24 + 1 fit
    check_clean(clean, length);
    size_t shorter = ario_text_clean(text, size, cut, room);
    check_clean(cut, shorter);
    assert_true(shorter < room && cut[shorter] == 0);
    assert_memory_equal(cut, clean, shorter);
    if (length < room) assert_int_equal(shorter, length);
  }
}

// Of all characters of two and three bytes, these and no others are not shown.
static void controls_are_not_shown(void **state) {
  (void)state;
  for (uint32_t code = 0x80; code < 0x10000; code++) {
    const char two[] = {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 63)), 0};
    const char three[] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 63)),
                          (char)(0x80 | (code & 63)), 0};
    const char *text = code < 0x800 ? two : three;
    bool control = code < 0xa0 || code == 0x61c || code == 0x200e || code == 0x200f ||
                   (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    char clean[16];
    if (code >= 0xd800 && code < 0xe000) continue; // no characters
    ario_text_clean(text, strlen(text), clean, sizeof clean);
    if (strcmp(clean, control ? "?" : text) != 0) fail_msg("U+%04X became \"%s\"", code, clean);
  }
}

// Error texts hold names.
static void errors_are_clean(void **state) {
  (void)state;
  ario_error error;
  assert_int_equal(ario_fail(&error, ARIO_ERR_IO, "%s: gone", "a\nb\x1b/T\xe9nor"), ARIO_ERR_IO);
  assert_string_equal(error.text, "a?b?/T\xc3\xa9nor: gone");
  ario_fail(&error, ARIO_ERR_IO, "again: %s", error.text); // its own text may be an argument
  assert_string_equal(error.text, "again: a?b?/T\xc3\xa9nor: gone");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_texts),
      cmocka_unit_test(anything_becomes_utf8),
      cmocka_unit_test(controls_are_not_shown),
      cmocka_unit_test(errors_are_clean),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
