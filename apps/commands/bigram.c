// SPDX-License-Identifier: MIT
//
// Counts pairs of tokens.
#include "apps/commands/bigram.h"

#include <math.h>
#include <stdlib.h>

enum { VOCAB_MOST = 2048, TOKENS_MOST = 20000000 };

typedef struct bigram {
  size_t vocab, total;
  uint32_t *pairs;          // [vocab, vocab]
  uint32_t *before, *kinds; // [vocab] tokens that follow each, and how many different ones
  uint32_t *alone;          // [vocab]
} bigram;

static void count_piece(bigram *b, ario_piece piece) {
  for (size_t i = 1; i < piece.count && b->total < TOKENS_MOST; i++) {
    size_t last = piece.tokens[i - 1], token = piece.tokens[i];
    b->kinds[last] += b->pairs[last * b->vocab + token]++ == 0;
    b->before[last]++;
    b->alone[token]++;
    b->total++;
  }
}

static double probability(const bigram *b, size_t last, size_t token) {
  double alone = (b->alone[token] + 1.0) / ((double)b->total + (double)b->vocab);
  if (!b->before[last]) return alone;
  return (b->pairs[last * b->vocab + token] + b->kinds[last] * alone) /
         ((double)b->before[last] + b->kinds[last]);
}

static double score(const bigram *b, const ario_corpus *corpus) {
  double nll = 0;
  size_t count = 0;
  for (size_t p = 0; p < ario_corpus_pieces(corpus); p++) {
    ario_piece piece = ario_corpus_piece(corpus, p);
    if (piece.part != ARIO_CORPUS_VALID) continue;
    for (size_t i = 1; i < piece.count; i++, count++)
      nll -= log(probability(b, piece.tokens[i - 1], piece.tokens[i]));
  }
  return count ? nll / (double)count : NAN;
}

double ario__bigram_nll(const ario_corpus *corpus, size_t vocab_size) {
  if (vocab_size > VOCAB_MOST || !ario_corpus_tokens(corpus, ARIO_CORPUS_VALID)) return NAN;
  bigram b = {.vocab = vocab_size,
              .pairs = calloc(vocab_size * vocab_size, sizeof *b.pairs),
              .before = calloc(vocab_size, sizeof *b.before),
              .kinds = calloc(vocab_size, sizeof *b.kinds),
              .alone = calloc(vocab_size, sizeof *b.alone)};
  bool room = b.pairs && b.before && b.kinds && b.alone;
  for (size_t p = 0; p < ario_corpus_pieces(corpus) && room; p++) {
    ario_piece piece = ario_corpus_piece(corpus, p);
    if (piece.part == ARIO_CORPUS_TRAIN) count_piece(&b, piece);
  }
  double nll = room && b.total ? score(&b, corpus) : NAN;
  free(b.pairs);
  free(b.before);
  free(b.kinds);
  free(b.alone);
  return nll;
}
