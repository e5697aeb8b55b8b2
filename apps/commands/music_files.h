// SPDX-License-Identifier: MIT
//
// What a take of music becomes: a MIDI file, and beside it sound and a picture.
#ifndef ARIO_APPS_MUSIC_FILES_H
#define ARIO_APPS_MUSIC_FILES_H

#include "apps/commands/outputs.h"
#include "arioso/song.h"

typedef struct ario__music_files {
  const ario__output_names *names;
  bool replace; // an existing MIDI file; otherwise that is ERR_STATE
  double gain;  // of the sound; below 0: the default
  bool normalize;
  const char *made;  // for the picture: "continued", "made"
  const char *model; // folder
  uint64_t seed;
  // Of the picture: what was there before, a MIDI file [given_size] or NULL; where what is new begins, and what is shown,
  // in microseconds.
  const uint8_t *given;
  size_t given_size;
  int64_t boundary, from, to;
} ario__music_files;

// Everything in the picture, nothing given.
ario__music_files ario__music_files_default(void);

// Writes bytes [size] to the files that are named. Where the sound or the picture cannot be written the MIDI file is
// there. Errors: ERR_STATE where the MIDI file exists; those of ario__write_output, ario__render and ario__roll_write.
ARIO_NODISCARD ario_status ario__music_files_write(const ario__music_files *files, const uint8_t *bytes,
                                                   size_t size, ario_error *error);

#endif
