// SPDX-License-Identifier: MIT
//
// A song with what its band plays on as a file: its tracks as they are, and one more for each part that goes on; or these
// alone.
#include "codecs/midi/band_splice.h"

#include <stdio.h>
#include <string.h>

static bool write_track(ario__splice *s, const char *name, ario__track_events *events) {
  size_t begin = ario__begin_chunk(&s->file);
  ario__put_meta(&s->file, 0, 3, name, strlen(name));
  bool fits = ario__track_write(&s->file, events, s->song->ports);
  ario__end_chunk(&s->file, begin);
  s->failed |= events->failed;
  return fits;
}

// Named after its track, and where others have that too, after what it plays.
static bool write_part(ario__splice *s, size_t index) {
  ario__splice_part *p = &s->parts[index];
  char name[96];
  const char *what = ario__band_player(p->instrument);
  ario_track_info track = ario_song_track(s->song, p->track);
  bool several = (index && p[-1].track == p->track) || (index + 1 < s->part_count && p[1].track == p->track);
  bool both = track.name[0] && several;
  snprintf(name, sizeof name, "%s%s%s", track.name, both ? ", " : "", track.name[0] && !several ? "" : what);
  return write_track(s, name, &p->events);
}

// What the song says of drums before the cut: its resets, and the parts for rhythm.
static void write_declarations(ario__splice *s) {
  ario_channels state;
  uint8_t port = 0;
  ario_channels_init(&state);
  for (size_t i = 0; i < s->copy.kept; i++) {
    const ario_midi_event *event = &s->song->events[i];
    if (event->bytes[0] != 0xf0) continue;
    ario_channels before = state;
    ario_channels_feed(&state, event->port, event->tick, event->bytes, event->size, NULL, NULL);
    bool says = ario_channels_is_reset(event->bytes, event->size);
    for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++)
      says |= before.channels[c].drums != state.channels[c].drums;
    if (!says) continue;
    uint8_t named = s->song->ports[event->port];
    if (named != port) ario__put_meta(&s->file, 0, 0x21, &named, 1);
    port = named;
    ario__buffer_vlq(&s->file, 0);
    ario__buffer_byte(&s->file, 0xf0);
    ario__buffer_vlq(&s->file, event->size - 1);
    ario__buffer_add(&s->file, event->bytes + 1, event->size - 1);
  }
}

// The first track of a file of the continuation alone: the tempo and the meter in which it begins.
static void write_map(ario__splice *s) {
  size_t begin = ario__begin_chunk(&s->file);
  uint64_t tick = ario__splice_tick(&s->copy, s->passage->begin);
  const ario__meter *meter = ario__splice_meter(&s->copy, tick);
  write_declarations(s);
  ario__put_tempo(&s->file, 0, ario__band_tempo_at(s->song, s->passage->begin));
  ario__put_meter(&s->file, 0, meter->numerator, meter->log2_denominator);
  ario__end_of_track(&s->file, 0);
  ario__end_chunk(&s->file, begin);
}

ario_status ario__splice_write(ario__splice *s) {
  const ario__smf *smf = &s->song->smf;
  size_t tracks = (s->alone ? 1 : smf->track_count) + (s->ends.count > 0);
  unsigned division = smf->division * s->copy.factor;
  bool fits = division <= 32767 && (uint64_t)s->song->end_tick * s->copy.factor <= ARIO__SMF_MAX_TICK;
  for (size_t i = 0; i < s->part_count; i++) tracks += s->parts[i].events.count > 0;
  if (!fits || tracks > ARIO__SMF_MAX_TRACKS) return ARIO_ERR_LIMIT;
  ario__write_head(&s->file, 1, tracks, division);
  if (s->alone) write_map(s);
  for (size_t i = 0; i < smf->track_count && fits && !s->alone; i++)
    fits = ario__copy_track(&s->copy, &smf->tracks[i], &s->file);
  for (size_t i = 0; i < s->part_count && fits; i++)
    if (s->parts[i].events.count) fits = write_part(s, i);
  if (fits && s->ends.count) fits = write_track(s, "ends", &s->ends);
  return s->failed || s->file.failed || s->tail.failed ? ARIO_ERR_MEMORY : fits ? ARIO_OK : ARIO_ERR_LIMIT;
}
