// SPDX-License-Identifier: MIT
//
// What is wished of new music, as constraints on the tokens of midi-band. None of them forbids a bar line or the
// shortest length: so time can pass whatever else is wished.
#include "codecs/midi/band_steer.h"
#include "codecs/midi/band_music.h"
#include "codecs/midi/band_vocabulary.h"
#include "codecs/midi/density.h"
#include "codecs/midi/harmony.h"
#include "codecs/midi/pitch_names.h"
#include "codecs/midi/song.h"
#include "codecs/midi/steer_parts.h"

#include <math.h>
#include <string.h>

enum { PITCHES = 128, WHOLE = 4 * ARIO_BAND_STEPS };

// ---- Where the tokens stand ----

typedef struct place {
  bool begun;
  int said;             // beats, the unit follows; 0: none
  int length, position; // of the bar and in it, in steps
  unsigned beats;       // of the bar
  int64_t line;         // steps from the first bar line to this one
  int64_t bar;          // its number
  int instrument;       // in force, -1: none
  int pitch;            // whose length follows, -1: none
  double quarter;       // microseconds
} place;

static void to_line(place *at) {
  at->position = at->said = 0;
  at->instrument = at->pitch = -1;
}

// The bars behind a mark of the layout "between" begin where those before it end.
static void pass_word(place *at, int token) {
  bool mark = token >= ARIO_BAND_AFTER && token <= ARIO_BAND_BETWEEN;
  if ((token == ARIO_BAND_BAR || mark) && at->begun) at->line += at->length, at->bar++;
  if (token == ARIO_BAND_BAR || mark) at->begun = !mark;
  if (token == ARIO_BAND_BAR || mark || token == ARIO_BAND_WRITE) to_line(at);
}

static void pass(place *at, int token) {
  const ario__band_word word = ario__band_word_of(token);
  int due = at->pitch;
  at->pitch = -1;
  switch (word.kind) {
  case ARIO__KIND_WORD: pass_word(at, token); break;
  case ARIO__KIND_BEATS: at->said = word.value + 1; break;
  case ARIO__KIND_UNIT:
    if (at->said && !at->position && at->said * (WHOLE >> word.value) <= ARIO_BAND_MAX_BAR) {
      at->length = at->said * (WHOLE >> word.value);
      at->beats = (unsigned)at->said;
    }
    at->said = 0;
    break;
  case ARIO__KIND_TEMPO: at->quarter = ario__band_tempo((unsigned)word.value); break;
  case ARIO__KIND_SHIFT:
    at->position += word.value + 1;
    if (at->position >= at->length) at->position = at->length - 1;
    break;
  case ARIO__KIND_INSTRUMENT: at->instrument = at->begun ? word.value : -1; break;
  case ARIO__KIND_PITCH: at->pitch = word.value; break;
  case ARIO__KIND_VELOCITY: at->pitch = due; break;
  default: break;
  }
}

static void pass_all(place *at, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) pass(at, tokens[i]);
}

static place nowhere(void) {
  return (place){.length = WHOLE, .beats = 4, .instrument = -1, .pitch = -1, .quarter = ARIO__DEFAULT_TEMPO};
}

// At the end of a passage. Bars are counted from that in which the new music begins; the song's tempo is exact.
static place place_of(const ario_song *song, const ario_passage *passage, int64_t begin) {
  place at = nowhere();
  pass_all(&at, passage->tokens, passage->count);
  at.bar = begin > at.line ? -((begin - at.line) / at.length) : 0;
  if (song) at.quarter = ario__band_tempo_at(song, ario__band_step(song, passage->begin));
  return at;
}

// Nothing may begin here, neither of pitched instruments nor, with `drums`, of drums.
static void forbid_onsets(const place *at, bool drums, bool *allowed, size_t vocab_size) {
  ario__forbid(allowed, vocab_size, ARIO_BAND_PITCH, drums ? ARIO_BAND_VELOCITY : ARIO_BAND_DRUM);
  ario__forbid(allowed, vocab_size, ARIO_BAND_INSTRUMENT,
               ARIO_BAND_INSTRUMENT + (drums ? ARIO_BAND_INSTRUMENTS : ARIO_BAND_DRUMS));
  if (drums || at->instrument != ARIO_BAND_DRUMS)
    ario__forbid(allowed, vocab_size, ARIO_BAND_VELOCITY, ARIO_BAND_LENGTH);
}

// ---- A scale ----

static ario_constraint make_scale(uint16_t classes) {
  bool among[ARIO_BAND_VOCAB];
  memset(among, true, sizeof among);
  for (int p = 0; p < PITCHES; p++) among[ARIO_BAND_PITCH + p] = classes & ario__class_bit(p);
  return ario_only(among, ARIO_BAND_VOCAB);
}

// ---- Players: who, and within which range ----

typedef struct players {
  place at;
  bool may[ARIO_BAND_INSTRUMENTS];
  uint8_t lowest[ARIO_BAND_INSTRUMENTS], highest[ARIO_BAND_INSTRUMENTS];
} players;

static void players_feed(void *state, const ario_token *tokens, size_t count) {
  pass_all(&((players *)state)->at, tokens, count);
}

static void players_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const players *p = state;
  int i = p->at.instrument;
  for (size_t k = 0; k < ARIO_BAND_INSTRUMENTS && ARIO_BAND_INSTRUMENT + k < vocab_size; k++)
    if (!p->may[k]) allowed[ARIO_BAND_INSTRUMENT + k] = false;
  if (i < 0 || !p->at.begun) return;
  if (!p->may[i]) ario__forbid(allowed, vocab_size, ARIO_BAND_PITCH, ARIO_BAND_LENGTH);
  ario__forbid(allowed, vocab_size, ARIO_BAND_PITCH, ARIO_BAND_PITCH + p->lowest[i]);
  ario__forbid(allowed, vocab_size, ARIO_BAND_PITCH + p->highest[i] + 1u, ARIO_BAND_DRUM);
}

static ario_constraint make_players(const players *state) {
  static const ario_rule rule = {.name = "players", .feed = players_feed, .narrow = players_narrow};
  _Static_assert(sizeof *state <= ARIO_CONSTRAINT_ROOM, "the state fits into a constraint");
  return ario_constraint_make(&rule, state, sizeof *state);
}

static ario_constraint make_range(const place *at, const ario_steering *s) {
  players state = {.at = *at};
  memset(state.may, true, sizeof state.may);
  memcpy(state.lowest, s->lowest, sizeof state.lowest);
  memcpy(state.highest, s->highest, sizeof state.highest);
  return make_players(&state);
}

static ario_constraint make_instruments(const place *at, const ario_steering *s) {
  players state = {.at = *at};
  memcpy(state.may, s->instruments, sizeof state.may);
  memset(state.highest, PITCHES - 1, sizeof state.highest);
  return make_players(&state);
}

// ---- Polyphony ----

enum { SOUNDING = 400 }; // notes that are kept in mind

typedef struct polyphony {
  place at;
  unsigned most, count;
  bool drums;             // they play
  int64_t ends[SOUNDING]; // [count] steps: of the notes that may still sound
} polyphony;

static unsigned sounding_at(const polyphony *p, int64_t step) {
  unsigned count = 0;
  for (unsigned i = 0; i < p->count; i++) count += p->ends[i] > step;
  return count;
}

static void add_note(polyphony *p, int64_t end) {
  unsigned kept = 0;
  for (unsigned i = 0; i < p->count; i++)
    if (p->ends[i] > p->at.line + p->at.position) p->ends[kept++] = p->ends[i];
  p->count = kept;
  if (p->count < SOUNDING) p->ends[p->count++] = end;
}

static void polyphony_feed(void *state, const ario_token *tokens, size_t count) {
  polyphony *p = state;
  for (size_t i = 0; i < count; i++) {
    const ario__band_word word = ario__band_word_of(tokens[i]);
    if (word.kind == ARIO__KIND_LENGTH && p->at.pitch >= 0)
      add_note(p, p->at.line + p->at.position + ario_band_length((unsigned)word.value));
    p->drums |= word.kind == ARIO__KIND_INSTRUMENT && word.value == ARIO_BAND_DRUMS;
    pass(&p->at, tokens[i]);
  }
}

// A shift must lead to where something may begin.
static void polyphony_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const polyphony *p = state;
  int64_t now = p->at.line + p->at.position;
  if (p->count < p->most || sounding_at(p, now) < p->most) return;
  if (p->at.pitch < 0) forbid_onsets(&p->at, false, allowed, vocab_size);
  for (int s = 1; s < ARIO_BAND_MAX_SHIFT && !p->drums && sounding_at(p, now + s) >= p->most; s++)
    ario__forbid(allowed, vocab_size, ARIO_BAND_SHIFT + (size_t)s - 1, ARIO_BAND_SHIFT + (size_t)s);
}

static ario_constraint make_polyphony(const ario_passage *passage, unsigned most) {
  static const ario_rule rule = {.name = "polyphony", .feed = polyphony_feed, .narrow = polyphony_narrow};
  polyphony state = {.at = nowhere(), .most = most};
  _Static_assert(sizeof state <= ARIO_CONSTRAINT_ROOM, "the state fits into a constraint");
  polyphony_feed(&state, passage->tokens, passage->count);
  return ario_constraint_make(&rule, &state, sizeof state);
}

// ---- The longest note ----

typedef struct longest {
  place at;
  double most;   // microseconds
  int64_t until; // step at which the last note ends
} longest;

static void longest_feed(void *state, const ario_token *tokens, size_t count) {
  longest *l = state;
  for (size_t i = 0; i < count; i++) {
    const ario__band_word word = ario__band_word_of(tokens[i]);
    if (word.kind == ARIO__KIND_LENGTH) {
      int64_t end = l->at.line + l->at.position + ario_band_length((unsigned)word.value);
      if (end > l->until) l->until = end;
    }
    pass(&l->at, tokens[i]);
  }
}

// While a note sounds the tempo does not slow down: the note would become longer.
static void longest_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const longest *l = state;
  double steps = l->most * ARIO_BAND_STEPS / l->at.quarter;
  for (unsigned i = 1; i < ARIO_BAND_LENGTHS && ARIO_BAND_LENGTH + i < vocab_size; i++)
    if (ario_band_length(i) > steps) allowed[ARIO_BAND_LENGTH + i] = false;
  bool sounds = l->until > l->at.line + l->at.position;
  for (unsigned bin = 0; bin < ARIO_BAND_TEMPOS && sounds && ARIO_BAND_TEMPO + bin < vocab_size; bin++)
    if (ario__band_tempo(bin) > l->at.quarter) allowed[ARIO_BAND_TEMPO + bin] = false;
}

static ario_constraint make_longest(const place *at, int64_t most) {
  static const ario_rule rule = {.name = "longest note", .feed = longest_feed, .narrow = longest_narrow};
  const longest state = {.at = *at, .most = (double)most};
  return ario_constraint_make(&rule, &state, sizeof state);
}

// ---- Moments: a grid, a beginning ----

typedef struct moments {
  place at;
  int grid;     // steps from the bar line; 1: every step
  int64_t from; // step of the first onset
} moments;

static void moments_feed(void *state, const ario_token *tokens, size_t count) {
  pass_all(&((moments *)state)->at, tokens, count);
}

static bool is_moment(const moments *m, int position) {
  return position % m->grid == 0 && m->at.line + position >= m->from;
}

static void moments_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const moments *m = state;
  if (!m->at.begun) return;
  if (!is_moment(m, m->at.position)) forbid_onsets(&m->at, true, allowed, vocab_size);
  for (int s = 1; s < ARIO_BAND_MAX_SHIFT; s++)
    if (!is_moment(m, m->at.position + s))
      ario__forbid(allowed, vocab_size, ARIO_BAND_SHIFT + (size_t)s - 1, ARIO_BAND_SHIFT + (size_t)s);
}

static ario_constraint make_moments(const place *at, unsigned grid, int64_t from) {
  static const ario_rule rule = {.name = "moments", .feed = moments_feed, .narrow = moments_narrow};
  const moments state = {.at = *at, .grid = grid ? (int)grid : 1, .from = from};
  return ario_constraint_make(&rule, &state, sizeof state);
}

// ---- Chords ----

typedef struct harmony {
  place at;
  ario_progression chords;
  bool strict;
} harmony;

static void harmony_feed(void *state, const ario_token *tokens, size_t count) {
  pass_all(&((harmony *)state)->at, tokens, count);
}

// A note belongs to the beat that it is within a thirty-second of.
static void harmony_narrow(const void *state, bool *allowed, size_t vocab_size) {
  enum { HALF = ARIO_BAND_STEPS / 8 };
  const harmony *h = state;
  if (!h->at.begun) return;
  int shifted = h->at.position + HALF, next = shifted >= h->at.length;
  uint16_t classes = ario__harmony_at(&h->chords, h->strict, h->at.bar + next,
                                      (double)(shifted - next * h->at.length) / h->at.length, h->at.beats,
                                      2.0 * HALF / h->at.length);
  for (size_t p = 0; p < PITCHES && ARIO_BAND_PITCH + p < vocab_size; p++)
    if (!(classes & ario__class_bit((int)p))) allowed[ARIO_BAND_PITCH + p] = false;
}

static ario_constraint make_harmony(const place *at, const ario_steering *s) {
  static const ario_rule rule = {.name = "chords", .feed = harmony_feed, .narrow = harmony_narrow};
  const harmony state = {.at = *at, .chords = s->chords, .strict = s->strict};
  _Static_assert(sizeof state <= ARIO_CONSTRAINT_ROOM, "the state fits into a constraint");
  return ario_constraint_make(&rule, &state, sizeof state);
}

// ---- Density ----

typedef struct density {
  place at;
  ario__density bound;
} density;

static bool is_onset(ario_token token) {
  ario__band_kind kind = ario__band_word_of(token).kind;
  return kind == ARIO__KIND_LENGTH || kind == ARIO__KIND_DRUM;
}

static void density_feed(void *state, const ario_token *tokens, size_t count) {
  density *d = state;
  pass_all(&d->at, tokens, count);
  for (size_t i = 0; i < count; i++) d->bound.count += is_onset(tokens[i]);
}

static void sparse_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const density *d = state;
  int64_t now = d->at.line + d->at.position;
  if (!d->at.begun) return;
  if (d->at.pitch < 0 && !ario__density_allows(&d->bound, now))
    forbid_onsets(&d->at, true, allowed, vocab_size);
  for (int s = 1; s < ARIO_BAND_MAX_SHIFT; s++)
    if (!ario__density_allows(&d->bound, now + s))
      ario__forbid(allowed, vocab_size, ARIO_BAND_SHIFT + (size_t)s - 1, ARIO_BAND_SHIFT + (size_t)s);
}

static void dense_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const density *d = state;
  int64_t now = d->at.line + d->at.position;
  if (!d->at.begun) return;
  for (int s = 1; s <= ARIO_BAND_MAX_SHIFT; s++)
    if (!ario__density_lets_pass(&d->bound, now + s))
      ario__forbid(allowed, vocab_size, ARIO_BAND_SHIFT + (size_t)s - 1, ARIO_BAND_SHIFT + (size_t)s);
  if (!ario__density_lets_pass(&d->bound, d->at.line + d->at.length))
    ario__forbid(allowed, vocab_size, ARIO_BAND_BAR, ARIO_BAND_BAR + 1);
}

// Too many notes are never made; too few only where nothing else may come.
static size_t make_density(const density *state, ario_constraint *out) {
  static const ario_rule sparse = {.name = "sparse", .feed = density_feed, .narrow = sparse_narrow};
  static const ario_rule dense = {
      .name = "dense", .feed = density_feed, .narrow = dense_narrow, .yields = true};
  return ario__bound_and_preference(&sparse, &dense, state, sizeof *state, out);
}

// Of the prompt's notes; a bar of them is to spare.
static bool find_density(const ario_passage *passage, const place *at, double factor, int64_t begin,
                         ario__density *out) {
  size_t notes = 0;
  for (size_t i = 0; i < passage->count; i++) notes += is_onset(passage->tokens[i]);
  return ario__density_of(notes, begin, factor, at->length, begin, out);
}

// ---- The end ----

typedef struct ending {
  place at;
  int64_t last, end;   // steps of the last bar line before the end, and of the end
  uint16_t last_chord; // classes of the last chord
  bool pitched;        // somebody plays notes
  bool begun;          // the last chord has
} ending;

static void ending_feed(void *state, const ario_token *tokens, size_t count) {
  ending *e = state;
  for (size_t i = 0; i < count; i++) {
    const ario__band_word word = ario__band_word_of(tokens[i]);
    e->pitched |= word.kind == ARIO__KIND_INSTRUMENT && word.value != ARIO_BAND_DRUMS;
    bool onset = word.kind == ARIO__KIND_LENGTH || (word.kind == ARIO__KIND_DRUM && !e->pitched);
    e->begun |= onset && e->at.line >= e->last;
    pass(&e->at, tokens[i]);
  }
}

static void ending_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const ending *e = state;
  int64_t now = e->at.line + e->at.position;
  for (unsigned i = 1; i < ARIO_BAND_LENGTHS && ARIO_BAND_LENGTH + i < vocab_size; i++)
    if (now + ario_band_length(i) > e->end) allowed[ARIO_BAND_LENGTH + i] = false;
  if (!e->at.begun || e->at.line < e->last) return;
  ario__forbid(allowed, vocab_size, ARIO_BAND_SHIFT, ARIO_BAND_INSTRUMENT);
  if (now > e->last && e->at.pitch < 0) forbid_onsets(&e->at, true, allowed, vocab_size);
  for (size_t p = 0; p < PITCHES && ARIO_BAND_PITCH + p < vocab_size; p++)
    if (!(e->last_chord & ario__class_bit((int)p))) allowed[ARIO_BAND_PITCH + p] = false;
}

// The last bar does not pass without the chord, and drums do not come before it.
static void last_chord_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const ending *e = state;
  if (e->begun || !e->at.begun || e->at.line + e->at.position != e->last) return;
  ario__forbid(allowed, vocab_size, ARIO_BAND_BAR, ARIO_BAND_BAR + 1);
  if (!e->pitched) return;
  ario__forbid(allowed, vocab_size, ARIO_BAND_DRUM, ARIO_BAND_VELOCITY);
  ario__forbid(allowed, vocab_size, ARIO_BAND_INSTRUMENT + ARIO_BAND_DRUMS, ARIO_BAND_PITCH);
}

static size_t make_ending(const ario_passage *passage, const place *at, int64_t end, uint16_t last_chord,
                          ario_constraint *out) {
  static const ario_rule rule = {.name = "end", .feed = ending_feed, .narrow = ending_narrow};
  static const ario_rule chord = {
      .name = "last chord", .feed = ending_feed, .narrow = last_chord_narrow, .yields = true};
  ending state = {.at = nowhere(), .last = INT64_MAX, .last_chord = last_chord};
  ending_feed(&state, passage->tokens, passage->count); // who plays
  state.at = *at;
  state.end = end;
  state.last = end - at->length;
  return ario__bound_and_preference(&rule, &chord, &state, sizeof state, out);
}

// ---- All of them ----

// The step, from the tokens' first bar line, at which the new music begins; where it waits for a bar line, that one.
static int64_t begin_of(const ario_song *song, const ario_passage *passage, bool from_bar) {
  place at = nowhere();
  pass_all(&at, passage->tokens, passage->count);
  if (!song || !at.begun) return 0;
  double steps = (double)(passage->begin - passage->cursor.now) * ARIO_BAND_STEPS /
                 ario__band_tempo_at(song, ario__band_step(song, passage->begin));
  int64_t begin = at.line + at.position + llround(steps > 0 ? steps : 0);
  int64_t into = (begin - at.line) % at.length;
  return from_bar && into ? begin - into + at.length : begin;
}

static int64_t end_of(const ario_song *song, const ario_passage *passage, int64_t end) {
  double quarter = ario__band_tempo_at(song, ario__band_step(song, passage->begin));
  return begin_of(song, passage, false) + llround((double)(end - passage->begin) * ARIO_BAND_STEPS / quarter);
}

static bool has_range(const ario_steering *s) {
  for (unsigned i = 0; i < ARIO_BAND_DRUMS; i++)
    if (s->lowest[i] > 0 || s->highest[i] < PITCHES - 1) return true;
  return false;
}

ario_status ario__band_steer(const ario_song *song, const ario_passage *passage, const ario_steering *s,
                             ario_chain *chain, ario_error *error) {
  int64_t begin = begin_of(song, passage, s->from_bar);
  const place at = place_of(song, passage, begin);
  ario__density bound;
  if (s->density > 0 && !find_density(passage, &at, s->density, begin, &bound))
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "%s", ARIO__NO_DENSITY);
  ario_constraint made[11];
  size_t count = 0;
  if (s->scale != ARIO_ALL_CLASSES) made[count++] = make_scale(s->scale);
  if (has_range(s)) made[count++] = make_range(&at, s);
  if (s->choose) made[count++] = make_instruments(&at, s);
  if (s->polyphony) made[count++] = make_polyphony(passage, s->polyphony);
  if (s->max_note) made[count++] = make_longest(&at, s->max_note);
  if (s->grid || s->from_bar) made[count++] = make_moments(&at, s->grid, s->from_bar ? begin : 0);
  if (s->chords.bars) made[count++] = make_harmony(&at, s);
  if (s->density > 0) count += make_density(&(density){.at = at, .bound = bound}, made + count);
  if (s->end && song)
    count += make_ending(passage, &at, end_of(song, passage, s->end), s->last_chord, made + count);
  return ario__chain_add_all(chain, made, count, error);
}
