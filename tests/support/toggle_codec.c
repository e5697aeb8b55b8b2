// SPDX-License-Identifier: MIT
//
// A codec of the tests' own, of three tokens: the music sounds from here on, it is silent, and a tenth of a second
// passes. With it and the list of codecs below, which a program links in place of the library's, it is shown that
// programs treat a new codec of music as they treat the first.
#include "arioso/symbolic.h"
#include "codecs/codec_list.h"
#include "codecs/midi/performance_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ON, OFF, TIME, V };
enum { STEP = 100000, STEPS_OF_TIME = 10, PITCH = 60, BIN = 16 };

// ---- Tokens <-> those of midi-performance ----

// As midi-performance, one pitch that sounds on and off; the caller frees them.
static ario_token *as_performance(const ario_token *tokens, size_t count, size_t *out_count) {
  ario_token *out = malloc((2 * count + 1) * sizeof *out);
  size_t n = 0;
  for (size_t i = 0; out && i < count; i++) {
    if (tokens[i] == ON) out[n++] = ARIO_MIDI_VELOCITY + BIN;
    out[n++] = (ario_token)(tokens[i] == ON    ? ARIO_MIDI_NOTE_ON + PITCH
                            : tokens[i] == OFF ? ARIO_MIDI_NOTE_OFF + PITCH
                                               : ARIO_MIDI_SHIFT + STEPS_OF_TIME - 1);
  }
  *out_count = n;
  return out;
}

// When a prompt sounds, by tenths of a second: on and off where that changes, at least one of time. Of a whole piece the
// end of all is the last token.
static ario_status from_performance(const ario_token *tokens, size_t count, bool whole, ario_token **out,
                                    size_t *out_count) {
  size_t steps = ((size_t)ario_midi_duration(tokens, count) + STEPS_OF_TIME - 1) / STEPS_OF_TIME, n = 0;
  if (!steps) steps = 1;
  bool *sounds = calloc(steps + 1, sizeof *sounds), now = false;
  *out = malloc(2 * (steps + 1) * sizeof **out);
  if (!sounds || !*out) {
    free(sounds);
    free(*out);
    return ARIO_ERR_MEMORY;
  }
  int64_t at = 0;
  int down = 0;
  for (size_t i = 0; i < count; i++) {
    if (tokens[i] >= ARIO_MIDI_NOTE_ON && tokens[i] < ARIO_MIDI_NOTE_OFF) down++;
    if (tokens[i] >= ARIO_MIDI_NOTE_OFF && tokens[i] < ARIO_MIDI_SHIFT) down--;
    int64_t until = at + ario_midi_duration(&tokens[i], 1);
    for (; down > 0 && at < until; at++) sounds[at / STEPS_OF_TIME] = true;
    at = until;
  }
  for (size_t i = 0; i < steps; i++) {
    if (sounds[i] != now) (*out)[n++] = sounds[i] ? ON : OFF;
    now = sounds[i];
    (*out)[n++] = TIME;
  }
  if (whole && now) (*out)[n++] = OFF;
  free(sounds);
  *out_count = n;
  return ARIO_OK;
}

static ario_status encode(const uint8_t *bytes, size_t size, const ario_config *model, ario_token **tokens,
                          size_t *count, ario_error *error) {
  ario_token *performance;
  size_t length;
  ario_status status = ario__performance_codec.encode(bytes, size, model, &performance, &length, error);
  if (status) return status;
  status = from_performance(performance, length, true, tokens, count);
  free(performance);
  return status;
}

static ario_status decode(const ario_token *tokens, size_t count, const ario_config *model, uint8_t **bytes,
                          size_t *size, ario_error *error) {
  (void)model;
  size_t length;
  ario_token *performance = as_performance(tokens, count, &length);
  if (!performance) return ARIO_ERR_MEMORY;
  ario_status status = ario_midi_write(performance, length, bytes, size, error);
  free(performance);
  return status;
}

static void describe(ario_token token, const ario_config *model, char *text, size_t size) {
  static const char *const words[] = {"on", "off", "time"};
  (void)model;
  snprintf(text, size, "%s", token < V ? words[token] : "no token");
}

// ---- What may follow ----

struct grammar {
  bool sounding, fresh; // fresh: time has passed since it changed
};

static void feed(void *state, const ario_token *tokens, size_t count) {
  struct grammar *g = state;
  for (size_t i = 0; i < count; i++) {
    g->fresh = tokens[i] == TIME;
    if (tokens[i] != TIME) g->sounding = tokens[i] == ON;
  }
}

static void narrow(const void *state, bool *allowed, size_t vocab_size) {
  const struct grammar *g = state;
  (void)vocab_size;
  if (!g->fresh || g->sounding) allowed[ON] = false;
  if (!g->fresh || !g->sounding) allowed[OFF] = false;
}

static ario_constraint make_grammar(const ario_token *tokens, size_t count) {
  static const ario_rule rule = {.name = "grammar", .feed = feed, .narrow = narrow};
  struct grammar grammar = {.fresh = true};
  feed(&grammar, tokens, count);
  return ario_constraint_make(&rule, &grammar, sizeof grammar);
}

// ---- Music ----

static void pass(ario_cursor *cursor, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) {
    cursor->now += tokens[i] == TIME ? STEP : 0;
    cursor->notes += tokens[i] == ON;
  }
  cursor->settled = cursor->now - STEP;
}

static void forget(ario_passage *passage) {
  if (passage->own) ario__performance_symbolic.forget(passage->own);
  free(passage->own);
  free(passage->tokens);
  *passage = (ario_passage){.tokens = NULL};
}

static ario_status hear(const ario_song *song, const ario_passage_options *options, ario_passage *passage,
                        ario_error *error) {
  *passage = (ario_passage){.tokens = NULL};
  ario_passage *own = calloc(1, sizeof *own);
  if (!own) return ARIO_ERR_MEMORY;
  ario_status status = ario__performance_symbolic.hear(song, options, own, error);
  if (!status) status = from_performance(own->tokens, own->count, false, &passage->tokens, &passage->count);
  passage->own = own;
  if (status) {
    forget(passage);
    return status;
  }
  passage->notes = own->notes;
  passage->begin = own->begin;
  passage->grammar = make_grammar(passage->tokens, passage->count);
  passage->cursor = (ario_cursor){.now = own->begin, .settled = own->begin - STEP};
  return ARIO_OK;
}

static int64_t lasts(const ario_passage *passage, size_t count) {
  ario_cursor cursor = {.now = 0};
  pass(&cursor, passage->tokens + passage->count - count, count);
  return cursor.now;
}

static void times_of(const ario_song *song, const ario_passage *passage, const ario_token *tokens,
                     size_t count, int64_t *times) {
  ario_cursor cursor = {.now = 0};
  (void)song;
  for (size_t i = 0; i < passage->count + count; i++) {
    pass(&cursor, i < passage->count ? &passage->tokens[i] : &tokens[i - passage->count], 1);
    times[i] = cursor.now;
  }
}

static bool cut(const ario_cursor *cursor, int64_t until, ario_token *token) {
  return cursor->now + (*token == TIME ? STEP : 0) >= until;
}

static size_t rest(const ario_cursor *cursor, int64_t until, ario_token *tokens, size_t room) {
  size_t count = 0;
  for (int64_t at = cursor->now; at + STEP <= until && count < room; at += STEP) tokens[count++] = TIME;
  return count;
}

static int64_t align(const ario_cursor *cursor, int64_t microseconds) {
  (void)cursor;
  return (microseconds + STEP - 1) / STEP * STEP;
}

static void wait_until(ario_constraint *grammar, const ario_cursor *cursor, int64_t until) {
  (void)grammar;
  (void)cursor;
  (void)until;
}

static size_t close_all(const ario_constraint *grammar, ario_token *tokens, size_t room) {
  const struct grammar *g = (const void *)grammar->state.bytes;
  if (room && g->sounding) *tokens = OFF;
  return room && g->sounding;
}

static ario_status splice(const ario_song *song, const ario_passage *passage, bool alone,
                          const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                          ario_error *error) {
  const ario_passage *own = passage->own;
  size_t length, waited;
  ario_token *performance = as_performance(tokens, count, &length), wait[64];
  if (!performance) return ARIO_ERR_MEMORY;
  waited = ario__performance_symbolic.rest(&own->cursor, own->begin, wait, 64);
  ario_token *all = malloc((waited + length) * sizeof *all);
  if (all) memcpy(all, wait, waited * sizeof *all);
  if (all) memcpy(all + waited, performance, length * sizeof *all);
  free(performance);
  if (!all) return ARIO_ERR_MEMORY;
  ario_status status =
      ario__performance_symbolic.splice(song, own, alone, all, waited + length, bytes, size, error);
  free(all);
  return status;
}

static ario_status notes(const ario_token *tokens, size_t count, ario_note **out, size_t *out_count) {
  size_t length;
  ario_token *performance = as_performance(tokens, count, &length);
  if (!performance) return ARIO_ERR_MEMORY;
  ario_status status = ario_midi_notes(performance, length, out, out_count);
  free(performance);
  return status;
}

static const ario_symbolic symbolic = {.open = ario_song_open,
                                       .hear = hear,
                                       .forget = forget,
                                       .lasts = lasts,
                                       .times = times_of,
                                       .pass = pass,
                                       .cut = cut,
                                       .rest = rest,
                                       .align = align,
                                       .wait = wait_until,
                                       .close = close_all,
                                       .splice = splice,
                                       .notes = notes};

static const ario_codec toggle = {.name = "toggle",
                                  .about = "MIDI files, as sound and silence",
                                  .medium = ARIO_MUSIC,
                                  .version = 1,
                                  .vocab_size = V,
                                  .suffix = ".mid",
                                  .encode = encode,
                                  .decode = decode,
                                  .describe = describe,
                                  .symbolic = &symbolic};

const ario_codec *const ario__codecs[] = {&ario__performance_codec, &toggle, NULL};
