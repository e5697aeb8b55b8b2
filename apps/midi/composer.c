// SPDX-License-Identifier: MIT
//
// Generates music ahead of what is heard.
#include "apps/midi/composer.h"
#include "apps/cli/stopwatch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSE_ROOM = 256, REST_ROOM = 64 };

static const double first_lead = 1;     // seconds of music that are ready before any of it sounds, or
static const double first_share = 0.25; // this share of options.ahead, if that is more
static const double least_lead = 0.25;  // with fewer seconds ready the phrase ends
static const double pause_length = 2;   // seconds of silence after it, at least
static const double take_lead = 0.7;    // seconds from the key to the new take: time to begin it

struct ario__composer {
  ario__producer producer;
  ario__composer_options options;
  const ario_symbolic *symbolic;
  unsigned rate;
  int64_t until;      // time of the song at which the music ends
  ario_cursor cursor; // at the end of the tokens
  bool ended;         // the piece is complete
  bool failed;        // memory ran out in a callback that returns no status

  size_t seen;       // how many events of the piece the stage has
  int64_t final;     // time of the piece before which nothing changes any more, in microseconds
  double token_time; // seconds that a token takes, averaged
};

// ---- The piece ----

// Adds a token, shortened if it would last past the end.
static bool add(void *context, size_t voice, ario_token *token) {
  ario__composer *c = context;
  (void)voice;
  c->ended = c->symbolic->cut(&c->cursor, c->until, token);
  size_t notes = c->cursor.notes;
  c->symbolic->pass(&c->cursor, token, 1);
  c->failed = !ario__producer_append(&c->producer, *token);
  ario__worker_lock(&c->producer.worker);
  c->producer.state.notes += c->cursor.notes - notes;
  ario__worker_unlock(&c->producer.worker);
  return !c->ended && !c->failed;
}

// Adds tokens that were not drawn.
static ario_status tell(ario__composer *c, ario_token *tokens, size_t count) {
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status && !c->ended; i++) {
    add(c, 0, &tokens[i]);
    status = c->failed ? ARIO_ERR_MEMORY : ario_generator_feed(c->producer.generator, &tokens[i], 1);
  }
  return status;
}

// Events [*count] but metas, which sound nothing and come at the beginning with each new track; the caller frees them.
// NULL without memory.
static ario_midi_event *sounding_events(const ario_song *song, size_t *count) {
  size_t all;
  const ario_midi_event *events = ario_song_events(song, &all);
  ario_midi_event *list = malloc((all + 1) * sizeof *list);
  *count = 0;
  for (size_t i = 0; i < all && list; i++)
    if (events[i].bytes[0] != 0xff) list[(*count)++] = events[i];
  return list;
}

// Hands the stage the new events that are final; at the end of the piece (`whole`), all of them.
static ario_status look(ario__composer *c, bool whole, ario_error *error) {
  ario_song *song;
  size_t count, end = c->seen;
  const ario_token *tokens = ario__producer_new(&c->producer, &count);
  ario__stage *stage = c->options.producer.stage;
  ario_status status = ario__score_look(c->options.score, tokens, count, &c->cursor, &song, &c->final, error);
  if (status) return status;
  ario_midi_event *events = sounding_events(song, &count);
  if (!events) status = ARIO_ERR_MEMORY;
  while (!status && end < count && (whole || events[end].microseconds < c->final)) end++;
  if (!status)
    status = ario__stage_schedule(stage, events + c->seen, end - c->seen,
                                  ario__performer_frame(c->final, c->rate));
  c->seen = end;
  if (!status && whole) ario__stage_finish(stage, ario__performer_frame(ario__performer_last(song), c->rate));
  free(events);
  ario_song_free(song);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

// ---- Keeping ahead ----

static double made_of(void *context) {
  const ario__composer *c = context;
  return (double)ario__score_time(c->options.score, c->cursor.now) / 1e6;
}

static double lead_of(void *context) {
  const ario__composer *c = context;
  return (double)c->final / 1e6 - (double)ario__stage_frame(c->options.producer.stage) / c->rate;
}

// Ends all notes and adds a silence that is long enough to get ahead again.
static ario_status end_phrase(ario__composer *c) {
  double length = 8 * c->token_time > pause_length ? 8 * c->token_time : pause_length;
  const ario_constraint *grammar = &ario_generator_chain(c->producer.generator, 0)->each[0];
  ario_token tokens[CLOSE_ROOM];
  ario_status status = tell(c, tokens, c->symbolic->close(grammar, tokens, CLOSE_ROOM));
  int64_t until = c->cursor.now + (int64_t)(length * 1e6);
  for (size_t count = 1; count && !status && !c->ended;) {
    count = c->symbolic->rest(&c->cursor, until, tokens, CLOSE_ROOM);
    status = tell(c, tokens, count);
  }
  ario__worker_lock(&c->producer.worker);
  c->producer.state.pauses++;
  ario__worker_unlock(&c->producer.worker);
  return status;
}

static ario_status next_token(ario__composer *c) {
  double began = ario__seconds_now();
  size_t going;
  ario_status status = ario_generator_step(c->producer.generator, add, c, &going);
  if (!status && c->failed) status = ARIO_ERR_MEMORY;
  double spent = ario__seconds_now() - began;
  c->producer.spent += spent;
  c->token_time = 0.9 * c->token_time + 0.1 * spent;
  return status;
}

// A look costs more the longer the piece is. So looks are rare while there is much to play.
static bool look_is_due(ario__composer *c, double lead) {
  double step = lead / 4;
  if (step > 1) step = 1;
  if (step < 0.1) step = 0.1;
  return made_of(c) - (double)c->final / 1e6 >= step;
}

static ario_status work(void *context, double lead, bool *done, ario_error *error) {
  ario__composer *c = context;
  bool begun = c->final > 0, timed = ario__stage_is_timed(c->options.producer.stage);
  bool starving = begun && timed && (lead < least_lead || lead < 4 * c->token_time);
  (void)error;
  ario_status status = starving ? end_phrase(c) : next_token(c);
  *done = c->ended;
  if (status) return status;
  double ahead = c->options.producer.ahead, enough = fmax(first_share * ahead, fmin(first_lead, ahead));
  if (!begun && !c->ended && made_of(c) < enough) return ARIO_OK;
  return c->ended || starving || look_is_due(c, lead) ? look(c, c->ended, NULL) : ARIO_OK;
}

// ---- Takes ----

// Keeps the tokens that sound before the new take can begin, and drops the rest.
static ario_status begin_take(void *context, size_t take) {
  ario__composer *c = context;
  ario__producer *p = &c->producer;
  const ario__score *score = c->options.score;
  const ario_passage *passage = score->passage;
  size_t all;
  const ario_token *tokens = ario__producer_new(p, &all);
  if (c->options.keep) c->options.keep(c->options.context, take - 1, tokens, all);
  int64_t begin = ario__score_time(score, passage->begin);
  int64_t cut =
      ario__stage_cut(c->options.producer.stage, take_lead, ario__performer_frame(begin, c->rate), &c->seen);
  int64_t at = ario__score_song_time(score, (cut * 1000000 + c->rate - 1) / c->rate);
  ario_chain chain = *c->options.chain;
  ario_cursor cursor = c->cursor = passage->cursor;
  at = c->symbolic->align(&cursor, at);
  if (c->final > ario__score_time(score, at)) c->final = ario__score_time(score, at);
  size_t kept = 0;
  for (; kept < all; kept++) {
    c->symbolic->pass(&cursor, &tokens[kept], 1);
    if (cursor.now > at || cursor.ended) break;
    c->cursor = cursor;
  }
  ario_chain_feed(&chain, tokens, kept);
  p->count = p->prompt_count + kept;
  if (at > passage->begin) c->symbolic->wait(&chain.each[0], &c->cursor, at);
  c->ended = false;
  return ario__producer_open(p, take, &chain, NULL);
}

// ---- Public functions ----

static const ario__producer_kind kind = {
    .begin_take = begin_take, .work = work, .lead = lead_of, .made = made_of};

static ario_status begin(ario__composer *c, ario_error *error) {
  const ario_passage *passage = c->options.score->passage;
  ario_status status =
      ario__producer_init(&c->producer, &c->options.producer, &kind, c, passage->tokens, passage->count);
  if (status) return ario_fail(error, status, "%s", ario_strerror(status));
  c->cursor = passage->cursor;
  c->producer.pace.judged_from = made_of(c);
  status = ario__producer_open(&c->producer, 1, c->options.chain, error);
  return status ? status : look(c, false, error);
}

ario_status ario__composer_create(const ario__composer_options *options, ario__composer **out,
                                  ario_error *error) {
  *out = NULL;
  ario__composer *c = calloc(1, sizeof *c);
  if (!c) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  c->options = *options;
  c->symbolic = options->score->symbolic;
  c->rate = ario__stage_rate(options->producer.stage);
  c->until =
      isinf(options->seconds) ? INT64_MAX : options->score->passage->begin + llround(options->seconds * 1e6);
  ario_status status = begin(c, error);
  if (status)
    ario__composer_free(c);
  else
    *out = c;
  return status;
}

ario__producer *ario__composer_producer(ario__composer *composer) {
  return &composer->producer;
}

ario_status ario__composer_tokens(const ario__composer *c, int64_t microseconds, ario_token **out,
                                  size_t *count) {
  size_t all, used = 0, room;
  const ario_token *tokens = ario__producer_new(&c->producer, &all);
  int64_t until =
      microseconds == INT64_MAX ? INT64_MAX : ario__score_song_time(c->options.score, microseconds);
  ario_cursor cursor = c->options.score->passage->cursor, next = cursor;
  for (; used < all; used++) {
    c->symbolic->pass(&next, &tokens[used], 1);
    if (next.now > until) break;
    cursor = next;
  }
  room = used + REST_ROOM;
  *out = malloc(room * sizeof **out);
  if (!*out) return ARIO_ERR_MEMORY;
  if (used) memcpy(*out, tokens, used * sizeof **out);
  for (size_t filled = REST_ROOM; until != INT64_MAX && filled == REST_ROOM; used += filled) {
    if (used + REST_ROOM > room) {
      ario_token *grown = realloc(*out, (room = 2 * room) * sizeof *grown);
      if (!grown) {
        free(*out);
        return ARIO_ERR_MEMORY;
      }
      *out = grown;
    }
    filled = c->symbolic->rest(&cursor, until, *out + used, REST_ROOM);
    c->symbolic->pass(&cursor, *out + used, filled);
  }
  *count = used;
  return ARIO_OK;
}

void ario__composer_free(ario__composer *composer) {
  if (!composer) return;
  ario__producer_free(&composer->producer);
  free(composer);
}
