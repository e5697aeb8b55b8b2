// SPDX-License-Identifier: MIT
//
// Writes music, its sound and its picture.
#include "apps/commands/music_files.h"
#include "apps/cli/options.h"
#include "apps/draw/piano_roll.h"
#include "apps/midi/renderer.h"

#include <stdio.h>
#include <string.h>

static const double MUCH = 3; // decibels of which a limiter is heard

ario__music_files ario__music_files_default(void) {
  return (ario__music_files){.gain = -1, .to = INT64_MAX};
}

// A time in the steps of a picture.
static int64_t steps_of(int64_t microseconds) {
  return microseconds == INT64_MAX ? INT64_MAX : microseconds / (1000000 / ARIO_SONG_STEPS_PER_SECOND);
}

static ario_status render(const ario__music_files *f, const ario_song *song, ario_error *error) {
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  if (f->gain >= 0) options.synth.gain = f->gain;
  options.normalize = f->normalize;
  ario_status status = ario__render(song, f->names->wav, &options, &report, error);
  if (!status && report.limited > MUCH)
    ario__warn("%s: the loudest are turned down by %.1f dB; --gain %.2f or --normalize avoids it",
               f->names->wav, report.limited, report.safe_gain);
  return status;
}

// `given` is the song without the take; NULL: all is new.
static ario_status draw_roll(const ario__music_files *f, const ario_song *song, const ario_song *given,
                             ario_error *error) {
  char subtitle[160];
  ario__roll_options options = ario__roll_options_default();
  const char *slash = strrchr(f->names->file, '/'), *model = strrchr(f->model, '/');
  snprintf(subtitle, sizeof subtitle, "%s by Arioso (%.60s, seed %llu)", f->made,
           model && model[1] ? model + 1 : f->model, (unsigned long long)f->seed);
  options.title = slash ? slash + 1 : f->names->file;
  options.subtitle = subtitle;
  options.continued = true;
  options.given = given;
  options.boundary = steps_of(f->boundary);
  options.from = steps_of(f->from);
  if (f->to != INT64_MAX) options.to = steps_of(f->to);
  return ario__roll_write(song, f->names->png, &options, error);
}

static ario_status draw(const ario__music_files *f, const ario_song *song, ario_error *error) {
  ario_song *given = NULL;
  ario_status status = f->given ? ario_song_parse(f->given, f->given_size, &given, error) : ARIO_OK;
  if (!status) status = draw_roll(f, song, given, error);
  ario_song_free(given);
  return status;
}

ario_status ario__music_files_write(const ario__music_files *f, const uint8_t *bytes, size_t size,
                                    ario_error *error) {
  ario_error detail = {""};
  ario_song *song = NULL;
  ario_status status = ario__write_output(f->names->file, f->replace, bytes, size, error);
  if (status || (!*f->names->wav && !*f->names->png)) return status;
  status = ario_song_parse(bytes, size, &song, &detail);
  if (!status && *f->names->wav) status = render(f, song, &detail);
  if (!status && *f->names->png) status = draw(f, song, &detail);
  ario_song_free(song);
  // The music is there, whatever became of the rest: no other name is looked for.
  return status ? ario_fail(error, ARIO_ERR_IO, "%s; the music is in %s", detail.text, f->names->file)
                : ARIO_OK;
}
