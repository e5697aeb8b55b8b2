// SPDX-License-Identifier: MIT
//
// A song to a sound file. Frame 0 of the file is the song's time 0; an event at time t takes effect at the
// first multiple of 64 frames that is not before t, so never early and at most 1.5 ms late (at 44.1 kHz). Memory
// does not grow with the length.
// Sound is bit-identical from run to run on one machine.
#ifndef ARIO_APPS_RENDERER_H
#define ARIO_APPS_RENDERER_H

#include "apps/live/performer.h"
#include "arioso/midi.h"
#include "arioso/sound.h"

enum {
  // More is refused: a day holds any opera, and a broken file does not fill the disk.
  ARIO__RENDER_MAX_SECONDS = 24 * 3600,
};

typedef enum ario__render_length {
  ARIO__LENGTH_MUSIC, // to the last event; where notes hang, to the file's end or until they have died away
  ARIO__LENGTH_FILE,  // to the last End of Track
  ARIO__LENGTH_BARS,  // to the first bar line that is not before that: the length of a loop
} ario__render_length;

typedef struct ario__render_options {
  ario__synth_options synth;
  ario_sample_format format;
  bool replace;   // an existing file; otherwise it is ERR_STATE
  bool normalize; // after a first pass for the loudest sample, scale it to -1 dBFS; nothing is limited then
  bool limit;     // turn down what would exceed full scale (limiter.h)
  ario__render_length length;
  int64_t
      from;   // microseconds of the song's time, which is frame 0 then; notes that began before are not heard
  int64_t to; // at the latest the music ends here; INT64_MAX: where `length` says
  double
      tail; // seconds after the end, 0..ARIO__PERFORMER_MAX_TAIL; below 0: of ARIO__LENGTH_MUSIC until all has
            // rung off, 3 at most; of the others none
  void (*progress)(void *context, double fraction); // called often, fraction 0..1 never falls; NULL: not
  void *context;
} ario__render_options;

// s16, replacing, not normalized, limited, all of the music, tail -1, no progress.
ario__render_options ario__render_options_default(void);

typedef struct ario__render_report {
  int64_t frames;
  double seconds;
  double peak;    // loudest sample; 1 is full scale
  size_t clipped; // samples beyond full scale: clipped, but in a float file
  double limited; // decibels by which the loudest sample was turned down
  double
      safe_gain; // where samples are beyond, or were turned down: a gain at which none would be; otherwise 0
  char soundfont[256]; // the one used, cut to fit
} ario__render_report;

// Renders to `path`, whose ending says the kind of file; it appears whole or not at all. Notes that still
// sound at the end end there. Errors: those of ario__synth_create and ario_sound_writer_*, ERR_FORMAT for a
// song without notes, ERR_LIMIT for what is too long, ERR_UNSUPPORTED for bars of SMPTE time, ERR_ARGUMENT (these name
// no file: the caller knows the song's).
ARIO_NODISCARD ario_status ario__render(const ario_song *song, const char *path,
                                        const ario__render_options *options, ario__render_report *report,
                                        ario_error *error);

#endif
