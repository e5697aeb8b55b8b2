// SPDX-License-Identifier: MIT
//
// What a table of pairs of tokens would predict: the least that a model of music should be better than.
#ifndef ARIO_APPS_BIGRAM_H
#define ARIO_APPS_BIGRAM_H

#include "arioso/corpus.h"

// Mean NLL in nats of each validation token after its piece's first, by the token before it, as the training pieces count
// them (at most 20 million tokens), with what is rare taken from single tokens (Witten and Bell 1991). NAN: there is nothing
// for validation or training, the vocabulary is too large for a table, or memory is short.
double ario__bigram_nll(const ario_corpus *corpus, size_t vocab_size);

#endif
