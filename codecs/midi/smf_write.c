// SPDX-License-Identifier: MIT
//
// Messages -> the bytes of a track.
#include "codecs/midi/smf_write.h"

#include <stdlib.h>

void ario__messages_add(ario__messages *list, uint32_t tick, unsigned order, unsigned status, unsigned first,
                        unsigned second) {
  if (list->count == list->room) {
    size_t room = list->room ? 2 * list->room : 256;
    uint64_t *grown = list->failed ? NULL : realloc(list->keys, room * sizeof *grown);
    if (!grown) {
      list->failed = true;
      return;
    }
    list->keys = grown;
    list->room = room;
  }
  list->keys[list->count++] =
      (uint64_t)tick << 28 | (uint64_t)order << 24 | status << 16 | first << 8 | second;
}

void ario__messages_free(ario__messages *list) {
  free(list->keys);
  *list = (ario__messages){.keys = NULL};
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

size_t ario__smf_begin_track(ario__buffer *file) {
  ario__buffer_add(file, "MTrk", 4);
  ario__buffer_be32(file, 0);
  return file->size;
}

void ario__smf_end_track(ario__buffer *file, size_t begin) {
  ario__buffer_set_be32(file, begin - 4, (uint32_t)(file->size - begin));
}

void ario__smf_end_of_track(ario__buffer *file, uint32_t delta) {
  ario__buffer_vlq(file, delta);
  ario__buffer_add(file, (const uint8_t[]){0xff, 0x2f, 0}, 3);
}

void ario__smf_head(ario__buffer *file, unsigned format, size_t tracks, unsigned division) {
  ario__buffer_add(file, "MThd", 4);
  ario__buffer_be32(file, 6);
  ario__buffer_be16(file, format);
  ario__buffer_be16(file, (unsigned)tracks);
  ario__buffer_be16(file, division);
}

bool ario__smf_put_messages(ario__buffer *file, ario__messages *list, uint32_t from) {
  if (list->count) qsort(list->keys, list->count, sizeof *list->keys, by_value);
  uint32_t last = from;
  for (size_t i = 0; i < list->count; i++) {
    uint64_t key = list->keys[i];
    uint32_t tick = (uint32_t)(key >> 28);
    unsigned status = key >> 16 & 255;
    if (tick - last > ARIO__VLQ_MAX) return false;
    ario__buffer_vlq(file, tick - last);
    ario__buffer_byte(file, status);
    ario__buffer_byte(file, key >> 8 & 127);
    if ((status & 0xe0) != 0xc0) ario__buffer_byte(file, key & 127);
    last = tick;
  }
  ario__smf_end_of_track(file, 0);
  return true;
}
