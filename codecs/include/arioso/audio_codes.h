// SPDX-License-Identifier: MIT
//
// Tokens that are codes of sound: what a model of the codec "audio" says of them, in its config.json:
//   "codec": {"name": "audio", "levels": 4, "codes": 1024, "hop": 480, "sample_rate": 24000,
//             "hash": "16 hexadecimal digits"}
// A piece is bos (1), frames of `levels` tokens, level 0 first, and eos (2). The token of a code is
// ARIO_CODES_FIRST + level * codes + code.
#ifndef ARIOSO_AUDIO_CODES_H
#define ARIOSO_AUDIO_CODES_H

#include "arioso/model.h"

#ifdef __cplusplus
extern "C" {
#endif

// What the codes are. All 0: the tokens are none.
typedef struct ario_codes {
  size_t levels;      // 1..32
  size_t codes;       // of a level, 2..65536
  size_t hop;         // samples of a frame
  size_t sample_rate; // Hz
  uint64_t hash;      // of the network that made them (ario_audio_codec_codes): to others they mean nothing
} ario_codes;

enum { ARIO_CODES_BOS = 1, ARIO_CODES_EOS = 2, ARIO_CODES_FIRST = 3, ARIO_CODES_LEVELS = 32 };

// The vocabulary of these tokens.
ARIO_API size_t ario_codes_vocab_size(const ario_codes *codes);

// The first token of a level.
ARIO_API size_t ario_codes_first(const ario_codes *codes, size_t level);

// Reads what the model's tokens are; all 0 for another codec than "audio". Errors: ERR_FORMAT with the member of
// the codec's object that is missing or cannot be, or for another vocabulary.
ARIO_API ARIO_NODISCARD ario_status ario_codes_of(const ario_config *model, ario_codes *codes,
                                                  ario_error *error);

// The other way: sets codec, codec_json and vocab_size.
ARIO_API void ario_codes_set(const ario_codes *codes, ario_config *model);

#ifdef __cplusplus
}
#endif

#endif
