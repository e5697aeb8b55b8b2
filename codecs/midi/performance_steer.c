// SPDX-License-Identifier: MIT
//
// What is wished of new music, as constraints on the tokens of midi-performance. None of them forbids a note-off, or a
// time-shift of a second: so time can pass whatever else is wished.
#include "codecs/midi/performance_steer.h"
#include "codecs/midi/density.h"
#include "codecs/midi/harmony.h"
#include "codecs/midi/performance_vocabulary.h"
#include "codecs/midi/pitch_names.h"
#include "codecs/midi/song_measure.h"
#include "codecs/midi/steer_parts.h"

#include <math.h>
#include <string.h>

enum { PITCHES = 128, STEP = 1000000 / ARIO_MIDI_STEPS_PER_SECOND };

// ---- Where the tokens stand ----

typedef struct place {
  int64_t now; // step of the song
  bool sounding[PITCHES];
  unsigned count; // of those
} place;

static void pass(place *at, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) {
    ario_token token = tokens[i];
    bool on = ario__is_note_on(token), off = ario__is_note_off(token);
    int pitch = token - (on ? ARIO_MIDI_NOTE_ON : ARIO_MIDI_NOTE_OFF);
    if (ario__is_shift(token)) at->now += ario__shift_steps(token);
    if ((on || off) && at->sounding[pitch] != on) {
      at->sounding[pitch] = on;
      at->count += on ? 1u : -1u;
    }
  }
}

// At the end of a passage.
static place place_of(const ario_passage *passage) {
  place at = {.now = 0};
  pass(&at, passage->tokens, passage->count);
  at.now = passage->cursor.now / STEP;
  return at;
}

static void forbid_onsets(bool *allowed, size_t vocab_size) {
  ario__forbid(allowed, vocab_size, ARIO_MIDI_NOTE_ON, ARIO_MIDI_NOTE_OFF);
  ario__forbid(allowed, vocab_size, ARIO_MIDI_VELOCITY, ARIO_MIDI_VOCAB);
}

// ---- Pitches: a scale, a range ----

static ario_constraint only_pitches(uint16_t classes, unsigned lowest, unsigned highest) {
  bool among[ARIO_MIDI_VOCAB];
  memset(among, true, sizeof among);
  for (unsigned p = 0; p < PITCHES; p++)
    among[ARIO_MIDI_NOTE_ON + p] = p >= lowest && p <= highest && (classes & ario__class_bit((int)p));
  return ario_only(among, ARIO_MIDI_VOCAB);
}

// ---- Polyphony ----

typedef struct polyphony {
  place at;
  unsigned most;
} polyphony;

static void polyphony_feed(void *state, const ario_token *tokens, size_t count) {
  pass(&((polyphony *)state)->at, tokens, count);
}

static void polyphony_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const polyphony *p = state;
  if (p->at.count >= p->most) forbid_onsets(allowed, vocab_size);
}

static ario_constraint make_polyphony(const place *at, unsigned most) {
  static const ario_rule rule = {.name = "polyphony", .feed = polyphony_feed, .narrow = polyphony_narrow};
  const polyphony state = {.at = *at, .most = most};
  return ario_constraint_make(&rule, &state, sizeof state);
}

// ---- Moments: a grid, a beginning ----

typedef struct moments {
  place at;
  ario__bars bars;
  double grid;  // ticks between its lines; 0: there is none
  int64_t from; // step of the first onset
} moments;

static void moments_feed(void *state, const ario_token *tokens, size_t count) {
  pass(&((moments *)state)->at, tokens, count);
}

// The step that is nearest to a tick.
static int64_t step_of(const ario__bars *bars, double tick) {
  return llround(ario__bars_time(bars, tick) / STEP);
}

static double tick_of(const ario__bars *bars, int64_t step) {
  return ario__bars_tick(bars, (double)step * STEP);
}

// Whether a note may begin at a step: the one that is nearest to a line of the grid.
static bool is_moment(const moments *m, int64_t step) {
  if (step < m->from) return false;
  if (m->grid <= 0) return true;
  double tick = tick_of(&m->bars, step);
  const ario__bar_place here = ario__bars_place(&m->bars, tick);
  double line = tick - here.at, nearest = m->grid * floor(here.at / m->grid + 0.5);
  return (nearest < here.length && step_of(&m->bars, line + nearest) == step) ||
         step_of(&m->bars, line + here.length) == step;
}

// In silence the end of a shift must be a moment, since only an onset can follow; that of a longest one need not.
static void moments_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const moments *m = state;
  if (!is_moment(m, m->at.now)) forbid_onsets(allowed, vocab_size);
  for (int64_t s = 1; s < ARIO_MIDI_MAX_SHIFT && !m->at.count && ario__shift(s) < vocab_size; s++)
    if (!is_moment(m, m->at.now + s)) allowed[ario__shift(s)] = false;
}

static ario_constraint make_moments(const moments *state) {
  static const ario_rule rule = {.name = "moments", .feed = moments_feed, .narrow = moments_narrow};
  _Static_assert(sizeof *state <= ARIO_CONSTRAINT_ROOM, "the state fits into a constraint");
  return ario_constraint_make(&rule, state, sizeof *state);
}

// ---- Chords ----

typedef struct harmony {
  place at;
  ario__bars bars;
  int64_t first; // the bar of the first chord
  ario_progression chords;
  bool strict;
} harmony;

static void harmony_feed(void *state, const ario_token *tokens, size_t count) {
  pass(&((harmony *)state)->at, tokens, count);
}

// A note belongs to the beat that it is within a thirty-second of.
static void harmony_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const harmony *h = state;
  const ario__bar_place here = ario__bars_place(&h->bars, tick_of(&h->bars, h->at.now) + h->bars.quarter / 8);
  uint16_t classes = ario__harmony_at(&h->chords, h->strict, here.number - h->first, here.at / here.length,
                                      here.beats, h->bars.quarter / 4 / here.length);
  for (size_t p = 0; p < PITCHES && ARIO_MIDI_NOTE_ON + p < vocab_size; p++)
    if (!(classes & ario__class_bit((int)p))) allowed[ARIO_MIDI_NOTE_ON + p] = false;
}

static ario_constraint make_harmony(const harmony *state) {
  static const ario_rule rule = {.name = "chords", .feed = harmony_feed, .narrow = harmony_narrow};
  _Static_assert(sizeof *state <= ARIO_CONSTRAINT_ROOM, "the state fits into a constraint");
  return ario_constraint_make(&rule, state, sizeof *state);
}

// ---- Density ----

typedef struct density {
  place at;
  ario__density bound;
} density;

static void density_feed(void *state, const ario_token *tokens, size_t count) {
  density *d = state;
  pass(&d->at, tokens, count);
  for (size_t i = 0; i < count; i++) d->bound.count += ario__is_note_on(tokens[i]);
}

static void sparse_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const density *d = state;
  if (!ario__density_allows(&d->bound, d->at.now)) forbid_onsets(allowed, vocab_size);
  for (int64_t s = 1; s < ARIO_MIDI_MAX_SHIFT && !d->at.count && ario__shift(s) < vocab_size; s++)
    if (!ario__density_allows(&d->bound, d->at.now + s)) allowed[ario__shift(s)] = false;
}

static void dense_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const density *d = state;
  for (int64_t s = 1; s <= ARIO_MIDI_MAX_SHIFT && ario__shift(s) < vocab_size; s++)
    if (!ario__density_lets_pass(&d->bound, d->at.now + s)) allowed[ario__shift(s)] = false;
}

// Too many notes are never made; too few only where nothing else may come.
static size_t make_density(const density *state, ario_constraint *out) {
  static const ario_rule sparse = {.name = "sparse", .feed = density_feed, .narrow = sparse_narrow};
  static const ario_rule dense = {
      .name = "dense", .feed = density_feed, .narrow = dense_narrow, .yields = true};
  return ario__bound_and_preference(&sparse, &dense, state, sizeof *state, out);
}

// Of the prompt's notes; two seconds of them are to spare.
static bool find_density(const ario_passage *passage, double factor, int64_t from, ario__density *out) {
  enum { WINDOW = 2 * ARIO_MIDI_STEPS_PER_SECOND };
  size_t notes = 0;
  int64_t begin = passage->begin / STEP, steps = begin - passage->cursor.now / STEP;
  for (size_t i = 0; i < passage->count; i++) notes += ario__is_note_on(passage->tokens[i]);
  steps += ario_midi_duration(passage->tokens, passage->count);
  return ario__density_of(notes, steps, factor, WINDOW, from > begin ? from : begin, out);
}

// ---- The end ----

typedef struct ending {
  place at;
  int64_t last;        // step of the last bar line before the end
  uint16_t last_chord; // classes of the last chord
  bool begun;          // it has
} ending;

static void ending_feed(void *state, const ario_token *tokens, size_t count) {
  ending *e = state;
  for (size_t i = 0; i < count; i++) {
    pass(&e->at, &tokens[i], 1);
    e->begun |= ario__is_note_on(tokens[i]) && e->at.now == e->last;
  }
}

static void ending_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const ending *e = state;
  if (e->at.now > e->last) forbid_onsets(allowed, vocab_size);
  // A step before the line is heard as on it.
  for (size_t p = 0; p < PITCHES && e->at.now + 1 >= e->last && ARIO_MIDI_NOTE_ON + p < vocab_size; p++)
    if (!(e->last_chord & ario__class_bit((int)p))) allowed[ARIO_MIDI_NOTE_ON + p] = false;
  for (int64_t s = 1; s < ARIO_MIDI_MAX_SHIFT && !e->at.count && ario__shift(s) < vocab_size; s++)
    if (e->at.now + s > e->last) allowed[ario__shift(s)] = false;
}

// Time does not pass the last bar line without the chord.
static void last_chord_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const ending *e = state;
  int64_t left = e->last - e->at.now;
  if (e->begun || left < 0 || left >= ARIO_MIDI_MAX_SHIFT) return;
  ario__forbid(allowed, vocab_size, (size_t)(ARIO_MIDI_SHIFT + left), ARIO_MIDI_VELOCITY);
}

static size_t make_ending(const ending *state, ario_constraint *out) {
  static const ario_rule end = {.name = "end", .feed = ending_feed, .narrow = ending_narrow};
  static const ario_rule chord = {
      .name = "last chord", .feed = ending_feed, .narrow = last_chord_narrow, .yields = true};
  return ario__bound_and_preference(&end, &chord, state, sizeof *state, out);
}

// The step of the bar line before the one at a time.
static int64_t last_line(const ario__bars *bars, int64_t end) {
  double before = ario__bars_tick(bars, (double)end) - bars->quarter / 8;
  return step_of(bars, before - ario__bars_place(bars, before).at);
}

// ---- All of them ----

// The instrument that goes on: that of the channel which most of the prompt's notes are on.
static unsigned program_of(const ario_song *song, const ario_passage *passage) {
  const ario_prompt *prompt = passage->own;
  size_t count;
  if (!song || !prompt) return 0;
  const ario_note *notes = ario_song_notes(song, &count);
  while (count-- > 0)
    if (notes[count].channel == prompt->lead && notes[count].start < prompt->begin)
      return notes[count].program;
  return 0;
}

// Where new music begins: its bars, the number of the first and, with `next`, the step of its line: the first that is not
// before the end of the passage, whose last note is rounded to a step.
static bool find_beginning(const ario_song *song, const ario_passage *passage, bool next, ario__bars *bars,
                           int64_t *first, int64_t *step) {
  const ario_prompt *prompt = passage->own;
  if (!song || !ario__bars_of_song(song, passage->begin, prompt ? prompt->cut : INT64_MAX, bars))
    return false;
  double tick = ario__bars_tick(bars, (double)passage->begin);
  double rounding = ario__bars_tick(bars, (double)passage->begin + STEP) - tick;
  ario__bar_place here = ario__bars_place(bars, tick + rounding);
  bool on_line = here.at <= 2 * rounding;
  double line = tick + rounding - here.at + (next && !on_line ? here.length : 0);
  *first = here.number + (next && !on_line);
  *step = next ? step_of(bars, line) : 0;
  return true;
}

static ario_status check(const ario_steering *s, unsigned program, bool has_bars, ario_error *error) {
  const char *wish = s->grid          ? "grid"
                     : s->from_bar    ? "start"
                     : s->chords.bars ? "chords"
                     : s->end         ? "end"
                                      : NULL;
  if (wish && !has_bars)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "%s: this model needs a MIDI file with bars for it", wish);
  if (s->choose && !s->instruments[program])
    return ario_fail(error, ARIO_ERR_UNSUPPORTED,
                     "instruments: this model plays one instrument, that of the prompt");
  if (s->lowest[program] > ARIO_MIDI_HIGHEST_KEY || s->highest[program] < ARIO_MIDI_LOWEST_KEY)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED,
                     "range: it is off the 88 keys of a piano, which this model plays");
  return ARIO_OK;
}

ario_status ario__performance_steer(const ario_song *song, const ario_passage *passage,
                                    const ario_steering *s, ario_chain *chain, ario_error *error) {
  unsigned program = program_of(song, passage), low = s->lowest[program], high = s->highest[program];
  ario__bars bars;
  int64_t first = 0, from = 0;
  bool has_bars = find_beginning(song, passage, s->from_bar, &bars, &first, &from);
  ario_status status = check(s, program, has_bars, error);
  if (status) return status;
  const place at = place_of(passage);
  ario__density bound;
  if (s->density > 0 && !find_density(passage, s->density, from, &bound))
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "%s", ARIO__NO_DENSITY);
  ario_constraint made[9];
  size_t count = 0;
  if (s->scale != ARIO_ALL_CLASSES) made[count++] = only_pitches(s->scale, 0, PITCHES - 1);
  if (low > 0 || high < PITCHES - 1) made[count++] = only_pitches(ARIO_ALL_CLASSES, low, high);
  if (s->polyphony) made[count++] = make_polyphony(&at, s->polyphony);
  if (s->grid || s->from_bar)
    made[count++] =
        make_moments(&(moments){.at = at, .bars = bars, .grid = bars.quarter * s->grid / 48, .from = from});
  if (s->chords.bars)
    made[count++] = make_harmony(
        &(harmony){.at = at, .bars = bars, .first = first, .chords = s->chords, .strict = s->strict});
  if (s->density > 0) count += make_density(&(density){.at = at, .bound = bound}, made + count);
  if (s->end)
    count += make_ending(&(ending){.at = at, .last = last_line(&bars, s->end), .last_chord = s->last_chord},
                         made + count);
  return ario__chain_add_all(chain, made, count, error);
}
