// SPDX-License-Identifier: MIT
//
// A song through the performer, into a file.
#include "apps/midi/renderer.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/times.h"
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
  int64_t end;               // of the music, microseconds of the song's time
  double scale;              // applied to every sample
  double peak;
  size_t clipped;
  double progress_from, progress_by; // this pass' part of the whole
  float samples[2 * BLOCK];
} pass;

ario__render_options ario__render_options_default(void) {
  return (ario__render_options){.synth = ario__synth_options_default(),
                                .format = ARIO_SAMPLE_S16,
                                .replace = true,
                                .limit = true,
                                .to = INT64_MAX,
                                .tail = -1};
}

// The time of the first bar line, but for the piece's beginning, that is not before the end of the file; a hundredth
// of a second past one is none.
static ario_status find_bar_line(const ario_song *song, int64_t *time) {
  size_t bar;
  ario_status status = ario__last_bar(song, &bar);
  return status ? status : ario_song_bar(song, bar + 1, time);
}

// Where the music ends, by the options.
static ario_status find_end(const ario_song *song, const ario__render_options *options, int64_t *end,
                            ario_error *error) {
  *end = ario__performer_end(song);
  if (options->length == ARIO__LENGTH_FILE) *end = ario_song_describe(song).microseconds;
  ario_status status = options->length == ARIO__LENGTH_BARS ? find_bar_line(song, end) : ARIO_OK;
  if (status == ARIO_ERR_UNSUPPORTED)
    return ario_fail(error, status, "the song counts frames and has no bars");
  if (status) return ario_fail(error, status, "its bars go on for more than ten days");
  if (*end > options->to) *end = options->to;
  if (options->from >= *end && options->from > 0)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "nothing is left to render: the music ends at %.2f s",
                     (double)*end / 1e6);
  return ARIO_OK;
}

static ario_status check(const ario_song *song, const ario__render_options *options, int64_t end,
                         ario_error *error) {
  ario_song_info info = ario_song_describe(song);
  double seconds = (double)(end - options->from) / 1e6;
  if (!(options->tail <= ARIO__PERFORMER_MAX_TAIL))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "a tail of %g s is more than %d s", options->tail,
                     ARIO__PERFORMER_MAX_TAIL);
  if (!info.notes && !info.drum_notes)
    return ario_fail(error, ARIO_ERR_FORMAT, "there is no note to render in the song");
  if (seconds > ARIO__RENDER_MAX_SECONDS)
    return ario_fail(error, ARIO_ERR_LIMIT,
                     "that is %.1f hours, more than the %d that are rendered; --from and --to cut it",
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
  double came = fmax(p->peak, p->performer.limiter.peak);
  if (p->performer.limiter.peak > ario__limiter_ceiling)
    report->limited = 20 * log10(came / ario__limiter_ceiling);
  // Sound is linear in the gain; two places are enough to type, rounded down to be safe.
  if (p->clipped || report->limited > 0) report->safe_gain = floor(98 * synth->gain / came) / 100;
  snprintf(report->soundfont, sizeof report->soundfont, "%s", ario__synth_soundfont(p->synth));
}

// The song's events as cues [*count], which the caller frees. Of what stands before `from` all but the notes comes
// at once.
static ario__cue *cues_of(const ario_song *song, int64_t from, unsigned rate, size_t *count) {
  size_t all;
  const ario_midi_event *events = ario_song_events(song, &all);
  ario__cue *cues = malloc((all ? all : 1) * sizeof *cues);
  *count = 0;
  for (size_t i = 0; cues && i < all; i++) {
    ario_midi_event event = events[i];
    unsigned kind = event.bytes[0] & 0xF0;
    if (event.microseconds < from && (kind == 0x80 || kind == 0x90)) continue;
    event.microseconds = event.microseconds < from ? 0 : event.microseconds - from;
    cues[(*count)++] = ario__performer_cue(&event, rate);
  }
  return cues;
}

// Seconds after the end; below 0: until all has rung off.
static double tail_of(const ario__render_options *options) {
  return options->tail < 0 && options->length != ARIO__LENGTH_MUSIC ? 0 : options->tail;
}

// Sets the performer to the part of the song that is wanted.
static void set_part(pass *p, const ario_song *song) {
  const ario__render_options *options = p->options;
  unsigned rate = options->synth.rate;
  ario__performer_init(&p->performer, p->synth, rate, tail_of(options));
  if (!options->limit || options->normalize) p->performer.limiter = (ario__limiter){.rate = 0};
  p->performer.end = ario__performer_frame(p->end - options->from, rate);
  int64_t last = ario__performer_last(song);
  if (options->length == ARIO__LENGTH_MUSIC && ario_song_describe(song).hanging)
    p->performer.hold = last > options->from ? ario__performer_frame(last - options->from, rate) : 0;
}

static ario_status run(pass *p, const ario_song *song, ario__render_report *report, ario_error *error) {
  unsigned rate = p->options->synth.rate;
  p->peak = 0;
  p->clipped = 0;
  ario_status status = ario__synth_create(&p->options->synth, &p->synth, error);
  if (status) return status;
  set_part(p, song);
  size_t count;
  ario__cue *cues = cues_of(song, p->options->from, rate, &count);
  status = cues ? perform(p, cues, count, error)
                : ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status) fill_report(report, p);
  free(cues);
  ario__synth_free(p->synth);
  p->synth = NULL;
  return status;
}

// The frames that the file would need at most must fit.
static ario_status check_room(const pass *p, const char *path, const ario_sound_writer *writer,
                              ario_error *error) {
  unsigned rate = p->options->synth.rate;
  int64_t end = ario__performer_frame(p->end - p->options->from, rate);
  double frames = (double)ario__performer_limit(end, rate, tail_of(p->options));
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
  ario_status status = find_end(song, options, &p.end, error);
  if (!status) status = check(song, options, p.end, error);
  if (!status)
    status = ario_sound_writer_create(path, options->replace, options->format, options->synth.rate, 2,
                                      &writer, error);
  if (!status) status = check_room(&p, path, writer, error);
  if (!status) status = run_passes(&p, writer, song, report, error);
  if (!status) status = ario_sound_writer_finish(writer, error);
  ario_sound_writer_free(writer);
  if (!status && options->progress) options->progress(options->context, 1);
  return status;
}
