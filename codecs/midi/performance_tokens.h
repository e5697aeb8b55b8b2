// SPDX-License-Identifier: MIT
//
// The inside of decoding: one reader of tokens for everything that makes notes of them.
#ifndef ARIO_PERFORMANCE_TOKENS_H
#define ARIO_PERFORMANCE_TOKENS_H

#include "arioso/midi.h"

typedef struct ario__decoder {
  int64_t now; // steps from the tokens' time 0
  uint8_t velocity;
  bool ended; // eos was read
  bool sounding[128];
  int64_t start[128];  // steps at which the sounding notes began
  uint8_t struck[128]; // and their velocities
  ario_note *notes;    // notes that have ended, in the order of their ends
  size_t count, room;
} ario__decoder;

void ario__decoder_init(ario__decoder *decoder);
// Errors: ERR_ARGUMENT for a token >= V, ERR_MEMORY; call ario__decoder_free in any case.
ario_status ario__decoder_feed(ario__decoder *decoder, const ario_token *tokens, size_t count);
ario_status ario__decoder_end(ario__decoder *decoder); // ends the notes that sound
void ario__decoder_free(ario__decoder *decoder);

#endif
