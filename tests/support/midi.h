// SPDX-License-Identifier: MIT
//
// What the MIDI tests share: the files of tests/midi, random continuations, a look for stuck notes.
#ifndef ARIO_TESTS_MIDI_H
#define ARIO_TESTS_MIDI_H

#include "support/test.h"

#include "arioso/codec.h"
#include "arioso/file.h"
#include "arioso/midi.h"
#include "arioso/tokens.h"

#include <glob.h>

#define MIDI_FOLDER ARIO_TESTS "/midi/"

// By how much limits on time are widened: sanitizers slow everything down.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ARIO_TEST_SLOWNESS 6
#else
#define ARIO_TEST_SLOWNESS 1
#endif

typedef struct midi_files {
  glob_t found;
  size_t count;
  char **paths;
} midi_files;

// The files that match, for example "*.mid"; there must be at least `least`.
static inline midi_files find_files(const char *pattern, size_t least) {
  midi_files files = {.count = 0};
  char path[512];
  snprintf(path, sizeof path, "%s%s", MIDI_FOLDER, pattern);
  if (glob(path, 0, NULL, &files.found) == 0) files.count = files.found.gl_pathc;
  files.paths = files.found.gl_pathv;
  if (files.count < least) fail_msg("%s: %zu files, expected %zu", path, files.count, least);
  return files;
}

static inline void free_files(midi_files *files) {
  globfree(&files->found);
}

// The first seed of what is random; ARIO_SEED sets another.
static inline uint64_t first_seed(void) {
  const char *text = getenv("ARIO_SEED");
  return text ? strtoull(text, NULL, 10) : 1;
}

// A whole file [*size]; the caller frees it.
static inline uint8_t *read_bytes(const char *path, size_t *size) {
  uint8_t *bytes;
  ario_error error = {{0}};
  if (ario_file_read(path, 1 << 28, &bytes, size, &error)) fail_msg("%s", error.text);
  return bytes;
}

static inline ario_song *open_song(const char *path) {
  ario_song *song;
  ario_error error = {{0}};
  if (ario_song_open(path, &song, &error)) fail_msg("%s", error.text);
  return song;
}

// A file of tests/midi by its name.
static inline ario_song *named_song(const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s%s.mid", MIDI_FOLDER, name);
  return open_song(path);
}

static inline ario_song *parse_song(const uint8_t *bytes, size_t size) {
  ario_song *song;
  ario_error error = {{0}};
  if (ario_song_parse(bytes, size, &song, &error)) fail_msg("%s", error.text);
  return song;
}

static inline ario_prompt make_prompt(const ario_song *song, int64_t from, int64_t to) {
  ario_prompt prompt;
  ario_prompt_options options = ario_prompt_options_default();
  options.from = from;
  options.to = to;
  ario_error error = {{0}};
  if (ario_song_prompt(song, &options, &prompt, &error)) fail_msg("%s", error.text);
  return prompt;
}

static inline ario_song *continue_song(const ario_song *song, const ario_prompt *prompt,
                                       const ario_token *tokens, size_t count) {
  uint8_t *bytes;
  size_t size;
  ario_error error = {{0}};
  if (ario_song_continue(song, prompt, tokens, count, &bytes, &size, &error)) fail_msg("%s", error.text);
  ario_song *out = parse_song(bytes, size);
  free(bytes);
  if (ario_song_warning(out, 0)) fail_msg("what was written: %s", ario_song_warning(out, 0));
  return out;
}

static inline void assert_tokens(const char *what, const ario_token *got, size_t got_count,
                                 const ario_token *want, size_t want_count) {
  for (size_t i = 0; i < got_count && i < want_count; i++)
    if (got[i] != want[i]) fail_msg("%s: token %zu is %u, expected %u", what, i, got[i], want[i]);
  if (got_count != want_count) fail_msg("%s: %zu tokens, expected %zu", what, got_count, want_count);
}

// ---- Chance, the same on every machine ----

typedef struct chance {
  uint64_t state;
} chance;

static inline uint64_t draw(chance *c) {
  uint64_t x = (c->state += 0x9e3779b97f4a7c15u);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static inline size_t draw_below(chance *c, size_t limit) {
  return (size_t)(draw(c) % limit);
}

// One allowed token: a kind first, so that the many shifts do not outweigh the rest.
static inline ario_token draw_token(chance *c, const bool *allowed) {
  static const unsigned begins[] = {
      0, ARIO_MIDI_NOTE_ON, ARIO_MIDI_NOTE_OFF, ARIO_MIDI_SHIFT, ARIO_MIDI_VELOCITY, ARIO_MIDI_VOCAB};
  for (unsigned tries = 0;; tries++) {
    if (tries == 1000) fail_msg("no token is allowed");
    size_t kind = draw_below(c, 5), count = 0;
    ario_token choice = 0;
    for (unsigned t = begins[kind]; t < begins[kind + 1]; t++)
      if (allowed[t] && draw_below(c, ++count) == 0) choice = (ario_token)t;
    if (count) return choice;
  }
}

// How many notes sound where a grammar stands.
static inline size_t sounding(const ario_constraint *grammar) {
  ario_token ends[ARIO_MIDI_CLOSE_MOST];
  size_t count = ario_midi_grammar_close(grammar, ends), notes = 0;
  for (size_t i = 0; i < count; i++) notes += ends[i] >= ARIO_MIDI_NOTE_OFF && ends[i] < ARIO_MIDI_SHIFT;
  return notes;
}

// Draws at least `count` tokens after `grammar` (made with until_end), and as many more as it takes until nothing
// sounds and a piece could end. Returns how many; `room` must be enough (checked).
static inline size_t draw_tokens(chance *c, ario_constraint *grammar, size_t count, ario_token *tokens,
                                 size_t room) {
  size_t used = 0;
  bool allowed[ARIO_MIDI_VOCAB];
  for (;;) {
    ario_constraint_allowed(grammar, ARIO_MIDI_VOCAB, allowed);
    if (used >= count && allowed[ARIO_MIDI_EOS]) return used;
    allowed[ARIO_MIDI_EOS] = false;
    bool ending = false; // towards the end: note-offs, and shifts between them
    for (unsigned p = 0; p < 128; p++) ending |= used >= count && allowed[ARIO_MIDI_NOTE_OFF + p];
    if (ending) memset(allowed, 0, ARIO_MIDI_NOTE_OFF * sizeof *allowed);
    if (ending) memset(allowed + ARIO_MIDI_SHIFT, 0, (ARIO_MIDI_VOCAB - ARIO_MIDI_SHIFT) * sizeof *allowed);
    bool shift = false;
    for (unsigned i = 0; i < 100; i++) shift |= used >= count && allowed[ARIO_MIDI_SHIFT + i];
    if (!ending && shift && sounding(grammar)) {
      memset(allowed, 0, ARIO_MIDI_SHIFT * sizeof *allowed);
      memset(allowed + ARIO_MIDI_VELOCITY, 0, 32 * sizeof *allowed);
    }
    if (used == room) fail_msg("no end after %zu tokens", room);
    tokens[used] = draw_token(c, allowed);
    ario_constraint_feed(grammar, &tokens[used++], 1);
  }
}

// ---- Stuck notes ----

// Every note must have its end and every pedal must be up when the song ends.
static inline void assert_nothing_stuck(const char *what, const ario_song *song) {
  ario_channels channels;
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  ario_channels_init(&channels);
  for (size_t i = 0; i < count; i++)
    ario_channels_feed(&channels, events[i].port, events[i].tick, events[i].bytes, events[i].size, NULL,
                       NULL);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    const ario_channel *channel = &channels.channels[c];
    if (channel->pedal || channel->control[66] >= 64)
      fail_msg("%s: a pedal of channel %u stays down", what, c + 1);
    for (unsigned p = 0; p < 128; p++)
      if (channel->keys[p] & (ARIO_KEY_SOUNDS | ARIO_KEY_DRUM))
        fail_msg("%s: pitch %u of channel %u stays on", what, p, c + 1);
  }
}

#endif
