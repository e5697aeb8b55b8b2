// SPDX-License-Identifier: MIT
//
// Tracks that are being made: their messages in any order, written in the order of time.
#ifndef ARIO_SMF_WRITE_H
#define ARIO_SMF_WRITE_H

#include "codecs/midi/buffer.h"

// Within a tick: what ends, what is set, what begins.
enum { ARIO__ORDER_OFF, ARIO__ORDER_CONTROL, ARIO__ORDER_PROGRAM, ARIO__ORDER_ON };

// A list that runs out of memory remembers it.
typedef struct ario__messages {
  uint64_t *keys; // tick, order and the message's three bytes, so that numbers sort as messages must
  size_t count, room;
  bool failed;
} ario__messages;

void ario__messages_add(ario__messages *list, uint32_t tick, unsigned order, unsigned status, unsigned first,
                        unsigned second);
void ario__messages_free(ario__messages *list); // and zeroes it

void ario__smf_head(ario__buffer *file, unsigned format, size_t tracks, unsigned division);

// A chunk's head; its data follow. Returns where they begin, for its end.
size_t ario__smf_begin_track(ario__buffer *file);
void ario__smf_end_track(ario__buffer *file, size_t begin);
void ario__smf_end_of_track(ario__buffer *file, uint32_t delta); // the event

// Sorts and writes the messages of a track, from tick `from`, and its End of Track. False if a pause is longer than a
// delta can be.
bool ario__smf_put_messages(ario__buffer *file, ario__messages *list, uint32_t from);

#endif
