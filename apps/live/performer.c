// SPDX-License-Identifier: MIT
//
// Sends cues when they are due, and finds the end of the tail.
#include "apps/live/performer.h"
#include "apps/live/tape.h"

#include <math.h>
#include <string.h>

enum {
  BLOCK = 64,   // frames that the synthesizer computes at a time
  PIECE = 1024, // frames of a tail that are judged together
};

static const double longest_tail = 3;   // seconds, where no tail is asked for
static const double fade = 0.25;        // seconds: a tail that is cut ends without a click
static const double quiet = 1.0 / 4096; // -72 dBFS: below it a tail may end
static const double quiet_time = 0.1;   // seconds for which it must be quiet
static const double long_quiet = 3;     // seconds after which notes that are held are heard no more

void ario__performer_init(ario__performer *performer, ario__synth *synth, unsigned rate, double tail) {
  *performer = (ario__performer){.synth = synth,
                                 .limiter = ario__limiter_make(rate),
                                 .rate = rate,
                                 .end = INT64_MAX,
                                 .hold = INT64_MAX,
                                 .tail = tail};
}

int64_t ario__performer_frame(int64_t microseconds, unsigned rate) {
  return (int64_t)llround((double)microseconds * rate / 1e6);
}

int64_t ario__performer_last(const ario_song *song) {
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  while (count && events[count - 1].bytes[0] == 0xFF) count--;
  return count ? events[count - 1].microseconds : 0;
}

int64_t ario__performer_end(const ario_song *song) {
  ario_song_info info = ario_song_describe(song);
  return info.hanging ? info.microseconds : ario__performer_last(song);
}

ario__cue ario__performer_cue(const ario_midi_event *event, unsigned rate) {
  return (ario__cue){.frame = ario__performer_frame(event->microseconds, rate),
                     .bytes = event->bytes,
                     .size = event->late ? 0 : event->size,
                     .port = event->port};
}

int64_t ario__performer_limit(int64_t end, unsigned rate, double tail) {
  int64_t last = end + llround((tail < 0 ? longest_tail : tail) * rate);
  return last < 1 ? 1 : last; // a file of one frame rather than of none
}

static void send_due(ario__performer *p, const ario__cue *cues, size_t count) {
  for (; p->next < count && cues[p->next].frame <= p->frame; p->next++) {
    const ario__cue *cue = &cues[p->next];
    if (!cue->size) continue;
    if (p->synth) ario__synth_send(p->synth, cue->port, cue->bytes, cue->size);
    if (p->send) p->send(p->context, cue->bytes, cue->size);
  }
}

// Releases all notes and pedals: the tail begins.
static void release(ario__performer *p) {
  if (p->synth) ario__synth_release(p->synth);
  for (unsigned channel = 0; p->send && channel < 16; channel++) {
    static const uint8_t controllers[] = {64, 66, 123}; // pedals, all notes off
    for (size_t i = 0; i < sizeof controllers; i++)
      p->send(p->context, (const uint8_t[]){(uint8_t)(0xB0 | channel), controllers[i], 0}, 3);
  }
  p->released = true;
  p->quiet_for = 0;
  p->peak = 0;
  p->last = ario__performer_limit(p->end, p->rate, p->tail);
}

// Decides at the beginning of each piece whether the tail goes on.
static bool rings(ario__performer *p) {
  if (p->frame >= p->last) return false;
  if (p->tail >= 0 || (p->frame - p->end) % PIECE) return true;
  int64_t enough = (int64_t)(quiet_time * p->rate);
  if (p->frame > p->end) p->quiet_for = p->peak < quiet ? p->quiet_for + PIECE : 0;
  p->peak = 0;
  return p->quiet_for < enough || (p->synth && ario__synth_voices(p->synth));
}

// Decides at the beginning of each piece whether the notes that hang have died away.
static bool has_died(ario__performer *p) {
  if (p->frame <= p->hold || (p->frame - p->hold) % PIECE) return false;
  p->quiet_for = p->peak < quiet ? p->quiet_for + PIECE : 0;
  p->peak = 0;
  bool silent = !p->synth || !ario__synth_voices(p->synth);
  return p->quiet_for >= (int64_t)((silent ? quiet_time : long_quiet) * p->rate);
}

// Fades the end of a tail that must be cut.
static void fade_tail(const ario__performer *p, float *samples, size_t frames) {
  double tail = (double)(p->last - p->end), length = fmin(fade * p->rate, tail);
  for (size_t i = 0; i < frames; i++) {
    double left = (double)(p->last - p->frame - (int64_t)i);
    for (size_t side = 0; side < 2 && left < length; side++)
      samples[2 * i + side] = (float)(samples[2 * i + side] * (left / length));
  }
}

static void look_for_peak(ario__performer *p, const float *samples, size_t frames) {
  for (size_t i = 0; i < 2 * frames; i++)
    if (fabs((double)samples[i]) > p->peak) p->peak = fabs((double)samples[i]);
}

// How many of `frames` can be rendered at once: up to the next cue, the end, or the end of a piece; and never
// beyond the synthesizer's next block, since the last bits of its samples depend on how many blocks are asked
// for at once (one frame in a quarter of an hour of dense music, by 2e-12).
static size_t run_length(const ario__performer *p, const ario__cue *cues, size_t count, size_t frames) {
  int64_t target = p->frame + (int64_t)frames, block = (p->frame / BLOCK + 1) * BLOCK;
  if (block < target) target = block;
  if (p->released) {
    int64_t piece = p->end + ((p->frame - p->end) / PIECE + 1) * PIECE;
    if (piece < target) target = piece;
    if (p->last < target) target = p->last;
  } else {
    if (p->next < count && cues[p->next].frame < target) target = cues[p->next].frame;
    if (p->end < target) target = p->end;
    int64_t piece = p->frame < p->hold ? target : p->hold + ((p->frame - p->hold) / PIECE + 1) * PIECE;
    if (piece < target) target = piece;
  }
  return (size_t)(target - p->frame);
}

size_t ario__performer_render(ario__performer *p, const ario__cue *cues, size_t count, float *samples,
                              size_t frames) {
  size_t done = 0;
  while (done < frames && !p->done) {
    send_due(p, cues, count);
    if (!p->released && has_died(p)) p->end = p->frame;
    if (p->frame >= p->end && !p->released) release(p);
    if (p->released && !rings(p)) {
      p->done = true;
      break;
    }
    size_t run = run_length(p, cues, count, frames - done);
    float *out = samples + 2 * done;
    if (p->tape)
      ario__tape_read(p->tape, p->frame, out, run);
    else if (p->synth)
      ario__synth_render(p->synth, out, run);
    else
      memset(out, 0, 2 * run * sizeof *out);
    ario__limiter_apply(&p->limiter, out, run, 2);
    if (p->released) fade_tail(p, out, run);
    if (p->released || p->frame >= p->hold) look_for_peak(p, out, run);
    p->frame += (int64_t)run;
    done += run;
  }
  return done;
}
