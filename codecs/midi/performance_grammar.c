// SPDX-License-Identifier: MIT
//
// Which token may come next. At least one always may: while something sounds, time may pass or (after a short
// shift) a note may end; otherwise a note may begin. Where other constraints let none begin, time passes.
#include "codecs/midi/performance_vocabulary.h"

#include <string.h>

enum { PITCHES = 128, BINS = ARIO_MIDI_VOCAB - ARIO_MIDI_VELOCITY };

struct grammar {
  ario_midi_grammar_options options;
  bool sounding[PITCHES];
  int64_t since[PITCHES]; // step of the onset of each sounding pitch
  bool heard[PITCHES];    // pitches that were fed
  int64_t now;            // steps since the first token
  bool ended;
  bool fresh_step;     // a shift may follow: the last token was not a shift below 100
  bool after_velocity; // a note-on must follow
  int velocity;        // current bin; -1 before the first
  int last_on;         // highest pitch that began in this step; -1: none
  int last_off;        // highest pitch that ended in this step; -1: none
  int sounding_count;
  int64_t silence; // steps since the last sound
  int64_t wait;    // steps that must pass before the next event
};
_Static_assert(sizeof(struct grammar) <= ARIO_CONSTRAINT_ROOM, "the state fits into a constraint");

ario_midi_grammar_options ario_midi_grammar_options_default(void) {
  return (ario_midi_grammar_options){.max_silence = 5 * ARIO_MIDI_STEPS_PER_SECOND,
                                     .max_note = 10 * ARIO_MIDI_STEPS_PER_SECOND,
                                     .piano_keys = true};
}

// ---- Feeding ----

static void feed_shift(struct grammar *g, int64_t steps) {
  g->fresh_step = steps == ARIO_MIDI_MAX_SHIFT;
  g->last_on = g->last_off = -1;
  g->now += steps;
  if (g->sounding_count == 0) g->silence += steps;
  g->wait = g->wait > steps ? g->wait - steps : 0;
}

static void feed_on(struct grammar *g, int pitch) {
  if (!g->sounding[pitch]) g->sounding_count++;
  g->sounding[pitch] = g->heard[pitch] = true;
  g->since[pitch] = g->now;
  if (pitch > g->last_on) g->last_on = pitch;
  g->silence = 0;
}

static void feed_off(struct grammar *g, int pitch) {
  if (!g->sounding[pitch]) return;
  g->sounding[pitch] = false;
  g->sounding_count--;
  if (pitch > g->last_off) g->last_off = pitch;
}

static void feed(void *state, const ario_token *tokens, size_t count) {
  struct grammar *grammar = state;
  for (size_t i = 0; i < count && !grammar->ended; i++) {
    int token = tokens[i];
    if (token < ARIO_MIDI_EOS || token >= ARIO_MIDI_VOCAB) continue;
    grammar->after_velocity = token >= ARIO_MIDI_VELOCITY;
    if (token == ARIO_MIDI_EOS) {
      grammar->ended = true;
    } else if (token >= ARIO_MIDI_VELOCITY) {
      grammar->velocity = token - ARIO_MIDI_VELOCITY;
    } else if (token >= ARIO_MIDI_SHIFT) {
      feed_shift(grammar, ario__shift_steps(tokens[i]));
      continue;
    } else if (token >= ARIO_MIDI_NOTE_OFF) {
      feed_off(grammar, token - ARIO_MIDI_NOTE_OFF);
    } else {
      feed_on(grammar, token - ARIO_MIDI_NOTE_ON);
    }
    grammar->fresh_step = true; // an event: time may pass after it
  }
}

// ---- Asking ----

static bool has_key(const struct grammar *g, int pitch) {
  return !g->options.piano_keys || g->heard[pitch] ||
         (pitch >= ARIO_MIDI_LOWEST_KEY && pitch <= ARIO_MIDI_HIGHEST_KEY);
}

// Allows the note-ons of this step that the others do, lowest pitch first; false if there is none.
static bool allow_ons(const struct grammar *g, const bool *others, bool *allowed) {
  bool any = false;
  for (int p = g->last_on + 1; p < PITCHES; p++) {
    if (g->sounding[p] || !has_key(g, p) || !others[ARIO_MIDI_NOTE_ON + p]) continue;
    if (allowed) allowed[ARIO_MIDI_NOTE_ON + p] = true;
    any = true;
  }
  return any;
}

// Allows the note-offs of this step up to pitch `last`, lowest first.
static void allow_offs(const struct grammar *g, int last, bool *allowed) {
  if (g->last_on >= 0) return; // within a step note-offs come first
  for (int p = g->last_off + 1; p <= last; p++)
    if (g->sounding[p]) allowed[ARIO_MIDI_NOTE_OFF + p] = true;
}

// The lowest pitch that has sounded as long as it may and can end in this step; -1 if there is none.
static int overdue(const struct grammar *g) {
  if (g->last_on >= 0) return -1;
  for (int p = g->last_off + 1; p < PITCHES; p++)
    if (g->sounding[p] && g->now - g->since[p] >= g->options.max_note) return p;
  return -1;
}

// The longest shift that keeps silence and notes within their limits. What has outlasted its limit (a
// prompt's note) and cannot end in this step ends in the next.
static int64_t longest_shift(const struct grammar *g) {
  if (g->sounding_count == 0) return g->options.max_silence - g->silence;
  int64_t longest = ARIO_MIDI_MAX_SHIFT;
  for (int p = 0; p < PITCHES; p++) {
    int64_t left = g->options.max_note - (g->now - g->since[p]);
    if (g->sounding[p] && left < longest) longest = left;
  }
  return longest < 1 ? 1 : longest;
}

static void allow_shifts(int64_t first, int64_t last, bool *allowed) {
  for (int64_t n = first; n <= ARIO_MIDI_MAX_SHIFT && n <= last; n++) allowed[ARIO_MIDI_SHIFT + n - 1] = true;
}

static void allow_velocities(const struct grammar *g, const bool *others, bool *allowed) {
  if (!allow_ons(g, others, NULL)) return;
  for (int b = 0; b < BINS; b++)
    if (b != g->velocity) allowed[ARIO_MIDI_VELOCITY + b] = true;
}

// Sets to true what may come next, where the other constraints allow `others`.
static void allow(const struct grammar *g, const bool *others, bool *allowed) {
  if (g->ended) return;
  if (g->wait > 0) {
    allow_shifts(ario__longest_shift(g->wait), ARIO_MIDI_MAX_SHIFT, allowed);
    return;
  }
  if (g->after_velocity && allow_ons(g, others, allowed)) return;
  int due = overdue(g);
  allow_offs(g, due >= 0 ? due : PITCHES - 1, allowed);
  if (due >= 0) return;
  allow_velocities(g, others, allowed);
  bool begun = g->velocity >= 0 || g->last_on >= 0; // before the first note comes only its velocity
  if (g->velocity >= 0) allow_ons(g, others, allowed);
  if (g->fresh_step && (g->sounding_count || begun)) allow_shifts(1, longest_shift(g), allowed);
  if (g->options.until_end && g->sounding_count == 0 && g->last_off >= 0 && g->last_on < 0)
    allowed[ARIO_MIDI_EOS] = true;
}

// Allows what both allow; false if that is nothing.
static bool intersect(const bool *others, bool *mine) {
  bool any = false;
  for (size_t i = 0; i < ARIO_MIDI_VOCAB; i++) any |= mine[i] &= others[i];
  return any;
}

// Narrows in place: what is not allowed here becomes false, and nothing becomes true.
static void narrow(const void *state, bool *allowed, size_t vocab_size) {
  bool mine[ARIO_MIDI_VOCAB] = {false}, others[ARIO_MIDI_VOCAB] = {false};
  memcpy(others, allowed, (vocab_size < ARIO_MIDI_VOCAB ? vocab_size : ARIO_MIDI_VOCAB) * sizeof *others);
  allow(state, others, mine);
  if (!intersect(others, mine) && !((const struct grammar *)state)->ended) {
    allow_shifts(1, ARIO_MIDI_MAX_SHIFT, mine); // nothing else is left: time passes
    intersect(others, mine);
  }
  for (size_t i = 0; i < vocab_size; i++) allowed[i] = i < ARIO_MIDI_VOCAB && mine[i];
}

static bool has_ended(const void *state) {
  return ((const struct grammar *)state)->ended;
}

// ---- From outside ----

ario_constraint ario_midi_grammar(const ario_midi_grammar_options *options) {
  static const ario_rule rule = {.name = "grammar", .feed = feed, .narrow = narrow, .ended = has_ended};
  struct grammar grammar = {.options = options ? *options : ario_midi_grammar_options_default(),
                            .fresh_step = true,
                            .velocity = -1,
                            .last_on = -1,
                            .last_off = -1};
  if (grammar.options.max_silence < 1) grammar.options.max_silence = 1;
  if (grammar.options.max_note < 1) grammar.options.max_note = 1;
  return ario_constraint_make(&rule, &grammar, sizeof grammar);
}

void ario_midi_grammar_wait(ario_constraint *grammar, int64_t steps) {
  ((struct grammar *)(void *)grammar->state.bytes)->wait = steps < 0 ? 0 : steps;
}

size_t ario_midi_grammar_close(const ario_constraint *grammar, ario_token *tokens) {
  const struct grammar *g = (const void *)grammar->state.bytes;
  size_t count = 0;
  if (g->last_on >= 0) tokens[count++] = ario__shift(1); // within a step note-offs come first
  for (int p = 0; p < PITCHES; p++)
    if (g->sounding[p]) tokens[count++] = (ario_token)(ARIO_MIDI_NOTE_OFF + p);
  return count;
}
