// SPDX-License-Identifier: MIT
//
// New notes in a part of a song: their tracks and channels, and the song's tracks without what leaves.
#include "codecs/midi/song_fill.h"
#include "codecs/midi/band_music.h"
#include "codecs/midi/channel_setup.h"
#include "codecs/midi/song_copy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODULATION = 1, PEDAL = 64, SOSTENUTO = 66, SOFT = 67 };
enum { NEW_VOLUME = 100, CENTER = 64, NOBODY = -1 };

// A channel of the song.
typedef struct use {
  size_t notes;   // onsets that stay
  size_t within;  // of them, those in the gap
  size_t left;    // onsets that leave
  int instrument; // of those, or else at the beginning of the gap
  bool steady;    // it stays so to the end of the gap
  int part;       // of the new notes on it, or NOBODY
} use;

// The new notes of an instrument.
typedef struct part {
  unsigned channel;
  bool own; // on the channel on which it plays in the song
  ario__track_events events;
} part;

typedef struct filler {
  const ario_song *song;
  const ario__song_gap *gap;
  unsigned factor;
  bool *left_out;           // [events in order of time]
  ario_channels begin, end; // at the borders of the gap, as the song has them
  use uses[ARIO_MIDI_CHANNELS];
  part parts[ARIO_FILL_INSTRUMENTS]; // of those that have notes
  bool writes[ARIO_FILL_INSTRUMENTS];
  size_t sharing;
  ario__buffer file;
} filler;

// ---- The song ----

static bool is_within(const ario__song_gap *gap, const ario_midi_event *event) {
  return event->tick >= gap->begin && event->tick < gap->end;
}

// Whether an onset leaves. The channels have been fed it.
static bool leaves(const ario__song_gap *gap, const ario_channels *state, const ario_midi_event *event) {
  return ario__band_is_onset(event) && is_within(gap, event) &&
         (!gap->tracks || gap->tracks[event->track - 1]) &&
         gap->leaves[ario__band_instrument(&state->channels[ario__band_channel(event)])];
}

static void feed(ario_channels *state, const ario_midi_event *event) {
  if (event->bytes[0] != 0xff)
    ario_channels_feed(state, event->port, event->tick, event->bytes, event->size, NULL, NULL);
}

size_t ario__song_gap_count(const ario_song *song, const ario__song_gap *gap, bool *who) {
  size_t count = 0;
  ario_channels *state = malloc(sizeof *state);
  if (!state) return 0;
  ario_channels_init(state);
  for (size_t i = 0; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    feed(state, event);
    if (!leaves(gap, state, event)) continue;
    who[ario__band_instrument(&state->channels[ario__band_channel(event)])] = true;
    count++;
  }
  free(state);
  return count;
}

unsigned ario__song_fill_factor(const ario_song *song, unsigned least) {
  unsigned division = song->smf.division;
  return division < least ? (least + division - 1) / division : 1;
}

uint32_t ario__song_fill_tick(const ario_song *song, unsigned factor, int64_t microseconds) {
  double elapsed = (double)microseconds * (double)song->division;
  size_t i = 0;
  while (i + 1 < song->tempo_count && (double)song->tempos[i + 1].elapsed <= elapsed) i++;
  const ario__tempo *tempo = &song->tempos[i];
  double tick = tempo->tick + (elapsed - (double)tempo->elapsed) / fmax(tempo->tempo, 1);
  tick = floor(tick * factor + 0.5);
  return tick < ARIO__SMF_MAX_TICK ? (uint32_t)tick : ARIO__SMF_MAX_TICK;
}

ario_status ario__song_fill_explain(ario_status status, ario_error *error) {
  if (status == ARIO_ERR_LIMIT)
    return ario_fail(error, status, "the music is too long or too late for the time base of a MIDI file");
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

static void hear_event(filler *f, const ario_channels *state, size_t index) {
  const ario_midi_event *event = &f->song->events[index];
  if (event->bytes[0] >= 0xf0) return;
  unsigned c = ario__band_channel(event);
  use *u = &f->uses[c];
  bool within = is_within(f->gap, event);
  int instrument = (int)ario__band_instrument(&state->channels[c]);
  if (leaves(f->gap, state, event)) {
    f->left_out[index] = true;
    if (!u->left++) u->instrument = instrument;
    if (u->left == 1) u->steady = true;
  } else if (ario__band_is_onset(event)) {
    u->notes++;
    u->within += within;
  }
  if (within && instrument != u->instrument) u->steady = false;
}

static void look_around(filler *f, const ario_channels *state) {
  f->begin = *state;
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    f->uses[c].instrument = (int)ario__band_instrument(&state->channels[c]);
    f->uses[c].steady = true;
  }
}

// Which onsets leave, and how the channels are used.
static bool hear_song(filler *f) {
  size_t count = f->song->smf.event_count, i = 0;
  const ario_midi_event *events = f->song->events;
  f->left_out = calloc(count + 1, sizeof *f->left_out);
  ario_channels *state = malloc(sizeof *state);
  if (!f->left_out || !state) {
    free(state);
    return false;
  }
  ario_channels_init(state);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) f->uses[c].part = NOBODY;
  for (int border = 0; border < 3; border++) { // before the gap, in it, behind it
    int64_t until = border == 0 ? f->gap->begin : border == 1 ? f->gap->end : INT64_MAX;
    for (; i < count && events[i].tick < until; i++) {
      feed(state, &events[i]);
      hear_event(f, state, i);
    }
    if (border == 0) look_around(f, state);
    if (border == 1) f->end = *state;
  }
  free(state);
  return true;
}

// ---- Channels ----

// The channel on which an instrument plays in the song and can go on; NOBODY: none.
static int own_channel(const filler *f, unsigned instrument) {
  int best = NOBODY;
  for (int c = 0; c < ARIO_MIDI_CHANNELS && f->gap->leaves[instrument]; c++) {
    const use *u = &f->uses[c];
    if (!(u->notes + u->left) || !u->steady || u->instrument != (int)instrument || u->within ||
        u->part != NOBODY)
      continue;
    if (best == NOBODY || u->left > f->uses[best].left ||
        (u->left == f->uses[best].left && u->notes > f->uses[best].notes))
      best = c;
  }
  return best;
}

// How much others have of a channel: nothing, messages, notes outside the gap, in the gap.
static unsigned occupied(const filler *f, unsigned c) {
  const use *u = &f->uses[c];
  if (u->part != NOBODY) return 4;
  return u->within ? 3 : u->notes + u->left ? 2 : f->end.channels[c].used;
}

static unsigned drum_channel(const filler *f) {
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++)
    if (f->end.channels[c].used && f->uses[c].instrument == ARIO_FILL_DRUMS && f->uses[c].steady) return c;
  return ARIO_MIDI_DRUM_CHANNEL;
}

static bool is_for_drums(const filler *f, unsigned c) {
  return f->begin.channels[c].drums || f->end.channels[c].drums || c % 16 == ARIO_MIDI_DRUM_CHANNEL;
}

static unsigned new_channel(const filler *f) {
  unsigned best = 0, least = 5, all = 16 * (unsigned)f->song->port_count;
  for (unsigned c = 0; c < all; c++) {
    if (is_for_drums(f, c) || occupied(f, c) >= least) continue;
    best = c;
    least = occupied(f, c);
  }
  return best;
}

static void give_channels(filler *f) {
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++) {
    int own = f->writes[i] ? own_channel(f, i) : NOBODY;
    if (own == NOBODY) continue;
    f->parts[i].channel = (unsigned)own;
    f->parts[i].own = true;
    f->uses[own].part = (int)i;
  }
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++) {
    if (!f->writes[i] || f->parts[i].own) continue;
    unsigned c = f->parts[i].channel = i == ARIO_FILL_DRUMS ? drum_channel(f) : new_channel(f);
    f->sharing += i != ARIO_FILL_DRUMS && occupied(f, c) >= 3;
    f->uses[c].part = (int)i;
  }
}

size_t ario__song_gap_channels(const ario_song *song, const ario__song_gap *gap) {
  filler *f = calloc(1, sizeof *f);
  if (!f) return SIZE_MAX;
  f->song = song;
  f->gap = gap;
  size_t count = hear_song(f) ? 0 : SIZE_MAX;
  for (unsigned c = 0; c < 16 * song->port_count && count != SIZE_MAX; c++)
    count += !is_for_drums(f, c) && occupied(f, c) < 3;
  free(f->left_out);
  free(f);
  return count;
}

// ---- What leaves beside onsets ----

// How an old note was played: it does not hold for a new one.
static bool is_touch(const ario_midi_event *event) {
  unsigned kind = event->bytes[0] & 0xf0, number = event->bytes[1];
  if (kind == 0xb0) return number == MODULATION || (number >= PEDAL && number <= SOFT);
  return kind == 0xe0 || kind == 0xd0 || kind == 0xa0;
}

typedef struct key {
  size_t left;   // onsets that left, whose note-off has not come
  bool down;     // by an onset that stays
  int64_t since; // its tick
} key;

// Whether the note-off of a channel of a part belongs to an onset that left, or to none and would end a new note.
static bool is_off_of_left(const filler *f, key *k, const ario_midi_event *event) {
  bool older = k->left && k->down && k->since == event->tick;
  if (k->down && !older) {
    k->down = false;
    return false;
  }
  bool left = k->left > 0;
  if (left) k->left--;
  return left || is_within(f->gap, event);
}

static void leave_out_rest(filler *f, key (*keys)[ARIO__PITCHES]) {
  for (size_t i = 0; i < f->song->smf.event_count; i++) {
    const ario_midi_event *event = &f->song->events[i];
    if (event->bytes[0] >= 0xf0) continue;
    unsigned c = ario__band_channel(event);
    const use *u = &f->uses[c];
    bool own = u->part != NOBODY && f->parts[u->part].own;
    if (!own && !u->left) continue;
    key *k = &keys[c][event->bytes[1] & 127];
    if (ario__band_is_onset(event)) {
      k->left += f->left_out[i];
      if (!f->left_out[i]) *k = (key){k->left, true, event->tick};
    } else if ((event->bytes[0] & 0xe0) == 0x80) {
      f->left_out[i] = is_off_of_left(f, k, event);
    } else if (own && is_within(f->gap, event) && is_touch(event)) {
      f->left_out[i] = true;
    }
  }
}

// ---- What the parts set ----

static uint32_t in_file(const filler *f, uint32_t tick) {
  return tick * f->factor;
}

static void control(part *p, uint32_t tick, unsigned number, int value) {
  ario__track_add(&p->events, tick, ARIO__ORDER_CONTROL, p->channel, 0xb0, number, (unsigned)value);
}

static int or_normal(int value, int normal) {
  return value < 0 ? normal : value;
}

// The touch with which the song goes on behind the gap.
static void give_back(filler *f, part *p) {
  static const uint8_t touches[] = {MODULATION, PEDAL, SOSTENUTO, SOFT};
  const ario_channel *end = &f->end.channels[p->channel];
  uint32_t tick = in_file(f, f->gap->end);
  for (size_t i = 0; i < sizeof touches; i++)
    if (end->control[touches[i]] > 0) control(p, tick, touches[i], end->control[touches[i]]);
  if (or_normal(end->bend, ARIO_MIDI_BEND_CENTER) != ARIO_MIDI_BEND_CENTER)
    ario__track_add(&p->events, tick, ARIO__ORDER_CONTROL, p->channel, 0xe0, (unsigned)end->bend & 127,
                    (unsigned)end->bend >> 7);
  if (end->pressure > 0)
    ario__track_add(&p->events, tick, ARIO__ORDER_CONTROL, p->channel, 0xd0, (unsigned)end->pressure, 0);
}

static void go_on(filler *f, part *p) {
  const ario_channel *begin = &f->begin.channels[p->channel];
  uint32_t tick = in_file(f, f->gap->begin);
  ario__channel_lift(&p->events, tick, p->channel, begin);
  ario__channel_straighten(&p->events, tick, p->channel, begin);
  if (begin->control[SOFT] > 0) control(p, tick, SOFT, 0);
  // Where the song chooses the program later, in the gap, the new notes do not wait for it.
  int now = (int)ario__band_instrument(begin), instrument = f->uses[p->channel].instrument;
  if (now != instrument && instrument != ARIO_FILL_DRUMS)
    ario__track_add(&p->events, tick, ARIO__ORDER_PROGRAM, p->channel, 0xc0, (unsigned)instrument, 0);
  give_back(f, p);
}

// All that a new instrument is; where others use the channel, behind the gap what it was for them.
static void set_up(filler *f, part *p, unsigned instrument, bool alone) {
  const ario_channel *begin = &f->begin.channels[p->channel], *end = &f->end.channels[p->channel];
  uint32_t first = in_file(f, f->gap->begin), last = in_file(f, f->gap->end);
  bool others = f->uses[p->channel].notes + f->uses[p->channel].left > 0 && !alone;
  if (begin->used && !alone) ario__channel_set_back(&p->events, first, p->channel, begin);
  if (begin->used && !alone) ario__channel_lift(&p->events, first, p->channel, begin);
  for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++) {
    unsigned number = ario__taken_over[i].number;
    int value = i == ARIO__VOLUME ? NEW_VOLUME : i == ARIO__PAN ? CENTER : ario__taken_over[i].normal;
    bool said = i == ARIO__VOLUME || i == ARIO__PAN || (begin->control[number] >= 0 && !alone);
    if (said) control(p, first, number, value);
    if (others) control(p, last, number, or_normal(end->control[number], ario__taken_over[i].normal));
  }
  unsigned program = instrument == ARIO_FILL_DRUMS ? 0 : instrument;
  ario__track_add(&p->events, first, ARIO__ORDER_PROGRAM, p->channel, 0xc0, program, 0);
  if (others)
    ario__track_add(&p->events, last, ARIO__ORDER_PROGRAM, p->channel, 0xc0,
                    (unsigned)or_normal(end->program, 0), 0);
}

static void set_up_parts(filler *f, bool alone) {
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++) {
    part *p = &f->parts[i];
    if (!f->writes[i]) continue;
    bool drums = i == ARIO_FILL_DRUMS && f->uses[p->channel].notes && !alone; // the kit is chosen
    if (p->own && !alone)
      go_on(f, p);
    else if (!drums)
      set_up(f, p, i, alone);
  }
}

// ---- Notes ----

static int by_start(const void *a, const void *b) {
  const ario__new_note *x = a, *y = b;
  if (x->instrument != y->instrument) return x->instrument - y->instrument;
  if (x->pitch != y->pitch) return x->pitch - y->pitch;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  return (x->end < y->end) - (x->end > y->end);
}

// The note-off of a key that went down before the gap: the first one from there on. SIZE_MAX: none.
static size_t off_of(const filler *f, unsigned c, unsigned pitch) {
  for (size_t i = 0; i < f->song->smf.event_count; i++) {
    const ario_midi_event *event = &f->song->events[i];
    if (event->tick < f->gap->begin || (event->bytes[0] & 0xe0) != 0x80 || event->bytes[1] != pitch) continue;
    if (ario__band_channel(event) == c && !f->left_out[i]) return i;
  }
  return SIZE_MAX;
}

// A key that is still down from before the gap goes up where a new note strikes it.
static void let_go(filler *f, const part *p, const ario__new_note *note) {
  if (!p->own || !ario__channel_key_down(&f->begin.channels[p->channel], note->pitch)) return;
  size_t off = off_of(f, p->channel, note->pitch);
  if (off == SIZE_MAX || in_file(f, (uint32_t)f->song->events[off].tick) <= note->start) return;
  f->left_out[off] = true;
  ario__track_add(&f->parts[note->instrument].events, note->start, ARIO__ORDER_OFF, p->channel, 0x80,
                  note->pitch, 0);
}

static void add_notes(filler *f, ario__new_note *notes, size_t count, bool alone) {
  for (size_t i = 0; i < count; i++) {
    const ario__new_note *note = &notes[i], *last = i ? &notes[i - 1] : NULL, *next;
    part *p = &f->parts[note->instrument];
    bool same = last && last->instrument == note->instrument && last->pitch == note->pitch;
    if (same && last->start == note->start) continue; // in unison with a longer one
    for (next = note + 1; next < notes + count && next->start == note->start;) next++;
    uint32_t end = note->end;
    if (next < notes + count && next->instrument == note->instrument && next->pitch == note->pitch &&
        next->start < end)
      end = next->start;
    if (end <= note->start) end = note->start + 1;
    if (!same && !alone) let_go(f, p, note);
    ario__track_add(&p->events, note->start, ARIO__ORDER_ON, p->channel, 0x90, note->pitch, note->velocity);
    ario__track_add(&p->events, end, ARIO__ORDER_OFF, p->channel, 0x80, note->pitch, 0);
  }
}

// ---- The file ----

// Tempos and meters of the whole song, for new tracks without the others.
static void write_map(filler *f) {
  const ario_song *song = f->song;
  size_t begin = ario__begin_chunk(&f->file), t = 0, m = 0;
  uint32_t now = 0;
  while (!song->smf.frames && (t < song->tempo_count || m < song->meter_count)) {
    bool meter =
        t == song->tempo_count || (m < song->meter_count && song->meters[m].tick <= song->tempos[t].tick);
    uint32_t tick = in_file(f, meter ? song->meters[m].tick : song->tempos[t].tick);
    if (meter)
      ario__put_meter(&f->file, tick - now, song->meters[m].numerator, song->meters[m].log2_denominator);
    else
      ario__put_tempo(&f->file, tick - now, song->tempos[t].tempo);
    m += meter;
    t += !meter;
    now = tick;
  }
  ario__end_of_track(&f->file, 0);
  ario__end_chunk(&f->file, begin);
}

static bool write_part(filler *f, unsigned instrument) {
  const char *name = ario__band_player(instrument);
  size_t begin = ario__begin_chunk(&f->file);
  ario__put_meta(&f->file, 0, 3, name, strlen(name));
  bool fits = ario__track_write(&f->file, &f->parts[instrument].events, f->song->ports);
  ario__end_chunk(&f->file, begin);
  return fits;
}

static ario_status write_all(filler *f, bool alone) {
  const ario__smf *smf = &f->song->smf;
  size_t tracks = alone ? 1 : smf->track_count;
  unsigned division = smf->division * f->factor;
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++) tracks += f->writes[i];
  bool fits = division <= (smf->frames ? 255 : 32767) && tracks <= ARIO__SMF_MAX_TRACKS &&
              (uint64_t)f->song->end_tick * f->factor <= ARIO__SMF_MAX_TICK;
  if (!fits) return ARIO_ERR_LIMIT;
  const ario__song_copy copy = {.song = f->song,
                                .kept = smf->event_count,
                                .factor = f->factor,
                                .close = (int64_t)f->song->end_tick * f->factor,
                                .left_out = f->left_out};
  ario__write_head(&f->file, 1, tracks, smf->frames ? (256 - smf->frames) << 8 | division : division);
  if (alone) write_map(f);
  for (size_t i = 0; i < smf->track_count && fits && !alone; i++)
    fits = ario__copy_track(&copy, &smf->tracks[i], &f->file);
  bool failed = false;
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS && fits; i++) {
    if (f->writes[i]) fits = write_part(f, i);
    failed |= f->parts[i].events.failed;
  }
  return failed || f->file.failed ? ARIO_ERR_MEMORY : fits ? ARIO_OK : ARIO_ERR_LIMIT;
}

static ario_status fill(filler *f, bool alone, ario__new_note *notes, size_t count) {
  key(*keys)[ARIO__PITCHES] = calloc(ARIO_MIDI_CHANNELS, sizeof *keys);
  bool fits = keys && hear_song(f);
  for (size_t i = 0; i < count; i++) f->writes[notes[i].instrument] = true;
  if (fits) {
    if (count) qsort(notes, count, sizeof *notes, by_start);
    give_channels(f);
    leave_out_rest(f, keys);
    set_up_parts(f, alone);
    add_notes(f, notes, count, alone);
  }
  free(keys);
  return fits ? write_all(f, alone) : ARIO_ERR_MEMORY;
}

ario_status ario__song_fill_write(const ario_song *song, const ario__song_gap *gap, unsigned factor,
                                  bool alone, ario__new_note *notes, size_t count, ario_fill_file *file) {
  *file = (ario_fill_file){.bytes = NULL};
  filler *f = calloc(1, sizeof *f);
  if (!f) return ARIO_ERR_MEMORY;
  f->song = song;
  f->gap = gap;
  f->factor = factor;
  ario_status status = fill(f, alone, notes, count);
  if (status)
    ario__buffer_free(&f->file);
  else
    *file = (ario_fill_file){f->file.bytes, f->file.size, f->sharing};
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++) ario__track_free(&f->parts[i].events);
  free(f->left_out);
  free(f);
  return status;
}
