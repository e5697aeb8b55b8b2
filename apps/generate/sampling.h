// SPDX-License-Identifier: MIT
//
// The options of sampling, for commands that generate.
#ifndef ARIO_APPS_SAMPLING_H
#define ARIO_APPS_SAMPLING_H

#include "apps/cli/options.h"
#include "arioso/sampler.h"

// Found by comparing continuations with originals; see the cards of the default models.
ario_sampler_options ario__sampling_default(void);

// Sound wants a temperature above 1, where the user has not given another: below it fades
// (models/audio-piano/README.md).
void ario__sampling_for_sound(ario_sampler_options *options, bool temperature_given);

// A seed that nobody chose: short enough to be typed again.
uint64_t ario__drawn_seed(void);

// Says what is out of range; returns the exit status.
int ario__sampling_check(const char *command, const ario_sampler_options *options);

#define ARIO__SAMPLING_OPTIONS(options, is_given)                                                            \
  {"temperature",                                                                                            \
   't',                                                                                                      \
   ARIO__REAL,                                                                                               \
   &(options)->temperature,                                                                                  \
   "X",                                                                                                      \
   "below 1 more predictable, above 1 wilder, 0 always the likeliest; 0.95 by default, of sound 1.08",       \
   .least = 0,                                                                                               \
   .most = 100,                                                                                              \
   .given = is_given},                                                                                       \
      {"top-k",    0,                                                                                        \
       ARIO__SIZE, &(options)->top_k,                                                                        \
       "K",        "choose among the K likeliest tokens only; 0: all, the default",                          \
       .least = 0, .most = 65536},                                                                           \
      {"top-p",                                                                                              \
       0,                                                                                                    \
       ARIO__REAL,                                                                                           \
       &(options)->top_p,                                                                                    \
       "P",                                                                                                  \
       "choose among the likeliest tokens that make up this share of probability; 1: all, the default",      \
       .least = 0,                                                                                           \
       .most = 1},                                                                                           \
  {                                                                                                          \
    "min-p", 0, ARIO__REAL, &(options)->min_p, "P",                                                          \
        "leave out tokens less than P times as likely as the likeliest; 0 by default", .least = 0, .most = 1 \
  }

#endif
