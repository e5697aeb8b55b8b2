// SPDX-License-Identifier: MIT
//
// What the tests of midi-band share: MIDI files made event by event, and tokens as text.
#ifndef ARIO_TESTS_BAND_H
#define ARIO_TESTS_BAND_H

#include "support/small_song.h"
#include "support/test.h"

#include "arioso/band.h"

enum { MADE_TRACKS = 64 };

// A file that is being made; zeroed but for its division.
typedef struct made {
  unsigned division;
  struct {
    uint8_t *bytes;
    size_t size, room;
    uint32_t now;
  } tracks[MADE_TRACKS];
} made;

// An event of a track, in order of time; track from 0.
static inline void make_event(made *m, unsigned track, uint32_t tick, const uint8_t *bytes, size_t size) {
  if (m->tracks[track].size + size + 16 > m->tracks[track].room) {
    m->tracks[track].room = 2 * m->tracks[track].room + size + 256;
    m->tracks[track].bytes = realloc(m->tracks[track].bytes, m->tracks[track].room);
    assert_non_null(m->tracks[track].bytes);
  }
  uint8_t *end = m->tracks[track].bytes + m->tracks[track].size;
  size_t delta = small_number(end, tick - m->tracks[track].now);
  memcpy(end + delta, bytes, size);
  m->tracks[track].size += delta + size;
  m->tracks[track].now = tick;
}

#define MAKE(m, track, tick, ...)                                                                            \
  make_event((m), (track), (tick), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static inline void make_note(made *m, unsigned track, uint32_t tick, uint32_t ticks, unsigned channel,
                             unsigned pitch, unsigned velocity) {
  MAKE(m, track, tick, (uint8_t)(0x90 | channel), (uint8_t)pitch, (uint8_t)velocity);
  MAKE(m, track, tick + ticks, (uint8_t)(0x80 | channel), (uint8_t)pitch, 0);
}

static inline void make_program(made *m, unsigned track, uint32_t tick, unsigned channel, unsigned program) {
  MAKE(m, track, tick, (uint8_t)(0xc0 | channel), (uint8_t)program);
}

static inline void make_meter(made *m, uint32_t tick, unsigned beats, unsigned log2_unit) {
  MAKE(m, 0, tick, 0xff, 0x58, 4, (uint8_t)beats, (uint8_t)log2_unit, 24, 8);
}

static inline void make_tempo(made *m, uint32_t tick, uint32_t tempo) {
  MAKE(m, 0, tick, 0xff, 0x51, 3, (uint8_t)(tempo >> 16), (uint8_t)(tempo >> 8), (uint8_t)tempo);
}

// The file's bytes; the caller frees them. What was made is forgotten.
static inline uint8_t *make_file(made *m, size_t *size) {
  unsigned tracks = 1;
  size_t room = 14 + 12 * MADE_TRACKS;
  for (unsigned t = 0; t < MADE_TRACKS; t++) {
    room += m->tracks[t].size;
    if (m->tracks[t].size) tracks = t + 1;
  }
  uint8_t *bytes = malloc(room);
  assert_non_null(bytes);
  memcpy(bytes, "MThd\0\0\0\6\0\1", 10);
  small_big_endian(bytes + 10, tracks, 2);
  small_big_endian(bytes + 12, m->division, 2);
  *size = 14;
  for (unsigned t = 0; t < tracks; t++) {
    memcpy(bytes + *size, "MTrk", 4);
    small_big_endian(bytes + *size + 4, (uint32_t)m->tracks[t].size + 4, 4);
    if (m->tracks[t].size) memcpy(bytes + *size + 8, m->tracks[t].bytes, m->tracks[t].size);
    *size += 8 + m->tracks[t].size;
    memcpy(bytes + *size, "\0\xff\x2f\0", 4);
    *size += 4;
    free(m->tracks[t].bytes);
  }
  *m = (made){.division = m->division};
  return bytes;
}

// The tokens of a file; the caller frees them.
static inline ario_token *band_tokens(const uint8_t *bytes, size_t size, size_t *count) {
  ario_token *tokens;
  ario_error error = {""};
  if (ario_codec_find("midi-band")->encode(bytes, size, &(ario_config){0}, &tokens, count, &error))
    fail_msg("the file cannot be encoded: %s", error.text);
  return tokens;
}

static inline ario_token *made_tokens(made *m, size_t *count) {
  size_t size;
  uint8_t *bytes = make_file(m, &size);
  ario_token *tokens = band_tokens(bytes, size, count);
  free(bytes);
  return tokens;
}

// Tokens in words, a space between them; the caller frees the text.
static inline char *band_words(const ario_token *tokens, size_t count) {
  char *text = malloc(32 * count + 1), word[64];
  size_t used = 0;
  assert_non_null(text);
  text[0] = 0;
  for (size_t i = 0; i < count; i++) {
    ario_codec_find("midi-band")->describe(tokens[i], NULL, word, sizeof word);
    used += (size_t)sprintf(text + used, i ? " %s" : "%s", word);
  }
  return text;
}

// What tokens decode to must encode to them.
static inline void assert_canonical(const ario_token *tokens, size_t count) {
  uint8_t *bytes;
  size_t size, again;
  ario_error error = {""};
  if (ario_band_write(tokens, count, &bytes, &size, &error))
    fail_msg("the tokens cannot be written: %s", error.text);
  ario_token *got = band_tokens(bytes, size, &again);
  free(bytes);
  size_t same = 0;
  while (same < count && same < again && got[same] == tokens[same]) same++;
  if (same < count || again != count) {
    size_t from = same > 12 ? same - 12 : 0, until = same + 6;
    char *want = band_words(tokens + from, (until < count ? until : count) - from);
    char *have = band_words(got + from, (until < again ? until : again) - from);
    fail_msg("token %zu of %zu (%zu again): got \"%s\", expected \"%s\"", same, count, again, have, want);
  }
  free(got);
}

#endif
