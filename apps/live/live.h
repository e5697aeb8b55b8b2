// SPDX-License-Identifier: MIT
//
// What `play` and `jam` have in common: options, the model, the stage.
#ifndef ARIO_APPS_LIVE_H
#define ARIO_APPS_LIVE_H

#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/report.h"
#include "apps/cli/threads.h"
#include "apps/generate/models.h"
#include "apps/generate/sampling.h"
#include "apps/live/producer.h"
#include "arioso/session.h"

typedef struct ario__live {
  const char *command;
  const char *model_name, *precision_name;
  ario_medium medium; // that the model must be of; music by default
  size_t latents, threads, rate;
  bool seed_given, temperature_given, list_devices, json;
  bool endless; // nothing but the user ends it
  ario_sampler_options sampling;
  ario__stage_options stage_options;

  ario_model *model;
  const ario_codec *codec; // the model's
  char model_folder[ARIO__PATH_MOST];
  ario_precision precision;
  ario__stage *stage;
} ario__live;

ario__live ario__live_default(const char *command);

// Checks the options that are shared and opens the model. Returns the exit status, and has said why.
int ario__live_open_model(ario__live *live);

// Opens the stage: devices and files. Returns the exit status, and has said why.
int ario__live_open_stage(ario__live *live);
void ario__live_close(ario__live *live);

// Whether a file can be written; and is not the input, which may be NULL. Returns the exit status.
int ario__live_check_output(const ario__live *live, const char *output, const char *input);

// Writes what there is to say at a second of the music: ", bar 17  120 notes".
typedef void (*ario__live_describe)(void *context, double seconds, char *text, size_t size);

// Keys and the status line, while a producer is heard, until all has sounded. *end, if that is not INT64_MAX, is the
// stage's frame at which the user ended it. Returns the exit status, and has said why.
int ario__listen_to(ario__live *live, ario__producer *producer, ario__live_describe describe, void *context,
                    int64_t *end);

ario_session_options ario__live_session(const ario__live *live);

int ario__live_save_sound(ario__live *live);
int ario__live_list_devices(const char *command);

// An object with what both report.
ario__report *ario__live_report(const ario__live *live, const ario__stage_state *stage);

#define ARIO__LIVE_OPTIONS(live)                                                                             \
  {"wav", 0, ARIO__TEXT, &(live)->stage_options.wav, "OUT.wav", "record it, too (or .flac, .ogg)"},          \
      {"device",   'd',                                                                                      \
       ARIO__TEXT, &(live)->stage_options.device,                                                            \
       "NAME",     "the sound device: a number or a part of a name of --list-devices"},                      \
      {"list-devices", 0, ARIO__FLAG, &(live)->list_devices, NULL, "say which devices there are"},           \
      {"rate",        0,                                                                                     \
       ARIO__SIZE,    &(live)->rate,                                                                         \
       "HZ",          "samples a second; the device's own by default",                                       \
       .least = 8000, .most = 96000},                                                                        \
      {"latency",                                                                                            \
       0,                                                                                                    \
       ARIO__REAL,                                                                                           \
       &(live)->stage_options.latency,                                                                       \
       "S",                                                                                                  \
       "the device's buffer: less answers sooner, more never stutters",                                      \
       .least = 0.002,                                                                                       \
       .most = 2},                                                                                           \
      {"soundfont",                                                                                          \
       0,                                                                                                    \
       ARIO__TEXT,                                                                                           \
       &(live)->stage_options.synth.soundfont,                                                               \
       "FILE.sf2",                                                                                           \
       "the instruments; by default $ARIOSO_SOUNDFONT, else what the system has",                            \
       .only = ARIO__FOR_MIDI},                                                                              \
      {"gain",     0,         ARIO__REAL, &(live)->stage_options.synth.gain, "G", "loudness; 1 by default",  \
       .least = 0, .most = 10},                                                                              \
  {                                                                                                          \
    "midi-out", 0, ARIO__TEXT, &(live)->stage_options.midi_out, "PORT",                                      \
        "play on an instrument instead: its device file, as /dev/snd/midiC1D0", .only = ARIO__FOR_MIDI       \
  }

#define ARIO__LIVE_MODEL_OPTIONS(live)                                                                       \
  {"seed",                                                                                                   \
   0,                                                                                                        \
   ARIO__SEED,                                                                                               \
   &(live)->sampling.seed,                                                                                   \
   "N",                                                                                                      \
   "the same seed gives the same music; drawn, and said, by default",                                        \
   .given = &(live)->seed_given},                                                                            \
      {"model",    'm',                                                                                      \
       ARIO__TEXT, &(live)->model_name,                                                                      \
       "DIR",      "a model's folder, or its name; " ARIO__DEFAULT_MODEL " by default"},                     \
      ARIO__PRECISION_OPTION(&(live)->precision_name),                                                       \
      {"latents",                                                                                            \
       0,                                                                                                    \
       ARIO__SIZE,                                                                                           \
       &(live)->latents,                                                                                     \
       "M",                                                                                                  \
       "newest positions that are thought through at once: fewer is faster; the model's own by default",     \
       .least = 1,                                                                                           \
       .most = 1 << 30},                                                                                     \
      ARIO__THREADS_OPTION(&(live)->threads), {                                                              \
    "json", 0, ARIO__FLAG, &(live)->json, NULL, "print what was done as JSON"                                \
  }

#endif
