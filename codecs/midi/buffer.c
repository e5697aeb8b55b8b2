// SPDX-License-Identifier: MIT
//
// A buffer that grows.
#include "codecs/midi/buffer.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(ario__buffer *buffer, size_t more) {
  if (buffer->failed || more > SIZE_MAX / 4 - buffer->size) return !(buffer->failed = true);
  if (buffer->size + more <= buffer->room) return true;
  size_t room = 2 * buffer->room + more + 64;
  uint8_t *grown = realloc(buffer->bytes, room);
  if (!grown) return !(buffer->failed = true);
  buffer->bytes = grown;
  buffer->room = room;
  return true;
}

void ario__buffer_add(ario__buffer *buffer, const void *bytes, size_t size) {
  if (size == 0 || !reserve(buffer, size)) return;
  memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
}

void ario__buffer_byte(ario__buffer *buffer, unsigned byte) {
  uint8_t b = (uint8_t)byte;
  ario__buffer_add(buffer, &b, 1);
}

void ario__buffer_be16(ario__buffer *buffer, unsigned value) {
  ario__buffer_byte(buffer, value >> 8 & 255);
  ario__buffer_byte(buffer, value & 255);
}

void ario__buffer_be32(ario__buffer *buffer, uint32_t value) {
  ario__buffer_be16(buffer, value >> 16);
  ario__buffer_be16(buffer, value & 0xffff);
}

void ario__buffer_set_be32(ario__buffer *buffer, size_t at, uint32_t value) {
  if (buffer->failed) return;
  for (unsigned i = 0; i < 4; i++) buffer->bytes[at + i] = (uint8_t)(value >> (24 - 8 * i) & 255);
}

void ario__buffer_vlq(ario__buffer *buffer, uint32_t value) {
  for (unsigned shift = 21; shift; shift -= 7)
    if (value >> shift) ario__buffer_byte(buffer, (value >> shift & 127) | 128);
  ario__buffer_byte(buffer, value & 127);
}

void ario__buffer_free(ario__buffer *buffer) {
  free(buffer->bytes);
  *buffer = (ario__buffer){0};
}
