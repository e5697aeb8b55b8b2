// SPDX-License-Identifier: MIT
//
// libFuzzer entry point: any bytes as a MIDI file (read, prompted, continued, written, read again) and as
// tokens (decoded, fed to the grammar). What comes out must be clean and come back; otherwise it aborts.
// With clang: libFuzzer; otherwise driver.c.
#include "arioso/band.h"
#include "arioso/codec.h"
#include "arioso/midi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                        \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

enum { DRAWN = 200, ROOM = 4096 };

static uint64_t mix(uint64_t *state) {
  uint64_t x = (*state += 0x9e3779b97f4a7c15u);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  return x ^ x >> 31;
}

// Draws tokens until nothing sounds, at least DRAWN of them; 0 if that takes too many.
static size_t draw(ario_constraint *grammar, uint64_t *state, ario_token *tokens) {
  bool allowed[ARIO_MIDI_VOCAB];
  for (size_t count = 0; count < ROOM; count++) {
    ario_constraint_allowed(grammar, ARIO_MIDI_VOCAB, allowed);
    if (count >= DRAWN && allowed[ARIO_MIDI_EOS]) return count;
    allowed[ARIO_MIDI_EOS] = false;
    ario_token choice = ARIO_MIDI_VOCAB, off = ARIO_MIDI_VOCAB, ends[ARIO_MIDI_CLOSE_MOST];
    bool after_velocity = count && tokens[count - 1] >= ARIO_MIDI_VELOCITY;
    bool sounds = !after_velocity && ario_midi_grammar_close(grammar, ends) > 0;
    for (unsigned t = 0, seen = 0; t < ARIO_MIDI_VOCAB; t++) {
      if (!allowed[t]) continue;
      if (t >= ARIO_MIDI_NOTE_OFF && t < ARIO_MIDI_SHIFT && off == ARIO_MIDI_VOCAB) off = (ario_token)t;
      // towards the end only time passes
      if (count >= DRAWN && sounds && (t < ARIO_MIDI_SHIFT || t >= ARIO_MIDI_VELOCITY)) continue;
      if (mix(state) % ++seen == 0) choice = (ario_token)t;
    }
    if (off != ARIO_MIDI_VOCAB && (count >= DRAWN || mix(state) % 3 == 0)) choice = off;
    CHECK(choice != ARIO_MIDI_VOCAB);
    tokens[count] = choice;
    ario_constraint_feed(grammar, &choice, 1);
  }
  return 0;
}

static void check_clean(const ario_song *song) {
  ario_channels channels;
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  if (ario_song_warning(song, 0)) fprintf(stderr, "%s\n", ario_song_warning(song, 0));
  CHECK(ario_song_describe(song).warnings == 0);
  ario_channels_init(&channels);
  for (size_t i = 0; i < count; i++)
    ario_channels_feed(&channels, events[i].port, events[i].tick, events[i].bytes, events[i].size, NULL,
                       NULL);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    CHECK(!channels.channels[c].pedal && channels.channels[c].control[66] < 64);
    for (unsigned p = 0; p < 128; p++)
      CHECK(!(channels.channels[c].keys[p] & (ARIO_KEY_SOUNDS | ARIO_KEY_DRUM)));
  }
}

static void check_same(const ario_song *song, const ario_prompt *prompt, const ario_token *tokens,
                       size_t count) {
  ario_prompt_options options = ario_prompt_options_default();
  ario_prompt again;
  ario_error error;
  ario_status status = ario_song_prompt(song, &options, &again, &error);
  if (status == ARIO_ERR_LIMIT) return;
  CHECK(!status);
  CHECK(again.count == prompt->count + count);
  CHECK(memcmp(again.tokens, prompt->tokens, prompt->count * sizeof *tokens) == 0);
  CHECK(memcmp(again.tokens + prompt->count, tokens, count * sizeof *tokens) == 0);
  ario_prompt_free(&again);
}

static void continue_part(const ario_song *song, const ario_prompt_options *options, uint64_t *state) {
  ario_prompt prompt;
  ario_error error;
  ario_token tokens[ROOM];
  if (ario_song_prompt(song, options, &prompt, &error)) return;
  ario_constraint grammar;
  grammar = ario_midi_grammar(&(ario_midi_grammar_options){300, 500, true});
  ario_constraint_feed(&grammar, prompt.tokens, prompt.count);
  ario_midi_grammar_wait(&grammar, prompt.wait);
  size_t count = draw(&grammar, state, tokens), size;
  bool whole = count && options->to == INT64_MAX && options->from == 0 && !options->tracks;
  uint8_t *bytes;
  ario_song *out;
  if (!ario_song_continue(song, &prompt, tokens, count, &bytes, &size, &error)) {
    CHECK(!ario_song_parse(bytes, size, &out, &error));
    check_clean(out);
    if (whole) check_same(out, &prompt, tokens, count);
    ario_song_free(out);
    free(bytes);
  }
  ario_prompt_free(&prompt);
}

static void try_song(const uint8_t *data, size_t size, uint64_t state) {
  ario_song *song;
  ario_error error;
  if (ario_song_parse(data, size, &song, &error)) {
    CHECK(!song && error.text[0]);
    return;
  }
  ario_song_info info = ario_song_describe(song);
  int64_t time;
  for (size_t bar = 0; bar < 4; bar++) (void)!ario_song_bar(song, bar * bar * bar, &time);
  (void)!ario_song_bar(song, (size_t)mix(&state), &time);
  unsigned track = 1 + (unsigned)(mix(&state) % info.tracks);
  ario_prompt_options options = ario_prompt_options_default();
  continue_part(song, &options, &state);
  if (info.microseconds > 0) options.to = (int64_t)(mix(&state) % (uint64_t)info.microseconds) + 1;
  continue_part(song, &options, &state);
  options.from = options.to / 2;
  options.tracks = &track;
  options.track_count = 1;
  continue_part(song, &options, &state);
  ario_song_free(song);
}

static void try_tokens(const uint8_t *data, size_t size) {
  ario_token tokens[ROOM];
  size_t count = size / 2 < ROOM ? size / 2 : ROOM, out_size, again_count;
  for (size_t i = 0; i < count; i++)
    tokens[i] = (ario_token)((data[2 * i] | data[2 * i + 1] << 8) % ARIO_MIDI_VOCAB);
  const ario_codec *codec = ario_codec_find("midi-performance");
  uint8_t *bytes;
  ario_token *again;
  ario_error error;
  if (!codec->decode(tokens, count, &(ario_config){0}, &bytes, &out_size, &error)) {
    CHECK(!codec->encode(bytes, out_size, &(ario_config){0}, &again, &again_count, &error));
    free(again);
    free(bytes);
  }
  ario_constraint grammar;
  bool allowed[ARIO_MIDI_VOCAB], any = false;
  grammar = ario_midi_grammar(&(ario_midi_grammar_options){10, 20, size % 2});
  ario_constraint_feed(&grammar, tokens, count);
  ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
  for (unsigned t = 0; t < ARIO_MIDI_VOCAB; t++) any |= allowed[t];
  CHECK(any || ario_constraint_ended(&grammar));
}

// What a file becomes as a band is canonical, and any tokens are a file.
static void try_band(const uint8_t *data, size_t size) {
  const ario_codec *codec = ario_codec_find("midi-band");
  ario_token *tokens, *again, any[ROOM];
  size_t count, again_count, out_size, any_count = size / 2 < ROOM ? size / 2 : ROOM;
  uint8_t *bytes;
  ario_error error;
  if (!codec->encode(data, size, &(ario_config){0}, &tokens, &count, &error)) {
    CHECK(!codec->decode(tokens, count, &(ario_config){0}, &bytes, &out_size, &error));
    CHECK(!codec->encode(bytes, out_size, &(ario_config){0}, &again, &again_count, &error));
    CHECK(again_count == count && memcmp(again, tokens, count * sizeof *tokens) == 0);
    free(again);
    free(bytes);
    free(tokens);
  }
  for (size_t i = 0; i < any_count; i++)
    any[i] = (ario_token)((data[2 * i] | data[2 * i + 1] << 8) % ARIO_BAND_VOCAB);
  if (!codec->decode(any, any_count, &(ario_config){0}, &bytes, &out_size, &error)) {
    CHECK(!codec->encode(bytes, out_size, &(ario_config){0}, &again, &again_count, &error));
    free(again);
    free(bytes);
  }
  bool allowed[ARIO_BAND_VOCAB], open = false;
  ario_band_grammar grammar;
  ario_band_grammar_init(&grammar,
                         &(ario_band_grammar_options){size % 2, size % 3, size % 5, {false}, {false}, 1});
  ario_band_grammar_feed(&grammar, any, any_count);
  ario_band_grammar_allowed(&grammar, allowed);
  for (unsigned t = 0; t < ARIO_BAND_VOCAB; t++) open |= allowed[t];
  CHECK(open || grammar.ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t state = size;
  for (size_t i = 0; i < size; i++) state = state * 31 + data[i];
  try_song(data, size, state);
  try_tokens(data, size);
  try_band(data, size);
  return 0;
}
