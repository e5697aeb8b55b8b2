// SPDX-License-Identifier: MIT
//
// A song to a sound file. Frame 0 of the file is the song's time 0; an event at time t takes effect at the
// first multiple of 64 frames that is not before t, so never early and at most 1.5 ms late (at 44.1 kHz).
// Sound is bit-identical from run to run on one machine.
#ifndef ARIO_APPS_RENDERER_H
#define ARIO_APPS_RENDERER_H

#include "apps/live/performer.h"
#include "arioso/midi.h"
#include "arioso/sound.h"

enum {
  // A longer song is refused: two hours hold a recital, and a broken file does not fill the disk.
  ARIO__RENDER_MAX_SECONDS = 2 * 3600,
};

typedef struct ario__render_options {
  ario__synth_options synth;
  ario_sample_format format;
  bool normalize; // after a first pass for the loudest sample, scale it to -1 dBFS
  double tail; // seconds after the last event, 0..ARIO__PERFORMER_MAX_TAIL; below 0: until all has rung off,
               // 3 at most
  void (*progress)(void *context, double fraction); // called often, fraction 0..1 never falls; NULL: not
  void *context;
} ario__render_options;

ario__render_options ario__render_options_default(void); // s16, not normalized, tail -1, no progress

typedef struct ario__render_report {
  int64_t frames;
  double seconds;
  double peak;         // loudest sample; 1 is full scale
  size_t clipped;      // samples beyond full scale: clipped, but in a float file
  double safe_gain;    // where samples are beyond: a gain at which none would be; otherwise 0
  char soundfont[256]; // the one used, cut to fit
} ario__render_report;

// Renders to `path`, whose ending says the kind of file; it appears whole or not at all. Notes that still
// sound at the last event end there. Errors: those of ario__synth_create and ario_sound_writer_*, ERR_FORMAT
// for a song without notes, ERR_LIMIT for one that is too long (both name no file: the caller knows the
// song's).
ARIO_NODISCARD ario_status ario__render(const ario_song *song, const char *path,
                                        const ario__render_options *options, ario__render_report *report,
                                        ario_error *error);

#endif
