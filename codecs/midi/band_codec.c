// SPDX-License-Identifier: MIT
//
// The codec "midi-band" in the table of codecs: whole files <-> tokens with bos and eos.
#include "codecs/midi/band_codec.h"
#include "codecs/midi/band_music.h"
#include "codecs/midi/band_vocabulary.h"
#include "codecs/midi/song.h"

#include <stdio.h>
#include <stdlib.h>

// ---- A song -> tokens ----

// Room for any band: bos, eos, and of each bar and event what it takes at most.
static bool take_room(const ario__band *band, ario__band_out *out) {
  enum { OF_BAR = 3, OF_EVENT = 8 };
  if (band->bar_count > SIZE_MAX / 64 || band->event_count > SIZE_MAX / 64) return false;
  out->room = 2 + OF_BAR * band->bar_count + OF_EVENT * band->event_count;
  out->tokens = malloc(out->room * sizeof *out->tokens);
  return out->tokens;
}

static void put_band(const ario__band *band, const size_t *begins, ario__band_out *out) {
  ario__band_out_forget(out);
  ario__band_put(out, ARIO_BAND_BOS);
  for (size_t bar = 0; bar < band->bar_count; bar++) ario__band_put_bar(out, band, begins, bar, NULL);
  ario__band_put(out, ARIO_BAND_EOS);
}

ario_status ario_band_encode(const ario_song *song, ario_token **tokens, size_t *count, ario_error *error) {
  *tokens = NULL;
  *count = 0;
  ario__band band;
  ario__band_out out = {.tokens = NULL};
  size_t *begins = NULL;
  ario_status status = ario__band_of_song(song, NULL, &band, error);
  if (!status && (!(begins = ario__band_index(&band)) || !take_room(&band, &out)))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status) {
    put_band(&band, begins, &out);
    *tokens = out.tokens;
    *count = out.used;
  }
  free(begins);
  ario__band_free(&band);
  return status;
}

// ---- The codec ----

static ario_status encode(const uint8_t *bytes, size_t size, const ario_config *model, ario_token **tokens,
                          size_t *count, ario_error *error) {
  (void)model;
  return ario__song_encode(bytes, size, ario_band_encode, tokens, count, error);
}

static ario_status decode(const ario_token *tokens, size_t count, const ario_config *model, uint8_t **bytes,
                          size_t *size, ario_error *error) {
  (void)model;
  return ario_band_write(tokens, count, bytes, size, error);
}

static void describe(ario_token token, const ario_config *model, char *text, size_t size) {
  (void)model;
  static const char *const words[] = {"pad",   "bos",    "eos",     "bar", "write",
                                      "after", "before", "between", "free"};
  static const char *const kinds[] = {"",      "density", "bars",  "beats", "unit",     "tempo",
                                      "shift", "program", "pitch", "drum",  "velocity", "length"};
  const ario__band_word word = ario__band_word_of(token);
  unsigned value = (unsigned)word.value;
  if (word.kind == ARIO__KIND_NONE)
    snprintf(text, size, "no token (%u)", token);
  else if (word.kind == ARIO__KIND_WORD)
    snprintf(text, size, "%s", words[value]);
  else if (word.kind == ARIO__KIND_UNIT)
    snprintf(text, size, "unit 1/%u", 1u << value);
  else if (word.kind == ARIO__KIND_LENGTH)
    snprintf(text, size, "length %u", ario_band_length(value));
  else if (token == ARIO_BAND_INSTRUMENT + ARIO_BAND_DRUMS)
    snprintf(text, size, "drums");
  else
    snprintf(text, size, "%s %u", kinds[word.kind],
             value + (word.kind == ARIO__KIND_BEATS || word.kind == ARIO__KIND_SHIFT));
}

static unsigned kind_of(ario_token token) {
  return ario__band_word_of(token).kind;
}

// What is played follows the sampler's temperature; when, how long and what stands in the head keep the model's shares.
static const ario_kinds kinds = {.of = kind_of,
                                 .count = ARIO__KIND_NONE,
                                 .temperature = 1,
                                 .each = {[ARIO__KIND_WORD] = {"word", 1},
                                          [ARIO__KIND_DENSITY] = {"density", 1},
                                          [ARIO__KIND_BARS] = {"bars", 1},
                                          [ARIO__KIND_BEATS] = {"beats", 1},
                                          [ARIO__KIND_UNIT] = {"unit", 1},
                                          [ARIO__KIND_TEMPO] = {"tempo", 1},
                                          [ARIO__KIND_SHIFT] = {"time", 1},
                                          [ARIO__KIND_INSTRUMENT] = {"instrument", 0},
                                          [ARIO__KIND_PITCH] = {"pitch", 0},
                                          [ARIO__KIND_DRUM] = {"drum", 0},
                                          [ARIO__KIND_VELOCITY] = {"velocity", 0},
                                          [ARIO__KIND_LENGTH] = {"length", 1}}};

const ario_codec ario__band_codec = {.name = "midi-band",
                                     .about = "MIDI files of many instruments, in bars and beats",
                                     .medium = ARIO_MUSIC,
                                     .version = 1,
                                     .vocab_size = ARIO_BAND_VOCAB,
                                     .suffix = ".mid",
                                     .encode = encode,
                                     .decode = decode,
                                     .describe = describe,
                                     .vary = ario_band_vary,
                                     .symbolic = &ario__band_symbolic,
                                     .kinds = &kinds};
