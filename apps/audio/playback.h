// SPDX-License-Identifier: MIT
//
// A playback turns the tokens that continue a recording into sound, frame by frame and at any sample rate. It
// decodes the end of the recording first, so that the new sound joins without a break.
#ifndef ARIO_APPS_PLAYBACK_H
#define ARIO_APPS_PLAYBACK_H

#include "arioso/audio.h"

typedef struct ario__playback ario__playback; // mutable; one thread

// Opens a playback at `rate` Hz. tokens [count] are those of the recording and end with a whole frame;
// the recording ends later than its tokens by the codec's lookahead. The first *before samples that come
// out, 10 ms or less, repeat the end of the recording. Errors: ERR_ARGUMENT for a sample rate that cannot
// be converted; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__playback_open(const ario_audio_codec *codec, const ario_codes *codes,
                                               unsigned rate, const ario_token *tokens, size_t count,
                                               ario__playback **out, size_t *before);
void ario__playback_free(ario__playback *playback); // safe on NULL

// Decodes the tokens [levels] of the next frame; `end` says that it is the last. *samples [*count] are the
// sound that is ready, valid until the next call; *count may be 0. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__playback_next(ario__playback *playback, const ario_token *tokens, bool end,
                                               const float **samples, size_t *count);

// The samples at `rate` Hz in `frames` frames of codes.
double ario__playback_samples(const ario_codes *codes, unsigned rate, size_t frames);

#endif
