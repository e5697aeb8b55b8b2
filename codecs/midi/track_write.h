// SPDX-License-Identifier: MIT
//
// The pieces that MIDI files are written of: header, chunks, the events of a new track.
#ifndef ARIO_TRACK_WRITE_H
#define ARIO_TRACK_WRITE_H

#include "codecs/midi/buffer.h"

// The order of events within a tick: what ends, what is set, what begins.
enum {
  ARIO__ORDER_OFF,
  ARIO__ORDER_RESET,
  ARIO__ORDER_CONTROL,
  ARIO__ORDER_PROGRAM,
  ARIO__ORDER_SEQUENCE, // + 0..99: controllers that must come one after the other
  ARIO__ORDER_ON = 127,
};

// The channel messages of a track, in any order.
typedef struct ario__track_events {
  uint64_t
      *keys; // [count] tick, order, port and the message's three bytes, so that numbers sort as events must
  size_t count, room;
  bool failed; // memory ran out
} ario__track_events;

// Adds a message; `channel` is 16 port + 0..15, `kind` its status without the channel.
void ario__track_add(ario__track_events *events, uint32_t tick, unsigned order, unsigned channel,
                     unsigned kind, unsigned first, unsigned second);

// Sorts and writes the events and End of Track. ports [ARIO_MIDI_PORTS] are the numbers by which the file names
// ports (FF 21); a track begins at port 0. False if a pause is longer than a delta can be.
bool ario__track_write(ario__buffer *file, ario__track_events *events, const uint8_t *ports);

void ario__track_free(ario__track_events *events);

void ario__write_head(ario__buffer *file, unsigned format, size_t tracks, unsigned division);
size_t ario__begin_chunk(ario__buffer *file); // of a track; returns the place that ario__end_chunk wants
void ario__end_chunk(ario__buffer *file, size_t begin);
void ario__put_meta(ario__buffer *file, uint32_t delta, unsigned type, const void *data, size_t size);
void ario__put_meter(ario__buffer *file, uint32_t delta, unsigned beats, unsigned log2_unit);
void ario__put_tempo(ario__buffer *file, uint32_t delta, uint32_t microseconds); // a quarter
void ario__end_of_track(ario__buffer *file, uint32_t delta);

// Hands the file over, or frees it and says what went wrong.
ario_status ario__write_finish(ario__buffer *file, ario_status status, uint8_t **bytes, size_t *size,
                               ario_error *error);

#endif
