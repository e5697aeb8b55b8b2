// SPDX-License-Identifier: MIT
//
// The residual vector quantizer of the audio codec: frames <-> codes, in order of time. If the codec has a
// predictor, encoder and decoder both remember the last frames as they were decoded.
#ifndef ARIO_QUANTIZER_H
#define ARIO_QUANTIZER_H

#include "codecs/audio/audio_model.h"

typedef struct ario__quantizer ario__quantizer; // one signal; one thread; allocates nothing after creation

// Creates a quantizer for `most` frames at a time, in the first `levels` levels. One that only decodes needs
// less memory. The codec must outlive it. Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__quantizer_create(const ario_audio_codec *codec, size_t levels, size_t most, bool encodes,
                                   ario_kernels kernels, ario__quantizer **out);
void ario__quantizer_free(ario__quantizer *quantizer);  // safe on NULL
void ario__quantizer_reset(ario__quantizer *quantizer); // starts another signal

// frames [count, dimension], codes [count, levels]. Codes to decode must be below the codec's `codes`.
void ario__quantizer_encode(ario__quantizer *quantizer, const float *frames, size_t count, uint16_t *codes);
void ario__quantizer_decode(ario__quantizer *quantizer, const uint16_t *codes, size_t count, float *frames);

#endif
