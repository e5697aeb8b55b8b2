// SPDX-License-Identifier: MIT
//
// A codec turns files of some kind into tokens, and tokens into files. This table is for programs that treat
// all kinds alike (tokens, eval); codecs of music also have the table in arioso/symbolic.h. The codecs are
//
//   "midi-performance"   MIDI files (arioso/midi.h)
//   "midi-band"          MIDI files of many instruments (arioso/band.h)
//   "audio"              files of audio codes (arioso/audio_file.h)
//   "raw"                bytes, or token files of any vocabulary (arioso/raw.h)
//
// To add one: write a file in a folder of codecs/ with a `const ario_codec`, for music also with a `const
// ario_symbolic` (arioso/symbolic.h), add it to the list in codecs/codec_list.c, and put its rules and their
// source into a header of its own.
#ifndef ARIOSO_CODEC_H
#define ARIOSO_CODEC_H

#include "arioso/corpus.h"
#include "arioso/sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

// A variation of a piece; {0, 1} changes nothing.
typedef struct ario_variation {
  int semitones; // added to all pitches
  double tempo;  // factor on all durations, above 1 is slower; limited to 0.1..10
  uint64_t seed; // of what else the codec varies (its header says what); 0: nothing else
  // With a seed:
  size_t before, after; // tokens of the piece before and after the run, in the same memory
  size_t most;          // a variation that begins as a piece does is no longer than this; 0: no limit
  bool *given; // [room], all false, or NULL: set for tokens that were written and are not to be predicted
} ario_variation;

// The medium of a codec's files, for programs that treat music, sound and other data each in its own way.
typedef enum ario_medium { ARIO_MUSIC, ARIO_SOUND, ARIO_RAW } ario_medium;

typedef struct ario_symbolic ario_symbolic; // arioso/symbolic.h

// A codec: what it is called, and what it can do. Any thread may call its functions.
typedef struct ario_codec {
  const char *name;  // as in config.json, "codec": {"name": ...}
  const char *about; // what it reads, in a few words for users: "MIDI files"
  ario_medium medium;
  unsigned version;   // of the rules of encoding; it changes when a file would give other tokens, so that
                      // tokens made by older rules can be refused
  size_t vocab_size;  // V of every model of this codec; 0: each model states its own
  const char *suffix; // of the files that `decode` makes, for example ".mid"; "": any

  // A whole file's bytes -> tokens [*count], all below V; the caller frees them with free(). Here and
  // below `model` is the configuration of the model that the tokens are for: "raw" uses its
  // vocab_size, "audio" its codec_json.
  ario_status (*encode)(const uint8_t *bytes, size_t size, const ario_config *model, ario_token **tokens,
                        size_t *count, ario_error *error);

  // Tokens [count] -> a new file's bytes [*size]; the caller frees them with free(). Errors: ERR_ARGUMENT for
  // a token outside the vocabulary, and the codec's own.
  ario_status (*decode)(const ario_token *tokens, size_t count, const ario_config *model, uint8_t **bytes,
                        size_t *size, ario_error *error);

  // Writes a token in words ("velocity 16") to text [size], cut to fit, with a final 0.
  void (*describe)(ario_token token, const ario_config *model, char *text, size_t size);

  // Writes to out [room] a variation of a run of tokens, for training: the same music at another pitch and
  // tempo. Returns how many tokens it wrote; if `room` is too small, the first `room` of the variation. NULL
  // if the codec knows no variations.
  size_t (*vary)(const ario_token *tokens, size_t count, const ario_variation *variation, ario_token *out,
                 size_t room);

  // What a token cache records of its tokens besides the codec's name and version (arioso/corpus.h).
  // `identify` writes it. `recognize` returns ERR_FORMAT, with the difference in words, if it does not fit
  // the model. Both are NULL if name and version are enough.
  ario_status (*identify)(const ario_config *model, uint8_t identity[ARIO_IDENTITY_BYTES], ario_error *error);
  ario_status (*recognize)(const uint8_t identity[ARIO_IDENTITY_BYTES], const ario_config *model,
                           ario_error *error);

  const ario_symbolic *symbolic; // for music; otherwise NULL

  // The kinds of its tokens for a sampler, each with the temperature that it is drawn at unless the user says
  // otherwise; NULL: all tokens are drawn alike. Audio codes have none: their levels take turns, so that only one
  // is there to draw from, and which level a token is of depends on the model's codec.
  const ario_kinds *kinds;
  double temperature; // that a sampler's should be unless the user says otherwise; 0: it has none of its own
} ario_codec;

// The codec of this name, or NULL. The object is static. Any thread.
ARIO_API const ario_codec *ario_codec_find(const char *name);

// Codec `index`, from 0, of all there are; NULL past the last. The object is static. Any thread.
ARIO_API const ario_codec *ario_codec_at(size_t index);

// The codec that is used for a medium if nothing names another one. The object is static. Any thread.
ARIO_API const ario_codec *ario_codec_standard(ario_medium medium);

#ifdef __cplusplus
}
#endif

#endif
