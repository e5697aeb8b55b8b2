// SPDX-License-Identifier: MIT
//
// A song with what its band plays on: its tracks as they are, and one more for each track and channel that goes on.
#include "codecs/midi/band_passage.h"
#include "codecs/midi/song_copy.h"
#include "codecs/midi/track_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  DRUM_STEPS = 6, // how long a drum's key is down
  PEDAL = 64,     // CC
  FIRST_BIN = 15, // velocity 64
  MOST_PARTS = 512,
  RECENT = 32, // notes over which a part's pitch is the mean
};

// Who plays: an instrument on a track and channel of the song, or a new one.
typedef struct part {
  unsigned track; // from 1; 0: new
  uint8_t channel, instrument;
  size_t notes; // in the song before the cut
  double pitch; // where it plays
  ario__track_events events;
} part;

typedef struct note {
  uint32_t start, end; // ticks
  uint8_t instrument, pitch, velocity;
  part *by;
} note;

typedef struct splicer {
  const ario_song *song;
  const ario__band_passage *passage;
  ario__song_copy copy;
  part parts[MOST_PARTS];
  size_t part_count;
  note *notes; // new ones, in order of time
  size_t count;
  struct {
    int program;
    bool pedal;
    size_t notes;
    uint8_t down[ARIO__PITCHES]; // the part whose key it is, + 1; 0: up. Of the first 255
    size_t last[ARIO__PITCHES];  // new note of each pitch, + 1
    part *goes_on;               // who plays here, NULL: nobody
  } channels[ARIO__BAND_CHANNELS];
  ario__track_events ends; // of what sounds at the cut
  ario__buffer file;
} splicer;

// ---- The song up to the cut ----

static void find_cut(splicer *s) {
  const ario_song *song = s->song;
  size_t kept = song->smf.event_count;
  unsigned division = song->smf.division;
  while (kept && s->passage->cut && song->events[kept - 1].microseconds >= s->passage->to) kept--;
  unsigned factor = division < ARIO_BAND_STEPS ? (ARIO_BAND_STEPS + division - 1) / division : 1;
  s->copy = (ario__song_copy){.song = song, .kept = kept, .factor = factor};
}

// The tick of a step of the song.
static uint64_t tick_of(const splicer *s, int64_t step) {
  uint64_t ticks = (uint64_t)step * s->song->smf.division * s->copy.factor;
  return (ticks + ARIO_BAND_STEPS / 2) / ARIO_BAND_STEPS;
}

static part *part_of(splicer *s, unsigned track, unsigned channel, unsigned instrument) {
  for (size_t i = 0; i < s->part_count; i++) {
    part *p = &s->parts[i];
    if (p->track == track && p->channel == channel && p->instrument == instrument) return p;
  }
  if (s->part_count == MOST_PARTS) return NULL;
  part *p = &s->parts[s->part_count++];
  *p = (part){.track = track, .channel = (uint8_t)channel, .instrument = (uint8_t)instrument};
  return p;
}

static void hear_onset(splicer *s, const ario_midi_event *event, unsigned channel) {
  unsigned pitch = event->bytes[1];
  unsigned instrument =
      channel == ARIO_MIDI_DRUM_CHANNEL ? ARIO_BAND_DRUMS : (unsigned)s->channels[channel].program;
  part *p = part_of(s, event->track, channel, instrument);
  s->channels[channel].notes++;
  s->channels[channel].down[pitch] = p && p - s->parts < UINT8_MAX ? (uint8_t)(p - s->parts + 1) : 1;
  if (!p) return;
  p->notes++;
  p->pitch += (pitch - p->pitch) / (double)(p->notes < RECENT ? p->notes : RECENT);
}

static void hear_song(splicer *s) {
  for (size_t i = 0; i < s->copy.kept; i++) {
    const ario_midi_event *event = &s->song->events[i];
    unsigned kind = event->bytes[0] & 0xf0, channel = event->bytes[0] & 15;
    if (kind == 0x90 && event->bytes[2])
      hear_onset(s, event, channel);
    else if (kind == 0x80 || kind == 0x90)
      s->channels[channel].down[event->bytes[1]] = 0;
    else if (kind == 0xc0)
      s->channels[channel].program = event->bytes[1];
    else if (kind == 0xb0 && event->bytes[1] == PEDAL)
      s->channels[channel].pedal = event->bytes[2] >= 64;
  }
}

// The tick at which the song itself ends a key that is down at the cut.
static uint64_t key_end(const splicer *s, unsigned channel, unsigned pitch) {
  const ario_song *song = s->song;
  for (size_t i = s->copy.kept; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    unsigned kind = event->bytes[0] & 0xf0;
    if ((kind == 0x80 || kind == 0x90) && (event->bytes[0] & 15u) == channel && event->bytes[1] == pitch)
      return (uint64_t)event->tick * s->copy.factor;
  }
  return (uint64_t)song->end_tick * s->copy.factor;
}

// ---- What is new ----

static int by_start(const void *a, const void *b) {
  const note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->instrument != y->instrument) return x->instrument - y->instrument;
  return x->pitch != y->pitch ? x->pitch - y->pitch : (x->end > y->end) - (x->end < y->end);
}

static ario_status place_notes(splicer *s, const ario__band *band, size_t first) {
  int64_t line = s->passage->origin;
  size_t bar = 0;
  s->notes = malloc((band->event_count + 1) * sizeof *s->notes);
  if (!s->notes) return ARIO_ERR_MEMORY;
  for (size_t i = first; i < band->event_count; i++) {
    const ario__band_event *event = &band->events[i];
    if (event->instrument == ARIO__BAND_TEMPO) continue;
    for (; bar < event->bar; bar++) line += ario__band_bar_steps(&band->bars[bar]);
    int64_t start = line + event->position;
    bool drum = event->instrument == ARIO_BAND_DRUMS;
    uint64_t from = tick_of(s, start),
             to = tick_of(s, start + (drum ? DRUM_STEPS : (int64_t)ario_band_length(event->length)));
    if (to > ARIO__SMF_MAX_TICK - 1) return ARIO_ERR_LIMIT;
    unsigned bin = event->velocity == ARIO__BAND_UNKNOWN ? FIRST_BIN : event->velocity;
    s->notes[s->count++] = (note){.start = (uint32_t)from,
                                  .end = (uint32_t)(to > from ? to : from + 1),
                                  .instrument = event->instrument,
                                  .pitch = event->pitch,
                                  .velocity = (uint8_t)(4 * bin + 3)};
  }
  if (s->count) qsort(s->notes, s->count, sizeof *s->notes, by_start);
  return ARIO_OK;
}

// A channel that nobody has, or the one with the fewest notes of those that are not drums'.
static unsigned free_channel(const splicer *s) {
  unsigned best = 0;
  for (unsigned c = 0; c < ARIO__BAND_CHANNELS; c++)
    if (c != ARIO_MIDI_DRUM_CHANNEL && s->channels[c].notes < s->channels[best].notes) best = c;
  return best;
}

// Of those who play the instrument the one in whose range the note is; a new one where nobody does.
static part *choose_part(splicer *s, const note *n) {
  part *best = NULL;
  double least = 0;
  for (size_t i = 0; i < s->part_count; i++) {
    part *p = &s->parts[i];
    double off =
        n->instrument == ARIO_BAND_DRUMS ? -(double)p->notes : (n->pitch - p->pitch) * (n->pitch - p->pitch);
    if (p->instrument != n->instrument || (best && off >= least)) continue;
    best = p;
    least = off;
  }
  if (best) return best;
  best = part_of(s, 0, n->instrument == ARIO_BAND_DRUMS ? ARIO_MIDI_DRUM_CHANNEL : free_channel(s),
                 n->instrument);
  if (best) best->pitch = n->pitch;
  return best;
}

// Gives the notes to who plays them, sets programs, and ends what a new onset ends.
static void assign(splicer *s) {
  for (size_t i = 0; i < s->count; i++) {
    note *n = &s->notes[i];
    n->by = choose_part(s, n);
    if (!n->by) continue;
    unsigned channel = n->by->channel;
    size_t *last = &s->channels[channel].last[n->pitch];
    if (*last && s->notes[*last - 1].end > n->start) s->notes[*last - 1].end = n->start;
    *last = i + 1;
    s->channels[channel].notes++;
    if (!s->channels[channel].goes_on) s->channels[channel].goes_on = n->by;
    if (n->instrument == ARIO_BAND_DRUMS || s->channels[channel].program == n->instrument) continue;
    s->channels[channel].program = n->instrument;
    ario__track_add(&n->by->events, n->start, ARIO__ORDER_PROGRAM, channel, 0xc0, n->instrument, 0);
  }
}

static void add_notes(splicer *s) {
  for (size_t i = 0; i < s->count; i++) {
    const note *n = &s->notes[i];
    if (!n->by || n->end <= n->start) continue; // ended as it began, by another of its pitch
    ario__track_add(&n->by->events, n->start, ARIO__ORDER_ON, n->by->channel, 0x90, n->pitch, n->velocity);
    ario__track_add(&n->by->events, n->end, ARIO__ORDER_OFF, n->by->channel, 0x80, n->pitch, 0);
  }
}

// The first new note of a pitch on a channel; NULL if there is none.
static const note *first_of(const splicer *s, unsigned channel, unsigned pitch) {
  for (size_t i = 0; i < s->count; i++)
    if (s->notes[i].by && s->notes[i].by->channel == channel && s->notes[i].pitch == pitch)
      return &s->notes[i];
  return NULL;
}

// What is down at the cut, or what the song leaves down, ends where it does in the song or with a new onset.
static void end_open(splicer *s) {
  uint64_t close = (uint64_t)s->copy.close;
  for (unsigned c = 0; c < ARIO__BAND_CHANNELS; c++) {
    part *goes_on = s->channels[c].goes_on;
    ario__track_events *rest = goes_on ? &goes_on->events : &s->ends;
    if (s->channels[c].pedal)
      ario__track_add(rest, (uint32_t)close, ARIO__ORDER_CONTROL, c, 0xb0, PEDAL, 0);
    for (unsigned p = 0; p < ARIO__PITCHES; p++) {
      if (!s->channels[c].down[p]) continue;
      uint64_t end = key_end(s, c, p);
      const note *next = first_of(s, c, p);
      if (next && next->start < end) end = next->start;
      if (end < close) end = close;
      ario__track_events *list = next ? &next->by->events : rest; // before its onset, in its track
      ario__track_add(list, (uint32_t)end, ARIO__ORDER_OFF, c, 0x80, p, 0);
    }
  }
}

// ---- Writing ----

static bool write_track(splicer *s, const char *name, ario__track_events *events) {
  size_t begin = ario__begin_chunk(&s->file), length = strlen(name);
  ario__buffer_add(&s->file, (const uint8_t[]){0, 0xff, 3, (uint8_t)length}, 4);
  ario__buffer_add(&s->file, name, length);
  bool fits = ario__track_write(&s->file, events, s->song->ports);
  ario__end_chunk(&s->file, begin);
  return fits && !events->failed;
}

static bool write_part(splicer *s, part *p) {
  char name[96];
  ario_track_info track = ario_song_track(s->song, p->track);
  if (track.name[0])
    snprintf(name, sizeof name, "%s", track.name);
  else if (p->instrument == ARIO_BAND_DRUMS)
    snprintf(name, sizeof name, "drums");
  else
    snprintf(name, sizeof name, "program %u", p->instrument + 1u);
  return write_track(s, name, &p->events);
}

static ario_status write_all(splicer *s) {
  const ario__smf *smf = &s->song->smf;
  size_t tracks = smf->track_count + (s->ends.count > 0);
  unsigned division = smf->division * s->copy.factor;
  bool fits = division <= 32767 && (uint64_t)s->song->end_tick * s->copy.factor <= ARIO__SMF_MAX_TICK;
  for (size_t i = 0; i < s->part_count; i++) tracks += s->parts[i].events.count > 0;
  if (!fits || tracks > ARIO__SMF_MAX_TRACKS) return ARIO_ERR_LIMIT;
  ario__write_head(&s->file, 1, tracks, division);
  for (size_t i = 0; i < smf->track_count && fits; i++)
    fits = ario__copy_track(&s->copy, &smf->tracks[i], &s->file);
  for (size_t i = 0; i < s->part_count && fits; i++)
    if (s->parts[i].events.count) fits = write_part(s, &s->parts[i]);
  if (fits && s->ends.count) fits = write_track(s, "ends", &s->ends);
  return s->file.failed ? ARIO_ERR_MEMORY : fits ? ARIO_OK : ARIO_ERR_LIMIT;
}

// ---- All of it ----

// The music of the passage and what follows it; *first is the first event that is new.
static ario_status read_all(const ario__band_passage *p, const ario_token *tokens, size_t count,
                            ario__band *band, size_t *first) {
  *first = 0;
  *band = (ario__band){.bars = NULL};
  ario_token *all = malloc((p->count + count + 1) * sizeof *all);
  if (!all) return ARIO_ERR_MEMORY;
  memcpy(all, p->tokens, p->count * sizeof *all);
  if (count) memcpy(all + p->count, tokens, count * sizeof *all);
  ario_status status = ario__band_of_tokens(all, p->count, band);
  *first = band->event_count;
  ario__band_free(band);
  if (!status) status = ario__band_of_tokens(all, p->count + count, band);
  free(all);
  return status;
}

static ario_status splice(splicer *s, const ario__band *band, size_t first) {
  find_cut(s);
  uint64_t close =
      s->passage->cut ? tick_of(s, s->passage->begin) : (uint64_t)s->song->end_tick * s->copy.factor;
  s->copy.close = (int64_t)close;
  if (close > ARIO__SMF_MAX_TICK) return ARIO_ERR_LIMIT;
  hear_song(s);
  ario_status status = place_notes(s, band, first);
  if (status) return status;
  assign(s);
  end_open(s);
  add_notes(s);
  return write_all(s);
}

ario_status ario__band_splice(const ario_song *song, const ario__band_passage *passage,
                              const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size) {
  ario__band band;
  size_t first;
  ario_status status = read_all(passage, tokens, count, &band, &first);
  splicer *s = status ? NULL : calloc(1, sizeof *s);
  if (!status && !s) status = ARIO_ERR_MEMORY;
  if (s) {
    s->song = song;
    s->passage = passage;
    status = splice(s, &band, first);
    if (!status) {
      *bytes = s->file.bytes;
      *size = s->file.size;
    } else {
      ario__buffer_free(&s->file);
    }
    for (size_t i = 0; i < s->part_count; i++) ario__track_free(&s->parts[i].events);
    ario__track_free(&s->ends);
    free(s->notes);
  }
  free(s);
  ario__band_free(&band);
  return status;
}

ario_status ario__band_alone(const ario__band_passage *passage, const ario_token *tokens, size_t count,
                             uint8_t **bytes, size_t *size) {
  ario__band band, prompt;
  size_t first, kept = 0;
  ario_status status = ario__band_of_tokens(passage->tokens, passage->count, &prompt);
  size_t begin = prompt.bar_count ? prompt.bar_count - 1 : 0; // the bar in which it begins
  int tempo = -1;
  for (size_t i = 0; i < prompt.event_count; i++)
    if (prompt.events[i].instrument == ARIO__BAND_TEMPO) tempo = prompt.events[i].pitch;
  ario__band_free(&prompt);
  if (status) return status;
  status = read_all(passage, tokens, count, &band, &first);
  for (size_t i = first; i < band.event_count; i++) {
    band.events[kept] = band.events[i];
    band.events[kept++].bar -= (uint32_t)begin;
  }
  if (!status) {
    band.event_count = kept;
    band.bar_count -= begin;
    if (band.bar_count) memmove(band.bars, band.bars + begin, band.bar_count * sizeof *band.bars);
    ario__band_event event = {.instrument = ARIO__BAND_TEMPO, .pitch = (uint8_t)tempo};
    if (tempo >= 0 && !ario__band_add_event(&band, event)) status = ARIO_ERR_MEMORY;
  }
  if (!status) status = ario__band_to_file(&band, bytes, size);
  ario__band_free(&band);
  return status;
}
