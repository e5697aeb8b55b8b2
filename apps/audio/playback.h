// SPDX-License-Identifier: MIT
//
// From tokens to sound, frame by frame, at any rate: what follows on a recording, as the decoder makes it
// when it comes from there.
#ifndef ARIO_APPS_PLAYBACK_H
#define ARIO_APPS_PLAYBACK_H

#include "arioso/audio.h"

typedef struct ario__playback ario__playback; // mutable; one thread

// What it comes from are tokens [count] that end with a whole frame, and a sound that ends the codec's
// lookahead later; the last *before samples of that, 10 ms or less, are what comes out first. Errors:
// ERR_ARGUMENT for a rate that cannot be converted; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__playback_open(const ario_audio_codec *codec, const ario_codes *codes,
                                               unsigned rate, const ario_token *tokens, size_t count,
                                               ario__playback **out, size_t *before);
void ario__playback_free(ario__playback *playback); // safe on NULL

// Puts in the next frame's tokens [levels], with `end` the last ones. *samples [*count], valid until the next
// call, are what comes out; there may be none.
ARIO_NODISCARD ario_status ario__playback_next(ario__playback *playback, const ario_token *tokens, bool end,
                                               const float **samples, size_t *count);

// Samples of so many frames.
double ario__playback_samples(const ario_codes *codes, unsigned rate, size_t frames);

#endif
