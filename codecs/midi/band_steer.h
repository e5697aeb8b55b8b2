// SPDX-License-Identifier: MIT
//
// Wishes for midi-band (ario_symbolic.steer).
#ifndef ARIO_BAND_STEER_H
#define ARIO_BAND_STEER_H

#include "arioso/symbolic.h"

ario_status ario__band_steer(const ario_song *song, const ario_passage *passage,
                             const ario_steering *steering, ario_chain *chain, ario_error *error);

#endif
