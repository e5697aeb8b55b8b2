// SPDX-License-Identifier: MIT
//
// A song's events -> the music of its band: notes as its channels sound them, doubles folded, in bars with meters and
// tempo.
#include "codecs/midi/band_music.h"
#include "codecs/midi/song.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BEATS = ARIO_BAND_UNIT - ARIO_BAND_BEATS, MOST_LOG2_UNIT = ARIO_BAND_TEMPO - ARIO_BAND_UNIT - 1 };

static const int64_t MOST_STEPS = (int64_t)ARIO_BAND_MAX_QUARTERS * ARIO_BAND_STEPS;

// Ticks until the notes are complete, then steps.
typedef struct note {
  int64_t start, end;
  uint8_t instrument, pitch, velocity;
} note;

typedef struct folder {
  const ario__band_part *part;
  const ario_midi_event *event; // that is being heard
  note *notes;
  size_t count, room;
  bool failed;
  uint32_t sounding[ARIO_MIDI_CHANNELS][ARIO__PITCHES]; // note + 1; 0: silent. At most ARIO__SMF_MAX_EVENTS
  ario_channels channels;
} folder;

// ---- Events -> notes ----

static bool is_heard(const ario__band_part *part, const ario_midi_event *event) {
  return !part || (event->microseconds >= part->from && event->microseconds < part->to &&
                   (!part->hear || part->hear[event->track - 1]));
}

// Notes an onset; false where it is not heard.
static bool begin(folder *f, unsigned instrument, unsigned pitch, unsigned velocity) {
  if (!is_heard(f->part, f->event)) return false;
  if (f->count == f->room) {
    size_t room = f->room ? 2 * f->room : 256;
    note *grown = realloc(f->notes, room * sizeof *grown);
    if (!grown) {
      f->failed = true;
      return false;
    }
    f->notes = grown;
    f->room = room;
  }
  f->notes[f->count++] = (note){.start = f->event->tick,
                                .end = INT64_MAX,
                                .instrument = (uint8_t)instrument,
                                .pitch = (uint8_t)pitch,
                                .velocity = (uint8_t)velocity};
  return true;
}

static void change(void *context, unsigned channel, unsigned pitch, unsigned velocity) {
  folder *f = context;
  uint32_t *sounding = &f->sounding[channel][pitch];
  if (!velocity && *sounding) f->notes[*sounding - 1].end = f->event->tick;
  bool begun = velocity && begin(f, ario__band_instrument(&f->channels.channels[channel]), pitch, velocity);
  *sounding = begun ? (uint32_t)f->count : 0;
}

static void fold_event(folder *f, const ario_midi_event *event) {
  f->event = event;
  ario_channels_feed(&f->channels, event->port, event->tick, event->bytes, event->size, change, f);
  if (ario__band_is_onset(event) && f->channels.channels[ario__band_channel(event)].drums)
    (void)begin(f, ARIO_BAND_DRUMS, event->bytes[1], event->bytes[2]);
}

// Onsets of one pitch and instrument in one step: what counts comes first.
static int by_start(const void *a, const void *b) {
  const note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->instrument != y->instrument) return x->instrument - y->instrument;
  if (x->pitch != y->pitch) return x->pitch - y->pitch;
  if (x->velocity != y->velocity) return y->velocity - x->velocity;
  return (x->end < y->end) - (x->end > y->end);
}

static bool same_onset(const note *x, const note *y) {
  return x->start == y->start && x->instrument == y->instrument && x->pitch == y->pitch;
}

static bool equally_loud(const note *x, const note *y) {
  return same_onset(x, y) && x->velocity == y->velocity;
}

// Of onsets of a pitch and instrument in one step the loudest are left, of equally loud ones the longest and the
// shortest: who plays in unison on one channel has ended the other's note with his.
static void resolve_doubles(folder *f) {
  size_t kept = 0;
  for (size_t i = 0, end; i < f->count; i = end) {
    const note *first = &f->notes[i];
    size_t equal = i + 1;
    while (equal < f->count && equally_loud(first, &f->notes[equal])) equal++;
    for (end = equal; end < f->count && same_onset(first, &f->notes[end]);) end++;
    note longest = *first, shortest = f->notes[equal - 1];
    f->notes[kept++] = longest;
    if (longest.instrument != ARIO_BAND_DRUMS && ario_band_length_index(longest.end - longest.start) !=
                                                     ario_band_length_index(shortest.end - shortest.start))
      f->notes[kept++] = shortest;
  }
  f->count = kept;
}

// The nearest step, of two as near the even one.
static int64_t step_of(int64_t tick, unsigned division) {
  int64_t steps = ARIO_BAND_STEPS * tick / division, rest = 2 * (ARIO_BAND_STEPS * tick % division);
  return rest > division || (rest == division && steps % 2) ? steps + 1 : steps;
}

static void fold(const ario_song *song, folder *f) {
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  ario_channels_init(&f->channels);
  for (size_t i = 0; i < count && !f->failed; i++)
    if (events[i].bytes[0] != 0xff) fold_event(f, &events[i]);
  for (size_t i = 0; i < f->count; i++) {
    note *n = &f->notes[i];
    n->start = step_of(n->start, song->smf.division);
    n->end = step_of(n->end == INT64_MAX ? (int64_t)song->end_tick : n->end, song->smf.division);
    if (n->end <= n->start) n->end = n->start + 1;
  }
  if (f->count) qsort(f->notes, f->count, sizeof *f->notes, by_start);
  resolve_doubles(f);
}

// ---- Bars ----

// The meter whose bar is nearest to `steps` and, of those, has the largest unit; its own unit if it can be.
static ario__band_bar nearest_meter(int64_t steps, unsigned own) {
  ario__band_bar best = {.beats = 1, .log2_unit = MOST_LOG2_UNIT};
  int64_t off = INT64_MAX;
  for (unsigned try = 0; try <= MOST_LOG2_UNIT + 1; try++) {
    unsigned log2_unit = try ? try - 1 : own, unit = 4u * ARIO_BAND_STEPS >> log2_unit;
    int64_t beats = (steps + unit / 2) / unit, miss = llabs(beats * unit - steps);
    if (beats < 1 || beats > MOST_BEATS || beats * unit > ARIO_BAND_MAX_BAR || miss >= off) continue;
    best = (ario__band_bar){.beats = (uint8_t)beats, .log2_unit = (uint8_t)log2_unit};
    off = miss;
  }
  return best;
}

// Bars of one meter from *step on, up to `until`, where another begins, or `last`, the last onset. False without
// memory.
static bool add_bars(ario__band *band, const ario__meter *meter, int64_t *step, int64_t until, int64_t last) {
  unsigned unit = 4u * ARIO_BAND_STEPS >> meter->log2_denominator, beats = meter->numerator;
  unsigned parts = (beats * unit + ARIO_BAND_MAX_BAR - 1) / ARIO_BAND_MAX_BAR;
  if (parts * MOST_BEATS < beats) parts = (beats + MOST_BEATS - 1) / MOST_BEATS;
  for (unsigned part = 0; *step < until && *step <= last; part = (part + 1) % parts) {
    ario__band_bar bar = {.beats = (uint8_t)(beats * (part + 1) / parts - beats * part / parts),
                          .log2_unit = meter->log2_denominator};
    if (*step + ario__band_bar_steps(&bar) > until) {
      if (until - *step <= 1) return true; // nothing that a meter could say
      bar = nearest_meter(until - *step, meter->log2_denominator);
    }
    if (!ario__band_add_bar(band, bar)) return false;
    *step += ario__band_bar_steps(&bar);
  }
  return true;
}

static bool make_bars(const ario_song *song, int64_t last, ario__band *band) {
  int64_t step = 0;
  for (size_t i = 0; i < song->meter_count; i++) {
    bool more = i + 1 < song->meter_count;
    int64_t until = more ? step_of(song->meters[i + 1].tick, song->smf.division) : INT64_MAX;
    if (!add_bars(band, &song->meters[i], &step, until, last)) return false;
  }
  return true;
}

// ---- Time and tempo ----

static double elapsed_at(const ario_song *song, int64_t step) {
  double tick = (double)step * song->smf.division / ARIO_BAND_STEPS;
  uint32_t whole = tick < ARIO__SMF_MAX_TICK ? (uint32_t)tick : ARIO__SMF_MAX_TICK;
  const ario__tempo *tempo = ario__tempo_at(song->tempos, song->tempo_count, whole);
  return (double)tempo->elapsed + (tick - tempo->tick) * tempo->tempo;
}

uint32_t ario__band_tempo_at(const ario_song *song, int64_t step) {
  int64_t tick = (step * song->smf.division + ARIO_BAND_STEPS / 2) / ARIO_BAND_STEPS;
  return ario__tempo_at(song->tempos, song->tempo_count,
                        tick < ARIO__SMF_MAX_TICK ? (uint32_t)tick : ARIO__SMF_MAX_TICK)
      ->tempo;
}

double ario__band_time(const ario_song *song, int64_t step) {
  return elapsed_at(song, step) / (double)song->division;
}

int64_t ario__band_step(const ario_song *song, int64_t microseconds) {
  double elapsed = (double)microseconds * (double)song->division;
  size_t i = 0;
  while (i + 1 < song->tempo_count && (double)song->tempos[i + 1].elapsed <= elapsed) i++;
  const ario__tempo *tempo = &song->tempos[i];
  double tick = tempo->tick + (elapsed - (double)tempo->elapsed) / fmax(tempo->tempo, 1);
  return (int64_t)floor(tick * ARIO_BAND_STEPS / song->smf.division + 0.5);
}

// The mean tempo of [from, to) as a bin that need not be whole.
static double tempo_bin(const ario_song *song, int64_t from, int64_t to) {
  double microseconds = (elapsed_at(song, to) - elapsed_at(song, from)) / song->smf.division;
  double quarters = (double)(to - from) / ARIO_BAND_STEPS;
  double bin = 16 * log2(fmax(60e6 / 20 * quarters, 1) / fmax(microseconds, 1));
  return fmin(fmax(bin, 0), ARIO_BAND_TEMPOS - 1);
}

static bool add_tempos(const ario_song *song, int64_t last, ario__band *band) {
  int64_t line = 0;
  int force = -1;
  for (size_t b = 0; b < band->bar_count; b++) {
    unsigned steps = ario__band_bar_steps(&band->bars[b]);
    for (unsigned p = 0; p < steps && line + p <= last; p += ARIO_BAND_STEPS) {
      unsigned end = p + ARIO_BAND_STEPS < steps ? p + ARIO_BAND_STEPS : steps;
      double bin = tempo_bin(song, line + p, line + end);
      if (force >= 0 && fabs(bin - force) <= 0.75) continue;
      force = (int)floor(bin + 0.5);
      ario__band_event event = {.bar = (uint32_t)b,
                                .position = (uint16_t)p,
                                .instrument = ARIO__BAND_TEMPO,
                                .pitch = (uint8_t)force};
      if (!ario__band_add_event(band, event)) return false;
    }
    line += steps;
  }
  return true;
}

// ---- All of it ----

static bool add_onsets(const folder *f, ario__band *band) {
  int64_t line = 0, next = ario__band_bar_steps(&band->bars[0]);
  uint32_t bar = 0;
  for (size_t i = 0; i < f->count; i++) {
    const note *n = &f->notes[i];
    while (n->start >= next) {
      line = next;
      next += ario__band_bar_steps(&band->bars[++bar]);
    }
    bool drum = n->instrument == ARIO_BAND_DRUMS;
    ario__band_event event = {.bar = bar,
                              .position = (uint16_t)(n->start - line),
                              .instrument = n->instrument,
                              .pitch = n->pitch,
                              .velocity = (uint8_t)((n->velocity - 1) / 4),
                              .length = drum ? 0 : (uint8_t)ario_band_length_index(n->end - n->start)};
    if (!ario__band_add_event(band, event)) return false;
  }
  return true;
}

// Where what follows the notes begins, and bars up to there. Behind a song it is the bar line that its notes have come
// to: what sounds less than a quarter past one does not count.
static bool go_on(const ario_song *song, const folder *f, ario__band_part *part, int64_t last,
                  ario__band *band) {
  part->cut = part->to <= song->end_microseconds;
  part->begin = part->cut ? ario__band_step(song, part->to) : 0;
  if (part->begin >= MOST_STEPS) return true; // refused
  int64_t end = last;
  for (size_t i = 0; i < f->count && !part->cut; i++)
    if (f->notes[i].instrument != ARIO_BAND_DRUMS && f->notes[i].end - ARIO_BAND_STEPS > end)
      end = f->notes[i].end - ARIO_BAND_STEPS;
  band->bar_count = 0;
  if (!make_bars(song, part->begin > end ? part->begin : end < MOST_STEPS ? end : MOST_STEPS, band))
    return false;
  if (part->cut) return true;
  for (size_t b = 0; b < band->bar_count; b++) part->begin += ario__band_bar_steps(&band->bars[b]);
  band->bar_count = 0;
  return make_bars(song, part->begin, band);
}

static bool make_band(const ario_song *song, const folder *f, ario__band_part *part, ario__band *band) {
  int64_t last = f->notes[f->count - 1].start;
  if (!make_bars(song, last, band)) return false;
  if (part && part->open && !go_on(song, f, part, last, band)) return false;
  if (part && part->open && part->begin > last) last = part->begin;
  return add_tempos(song, last, band) && add_onsets(f, band);
}

ario_status ario__band_of_song(const ario_song *song, ario__band_part *part, ario__band *band,
                               ario_error *error) {
  *band = (ario__band){.bars = NULL};
  if (song->smf.frames)
    return ario_fail(
        error, ARIO_ERR_UNSUPPORTED,
        "its time is counted in SMPTE frames, which have no bars and beats; save it with a tempo, or "
        "use the codec midi-performance");
  folder *f = calloc(1, sizeof *f);
  if (!f) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  f->part = part;
  fold(song, f);
  bool late = f->count && f->notes[f->count - 1].start >= MOST_STEPS;
  bool fits = !f->failed && (!f->count || late || make_band(song, f, part, band));
  late |= part && part->open && part->begin >= MOST_STEPS;
  free(f->notes);
  free(f);
  if (late)
    return ario_fail(error, ARIO_ERR_LIMIT,
                     "it is longer than %d quarters, more than can be encoded; choose a part",
                     ARIO_BAND_MAX_QUARTERS);
  if (!fits) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario__band_sort(band);
  return ARIO_OK;
}
