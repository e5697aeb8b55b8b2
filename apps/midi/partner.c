// SPDX-License-Identifier: MIT
//
// Listening and answering.
#include "apps/midi/partner.h"
#include "apps/cli/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PLAYER, ANSWER, DRUMS = 9, CHANNELS = 16, PITCHES = 128, BATCH = 256 };

static const double ahead = 0.5; // seconds that an answer is generated ahead of what is heard

struct ario__partner {
  ario__partner_options options;
  unsigned rate;
  ario_session *session;
  ario_sampler *sampler;
  ario_midi_live live;
  ario_midi_grammar grammar; // has seen what `live` gave out
  ario_token *tokens;        // [token_count] what was heard; of a long session the newest
  size_t token_count, token_room;
  size_t read; // of them, that the session has read
  bool failed; // memory ran out somewhere that cannot say so

  int64_t down[CHANNELS][PITCHES]; // frame + 1 at which a key went down; 0: it is up
  int64_t last_played;             // frame of the player's last key
  bool fresh, taken_over;          // the player has played since the last answer; and during it
  double triggered;                // clock's time of the trigger; 0: none

  bool generating; // an answer: the session goes on from what was heard with what will be
  ario_midi_grammar answer_grammar;
  bool sounding[PITCHES];   // of the answer, as generated
  bool begun;               // it has a note
  int64_t from, now, until; // steps
  int64_t first_frame;      // of its first note, as heard; -1: not yet
  double *latencies;        // [state.answers]
  size_t latency_count;

  _Atomic double trigger_time; // of a trigger from outside; 0: none
  _Atomic bool panic, quit;

  bool started;
  pthread_t thread;
  pthread_mutex_t lock; // of all below
  ario_midi_message *messages;
  size_t message_count, message_room;
  ario__partner_state state;
};

// ---- The player's messages, from the keyboard's thread ----

static bool is_trigger(const ario__partner *p, const uint8_t *bytes) {
  unsigned kind = bytes[0] & 0xF0;
  if (p->options.trigger == ARIO__TRIGGER_CONTROL)
    return kind == 0xB0 && bytes[1] == p->options.trigger_number;
  if (p->options.trigger == ARIO__TRIGGER_KEY)
    return (kind == 0x90 || kind == 0x80) && bytes[1] == p->options.trigger_number;
  return false;
}

void ario__partner_key(void *partner, const uint8_t *bytes, size_t size) {
  ario__partner *p = partner;
  if (size < 2 || size > 3) return;
  uint8_t message[3] = {0};
  memcpy(message, bytes, size);
  if (is_trigger(p, message)) {
    bool pressed = (message[0] & 0xF0) == 0xB0 ? message[2] >= 64 : (message[0] & 0xF0) == 0x90 && message[2];
    if (pressed) p->trigger_time = ario__seconds_now();
    return;
  }
  unsigned channel = message[0] & 15;
  message[0] = (uint8_t)((message[0] & 0xF0) | (channel == DRUMS ? DRUMS : PLAYER));
  ario__stage_key(p->options.stage, message, size);
  if ((message[0] & 0xF0) != 0xC0 || channel == DRUMS) return;
  message[0] = 0xC0 | ANSWER; // the answer is on the player's instrument
  ario__stage_key(p->options.stage, message, size);
}

// ---- Hearing ----

static int64_t step_of(const ario__partner *p, int64_t frame) {
  return (frame * ARIO_MIDI_STEPS_PER_SECOND + p->rate / 2) / p->rate;
}

// Of a session that goes on for hours only what the model can see is kept.
static bool make_room(ario__partner *p) {
  size_t most = ario_model_config(p->options.model)->max_context;
  if (p->token_count < p->token_room) return true;
  if (p->token_count > 2 * most) {
    size_t surplus = p->token_count - most;
    memmove(p->tokens, p->tokens + surplus, most * sizeof *p->tokens);
    p->token_count -= surplus;
    p->read = p->read > surplus ? p->read - surplus : 0;
    return true;
  }
  size_t room = 2 * p->token_room + 1024;
  ario_token *grown = realloc(p->tokens, room * sizeof *grown);
  if (!grown) return false;
  p->tokens = grown;
  p->token_room = room;
  return true;
}

// A token of what was heard. bos was there before anything.
static void take(void *context, ario_token token) {
  ario__partner *p = context;
  if (token == ARIO_MIDI_BOS) return;
  if (!make_room(p)) {
    p->failed = true;
    return;
  }
  p->tokens[p->token_count++] = token;
  ario_midi_grammar_feed(&p->grammar, &token, 1);
}

static void record(ario__partner *p, const ario__performed *heard, uint8_t track) {
  pthread_mutex_lock(&p->lock);
  if (p->message_count == p->message_room) {
    size_t room = 2 * p->message_room + 256;
    ario_midi_message *grown = realloc(p->messages, room * sizeof *grown);
    if (grown) p->messages = grown;
    if (grown) p->message_room = room;
  }
  if (p->message_count < p->message_room) {
    ario_midi_message *message = &p->messages[p->message_count++];
    *message = (ario_midi_message){
        .milliseconds = (heard->frame * 1000 + p->rate / 2) / p->rate, .track = track, .size = heard->size};
    memcpy(message->bytes, heard->bytes, heard->size);
  } else {
    p->failed = true;
  }
  pthread_mutex_unlock(&p->lock);
}

static void count_note(ario__partner *p, bool answer) {
  pthread_mutex_lock(&p->lock);
  p->state.played += !answer;
  p->state.answered += answer;
  pthread_mutex_unlock(&p->lock);
}

static void hear_key(ario__partner *p, const ario__performed *heard, bool on) {
  unsigned channel = heard->bytes[0] & 15;
  p->down[channel][heard->bytes[1]] = on ? heard->frame + 1 : 0;
  if (on) count_note(p, channel == ANSWER);
  if (channel == ANSWER && on && p->first_frame < 0) p->first_frame = heard->frame;
  if (!heard->live) return;
  p->last_played = heard->frame;
  if (on) p->fresh = p->taken_over = true;
}

// Takes note of what was performed since the last call.
static void hear(ario__partner *p) {
  ario__performed heard[BATCH];
  size_t count;
  do {
    count = ario__stage_read(p->options.stage, heard, BATCH);
    for (size_t i = 0; i < count; i++) {
      unsigned kind = heard[i].bytes[0] & 0xF0, channel = heard[i].bytes[0] & 15;
      record(p, &heard[i], channel == ANSWER);
      if (kind == 0x80 || kind == 0x90) hear_key(p, &heard[i], kind == 0x90 && heard[i].bytes[2]);
      ario_midi_live_event(&p->live, step_of(p, heard[i].frame), heard[i].bytes, heard[i].size, take, p);
    }
  } while (count == BATCH);
}

// The session reads what it has not read, and is ready for what follows.
static ario_status read_on(ario__partner *p) {
  const float *logits;
  ario_status status = ario_session_feed(p->session, p->tokens + p->read, p->token_count - p->read);
  p->read = p->token_count;
  return status ? status : ario_session_logits(p->session, &logits);
}

// It forgets what it made itself, and reads again what was heard.
static ario_status read_again(ario__partner *p) {
  size_t most = ario_model_config(p->options.model)->max_context;
  ario_session_reset(p->session);
  p->read = p->token_count > most ? p->token_count - most : 0;
  return read_on(p);
}

static void let_go(ario__partner *p, unsigned channel, unsigned pitch) {
  const uint8_t off[] = {(uint8_t)(0x80 | channel), (uint8_t)pitch, 0};
  ario__stage_play(p->options.stage, off, sizeof off);
}

// Keys that are held too long: their ends were lost, as on a keyboard that was transposed meanwhile.
static void let_go_of_lost(ario__partner *p, int64_t frame) {
  int64_t most = p->options.grammar.max_note * p->rate / ARIO_MIDI_STEPS_PER_SECOND;
  for (unsigned pitch = 0; pitch < PITCHES; pitch++)
    if (p->down[PLAYER][pitch] && frame - p->down[PLAYER][pitch] > most) let_go(p, PLAYER, pitch);
}

// ---- Answering ----

static ario_status feed(ario__partner *p, ario_token token) {
  ario_midi_grammar_feed(&p->answer_grammar, &token, 1);
  return ario_session_feed(p->session, &token, 1);
}

struct ending { // of what was heard, up to an answer
  ario_token tokens[2 * PITCHES + 64];
  size_t count;
};

static void take_ending(void *context, ario_token token) {
  struct ending *ending = context;
  if (token != ARIO_MIDI_BOS && ending->count < sizeof ending->tokens / sizeof *ending->tokens)
    ending->tokens[ending->count++] = token;
}

// What is heard and not in the session yet, and the time that has passed.
static ario_status read_ending(ario__partner *p) {
  struct ending ending = {.count = 0};
  ario_midi_live live = p->live;
  ario_midi_live_pass(&live, p->from, take_ending, &ending);
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < ending.count && !status; i++) status = feed(p, ending.tokens[i]);
  for (int64_t left = live.begun ? p->from - live.now : 0, shift; left > 0 && !status; left -= shift) {
    shift = left < ARIO_MIDI_MAX_SHIFT ? left : ARIO_MIDI_MAX_SHIFT;
    status = feed(p, (ario_token)(ARIO_MIDI_SHIFT + shift - 1));
  }
  return status;
}

static ario_status begin_answer(ario__partner *p) {
  const ario__partner_options *o = &p->options;
  ario_status status = p->read < p->token_count ? read_on(p) : ARIO_OK;
  if (status) return status;
  int64_t step = step_of(p, ario__stage_frame(o->stage)) + 1;
  p->from = p->now = step > p->live.at ? step : p->live.at + 1;
  p->until = p->from + (int64_t)(o->answer_seconds * ARIO_MIDI_STEPS_PER_SECOND);
  p->answer_grammar = p->grammar;
  p->generating = true;
  p->begun = p->fresh = p->taken_over = false;
  p->first_frame = -1;
  memset(p->sounding, 0, sizeof p->sounding);
  pthread_mutex_lock(&p->lock);
  p->state.answering = true;
  pthread_mutex_unlock(&p->lock);
  return read_ending(p);
}

static ario_status schedule(ario__partner *p, unsigned status, unsigned pitch, unsigned velocity) {
  const uint8_t bytes[] = {(uint8_t)(status | ANSWER), (uint8_t)pitch, (uint8_t)velocity};
  const ario_midi_event event = {
      .microseconds = p->now * (1000000 / ARIO_MIDI_STEPS_PER_SECOND), .bytes = bytes, .size = sizeof bytes};
  if (status == 0x90) p->begun = true;
  p->sounding[pitch] = status == 0x90;
  return ario__stage_schedule(p->options.stage, &event, 1, INT64_MAX);
}

// The answer is complete: what it still sounds ends with it.
static ario_status end_answer(ario__partner *p) {
  ario_status status = ARIO_OK;
  for (unsigned pitch = 0; pitch < PITCHES && !status; pitch++)
    if (p->sounding[pitch]) status = schedule(p, 0x80, pitch, 0);
  p->generating = false;
  return status;
}

static ario_status next_token(ario__partner *p) {
  bool allowed[ARIO_MIDI_VOCAB];
  const float *logits;
  ario_token token;
  ario_midi_grammar_allowed(&p->answer_grammar, allowed);
  // An answer begins with a note, at once.
  for (size_t i = 0; !p->begun && i < ARIO_MIDI_VELOCITY; i++)
    if (i < ARIO_MIDI_NOTE_ON || i >= ARIO_MIDI_NOTE_OFF) allowed[i] = false;
  ario_status status = ario_session_logits(p->session, &logits);
  if (!status) status = ario_sampler_draw(p->sampler, logits, allowed, &token);
  if (status) return status;
  p->now += ario_midi_duration(&token, 1);
  if (p->now >= p->until) {
    p->now = p->until;
    return end_answer(p);
  }
  if (token >= ARIO_MIDI_NOTE_ON && token < ARIO_MIDI_NOTE_OFF) {
    unsigned velocity = p->answer_grammar.velocity < 0 ? 64 : 4 * (unsigned)p->answer_grammar.velocity + 3;
    status = schedule(p, 0x90, token - ARIO_MIDI_NOTE_ON, velocity);
  } else if (token >= ARIO_MIDI_NOTE_OFF && token < ARIO_MIDI_SHIFT &&
             p->sounding[token - ARIO_MIDI_NOTE_OFF]) {
    status = schedule(p, 0x80, token - ARIO_MIDI_NOTE_OFF, 0);
  }
  return status ? status : feed(p, token);
}

static void note_latency(ario__partner *p) {
  if (p->first_frame < 0 || p->triggered <= 0) return;
  int64_t now = ario__stage_frame(p->options.stage);
  double heard = ario__seconds_now() - (double)(now - p->first_frame) / p->rate;
  double latency = heard + ario__stage_latency(p->options.stage) - p->triggered;
  if (p->latency_count < ARIO__PARTNER_LATENCIES) p->latencies[p->latency_count++] = latency;
  p->triggered = 0;
  pthread_mutex_lock(&p->lock);
  p->state.latency = latency;
  pthread_mutex_unlock(&p->lock);
}

// The turn is over: by its end, or since the player has taken over.
static ario_status end_turn(ario__partner *p, bool interrupted) {
  p->generating = false;
  ario__stage_drop(p->options.stage);
  hear(p);
  for (unsigned pitch = 0; pitch < PITCHES; pitch++)
    if (p->down[ANSWER][pitch]) let_go(p, ANSWER, pitch);
  hear(p);
  p->triggered = 0;
  p->last_played = ario__stage_frame(p->options.stage);
  pthread_mutex_lock(&p->lock);
  p->state.answering = false;
  p->state.answers++;
  p->state.interrupted += interrupted;
  p->state.done = p->options.turns && p->state.answers >= p->options.turns;
  pthread_mutex_unlock(&p->lock);
  return read_again(p);
}

static ario_status answer(ario__partner *p) {
  int64_t frame = ario__stage_frame(p->options.stage);
  double lead = (double)p->now / ARIO_MIDI_STEPS_PER_SECOND - (double)frame / p->rate;
  note_latency(p);
  if (p->taken_over) return end_turn(p, true);
  if (!p->generating && lead < -0.02) return end_turn(p, false);
  if (p->generating && (lead < ahead || !p->begun)) return next_token(p);
  const struct timespec time = {.tv_nsec = 1000000};
  nanosleep(&time, NULL);
  return ARIO_OK;
}

// ---- Listening ----

// The clock's time at which an answer was asked for; 0: it was not.
static double asked(ario__partner *p, int64_t frame) {
  double time = atomic_exchange(&p->trigger_time, 0);
  if (time > 0) return time;
  if (p->options.trigger != ARIO__TRIGGER_SILENCE || !p->fresh) return 0;
  double late = (double)(frame - p->last_played) / p->rate - p->options.answer_after;
  return late >= 0 ? ario__seconds_now() - late : 0;
}

static ario_status listen(ario__partner *p) {
  int64_t frame = ario__stage_frame(p->options.stage);
  ario_midi_live_pass(&p->live, step_of(p, frame), take, p);
  p->triggered = asked(p, frame);
  if (p->triggered > 0) return begin_answer(p);
  if (p->read < p->token_count) return read_on(p);
  const struct timespec time = {.tv_nsec = 1000000};
  nanosleep(&time, NULL);
  return ARIO_OK;
}

static void panic(ario__partner *p) {
  for (unsigned channel = 0; channel < CHANNELS; channel++) {
    for (unsigned pitch = 0; pitch < PITCHES; pitch++)
      if (p->down[channel][pitch]) let_go(p, channel, pitch);
    const uint8_t pedal[] = {(uint8_t)(0xB0 | channel), 64, 0};
    if (p->live.pedal[channel]) ario__stage_play(p->options.stage, pedal, sizeof pedal);
  }
  hear(p);
}

static void *run(void *context) {
  ario__partner *p = context;
  ario_status status = ARIO_OK;
  while (!status && !p->quit) {
    hear(p);
    let_go_of_lost(p, ario__stage_frame(p->options.stage));
    if (atomic_exchange(&p->panic, false)) {
      p->taken_over = p->state.answering;
      panic(p);
    }
    status = p->state.answering ? answer(p) : listen(p);
    if (!status && p->failed) status = ARIO_ERR_MEMORY;
  }
  if (p->state.answering) {
    ario_status ended = end_turn(p, true);
    if (!status) status = ended;
  }
  panic(p);
  pthread_mutex_lock(&p->lock);
  p->state.status = status;
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

// ---- From outside ----

static ario_status begin(ario__partner *p, ario_error *error) {
  ario_status status = ario_session_create(p->options.model, &p->options.session, &p->session, error);
  if (status) return status;
  const ario_token bos = ARIO_MIDI_BOS;
  ario_midi_live_init(&p->live);
  ario_midi_grammar_init(&p->grammar, &p->options.grammar);
  ario_midi_grammar_feed(&p->grammar, &bos, 1);
  if (!make_room(p)) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  p->tokens[p->token_count++] = bos;
  status = read_on(p);
  if (!status) status = ario_sampler_create(ARIO_MIDI_VOCAB, &p->options.sampling, &p->sampler, NULL);
  if (!status && !(p->latencies = malloc(ARIO__PARTNER_LATENCIES * sizeof *p->latencies)))
    status = ARIO_ERR_MEMORY;
  if (!status) status = ario__stage_schedule(p->options.stage, NULL, 0, INT64_MAX);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

ario_status ario__partner_create(const ario__partner_options *options, ario__partner **out,
                                 ario_error *error) {
  *out = NULL;
  ario__partner *p = calloc(1, sizeof *p);
  if (!p) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  p->options = *options;
  p->rate = ario__stage_rate(options->stage);
  pthread_mutex_init(&p->lock, NULL);
  ario_status status = begin(p, error);
  if (status)
    ario__partner_free(p);
  else
    *out = p;
  return status;
}

ario_status ario__partner_start(ario__partner *partner, ario_error *error) {
  if (pthread_create(&partner->thread, NULL, run, partner))
    return ario_fail(error, ARIO_ERR_MEMORY, "no thread can be started to answer with");
  partner->started = true;
  return ARIO_OK;
}

void ario__partner_answer(ario__partner *partner) {
  partner->trigger_time = ario__seconds_now();
}

void ario__partner_panic(ario__partner *partner) {
  partner->panic = true;
}

ario__partner_state ario__partner_look(ario__partner *partner) {
  pthread_mutex_lock(&partner->lock);
  ario__partner_state state = partner->state;
  pthread_mutex_unlock(&partner->lock);
  return state;
}

const double *ario__partner_latencies(const ario__partner *partner, size_t *count) {
  *count = partner->latency_count;
  return partner->latencies;
}

ario_status ario__partner_recording(ario__partner *partner, ario_midi_message **messages, size_t *count,
                                    int64_t *end) {
  *end = ario__stage_frame(partner->options.stage) * 1000 / partner->rate;
  pthread_mutex_lock(&partner->lock);
  *count = partner->message_count;
  *messages = malloc((*count + 1) * sizeof **messages);
  if (*messages && *count) memcpy(*messages, partner->messages, *count * sizeof **messages);
  pthread_mutex_unlock(&partner->lock);
  return *messages ? ARIO_OK : ARIO_ERR_MEMORY;
}

void ario__partner_stop(ario__partner *partner) {
  if (!partner->started) return;
  partner->quit = true;
  pthread_join(partner->thread, NULL);
  partner->started = false;
}

void ario__partner_free(ario__partner *partner) {
  if (!partner) return;
  ario__partner_stop(partner);
  ario_session_free(partner->session);
  ario_sampler_free(partner->sampler);
  free(partner->tokens);
  free(partner->latencies);
  free(partner->messages);
  pthread_mutex_destroy(&partner->lock);
  free(partner);
}
