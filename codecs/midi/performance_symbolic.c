// SPDX-License-Identifier: MIT
//
// midi-performance in the table of symbolic codecs: its prompts, its grammar, and its steps of 10 ms in
// microseconds.
#include "arioso/general_midi.h"
#include "arioso/statistics.h"
#include "codecs/midi/performance_codec.h"
#include "codecs/midi/performance_fill.h"
#include "codecs/midi/performance_steer.h"
#include "codecs/midi/performance_vocabulary.h"
#include "codecs/midi/song_measure.h"

#include <stdlib.h>
#include <string.h>

enum { STEP = 1000000 / ARIO_MIDI_STEPS_PER_SECOND }; // microseconds
enum { VELOCITY }; // index in a cursor's own: the current velocity bin, -1 before the first

static int64_t nearest_step(int64_t microseconds) {
  return (microseconds + STEP / 2) / STEP;
}

// ---- Prompts ----

ario_passage_options ario_passage_options_default(void) {
  const ario_midi_grammar_options grammar = ario_midi_grammar_options_default();
  return (ario_passage_options){.part = ario_prompt_options_default(),
                                .max_silence = grammar.max_silence * STEP,
                                .max_note = grammar.max_note * STEP,
                                .usual_notes = true};
}

static ario_status make_prompt(const ario_song *song, const ario_passage_options *options,
                               ario_prompt *prompt, ario_error *error) {
  if (song) return ario_song_prompt(song, &options->part, prompt, error);
  prompt->tokens = malloc(sizeof *prompt->tokens);
  if (!prompt->tokens) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  prompt->tokens[0] = ARIO_MIDI_BOS;
  prompt->count = 1;
  return ARIO_OK;
}

// Shortens the longest note to what is usual in the prompt. Few notes do not tell.
static ario_status limit_notes(const ario_prompt *prompt, int64_t *max_note) {
  enum { ENOUGH = 200 };
  ario_note *notes;
  size_t count;
  int64_t usual;
  ario_status status = ario_midi_notes(prompt->tokens, prompt->count, &notes, &count);
  if (status) return status;
  status = ario_note_limit(notes, count, &usual);
  if (!status && count >= ENOUGH && usual < *max_note) *max_note = usual;
  free(notes);
  return status;
}

static ario_status make_grammar(const ario_passage_options *options, const ario_prompt *prompt,
                                ario_constraint *grammar) {
  ario_midi_grammar_options limits = {.max_silence = nearest_step(options->max_silence),
                                      .max_note = options->max_note / STEP,
                                      .until_end = options->until_end,
                                      .piano_keys = true};
  ario_status status = options->usual_notes ? limit_notes(prompt, &limits.max_note) : ARIO_OK;
  if (status) return status;
  *grammar = ario_midi_grammar(&limits);
  ario_constraint_feed(grammar, prompt->tokens, prompt->count);
  ario_midi_grammar_wait(grammar, prompt->wait);
  return ARIO_OK;
}

static void pass(ario_cursor *cursor, const ario_token *tokens, size_t count) {
  cursor->now += ario_midi_duration(tokens, count) * STEP;
  for (size_t i = 0; i < count; i++) {
    if (ario__is_velocity(tokens[i])) cursor->own[VELOCITY] = tokens[i] - ARIO_MIDI_VELOCITY;
    cursor->notes += ario__is_note_on(tokens[i]);
    cursor->ended = cursor->ended || tokens[i] == ARIO_MIDI_EOS;
  }
  // One step less than the newest: what ends with the last token may go on with the next. Before the first
  // note nothing is settled, because that note brings the settings of its channel.
  if (cursor->notes) cursor->settled = cursor->now - STEP;
}

static ario_status hear(const ario_song *song, const ario_passage_options *options, ario_passage *passage,
                        ario_error *error) {
  *passage = (ario_passage){.tokens = NULL};
  ario_prompt *prompt = calloc(1, sizeof *prompt);
  if (!prompt) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_constraint grammar;
  ario_status status = make_prompt(song, options, prompt, error);
  if (!status && (status = make_grammar(options, prompt, &grammar)))
    ario_fail(error, status, "%s", ario_strerror(status));
  if (status) {
    ario_prompt_free(prompt);
    free(prompt);
    return status;
  }
  *passage = (ario_passage){.tokens = prompt->tokens,
                            .count = prompt->count,
                            .notes = prompt->notes,
                            .begin = prompt->begin * STEP,
                            .line = song ? ario__song_line(song, prompt) : 0,
                            .grammar = grammar,
                            .own = prompt};
  passage->cursor.own[VELOCITY] = -1;
  pass(&passage->cursor, prompt->tokens, prompt->count);
  passage->cursor.now = (prompt->begin - prompt->wait) * STEP;
  passage->cursor.settled = passage->begin - STEP;
  passage->cursor.notes = 0;
  return ARIO_OK;
}

static void forget(ario_passage *passage) {
  if (passage->own) ario_prompt_free(passage->own);
  free(passage->own);
  *passage = (ario_passage){.tokens = NULL};
}

// ---- What does not go on ----

static bool is_piano(int program) {
  return program < ARIO_PROGRAM_FAMILY;
}

// One player goes on, with the instrument of most of the notes; all pianos are one.
static void leave_out(const ario_song *song, const ario_prompt_options *part, const ario_passage *passage,
                      ario_left_out *out) {
  const ario_prompt *prompt = passage->own;
  size_t count;
  int lead = 0;
  *out = (ario_left_out){.drums = 0};
  const ario_note *notes = ario_song_notes(song, &count);
  for (size_t i = 0; i < count; i++) {
    if (!ario__in_part(part, &notes[i])) continue;
    if (notes[i].channel == prompt->lead) lead = notes[i].program;
    out->notes[notes[i].program]++;
  }
  for (int p = 0; p < ARIO_PROGRAMS; p++)
    if (p == lead || (is_piano(p) && is_piano(lead))) out->notes[p] = 0;
  const ario_note *drums = ario_song_drums(song, &count);
  for (size_t i = 0; i < count; i++) out->drums += ario__in_part(part, &drums[i]);
  out->plays = is_piano(lead) ? "piano" : "one instrument";
}

static int64_t lasts(const ario_passage *passage, size_t count) {
  return ario_midi_duration(passage->tokens + passage->count - count, count) * STEP;
}

// ---- Time ----

static void times_of(const ario_song *song, const ario_passage *passage, const ario_token *tokens,
                     size_t count, int64_t *times) {
  int64_t now = passage->cursor.now - lasts(passage, passage->count);
  (void)song;
  for (size_t i = 0; i < passage->count + count; i++) {
    const ario_token *token = i < passage->count ? &passage->tokens[i] : &tokens[i - passage->count];
    times[i] = now += ario_midi_duration(token, 1) * STEP;
  }
}

static bool cut(const ario_cursor *cursor, int64_t until, ario_token *token) {
  int64_t left = until == INT64_MAX ? INT64_MAX : nearest_step(until - cursor->now);
  int64_t passed = ario_midi_duration(token, 1);
  if (passed > left) *token = ario__shift(left);
  return passed >= left || *token == ARIO_MIDI_EOS;
}

static size_t rest(const ario_cursor *cursor, int64_t until, ario_token *tokens, size_t room) {
  size_t count = 0;
  for (int64_t left = (until - cursor->now) / STEP, shift; left > 0 && count < room; left -= shift) {
    shift = ario__longest_shift(left);
    tokens[count++] = ario__shift(shift);
  }
  return count;
}

static int64_t align(const ario_cursor *cursor, int64_t microseconds) {
  (void)cursor;
  return (microseconds + STEP - 1) / STEP * STEP;
}

static void wait_until(ario_constraint *grammar, const ario_cursor *cursor, int64_t until) {
  ario_midi_grammar_wait(grammar, (align(cursor, until) - cursor->now) / STEP);
}

static size_t close_all(const ario_constraint *grammar, ario_token *tokens, size_t room) {
  ario_token all[ARIO_MIDI_CLOSE_MOST];
  size_t count = ario_midi_grammar_close(grammar, all);
  if (count > room) count = room;
  memcpy(tokens, all, count * sizeof *tokens);
  return count;
}

// ---- Files ----

// A new piece: what follows the beginning of nothing.
static ario_status write_piece(const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                               ario_error *error) {
  ario_token *piece = malloc((count + 1) * sizeof *piece);
  if (!piece) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  piece[0] = ARIO_MIDI_BOS;
  if (count) memcpy(piece + 1, tokens, count * sizeof *piece);
  ario_status status = ario_midi_write(piece, count + 1, bytes, size, error);
  free(piece);
  return status;
}

static ario_status splice(const ario_song *song, const ario_passage *passage, bool alone,
                          const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                          ario_error *error) {
  if (!song) return write_piece(tokens, count, bytes, size, error);
  return alone ? ario__song_continue_alone(song, passage->own, tokens, count, bytes, size, error)
               : ario_song_continue(song, passage->own, tokens, count, bytes, size, error);
}

// ---- While music is played ----

static void live_begin(void *state) {
  ario_midi_live_init(state);
}

static void live_event(void *state, int64_t microseconds, const uint8_t *bytes, size_t size,
                       ario_token_sink sink, void *context) {
  const ario_midi_event event = {
      .step = nearest_step(microseconds), .tick = microseconds, .bytes = bytes, .size = (uint32_t)size};
  ario_midi_live_event(state, &event, sink, context);
}

static void live_pass(void *state, int64_t microseconds, ario_token_sink sink, void *context) {
  ario_midi_live_pass(state, nearest_step(microseconds), sink, context);
}

static bool live_stands(const void *state, ario_cursor *cursor) {
  const ario_midi_live *live = state;
  if (live->begun) cursor->now = live->now * STEP;
  return live->begun;
}

static int64_t live_next(const void *state, int64_t microseconds) {
  const ario_midi_live *live = state;
  int64_t step = nearest_step(microseconds);
  return ((step > live->at ? step : live->at) + 1) * STEP;
}

static void onset_feed(void *state, const ario_token *tokens, size_t count) {
  bool *begun = state;
  for (size_t i = 0; i < count; i++) *begun = *begun || ario__is_note_on(tokens[i]);
}

static void onset_narrow(const void *state, bool *allowed, size_t vocab_size) {
  if (*(const bool *)state) return;
  for (size_t i = 0; i < vocab_size; i++)
    if (!ario__is_note_on((ario_token)i) && !ario__is_velocity((ario_token)i)) allowed[i] = false;
}

static ario_constraint onset(void) {
  static const ario_rule rule = {.name = "onset", .feed = onset_feed, .narrow = onset_narrow, .yields = true};
  return ario_constraint_make(&rule, &(bool){false}, sizeof(bool));
}

static size_t sound(const ario_cursor *cursor, ario_token token, ario_sounding *out, size_t room) {
  if (!room) return 0;
  if (ario__is_note_on(token)) {
    int64_t bin = cursor->own[VELOCITY];
    uint8_t velocity = bin < 0 ? ARIO__FIRST_VELOCITY : ario__velocity_of_bin((unsigned)bin);
    *out = (ario_sounding){cursor->now, 3, {0x90, (uint8_t)(token - ARIO_MIDI_NOTE_ON), velocity}};
    return 1;
  }
  if (!ario__is_note_off(token)) return 0;
  *out = (ario_sounding){cursor->now, 3, {0x80, (uint8_t)(token - ARIO_MIDI_NOTE_OFF), 0}};
  return 1;
}

static const ario_symbolic_live live = {.size = sizeof(ario_midi_live),
                                        .begin = live_begin,
                                        .event = live_event,
                                        .pass = live_pass,
                                        .stands = live_stands,
                                        .next = live_next,
                                        .onset = onset,
                                        .sound = sound};

const ario_symbolic ario__performance_symbolic = {.free_time = true,
                                                  .open = ario_song_open,
                                                  .hear = hear,
                                                  .forget = forget,
                                                  .leave_out = leave_out,
                                                  .lasts = lasts,
                                                  .times = times_of,
                                                  .pass = pass,
                                                  .cut = cut,
                                                  .rest = rest,
                                                  .align = align,
                                                  .wait = wait_until,
                                                  .steer = ario__performance_steer,
                                                  .close = close_all,
                                                  .splice = splice,
                                                  .notes = ario_midi_notes,
                                                  .live = &live,
                                                  .fill = &ario__performance_fill};
