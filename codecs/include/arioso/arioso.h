// SPDX-License-Identifier: MIT
//
// Everything of libarioso. See samples/code/continue.c for a program that uses it.
#ifndef ARIOSO_ARIOSO_H
#define ARIOSO_ARIOSO_H

// What all share
#include "arioso/status.h"  // status codes and error texts
#include "arioso/version.h" // the version of the headers and of the library

// Models and what they generate
#include "arioso/constraint.h" // what a sampler may draw
#include "arioso/generator.h"  // session, sampler and constraints in one loop
#include "arioso/model.h"      // a model, its configuration and its tensors
#include "arioso/precision.h"  // fp32, bf16 and int8; fast and plain kernels
#include "arioso/sampler.h"    // from logits to a token
#include "arioso/session.h"    // one sequence of tokens that a model reads and continues
#include "arioso/takes.h"      // several continuations of one prompt, side by side

// Training
#include "arioso/corpus.h" // pieces of tokens, and token caches
#include "arioso/train.h"  // a trainer, step by step

// Tokens and music
#include "arioso/audio.h"        // sound and its codes, by a network
#include "arioso/audio_codes.h"  // what a model says of codes
#include "arioso/audio_file.h"   // files of codes, *.tok
#include "arioso/band.h"         // MIDI files of many instruments and tokens
#include "arioso/channels.h"     // what MIDI events leave sounding
#include "arioso/codec.h"        // the table of codecs: files and tokens of any kind
#include "arioso/fill.h"         // new music inside a song
#include "arioso/general_midi.h" // names of instruments and drums
#include "arioso/midi.h"         // the codec midi-performance: songs and tokens
#include "arioso/raw.h"          // bytes, and tokens of any vocabulary
#include "arioso/song.h"         // MIDI files, read and written
#include "arioso/statistics.h"   // what music is like, in numbers
#include "arioso/steering.h"     // a key, chords, ranges, a grid: what new music keeps to
#include "arioso/symbolic.h"     // songs, prompts and time, for codecs of notes

// Files and sound
#include "arioso/file.h"     // whole files, in and out
#include "arioso/resample.h" // from one sample rate to another
#include "arioso/sound.h"    // sound files
#include "arioso/text.h"     // text of unknown origin, made fit to be shown
#include "arioso/tokens.h"   // token files, *.u16

// What they are made of, and how fast it is
#include "arioso/cost.h"     // what work costs at the least
#include "arioso/hash.h"     // whether bytes or numbers are the same as before
#include "arioso/machine.h"  // how fast this machine is
#include "arioso/products.h" // what networks of codecs are computed with
#include "arioso/tensors.h"  // a model directory of any kind

#endif
