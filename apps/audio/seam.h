// SPDX-License-Identifier: MIT
//
// The fades of a continued recording. At the seam the recording's last frames fade into the decoder's sound
// of the same time; at the very end the sound fades out.
#ifndef ARIO_APPS_SEAM_H
#define ARIO_APPS_SEAM_H

#include <stddef.h>

// Mixes the decoder's sample into one frame [channels] of the recording that lies `left` >= 1 frames before
// the seam. The crossfade lasts `fade` frames; earlier frames stay as they are.
void ario__seam_cross(float *frame, size_t channels, float sample, size_t left, size_t fade);

// The level, 0 to 1, of a frame that lies `left` >= 1 frames before the end, where the
// last `fade` frames fade out.
float ario__seam_level(size_t left, size_t fade);

#endif
