// SPDX-License-Identifier: MIT
//
// Converts the sample rate of one channel as a stream, by libsamplerate (its best sinc filter). The output is
// aligned with the input: its first sample is at the time of the input's first.
#ifndef ARIOSO_RESAMPLE_H
#define ARIOSO_RESAMPLE_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_resampler ario_resampler; // mutable; one thread

// Rates in Hz, at most 256 times apart; `most` is the largest number of samples per push. Errors:
// ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_resampler_create(unsigned from, unsigned to, size_t most,
                                                          ario_resampler **out);
ARIO_API void ario_resampler_free(ario_resampler *resampler); // safe on NULL

// Converts samples [count]; with `end` they are the last. *out [*made] is what is ready, valid until the next
// push. Errors: ERR_ARGUMENT for too many samples, ERR_NUMBER if the conversion fails, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_resampler_push(ario_resampler *resampler, const float *samples,
                                                        size_t count, bool end, const float **out,
                                                        size_t *made);

#ifdef __cplusplus
}
#endif

#endif
