// SPDX-License-Identifier: MIT
//
// A take of parts beside others, or of bars between others, in the making: bar by bar what is given is fed, and what is
// written is drawn.
#include "arioso/symbolic.h"
#include "codecs/midi/band_fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 4 + ARIO_BAND_INSTRUMENTS, OF_BAR = 8, OF_EVENT = 8 }; // most tokens of each

struct ario_draft {
  const ario__band_place *place;
  ario__band all;  // what is kept and what was written; sorted, with `begins`, where a window began
  ario__band made; // what was written
  size_t *begins;  // [bars + 1] of `all`
  bool written[ARIO_BAND_INSTRUMENTS], given[ARIO_BAND_INSTRUMENTS];
  size_t asked;       // of the place's asks, those that were settled
  bool headed;        // the head is complete
  int named;          // the last instrument that the head names, -1: none
  bool choosing;      // an instrument is drawn
  size_t bar;         // that is written
  size_t from;        // bar with which the sequence begins
  ario__band_out out; // the sequence; its room grows
  size_t fed;         // of its tokens, those that were handed out
  size_t drawn;       // tokens in all bars
  bool failed;        // memory ran out
  ario_band_grammar grammar;
  ario_passage passage; // the sequence, where it begins anew
};

// ---- Room ----

static bool make_room(ario_draft *d, size_t more) {
  ario__band_out *out = &d->out;
  if (out->used + more <= out->room) return true;
  size_t room = 2 * out->room + more;
  ario_token *grown = d->failed ? NULL : realloc(out->tokens, room * sizeof *grown);
  d->failed |= !grown;
  if (!grown) return false;
  out->tokens = grown;
  out->room = room;
  return true;
}

static size_t events_of(const ario_draft *d, size_t from, size_t to) {
  return d->begins[to] - d->begins[from];
}

static ario__band_layout layout_of(ario_draft *d) {
  return (ario__band_layout){&d->all, d->begins, &d->out};
}

// ---- The head ----

// Names those who play up to an instrument, which is not named.
static void name_players(ario_draft *d, int until) {
  for (int i = d->named + 1; i < until; i++)
    if (d->given[i] || d->written[i]) ario__band_put(&d->out, (unsigned)(ARIO_BAND_INSTRUMENT + i));
  if (until > d->named + 1) d->named = until - 1;
}

static void put_head(ario_draft *d, size_t from, size_t bars) {
  const ario__band_layout l = layout_of(d);
  size_t end = d->place->beside ? d->place->last : d->all.bar_count;
  d->out.used = d->fed = 0;
  d->named = -1;
  ario__band_out_forget(&d->out);
  ario__band_put(&d->out, ARIO_BAND_BOS);
  if (ario__band_keeps_no_beat(&l, from, end)) ario__band_put(&d->out, ARIO_BAND_FREE);
  ario__band_put(&d->out, ARIO_BAND_BARS + ario__band_bars_class(bars));
}

// One of these instruments, none that plays.
typedef struct choice {
  bool may[ARIO_BAND_INSTRUMENTS];
} choice;

static void narrow_choice(const void *state, bool *allowed, size_t vocab_size) {
  const choice *c = state;
  for (size_t i = 0; i < vocab_size; i++)
    allowed[i] &= i >= ARIO_BAND_INSTRUMENT && i < ARIO_BAND_PITCH && c->may[i - ARIO_BAND_INSTRUMENT];
}

static void feed_choice(void *state, const ario_token *tokens, size_t count) {
  (void)state, (void)tokens, (void)count;
}

static ario_constraint choice_of(const ario_draft *d, const ario_fill_ask *ask) {
  static const ario_rule rule = {.name = "choice", .feed = feed_choice, .narrow = narrow_choice};
  choice c = {{false}};
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    c.may[i] = ask->any[i] && !d->given[i] && !d->written[i];
  return ario_constraint_make(&rule, &c, sizeof c);
}

// Settles who writes as far as that is known; the next ask that the model has to decide, or NULL.
static const ario_fill_ask *next_choice(ario_draft *d) {
  const ario__band_place *p = d->place;
  for (size_t a = 0; a < p->ask_count; a++)
    if (ario__band_asks_one(&p->asks[a])) d->written[ario__band_first_asked(&p->asks[a])] = true;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) d->given[i] = p->plays[i] && !d->written[i];
  while (d->asked < p->ask_count && ario__band_asks_one(&p->asks[d->asked])) d->asked++;
  return d->asked < p->ask_count ? &p->asks[d->asked] : NULL;
}

// ---- Bars ----

// The tempo in force at a bar line, -1: none was said.
static int tempo_at(const ario_draft *d, size_t bar) {
  size_t i = d->begins[bar];
  const ario__band_event *events = d->all.events;
  if (i < d->begins[bar + 1] && events[i].instrument == ARIO__BAND_TEMPO && !events[i].position) i++;
  while (i-- > 0)
    if (events[i].instrument == ARIO__BAND_TEMPO) return events[i].pitch;
  return -1;
}

// What of the bar that is to be written is given.
static void put_given(ario_draft *d) {
  if (!make_room(d, OF_BAR + OF_EVENT * events_of(d, d->bar, d->bar + 1))) return;
  if (d->place->beside) {
    ario__band_put_bar(&d->out, &d->all, d->begins, d->bar, d->given);
    ario__band_put(&d->out, ARIO_BAND_WRITE);
    return;
  }
  int tempo = tempo_at(d, d->bar);
  ario__band_put(&d->out, ARIO_BAND_BAR);
  ario__band_put_meter(&d->out, &d->all.bars[d->bar]);
  if (tempo < 0 || tempo == d->out.tempo) return;
  ario__band_put(&d->out, (unsigned)(ARIO_BAND_TEMPO + tempo));
  d->out.tempo = tempo;
}

// What was written is sorted in among the rest.
static bool sort_in(ario_draft *d) {
  free(d->begins);
  ario__band_sort(&d->all);
  d->begins = ario__band_index(&d->all);
  d->failed |= !d->begins;
  return d->begins;
}

// The sequence from bar `from` on: a head, bars with all that is in them, and what is given in the next.
static void put_window(ario_draft *d, size_t from) {
  const ario__band_layout l = layout_of(d);
  put_head(d, from, d->place->last - from);
  name_players(d, ARIO_BAND_INSTRUMENTS);
  for (size_t bar = from; bar < d->bar; bar++) ario__band_put_accompanied(&l, bar, d->given, d->written);
  put_given(d);
  d->from = from;
}

// A sequence of at most `most` tokens, if it can: as many bars later as it takes.
static void begin_window(ario_draft *d, size_t from, size_t most) {
  if (!sort_in(d) || !make_room(d, HEAD + OF_BAR * d->all.bar_count + OF_EVENT * d->all.event_count)) return;
  put_window(d, from);
  while (d->out.used > most && from < d->bar && !d->failed) {
    size_t less = (d->out.used - most) * (d->bar - from) / d->out.used;
    from += less ? less : 1;
    put_window(d, from);
  }
}

// What is behind the gap, what is before it, and its first bar. The bars that are farthest from it are left out.
static void put_sections(ario_draft *d, size_t from, size_t end) {
  const ario__band_layout l = layout_of(d);
  const ario__band_place *p = d->place;
  memset(d->given, 0, sizeof d->given);
  for (size_t i = d->begins[from]; i < d->begins[end]; i++)
    if (d->all.events[i].instrument != ARIO__BAND_TEMPO) d->given[d->all.events[i].instrument] = true;
  put_head(d, from, p->last - p->first);
  name_players(d, ARIO_BAND_INSTRUMENTS);
  ario__band_put_section(&l, ARIO_BAND_AFTER, p->last, end);
  ario__band_put_section(&l, ARIO_BAND_BEFORE, from, p->first);
  ario__band_put(&d->out, ARIO_BAND_BETWEEN);
  ario__band_out_forget(&d->out);
  put_given(d);
  d->from = from;
}

static void begin_between(ario_draft *d) {
  const ario__band_place *p = d->place;
  size_t from = p->from, end = d->all.bar_count;
  if (!sort_in(d) || !make_room(d, HEAD + OF_BAR * end + OF_EVENT * d->all.event_count)) return;
  for (put_sections(d, from, end); !d->failed; put_sections(d, from, end)) {
    size_t bars = end - from - (p->last - p->first), own = d->out.used / bars * (p->last - p->first);
    size_t room = p->most / 4 > 2 * own ? p->most / 4 : 2 * own, most = p->most - room;
    if (room > p->most / 2) most = p->most / 2;
    size_t before = p->first - from, after = end - p->last;
    if (d->out.used <= most || (before <= 1 && after <= 1)) return;
    size_t less = (d->out.used - most) * bars / d->out.used / 2 + 1;
    if (before >= after)
      from += less < before ? less : before - 1;
    else
      end -= less < after ? less : after - 1;
  }
}

// ---- Stretches ----

// How many tokens a bar takes that is written, more or less.
static size_t room_for_bar(const ario_draft *d) {
  size_t bars = d->bar - d->place->first;
  return 32 + 2 * d->drawn / (bars ? bars : 1);
}

// The next bar, in the same sequence as long as that has room.
static bool begin_bar(ario_draft *d) {
  const ario__band_place *p = d->place;
  bool anew = !d->headed || d->out.used == 0;
  if (!p->beside) {
    if (anew) begin_between(d);
    if (!anew) put_given(d);
    return anew;
  }
  if (!anew) put_given(d);
  if (anew || d->out.used + room_for_bar(d) > p->most) {
    begin_window(d, anew ? p->from : d->from + 1, p->most / 2);
    return true;
  }
  return false;
}

static void feed_grammar(ario_draft *d, bool anew) {
  const ario__band_place *p = d->place;
  if (anew) {
    ario_band_grammar_options options = ario_band_grammar_options_default();
    options.steady = true;
    options.max_empty = p->beside ? (unsigned)p->kept.bar_count : p->max_empty;
    memcpy(options.playing, d->written, sizeof options.playing);
    for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) options.silent[i] = p->beside && !d->written[i];
    ario_band_grammar_init(&d->grammar, &options);
    d->fed = 0;
  }
  ario_band_grammar_feed(&d->grammar, d->out.tokens + d->fed, d->out.used - d->fed);
  if (anew && !p->beside && d->bar == p->first) ario_band_grammar_strike(&d->grammar);
}

static ario_status hand_out(ario_draft *d, bool anew, ario_stretch *stretch) {
  if (d->failed) return ARIO_ERR_MEMORY;
  *stretch = (ario_stretch){.tokens = d->out.tokens + d->fed, .count = d->out.used - d->fed, .anew = anew};
  d->fed = d->out.used;
  return ARIO_OK;
}

// An instrument that the model decides: the head up to it.
static ario_status begin_choice(ario_draft *d, const ario_fill_ask *ask, ario_stretch *stretch) {
  bool anew = d->out.used == 0;
  if (!make_room(d, HEAD)) return ARIO_ERR_MEMORY;
  if (anew) put_head(d, d->place->from, d->place->last - d->place->from);
  name_players(d, (int)ario__band_first_asked(ask));
  d->choosing = true;
  ario_status status = hand_out(d, anew, stretch);
  stretch->grammar = choice_of(d, ask);
  return status;
}

ario_status ario__band_draft_next(ario_draft *d, ario_stretch *stretch) {
  *stretch = (ario_stretch){.count = 0};
  if (d->failed) return ARIO_ERR_MEMORY;
  if (d->bar == d->place->last) return ARIO_OK;
  const ario_fill_ask *ask = d->headed ? NULL : next_choice(d);
  if (ask) return begin_choice(d, ask, stretch);
  bool anew = begin_bar(d);
  d->headed = true;
  if (d->failed) return ARIO_ERR_MEMORY;
  feed_grammar(d, anew);
  ario_status status = hand_out(d, anew, stretch);
  stretch->grammar = ario_band_constraint(&d->grammar);
  int64_t begin = llround(ario__band_time(d->place->song, d->place->lines[d->bar]));
  d->passage = (ario_passage){.tokens = d->out.tokens, .count = d->out.used, .begin = begin, .line = begin};
  d->passage.cursor.now = begin;
  if (anew) stretch->passage = &d->passage;
  return status;
}

// ---- What was drawn ----

// Takes the onsets of the bar that is complete from the sequence.
static void end_bar(ario_draft *d) {
  const ario__band_place *p = d->place;
  ario__band band;
  bool fits = !ario__band_of_tokens(d->out.tokens, d->out.used, &band);
  size_t bar = p->beside ? band.bar_count - 1 : d->bar - d->from;
  for (size_t i = 0; i < band.event_count && fits; i++) {
    ario__band_event event = band.events[i];
    if (event.bar != bar || event.instrument == ARIO__BAND_TEMPO) continue;
    if (p->beside && !d->written[event.instrument]) continue;
    event.bar = (uint32_t)d->bar;
    fits = ario__band_add_event(&d->all, event) && ario__band_add_event(&d->made, event);
  }
  ario__band_free(&band);
  d->failed |= !fits;
  d->bar++;
}

bool ario__band_draft_take(ario_draft *d, ario_token *token) {
  if (d->choosing) {
    d->choosing = false;
    d->written[*token - ARIO_BAND_INSTRUMENT] = true;
    d->asked++;
    return false;
  }
  if (*token == ARIO_BAND_BAR || *token == ARIO_BAND_EOS) {
    end_bar(d);
    return false;
  }
  if (!make_room(d, 1)) return false;
  ario__band_put(&d->out, *token);
  ario_band_grammar_feed(&d->grammar, token, 1);
  d->fed = d->out.used;
  d->drawn++;
  return true;
}

ario_fill_progress ario__band_draft_progress(const ario_draft *d) {
  size_t bars = d->place->last - d->place->first;
  return (ario_fill_progress){(double)(d->bar - d->place->first) / (double)bars, d->made.event_count};
}

void ario__band_draft_players(const ario_draft *d, bool *playing) {
  memcpy(playing, d->written, sizeof d->written);
  for (size_t i = 0; i < d->made.event_count; i++) playing[d->made.events[i].instrument] = true;
}

const ario__band *ario__band_draft_made(const ario_draft *draft) {
  return &draft->made;
}

const ario__band *ario__band_draft_all(const ario_draft *draft) {
  return &draft->all;
}

// ---- All of it ----

ario_status ario__band_draft_begin(const ario_fill *fill, ario_draft **draft) {
  ario_draft *d = *draft = calloc(1, sizeof *d);
  if (!d) return ARIO_ERR_MEMORY;
  d->place = fill->own;
  d->bar = d->place->first;
  d->failed = !ario__band_copy(&d->place->kept, &d->all, &d->begins);
  return d->failed ? ARIO_ERR_MEMORY : ARIO_OK;
}

void ario__band_draft_end(ario_draft *d) {
  if (!d) return;
  ario__band_free(&d->all);
  ario__band_free(&d->made);
  free(d->begins);
  free(d->out.tokens);
  free(d);
}
