// SPDX-License-Identifier: MIT
//
// What must hold for every file and every draw: decode(encode) and encode(decode) are exact, the grammar
// allows exactly the canonical and never nothing, what is written encodes to prompt and continuation.
// ARIO_SEED=N draws otherwise; the seed is printed.
#include "support/midi.h"

static void encode_file(const uint8_t *bytes, size_t size, ario_token **tokens, size_t *count) {
  ario_error error = {{0}};
  const ario_codec *codec = ario_codec_find("midi-performance");
  assert_non_null(codec);
  if (codec->encode(bytes, size, &(ario_config){0}, tokens, count, &error)) fail_msg("%s", error.text);
}

// Decodes tokens to a file and encodes that: the same tokens.
static void assert_canonical(const char *what, const ario_token *tokens, size_t count) {
  uint8_t *bytes;
  size_t size, again_count;
  ario_token *again;
  ario_error error = {{0}};
  if (ario_midi_write(tokens, count, &bytes, &size, &error)) fail_msg("%s", error.text);
  encode_file(bytes, size, &again, &again_count);
  assert_tokens(what, again, again_count, tokens, count);
  free(bytes);
  free(again);
}

static void every_file_round_trips(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 27);
  for (size_t i = 0; i < files.count; i++) {
    size_t size, count;
    ario_token *tokens;
    uint8_t *bytes = read_bytes(files.paths[i], &size);
    encode_file(bytes, size, &tokens, &count);
    assert_canonical(files.paths[i], tokens, count);
    free(bytes);
    free(tokens);
  }
  free_files(&files);
}

static ario_midi_grammar_options random_limits(chance *c, size_t most) {
  return (ario_midi_grammar_options){.max_silence = 1 + (int64_t)draw_below(c, most),
                                     .max_note = 1 + (int64_t)draw_below(c, most)};
}

// With piano_keys no pitch off the keyboard begins, but those of the prompt; and there is always a token.
static void grammar_keeps_to_the_keys(void **state) {
  (void)state;
  enum { LONGEST = 3000, FAR_DOWN = 5 };
  static const ario_token prompt[] = {ARIO_MIDI_BOS, ARIO_MIDI_VELOCITY + 20, ARIO_MIDI_NOTE_ON + FAR_DOWN,
                                      ARIO_MIDI_SHIFT + 9, ARIO_MIDI_NOTE_OFF + FAR_DOWN};
  ario_token tokens[LONGEST];
  bool again = false;
  for (uint64_t seed = first_seed(), last = seed + 100; seed < last; seed++) {
    chance c = {seed};
    ario_constraint grammar;
    ario_midi_grammar_options options = random_limits(&c, 700);
    options.until_end = true;
    options.piano_keys = true;
    grammar = ario_midi_grammar(&options);
    ario_constraint_feed(&grammar, prompt, sizeof prompt / sizeof *prompt);
    size_t count = draw_tokens(&c, &grammar, 800, tokens, LONGEST);
    for (size_t i = 0; i < count; i++) {
      if (tokens[i] < ARIO_MIDI_NOTE_ON || tokens[i] >= ARIO_MIDI_NOTE_OFF) continue;
      int pitch = tokens[i] - ARIO_MIDI_NOTE_ON;
      again |= pitch == FAR_DOWN;
      if (pitch != FAR_DOWN && (pitch < 21 || pitch > 108)) fail_msg("seed %d: pitch %d", (int)seed, pitch);
    }
  }
  assert_true(again);
}

// What the grammar draws is canonical, from nothing.
static void grammar_draws_canonical(void **state) {
  (void)state;
  enum { LONGEST = 3000 };
  ario_token tokens[LONGEST] = {ARIO_MIDI_BOS};
  for (uint64_t seed = first_seed(), last = seed + 300; seed < last; seed++) {
    chance c = {seed};
    ario_constraint grammar;
    ario_midi_grammar_options options = random_limits(&c, 700);
    options.until_end = true;
    options.until_end = true;
    grammar = ario_midi_grammar(&options);
    ario_constraint_feed(&grammar, tokens, 1);
    size_t count = 1 + draw_tokens(&c, &grammar, draw_below(&c, 800), tokens + 1, LONGEST - 2);
    tokens[count++] = ARIO_MIDI_EOS;
    char what[64];
    snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
    assert_canonical(what, tokens, count);
  }
}

// Is the sequence canonical? What sounds at its end is ended in the next step.
static bool is_canonical(const ario_token *tokens, size_t count) {
  ario_token copy[256], *again;
  bool sounding[128] = {false}, any = false;
  memcpy(copy, tokens, count * sizeof *tokens);
  for (size_t i = 0; i < count; i++) {
    if (tokens[i] >= ARIO_MIDI_NOTE_ON && tokens[i] < ARIO_MIDI_NOTE_OFF) sounding[tokens[i] - 3] = true;
    if (tokens[i] >= ARIO_MIDI_NOTE_OFF && tokens[i] < ARIO_MIDI_SHIFT) sounding[tokens[i] - 131] = false;
  }
  for (unsigned p = 0; p < 128; p++) any |= sounding[p];
  ario_token last = tokens[count - 1];
  bool shifted = last >= ARIO_MIDI_SHIFT && last < ARIO_MIDI_VELOCITY;
  if (last >= ARIO_MIDI_VELOCITY) return false;
  if (any && !(shifted && last < ARIO_MIDI_SHIFT + 99)) copy[count++] = ARIO_MIDI_SHIFT;
  if (!any && shifted) copy[count++] = ARIO_MIDI_VELOCITY + 31; // the next note, and its end
  if (!any && shifted) copy[count++] = ARIO_MIDI_NOTE_ON;
  if (!any && shifted) copy[count++] = ARIO_MIDI_SHIFT;
  if (!any && shifted) copy[count++] = ARIO_MIDI_NOTE_OFF;
  for (unsigned p = 0; p < 128; p++)
    if (sounding[p]) copy[count++] = (ario_token)(ARIO_MIDI_NOTE_OFF + p);
  copy[count++] = ARIO_MIDI_EOS;
  uint8_t *bytes;
  size_t size, again_count;
  ario_error error = {{0}};
  if (ario_midi_write(copy, count, &bytes, &size, &error)) fail_msg("%s", error.text);
  encode_file(bytes, size, &again, &again_count);
  bool same = again_count == count && memcmp(again, copy, count * sizeof *copy) == 0;
  free(bytes);
  free(again);
  return same;
}

// After random beginnings, the allowed tokens are just those that keep the sequence canonical.
static void grammar_allows_exactly_the_canonical(void **state) {
  (void)state;
  enum { BEFORE = 24 };
  for (uint64_t seed = first_seed(), last = seed + 40; seed < last; seed++) {
    chance c = {seed};
    ario_token tokens[BEFORE + 2] = {ARIO_MIDI_BOS};
    bool allowed[ARIO_MIDI_VOCAB];
    ario_constraint grammar;
    grammar = ario_midi_grammar(&(ario_midi_grammar_options){1000000, INT64_MAX, false});
    size_t count = 1, wanted = 2 + draw_below(&c, BEFORE - 1);
    bool loud = false; // there is a velocity
    for (; count < wanted; count++) {
      ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
      // few pitches, so that they meet
      if (!count || tokens[count - 1] < ARIO_MIDI_VELOCITY)
        memset(allowed + ARIO_MIDI_NOTE_ON + 3, 0, 125 * sizeof *allowed);
      tokens[count] = draw_token(&c, allowed);
      loud = loud || tokens[count] >= ARIO_MIDI_VELOCITY;
      ario_constraint_feed(&grammar, &tokens[count], 1);
    }
    ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
    for (unsigned t = 0; t < ARIO_MIDI_VELOCITY; t++) { // a velocity's fate depends on what follows it
      if (!loud) continue;
      tokens[count] = (ario_token)t;
      bool canonical = t > ARIO_MIDI_EOS && is_canonical(tokens, count + 1);
      if (canonical != allowed[t])
        fail_msg("seed %llu: token %u after %zu others: canonical %d, allowed %d", (unsigned long long)seed,
                 t, count, canonical, allowed[t]);
    }
  }
}

typedef ario_token (*chooser)(const bool *allowed);

static ario_token first_allowed(const bool *allowed) {
  for (unsigned t = 0; t < ARIO_MIDI_VOCAB; t++)
    if (allowed[t]) return (ario_token)t;
  return ARIO_MIDI_VOCAB;
}

static ario_token last_allowed(const bool *allowed) {
  for (unsigned t = ARIO_MIDI_VOCAB; t-- > 0;)
    if (allowed[t]) return (ario_token)t;
  return ARIO_MIDI_VOCAB;
}

static ario_token highest_note(const bool *allowed) {
  for (unsigned t = ARIO_MIDI_NOTE_OFF; t-- > ARIO_MIDI_NOTE_ON;)
    if (allowed[t]) return (ario_token)t;
  return last_allowed(allowed);
}

static ario_token longest_shift(const bool *allowed) {
  for (unsigned t = ARIO_MIDI_VELOCITY; t-- > ARIO_MIDI_SHIFT;)
    if (allowed[t]) return (ario_token)t;
  return first_allowed(allowed);
}

static ario_token shortest_shift(const bool *allowed) {
  for (unsigned t = ARIO_MIDI_SHIFT; t < ARIO_MIDI_VELOCITY; t++)
    if (allowed[t]) return (ario_token)t;
  return last_allowed(allowed);
}

// Whoever chooses, and whatever was fed before, there is always a token.
static void grammar_has_no_dead_end(void **state) {
  (void)state;
  static const chooser choosers[] = {first_allowed, last_allowed, highest_note, longest_shift,
                                     shortest_shift};
  for (size_t i = 0; i < 200; i++) {
    chance c = {first_seed() + i};
    ario_constraint grammar;
    bool allowed[ARIO_MIDI_VOCAB];
    ario_midi_grammar_options options = random_limits(&c, 300);
    options.until_end = i % 3 == 0;
    grammar = ario_midi_grammar(&options);
    for (size_t k = draw_below(&c, 60); i >= COUNT_OF(choosers) && k > 0; k--) {
      ario_token wild = (ario_token)(3 + draw_below(&c, ARIO_MIDI_VOCAB - 3)); // not canonical
      if (k % 4 == 0) wild = (ario_token)(ARIO_MIDI_NOTE_ON + 127);
      if (k % 4 == 1) wild = (ario_token)(ARIO_MIDI_NOTE_OFF + 127);
      ario_constraint_feed(&grammar, &wild, 1);
    }
    if (i % 5 == 4) ario_midi_grammar_wait(&grammar, (int64_t)draw_below(&c, 1000));
    for (size_t k = 0; k < 3000 && !ario_constraint_ended(&grammar); k++) {
      ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
      ario_token token = k % 7 == 6 ? choosers[draw_below(&c, 5)](allowed) : choosers[i % 5](allowed);
      if (token == ARIO_MIDI_VOCAB)
        fail_msg("seed %llu: nothing allowed after %zu tokens", (unsigned long long)(first_seed() + i), k);
      ario_constraint_feed(&grammar, &token, 1);
    }
  }
}

// No silence and no note is longer than its limit, however long the tokens are drawn out.
static void lengths_have_their_limits(void **state) {
  (void)state;
  for (int64_t limit = 1; limit < 500; limit += 83) {
    chance c = {first_seed()};
    ario_constraint grammar;
    bool allowed[ARIO_MIDI_VOCAB];
    ario_token tokens[5000];
    int64_t silence = 0, max_note = 1 + limit * 7 % 400, longest = 0;
    grammar = ario_midi_grammar(&(ario_midi_grammar_options){limit, max_note, false});
    for (size_t k = 0; k < COUNT_OF(tokens); k++) {
      ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
      tokens[k] = draw_below(&c, 3) ? longest_shift(allowed) : draw_token(&c, allowed);
      if (sounding(&grammar) == 0) silence += ario_midi_duration(&tokens[k], 1);
      if (sounding(&grammar) > 0) silence = 0;
      if (silence > limit)
        fail_msg("%lld steps of silence, limit %lld", (long long)silence, (long long)limit);
      ario_constraint_feed(&grammar, &tokens[k], 1);
    }
    ario_note *notes;
    size_t count;
    assert_ok(ario_midi_notes(tokens, COUNT_OF(tokens), &notes, &count));
    for (size_t i = 0; i < count; i++)
      if (notes[i].end - notes[i].start > longest) longest = notes[i].end - notes[i].start;
    assert_true(count > 100);
    assert_int_equal(longest, max_note); // reached, as every shift is drawn out
    free(notes);
  }
}

// Is a pedal down before `cut`?
static bool pedal_at(const ario_song *song, int64_t cut) {
  ario_channels channels;
  bool any = false;
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  ario_channels_init(&channels);
  for (size_t i = 0; i < count && events[i].microseconds < cut; i++)
    ario_channels_feed(&channels, events[i].port, events[i].tick, events[i].bytes, events[i].size, NULL,
                       NULL);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++)
    any = any || channels.channels[c].pedal || channels.channels[c].control[66] >= 64;
  return any;
}

// Continues by chance, writes, reads, encodes.
static void check_continuation(const char *what, const ario_song *song, int64_t cut, uint64_t seed) {
  enum { ROOM = 20000 };
  chance c = {seed};
  ario_prompt prompt = make_prompt(song, 0, cut);
  ario_token *tokens = malloc((prompt.count + ROOM) * sizeof *tokens);
  assert_non_null(tokens);
  ario_constraint grammar;
  grammar = ario_midi_grammar(&(ario_midi_grammar_options){500, 1 + (int64_t)draw_below(&c, 2000), true});
  ario_constraint_feed(&grammar, prompt.tokens, prompt.count);
  ario_midi_grammar_wait(&grammar, prompt.wait);
  memcpy(tokens, prompt.tokens, prompt.count * sizeof *tokens);
  size_t count = draw_tokens(&c, &grammar, draw_below(&c, 200), tokens + prompt.count, ROOM - 1);
  ario_song *out = continue_song(song, &prompt, tokens + prompt.count, count);
  assert_nothing_stuck(what, out);
  if (!pedal_at(song, cut) || cut == INT64_MAX) {
    ario_prompt again = make_prompt(out, 0, INT64_MAX);
    assert_tokens(what, again.tokens, again.count, tokens, prompt.count + count);
    ario_prompt_free(&again);
  }
  ario_song_free(out);
  ario_prompt_free(&prompt);
  free(tokens);
}

static void continuations_come_back(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 27);
  for (size_t i = 0; i < files.count; i++) {
    ario_song *song = open_song(files.paths[i]);
    ario_song_info info = ario_song_describe(song);
    if (info.notes) {
      chance c = {first_seed() + i};
      size_t count;
      int64_t first = ario_song_notes(song, &count)->start * 10000 + 6000;
      check_continuation(files.paths[i], song, INT64_MAX, draw(&c));
      for (unsigned k = 0; k < 40; k++) {
        int64_t cut = first + (int64_t)draw_below(&c, (size_t)info.microseconds + 1000000);
        if (k % 4 == 0) { // at an event, where notes end or begin
          size_t event_count;
          const ario_midi_event *events = ario_song_events(song, &event_count);
          int64_t time = events[draw_below(&c, event_count)].microseconds;
          if (time > first) cut = time;
        }
        char what[512];
        snprintf(what, sizeof what, "%s cut at %lld us", files.paths[i], (long long)cut);
        check_continuation(what, song, cut, draw(&c));
      }
    }
    ario_song_free(song);
  }
  free_files(&files);
}

int main(void) {
  printf("ARIO_SEED=%llu\n", (unsigned long long)first_seed());
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_file_round_trips),  cmocka_unit_test(grammar_keeps_to_the_keys),
      cmocka_unit_test(grammar_draws_canonical), cmocka_unit_test(grammar_allows_exactly_the_canonical),
      cmocka_unit_test(grammar_has_no_dead_end), cmocka_unit_test(lengths_have_their_limits),
      cmocka_unit_test(continuations_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
