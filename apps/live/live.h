// SPDX-License-Identifier: MIT
//
// What `play` and `jam` share: their options, the model and the stage.
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
  const char *standard; // the model where none is named; NULL: that of the medium
  ario_medium medium;   // of the model; music by default
  size_t latents, threads, rate;
  bool seed_given, list_devices, json;
  bool endless; // it goes on until the user ends it
  ario_sampler_options sampling;
  ario__temperatures temperatures;
  ario__stage_options stage_options;

  ario_model *model;
  const ario_codec *codec; // the model's
  char model_folder[ARIO__PATH_MOST];
  ario_precision precision;
  ario__stage *stage;
} ario__live;

ario__live ario__live_default(const char *command);

// Checks the shared options and opens the model. Returns the exit status, with the reason printed, as all
// functions here do that return an int.
int ario__live_open_model(ario__live *live);

// Opens the stage: its devices and files.
int ario__live_open_stage(ario__live *live);
void ario__live_close(ario__live *live);

// The program's answer to a key, shown in the status line for a moment.
typedef struct ario__notice {
  char text[80];
  double until; // seconds of ario__seconds_now
} ario__notice;

void ario__notice_set(ario__notice *notice, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ario__notice_no_key(ario__notice *notice, int key);
const char *ario__notice_text(const ario__notice *notice); // "" if its time is over

// A part of the line, "  3 underruns", or "" if there are none. text [size]
const char *ario__missing_text(const ario__stage_state *stage, char *text, size_t size);

// Writes a description of the music at a second to text [size]: "  bar 17  120 notes".
typedef void (*ario__live_describe)(void *context, double seconds, char *text, size_t size);

// Reads the user's keys and shows the status line until everything has sounded. *end is the stage's frame at
// which the user ended the music; INT64_MAX: it ended by itself.
int ario__listen_to(ario__live *live, ario__producer *producer, ario__live_describe describe, void *context,
                    int64_t *end);

ario_session_options ario__live_session(const ario__live *live);

int ario__live_save_sound(ario__live *live);
int ario__live_list_devices(const char *command);

// A JSON object with the members that both commands report. The caller frees it with ario__report_free.
ario__report *ario__live_report(const ario__live *live, const ario__stage_state *stage);

#define ARIO__LIVE_OPTIONS(live)                                                                             \
  {"wav",      0,                                                                                            \
   ARIO__TEXT, &(live)->stage_options.wav,                                                                   \
   "OUT.wav",  "also record what is heard (.wav, .flac or .ogg)"},                                           \
      {"device",   'd',                                                                                      \
       ARIO__TEXT, &(live)->stage_options.device,                                                            \
       "NAME",     "the sound device: a number or part of a name from --list-devices"},                      \
      {"list-devices", 0, ARIO__FLAG, &(live)->list_devices, NULL, "list the sound devices"},                \
      {"rate",        0,                                                                                     \
       ARIO__SIZE,    &(live)->rate,                                                                         \
       "HZ",          "the sample rate; by default that of the device",                                      \
       .least = 8000, .most = 96000},                                                                        \
      {"latency",                                                                                            \
       0,                                                                                                    \
       ARIO__REAL,                                                                                           \
       &(live)->stage_options.latency,                                                                       \
       "S",                                                                                                  \
       "the sound device's buffer, in seconds: less responds faster, more avoids dropouts",                  \
       .least = 0.002,                                                                                       \
       .most = 2},                                                                                           \
      {"soundfont",                                                                                          \
       0,                                                                                                    \
       ARIO__TEXT,                                                                                           \
       &(live)->stage_options.synth.soundfont,                                                               \
       "FILE.sf2",                                                                                           \
       "the SoundFont with the instruments; by default $ARIOSO_SOUNDFONT, or an installed one",              \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {"gain",     0,                                                                                        \
       ARIO__REAL, &(live)->stage_options.synth.gain,                                                        \
       "G",        "multiply the volume by G; 1 by default",                                                 \
       .least = 0, .most = 10},                                                                              \
  {                                                                                                          \
    "midi-out", 0, ARIO__TEXT, &(live)->stage_options.midi_out, "PORT",                                      \
        "play on a MIDI instrument instead: its device file, such as /dev/snd/midiC1D0",                     \
        .only = ARIO__FOR(ARIO_MUSIC)                                                                        \
  }

#define ARIO__LIVE_MODEL_OPTIONS(live, model_help)                                                           \
  {"seed",                                                                                                   \
   0,                                                                                                        \
   ARIO__SEED,                                                                                               \
   &(live)->sampling.seed,                                                                                   \
   "N",                                                                                                      \
   "the same seed gives the same music; by default a random seed is printed",                                \
   .given = &(live)->seed_given},                                                                            \
      {"model", 'm', ARIO__TEXT, &(live)->model_name, "DIR", model_help},                                    \
      ARIO__PRECISION_OPTION(&(live)->precision_name),                                                       \
      {"latents",                                                                                            \
       0,                                                                                                    \
       ARIO__SIZE,                                                                                           \
       &(live)->latents,                                                                                     \
       "M",                                                                                                  \
       "how many of the newest tokens the model works on at once: fewer is faster; by default the model's "  \
       "own number",                                                                                         \
       .least = 1,                                                                                           \
       .most = 1 << 30},                                                                                     \
      ARIO__THREADS_OPTION(&(live)->threads), {                                                              \
    "json", 0, ARIO__FLAG, &(live)->json, NULL, "print the results as JSON"                                  \
  }

#endif
