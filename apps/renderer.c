// SPDX-License-Identifier: MIT
//
// Drives the synthesizer through a song's events and counts what comes out.
#include "apps/renderer.h"
#include "apps/interrupt.h"

#include <math.h>
#include <stdio.h>

enum { BLOCK = 1024 }; // frames, a multiple of the synthesizer's 64

static const double longest_tail = 3;   // seconds, where no tail is asked for
static const double fade = 0.25;        // seconds at the very end of the longest tail, against a click
static const double quiet = 1.0 / 4096; // -72 dBFS: below it a tail may end
static const double quiet_time = 0.1;   // seconds for which it must be quiet

// One pass over a song: to a file, or for the peak alone.
typedef struct pass {
  const ario__render_options *options;
  ario__synth *synth;
  ario_sound_writer *writer; // NULL: only measure
  double scale;              // applied to every sample
  double peak;
  size_t clipped;
  int64_t frame;                     // next to be rendered
  int64_t end;                       // of the music, before the tail
  int64_t last;                      // frame at which the longest tail ends
  double progress_from, progress_by; // this pass' part of the whole
  float samples[2 * BLOCK];
} pass;

ario__render_options ario__render_options_default(void) {
  return (ario__render_options){.synth = ario__synth_options_default(), .format = ARIO_S16, .tail = -1};
}

static int64_t to_frame(int64_t microseconds, unsigned rate) {
  return (int64_t)llround((double)microseconds * rate / 1e6);
}

// Time of the last event that the synthesizer hears; metas, which may lie far behind the music, are none.
static int64_t last_event(const ario_song *song) {
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  while (count && events[count - 1].bytes[0] == 0xFF) count--;
  return count ? events[count - 1].microseconds : 0;
}

static ario_status check(const ario_song *song, const ario__render_options *options, ario_error *error) {
  ario_song_info info = ario_song_describe(song);
  double seconds = (double)last_event(song) / 1e6;
  if (!(options->tail <= ARIO__RENDER_MAX_TAIL))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "a tail of %g s is more than %d s", options->tail,
                     ARIO__RENDER_MAX_TAIL);
  if (!info.notes && !info.drum_notes)
    return ario_fail(error, ARIO_ERR_FORMAT, "there is no note to render in the song");
  if (seconds > ARIO__RENDER_MAX_SECONDS)
    return ario_fail(error, ARIO_ERR_LIMIT,
                     "the song lasts %.1f hours, more than the %d that are rendered; cut it first",
                     seconds / 3600, ARIO__RENDER_MAX_SECONDS / 3600);
  return ARIO_OK;
}

// Fades the end of a tail that had to be cut, scales, and looks at every sample. Returns the block's peak.
static double finish_samples(pass *p, size_t frames) {
  double tail = (double)(p->last - p->end), length = fmin(fade * p->options->synth.rate, tail), peak = 0;
  for (size_t i = 0; i < frames; i++) {
    double left = (double)(p->last - p->frame - (int64_t)i);
    double factor = left < length ? p->scale * left / length : p->scale;
    for (size_t side = 0; side < 2; side++) {
      float *sample = &p->samples[2 * i + side];
      *sample = (float)(*sample * factor);
      double level = fabs((double)*sample);
      if (level > peak) peak = level;
      p->clipped += level > 1;
    }
  }
  if (peak > p->peak) p->peak = peak;
  return peak;
}

// Renders up to `target`; *quiet_for (may be NULL) counts the frames since the last that was not quiet.
static ario_status advance(pass *p, int64_t target, int64_t *quiet_for, ario_error *error) {
  while (p->frame < target) {
    if (ario__interrupt_check(error)) return ARIO_ERR_STATE;
    size_t frames = target - p->frame < BLOCK ? (size_t)(target - p->frame) : BLOCK;
    ario__synth_render(p->synth, p->samples, frames);
    double peak = finish_samples(p, frames);
    if (p->writer) {
      ario_status status = ario_sound_writer_write(p->writer, p->samples, frames, error);
      if (status) return status;
    }
    p->frame += (int64_t)frames;
    if (quiet_for) *quiet_for = peak < quiet ? *quiet_for + (int64_t)frames : 0;
    if (p->options->progress)
      p->options->progress(p->options->context,
                           p->progress_from + p->progress_by * (double)p->frame / (double)p->last);
  }
  return ARIO_OK;
}

static ario_status run_tail(pass *p, ario_error *error) {
  ario__synth_release(p->synth);
  if (p->options->tail >= 0) return advance(p, p->last, NULL, error);
  int64_t enough = (int64_t)(quiet_time * p->options->synth.rate), quiet_for = 0;
  while (p->frame < p->last && (quiet_for < enough || ario__synth_voices(p->synth))) {
    int64_t target = p->frame + BLOCK < p->last ? p->frame + BLOCK : p->last;
    ario_status status = advance(p, target, &quiet_for, error);
    if (status) return status;
  }
  return ARIO_OK;
}

static void fill_report(ario__render_report *report, const pass *p) {
  const ario__synth_options *synth = &p->options->synth;
  *report = (ario__render_report){.frames = p->frame, .peak = p->peak, .clipped = p->clipped};
  report->seconds = (double)p->frame / synth->rate;
  // Sound is linear in the gain; two places are enough to type, rounded down to be safe.
  if (p->clipped) report->safe_gain = floor(99 * synth->gain / p->peak) / 100;
  snprintf(report->soundfont, sizeof report->soundfont, "%s", ario__synth_soundfont(p->synth));
}

static ario_status run(pass *p, const ario_song *song, ario__render_report *report, ario_error *error) {
  unsigned rate = p->options->synth.rate;
  double tail = p->options->tail < 0 ? longest_tail : p->options->tail;
  p->frame = 0;
  p->peak = 0;
  p->clipped = 0;
  p->end = to_frame(last_event(song), rate);
  p->last = p->end + llround(tail * rate);
  if (p->last < 1) p->last = 1; // a file of one frame rather than of none
  ario_status status = ario__synth_create(&p->options->synth, &p->synth, error);
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; !status && i < count; i++) {
    int64_t at = to_frame(events[i].microseconds, rate);
    status = advance(p, at < p->end ? at : p->end, NULL, error);
    ario__synth_send(p->synth, events[i].bytes, events[i].size);
  }
  if (!status) status = run_tail(p, error);
  if (!status) fill_report(report, p);
  ario__synth_free(p->synth);
  p->synth = NULL;
  return status;
}

// The frames that the file would need at most must fit.
static ario_status check_room(const ario_song *song, const char *path, const ario_sound_writer *writer,
                              const ario__render_options *options, ario_error *error) {
  double tail = options->tail < 0 ? longest_tail : options->tail;
  double frames = ((double)last_event(song) / 1e6 + tail) * options->synth.rate;
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
