// SPDX-License-Identifier: MIT
//
// Songs for tests, from a list of notes: a tick is a millisecond.
#ifndef ARIO_TESTS_SMALL_SONG_H
#define ARIO_TESTS_SMALL_SONG_H

#include "arioso/midi.h"
#include "support/test.h"

typedef struct small_event {
  uint32_t at; // milliseconds; a track's events in order
  unsigned track;
  uint8_t bytes[16], size;
} small_event;

#define SMALL_ON(at, track, pitch, velocity)                                                                 \
  { at, track, {0x90, pitch, velocity}, 3 }
#define SMALL_OFF(at, track, pitch)                                                                          \
  { at, track, {0x80, pitch, 64}, 3 }
#define SMALL_METER(at, track, beats)                                                                        \
  { at, track, {0xFF, 0x58, 4, beats, 2, 24, 8}, 7 }
#define SMALL_TEXT(at, track)                                                                                \
  { at, track, {0xFF, 0x01, 1, 'x'}, 4 }

static inline size_t small_number(uint8_t *out, uint32_t value) { // of variable length
  uint8_t reversed[5];
  size_t count = 0, size = 0;
  do reversed[count++] = value & 127;
  while (value >>= 7);
  while (count--) out[size++] = (uint8_t)(reversed[count] | (count ? 128 : 0));
  return size;
}

static inline void small_big_endian(uint8_t *out, uint32_t value, size_t size) {
  while (size--) out[size] = (uint8_t)value, value >>= 8;
}

// Writes the events of one track as a chunk; returns its size.
static inline size_t small_track(uint8_t *out, unsigned track, const small_event *events, size_t count) {
  size_t size = 8;
  uint32_t now = 0;
  memcpy(out, "MTrk", 4);
  for (size_t i = 0; i < count; i++) {
    if (events[i].track != track) continue;
    size += small_number(out + size, events[i].at - now);
    memcpy(out + size, events[i].bytes, events[i].size);
    size += events[i].size;
    now = events[i].at;
  }
  memcpy(out + size, "\0\xFF\x2F\0", 4);
  small_big_endian(out + 4, (uint32_t)size + 4 - 8, 4);
  return size + 4;
}

// The song of these events; the caller frees it.
static inline ario_song *small_song(const small_event *events, size_t count) {
  unsigned tracks = 1;
  for (size_t i = 0; i < count; i++)
    if (events[i].track > tracks) tracks = events[i].track;
  uint8_t *bytes = malloc(14 + 21 * count + 12 * tracks);
  assert_non_null(bytes);
  memcpy(bytes, "MThd\0\0\0\6\0\1", 10);
  small_big_endian(bytes + 10, tracks, 2);
  small_big_endian(bytes + 12, 500, 2);
  size_t size = 14;
  for (unsigned track = 1; track <= tracks; track++) size += small_track(bytes + size, track, events, count);
  ario_song *song;
  ario_error error = {""};
  ario_status status = ario_song_parse(bytes, size, &song, &error);
  free(bytes);
  if (status) fail_msg("the song cannot be read: %s", error.text);
  return song;
}

#endif
