// SPDX-License-Identifier: MIT
//
// The options of sampling, for commands that generate.
#ifndef ARIO_APPS_SAMPLING_H
#define ARIO_APPS_SAMPLING_H

#include "apps/cli/options.h"
#include "arioso/codec.h"

// The temperatures that the user gave.
typedef struct ario__temperatures {
  bool given;                          // the sampler's
  double kind, time, length, velocity; // of kinds of token; 0: the codec's
} ario__temperatures;

// The defaults where a codec has none, found by comparing continuations with originals; see the models' cards.
ario_sampler_options ario__sampling_default(void);

// Draws tokens as the model's codec has it, by their kinds where it tells them apart, at its temperatures or at those
// of the user.
void ario__sampling_suit(ario_sampler_options *options, const ario_codec *codec,
                         const ario__temperatures *own);

// A random seed, short enough to type again.
uint64_t ario__drawn_seed(void);

// Checks that the options are in range. Returns the exit status, with the reason printed.
int ario__sampling_check(const char *command, const ario_sampler_options *options);

#define ARIO__LATENTS_OPTION(place)                                                                          \
  {                                                                                                          \
    .name = "latents", .kind = ARIO__SIZE, .value = (place), .argument = "M", .least = 1, .most = 1 << 30,   \
    .help = "how many of the newest tokens the model works on at once: fewer is faster; by default the "     \
            "model's own number"                                                                             \
  }

#define ARIO__KIND_TEMPERATURE(name, value, what)                                                            \
  {                                                                                                          \
    name, 0, ARIO__REAL, value, "X", what, .least = 0.01, .most = 100, .only = ARIO__FOR(ARIO_MUSIC),        \
                                           .more = true                                                      \
  }

#define ARIO__SAMPLING_OPTIONS(options, own)                                                                 \
  {"temperature",                                                                                            \
   't',                                                                                                      \
   ARIO__REAL,                                                                                               \
   &(options)->temperature,                                                                                  \
   "X",                                                                                                      \
   "which notes: below 1 tamer, above 1 wilder, 0 always the likeliest token; by default 0.9 for a "         \
   "pianist, 1.08 for sound, otherwise 0.95",                                                                \
   .least = 0,                                                                                               \
   .most = 100,                                                                                              \
   .given = &(own)->given},                                                                                  \
      ARIO__KIND_TEMPERATURE("kind-temperature", &(own)->kind,                                               \
                             "of what comes next, a note, its end or time; 1 by default"),                   \
      ARIO__KIND_TEMPERATURE("time-temperature", &(own)->time,                                               \
                             "of how much time passes; 1.05 by default, for a band 1"),                      \
      ARIO__KIND_TEMPERATURE("length-temperature", &(own)->length,                                           \
                             "of how long notes are, for a pianist which one ends; 1 by default"),           \
      ARIO__KIND_TEMPERATURE("velocity-temperature", &(own)->velocity,                                       \
                             "of how loud notes are; 0.95 by default, for a band as --temperature"),         \
      {"top-k",     0,                                                                                       \
       ARIO__SIZE,  &(options)->top_k,                                                                       \
       "K",         "choose among the K likeliest tokens of a kind only; 0, the default: among all",         \
       .least = 0,  .most = 65536,                                                                           \
       .more = true},                                                                                        \
      {"top-p",                                                                                              \
       0,                                                                                                    \
       ARIO__REAL,                                                                                           \
       &(options)->top_p,                                                                                    \
       "P",                                                                                                  \
       "choose among the likeliest tokens of a kind whose probabilities add up to P; 1, the default: among " \
       "all",                                                                                                \
       .least = 0,                                                                                           \
       .most = 1,                                                                                            \
       .more = true},                                                                                        \
  {                                                                                                          \
    "min-p", 0, ARIO__REAL, &(options)->min_p, "P",                                                          \
        "skip tokens less than P times as likely as the likeliest of their kind; 0 by default",              \
        .least = 0, .most = 1, .more = true                                                                  \
  }

#endif
