// SPDX-License-Identifier: MIT
//
// Tracks of a song -> a file.
#include "codecs/midi/song_copy.h"
#include "codecs/midi/track_write.h"

static void copy_event(const ario__song_copy *copy, const ario__smf_track *track, size_t index,
                       ario__buffer *file) {
  const ario__smf_event *place = &copy->song->smf.events[index];
  if (!track->repaired) {
    ario__buffer_add(file, copy->song->bytes + place->begin, place->end - place->begin);
    return;
  }
  const ario_midi_event *event = &copy->song->events[copy->song->rank[index]];
  unsigned status = event->bytes[0], head = status == 0xff ? 2 : status >= 0xf0 ? 1 : 0;
  ario__buffer_add(file, event->bytes, head);
  if (head) ario__buffer_vlq(file, event->size - head);
  ario__buffer_add(file, event->bytes + head, event->size - head);
}

// Writes the first `kept` events of a track with new deltas, and End of Track at `end`.
static bool rewrite_track(const ario__song_copy *copy, const ario__smf_track *track, size_t kept,
                          uint32_t end, ario__buffer *file) {
  uint32_t tick = 0;
  for (size_t i = track->first; i <= track->first + kept; i++) {
    bool last = i == track->first + kept;
    uint32_t next = last ? end : copy->song->smf.events[i].tick;
    uint64_t delta = (uint64_t)(next - tick) * copy->factor;
    if (delta > ARIO__VLQ_MAX) return false;
    if (last) {
      ario__end_of_track(file, (uint32_t)delta);
      return true;
    }
    ario__buffer_vlq(file, (uint32_t)delta);
    copy_event(copy, track, i, file);
    tick = next;
  }
  return true;
}

bool ario__copy_track(const ario__song_copy *copy, const ario__smf_track *track, ario__buffer *file) {
  const ario_song *song = copy->song;
  size_t kept = 0;
  while (kept < track->count && song->rank[track->first + kept] < copy->kept) kept++;
  const ario__smf_event *last = kept ? &song->smf.events[track->first + kept - 1] : NULL;
  bool whole = kept == track->count && (int64_t)track->end_tick * copy->factor <= copy->close, fits = true;
  size_t begin = ario__begin_chunk(file);
  if (track->repaired || copy->factor > 1) {
    fits = rewrite_track(copy, track, kept, whole ? track->end_tick : last ? last->tick : 0, file);
  } else if (whole) {
    ario__buffer_add(file, song->bytes + track->begin, track->end - track->begin);
  } else {
    if (last) ario__buffer_add(file, song->bytes + track->begin, last->end - track->begin);
    ario__end_of_track(file, 0);
  }
  ario__end_chunk(file, begin);
  return fits;
}
