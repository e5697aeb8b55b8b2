// SPDX-License-Identifier: MIT
//
// A song with what its band plays on: its tracks as they are, and one more for each instrument of a track that goes on;
// or these alone.
#include "codecs/midi/band_passage.h"
#include "codecs/midi/channel_setup.h"
#include "codecs/midi/loudness.h"
#include "codecs/midi/song_copy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  DRUM_TIME = 250000,  // microseconds that a drum counts as heard
  RECENT = 32,         // notes over which a part's pitch is the mean
  NEW_VOLUME = 100,    // of an instrument that the song has not
  CENTER = 64,         // pan
  LONGEST_STEPS = 768, // a length stands for
  NEW_WEIGHT = 16,     // of a note that is new among those that say how much a channel is used
};

// How a channel sounds. -1: never set.
typedef struct voice {
  int16_t program, values[ARIO__TAKEN_OVER]; // of ario__taken_over
} voice;

// Who plays: an instrument on a track and channel of the song, or a new one.
typedef struct part {
  unsigned track;   // from 1; 0: new
  unsigned channel; // 16 port + 0..15
  size_t order;     // in which they were heard
  uint8_t instrument;
  size_t notes; // in the song before the cut
  double pitch; // where it plays
  uint16_t each[ARIO__PITCHES];
  voice voice;
  ario__track_events events;
} part;

typedef struct note {
  uint32_t start, end; // ticks
  uint8_t instrument, pitch, velocity;
  size_t by; // part
} note;

typedef struct channel_use {
  size_t notes;   // up to now, new ones NEW_WEIGHT times
  size_t heard;   // part that was heard last, + 1
  size_t plays;   // part whose voice it has for new notes, + 1; 0: none has begun
  size_t goes_on; // the first of these, + 1
  voice now;      // how it sounds
  size_t first[ARIO__PITCHES], last[ARIO__PITCHES]; // new note of each pitch, + 1
  int64_t since;                                    // microseconds up to which its loudness is known
  ario__loudness loudness;
} channel_use;

typedef struct splicer {
  const ario_song *song;
  const ario__band_passage *passage;
  bool alone;
  ario__song_copy copy;
  ario__buffer tail;   // tempo and meter that stand at the cut
  uint64_t base;       // tick that is 0 in the file
  ario_channels state; // at the cut
  channel_use channels[ARIO_MIDI_CHANNELS];
  part *parts;
  size_t part_count, part_room;
  note *notes; // new ones, in order of time
  size_t count;
  size_t sharing;          // instruments without a channel of their own
  ario__track_events ends; // of what sounds at the cut
  ario__buffer file;
  bool failed; // memory ran out
} splicer;

// ---- The song up to the cut ----

// The tick of a step of the song.
static uint64_t tick_of(const splicer *s, int64_t step) {
  uint64_t ticks = (uint64_t)step * s->song->smf.division * s->copy.factor;
  return (ticks + ARIO_BAND_STEPS / 2) / ARIO_BAND_STEPS;
}

// What the song says of tempo and meter at the cut itself belongs to the bar that begins there.
static void keep_map(splicer *s) {
  const ario_song *song = s->song;
  for (size_t i = s->copy.kept; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    if (event->microseconds > s->passage->to) return;
    if (event->bytes[0] != 0xff || (event->bytes[1] != 0x51 && event->bytes[1] != 0x58)) continue;
    if (s->tail.size)
      ario__buffer_vlq(&s->tail, 0);
    else
      s->copy.tail_tick = (uint32_t)event->tick;
    ario__buffer_add(&s->tail, event->bytes, 2);
    ario__buffer_vlq(&s->tail, event->size - 2);
    ario__buffer_add(&s->tail, event->bytes + 2, event->size - 2);
  }
}

static void find_cut(splicer *s) {
  const ario_song *song = s->song;
  size_t kept = song->smf.event_count;
  unsigned division = song->smf.division;
  while (kept && s->passage->cut && song->events[kept - 1].microseconds >= s->passage->to) kept--;
  unsigned factor = division < ARIO_BAND_STEPS ? (ARIO_BAND_STEPS + division - 1) / division : 1;
  s->copy = (ario__song_copy){.song = song, .kept = kept, .factor = factor, .tail = &s->tail};
  if (s->passage->cut) keep_map(s);
  uint64_t last = (uint64_t)(kept && s->passage->cut ? song->events[kept - 1].tick : 0) * factor;
  uint64_t close = s->passage->cut ? tick_of(s, s->passage->begin) : (uint64_t)song->end_tick * factor;
  s->copy.close = (int64_t)(close > last ? close : last);
}

static voice voice_of(const ario_channel *channel) {
  voice v = {.program = channel->program};
  for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++) v.values[i] = channel->control[ario__taken_over[i].number];
  v.values[ARIO__BANK] = channel->program_bank;
  return v;
}

static size_t add_part(splicer *s, part p) {
  if (s->part_count == s->part_room) {
    size_t room = s->part_room ? 2 * s->part_room : 32;
    part *grown = realloc(s->parts, room * sizeof *grown);
    if (!grown) {
      s->failed = true;
      return SIZE_MAX;
    }
    s->parts = grown;
    s->part_room = room;
  }
  p.order = s->part_count;
  s->parts[s->part_count] = p;
  return s->part_count++;
}

static bool is_part(const part *p, unsigned track, unsigned channel, unsigned instrument) {
  return p->track == track && p->channel == channel && p->instrument == instrument;
}

// The part of the song that an onset belongs to; SIZE_MAX without memory.
static size_t part_of(splicer *s, unsigned track, unsigned channel, unsigned instrument) {
  size_t last = s->channels[channel].heard;
  if (last && is_part(&s->parts[last - 1], track, channel, instrument)) return last - 1;
  size_t i = 0;
  while (i < s->part_count && !is_part(&s->parts[i], track, channel, instrument)) i++;
  if (i == s->part_count)
    i = add_part(s, (part){.track = track, .channel = channel, .instrument = (uint8_t)instrument});
  if (i != SIZE_MAX) s->channels[channel].heard = i + 1;
  return i;
}

static void hear_onset(splicer *s, const ario_midi_event *event) {
  unsigned pitch = event->bytes[1], c = ario__band_channel(event);
  const ario_channel *state = &s->state.channels[c];
  size_t by = part_of(s, event->track, c, ario__band_instrument(state));
  if (by == SIZE_MAX) return;
  part *p = &s->parts[by];
  s->channels[c].notes++;
  p->notes++;
  p->pitch += (pitch - p->pitch) / (double)(p->notes < RECENT ? p->notes : RECENT);
  p->each[pitch] = (uint16_t)(p->each[pitch] + (p->each[pitch] < UINT16_MAX));
  p->voice = voice_of(state);
}

static int or_normal(const ario_channel *state, unsigned taken) {
  int value = state->control[ario__taken_over[taken].number];
  return value < 0 ? ario__taken_over[taken].normal : value;
}

static void hear_loudness(splicer *s, unsigned c, int64_t length) {
  const ario_channel *state = &s->state.channels[c];
  ario__loudness_add(&s->channels[c].loudness, length, or_normal(state, ARIO__VOLUME),
                     or_normal(state, ARIO__EXPRESSION));
}

static void hear_event(splicer *s, const ario_midi_event *event) {
  unsigned c = ario__band_channel(event);
  bool onset = ario__band_is_onset(event), of_channel = event->bytes[0] < 0xf0;
  if (of_channel && s->state.channels[c].sounding)
    hear_loudness(s, c, event->microseconds - s->channels[c].since);
  if (of_channel) s->channels[c].since = event->microseconds;
  ario_channels_feed(&s->state, event->port, event->tick, event->bytes, event->size, NULL, NULL);
  if (onset && s->state.channels[c].drums) hear_loudness(s, c, DRUM_TIME);
  if (onset) hear_onset(s, event);
}

// After a fade-out the volume is that of the passage before it.
static void undo_fade(const channel_use *c, const ario_channel *state, voice *v) {
  int volume, expression;
  int level = or_normal(state, ARIO__VOLUME) * or_normal(state, ARIO__EXPRESSION);
  if (!ario__loudness_level(&c->loudness, &volume, &expression) || 2 * level >= volume * expression) return;
  v->values[ARIO__VOLUME] = (int16_t)volume;
  v->values[ARIO__EXPRESSION] = (int16_t)expression;
}

static int by_track(const void *a, const void *b) {
  const part *x = a, *y = b;
  if (x->track != y->track) return x->track < y->track ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

// Whoever has the channel at the cut sounds as it does there, the others as they did last.
static void hear_song(splicer *s) {
  ario_channels_init(&s->state);
  for (size_t i = 0; i < s->copy.kept && !s->failed; i++)
    if (s->song->events[i].bytes[0] != 0xff) hear_event(s, &s->song->events[i]);
  for (size_t i = 0; i < s->part_count; i++) {
    part *p = &s->parts[i];
    const ario_channel *state = &s->state.channels[p->channel];
    if (ario__band_instrument(state) != p->instrument) continue;
    p->voice = voice_of(state);
    undo_fade(&s->channels[p->channel], state, &p->voice);
  }
  if (s->part_count) qsort(s->parts, s->part_count, sizeof *s->parts, by_track);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    s->failed |= s->channels[c].loudness.failed;
    s->channels[c].now = voice_of(s->alone ? &s->state.channels[0] : &s->state.channels[c]);
    if (s->alone) memset(&s->channels[c].now, -1, sizeof s->channels[c].now);
  }
}

// ---- What is new ----

static int by_start(const void *a, const void *b) {
  const note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->by != y->by) return x->by < y->by ? -1 : 1;
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
             to = tick_of(s,
                          start + (drum ? ARIO__BAND_DRUM_STEPS : (int64_t)ario_band_length(event->length)));
    if (to > ARIO__SMF_MAX_TICK - 1) return ARIO_ERR_LIMIT;
    unsigned bin = event->velocity == ARIO__BAND_UNKNOWN ? ARIO__BAND_FIRST_BIN : event->velocity;
    s->notes[s->count++] = (note){.start = (uint32_t)(from - s->base),
                                  .end = (uint32_t)((to > from ? to : from + 1) - s->base),
                                  .instrument = event->instrument,
                                  .pitch = event->pitch,
                                  .velocity = (uint8_t)(4 * bin + 3)};
  }
  if (s->count) qsort(s->notes, s->count, sizeof *s->notes, by_start);
  return ARIO_OK;
}

// A channel that nothing uses, else one without notes, else the one with the fewest up to now; never drums.
static unsigned free_channel(splicer *s) {
  size_t least = SIZE_MAX;
  unsigned best = 0;
  for (unsigned c = 0; c < 16 * s->song->port_count; c++) {
    size_t cost = s->channels[c].notes ? s->channels[c].notes + 1 : s->state.channels[c].used;
    if (s->state.channels[c].drums || c % 16 == ARIO_MIDI_DRUM_CHANNEL || cost >= least) continue;
    best = c;
    least = cost;
  }
  s->sharing += least > 1;
  return best;
}

static unsigned drum_channel(const splicer *s) {
  for (unsigned c = 0; c < 16 * s->song->port_count && !s->state.channels[ARIO_MIDI_DRUM_CHANNEL].drums; c++)
    if (s->state.channels[c].drums) return c;
  return ARIO_MIDI_DRUM_CHANNEL;
}

// An instrument that the song has not, with a channel of its own if there is one left.
static size_t new_part(splicer *s, const note *n) {
  bool drums = n->instrument == ARIO_BAND_DRUMS;
  part p = {.instrument = n->instrument, .pitch = n->pitch};
  p.channel = drums ? drum_channel(s) : free_channel(s);
  memset(&p.voice, -1, sizeof p.voice);
  p.voice.program = drums ? 0 : n->instrument;
  p.voice.values[ARIO__VOLUME] = NEW_VOLUME;
  p.voice.values[ARIO__PAN] = CENTER;
  return add_part(s, p);
}

// How little a note is a part's: it plays elsewhere, or has not this drum.
static double misfit(const part *p, const note *n) {
  if (n->instrument == ARIO_BAND_DRUMS) return -(1e9 * p->each[n->pitch] + (double)p->notes);
  return (n->pitch - p->pitch) * (n->pitch - p->pitch);
}

// Of those who play the instrument the one whose note it is; a new one where nobody does.
static size_t choose_part(splicer *s, const note *n) {
  size_t best = SIZE_MAX;
  double least = 0;
  for (size_t i = 0; i < s->part_count; i++) {
    const part *p = &s->parts[i];
    if (p->instrument != n->instrument || (best != SIZE_MAX && misfit(p, n) >= least)) continue;
    best = i;
    least = misfit(p, n);
  }
  return best == SIZE_MAX ? new_part(s, n) : best;
}

// Each note is decided by what comes before it, so that more notes do not change what was written.
static void choose_parts(splicer *s) {
  for (size_t i = 0; i < s->count && !s->failed; i++) {
    s->notes[i].by = choose_part(s, &s->notes[i]);
    if (!s->failed) s->channels[s->parts[s->notes[i].by].channel].notes += NEW_WEIGHT;
  }
  if (s->count) qsort(s->notes, s->count, sizeof *s->notes, by_start);
}

// ---- Channels ----

// Sets back how the last notes were played on a channel, or all that others left on one that is taken.
static void begin_channel(splicer *s, part *p, uint32_t tick) {
  const ario_channel *state = &s->state.channels[p->channel];
  if (s->alone) return;
  if (p->track)
    ario__channel_straighten(&p->events, tick, p->channel, state);
  else
    ario__channel_set_back(&p->events, tick, p->channel, state);
}

// Makes the channel sound as the part does: says what is not in force; of a new part all that it has.
static void set_voice(splicer *s, size_t by, uint32_t tick) {
  part *p = &s->parts[by];
  channel_use *c = &s->channels[p->channel];
  if (c->plays == by + 1) return;
  if (!c->plays) begin_channel(s, p, tick);
  bool all = p->track == 0, bank = false;
  c->plays = by + 1;
  if (!c->goes_on) c->goes_on = by + 1;
  for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++) {
    int value = p->voice.values[i];
    if (value < 0 && c->now.values[i] >= 0) value = ario__taken_over[i].normal;
    if (value < 0 || (value == c->now.values[i] && !all)) continue;
    bank |= i <= ARIO__BANK_LSB;
    c->now.values[i] = (int16_t)value;
    ario__track_add(&p->events, tick, ARIO__ORDER_CONTROL, p->channel, 0xb0, ario__taken_over[i].number,
                    (unsigned)value);
  }
  int program = p->voice.program < 0 && (c->now.program >= 0 || bank) ? 0 : p->voice.program;
  if (program < 0 || (program == c->now.program && !all && !bank)) return;
  c->now.program = (int16_t)program;
  ario__track_add(&p->events, tick, ARIO__ORDER_PROGRAM, p->channel, 0xc0, (unsigned)program, 0);
}

// A new onset ends the note of its pitch on its channel; another part's a tick before, since that part's track may come
// first.
static void end_before(note *last, const note *n) {
  bool other = last->by != n->by;
  if (last->end < n->start + other) return;
  last->end = n->start - (other && n->start > last->start + 1);
}

static void assign(splicer *s) {
  choose_parts(s);
  for (size_t i = 0; i < s->count && !s->failed; i++) {
    const note *n = &s->notes[i];
    channel_use *c = &s->channels[s->parts[n->by].channel];
    if (c->last[n->pitch]) end_before(&s->notes[c->last[n->pitch] - 1], n);
    if (!c->first[n->pitch]) c->first[n->pitch] = i + 1;
    c->last[n->pitch] = i + 1;
    set_voice(s, n->by, n->start);
  }
}

static void add_notes(splicer *s) {
  for (size_t i = 0; i < s->count; i++) {
    const note *n = &s->notes[i];
    part *p = &s->parts[n->by];
    if (n->end <= n->start) continue; // ended as it began, by another of its pitch
    ario__track_add(&p->events, n->start, ARIO__ORDER_ON, p->channel, 0x90, n->pitch, n->velocity);
    ario__track_add(&p->events, n->end, ARIO__ORDER_OFF, p->channel, 0x80, n->pitch, 0);
  }
}

// ---- What sounds at the cut ----

typedef uint32_t key_ticks[ARIO_MIDI_CHANNELS][ARIO__PITCHES];

// The ticks at which the song itself lets go of the keys that are down at the cut.
static void find_ends(const splicer *s, key_ticks ends) {
  const ario_song *song = s->song;
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++)
    for (unsigned p = 0; p < ARIO__PITCHES; p++) ends[c][p] = UINT32_MAX;
  for (size_t i = s->copy.kept; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    unsigned kind = event->bytes[0] & 0xf0, c = ario__band_channel(event);
    if ((kind == 0x80 || kind == 0x90) && ends[c][event->bytes[1]] == UINT32_MAX)
      ends[c][event->bytes[1]] = (uint32_t)event->tick;
  }
}

// Where a channel's keys and pedals are let go.
static ario__track_events *ends_of(splicer *s, unsigned c) {
  size_t by = s->channels[c].goes_on;
  return by ? &s->parts[by - 1].events : &s->ends;
}

// Ends a key where the song does, at the latest after the longest length, or with a new onset, and then before it in its
// track.
static void end_key(splicer *s, unsigned c, unsigned pitch, uint32_t in_song) {
  uint64_t close = (uint64_t)s->copy.close, longest = close + tick_of(s, LONGEST_STEPS);
  uint64_t end = (uint64_t)(in_song == UINT32_MAX ? s->song->end_tick : in_song) * s->copy.factor;
  const note *next = s->channels[c].first[pitch] ? &s->notes[s->channels[c].first[pitch] - 1] : NULL;
  ario__track_events *list = next ? &s->parts[next->by].events : ends_of(s, c);
  if (end > longest) end = longest;
  if (next && next->start < end) end = next->start;
  if (end < close) end = close;
  int64_t moment = end % s->copy.factor ? -1 : (int64_t)(end / s->copy.factor);
  ario__channel_end_key(list, (uint32_t)end, moment, c, &s->state.channels[c], pitch);
}

static ario_status end_open(splicer *s) {
  key_ticks *ends = malloc(sizeof *ends);
  if (!ends) return ARIO_ERR_MEMORY;
  find_ends(s, *ends);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    const ario_channel *state = &s->state.channels[c];
    if (!state->used) continue;
    ario__channel_lift(ends_of(s, c), (uint32_t)s->copy.close, c, state);
    for (unsigned p = 0; p < ARIO__PITCHES; p++)
      if (ario__channel_key_down(state, p)) end_key(s, c, p, (*ends)[c][p]);
  }
  free(ends);
  return ARIO_OK;
}

// ---- Writing ----

static bool write_track(splicer *s, const char *name, ario__track_events *events) {
  size_t begin = ario__begin_chunk(&s->file);
  ario__put_meta(&s->file, 0, 3, name, strlen(name));
  bool fits = ario__track_write(&s->file, events, s->song->ports);
  ario__end_chunk(&s->file, begin);
  s->failed |= events->failed;
  return fits;
}

// Named after its track, and where others have that too, after what it plays.
static bool write_part(splicer *s, size_t index) {
  part *p = &s->parts[index];
  char name[96];
  const char *what = ario__band_player(p->instrument);
  ario_track_info track = ario_song_track(s->song, p->track);
  bool several = (index && p[-1].track == p->track) || (index + 1 < s->part_count && p[1].track == p->track);
  bool both = track.name[0] && several;
  snprintf(name, sizeof name, "%s%s%s", track.name, both ? ", " : "", track.name[0] && !several ? "" : what);
  return write_track(s, name, &p->events);
}

// What the song says of drums before the cut: its resets, and the parts for rhythm.
static void write_declarations(splicer *s) {
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

static const ario__meter *meter_at(const splicer *s, uint64_t tick) {
  const ario_song *song = s->song;
  size_t i = 0;
  while (i + 1 < song->meter_count && (uint64_t)song->meters[i + 1].tick * s->copy.factor <= tick) i++;
  return &song->meters[i];
}

// The bar line of the song before which the continuation does not begin.
static uint64_t line_before(const splicer *s, uint64_t tick) {
  const ario__meter *meter = meter_at(s, tick);
  double begin = (double)meter->tick * s->copy.factor;
  double bar =
      4.0 * meter->numerator * s->song->smf.division * s->copy.factor / (1u << meter->log2_denominator);
  double line = begin + floor(((double)tick - begin + 0.5) / bar) * bar;
  return (uint64_t)(line + 0.5) < tick ? (uint64_t)(line + 0.5) : tick;
}

// The first track of a file of the continuation alone: the tempo and the meter in which it begins.
static void write_map(splicer *s) {
  size_t begin = ario__begin_chunk(&s->file);
  uint64_t tick = tick_of(s, s->passage->begin);
  const ario__meter *meter = meter_at(s, tick);
  write_declarations(s);
  ario__put_tempo(&s->file, 0, ario__band_tempo_at(s->song, s->passage->begin));
  ario__put_meter(&s->file, 0, meter->numerator, meter->log2_denominator);
  ario__end_of_track(&s->file, 0);
  ario__end_chunk(&s->file, begin);
}

static ario_status write_all(splicer *s) {
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
  if (s->copy.close > ARIO__SMF_MAX_TICK) return ARIO_ERR_LIMIT;
  if (s->alone) s->base = line_before(s, tick_of(s, s->passage->begin));
  hear_song(s);
  ario_status status = s->failed ? ARIO_ERR_MEMORY : place_notes(s, band, first);
  if (status) return status;
  assign(s);
  if (s->failed) return ARIO_ERR_MEMORY;
  if (!s->alone) status = end_open(s);
  if (status) return status;
  add_notes(s);
  return write_all(s);
}

static void free_all(splicer *s) {
  for (size_t i = 0; i < s->part_count; i++) ario__track_free(&s->parts[i].events);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) ario__loudness_free(&s->channels[c].loudness);
  ario__track_free(&s->ends);
  ario__buffer_free(&s->tail);
  free(s->parts);
  free(s->notes);
  free(s);
}

ario_status ario__band_splice(const ario_song *song, const ario__band_passage *passage, bool alone,
                              const ario_token *tokens, size_t count, ario__band_file *file) {
  ario__band band;
  size_t first;
  *file = (ario__band_file){.bytes = NULL};
  ario_status status = read_all(passage, tokens, count, &band, &first);
  splicer *s = status ? NULL : calloc(1, sizeof *s);
  if (!status && !s) status = ARIO_ERR_MEMORY;
  if (s) {
    s->song = song;
    s->passage = passage;
    s->alone = alone;
    status = splice(s, &band, first);
    if (!status)
      *file = (ario__band_file){s->file.bytes, s->file.size, s->sharing};
    else
      ario__buffer_free(&s->file);
    free_all(s);
  }
  ario__band_free(&band);
  return status;
}

ario_status ario__band_piece(const ario__band_passage *passage, const ario_token *tokens, size_t count,
                             ario__band_file *file) {
  ario__band band;
  size_t first;
  *file = (ario__band_file){.bytes = NULL};
  ario_status status = read_all(passage, tokens, count, &band, &first);
  if (!status) status = ario__band_to_file(&band, file);
  ario__band_free(&band);
  return status;
}

int64_t ario__band_before(const ario_song *song, int64_t begin) {
  const splicer s = {.song = song, .copy = {.factor = 1}};
  uint64_t tick = tick_of(&s, begin);
  double quarters = (double)(tick - line_before(&s, tick)) / song->smf.division;
  return llround(quarters * ario__band_tempo_at(song, begin));
}
