// SPDX-License-Identifier: MIT
//
// The tokens of audio codes. A model of the codec "audio" describes them in its config.json:
//   "codec": {"name": "audio", "levels": 4, "codes": 1024, "hop": 480, "sample_rate": 24000,
//             "hash": "16 hexadecimal digits"}
//
// A piece is bos (1), then frames of `levels` tokens each, level 0 first, then eos (2). The token of a code
// is ARIO_CODES_FIRST + level * codes + code.
#ifndef ARIOSO_AUDIO_CODES_H
#define ARIOSO_AUDIO_CODES_H

#include "arioso/model.h"

#ifdef __cplusplus
extern "C" {
#endif

// A description of audio codes. All 0: the tokens are not audio codes.
typedef struct ario_codes {
  size_t levels;      // 1..32
  size_t codes;       // in a level, 2..65536
  size_t hop;         // samples in a frame
  size_t sample_rate; // Hz
  uint64_t hash;      // of the network that made the codes and can decode them (ario_audio_codec_codes)
} ario_codes;

enum { ARIO_CODES_BOS = 1, ARIO_CODES_EOS = 2, ARIO_CODES_FIRST = 3, ARIO_CODES_LEVELS = 32 };

// The vocabulary of these tokens.
ARIO_API size_t ario_codes_vocab_size(const ario_codes *codes);

// The first token of a level.
ARIO_API size_t ario_codes_first(const ario_codes *codes, size_t level);

// Reads the description from a model's configuration; all 0 if its codec is not "audio". Errors:
// ERR_FORMAT if a member of the codec's object is missing or impossible, or if the model's vocabulary
// is not that of the codes.
ARIO_API ARIO_NODISCARD ario_status ario_codes_of(const ario_config *model, ario_codes *codes,
                                                  ario_error *error);

// Writes the description into a model's configuration: sets its codec, codec_json and vocab_size.
ARIO_API void ario_codes_set(const ario_codes *codes, ario_config *model);

#ifdef __cplusplus
}
#endif

#endif
