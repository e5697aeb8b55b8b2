// SPDX-License-Identifier: MIT
//
// Everything of libarioso. See samples/code/continue.c for a program that uses it.
#ifndef ARIOSO_ARIOSO_H
#define ARIOSO_ARIOSO_H

#include "arioso/codec.h"
#include "arioso/constraint.h"
#include "arioso/corpus.h"
#include "arioso/cost.h"
#include "arioso/file.h"
#include "arioso/generator.h"
#include "arioso/machine.h"
#include "arioso/midi.h"
#include "arioso/model.h"
#include "arioso/raw.h"
#include "arioso/sampler.h"
#include "arioso/session.h"
#include "arioso/sound.h"
#include "arioso/status.h"
#include "arioso/symbolic.h"
#include "arioso/takes.h"
#include "arioso/tokens.h"
#include "arioso/train.h"

#endif
