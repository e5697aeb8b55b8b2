// SPDX-License-Identifier: MIT
//
// The codec "midi-performance" in the table of codecs: whole files <-> tokens with bos and eos.
#include "codecs/midi/performance_codec.h"
#include "codecs/midi/performance_vocabulary.h"
#include "codecs/midi/song.h"

#include <stdio.h>
#include <stdlib.h>

// A song without notes gives bos and eos: an empty piece, not an error.
static ario_status encode_song(const ario_song *song, ario_token **tokens, size_t *count, ario_error *error) {
  ario_prompt prompt = {.tokens = NULL};
  size_t note_count;
  ario_song_notes(song, &note_count);
  if (note_count) {
    ario_prompt_options options = ario_prompt_options_default();
    ario_status status = ario_song_prompt(song, &options, &prompt, error);
    if (status) return status;
  }
  size_t used = note_count ? prompt.count : 1;
  ario_token *grown = realloc(prompt.tokens, (used + 1) * sizeof *grown);
  if (!grown) {
    ario_prompt_free(&prompt);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  grown[0] = ARIO_MIDI_BOS;
  grown[used] = ARIO_MIDI_EOS;
  *tokens = grown;
  *count = used + 1;
  return ARIO_OK;
}

static ario_status encode(const uint8_t *bytes, size_t size, const ario_config *model, ario_token **tokens,
                          size_t *count, ario_error *error) {
  (void)model;
  return ario__song_encode(bytes, size, encode_song, tokens, count, error);
}

static ario_status decode(const ario_token *tokens, size_t count, const ario_config *model, uint8_t **bytes,
                          size_t *size, ario_error *error) {
  (void)model;
  return ario_midi_write(tokens, count, bytes, size, error);
}

static void describe(ario_token token, const ario_config *model, char *text, size_t size) {
  (void)model;
  static const char *const special[] = {"pad", "bos", "eos"};
  if (token >= ARIO_MIDI_VOCAB)
    snprintf(text, size, "no token (%u)", token);
  else if (token >= ARIO_MIDI_VELOCITY)
    snprintf(text, size, "velocity %d", token - ARIO_MIDI_VELOCITY);
  else if (token >= ARIO_MIDI_SHIFT)
    snprintf(text, size, "shift %d", (int)ario__shift_steps(token));
  else if (token >= ARIO_MIDI_NOTE_OFF)
    snprintf(text, size, "off %d", token - ARIO_MIDI_NOTE_OFF);
  else if (token >= ARIO_MIDI_NOTE_ON)
    snprintf(text, size, "on %d", token - ARIO_MIDI_NOTE_ON);
  else
    snprintf(text, size, "%s", special[token]);
}

enum { KIND_WORD, KIND_PITCH, KIND_RELEASE, KIND_TIME, KIND_VELOCITY, KINDS };

static unsigned kind_of(ario_token token) {
  if (ario__is_note_on(token)) return KIND_PITCH;
  if (ario__is_note_off(token)) return KIND_RELEASE;
  if (ario__is_shift(token)) return KIND_TIME;
  return ario__is_velocity(token) ? KIND_VELOCITY : KIND_WORD;
}

// Which notes begin follows the sampler's temperature; what comes next and which notes end keep the model's shares. Over
// performances this gives 0.99 times the notes and 1.00 times the time that really follow (models/piano/README.md).
static const ario_kinds kinds = {.of = kind_of,
                                 .count = KINDS,
                                 .temperature = 1,
                                 .each = {[KIND_WORD] = {"word", 1},
                                          [KIND_PITCH] = {"pitch", 0},
                                          [KIND_RELEASE] = {"length", 1},
                                          [KIND_TIME] = {"time", 1.05},
                                          [KIND_VELOCITY] = {"velocity", 0.95}}};

const ario_codec ario__performance_codec = {.name = "midi-performance",
                                            .about = "MIDI files, as a pianist's performance",
                                            .medium = ARIO_MUSIC,
                                            .version = 2,
                                            .vocab_size = ARIO_MIDI_VOCAB,
                                            .suffix = ".mid",
                                            .encode = encode,
                                            .decode = decode,
                                            .describe = describe,
                                            .vary = ario_midi_vary,
                                            .symbolic = &ario__performance_symbolic,
                                            .kinds = &kinds,
                                            .temperature = 0.9};
