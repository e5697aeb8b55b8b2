// SPDX-License-Identifier: MIT
//
// A corpus: pieces of tokens, for training and for validation. It is collected in memory, or mapped from a
// token cache.
//
// A token cache is a file of little-endian numbers:
//
//   offset  size       content
//        0  8 bytes    "ARIOTOKS"
//        8  uint32     version of this format, 1
//       12  uint32     version of the codec's rules of encoding
//       16  64 bytes   name of the codec, padded with zeros
//       80  uint64     vocabulary V
//       88  uint64     pieces P
//       96  uint64     tokens T, of all pieces together
//      104  24 bytes   identity of the tokens, which their codec writes and reads (arioso/codec.h); or zeros
//      128  P records  uint64 tokens of the piece, uint32 part (0 training, 1 validation), uint32 zero
//           T uint16   the tokens, piece after piece in the order of the records
//
// A corpus may be read by any number of threads, as long as none changes or frees it.
#ifndef ARIOSO_CORPUS_H
#define ARIOSO_CORPUS_H

#include "arioso/model.h"

#ifdef __cplusplus
extern "C" {
#endif

// What the pieces of a corpus are for.
typedef enum ario_corpus_part {
  ARIO_CORPUS_TRAIN, // the model is trained on them
  ARIO_CORPUS_VALID, // for validation: it is never trained on them
} ario_corpus_part;

// A piece of a corpus.
typedef struct ario_piece {
  const ario_token *tokens; // [count], valid until the corpus is changed or freed
  size_t count;             // at least 2: one that is given and one that is predicted
  ario_corpus_part part;
} ario_piece;

typedef struct ario_corpus ario_corpus;

// Creates an empty corpus of tokens below vocab_size (1..65536). `codec` names the codec that made the tokens
// (at most 63 characters), codec_version its rules of encoding. Errors: ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_create(size_t vocab_size, const char *codec,
                                                       unsigned codec_version, ario_corpus **out);

enum { ARIO_IDENTITY_BYTES = 24 };

// Keeps with the tokens what tells them apart from others of their codec: bytes that only the codec reads.
ARIO_API void ario_corpus_set_identity(ario_corpus *corpus, const uint8_t identity[ARIO_IDENTITY_BYTES]);

// Adds a piece; the tokens are copied. Errors: ERR_ARGUMENT for fewer than two tokens or a token >= V,
// ERR_STATE for a corpus that was opened from a file, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_add(ario_corpus *corpus, ario_corpus_part part,
                                                    const ario_token *tokens, size_t count);

// Writes a token cache; an existing file is replaced. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_save(const ario_corpus *corpus, const char *path,
                                                     ario_error *error);

// Maps a token cache. The header, the records and every token are checked first. The file must not become
// shorter while the corpus lives: reading behind its end raises SIGBUS. Errors: ERR_NOT_FOUND,
// ERR_IO, ERR_FORMAT (not a token cache, cut short, or a number that is out of range), ERR_UNSUPPORTED
// (another version of the format), ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_corpus_open(const char *path, ario_corpus **out, ario_error *error);

ARIO_API void ario_corpus_free(ario_corpus *corpus); // safe on NULL

// True if the file begins like a token cache. False also for a file that cannot be read, and for a pipe.
ARIO_API bool ario_corpus_is_cache(const char *path);

// What a corpus holds. Pieces are numbered from 0 in the order in which they were added. The name of the
// codec is valid as long as the corpus.
ARIO_API size_t ario_corpus_pieces(const ario_corpus *corpus);
ARIO_API ario_piece ario_corpus_piece(const ario_corpus *corpus, size_t index); // index < pieces
ARIO_API size_t ario_corpus_tokens(const ario_corpus *corpus, ario_corpus_part part);
ARIO_API size_t ario_corpus_vocab_size(const ario_corpus *corpus);
ARIO_API const char *ario_corpus_codec(const ario_corpus *corpus);
ARIO_API unsigned ario_corpus_codec_version(const ario_corpus *corpus);
ARIO_API const uint8_t *ario_corpus_identity(const ario_corpus *corpus); // [ARIO_IDENTITY_BYTES]

// A hash of the pieces, their parts and their tokens: a resumed run compares it to make sure that its data
// are the same.
ARIO_API uint64_t ario_corpus_fingerprint(const ario_corpus *corpus);

#ifdef __cplusplus
}
#endif

#endif
