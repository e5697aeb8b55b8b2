// SPDX-License-Identifier: MIT
//
// The partner's thread: it listens to the player and answers.
#include "apps/midi/partner.h"
#include "apps/cli/stopwatch.h"
#include "apps/generate/token_room.h"
#include "apps/live/worker.h"
#include "arioso/generator.h"

#include <stdlib.h>
#include <string.h>

enum {
  PLAYER,
  ANSWER,
  DRUMS = 9,
  CHANNELS = 16,
  PITCHES = 128,
  PEDAL = 64,
  SOSTENUTO = 66,
  BATCH = 256,
  REST_ROOM = 64
};

static const double ahead = 0.5; // seconds by which an answer is generated before it sounds

// The end of a run of tokens: its time, and what may follow.
struct line {
  ario_chain chain; // the codec's grammar
  ario_cursor cursor;
};

struct ario__partner {
  ario__partner_options options;
  const ario_symbolic *symbolic;
  const ario_symbolic_live *live;
  unsigned rate;
  ario_session *session;
  ario_generator *generator;  // draws answers, on this session
  void *reader, *reader_copy; // [live->size] turns messages into tokens; a copy that looks ahead
  struct line heard;          // the end of the reader's tokens
  ario_token *tokens;         // [token_count] the reader's tokens; in a long session the newest
  size_t token_count, token_room;
  size_t read;          // how many of `tokens` the session has read
  ario_token beginning; // the token that begins a piece
  bool failed;          // memory ran out in a callback that returns no status

  int64_t down[CHANNELS][PITCHES]; // frame + 1 at which a key went down; 0: it is up
  bool pedal[CHANNELS], sostenuto[CHANNELS];
  int64_t last_played; // frame of the player's last key
  bool fresh;          // the player has played since the last answer
  bool taken_over;     // the player has played during the answer
  double triggered;    // clock time of the trigger; 0: none

  bool generating;        // the session holds an answer that has not been performed yet
  ario_cursor cursor;     // at the end of the answer's tokens
  bool sounding[PITCHES]; // at the cursor
  int64_t from, until;    // the answer's beginning and end, in microseconds
  int64_t first_frame;    // frame at which its first note sounded; -1: not yet
  double *latencies;      // [latency_count]
  size_t latency_count;

  _Atomic double trigger_time; // clock time of a trigger from another thread; 0: none
  atomic_bool panic;

  ario__worker worker;
  ario_midi_message *messages; // [message_count], under the worker's lock
  size_t message_count, message_room;
  ario__partner_state state;
};

// ---- The player's messages, on the keyboard's thread ----

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
  message[0] = 0xC0 | ANSWER; // the answer uses the player's instrument
  ario__stage_key(p->options.stage, message, size);
}

// ---- Hearing ----

static int64_t time_of(const ario__partner *p, int64_t frame) {
  return (frame * 1000000 + p->rate / 2) / p->rate;
}

static void hear_token(ario__partner *p, ario_token token) {
  ario_chain_feed(&p->heard.chain, &token, 1);
  p->symbolic->pass(&p->heard.cursor, &token, 1);
}

// Makes room for a token. In a session of hours only the tokens that the model can see are kept.
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
  return ario__make_token_room(&p->tokens, p->token_count, &p->token_room);
}

// Takes a token from the reader. The token that begins a piece is there already.
static void take(void *context, ario_token token) {
  ario__partner *p = context;
  if (token == p->beginning) return;
  if (!make_room(p)) {
    p->failed = true;
    return;
  }
  p->tokens[p->token_count++] = token;
  hear_token(p, token);
}

static void record(ario__partner *p, const ario__performed *heard, uint8_t track) {
  ario__worker_lock(&p->worker);
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
  ario__worker_unlock(&p->worker);
}

static void count_note(ario__partner *p, bool answer) {
  ario__worker_lock(&p->worker);
  p->state.played += !answer;
  p->state.answered += answer;
  ario__worker_unlock(&p->worker);
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

// Reads what the stage has performed since the last call.
static void hear(ario__partner *p) {
  ario__performed heard[BATCH];
  size_t count;
  do {
    count = ario__stage_read(p->options.stage, heard, BATCH);
    for (size_t i = 0; i < count; i++) {
      unsigned kind = heard[i].bytes[0] & 0xF0, channel = heard[i].bytes[0] & 15;
      record(p, &heard[i], channel == ANSWER);
      if (kind == 0x80 || kind == 0x90) hear_key(p, &heard[i], kind == 0x90 && heard[i].bytes[2]);
      if (kind == 0xB0 && heard[i].bytes[1] == PEDAL) p->pedal[channel] = heard[i].bytes[2] >= 64;
      if (kind == 0xB0 && heard[i].bytes[1] == SOSTENUTO) p->sostenuto[channel] = heard[i].bytes[2] >= 64;
      p->live->event(p->reader, time_of(p, heard[i].frame), heard[i].bytes, heard[i].size, take, p);
    }
  } while (count == BATCH);
}

// Feeds the session the tokens that it has not read yet.
static ario_status read_on(ario__partner *p) {
  const float *logits;
  ario_status status = ario_session_feed(p->session, p->tokens + p->read, p->token_count - p->read);
  p->read = p->token_count;
  return status ? status : ario_session_logits(p->session, &logits);
}

// Resets the session, which holds the answer as it was generated, and feeds it the tokens as they were heard.
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

// Releases keys that have been held too long: their note-off was lost, for example because the keyboard
// was transposed in between.
static void let_go_of_lost(ario__partner *p, int64_t frame) {
  int64_t most = p->options.rules->max_note * p->rate / 1000000;
  for (unsigned pitch = 0; pitch < PITCHES; pitch++)
    if (p->down[PLAYER][pitch] && frame - p->down[PLAYER][pitch] > most) let_go(p, PLAYER, pitch);
}

// ---- Answering ----

// Adds tokens that were not drawn to the answer.
static ario_status tell(ario__partner *p, const ario_token *tokens, size_t count) {
  p->symbolic->pass(&p->cursor, tokens, count);
  return ario_generator_feed(p->generator, tokens, count);
}

struct ending { // the last tokens before an answer
  ario_token beginning;
  ario_token tokens[2 * PITCHES + 64];
  size_t count;
};

static void take_ending(void *context, ario_token token) {
  struct ending *ending = context;
  if (token != ending->beginning && ending->count < sizeof ending->tokens / sizeof *ending->tokens)
    ending->tokens[ending->count++] = token;
}

// Feeds the last tokens that were heard, and the time that has passed up to the answer.
static ario_status read_ending(ario__partner *p) {
  struct ending ending = {.beginning = p->beginning};
  memcpy(p->reader_copy, p->reader, p->live->size);
  p->live->pass(p->reader_copy, p->from, take_ending, &ending);
  ario_status status = tell(p, ending.tokens, ending.count);
  bool begun = p->live->stands(p->reader_copy, &p->cursor);
  for (size_t count = begun; count && !status;) {
    ario_token rest[REST_ROOM];
    count = p->symbolic->rest(&p->cursor, p->from, rest, REST_ROOM);
    status = tell(p, rest, count);
  }
  p->cursor.now = p->from;
  p->cursor.notes = 0;
  return status;
}

// Sets the generator to the end of what was heard, with the constraint that a note begins at once.
static ario_status begin_line(ario__partner *p) {
  const ario_constraint onset = p->live->onset();
  ario_chain chain = p->heard.chain;
  ario_generator_move(p->generator, p->session, &chain);
  p->cursor = p->heard.cursor;
  ario_status status = read_ending(p);
  chain = *ario_generator_chain(p->generator, 0);
  if (!status) status = ario_chain_add(&chain, &onset);
  if (!status) ario_generator_move(p->generator, p->session, &chain);
  return status;
}

static ario_status begin_answer(ario__partner *p) {
  const ario__partner_options *o = &p->options;
  ario_status status = p->read < p->token_count ? read_on(p) : ARIO_OK;
  if (status) return status;
  p->from = p->live->next(p->reader, time_of(p, ario__stage_frame(o->stage)));
  p->until = p->from + (int64_t)(o->answer_seconds * 1e6);
  p->generating = true;
  p->fresh = p->taken_over = false;
  p->first_frame = -1;
  memset(p->sounding, 0, sizeof p->sounding);
  ario__worker_lock(&p->worker);
  p->state.answering = true;
  ario__worker_unlock(&p->worker);
  return begin_line(p);
}

// Schedules a message on the answer's channel. A note-off for a silent pitch is dropped.
static ario_status schedule(ario__partner *p, const ario_sounding *sounding) {
  unsigned kind = sounding->bytes[0] & 0xF0, pitch = sounding->bytes[1];
  if (kind == 0x80 && !p->sounding[pitch]) return ARIO_OK;
  if (kind == 0x80 || kind == 0x90) p->sounding[pitch] = kind == 0x90;
  const uint8_t bytes[] = {(uint8_t)(kind | ANSWER), sounding->bytes[1], sounding->bytes[2]};
  const ario_midi_event event = {
      .microseconds = sounding->microseconds, .bytes = bytes, .size = sounding->size};
  return ario__stage_schedule(p->options.stage, &event, 1, INT64_MAX);
}

// Ends the answer and every note of it that still sounds.
static ario_status end_answer(ario__partner *p) {
  ario_status status = ARIO_OK;
  for (unsigned pitch = 0; pitch < PITCHES && !status; pitch++)
    status = schedule(p, &(ario_sounding){p->until, 3, {0x80, (uint8_t)pitch, 0}});
  p->generating = false;
  return status;
}

// Schedules what a drawn token sounds. Returns false at the end of the answer.
static bool sound(void *context, size_t voice, ario_token *token) {
  ario__partner *p = context;
  (void)voice;
  ario_sounding out[8];
  p->symbolic->pass(&p->cursor, token, 1);
  if (p->cursor.now >= p->until) return false;
  size_t count = p->live->sound(&p->cursor, *token, out, sizeof out / sizeof *out);
  for (size_t i = 0; i < count; i++)
    if (schedule(p, &out[i])) p->failed = true;
  return !p->failed;
}

static ario_status next_token(ario__partner *p) {
  size_t going;
  ario_status status = ario_generator_step(p->generator, sound, p, &going);
  if (status || going) return status;
  if (p->failed) return ARIO_ERR_MEMORY;
  p->cursor.now = p->until;
  return end_answer(p);
}

static void note_latency(ario__partner *p) {
  if (p->first_frame < 0 || p->triggered <= 0) return;
  int64_t now = ario__stage_frame(p->options.stage);
  double heard = ario__seconds_now() - (double)(now - p->first_frame) / p->rate;
  double latency = heard + ario__stage_latency(p->options.stage) - p->triggered;
  if (p->latency_count < ARIO__PARTNER_LATENCIES) p->latencies[p->latency_count++] = latency;
  p->triggered = 0;
  ario__worker_lock(&p->worker);
  p->state.latency = latency;
  ario__worker_unlock(&p->worker);
}

// Ends the turn: the answer is over, or the player has interrupted it.
static ario_status end_turn(ario__partner *p, bool interrupted) {
  p->generating = false;
  ario__stage_drop(p->options.stage);
  hear(p);
  for (unsigned pitch = 0; pitch < PITCHES; pitch++)
    if (p->down[ANSWER][pitch]) let_go(p, ANSWER, pitch);
  hear(p);
  p->triggered = 0;
  p->last_played = ario__stage_frame(p->options.stage);
  ario__worker_lock(&p->worker);
  p->state.answering = false;
  p->state.answers++;
  p->state.interrupted += interrupted;
  p->state.done = p->options.turns && p->state.answers >= p->options.turns;
  ario__worker_unlock(&p->worker);
  return read_again(p);
}

static ario_status answer(ario__partner *p) {
  int64_t frame = ario__stage_frame(p->options.stage);
  double lead = (double)p->cursor.now / 1e6 - (double)frame / p->rate;
  note_latency(p);
  if (p->taken_over) return end_turn(p, true);
  if (!p->generating && lead < -0.02) return end_turn(p, false);
  if (p->generating && (lead < ahead || !p->cursor.notes)) return next_token(p);
  ario__sleep(0.001);
  return ARIO_OK;
}

// ---- Listening ----

// The clock time at which an answer was asked for; 0: none was.
static double asked(ario__partner *p, int64_t frame) {
  double time = atomic_exchange(&p->trigger_time, 0);
  if (time > 0) return time;
  if (p->options.trigger != ARIO__TRIGGER_SILENCE || !p->fresh) return 0;
  double late = (double)(frame - p->last_played) / p->rate - p->options.answer_after;
  return late >= 0 ? ario__seconds_now() - late : 0;
}

static ario_status listen(ario__partner *p) {
  int64_t frame = ario__stage_frame(p->options.stage);
  p->live->pass(p->reader, time_of(p, frame), take, p);
  p->triggered = asked(p, frame);
  if (p->triggered > 0) return begin_answer(p);
  if (p->read < p->token_count) return read_on(p);
  ario__sleep(0.001);
  return ARIO_OK;
}

static void panic(ario__partner *p) {
  for (unsigned channel = 0; channel < CHANNELS; channel++) {
    for (unsigned pitch = 0; pitch < PITCHES; pitch++)
      if (p->down[channel][pitch]) let_go(p, channel, pitch);
    const uint8_t pedal[] = {(uint8_t)(0xB0 | channel), PEDAL, 0}, sostenuto[] = {pedal[0], SOSTENUTO, 0};
    if (p->pedal[channel]) ario__stage_play(p->options.stage, pedal, sizeof pedal);
    if (p->sostenuto[channel]) ario__stage_play(p->options.stage, sostenuto, sizeof sostenuto);
  }
  hear(p);
}

static void *run(void *context) {
  ario__partner *p = context;
  ario_status status = ARIO_OK;
  while (!status && !p->worker.quit) {
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
  ario__worker_lock(&p->worker);
  p->state.status = status;
  ario__worker_unlock(&p->worker);
  return NULL;
}

// ---- Public functions ----

// Feeds the session the beginning of a piece, as the codec defines it, before anything is played.
static ario_status begin_piece(ario__partner *p, ario_error *error) {
  ario_passage passage;
  ario_status status = p->symbolic->hear(NULL, p->options.rules, &passage, error);
  if (status) return status;
  p->beginning = passage.tokens[passage.count - 1];
  p->heard.cursor = passage.cursor;
  status = ario_chain_add(&p->heard.chain, &passage.grammar);
  const ario_steering *wishes = p->options.wishes;
  if (!status && wishes && p->symbolic->steer)
    status = p->symbolic->steer(NULL, &passage, wishes, &p->heard.chain, error);
  for (size_t i = 0; i < passage.count && !status; i++) {
    if (make_room(p))
      p->tokens[p->token_count++] = passage.tokens[i];
    else
      status = ARIO_ERR_MEMORY;
  }
  p->symbolic->forget(&passage);
  return status ? status : read_on(p);
}

static ario_status begin(ario__partner *p, ario_error *error) {
  ario_status status = ario_session_create(p->options.model, &p->options.session, &p->session, error);
  if (status) return status;
  p->latencies = malloc(ARIO__PARTNER_LATENCIES * sizeof *p->latencies);
  p->reader = calloc(2, p->live->size);
  if (!p->latencies || !p->reader)
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  p->reader_copy = (char *)p->reader + p->live->size;
  p->live->begin(p->reader);
  status = begin_piece(p, error);
  if (status == ARIO_ERR_UNSUPPORTED) return status; // what is wished
  ario_generator_options options = ario_generator_options_default();
  options.session = p->session;
  options.sampling = p->options.sampling;
  if (!status) status = ario_generator_create(&options, &p->generator, NULL);
  if (!status) status = ario__stage_schedule(p->options.stage, NULL, 0, INT64_MAX);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

ario_status ario__partner_create(const ario__partner_options *options, ario__partner **out,
                                 ario_error *error) {
  *out = NULL;
  ario__partner *p = calloc(1, sizeof *p);
  if (!p) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  p->options = *options;
  p->symbolic = options->symbolic;
  p->live = options->symbolic->live;
  p->rate = ario__stage_rate(options->stage);
  ario__worker_init(&p->worker);
  ario_status status = begin(p, error);
  if (status)
    ario__partner_free(p);
  else
    *out = p;
  return status;
}

ario_status ario__partner_start(ario__partner *partner, ario_error *error) {
  return ario__worker_start(&partner->worker, run, partner, "answer with", error);
}

void ario__partner_answer(ario__partner *partner) {
  partner->trigger_time = ario__seconds_now();
}

void ario__partner_panic(ario__partner *partner) {
  partner->panic = true;
}

ario__partner_state ario__partner_look(ario__partner *partner) {
  ario__worker_lock(&partner->worker);
  ario__partner_state state = partner->state;
  ario__worker_unlock(&partner->worker);
  return state;
}

const double *ario__partner_latencies(const ario__partner *partner, size_t *count) {
  *count = partner->latency_count;
  return partner->latencies;
}

ario_status ario__partner_recording(ario__partner *partner, ario_midi_message **messages, size_t *count,
                                    int64_t *end) {
  *end = ario__stage_frame(partner->options.stage) * 1000 / partner->rate;
  ario__worker_lock(&partner->worker);
  *count = partner->message_count;
  *messages = malloc((*count + 1) * sizeof **messages);
  if (*messages && *count) memcpy(*messages, partner->messages, *count * sizeof **messages);
  ario__worker_unlock(&partner->worker);
  return *messages ? ARIO_OK : ARIO_ERR_MEMORY;
}

void ario__partner_stop(ario__partner *partner) {
  ario__worker_stop(&partner->worker);
}

void ario__partner_free(ario__partner *partner) {
  if (!partner) return;
  ario__worker_free(&partner->worker);
  ario_generator_free(partner->generator);
  ario_session_free(partner->session);
  free(partner->reader);
  free(partner->tokens);
  free(partner->latencies);
  free(partner->messages);
  free(partner);
}
