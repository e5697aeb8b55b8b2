// SPDX-License-Identifier: MIT
//
// A corpus: pieces of tokens to train on and pieces to judge by, in memory or mapped from a token cache.
//
// A token cache is a file of little-endian numbers:
//   0    8 bytes    "ARIOTOKS"
//   8    uint32     1, the version of this format
//   12   uint32     version of the codec's rules of encoding
//   16   64 bytes   name of the codec, filled up with zeros
//   80   uint64     vocabulary V
//   88   uint64     pieces P
//   96   uint64     tokens T of all pieces
//   104  24 bytes   the tokens' identity, which their codec writes and reads (arioso/codec.h); zeros: none
//   128  P records  uint64 tokens of the piece, uint32 part (0 train, 1 valid), uint32 zero
//   then T uint16   the tokens, piece after piece in the order of the records
#ifndef ARIOSO_CORPUS_H
#define ARIOSO_CORPUS_H

#include "arioso/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ario_corpus_part {
  ARIO_CORPUS_TRAIN, // what a model learns from
  ARIO_CORPUS_VALID, // what it is judged by while it learns, and never sees
} ario_corpus_part;

typedef struct ario_piece {
  const ario_token *tokens; // [count], valid as long as the corpus is not changed or freed
  size_t count;             // at least 2: one to be given and one to be predicted
  ario_corpus_part part;
} ario_piece;

typedef struct ario_corpus ario_corpus;

// An empty corpus of tokens below vocab_size (1..65536); `codec` says what they mean (at most 63 characters),
// codec_version by which rules. Errors: ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_create(size_t vocab_size, const char *codec,
                                                       unsigned codec_version, ario_corpus **out);

enum { ARIO_IDENTITY_BYTES = 24 };

// Keeps with the tokens what tells them apart from others of their codec: bytes that only the codec reads.
ARIO_API void ario_corpus_set_identity(ario_corpus *corpus, const uint8_t identity[ARIO_IDENTITY_BYTES]);

// Adds a piece, which is copied. Errors: ERR_ARGUMENT for fewer than two tokens or one >= V, ERR_STATE for a
// corpus that was opened from a file, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_add(ario_corpus *corpus, ario_corpus_part part,
                                                    const ario_token *tokens, size_t count);

// Writes a token cache, replacing a file that is there. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_save(const ario_corpus *corpus, const char *path,
                                                     ario_error *error);

// Maps a token cache. Everything that it says is checked first, each token too. Errors: ERR_NOT_FOUND,
// ERR_IO, ERR_FORMAT (not a token cache, cut short, or a number in it that cannot be), ERR_UNSUPPORTED (a
// version of the format that is not known), ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_open(const char *path, ario_corpus **out, ario_error *error);

ARIO_API void ario_corpus_free(ario_corpus *corpus); // safe on NULL

// True if the file begins as a token cache does.
ARIO_API bool ario_corpus_is_cache(const char *path);

// What a corpus holds. Any number of threads, while nobody adds.
ARIO_API size_t ario_corpus_pieces(const ario_corpus *corpus);
ARIO_API ario_piece ario_corpus_piece(const ario_corpus *corpus, size_t index); // in the order of adding
ARIO_API size_t ario_corpus_tokens(const ario_corpus *corpus, ario_corpus_part part);
ARIO_API size_t ario_corpus_vocab_size(const ario_corpus *corpus);
ARIO_API const char *ario_corpus_codec(const ario_corpus *corpus);
ARIO_API unsigned ario_corpus_codec_version(const ario_corpus *corpus);
ARIO_API const uint8_t *ario_corpus_identity(const ario_corpus *corpus); // [ARIO_IDENTITY_BYTES]

// A number that is another for other pieces, parts or tokens: to tell whether a run goes on with the data it
// began with.
ARIO_API uint64_t ario_corpus_fingerprint(const ario_corpus *corpus);

#ifdef __cplusplus
}
#endif

#endif
