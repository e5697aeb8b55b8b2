// SPDX-License-Identifier: MIT
//
// Puts the recording and then the generated sound on the stage's tape.
#include "apps/audio/sounder.h"
#include "apps/audio/playback.h"
#include "apps/audio/reel.h"
#include "apps/audio/seam.h"
#include "apps/cli/stopwatch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double take_lead = 0.7; // seconds from the key to the new take: time to begin it

// Stereo samples.
struct stereo {
  float *samples; // [count, 2]
  size_t count, room;
};

struct ario__sounder {
  ario__producer producer;
  ario__sounder_options options;
  unsigned rate;
  ario__reel *reel; // NULL when the whole recording is on the tape
  ario__playback *playback;
  struct stereo held;  // the end of the recording, which the new sound fades into
  struct stereo fresh; // new sound that is not on the tape yet: it fades out if it is the last
  int64_t begin;       // frame of the stage at which the new sound begins
  int64_t end;         // frame of the stage at which the tape ends
  size_t before;       // samples still to come from the playback that lie before `begin`
};

// ---- Sound ----

static bool add_frame(struct stereo *s, float left, float right) {
  if (s->count == s->room) {
    size_t room = 2 * s->room + 4096;
    float *grown = realloc(s->samples, 2 * room * sizeof *grown);
    if (!grown) return false;
    s->samples = grown;
    s->room = room;
  }
  s->samples[2 * s->count] = left;
  s->samples[2 * s->count + 1] = right;
  s->count++;
  return true;
}

// Moves all but the last `kept` frames to the tape.
static ario_status to_tape(ario__sounder *s, struct stereo *from, size_t kept) {
  size_t frames = from->count > kept ? from->count - kept : 0;
  ario_status status = ario__stage_append(s->options.producer.stage, from->samples, frames);
  s->end += (int64_t)frames;
  from->count -= frames;
  if (from->count)
    memmove(from->samples, from->samples + 2 * frames, 2 * from->count * sizeof *from->samples);
  return status;
}

// Puts the recording's next samples on the tape, except for the last ones, which wait for the crossfade.
static ario_status play_recording(ario__sounder *s, ario_error *error) {
  const float *samples;
  size_t frames;
  bool end;
  ario_status status = ario__reel_next(s->reel, &samples, &frames, &end, error);
  for (size_t i = 0; i < frames && !status; i++)
    if (!add_frame(&s->held, samples[2 * i], samples[2 * i + 1])) status = ARIO_ERR_MEMORY;
  if (status) return status;
  status = to_tape(s, &s->held, s->before);
  if (!end) return status;
  ario__reel_free(s->reel);
  s->reel = NULL;
  s->begin = s->end + (int64_t)s->held.count;
  return status;
}

// ---- Generated sound ----

static double frame_samples(const ario__sounder *s, size_t frames) {
  return ario__playback_samples(&s->options.recording->codes, s->rate, frames);
}

// The number of new frames of codes.
static size_t new_frames(const ario__sounder *s) {
  size_t count;
  ario__producer_new(&s->producer, &count);
  return count / s->options.recording->codes.levels;
}

static double made_of(void *context) {
  const ario__sounder *s = context;
  return frame_samples(s, ario__recording_new(s->options.recording, new_frames(s))) / s->rate;
}

// The levels take turns. They start with level 0, since the prompt ends with a whole frame.
static ario_status open_producer(ario__sounder *s, size_t take, ario_error *error) {
  const ario_codes *codes = &s->options.recording->codes;
  const ario_constraint levels = ario_turns(ARIO_CODES_FIRST, codes->codes, codes->levels);
  ario_chain chain = {.count = 0};
  ario_status status = ario_chain_add(&chain, &levels);
  return status ? status : ario__producer_open(&s->producer, take, &chain, error);
}

// Opens a playback that begins where the tokens end.
static ario_status open_playback(ario__sounder *s) {
  const ario__recording *r = s->options.recording;
  ario__playback_free(s->playback);
  return ario__playback_open(r->codec, &r->codes, s->rate, s->producer.tokens, s->producer.count,
                             &s->playback, &s->before);
}

// Generates the tokens of one more frame.
static ario_status make_frame(ario__sounder *s) {
  ario_status status = ARIO_OK;
  for (size_t level = 0; level < s->options.recording->codes.levels && !status; level++) {
    ario_token token;
    status = ario_generator_next(s->producer.generator, &token);
    if (!status && !ario__producer_append(&s->producer, token)) status = ARIO_ERR_MEMORY;
  }
  return status;
}

// Takes samples from the playback. Those before `begin` are mixed with the held end of the recording.
static bool take_over(ario__sounder *s, const float *samples, size_t count) {
  size_t held = s->held.count;
  for (size_t i = 0; i < count; i++) {
    float frame[2] = {samples[i], samples[i]};
    size_t before = s->before;
    if (before) s->before--;
    if (before > held) continue;
    if (before) {
      memcpy(frame, &s->held.samples[2 * (held - before)], sizeof frame);
      ario__seam_cross(frame, 2, samples[i], before, held);
    }
    if (!add_frame(&s->fresh, frame[0], frame[1])) return false;
  }
  return true;
}

static void fade_out(struct stereo *s, size_t frames) {
  if (frames > s->count) frames = s->count;
  for (size_t left = frames; left; left--) {
    float *frame = &s->samples[2 * (s->count - left)], level = ario__seam_level(left, frames);
    frame[0] *= level;
    frame[1] *= level;
  }
}

// Puts the sound of new tokens on the tape; the very end fades out.
static ario_status hand_over(ario__sounder *s, const float *samples, size_t count, bool end) {
  size_t fade = s->rate / 100;
  if (!take_over(s, samples, count)) return ARIO_ERR_MEMORY;
  if (end) fade_out(&s->fresh, fade);
  return to_tape(s, &s->fresh, end ? 0 : fade);
}

static ario_status next_frame(ario__sounder *s, bool *done) {
  ario__producer *p = &s->producer;
  ario_status status = make_frame(s);
  if (status) return status;
  bool end = made_of(s) >= s->options.seconds - 1e-6;
  const float *samples;
  size_t count, levels = s->options.recording->codes.levels;
  status = ario__playback_next(s->playback, p->tokens + p->count - levels, end, &samples, &count);
  if (!status) status = hand_over(s, samples, count, end);
  if (!status && end) ario__stage_finish(s->options.producer.stage, s->end);
  *done = end;
  return status;
}

static double lead_of(void *context) {
  const ario__sounder *s = context;
  return (double)(s->end - ario__stage_frame(s->options.producer.stage)) / s->rate;
}

static ario_status work(void *context, double lead, bool *done, ario_error *error) {
  ario__sounder *s = context;
  (void)lead;
  if (s->reel) return play_recording(s, error);
  double began = ario__seconds_now();
  ario_status status = next_frame(s, done);
  s->producer.spent = ario__seconds_now() - began;
  return status;
}

// ---- Takes ----

// Goes back to the first frame of codes that has not been heard, and begins the new take there.
static ario_status begin_take(void *context, size_t take) {
  ario__sounder *s = context;
  if (s->reel || !new_frames(s)) return open_producer(s, take, NULL);
  int64_t cut = ario__stage_cut_tape(s->options.producer.stage, take_lead, s->begin);
  size_t frames = cut <= s->begin ? 0 : (size_t)((double)(cut - s->begin) / frame_samples(s, 1));
  int64_t at = s->begin + llround(frame_samples(s, frames));
  if (frames) s->held.count = 0;
  s->end = ario__stage_cut_tape(s->options.producer.stage, 0, at - (int64_t)s->held.count);
  s->fresh.count = 0;
  s->producer.count = s->producer.prompt_count + frames * s->options.recording->codes.levels;
  ario_status status = open_playback(s);
  return status ? status : open_producer(s, take, NULL);
}

// ---- Public functions ----

static const ario__producer_kind kind = {
    .begin_take = begin_take, .work = work, .lead = lead_of, .made = made_of};

static ario_status begin(ario__sounder *s, ario_error *error) {
  const ario__recording *r = s->options.recording;
  ario_status status = ario__producer_init(&s->producer, &s->options.producer, &kind, s, r->tokens, r->count);
  if (!status) status = open_playback(s);
  if (status) return ario_fail(error, status, "%s: %s", r->input->name, ario_strerror(status));
  if (!s->options.alone) status = ario__reel_open(r, s->rate, &s->reel, error);
  return status ? status : open_producer(s, 1, error);
}

ario_status ario__sounder_create(const ario__sounder_options *options, ario__sounder **out,
                                 ario_error *error) {
  *out = NULL;
  ario__sounder *s = calloc(1, sizeof *s);
  if (!s) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  s->options = *options;
  s->rate = ario__stage_rate(options->producer.stage);
  ario_status status = begin(s, error);
  if (status)
    ario__sounder_free(s);
  else
    *out = s;
  return status;
}

ario__producer *ario__sounder_producer(ario__sounder *sounder) {
  return &sounder->producer;
}

void ario__sounder_free(ario__sounder *sounder) {
  if (!sounder) return;
  ario__producer_free(&sounder->producer);
  ario__playback_free(sounder->playback);
  ario__reel_free(sounder->reel);
  free(sounder->held.samples);
  free(sounder->fresh.samples);
  free(sounder);
}
