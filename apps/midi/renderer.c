// SPDX-License-Identifier: MIT
//
// A song through the performer, into a file.
#include "apps/midi/renderer.h"
#include "apps/cli/interrupt.h"
#include "apps/live/performer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 1024 }; // frames between two looks at an interrupt

// One pass over a song: to a file, or for the peak alone.
typedef struct pass {
  const ario__render_options *options;
  ario__synth *synth;
  ario__performer performer;
  ario_sound_writer *writer; // NULL: only measure
  double scale;              // applied to every sample
  double peak;
  size_t clipped;
  double progress_from, progress_by; // this pass' part of the whole
  float samples[2 * BLOCK];
} pass;

ario__render_options ario__render_options_default(void) {
  return (ario__render_options){
      .synth = ario__synth_options_default(), .format = ARIO_SAMPLE_S16, .tail = -1};
}

static ario_status check(const ario_song *song, const ario__render_options *options, ario_error *error) {
  ario_song_info info = ario_song_describe(song);
  double seconds = (double)ario__performer_last(song) / 1e6;
  if (!(options->tail <= ARIO__PERFORMER_MAX_TAIL))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "a tail of %g s is more than %d s", options->tail,
                     ARIO__PERFORMER_MAX_TAIL);
  if (!info.notes && !info.drum_notes)
    return ario_fail(error, ARIO_ERR_FORMAT, "there is no note to render in the song");
  if (seconds > ARIO__RENDER_MAX_SECONDS)
    return ario_fail(error, ARIO_ERR_LIMIT,
                     "the song lasts %.1f hours, more than the %d that are rendered; cut it first",
                     seconds / 3600, ARIO__RENDER_MAX_SECONDS / 3600);
  return ARIO_OK;
}

// Scales, and looks at every sample.
static void finish_samples(pass *p, size_t frames) {
  for (size_t i = 0; i < 2 * frames; i++) {
    p->samples[i] = (float)(p->samples[i] * p->scale);
    double level = fabs((double)p->samples[i]);
    if (level > p->peak) p->peak = level;
    p->clipped += level > 1;
  }
}

static ario_status perform(pass *p, const ario__cue *cues, size_t count, ario_error *error) {
  int64_t last = ario__performer_limit(p->performer.end, p->performer.rate, p->performer.tail);
  ario_status status = ARIO_OK;
  while (!status && !p->performer.done) {
    if (ario__interrupt_check(error)) return ARIO_ERR_STATE;
    size_t frames = ario__performer_render(&p->performer, cues, count, p->samples, BLOCK);
    finish_samples(p, frames);
    if (p->writer) status = ario_sound_writer_write(p->writer, p->samples, frames, error);
    if (p->options->progress)
      p->options->progress(p->options->context,
                           p->progress_from + p->progress_by * (double)p->performer.frame / (double)last);
  }
  return status;
}

static void fill_report(ario__render_report *report, const pass *p) {
  const ario__synth_options *synth = &p->options->synth;
  *report = (ario__render_report){.frames = p->performer.frame, .peak = p->peak, .clipped = p->clipped};
  report->seconds = (double)p->performer.frame / synth->rate;
  // Sound is linear in the gain; two places are enough to type, rounded down to be safe.
  if (p->clipped) report->safe_gain = floor(99 * synth->gain / p->peak) / 100;
  snprintf(report->soundfont, sizeof report->soundfont, "%s", ario__synth_soundfont(p->synth));
}

// The song's events as cues [*count], to be freed.
static ario__cue *cues_of(const ario_song *song, unsigned rate, size_t *count) {
  const ario_midi_event *events = ario_song_events(song, count);
  ario__cue *cues = malloc((*count ? *count : 1) * sizeof *cues);
  for (size_t i = 0; cues && i < *count; i++)
    cues[i] = (ario__cue){.frame = ario__performer_frame(events[i].microseconds, rate),
                          .bytes = events[i].bytes,
                          .size = events[i].size};
  return cues;
}

static ario_status run(pass *p, const ario_song *song, ario__render_report *report, ario_error *error) {
  unsigned rate = p->options->synth.rate;
  p->peak = 0;
  p->clipped = 0;
  ario_status status = ario__synth_create(&p->options->synth, &p->synth, error);
  if (status) return status;
  ario__performer_init(&p->performer, p->synth, rate, p->options->tail);
  p->performer.end = ario__performer_frame(ario__performer_last(song), rate);
  size_t count;
  ario__cue *cues = cues_of(song, rate, &count);
  status = cues ? perform(p, cues, count, error)
                : ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status) fill_report(report, p);
  free(cues);
  ario__synth_free(p->synth);
  p->synth = NULL;
  return status;
}

// The frames that the file would need at most must fit.
static ario_status check_room(const ario_song *song, const char *path, const ario_sound_writer *writer,
                              const ario__render_options *options, ario_error *error) {
  unsigned rate = options->synth.rate;
  int64_t end = ario__performer_frame(ario__performer_last(song), rate);
  double frames = (double)ario__performer_limit(end, rate, options->tail);
  if (frames < (double)ario_sound_writer_room(writer)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_LIMIT,
                   "%s: %.0f frames do not fit into a WAV file; use .flac, or a lower rate or s16", path,
                   frames);
}

// The second pass' scale brings the first pass' peak to -1 dBFS.
static ario_status run_passes(pass *p, ario_sound_writer *writer, const ario_song *song,
                              ario__render_report *report, ario_error *error) {
  if (p->options->normalize) {
    p->progress_by = 0.5;
    ario_status status = run(p, song, report, error);
    if (status) return status;
    if (p->peak > 0) p->scale = pow(10, -1.0 / 20) / p->peak;
    p->progress_from = 0.5;
  }
  p->writer = writer;
  return run(p, song, report, error);
}

ario_status ario__render(const ario_song *song, const char *path, const ario__render_options *options,
                         ario__render_report *report, ario_error *error) {
  *report = (ario__render_report){0};
  ario_sound_writer *writer = NULL;
  pass p = {.options = options, .scale = 1, .progress_by = 1};
  ario_status status = check(song, options, error);
  if (!status)
    status = ario_sound_writer_create(path, options->format, options->synth.rate, 2, &writer, error);
  if (!status) status = check_room(song, path, writer, options, error);
  if (!status) status = run_passes(&p, writer, song, report, error);
  if (!status) status = ario_sound_writer_finish(writer, error);
  ario_sound_writer_free(writer);
  if (!status && options->progress) options->progress(options->context, 1);
  return status;
}
