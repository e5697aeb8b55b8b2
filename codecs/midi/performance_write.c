// SPDX-License-Identifier: MIT
//
// Music -> a MIDI file of its own: of tokens, or of the messages of a recording.
#include "arioso/midi.h"
#include "codecs/midi/smf_bytes.h"
#include "codecs/midi/track_write.h"

#include <stdlib.h>
#include <string.h>

// ---- A file of its own ----

static ario_status write_notes(ario__buffer *file, const ario_note *notes, size_t count) {
  static const uint8_t ports[ARIO_MIDI_PORTS] = {0};
  ario__track_events list = {.keys = NULL};
  bool fits = true;
  for (size_t i = 0; i < count; i++) {
    if (notes[i].end > ARIO__SMF_MAX_TICK / 10) {
      fits = false;
      break;
    }
    ario__track_add(&list, (uint32_t)notes[i].start * 10, ARIO__ORDER_ON, 0, 0x90, notes[i].pitch,
                    notes[i].velocity);
    ario__track_add(&list, (uint32_t)notes[i].end * 10, ARIO__ORDER_OFF, 0, 0x80, notes[i].pitch, 0);
  }
  ario__write_head(file, 0, 1, 500);
  size_t begin = ario__begin_chunk(file);
  ario__buffer_add(file, (const uint8_t[]){0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20}, 7);
  fits = fits && ario__track_write(file, &list, ports);
  ario__end_chunk(file, begin);
  ario_status status = list.failed ? ARIO_ERR_MEMORY : fits ? ARIO_OK : ARIO_ERR_LIMIT;
  ario__track_free(&list);
  return status;
}

ario_status ario_midi_write(const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                            ario_error *error) {
  *bytes = NULL;
  *size = 0;
  ario_note *notes;
  size_t note_count;
  ario__buffer file = {.bytes = NULL};
  ario_status status = ario_midi_notes(tokens, count, &notes, &note_count);
  if (!status) status = write_notes(&file, notes, note_count);
  free(notes);
  return ario__write_finish(&file, status, bytes, size, error);
}

// ---- A recording ----

static bool write_message_track(ario__buffer *file, const ario_midi_message *messages, size_t count,
                                uint8_t track, const char *name, int64_t end) {
  size_t begin = ario__begin_chunk(file), length = strlen(name);
  int64_t last = 0;
  bool fits = end >= 0 && end <= ARIO__SMF_MAX_TICK;
  if (length > 127) length = 127;
  ario__buffer_add(file, (const uint8_t[]){0, 0xff, 3, (uint8_t)length}, 4);
  ario__buffer_add(file, name, length);
  for (size_t i = 0; i < count && fits; i++) {
    const ario_midi_message *message = &messages[i];
    if (message->track != track) continue;
    int64_t delta = message->milliseconds - last;
    fits = delta >= 0 && delta <= ARIO__VLQ_MAX && message->milliseconds <= ARIO__SMF_MAX_TICK;
    if (!fits) break;
    ario__buffer_vlq(file, (uint32_t)delta);
    ario__buffer_add(file, message->bytes, message->size);
    last = message->milliseconds;
  }
  if (end < last) end = last;
  fits = fits && end - last <= ARIO__VLQ_MAX;
  ario__end_of_track(file, fits ? (uint32_t)(end - last) : 0);
  ario__end_chunk(file, begin);
  return fits;
}

ario_status ario_midi_write_messages(const ario_midi_message *messages, size_t count,
                                     const char *const *names, size_t track_count, int64_t end,
                                     uint8_t **bytes, size_t *size, ario_error *error) {
  *bytes = NULL;
  *size = 0;
  for (size_t i = 0; i < count; i++)
    if (messages[i].track >= track_count || messages[i].size < 2 || messages[i].size > 3)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "message %zu is of no track or no size", i);
  ario__buffer file = {.bytes = NULL};
  bool fits = track_count < ARIO__SMF_MAX_TRACKS;
  ario__write_head(&file, 1, track_count + 1, 500);
  size_t begin = ario__begin_chunk(&file);
  ario__buffer_add(&file, (const uint8_t[]){0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20}, 7);
  ario__end_of_track(&file, 0);
  ario__end_chunk(&file, begin);
  for (size_t track = 0; track < track_count && fits; track++)
    fits = write_message_track(&file, messages, count, (uint8_t)track, names[track], end);
  return ario__write_finish(&file, fits ? ARIO_OK : ARIO_ERR_LIMIT, bytes, size, error);
}
