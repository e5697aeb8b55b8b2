// SPDX-License-Identifier: MIT
//
// Decoding from within: one reader of tokens for all that make notes of them.
#ifndef ARIO_MIDI_TOKENS_H
#define ARIO_MIDI_TOKENS_H

#include "arioso/midi.h"

typedef struct ario__decoder {
  int64_t now; // steps from the tokens' time 0
  uint8_t velocity;
  bool ended; // eos was read
  bool sounding[128];
  int64_t start[128];  // of what sounds
  uint8_t struck[128]; // its velocity
  ario_note *notes;    // that have ended, in order of their end
  size_t count, room;
} ario__decoder;

void ario__decoder_init(ario__decoder *decoder);
// Errors: ERR_ARGUMENT for a token >= V, ERR_MEMORY; ario__decoder_free then, as always.
ario_status ario__decoder_feed(ario__decoder *decoder, const ario_token *tokens, size_t count);
ario_status ario__decoder_end(ario__decoder *decoder); // ends what sounds
void ario__decoder_free(ario__decoder *decoder);

#endif
