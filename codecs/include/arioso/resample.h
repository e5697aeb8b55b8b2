// SPDX-License-Identifier: MIT
//
// One channel from one sample rate to another, as it comes, by libsamplerate. What comes out is aligned with
// what goes in: its first sample is at the time of the first.
#ifndef ARIOSO_RESAMPLE_H
#define ARIOSO_RESAMPLE_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_resampler ario_resampler; // mutable; one thread

// Rates in Hz, at most 256 times apart; pushes of at most `most` samples. Errors: ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_resampler_create(unsigned from, unsigned to, size_t most,
                                                          ario_resampler **out);
ARIO_API void ario_resampler_free(ario_resampler *resampler); // safe on NULL

// Puts in samples [count]; with `end` they are the last. *out [*made], valid until the next push, is what
// came out. Errors: ERR_ARGUMENT for too many samples.
ARIO_API ARIO_NODISCARD ario_status ario_resampler_push(ario_resampler *resampler, const float *samples,
                                                        size_t count, bool end, const float **out,
                                                        size_t *made);

#ifdef __cplusplus
}
#endif

#endif
