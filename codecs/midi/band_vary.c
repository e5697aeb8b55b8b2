// SPDX-License-Identifier: MIT
//
// Variations of a band's tokens: pitch and tempo, who plays what, heads, and the three layouts.
#include "codecs/midi/band_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PITCHES = 128, FAMILY = 8, MOST_GAP = 16 };

typedef struct variation {
  const ario_variation *how;
  ario__band band;                   // of the piece up to the run's end, varied
  size_t first, last;                // bars of the run, [first, last)
  size_t rest;                       // bars of the piece from `last` on
  bool ends;                         // the run holds the piece's end
  bool plays[ARIO_BAND_INSTRUMENTS]; // in the run
  size_t *begins;                    // [bars + 1] first event of each bar
  uint64_t chance;
  ario__band_out out;
} variation;

// ---- Pitch and tempo ----

// What comes nearest to `wanted` and keeps the pitches low..high.
static int transposition(int low, int high, int wanted) {
  if (low > high) return 0; // nothing to transpose
  if (wanted < -low) return -low;
  return wanted > PITCHES - 1 - high ? PITCHES - 1 - high : wanted;
}

static int tempo_bins(double tempo) {
  return -(int)lround(16 * log2(fmin(fmax(tempo, 0.1), 10)));
}

static int within_bins(int bin) {
  return bin < 0 ? 0 : bin >= ARIO_BAND_TEMPOS ? ARIO_BAND_TEMPOS - 1 : bin;
}

static size_t vary_tokens(const ario_token *tokens, size_t count, const ario_variation *how, ario_token *out,
                          size_t room) {
  int low = PITCHES, high = -1, bins = tempo_bins(how->tempo);
  for (size_t i = 0; i < count; i++) {
    int pitch = tokens[i] - ARIO_BAND_PITCH;
    if (pitch < 0 || pitch >= PITCHES) continue;
    if (pitch < low) low = pitch;
    if (pitch > high) high = pitch;
  }
  int semitones = transposition(low, high, how->semitones);
  size_t used = count < room ? count : room;
  for (size_t i = 0; i < used; i++) {
    int token = tokens[i];
    if (token >= ARIO_BAND_PITCH && token < ARIO_BAND_DRUM)
      token += semitones;
    else if (token >= ARIO_BAND_TEMPO && token < ARIO_BAND_SHIFT)
      token = ARIO_BAND_TEMPO + within_bins(token - ARIO_BAND_TEMPO + bins);
    out[i] = (ario_token)token;
  }
  return used;
}

static void vary_pitch_and_tempo(variation *v) {
  int low = PITCHES, high = -1, bins = tempo_bins(v->how->tempo);
  for (size_t i = 0; i < v->band.event_count; i++) {
    const ario__band_event *event = &v->band.events[i];
    if (event->instrument >= ARIO_BAND_DRUMS) continue;
    if (event->pitch < low) low = event->pitch;
    if (event->pitch > high) high = event->pitch;
  }
  int semitones = transposition(low, high, v->how->semitones);
  for (size_t i = 0; i < v->band.event_count; i++) {
    ario__band_event *event = &v->band.events[i];
    if (event->instrument == ARIO__BAND_TEMPO)
      event->pitch = (uint8_t)within_bins(event->pitch + bins);
    else if (event->instrument != ARIO_BAND_DRUMS)
      event->pitch = (uint8_t)(event->pitch + semitones);
  }
}

// ---- Chance ----

static uint64_t draw(variation *v, uint64_t below) {
  uint64_t x = (v->chance += 0x9e3779b97f4a7c15u); // splitmix64 (Steele et al. 2014)
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (x ^ x >> 31) % below;
}

// ---- Who plays what ----

static size_t count_players(const variation *v) {
  size_t count = 0;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) count += v->plays[i];
  return count;
}

static void find_players(variation *v) {
  memset(v->plays, 0, sizeof v->plays);
  for (size_t i = 0; i < v->band.event_count; i++) {
    const ario__band_event *event = &v->band.events[i];
    if (event->bar >= v->first && event->instrument != ARIO__BAND_TEMPO) v->plays[event->instrument] = true;
  }
}

// The `index`-th of those who play.
static unsigned player(const variation *v, size_t index) {
  unsigned i = 0;
  while (!v->plays[i] || index--) i++;
  return i;
}

static void leave_out(variation *v, bool *silent) {
  size_t count = count_players(v);
  if (count < 2 || draw(v, 5)) return;
  unsigned stays = player(v, draw(v, count));
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    silent[i] = v->plays[i] && i != stays && draw(v, 3) == 0;
}

// What each instrument becomes; no two become the same.
static void swap_programs(variation *v, uint8_t *becomes) {
  bool taken[ARIO_BAND_INSTRUMENTS] = {false};
  for (size_t i = 0; i < v->band.event_count; i++)
    if (v->band.events[i].instrument != ARIO__BAND_TEMPO) taken[v->band.events[i].instrument] = true;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) {
    becomes[i] = (uint8_t)i;
    if (i == ARIO_BAND_DRUMS || !v->plays[i] || draw(v, 8)) continue;
    unsigned other = i / FAMILY * FAMILY + (unsigned)draw(v, FAMILY);
    if (taken[other]) continue;
    taken[other] = true;
    becomes[i] = (uint8_t)other;
  }
}

static void vary_players(variation *v) {
  bool silent[ARIO_BAND_INSTRUMENTS] = {false};
  uint8_t becomes[ARIO_BAND_INSTRUMENTS];
  leave_out(v, silent);
  swap_programs(v, becomes);
  size_t kept = 0;
  for (size_t i = 0; i < v->band.event_count; i++) {
    ario__band_event event = v->band.events[i];
    if (event.instrument != ARIO__BAND_TEMPO) {
      if (silent[event.instrument]) continue;
      event.instrument = becomes[event.instrument];
    }
    v->band.events[kept++] = event;
  }
  v->band.event_count = kept;
  ario__band_sort(&v->band);
  find_players(v);
}

// ---- Heads ----

static ario__band_layout layout_of(variation *v) {
  return (ario__band_layout){&v->band, v->begins, &v->out};
}

static void put_head(variation *v, size_t bars) {
  uint64_t kind = draw(v, 4);
  if (kind == 1) return;
  const ario__band_layout l = layout_of(v);
#define SAID (kind == 0 || draw(v, 2))
  if (ario__band_keeps_no_beat(&l, v->first, v->last) && SAID) ario__band_put(&v->out, ARIO_BAND_FREE);
  if (SAID) ario__band_put(&v->out, ARIO_BAND_DENSITY + ario__band_density(&l, v->first, v->last));
  if (SAID) ario__band_put(&v->out, ARIO_BAND_BARS + ario__band_bars_class(bars));
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    if (v->plays[i] && SAID) ario__band_put(&v->out, ARIO_BAND_INSTRUMENT + i);
#undef SAID
}

// ---- Layouts ----

static void put_continue(variation *v) {
  const ario__band_layout l = layout_of(v);
  ario__band_put_bars(&l, v->first, v->last);
  if (v->ends) ario__band_put(&v->out, ARIO_BAND_EOS);
}

static void put_accompany(variation *v, const bool *given) {
  const ario__band_layout l = layout_of(v);
  bool others[ARIO_BAND_INSTRUMENTS];
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) others[i] = !given[i];
  for (size_t bar = v->first; bar < v->last; bar++) ario__band_put_accompanied(&l, bar, given, others);
  if (v->ends) ario__band_put(&v->out, ARIO_BAND_EOS);
}

static void put_between(variation *v, size_t gap, size_t bars) {
  const ario__band_layout l = layout_of(v);
  v->out.giving = true;
  ario__band_put_section(&l, ARIO_BAND_AFTER, gap + bars, v->last);
  ario__band_put_section(&l, ARIO_BAND_BEFORE, v->first, gap);
  v->out.giving = false;
  ario__band_put_section(&l, ARIO_BAND_BETWEEN, gap, gap + bars);
  ario__band_put(&v->out, ARIO_BAND_EOS);
}

// Whose part is given: some, not all.
static void draw_given(variation *v, bool *given) {
  size_t count = count_players(v), some = 0;
  memset(given, 0, ARIO_BAND_INSTRUMENTS * sizeof *given);
  for (size_t i = 0; i < count; i++) some += given[player(v, i)] = draw(v, 2);
  unsigned turned = player(v, draw(v, count));
  if (some == 0 || some == count) given[turned] = !given[turned];
}

// The run as a piece of its own, from bar v->first on.
static void put_piece(variation *v, unsigned layout) {
  bool given[ARIO_BAND_INSTRUMENTS];
  size_t bars = v->last - v->first;
  size_t most = bars > 3 ? bars / 2 : 1, gap = 1 + draw(v, most < MOST_GAP ? most : MOST_GAP);
  v->out.used = 0;
  v->out.giving = false;
  ario__band_out_forget(&v->out);
  ario__band_put(&v->out, ARIO_BAND_BOS);
  bool between = layout == 9 && bars >= 3;
  put_head(v, between ? gap : bars + v->rest);
  if (between) {
    // The last bar may be cut by the run's end: it is not filled.
    put_between(v, v->first + 1 + draw(v, bars - gap - 1), gap);
  } else if (layout >= 7 && count_players(v) > 1) {
    draw_given(v, given);
    put_accompany(v, given);
  } else {
    put_continue(v);
  }
}

// ---- A run ----

// Reads the piece up to the run's end. False if there is no bar in the run.
static bool read_run(variation *v, const ario_token *tokens, size_t count) {
  size_t before = v->how->before;
  if (ario__band_of_tokens(tokens - before, before + count, &v->band)) return false;
  v->last = v->band.bar_count;
  while (v->first < v->last && v->band.bars[v->first].token < before) v->first++;
  for (size_t i = 0; i < v->how->after; i++) v->rest += tokens[count + i] == ARIO_BAND_BAR;
  v->ends = count && tokens[count - 1] == ARIO_BAND_EOS;
  find_players(v);
  return v->first < v->last && count_players(v);
}

// Writes the run as a piece that is not too long: as many bars later as it takes.
static void put_fitting(variation *v, unsigned layout) {
  uint64_t chance = v->chance;
  for (;;) {
    put_piece(v, layout);
    size_t most = v->how->most;
    if (!most || v->out.used <= most || v->first + 1 >= v->last) return;
    uint32_t least = v->band.bars[v->first].token + (uint32_t)(v->out.used - most);
    do v->first++;
    while (v->first + 1 < v->last && v->band.bars[v->first].token < least);
    find_players(v);
    if (!count_players(v)) return;
    v->chance = chance;
    if (v->out.given) memset(v->out.given, 0, v->out.used * sizeof *v->out.given);
  }
}

static void put_run(variation *v, size_t room) {
  unsigned layout = (unsigned)draw(v, 10);
  if (layout >= 7 || draw(v, 2)) {
    put_fitting(v, layout);
    return;
  }
  size_t first = v->first, last = v->last;
  bool ends = v->ends;
  ario__band_out_forget(&v->out);
  v->out.room = 0; // what stands before the run is only what is in force
  v->last = first;
  v->first = 0;
  v->ends = false;
  put_continue(v);
  v->out.room = room;
  v->first = first;
  v->last = last;
  v->ends = ends;
  put_continue(v);
}

size_t ario_band_vary(const ario_token *tokens, size_t count, const ario_variation *how, ario_token *out,
                      size_t room) {
  variation v = {.how = how, .chance = how->seed, .out = {.tokens = out, .given = how->given, .room = room}};
  bool varied = how->seed && read_run(&v, tokens, count);
  if (varied) {
    vary_pitch_and_tempo(&v);
    vary_players(&v);
    v.begins = ario__band_index(&v.band);
    varied = v.begins;
  }
  if (varied) put_run(&v, room);
  ario__band_free(&v.band);
  free(v.begins);
  return varied ? v.out.used : vary_tokens(tokens, count, how, out, room);
}
