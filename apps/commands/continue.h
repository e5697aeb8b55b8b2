// SPDX-License-Identifier: MIT
//
// The parts of `arioso continue`: the command line (continue.c), what holds for tokens of any kind (continue_takes.c),
// and what they stand for: music (continue_midi.c), sound (continue_audio.c), or what a file's bytes are
// (continue_raw.c).
#ifndef ARIO_APPS_CONTINUE_H
#define ARIO_APPS_CONTINUE_H

#include "apps/cli/paths.h"
#include "apps/cli/report.h"
#include "apps/midi/music.h"
#include "arioso/model.h"
#include "arioso/precision.h"
#include "arioso/sampler.h"
#include "arioso/symbolic.h"

#define ARIO__CONTINUE "continue" // the command's name

typedef struct ario__continuing ario__continuing;

// One continuation.
typedef struct ario__take {
  size_t number; // from 1; 0: the only one
  uint64_t seed;
  ario_token *tokens; // [count], the new ones
  size_t count;
  double spent;                                                           // seconds
  char file[ARIO__PATH_MOST], wav[ARIO__PATH_MOST], png[ARIO__PATH_MOST]; // "" if not wanted
} ario__take;

// What depends on what the tokens stand for. Where `report` is NULL, text goes to standard output instead.
typedef struct ario__medium {
  // Checks the options, fills in those left open, reads the input if there is one, and sets `prompt` and what
  // limits the takes. Returns the exit status; if that is not ARIO__DONE, it has said why.
  int (*prepare)(ario__continuing *c);
  // Writes the take's files.
  ario_status (*write)(const ario__continuing *c, const ario__take *take, ario_error *error);
  // What the input is, of whose tokens the model sees the newest `used`: members, or a line.
  void (*report_prompt)(const ario__continuing *c, size_t used, ario__report *report);
  // The take's files and what is new in them: members, or the line's beginning.
  void (*report_take)(const ario__continuing *c, const ario__take *take, ario__report *report);
  void (*finish)(ario__continuing *c); // frees what `prepare` made
} ario__medium;

extern const ario__medium ario__midi_medium, ario__audio_medium, ario__raw_medium;

struct ario__continuing {
  // The command line.
  ario__command_line line;
  const char *input, *output, *model_name, *audio_codec, *precision_name, *wav, *png;
  size_t takes, latents, threads;
  double seconds; // of music
  bool seconds_given, tokens_given, takes_given, seed_given, temperature_given, only_new, json;
  ario_sampler_options sampling;
  ario__music music; // where the tokens are music

  // The model.
  ario_model *model;
  ario_precision precision; // to compute in
  char model_folder[ARIO__PATH_MOST];
  const ario_codec *codec;
  const ario__medium *medium;
  const char *suffix; // of the output, by default

  // What the medium prepares.
  ario_token *prompt; // [prompt_count]
  size_t prompt_count;
  ario_chain chain; // what may follow; has read the prompt
  size_t tokens;    // in a take at most
  // Of music, otherwise NULL: the codec that tells time, and where the prompt ends.
  const ario_symbolic *symbolic;
  const ario_cursor *cursor;
  int64_t until; // time of the song at which a take ends at the latest

  struct ario__recording *recording; // of sound: the medium's own

  ario__report *report; // with --json
};

// Makes and writes all takes. Returns the exit status; if that is not ARIO__DONE, it has said why.
int ario__takes_make(ario__continuing *c);

#endif
