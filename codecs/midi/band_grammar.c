// SPDX-License-Identifier: MIT
//
// Which token of a band may come next. There is always one: an onset where time has just passed, and otherwise a bar,
// which may only stay empty so often while something can be played. Where other constraints leave nothing of this, time
// passes.
#include "codecs/midi/band_vocabulary.h"

#include <string.h>

enum { WHOLE = 4 * ARIO_BAND_STEPS };

ario_band_grammar_options ario_band_grammar_options_default(void) {
  return (ario_band_grammar_options){.max_empty = 2};
}

static void forget(ario_band_grammar *g) {
  g->begun = false;
  g->beats = g->log2_unit = g->next_beats = 0;
  g->tempo = g->instrument = g->at = g->pitch = g->due_pitch = -1;
  g->sounding = 0;
  memset(g->velocity, -1, sizeof g->velocity);
}

void ario_band_grammar_init(ario_band_grammar *grammar, const ario_band_grammar_options *options) {
  *grammar =
      (ario_band_grammar){.options = options ? *options : ario_band_grammar_options_default(), .last = -1};
  memcpy(grammar->heard, grammar->options.playing, sizeof grammar->heard);
  forget(grammar);
}

static bool is_within(int token, int first, int end) {
  return token >= first && token < end;
}

static int64_t now(const ario_band_grammar *g) {
  return g->line + g->position;
}

// ---- Feeding ----

static void go_to_line(ario_band_grammar *g) {
  g->position = 0;
  g->instrument = g->at = g->pitch = g->due_pitch = -1;
  g->next_beats = 0;
}

static void feed_bar(ario_band_grammar *g) {
  if (g->begun) g->line += g->length;
  if (g->begun) g->empty = g->struck ? 0 : g->empty + 1;
  g->meter_due = g->tempo_due = !g->begun;
  g->begun = true;
  g->struck = false;
  g->length = g->beats ? g->beats * (WHOLE >> g->log2_unit) : WHOLE;
  go_to_line(g);
}

static void feed_unit(ario_band_grammar *g, int log2_unit) {
  int length = g->next_beats * (WHOLE >> log2_unit);
  if (length > 0 && length <= ARIO_BAND_MAX_BAR && g->position == 0) {
    g->beats = g->next_beats;
    g->log2_unit = log2_unit;
    g->length = length;
    g->meter_due = false;
  }
  g->next_beats = 0;
}

static void feed_shift(ario_band_grammar *g, int steps) {
  g->position = g->position + steps < g->length ? g->position + steps : g->length - 1;
  g->at = g->pitch = -1;
  g->due_pitch = -1;
}

// Leaves the notes that still sound, and of too many all but the one that ends first.
static void make_room(ario_band_grammar *g) {
  unsigned kept = 0, first = 0;
  for (unsigned i = 0; i < g->sounding; i++)
    if (g->notes[i].start + ario_band_length(g->notes[i].length) > now(g)) g->notes[kept++] = g->notes[i];
  g->sounding = kept;
  if (kept < ARIO_BAND_SOUNDING) return;
  for (unsigned i = 1; i < kept; i++)
    if (g->notes[i].start + ario_band_length(g->notes[i].length) <
        g->notes[first].start + ario_band_length(g->notes[first].length))
      first = i;
  g->notes[first] = g->notes[--g->sounding];
}

static void feed_onset(ario_band_grammar *g, int pitch) {
  g->at = g->instrument;
  g->pitch = pitch;
  g->struck = g->heard[g->instrument] = true;
  g->strikes = false;
}

static void feed_length(ario_band_grammar *g, int length) {
  if (g->due_pitch < 0) return;
  unsigned i = 0;
  while (i < g->sounding && (g->notes[i].instrument != g->instrument || g->notes[i].pitch != g->due_pitch))
    i++;
  if (i == g->sounding) {
    make_room(g);
    i = g->sounding++;
    g->notes[i].start = -1;
  }
  if (g->notes[i].start != now(g) || g->notes[i].length < length) { // of a unison the longer
    g->notes[i].start = now(g);
    g->notes[i].instrument = (uint8_t)g->instrument;
    g->notes[i].pitch = (uint8_t)g->due_pitch;
    g->notes[i].length = (uint8_t)length;
  }
  feed_onset(g, g->due_pitch);
  g->due_pitch = -1;
}

static void feed_instrument(ario_band_grammar *g, int instrument) {
  if (g->begun)
    g->instrument = instrument;
  else
    g->heard[instrument] = true;
}

static void feed_mark(ario_band_grammar *g, int mark) {
  if (mark == ARIO_BAND_WRITE)
    go_to_line(g);
  else
    forget(g);
}

// A token of a bar.
static void feed_inside(ario_band_grammar *g, int token) {
  const ario__band_word word = ario__band_word_of(token);
  bool drums = g->instrument == ARIO_BAND_DRUMS;
  switch (word.kind) {
  case ARIO__KIND_LENGTH: feed_length(g, word.value); break;
  case ARIO__KIND_VELOCITY:
    if (g->instrument >= 0) g->velocity[g->instrument] = (int8_t)word.value;
    break;
  case ARIO__KIND_DRUM:
    if (drums) feed_onset(g, word.value);
    break;
  case ARIO__KIND_PITCH: g->due_pitch = g->instrument >= 0 && !drums ? word.value : -1; break;
  case ARIO__KIND_SHIFT: feed_shift(g, word.value + 1); break;
  case ARIO__KIND_TEMPO:
    g->tempo = word.value;
    g->tempo_due = false;
    break;
  case ARIO__KIND_UNIT: feed_unit(g, word.value); break;
  case ARIO__KIND_BEATS: g->next_beats = word.value + 1; break;
  default: break;
  }
}

void ario_band_grammar_feed(ario_band_grammar *grammar, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count && !grammar->ended; i++) {
    int token = tokens[i];
    if (token < ARIO_BAND_EOS || token >= ARIO_BAND_VOCAB) continue;
    if (token == ARIO_BAND_EOS)
      grammar->ended = true;
    else if (token == ARIO_BAND_BAR)
      feed_bar(grammar);
    else if (is_within(token, ARIO_BAND_WRITE, ARIO_BAND_FREE))
      feed_mark(grammar, token);
    else if (is_within(token, ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH))
      feed_instrument(grammar, token - ARIO_BAND_INSTRUMENT);
    else if (grammar->begun)
      feed_inside(grammar, token);
    grammar->last = (int16_t)token;
  }
}

void ario_band_grammar_wait(ario_band_grammar *grammar, int64_t steps) {
  grammar->not_before = now(grammar) + (steps > 0 ? steps : 0);
}

void ario_band_grammar_strike(ario_band_grammar *grammar) {
  grammar->strikes = true;
}

// ---- Asking ----

static unsigned sounding_now(const ario_band_grammar *g) {
  unsigned count = 0;
  for (unsigned i = 0; i < g->sounding; i++)
    count += g->notes[i].start + ario_band_length(g->notes[i].length) > now(g);
  return count;
}

// Who may play here.
static void find_players(const ario_band_grammar *g, bool *may) {
  unsigned pitched = 0, any = 0;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) {
    pitched += g->heard[i] && i != ARIO_BAND_DRUMS;
    any += g->heard[i];
  }
  bool others = g->options.new_ones || !any;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    may[i] = g->heard[i] || (others && (i == ARIO_BAND_DRUMS || pitched < ARIO_BAND_MOST_PITCHED));
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) may[i] &= !g->options.silent[i];
  if (sounding_now(g) >= ARIO_BAND_MOST_SOUNDING) memset(may, 0, ARIO_BAND_DRUMS * sizeof *may);
}

// A pitch may begin where it does not sound; where it has sounded as long as its length can stand for, too.
static bool is_free(const ario_band_grammar *g, int pitch) {
  for (unsigned i = 0; i < g->sounding; i++) {
    if (g->notes[i].instrument != g->instrument || g->notes[i].pitch != pitch) continue;
    int64_t lasted = now(g) - g->notes[i].start;
    return lasted > 0 && (lasted >= ario_band_length(g->notes[i].length) ||
                          ario_band_length_index(lasted) == g->notes[i].length);
  }
  return true;
}

// Allows the pitches of the instrument in force that the others do, the lowest first; false if there is none.
static bool allow_pitches(const ario_band_grammar *g, const bool *others, bool *allowed) {
  bool drums = g->instrument == ARIO_BAND_DRUMS, any = false;
  int first = drums ? ARIO_BAND_DRUM : ARIO_BAND_PITCH;
  for (int p = g->at == g->instrument ? g->pitch + 1 : 0; p < 128; p++) {
    if (!others[first + p] || (!drums && !is_free(g, p))) continue;
    if (allowed) allowed[first + p] = true;
    any = true;
  }
  return any;
}

// Allows what may come of the instrument in force.
static void allow_current(const ario_band_grammar *g, const bool *others, const bool *may, bool *allowed) {
  int i = g->instrument;
  if (i < 0 || i < g->at || !may[i] || !allow_pitches(g, others, NULL)) return;
  bool said = is_within(g->last, ARIO_BAND_VELOCITY, ARIO_BAND_LENGTH);
  if (said || g->velocity[i] >= 0) allow_pitches(g, others, allowed);
  for (int v = 0; v < ARIO_BAND_LENGTH - ARIO_BAND_VELOCITY && !said; v++)
    if (v != g->velocity[i]) allowed[ARIO_BAND_VELOCITY + v] = true;
}

static void allow_instruments(const ario_band_grammar *g, const bool *may, bool *allowed) {
  for (int i = g->at + 1; i < ARIO_BAND_INSTRUMENTS; i++)
    if (may[i] && i != g->instrument) allowed[ARIO_BAND_INSTRUMENT + i] = true;
}

static void allow_units(const ario_band_grammar *g, bool *allowed) {
  for (int u = 0; u < ARIO_BAND_TEMPO - ARIO_BAND_UNIT; u++)
    if (g->next_beats * (WHOLE >> u) <= ARIO_BAND_MAX_BAR && (g->next_beats != g->beats || u != g->log2_unit))
      allowed[ARIO_BAND_UNIT + u] = true;
}

static void allow_range(bool *allowed, int first, int count) {
  for (int i = 0; i < count; i++) allowed[first + i] = true;
}

static void allow_tempos(const ario_band_grammar *g, bool *allowed) {
  allow_range(allowed, ARIO_BAND_TEMPO, ARIO_BAND_TEMPOS);
  if (g->tempo >= 0) allowed[ARIO_BAND_TEMPO + g->tempo] = false;
}

// What time may do: pass within the bar, to the next, or end.
static void allow_time(const ario_band_grammar *g, bool playable, bool *allowed) {
  bool shifted = is_within(g->last, ARIO_BAND_SHIFT, ARIO_BAND_INSTRUMENT);
  bool event = g->last >= ARIO_BAND_LENGTH || is_within(g->last, ARIO_BAND_DRUM, ARIO_BAND_VELOCITY);
  if (playable && (!shifted || g->last == ARIO_BAND_INSTRUMENT - 1)) {
    int most = g->length - 1 - g->position;
    allow_range(allowed, ARIO_BAND_SHIFT, most < ARIO_BAND_MAX_SHIFT ? most : ARIO_BAND_MAX_SHIFT);
  }
  if (!shifted && (g->struck || g->empty < g->options.max_empty || !playable)) allowed[ARIO_BAND_BAR] = true;
  if (g->options.until_end && event) allowed[ARIO_BAND_EOS] = true;
}

// Nothing begins yet: what leads to where it may.
static void allow_waiting(const ario_band_grammar *g, bool *allowed) {
  int64_t place = g->not_before - g->line; // in this bar, or behind it
  for (int s = 1; s <= ARIO_BAND_MAX_SHIFT && place < g->length && g->position + s < g->length; s++)
    if (g->position + s >= place || s == ARIO_BAND_MAX_SHIFT) allowed[ARIO_BAND_SHIFT + s - 1] = true;
  if (!is_within(g->last, ARIO_BAND_SHIFT, ARIO_BAND_INSTRUMENT)) allowed[ARIO_BAND_BAR] = true;
}

static void allow_events(const ario_band_grammar *g, const bool *others, bool *allowed) {
  bool may[ARIO_BAND_INSTRUMENTS], playable = false;
  find_players(g, may);
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) playable |= may[i];
  allow_current(g, others, may, allowed);
  if (is_within(g->last, ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH) ||
      is_within(g->last, ARIO_BAND_VELOCITY, ARIO_BAND_LENGTH))
    return;
  allow_instruments(g, may, allowed);
  if (!g->strikes || !playable) allow_time(g, playable, allowed);
  if (g->options.steady) return;
  bool fresh = g->last == ARIO_BAND_BAR || is_within(g->last, ARIO_BAND_UNIT, ARIO_BAND_TEMPO) ||
               is_within(g->last, ARIO_BAND_SHIFT, ARIO_BAND_INSTRUMENT);
  if (fresh && g->position % ARIO_BAND_STEPS == 0) allow_tempos(g, allowed);
  if (g->last == ARIO_BAND_BAR) allow_range(allowed, ARIO_BAND_BEATS, ARIO_BAND_UNIT - ARIO_BAND_BEATS);
}

// Allows what may come where the other constraints allow `others`, whether they allow it or not.
static void allow(const ario_band_grammar *g, const bool *others, bool *allowed) {
  memset(allowed, 0, ARIO_BAND_VOCAB * sizeof *allowed);
  if (g->ended) return;
  if (!g->begun)
    allowed[ARIO_BAND_BAR] = true;
  else if (g->next_beats)
    allow_units(g, allowed);
  else if (g->meter_due)
    allow_range(allowed, ARIO_BAND_BEATS, ARIO_BAND_UNIT - ARIO_BAND_BEATS);
  else if (g->tempo_due)
    allow_tempos(g, allowed);
  else if (g->due_pitch >= 0)
    allow_range(allowed, ARIO_BAND_LENGTH, ARIO_BAND_LENGTHS);
  else if (now(g) < g->not_before)
    allow_waiting(g, allowed);
  else
    allow_events(g, others, allowed);
}

// Allows what both allow; false if that is nothing.
static bool intersect(const bool *others, bool *mine) {
  bool any = false;
  for (size_t i = 0; i < ARIO_BAND_VOCAB; i++) any |= mine[i] &= others[i];
  return any;
}

// What begins nothing, where nothing may begin.
static void allow_leaving(const ario_band_grammar *g, bool *allowed) {
  allowed[ARIO_BAND_BAR] = true;
  for (int s = 1; s <= ARIO_BAND_MAX_SHIFT && g->position + s < g->length; s++)
    allowed[ARIO_BAND_SHIFT + s - 1] = true;
}

static void allow_with(const ario_band_grammar *g, const bool *others, bool *allowed) {
  allow(g, others, allowed);
  if (intersect(others, allowed) || g->ended) return;
  allow_leaving(g, allowed);
  intersect(others, allowed);
}

void ario_band_grammar_allowed(const ario_band_grammar *g, bool *allowed) {
  bool others[ARIO_BAND_VOCAB];
  memset(others, true, sizeof others);
  allow_with(g, others, allowed);
}

// ---- As a constraint ----

static void feed(void *state, const ario_token *tokens, size_t count) {
  ario_band_grammar_feed(state, tokens, count);
}

static void narrow(const void *state, bool *allowed, size_t vocab_size) {
  bool mine[ARIO_BAND_VOCAB], others[ARIO_BAND_VOCAB] = {false};
  memcpy(others, allowed, (vocab_size < ARIO_BAND_VOCAB ? vocab_size : ARIO_BAND_VOCAB) * sizeof *others);
  allow_with(state, others, mine);
  for (size_t i = 0; i < vocab_size; i++) allowed[i] = i < ARIO_BAND_VOCAB && mine[i];
}

static bool ended(const void *state) {
  return ((const ario_band_grammar *)state)->ended;
}

ario_constraint ario_band_constraint(const ario_band_grammar *grammar) {
  static const ario_rule rule = {"grammar", feed, narrow, ended};
  _Static_assert(sizeof *grammar <= ARIO_CONSTRAINT_ROOM, "a grammar's state fits into a constraint");
  return ario_constraint_make(&rule, grammar, sizeof *grammar);
}
