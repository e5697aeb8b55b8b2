// SPDX-License-Identifier: MIT
//
// Where a recording ends and what is generated goes on: the recording's last frames fade into the decoder's sound of
// the same time, and at the very end the sound fades out.
#ifndef ARIO_APPS_SEAM_H
#define ARIO_APPS_SEAM_H

#include <stddef.h>

// One frame [channels] of the recording, `left` >= 1 frames before the seam, of which the last `fade` are faded: turns
// into the decoder's sample by the share that is due there.
void ario__seam_cross(float *frame, size_t channels, float sample, size_t left, size_t fade);

// The level, 0 to 1, of a frame with `left` >= 1 frames to the end, of which the last `fade` fade out.
float ario__seam_level(size_t left, size_t fade);

#endif
