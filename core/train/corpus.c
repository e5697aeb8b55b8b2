// SPDX-License-Identifier: MIT
//
// Pieces of tokens: collected in one growing block, or mapped from a token cache (format: arioso/corpus.h).
#include "arioso/corpus.h"
#include "arioso/file.h"
#include "arioso/hash.h"
#include "core/base/mapped.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 128, RECORD_BYTES = 16, FORMAT_VERSION = 1, MOST_VOCABULARY = 65536 };

static const char magic[8] = {'A', 'R', 'I', 'O', 'T', 'O', 'K', 'S'};

struct piece {
  size_t first, count; // in the corpus's tokens
  ario_corpus_part part;
};

struct ario_corpus {
  size_t vocab_size;
  unsigned codec_version;
  char codec[64];
  uint8_t identity[ARIO_IDENTITY_BYTES];
  struct piece *pieces; // [piece_count]
  size_t piece_count, piece_room;
  const ario_token *tokens; // [token_count], own or mapped
  ario_token *own;          // NULL if they are mapped
  size_t token_count, token_room;
  struct ario__mapped map;
};

// ---- Collecting ----

ario_status ario_corpus_create(size_t vocab_size, const char *codec, unsigned codec_version,
                               ario_corpus **out) {
  *out = NULL;
  ario_corpus *corpus = calloc(1, sizeof *corpus);
  if (!corpus) return ARIO_ERR_MEMORY;
  *corpus = (ario_corpus){.vocab_size = vocab_size, .codec_version = codec_version};
  size_t length = strlen(codec);
  if (vocab_size < 1 || vocab_size > MOST_VOCABULARY || length >= sizeof corpus->codec) {
    free(corpus);
    return ARIO_ERR_ARGUMENT;
  }
  memcpy(corpus->codec, codec, length + 1);
  *out = corpus;
  return ARIO_OK;
}

void ario_corpus_set_identity(ario_corpus *corpus, const uint8_t identity[ARIO_IDENTITY_BYTES]) {
  memcpy(corpus->identity, identity, sizeof corpus->identity);
}

// Makes room for one more piece of `count` tokens.
static bool make_room(ario_corpus *corpus, size_t count) {
  if (corpus->piece_count == corpus->piece_room) {
    size_t room = corpus->piece_room ? 2 * corpus->piece_room : 64;
    struct piece *grown = realloc(corpus->pieces, room * sizeof *grown);
    if (!grown) return false;
    corpus->pieces = grown;
    corpus->piece_room = room;
  }
  if (count <= corpus->token_room - corpus->token_count) return true;
  size_t most = SIZE_MAX / sizeof(ario_token) / 2 - corpus->token_count;
  if (count > most) return false;
  size_t room = corpus->token_count + count + (corpus->token_count + count) / 2;
  ario_token *grown = realloc(corpus->own, room * sizeof *grown);
  if (!grown) return false;
  corpus->own = grown;
  corpus->tokens = grown;
  corpus->token_room = room;
  return true;
}

ario_status ario_corpus_add(ario_corpus *corpus, ario_corpus_part part, const ario_token *tokens,
                            size_t count) {
  if (corpus->map.bytes) return ARIO_ERR_STATE;
  if (count < 2) return ARIO_ERR_ARGUMENT;
  for (size_t i = 0; i < count; i++)
    if (tokens[i] >= corpus->vocab_size) return ARIO_ERR_ARGUMENT;
  if (!make_room(corpus, count)) return ARIO_ERR_MEMORY;
  memcpy(corpus->own + corpus->token_count, tokens, count * sizeof *tokens);
  corpus->pieces[corpus->piece_count++] = (struct piece){corpus->token_count, count, part};
  corpus->token_count += count;
  return ARIO_OK;
}

void ario_corpus_free(ario_corpus *corpus) {
  if (!corpus) return;
  ario__unmap_file(&corpus->map);
  free(corpus->own);
  free(corpus->pieces);
  free(corpus);
}

// ---- What it holds ----

size_t ario_corpus_pieces(const ario_corpus *corpus) {
  return corpus->piece_count;
}

ario_piece ario_corpus_piece(const ario_corpus *corpus, size_t index) {
  const struct piece *piece = &corpus->pieces[index];
  return (ario_piece){corpus->tokens + piece->first, piece->count, piece->part};
}

size_t ario_corpus_tokens(const ario_corpus *corpus, ario_corpus_part part) {
  size_t tokens = 0;
  for (size_t i = 0; i < corpus->piece_count; i++)
    if (corpus->pieces[i].part == part) tokens += corpus->pieces[i].count;
  return tokens;
}

size_t ario_corpus_vocab_size(const ario_corpus *corpus) {
  return corpus->vocab_size;
}

const char *ario_corpus_codec(const ario_corpus *corpus) {
  return corpus->codec;
}

unsigned ario_corpus_codec_version(const ario_corpus *corpus) {
  return corpus->codec_version;
}

const uint8_t *ario_corpus_identity(const ario_corpus *corpus) {
  return corpus->identity;
}

uint64_t ario_corpus_fingerprint(const ario_corpus *corpus) {
  uint64_t hash = ARIO_HASH_START;
  for (size_t i = 0; i < corpus->piece_count; i++) {
    hash = ario_hash_number(hash, corpus->pieces[i].count);
    hash = ario_hash_number(hash, (uint64_t)corpus->pieces[i].part);
  }
  for (size_t i = 0; i < corpus->token_count; i++) hash = ario_hash_number(hash, corpus->tokens[i]);
  return hash;
}

// ---- Token caches ----

static void put(uint8_t *bytes, uint64_t number, size_t size) {
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get(const uint8_t *bytes, size_t size) {
  uint64_t number = 0;
  for (size_t i = size; i-- > 0;) number = number << 8 | bytes[i];
  return number;
}

ario_status ario_corpus_save(const ario_corpus *corpus, const char *path, ario_error *error) {
  size_t size = HEADER_BYTES + corpus->piece_count * RECORD_BYTES + corpus->token_count * sizeof(ario_token);
  uint8_t *bytes = calloc(1, size);
  if (!bytes) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  memcpy(bytes, magic, sizeof magic);
  put(bytes + 8, FORMAT_VERSION, 4);
  put(bytes + 12, corpus->codec_version, 4);
  memcpy(bytes + 16, corpus->codec, sizeof corpus->codec);
  put(bytes + 80, corpus->vocab_size, 8);
  put(bytes + 88, corpus->piece_count, 8);
  put(bytes + 96, corpus->token_count, 8);
  memcpy(bytes + 104, corpus->identity, sizeof corpus->identity);
  uint8_t *at = bytes + HEADER_BYTES;
  for (size_t i = 0; i < corpus->piece_count; i++, at += RECORD_BYTES) {
    put(at, corpus->pieces[i].count, 8);
    put(at + 8, (uint64_t)corpus->pieces[i].part, 4);
  }
  for (size_t i = 0; i < corpus->token_count; i++, at += 2) put(at, corpus->tokens[i], 2);
  ario_status status = ario_file_write(path, true, bytes, size, error);
  free(bytes);
  return status;
}

bool ario_corpus_is_cache(const char *path) {
  char start[sizeof magic];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat info; // a pipe must not be read here: its bytes would be gone
  bool is = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
            read(fd, start, sizeof start) == (ssize_t)sizeof start && memcmp(start, magic, sizeof magic) == 0;
  close(fd);
  return is;
}

static ario_status read_header(ario_corpus *corpus, ario_error *error) {
  const uint8_t *bytes = corpus->map.bytes;
  if (memcmp(bytes, magic, sizeof magic) != 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "is not a token cache: it does not begin with ARIOTOKS");
  if (get(bytes + 8, 4) != FORMAT_VERSION)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "is a token cache of version %ju; %d can be read",
                     (uintmax_t)get(bytes + 8, 4), FORMAT_VERSION);
  corpus->codec_version = (unsigned)get(bytes + 12, 4);
  memcpy(corpus->codec, bytes + 16, sizeof corpus->codec);
  uint64_t vocab = get(bytes + 80, 8), pieces = get(bytes + 88, 8), tokens = get(bytes + 96, 8);
  if (!memchr(corpus->codec, 0, sizeof corpus->codec) || vocab < 1 || vocab > MOST_VOCABULARY)
    return ario_fail(error, ARIO_ERR_FORMAT, "has a damaged header");
  memcpy(corpus->identity, bytes + 104, sizeof corpus->identity);
  size_t room = corpus->map.size - HEADER_BYTES;
  if (pieces > room / RECORD_BYTES || tokens > (room - pieces * RECORD_BYTES) / 2 ||
      pieces * RECORD_BYTES + tokens * 2 != room)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "has %zu bytes, which do not fit %ju pieces with %ju tokens; it is cut short or damaged",
                     corpus->map.size, (uintmax_t)pieces, (uintmax_t)tokens);
  corpus->vocab_size = (size_t)vocab;
  corpus->piece_count = (size_t)pieces;
  corpus->token_count = (size_t)tokens;
  return ARIO_OK;
}

static ario_status read_records(ario_corpus *corpus, ario_error *error) {
  const uint8_t *record = corpus->map.bytes + HEADER_BYTES;
  size_t first = 0;
  corpus->pieces = calloc(corpus->piece_count + 1, sizeof *corpus->pieces);
  if (!corpus->pieces) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < corpus->piece_count; i++, record += RECORD_BYTES) {
    uint64_t count = get(record, 8), part = get(record + 8, 4);
    if (count < 2 || count > corpus->token_count - first || part > ARIO_CORPUS_VALID)
      return ario_fail(error, ARIO_ERR_FORMAT, "has a damaged record of piece %zu", i);
    corpus->pieces[i] = (struct piece){first, (size_t)count, (ario_corpus_part)part};
    first += (size_t)count;
  }
  if (first != corpus->token_count)
    return ario_fail(error, ARIO_ERR_FORMAT, "has %zu tokens, but its pieces have %zu", corpus->token_count,
                     first);
  return ARIO_OK;
}

// The tokens stay mapped if the machine has the byte order of the file.
static ario_status read_tokens(ario_corpus *corpus, ario_error *error) {
  const uint8_t *bytes = corpus->map.bytes + HEADER_BYTES + corpus->piece_count * RECORD_BYTES;
  const uint16_t one = 1;
  uint8_t low;
  memcpy(&low, &one, 1);
  corpus->tokens = (const ario_token *)bytes; // the header and the records are whole multiples of 2 bytes
  if (!low) {
    corpus->own = malloc(corpus->token_count * sizeof *corpus->own + 1);
    if (!corpus->own) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
    for (size_t i = 0; i < corpus->token_count; i++) corpus->own[i] = (ario_token)get(bytes + 2 * i, 2);
    corpus->tokens = corpus->own;
  }
  for (size_t i = 0; i < corpus->token_count; i++)
    if (corpus->tokens[i] >= corpus->vocab_size)
      return ario_fail(error, ARIO_ERR_FORMAT, "token %zu is %u, but the vocabulary has %zu", i,
                       corpus->tokens[i], corpus->vocab_size);
  return ARIO_OK;
}

ario_status ario_corpus_open(const char *path, ario_corpus **out, ario_error *error) {
  *out = NULL;
  ario_error detail = {""};
  ario_corpus *corpus = calloc(1, sizeof *corpus);
  ario_status status = corpus ? ARIO_OK : ario_fail(&detail, ARIO_ERR_MEMORY, "not enough memory");
  if (!status) status = ario__map_file(path, HEADER_BYTES, &corpus->map, &detail);
  if (!status) status = read_header(corpus, &detail);
  if (!status) status = read_records(corpus, &detail);
  if (!status) status = read_tokens(corpus, &detail);
  if (status) {
    ario_corpus_free(corpus);
    return ario_fail(error, status, "%s: %s", path, detail.text);
  }
  *out = corpus;
  return ARIO_OK;
}
