// SPDX-License-Identifier: MIT
//
// A buffer that grows, from which MIDI files are put together. A buffer that runs out of memory sets `failed`
// and ignores what follows, so only the end of a piece of work needs a check.
#ifndef ARIO_BUFFER_H
#define ARIO_BUFFER_H

#include "arioso/status.h"

// The largest number that a variable-length quantity of four bytes can hold.
#define ARIO__VLQ_MAX 0x0fffffffu

typedef struct ario__buffer {
  uint8_t *bytes;
  size_t size, room;
  bool failed;
} ario__buffer;

void ario__buffer_add(ario__buffer *buffer, const void *bytes, size_t size);
void ario__buffer_byte(ario__buffer *buffer, unsigned byte);
void ario__buffer_be16(ario__buffer *buffer, unsigned value);
void ario__buffer_be32(ario__buffer *buffer, uint32_t value);
void ario__buffer_vlq(ario__buffer *buffer, uint32_t value);                 // value <= ARIO__VLQ_MAX
void ario__buffer_set_be32(ario__buffer *buffer, size_t at, uint32_t value); // overwrites bytes
void ario__buffer_free(ario__buffer *buffer);                                // and zeroes it

#endif
