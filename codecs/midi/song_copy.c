// SPDX-License-Identifier: MIT
//
// Tracks of a song -> a file.
#include "codecs/midi/song_copy.h"
#include "codecs/midi/track_write.h"

static void copy_event(const ario__song_copy *copy, const ario__smf_track *track, size_t index,
                       ario__buffer *file) {
  const ario__smf_event *place = &copy->song->smf.events[index];
  if (!track->repaired && !copy->left_out) {
    ario__buffer_add(file, copy->song->bytes + place->begin, place->end - place->begin);
    return;
  }
  const ario_midi_event *event = &copy->song->events[copy->song->rank[index]];
  unsigned status = event->bytes[0], head = status == 0xff ? 2 : status >= 0xf0 ? 1 : 0;
  ario__buffer_add(file, event->bytes, head);
  if (head) ario__buffer_vlq(file, event->size - head);
  ario__buffer_add(file, event->bytes + head, event->size - head);
}

// Writes what follows a track's last event, which is at `tick`: the tail, and End of Track, not before `end`.
static bool end_track(const ario__song_copy *copy, const ario__smf_track *track, uint32_t tick, uint32_t end,
                      ario__buffer *file) {
  uint64_t delta = 0;
  if (copy->tail && copy->tail->size && track == copy->song->smf.tracks) {
    delta = (uint64_t)(copy->tail_tick - tick) * copy->factor;
    if (delta > ARIO__VLQ_MAX) return false;
    ario__buffer_vlq(file, (uint32_t)delta);
    ario__buffer_add(file, copy->tail->bytes, copy->tail->size);
    tick = copy->tail_tick;
  }
  delta = end > tick ? (uint64_t)(end - tick) * copy->factor : 0;
  if (delta > ARIO__VLQ_MAX) return false;
  ario__end_of_track(file, (uint32_t)delta);
  return true;
}

// Writes the first `kept` events of a track with new deltas, and End of Track at `end`.
static bool rewrite_track(const ario__song_copy *copy, const ario__smf_track *track, size_t kept,
                          uint32_t end, ario__buffer *file) {
  uint32_t tick = 0;
  for (size_t i = track->first; i < track->first + kept; i++) {
    if (copy->left_out && copy->left_out[copy->song->rank[i]]) continue;
    uint32_t next = copy->song->smf.events[i].tick;
    uint64_t delta = (uint64_t)(next - tick) * copy->factor;
    if (delta > ARIO__VLQ_MAX) return false;
    ario__buffer_vlq(file, (uint32_t)delta);
    copy_event(copy, track, i, file);
    tick = next;
  }
  return end_track(copy, track, tick, end, file);
}

static bool is_thinned(const ario__song_copy *copy, const ario__smf_track *track) {
  for (size_t i = track->first; copy->left_out && i < track->first + track->count; i++)
    if (copy->left_out[copy->song->rank[i]]) return true;
  return false;
}

bool ario__copy_track(const ario__song_copy *all, const ario__smf_track *track, ario__buffer *file) {
  const ario_song *song = all->song;
  ario__song_copy own = *all, *copy = &own;
  if (!is_thinned(all, track)) own.left_out = NULL; // its bytes, with running status, can be copied
  size_t kept = 0;
  while (kept < track->count && song->rank[track->first + kept] < copy->kept) kept++;
  const ario__smf_event *last = kept ? &song->smf.events[track->first + kept - 1] : NULL;
  uint32_t tick = last ? last->tick : 0;
  bool tailed = copy->tail && copy->tail->size && track == song->smf.tracks;
  bool whole = kept == track->count && !tailed && (int64_t)track->end_tick * copy->factor <= copy->close;
  bool fits = true;
  size_t begin = ario__begin_chunk(file);
  if (track->repaired || copy->factor > 1 || copy->left_out) {
    fits = rewrite_track(copy, track, kept, whole ? track->end_tick : tick, file);
  } else if (whole) {
    ario__buffer_add(file, song->bytes + track->begin, track->end - track->begin);
  } else {
    if (last) ario__buffer_add(file, song->bytes + track->begin, last->end - track->begin);
    fits = end_track(copy, track, tick, tick, file);
  }
  ario__end_chunk(file, begin);
  return fits;
}
