// SPDX-License-Identifier: MIT
//
// The pieces of MIDI files.
#include "codecs/midi/track_write.h"
#include "arioso/midi.h"

#include <stdlib.h>

// A key: 31 bits of tick, 7 of order, 2 of port, 24 of message.
enum { TICK = 33, ORDER = 26, PORT = 24 };

void ario__track_add(ario__track_events *events, uint32_t tick, unsigned order, unsigned channel,
                     unsigned kind, unsigned first, unsigned second) {
  if (events->count == events->room) {
    size_t room = events->room ? 2 * events->room : 256;
    uint64_t *grown = events->failed ? NULL : realloc(events->keys, room * sizeof *grown);
    if (!grown) {
      events->failed = true;
      return;
    }
    events->keys = grown;
    events->room = room;
  }
  unsigned status = kind | (channel & 15);
  events->keys[events->count++] = (uint64_t)tick << TICK | (uint64_t)order << ORDER |
                                  (uint64_t)(channel >> 4) << PORT | status << 16 | first << 8 | second;
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

bool ario__track_write(ario__buffer *file, ario__track_events *events, const uint8_t *ports) {
  if (events->count) qsort(events->keys, events->count, sizeof *events->keys, by_value);
  uint32_t last = 0;
  uint8_t port = 0;
  for (size_t i = 0; i < events->count; i++) {
    uint64_t key = events->keys[i];
    uint32_t tick = (uint32_t)(key >> TICK);
    unsigned status = key >> 16 & 255, named = ports[key >> PORT & (ARIO_MIDI_PORTS - 1)];
    if (tick - last > ARIO__VLQ_MAX) return false;
    ario__buffer_vlq(file, tick - last);
    if (named != port) ario__buffer_add(file, (const uint8_t[]){0xff, 0x21, 1, (uint8_t)named, 0}, 5);
    port = (uint8_t)named;
    ario__buffer_byte(file, status);
    ario__buffer_byte(file, key >> 8 & 127);
    if ((status & 0xe0) != 0xc0) ario__buffer_byte(file, key & 127);
    last = tick;
  }
  ario__end_of_track(file, 0);
  return true;
}

void ario__track_free(ario__track_events *events) {
  free(events->keys);
  *events = (ario__track_events){.keys = NULL};
}

void ario__put_meta(ario__buffer *file, uint32_t delta, unsigned type, const void *data, size_t size) {
  ario__buffer_vlq(file, delta);
  ario__buffer_add(file, (const uint8_t[]){0xff, (uint8_t)type}, 2);
  ario__buffer_vlq(file, (uint32_t)size);
  ario__buffer_add(file, data, size);
}

void ario__put_meter(ario__buffer *file, uint32_t delta, unsigned beats, unsigned log2_unit) {
  uint8_t clocks = (uint8_t)(log2_unit <= 6 ? 96 >> log2_unit : 1); // of a metronome, 24 a quarter
  ario__put_meta(file, delta, 0x58,
                 (const uint8_t[]){(uint8_t)beats, (uint8_t)log2_unit, clocks ? clocks : 1, 8}, 4);
}

void ario__put_tempo(ario__buffer *file, uint32_t delta, uint32_t microseconds) {
  const uint8_t data[] = {(uint8_t)(microseconds >> 16), (uint8_t)(microseconds >> 8), (uint8_t)microseconds};
  ario__put_meta(file, delta, 0x51, data, sizeof data);
}

void ario__end_of_track(ario__buffer *file, uint32_t delta) {
  ario__buffer_vlq(file, delta);
  ario__buffer_add(file, (const uint8_t[]){0xff, 0x2f, 0}, 3);
}

size_t ario__begin_chunk(ario__buffer *file) {
  ario__buffer_add(file, "MTrk", 4);
  ario__buffer_be32(file, 0);
  return file->size;
}

void ario__end_chunk(ario__buffer *file, size_t begin) {
  ario__buffer_set_be32(file, begin - 4, (uint32_t)(file->size - begin));
}

void ario__write_head(ario__buffer *file, unsigned format, size_t tracks, unsigned division) {
  ario__buffer_add(file, "MThd", 4);
  ario__buffer_be32(file, 6);
  ario__buffer_be16(file, format);
  ario__buffer_be16(file, (unsigned)tracks);
  ario__buffer_be16(file, division);
}

ario_status ario__write_finish(ario__buffer *file, ario_status status, uint8_t **bytes, size_t *size,
                               ario_error *error) {
  if (!status && file->failed) status = ARIO_ERR_MEMORY;
  if (!status) {
    *bytes = file->bytes;
    *size = file->size;
    return ARIO_OK;
  }
  ario__buffer_free(file);
  if (status == ARIO_ERR_LIMIT)
    return ario_fail(error, status, "the music is too long or too late for the time base of a MIDI file");
  if (status == ARIO_ERR_ARGUMENT)
    return ario_fail(error, status, "a token is not below %d", ARIO_MIDI_VOCAB);
  return ario_fail(error, status, "%s", ario_strerror(status));
}
