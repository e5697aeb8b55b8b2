// SPDX-License-Identifier: MIT
//
// Tells the encoding of each word, and writes it as UTF-8 that can be shown. Words end at characters that are no part of
// a longer one in any of the encodings, so that a line may hold a path in one encoding and a name in another.
#include "arioso/text.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

// What is written; `full` once something did not fit.
struct sink {
  char *out; // [room]
  size_t used, room;
  bool full;
};

static void put(struct sink *sink, const void *bytes, size_t size) {
  sink->full = sink->full || size >= sink->room - sink->used;
  if (sink->full) return;
  memcpy(sink->out + sink->used, bytes, size);
  sink->used += size;
}

// ---- UTF-8 ----

// The length of the character at p [size], and its code; 0 if there is none.
static size_t utf8_character(const uint8_t *p, size_t size, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t length = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
  if (!length || length > size) return 0;
  *code = length == 1 ? p[0] : p[0] & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) {
    if (p[i] >> 6 != 2) return 0;
    *code = *code << 6 | (p[i] & 0x3f);
  }
  if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return 0;
  return length;
}

static bool can_be_shown(uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code == 0x61c || code == 0x200e || code == 0x200f) return false;
  return !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

static void put_utf8(struct sink *sink, const uint8_t *p, size_t size) {
  for (size_t i = 0, length; i < size; i += length) {
    uint32_t code;
    length = utf8_character(p + i, size - i, &code);
    if (length && can_be_shown(code)) {
      put(sink, p + i, length);
      continue;
    }
    put(sink, "?", 1);
    if (!length) // the rest of a broken character goes with it
      for (length = 1; i + length < size && p[i + length] >> 6 == 2;) length++;
  }
}

// True for UTF-8, also if only its last character is cut off, as names of a fixed length are.
static bool is_utf8(const uint8_t *p, size_t size) {
  size_t longer = 0;
  for (size_t i = 0, length; i < size; i += length) {
    uint32_t code;
    length = utf8_character(p + i, size - i, &code);
    longer += length > 1;
    if (length) continue;
    size_t whole = p[i] >> 5 == 6 ? 2 : p[i] >> 4 == 14 ? 3 : p[i] >> 3 == 30 ? 4 : 0, rest = 1;
    while (i + rest < size && p[i + rest] >> 6 == 2) rest++;
    return longer && i + rest == size && rest < whole;
  }
  return true;
}

// ---- Shift-JIS ----

static bool is_letter(uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// True if the word can be Shift-JIS and is hardly Latin-1: it has bytes that are controls there (80-9F, the first bytes of
// most characters here), but is not only a Windows quotation mark or dash (91-97) between letters; or it is a
// run of katakana (A1-DF).
static bool is_shift_jis(const uint8_t *p, size_t size) {
  size_t sure = 0, kana = 0, rare = 0;
  for (size_t i = 0; i < size; i++) {
    bool first = (p[i] >= 0x81 && p[i] < 0xa0) || (p[i] >= 0xe0 && p[i] < 0xfd);
    if (p[i] < 0x80) continue;
    if (!first && (p[i] < 0xa1 || p[i] > 0xdf)) return false;
    kana += !first;
    if (!first || i + 1 == size) continue; // a last character may be cut off
    uint8_t second = p[i + 1];
    if (second < 0x40 || second == 0x7f || second > 0xfc) return false;
    bool quote = p[i] >= 0x91 && p[i] <= 0x97 && is_letter(second);
    if (quote || p[i] >= 0xe0)
      rare++;
    else
      sure++;
    i++;
  }
  return sure || (kana >= 4 && !rare);
}

// The word converted to UTF-8; false if this system cannot.
static bool put_shift_jis(struct sink *sink, const uint8_t *p, size_t size) {
  size_t room = 3 * size, left = room;
  char *made = malloc(room + 1), *from = (char *)(uintptr_t)p, *to = made;
  iconv_t converter = made ? iconv_open("UTF-8", "CP932") : (iconv_t)-1;
  bool known = converter != (iconv_t)-1;
  while (known && size && iconv(converter, &from, &size, &to, &left) == (size_t)-1 && size && left) {
    *to++ = '?'; // a character that does not exist, or is cut off
    left--;
    from++;
    size--;
  }
  if (known) put_utf8(sink, (const uint8_t *)made, room - left);
  if (known) iconv_close(converter);
  free(made);
  return known;
}

// ---- Words ----

static void put_latin(struct sink *sink, const uint8_t *p, size_t size) {
  for (size_t i = 0; i < size; i++) {
    const uint8_t two[] = {(uint8_t)(0xc0 | p[i] >> 6), (uint8_t)(0x80 | (p[i] & 0x3f))};
    if (p[i] < 0x80)
      put_utf8(sink, p + i, 1);
    else
      put_utf8(sink, two, 2);
  }
}

static void put_word(struct sink *sink, const uint8_t *p, size_t size) {
  if (is_utf8(p, size))
    put_utf8(sink, p, size);
  else if (!is_shift_jis(p, size) || !put_shift_jis(sink, p, size))
    put_latin(sink, p, size);
}

// No second byte of Shift-JIS is below 40.
static bool ends_word(uint8_t c) {
  return c <= 0x20 || c == '/' || c == '"' || c == ':' || c == ',' || c == ';';
}

size_t ario_text_clean(const char *text, size_t size, char *out, size_t room) {
  const uint8_t *p = (const uint8_t *)text;
  struct sink sink = {.out = out, .room = room};
  for (size_t i = 0, length; i < size; i += length) {
    for (length = 0; i + length < size && !ends_word(p[i + length]);) length++;
    put_word(&sink, p + i, length);
    if (i + length < size) put_utf8(&sink, p + i + length++, 1);
  }
  out[sink.used] = 0;
  return sink.used;
}
