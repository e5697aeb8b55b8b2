// SPDX-License-Identifier: MIT
//
// Music between two places of a song, for midi-performance (ario_symbolic.fill).
#ifndef ARIO_PERFORMANCE_FILL_H
#define ARIO_PERFORMANCE_FILL_H

#include "arioso/fill.h"

extern const ario_symbolic_fill ario__performance_fill;

#endif
