// SPDX-License-Identifier: MIT
//
// The parts of `arioso continue`: the command line (continue.c), the takes of any kind of tokens
// (continue_takes.c), and one file for each medium: music (continue_midi.c), sound (continue_audio.c) and
// raw tokens (continue_raw.c).
#ifndef ARIO_APPS_CONTINUE_H
#define ARIO_APPS_CONTINUE_H

#include "apps/cli/paths.h"
#include "apps/cli/report.h"
#include "apps/commands/outputs.h"
#include "apps/generate/sampling.h"
#include "apps/midi/music.h"
#include "arioso/model.h"
#include "arioso/precision.h"
#include "arioso/sampler.h"
#include "arioso/symbolic.h"

#define ARIO__CONTINUE "continue" // the command's name

typedef struct ario__continuing ario__continuing;

// One continuation.
typedef struct ario__take {
  size_t number; // from 1; 0: there is only one
  uint64_t seed;
  ario_token *tokens; // [count], the new ones
  size_t count;
  double spent; // seconds of generating
  double cost;  // of what is wished, in nats
  ario__output_names names;
} ario__take;

// What differs between music, sound and raw tokens. Reports add members to `report`; if it
// is NULL, they print text.
typedef struct ario__continue_medium {
  // Checks the options, sets their defaults, reads the input if there is one, and sets the prompt and the
  // limits of a take. Returns the exit status, with the reason printed.
  int (*prepare)(ario__continuing *c);
  // Writes the take's files.
  ario_status (*write)(const ario__continuing *c, const ario__take *take, ario_error *error);
  // Reports the input, of whose tokens the model sees the newest `used`: members, or a line.
  void (*report_prompt)(const ario__continuing *c, size_t used, ario__report *report);
  // Reports the take's file and how much is new in it: members, or the beginning of a line.
  void (*report_take)(const ario__continuing *c, const ario__take *take, ario__report *report);
  // Sets units [prompt_count + take->count], the bar, second or token (each from 1) into which each token falls. Returns
  // what they are called; NULL: memory is short.
  const char *(*units)(const ario__continuing *c, const ario__take *take, size_t *units);
  void (*finish)(ario__continuing *c); // frees what `prepare` made but for `music`; NULL: there is nothing
} ario__continue_medium;

extern const ario__continue_medium ario__continue_midi, ario__continue_audio, ario__continue_raw;

struct ario__continuing {
  // The command line.
  ario__command_line line;
  const char *output, *model_name, *audio_codec, *precision_name, *wav, *png, *looked;
  size_t takes, latents, threads;
  double seconds; // of music
  double gain;    // of the sound
  bool normalize, gain_given;
  bool seconds_given, tokens_given, takes_given, seed_given, only_new, json;
  ario_sampler_options sampling;
  ario__temperatures temperatures;
  ario__music music; // if the tokens are music

  ario__input source;       // what it reads
  const ario__input *input; // the same; NULL: there is none

  // The model.
  ario_model *model;
  ario_precision precision; // to compute in
  char model_folder[ARIO__PATH_MOST];
  const ario_codec *codec;
  const ario__continue_medium *medium;
  const char *suffix; // of the output's default name

  // Set by the medium's `prepare`.
  ario_token *prompt; // [prompt_count]
  size_t prompt_count;
  size_t left_out;  // tokens of the prompt's beginning that it has not
  ario_chain chain; // what may follow; it has been fed the prompt
  size_t tokens;    // most tokens of a take
  size_t least;     // tokens that are worth a file; 0: one
  // For music: the codec, and the end of the prompt. Otherwise NULL.
  const ario_symbolic *symbolic;
  const ario_cursor *cursor;
  int64_t until; // latest time of the song at which a take ends

  struct ario__recording *recording; // for sound; continue_audio.c owns it

  ario__report *report; // with --json
  ario__report *looks;  // with --looked: the takes
  bool interrupted;     // what was made until then is written
};

// Adds to the report of --looked where the model looked while it wrote a take; and writes that report. Return the exit
// status, with the reason printed.
int ario__looked_add(ario__continuing *c, const ario__take *take);
int ario__looked_write(ario__continuing *c);

// Makes and writes all takes. Returns the exit status, with the reason printed.
int ario__takes_make(ario__continuing *c);

#endif
