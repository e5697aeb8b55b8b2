// SPDX-License-Identifier: MIT
//
// What `accompany` and `between` share: new music inside a piece, in takes. The codec finds the place and says what is fed
// and what is drawn (arioso/fill.h); of several tries the one is kept under which what follows is likeliest.
#ifndef ARIO_APPS_FILLING_H
#define ARIO_APPS_FILLING_H

#include "apps/commands/outputs.h"
#include "apps/generate/models.h"
#include "apps/generate/sampling.h"
#include "apps/midi/music.h"
#include "arioso/fill.h"
#include "arioso/session.h"

typedef struct ario__filling {
  const char *command;
  const char *word, *made; // of the default name, and in the picture: "accompanied"
  // The command line.
  ario__command_line line;
  const char *output, *model_name, *precision_name, *wav, *png;
  size_t takes, tries, latents, threads;
  double gain;
  bool normalize, gain_given, takes_given, seed_given, only_new, json;
  ario_sampler_options sampling;
  ario__temperatures temperatures;
  ario__music music; // the song; its input is named by the command
  bool placed;       // where is in place_from and place_to, microseconds, not in --from and --to
  int64_t place_from, place_to;

  // What is asked for.
  ario_fill_ask asks[ARIO_FILL_ASKS]; // [ask_count]; none: bars are written, not parts
  size_t ask_count;
  bool instead;

  // Set by ario__filling_run.
  ario_model *model;
  ario_precision precision;
  char model_folder[ARIO__PATH_MOST];
  const ario_codec *codec;
  const ario_symbolic_fill *fill; // the codec's
  ario_fill place;
  ario__report *report; // with --json
  bool interrupted;     // takes that are complete are kept
} ario__filling;

ario__filling ario__filling_default(const char *command);

// Makes and writes all takes of f->music.song or, if that is NULL, f->music.input. Returns the exit status, with the reason
// printed.
int ario__filling_run(ario__filling *f);

// The rows that both commands have.
#define ARIO__FILLING_OPTIONS(f)                                                                             \
  {"takes",     'k',         ARIO__SIZE,                                                                     \
   &(f)->takes, "K",         "make K different ones, OUT-1 to OUT-K, with the seeds N+1 to N+K",             \
   .least = 1,  .most = 999, .given = &(f)->takes_given},                                                    \
      {"seed",                                                                                               \
       0,                                                                                                    \
       ARIO__SEED,                                                                                           \
       &(f)->sampling.seed,                                                                                  \
       "N",                                                                                                  \
       "the same seed gives the same music; by default a random seed is printed",                            \
       .given = &(f)->seed_given},                                                                           \
      {"wav", 0, ARIO__TEXT, &(f)->wav, "OUT.wav", "also write the piece as sound (.wav, .flac or .ogg)"},   \
      {"gain",     0,          ARIO__REAL,                                                                   \
       &(f)->gain, "G",        "factor on the volume of --wav; 1 by default",                                \
       .least = 0, .most = 10, .given = &(f)->gain_given},                                                   \
      {"normalize", 0, ARIO__FLAG, &(f)->normalize, NULL, "scale the peak of --wav to -1 dBFS"},             \
      {"png", 0, ARIO__TEXT, &(f)->png, "OUT.png", "also draw the piece as a piano roll"},                   \
      {"only-new", 0, ARIO__FLAG, &(f)->only_new, NULL, "write the new music alone, at its place in time"},  \
      ARIO__STEER_OPTIONS(&(f)->music.steering), ARIO__GRAMMAR_OPTIONS(&(f)->music),                         \
      ARIO__SAMPLING_OPTIONS(&(f)->sampling, &(f)->temperatures),                                            \
      ARIO__PRECISION_OPTION(&(f)->precision_name), ARIO__LATENTS_OPTION(&(f)->latents),                     \
      ARIO__THREADS_OPTION(&(f)->threads), {                                                                 \
    "json", 0, ARIO__FLAG, &(f)->json, NULL, "print the results as JSON"                                     \
  }

#endif
