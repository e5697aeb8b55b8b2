// SPDX-License-Identifier: MIT
//
// Generating ahead of what is heard.
#include "apps/midi/composer.h"
#include "apps/cli/clock.h"
#include "apps/generate/generate.h"
#include "apps/generate/pace.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double first_lead = 1;     // seconds that are there before anything sounds, or
static const double first_share = 0.25; // this share of what it keeps ahead, if that is more
static const double least_lead = 0.25;  // below it a phrase is ended
static const double pause_length = 2;   // seconds
static const double take_lead = 0.7;    // seconds from a key to another take: time to begin it

struct ario__composer {
  ario__composer_options options;
  unsigned rate;
  ario_session *session;
  ario_sampler *sampler;
  ario_midi_grammar grammar;
  ario_token *tokens; // [count]: the prompt's, then the new ones
  size_t count, room, prompt_count;
  int64_t step; // of the piece at which the tokens end

  size_t seen;   // events of the piece that the stage has
  int64_t final; // microseconds of the piece

  ario__pace pace;
  double spent; // seconds of work since the pace was judged
  double token_time;

  bool started;
  pthread_t thread;
  pthread_mutex_t lock; // of all below
  bool quit, another;
  ario__composer_state state;
};

// ---- Sessions ----

// A session at the present pace that has read all tokens the model can see.
static ario_status open_session(ario__composer *c, ario_error *error) {
  ario_status status = ario__pace_open(&c->pace, c->tokens, c->count, &c->session, error);
  pthread_mutex_lock(&c->lock);
  c->state.refills = c->pace.refills;
  c->state.latents = c->pace.latents;
  c->state.latents_least = c->pace.latents_least;
  c->state.changes = c->pace.changes;
  pthread_mutex_unlock(&c->lock);
  return status;
}

static ario_status open_sampler(ario__composer *c, size_t take) {
  ario_sampler_options options = c->options.sampling;
  options.seed += take - 1;
  ario_sampler_free(c->sampler);
  return ario_sampler_create(ARIO_MIDI_VOCAB, &options, &c->sampler, NULL);
}

// ---- The piece ----

static const ario_token *new_tokens(const ario__composer *c) {
  return c->tokens + c->prompt_count;
}

static size_t new_count(const ario__composer *c) {
  return c->count - c->prompt_count;
}

static bool append(ario__composer *c, ario_token token) {
  if (!ario__make_token_room(&c->tokens, c->count, &c->room)) return false;
  c->tokens[c->count++] = token;
  c->step += ario_midi_duration(&token, 1);
  pthread_mutex_lock(&c->lock);
  c->state.tokens++;
  c->state.notes += token >= ARIO_MIDI_NOTE_ON && token < ARIO_MIDI_NOTE_OFF;
  pthread_mutex_unlock(&c->lock);
  return true;
}

// Adds a token, which the session reads and the grammar knows.
static ario_status add(ario__composer *c, ario_token token) {
  if (!append(c, token)) return ARIO_ERR_MEMORY;
  if (token != ARIO_MIDI_EOS) ario_midi_grammar_feed(&c->grammar, &token, 1);
  return ario_session_feed(c->session, &token, 1);
}

// The step of the piece at which the continuation begins.
static int64_t begin_of(const ario__composer *c) {
  return ario__score_step(c->options.score, NULL, 0) + c->options.score->prompt->wait;
}

// Steps of music that are wanted yet.
static int64_t left_of(const ario__composer *c) {
  return c->options.steps == INT64_MAX ? INT64_MAX : begin_of(c) + c->options.steps - c->step;
}

static bool has_ended(const ario__composer *c) {
  return c->tokens[c->count - 1] == ARIO_MIDI_EOS || left_of(c) <= 0;
}

static ario_status pass_time(ario__composer *c, int64_t steps) {
  ario_status status = ARIO_OK;
  if (steps > left_of(c)) steps = left_of(c);
  while (steps > 0 && !status) {
    int64_t shift = steps < ARIO_MIDI_MAX_SHIFT ? steps : ARIO_MIDI_MAX_SHIFT;
    status = add(c, (ario_token)(ARIO_MIDI_SHIFT + shift - 1));
    steps -= shift;
  }
  return status;
}

// Hands over what is new and final; at the end of the piece, all.
static ario_status look(ario__composer *c, bool whole, ario_error *error) {
  ario_song *song;
  ario_status status =
      ario__score_look(c->options.score, new_tokens(c), new_count(c), &song, &c->final, error);
  if (status) return status;
  size_t count, end = c->seen;
  const ario_midi_event *events = ario_song_events(song, &count);
  while (end < count && (whole || events[end].microseconds < c->final)) end++;
  status = ario__stage_schedule(c->options.stage, events + c->seen, end - c->seen,
                                ario__performer_frame(c->final, c->rate));
  c->seen = end;
  if (!status && whole)
    ario__stage_finish(c->options.stage, ario__performer_frame(ario__performer_last(song), c->rate));
  ario_song_free(song);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

// Seconds from what is performed to what is final.
static double lead_of(ario__composer *c) {
  double lead = (double)c->final / 1e6 - (double)ario__stage_frame(c->options.stage) / c->rate;
  pthread_mutex_lock(&c->lock);
  c->state.ahead = lead;
  pthread_mutex_unlock(&c->lock);
  return lead;
}

// ---- Keeping ahead ----

// What of the piece is made.
static double made_of(const ario__composer *c) {
  return (double)c->step / ARIO_MIDI_STEPS_PER_SECOND;
}

// Lets go of all that sounds, and is silent for as long as it takes to be ahead again.
static ario_status end_phrase(ario__composer *c) {
  double length = 8 * c->token_time > pause_length ? 8 * c->token_time : pause_length;
  ario_status status = c->grammar.last_on >= 0 ? pass_time(c, 1) : ARIO_OK;
  for (unsigned pitch = 0; pitch < 128 && !status; pitch++)
    if (c->grammar.sounding[pitch]) status = add(c, (ario_token)(ARIO_MIDI_NOTE_OFF + pitch));
  if (!status) status = pass_time(c, (int64_t)(length * ARIO_MIDI_STEPS_PER_SECOND));
  pthread_mutex_lock(&c->lock);
  c->state.pauses++;
  pthread_mutex_unlock(&c->lock);
  return status;
}

static ario_status next_token(ario__composer *c) {
  double began = ario__seconds_now();
  bool allowed[ARIO_MIDI_VOCAB];
  const float *logits;
  ario_token token;
  ario_midi_grammar_allowed(&c->grammar, allowed);
  ario_status status = ario_session_logits(c->session, &logits);
  if (!status) status = ario_sampler_draw(c->sampler, logits, allowed, &token);
  if (status) return status;
  ario__shift_cut(&token, left_of(c));
  status = add(c, token);
  double spent = ario__seconds_now() - began;
  c->spent += spent;
  c->token_time = 0.9 * c->token_time + 0.1 * spent;
  return status;
}

// ---- Takes ----

// Keeps what was heard and what will be before the new take can begin, and the time that is left to it.
static ario_status begin_take(ario__composer *c) {
  const ario__composer_options *o = &c->options;
  pthread_mutex_lock(&c->lock);
  size_t old = c->state.take++;
  c->another = c->state.done = false;
  pthread_mutex_unlock(&c->lock);
  if (o->keep) o->keep(o->context, old, new_tokens(c), new_count(c));
  int64_t begin = begin_of(c);
  int64_t cut = ario__stage_cut(o->stage, take_lead, ario__performer_frame(begin * 10000, c->rate), &c->seen);
  int64_t step = (cut * ARIO_MIDI_STEPS_PER_SECOND + c->rate - 1) / c->rate;
  if (c->final > step * 10000) c->final = step * 10000;
  c->grammar = *o->grammar;
  c->step = ario__score_step(o->score, NULL, 0);
  size_t kept = c->prompt_count;
  for (; kept < c->count && c->step + ario_midi_duration(&c->tokens[kept], 1) <= step; kept++) {
    c->step += ario_midi_duration(&c->tokens[kept], 1);
    ario_midi_grammar_feed(&c->grammar, &c->tokens[kept], 1);
  }
  c->count = kept;
  if (step > begin) ario_midi_grammar_wait(&c->grammar, step - c->step);
  ario_status status = open_sampler(c, old + 1);
  return status ? status : open_session(c, NULL);
}

// ---- The thread ----

// Looks cost more the longer the piece is, and are the rarer the more there is to play.
static bool look_is_due(const ario__composer *c, double lead) {
  double step = lead / 4, unseen;
  if (step > 1) step = 1;
  if (step < 0.1) step = 0.1;
  unseen = made_of(c) - (double)c->final / 1e6;
  return unseen >= step;
}

static ario_status work(ario__composer *c, double lead) {
  bool begun = c->final > 0, timed = ario__stage_is_timed(c->options.stage);
  bool starving = begun && timed && (lead < least_lead || lead < 4 * c->token_time);
  double spent = c->spent;
  c->spent = 0;
  ario_status status =
      timed && ario__pace_judge(&c->pace, spent, made_of(c), lead) ? open_session(c, NULL) : ARIO_OK;
  if (!status) status = starving ? end_phrase(c) : next_token(c);
  if (status) return status;
  bool ended = has_ended(c);
  double enough = fmax(first_share * c->options.ahead, fmin(first_lead, c->options.ahead));
  if (!begun && !ended && made_of(c) < enough) return ARIO_OK;
  if (ended || starving || look_is_due(c, lead)) status = look(c, ended, NULL);
  pthread_mutex_lock(&c->lock);
  c->state.done = ended;
  pthread_mutex_unlock(&c->lock);
  return status;
}

static ario_status go_on(ario__composer *c) {
  while (true) {
    pthread_mutex_lock(&c->lock);
    bool quit = c->quit, another = c->another, done = c->state.done;
    pthread_mutex_unlock(&c->lock);
    if (quit) return ARIO_OK;
    ario_status status = another ? begin_take(c) : ARIO_OK;
    if (status) return status;
    double lead = lead_of(c);
    if ((done && !another) || lead >= c->options.ahead) {
      const struct timespec time = {.tv_nsec = 5000000};
      nanosleep(&time, NULL);
      c->spent = 0;
      if (ario__pace_rest(&c->pace, made_of(c), lead)) status = open_session(c, NULL);
    } else {
      status = work(c, lead);
    }
    if (status) return status;
  }
}

static void *run(void *context) {
  ario__composer *c = context;
  ario_status status = go_on(c);
  pthread_mutex_lock(&c->lock);
  c->state.status = status;
  pthread_mutex_unlock(&c->lock);
  return NULL;
}

// ---- From outside ----

static ario_status begin(ario__composer *c, ario_error *error) {
  const ario_prompt *prompt = c->options.score->prompt;
  c->room = prompt->count + 4096;
  c->tokens = malloc(c->room * sizeof *c->tokens);
  if (!c->tokens) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  memcpy(c->tokens, prompt->tokens, prompt->count * sizeof *c->tokens);
  c->count = c->prompt_count = prompt->count;
  c->step = ario__score_step(c->options.score, NULL, 0);
  c->pace = ario__pace_of(c->options.model, &c->options.session, c->options.ahead);
  c->pace.judged_from = made_of(c);
  ario_status status = open_sampler(c, 1);
  if (status) return ario_fail(error, status, "%s", ario_strerror(status));
  status = open_session(c, error);
  return status ? status : look(c, false, error);
}

ario_status ario__composer_create(const ario__composer_options *options, ario__composer **out,
                                  ario_error *error) {
  *out = NULL;
  ario__composer *c = calloc(1, sizeof *c);
  if (!c) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  c->options = *options;
  c->grammar = *options->grammar;
  c->rate = ario__stage_rate(options->stage);
  c->state.take = 1;
  pthread_mutex_init(&c->lock, NULL);
  ario_status status = begin(c, error);
  if (status)
    ario__composer_free(c);
  else
    *out = c;
  return status;
}

ario_status ario__composer_start(ario__composer *composer, ario_error *error) {
  if (pthread_create(&composer->thread, NULL, run, composer))
    return ario_fail(error, ARIO_ERR_MEMORY, "no thread can be started to compose with");
  composer->started = true;
  return ARIO_OK;
}

void ario__composer_another(ario__composer *composer) {
  pthread_mutex_lock(&composer->lock);
  composer->another = true;
  pthread_mutex_unlock(&composer->lock);
}

ario__composer_state ario__composer_look(ario__composer *composer) {
  pthread_mutex_lock(&composer->lock);
  ario__composer_state state = composer->state;
  pthread_mutex_unlock(&composer->lock);
  return state;
}

void ario__composer_stop(ario__composer *composer) {
  if (!composer->started) return;
  pthread_mutex_lock(&composer->lock);
  composer->quit = true;
  pthread_mutex_unlock(&composer->lock);
  pthread_join(composer->thread, NULL);
  composer->started = false;
  composer->state.refills += ario_session_refills(composer->session);
}

ario_status ario__composer_tokens(const ario__composer *c, int64_t step, ario_token **tokens, size_t *count) {
  int64_t at = ario__score_step(c->options.score, NULL, 0);
  size_t used = 0, all = new_count(c);
  for (; used < all && at + ario_midi_duration(&new_tokens(c)[used], 1) <= step; used++)
    at += ario_midi_duration(&new_tokens(c)[used], 1);
  size_t filling = 0;
  if (step != INT64_MAX && at < step) filling = (size_t)((step - at - 1) / ARIO_MIDI_MAX_SHIFT + 1);
  *tokens = malloc((used + filling + 1) * sizeof **tokens);
  if (!*tokens) return ARIO_ERR_MEMORY;
  if (used) memcpy(*tokens, new_tokens(c), used * sizeof **tokens);
  for (; filling; filling--) {
    int64_t shift = step - at < ARIO_MIDI_MAX_SHIFT ? step - at : ARIO_MIDI_MAX_SHIFT;
    (*tokens)[used++] = (ario_token)(ARIO_MIDI_SHIFT + shift - 1);
    at += shift;
  }
  *count = used;
  return ARIO_OK;
}

void ario__composer_free(ario__composer *composer) {
  if (!composer) return;
  ario__composer_stop(composer);
  ario_session_free(composer->session);
  ario_sampler_free(composer->sampler);
  free(composer->tokens);
  pthread_mutex_destroy(&composer->lock);
  free(composer);
}
