// SPDX-License-Identifier: MIT
//
// The recording, then what is generated, onto the tape.
#include "apps/audio/sounder.h"
#include "apps/audio/playback.h"
#include "apps/audio/reel.h"
#include "apps/cli/clock.h"
#include "apps/generate/generate.h"
#include "apps/generate/pace.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double first_lead = 1;  // seconds that are there before anything sounds
static const double take_lead = 0.7; // seconds from a key to another take: time to begin it

// Stereo samples.
struct stereo {
  float *samples; // [count, 2]
  size_t count, room;
};

struct ario__sounder {
  ario__sounder_options options;
  unsigned rate;
  ario__reel *reel; // NULL once all of it is on the tape
  ario_session *session;
  ario_sampler *sampler;
  ario_token *tokens; // [count]: those of the recording, then the new ones
  size_t count, room, prompt_count;
  ario__playback *playback;
  struct stereo held;  // the end of the recording, into which what follows is faded
  struct stereo fresh; // made, and not on the tape yet: the last of it, which may be the end and is to fade
  int64_t begin;       // frame of the stage at which new sound begins
  int64_t end;         // on the tape
  size_t before;       // samples of the playback to come that lie before `begin`

  ario__pace pace;

  bool started;
  pthread_t thread;
  pthread_mutex_t lock; // of all below
  bool quit, another;
  ario__sounder_state state;
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

// All but the last `kept` frames go on the tape.
static ario_status to_tape(ario__sounder *s, struct stereo *from, size_t kept) {
  size_t frames = from->count > kept ? from->count - kept : 0;
  ario_status status = ario__stage_append(s->options.stage, from->samples, frames);
  s->end += (int64_t)frames;
  from->count -= frames;
  if (from->count)
    memmove(from->samples, from->samples + 2 * frames, 2 * from->count * sizeof *from->samples);
  return status;
}

// The recording's next samples, all but the last, which wait for what follows.
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

// ---- What is generated ----

static double frame_samples(const ario__sounder *s, size_t frames) {
  return ario__playback_samples(&s->options.recording->codes, s->rate, frames);
}

// New frames of codes.
static size_t new_frames(const ario__sounder *s) {
  return (s->count - s->prompt_count) / s->options.recording->codes.levels;
}

static double new_seconds(const ario__sounder *s) {
  return frame_samples(s, ario__recording_new(s->options.recording, new_frames(s))) / s->rate;
}

// A session at the present pace that has read all tokens the model can see.
static ario_status open_session(ario__sounder *s, ario_error *error) {
  ario_status status = ario__pace_open(&s->pace, s->tokens, s->count, &s->session, error);
  pthread_mutex_lock(&s->lock);
  s->state.refills = s->pace.refills;
  s->state.latents = s->pace.latents;
  s->state.latents_least = s->pace.latents_least;
  s->state.changes = s->pace.changes;
  pthread_mutex_unlock(&s->lock);
  return status;
}

static ario_status open_sampler(ario__sounder *s, size_t take) {
  ario_sampler_options options = s->options.sampling;
  options.seed += take - 1;
  ario_sampler_free(s->sampler);
  return ario_sampler_create(s->options.recording->codes.codes, &options, &s->sampler, NULL);
}

// From where the tokens end.
static ario_status open_playback(ario__sounder *s) {
  const ario__recording *r = s->options.recording;
  ario__playback_free(s->playback);
  return ario__playback_open(r->codec, &r->codes, s->rate, s->tokens, s->count, &s->playback, &s->before);
}

// The tokens of one more frame.
static ario_status make_frame(ario__sounder *s) {
  const ario_codes *codes = &s->options.recording->codes;
  ario_token tokens[ARIO_CODES_LEVELS];
  ario_status status = ario__generate_frame(s->session, s->sampler, codes, tokens);
  for (size_t level = 0; level < codes->levels && !status; level++) {
    if (!ario__make_token_room(&s->tokens, s->count, &s->room)) return ARIO_ERR_MEMORY;
    s->tokens[s->count++] = tokens[level];
  }
  return status;
}

// What came out of the playback. First is what lies before the beginning: there the recording's held end
// fades into it.
static bool take_over(ario__sounder *s, const float *samples, size_t count) {
  size_t held = s->held.count;
  for (size_t i = 0; i < count; i++) {
    float left = samples[i], right = samples[i];
    size_t before = s->before;
    if (before) s->before--;
    if (before > held) continue;
    if (before) {
      const float *old = &s->held.samples[2 * (held - before)];
      float share = (float)(held - before + 1) / (float)(held + 1);
      left = old[0] + share * (left - old[0]);
      right = old[1] + share * (right - old[1]);
    }
    if (!add_frame(&s->fresh, left, right)) return false;
  }
  return true;
}

static void fade_out(struct stereo *s, size_t frames) {
  if (frames > s->count) frames = s->count;
  for (size_t left = frames; left; left--) {
    float *frame = &s->samples[2 * (s->count - left)], level = (float)left / (float)(frames + 1);
    frame[0] *= level;
    frame[1] *= level;
  }
}

// Sound of new tokens onto the tape; the end of all fades out.
static ario_status hand_over(ario__sounder *s, const float *samples, size_t count, bool end) {
  size_t fade = s->rate / 100;
  if (!take_over(s, samples, count)) return ARIO_ERR_MEMORY;
  if (end) fade_out(&s->fresh, fade);
  return to_tape(s, &s->fresh, end ? 0 : fade);
}

static ario_status next_frame(ario__sounder *s) {
  const ario_codes *codes = &s->options.recording->codes;
  ario_status status = make_frame(s);
  if (status) return status;
  bool end = new_seconds(s) >= s->options.seconds - 1e-6;
  const float *samples;
  size_t count;
  status = ario__playback_next(s->playback, s->tokens + s->count - codes->levels, end, &samples, &count);
  if (!status) status = hand_over(s, samples, count, end);
  if (!status && end) ario__stage_finish(s->options.stage, s->end);
  pthread_mutex_lock(&s->lock);
  s->state.tokens += codes->levels;
  s->state.sound = new_seconds(s);
  s->state.done = end;
  pthread_mutex_unlock(&s->lock);
  return status;
}

// ---- Takes ----

// Goes back to the first frame of codes that is not to be heard any more.
static ario_status begin_take(ario__sounder *s) {
  pthread_mutex_lock(&s->lock);
  size_t take = ++s->state.take;
  s->another = s->state.done = false;
  pthread_mutex_unlock(&s->lock);
  ario_status status = open_sampler(s, take);
  if (status || s->reel || !new_frames(s)) return status;
  int64_t cut = ario__stage_cut_tape(s->options.stage, take_lead, s->begin);
  size_t frames = cut <= s->begin ? 0 : (size_t)((double)(cut - s->begin) / frame_samples(s, 1));
  int64_t at = s->begin + llround(frame_samples(s, frames));
  if (frames) s->held.count = 0;
  s->end = ario__stage_cut_tape(s->options.stage, 0, at - (int64_t)s->held.count);
  s->fresh.count = 0;
  s->count = s->prompt_count + frames * s->options.recording->codes.levels;
  status = open_playback(s);
  return status ? status : open_session(s, NULL);
}

// ---- The thread ----

static double lead_of(ario__sounder *s) {
  double lead = (double)(s->end - ario__stage_frame(s->options.stage)) / s->rate;
  double enough = s->options.ahead < first_lead ? s->options.ahead : first_lead;
  pthread_mutex_lock(&s->lock);
  s->state.ahead = lead;
  if (lead >= enough || s->state.done) s->state.ready = true;
  pthread_mutex_unlock(&s->lock);
  return lead;
}

static ario_status work(ario__sounder *s, double lead, ario_error *error) {
  if (s->reel) return play_recording(s, error);
  double began = ario__seconds_now();
  ario_status status = next_frame(s);
  double spent = ario__seconds_now() - began;
  if (!status && ario__stage_is_timed(s->options.stage) &&
      ario__pace_judge(&s->pace, spent, new_seconds(s), lead))
    status = open_session(s, NULL);
  return status;
}

static ario_status go_on(ario__sounder *s, ario_error *error) {
  while (true) {
    pthread_mutex_lock(&s->lock);
    bool quit = s->quit, another = s->another, done = s->state.done;
    pthread_mutex_unlock(&s->lock);
    if (quit) return ARIO_OK;
    ario_status status = another ? begin_take(s) : ARIO_OK;
    if (status) return status;
    double lead = lead_of(s);
    if ((done && !another) || lead >= s->options.ahead) {
      const struct timespec time = {.tv_nsec = 5000000};
      nanosleep(&time, NULL);
      if (ario__pace_rest(&s->pace, new_seconds(s), lead)) status = open_session(s, NULL);
    } else {
      status = work(s, lead, error);
    }
    if (status) return status;
  }
}

static void *run(void *context) {
  ario__sounder *s = context;
  ario_error error = {""};
  ario_status status = go_on(s, &error);
  pthread_mutex_lock(&s->lock);
  s->state.status = status;
  s->state.error = error;
  s->state.ready = true;
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

// ---- From outside ----

static ario_status begin(ario__sounder *s, ario_error *error) {
  const ario__recording *r = s->options.recording;
  s->room = r->count + 4096;
  s->tokens = malloc(s->room * sizeof *s->tokens);
  if (!s->tokens) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  memcpy(s->tokens, r->tokens, r->count * sizeof *s->tokens);
  s->count = s->prompt_count = r->count;
  s->pace = ario__pace_of(s->options.model, &s->options.session, s->options.ahead);
  ario_status status = open_sampler(s, 1);
  if (!status) status = open_playback(s);
  if (status) return ario_fail(error, status, "%s: %s", r->input, ario_strerror(status));
  if (!s->options.alone) status = ario__reel_open(r, s->rate, &s->reel, error);
  return status ? status : open_session(s, error);
}

ario_status ario__sounder_create(const ario__sounder_options *options, ario__sounder **out,
                                 ario_error *error) {
  *out = NULL;
  ario__sounder *s = calloc(1, sizeof *s);
  if (!s) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  s->options = *options;
  s->rate = ario__stage_rate(options->stage);
  s->state.take = 1;
  pthread_mutex_init(&s->lock, NULL);
  ario_status status = begin(s, error);
  if (status)
    ario__sounder_free(s);
  else
    *out = s;
  return status;
}

ario_status ario__sounder_start(ario__sounder *sounder, ario_error *error) {
  if (pthread_create(&sounder->thread, NULL, run, sounder))
    return ario_fail(error, ARIO_ERR_MEMORY, "no thread can be started to generate with");
  sounder->started = true;
  return ARIO_OK;
}

void ario__sounder_another(ario__sounder *sounder) {
  pthread_mutex_lock(&sounder->lock);
  sounder->another = true;
  pthread_mutex_unlock(&sounder->lock);
}

ario__sounder_state ario__sounder_look(ario__sounder *sounder) {
  pthread_mutex_lock(&sounder->lock);
  ario__sounder_state state = sounder->state;
  pthread_mutex_unlock(&sounder->lock);
  return state;
}

void ario__sounder_stop(ario__sounder *sounder) {
  if (!sounder->started) return;
  pthread_mutex_lock(&sounder->lock);
  sounder->quit = true;
  pthread_mutex_unlock(&sounder->lock);
  pthread_join(sounder->thread, NULL);
  sounder->started = false;
  sounder->state.refills += ario_session_refills(sounder->session);
}

void ario__sounder_free(ario__sounder *sounder) {
  if (!sounder) return;
  ario__sounder_stop(sounder);
  ario_session_free(sounder->session);
  ario_sampler_free(sounder->sampler);
  ario__playback_free(sounder->playback);
  ario__reel_free(sounder->reel);
  free(sounder->tokens);
  free(sounder->held.samples);
  free(sounder->fresh.samples);
  pthread_mutex_destroy(&sounder->lock);
  free(sounder);
}
