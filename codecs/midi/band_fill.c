// SPDX-License-Identifier: MIT
//
// The place in a song where a band writes: its bars, who is heard, who is asked for, and the song with what was written.
#include "codecs/midi/band_fill.h"
#include "codecs/midi/band_passage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLLOWING = 8 }; // bars by which a middle is judged

static ario_status no_memory(ario_error *error) {
  return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
}

// ---- Bars ----

static bool find_lines(ario__band_place *p) {
  size_t bars = p->whole.bar_count;
  p->lines = malloc((bars + 1) * sizeof *p->lines);
  if (!p->lines) return false;
  p->lines[0] = 0;
  for (size_t b = 0; b < bars; b++) p->lines[b + 1] = p->lines[b] + ario__band_bar_steps(&p->whole.bars[b]);
  return true;
}

// The bar that a time falls into, or (`up`) the first that begins at it or later. A step off a bar line is on it.
static size_t bar_of(const ario__band_place *p, int64_t microseconds, bool up) {
  if (microseconds == INT64_MAX) return p->whole.bar_count;
  int64_t step = ario__band_step(p->song, microseconds);
  size_t bar = 0;
  while (bar < p->whole.bar_count && p->lines[bar + 1] <= step + 1) bar++;
  return up && step > p->lines[bar] + 1 ? bar + 1 : bar;
}

// The first tick that is in a step or later.
static uint32_t tick_of(const ario_song *song, int64_t step) {
  int64_t tick = (2 * step - 1) * song->smf.division / (2 * ARIO_BAND_STEPS) - 1;
  if (tick < 0) tick = 0;
  while (ARIO_BAND_STEPS * tick * 2 < (2 * step - 1) * (int64_t)song->smf.division ||
         (step % 2 && ARIO_BAND_STEPS * tick * 2 == (2 * step - 1) * (int64_t)song->smf.division))
    tick++;
  return tick < ARIO__SMF_MAX_TICK ? (uint32_t)tick : ARIO__SMF_MAX_TICK;
}

static ario_status find_bars(ario__band_place *p, const ario_prompt_options *part, ario_error *error) {
  p->first = bar_of(p, part->from, false);
  p->last = bar_of(p, part->to, true);
  if (p->last > p->whole.bar_count) p->last = p->whole.bar_count;
  if (p->first >= p->last)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "no bar of the piece is in the part that was chosen");
  p->gap.begin = tick_of(p->song, p->lines[p->first]);
  p->gap.end = tick_of(p->song, p->lines[p->last]);
  return ARIO_OK;
}

// ---- Who leaves, and who stays ----

static bool is_in_place(const ario__band_place *p, const ario__band_event *event) {
  return event->bar >= p->first && event->bar < p->last;
}

static bool keep_others(ario__band_place *p) {
  bool fits = true;
  for (size_t i = 0; i < p->whole.bar_count && fits; i++)
    fits = ario__band_add_bar(&p->kept, p->whole.bars[i]);
  for (size_t i = 0; i < p->whole.event_count && fits; i++) {
    const ario__band_event *event = &p->whole.events[i];
    bool onset = event->instrument != ARIO__BAND_TEMPO;
    if (onset && is_in_place(p, event) && p->gap.leaves[event->instrument]) continue;
    if (onset) p->plays[event->instrument] = true;
    fits = ario__band_add_event(&p->kept, *event);
  }
  return fits;
}

unsigned ario__band_first_asked(const ario_fill_ask *ask) {
  unsigned first = 0;
  while (first < ARIO_BAND_DRUMS && !ask->any[first]) first++;
  return first;
}

bool ario__band_asks_one(const ario_fill_ask *ask) {
  unsigned count = 0;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) count += ask->any[i];
  return count == 1;
}

// Of the instruments that are asked for the one that plays most in the song; -1: none does.
static int most_played(const ario_song *song, const ario_fill_ask *ask) {
  size_t played[ARIO_FILL_INSTRUMENTS] = {0};
  int best = -1;
  for (size_t i = 0; i < song->note_count; i++) played[song->notes[i].program]++;
  played[ARIO_FILL_DRUMS] = song->drum_count;
  for (int i = 0; i < ARIO_FILL_INSTRUMENTS; i++)
    if (ask->any[i] && played[i] && (best < 0 || played[i] > played[best])) best = i;
  return best;
}

static int by_first(const void *a, const void *b) {
  const ario_fill_ask *x = a, *y = b;
  int first = (int)ario__band_first_asked(x) - (int)ario__band_first_asked(y);
  return first ? first : memcmp(x, y, sizeof *x);
}

// What is replaced goes on as what it was; what is new must not play yet.
static ario_status settle_asks(ario__band_place *p, const ario_fill_options *options, ario_error *error) {
  bool heard[ARIO_BAND_INSTRUMENTS] = {false};
  for (size_t i = 0; i < p->whole.event_count; i++)
    if (p->whole.events[i].instrument != ARIO__BAND_TEMPO) heard[p->whole.events[i].instrument] = true;
  for (size_t a = 0; a < options->ask_count; a++) {
    ario_fill_ask ask = options->asks[a];
    int plays = options->instead ? most_played(p->song, &ask) : -1;
    bool any = options->instead;
    for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) {
      p->gap.leaves[i] |= options->instead && ask.any[i];
      any |= ask.any[i] && !heard[i];
    }
    if (!any)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: is there already",
                       ario__band_player(ario__band_first_asked(&ask)));
    if (plays >= 0) memset(&ask, 0, sizeof ask);
    if (plays >= 0) ask.any[plays] = true;
    p->asks[p->ask_count++] = ask;
  }
  qsort(p->asks, p->ask_count, sizeof *p->asks, by_first);
  size_t kept = 0; // who is asked for twice plays once
  for (size_t a = 0; a < p->ask_count; a++)
    if (!kept || by_first(&p->asks[kept - 1], &p->asks[a])) p->asks[kept++] = p->asks[a];
  p->ask_count = kept;
  return ARIO_OK;
}

// Notes that are heard in bars [from, to) without what leaves.
static size_t count_kept(const ario__band_place *p, size_t from, size_t to, bool asked) {
  size_t count = 0;
  for (size_t i = 0; i < p->kept.event_count; i++) {
    const ario__band_event *event = &p->kept.events[i];
    bool of_ask = false;
    for (size_t a = 0; a < p->ask_count; a++)
      of_ask |= event->instrument < ARIO_BAND_INSTRUMENTS && p->asks[a].any[event->instrument];
    count +=
        event->instrument != ARIO__BAND_TEMPO && event->bar >= from && event->bar < to && of_ask == asked;
  }
  return count;
}

// Each new instrument needs a channel of its own: on that of another it would change how the song sounds.
static ario_status check_channels(const ario__band_place *p, ario_error *error) {
  size_t wanted = 0;
  for (size_t a = 0; a < p->ask_count; a++) {
    unsigned first = ario__band_first_asked(&p->asks[a]);
    bool plays =
        ario__band_asks_one(&p->asks[a]) && p->gap.leaves[first] && most_played(p->song, &p->asks[a]) >= 0;
    wanted += first != ARIO_BAND_DRUMS && !plays;
  }
  size_t free_ones = wanted ? ario__song_gap_channels(p->song, &p->gap) : 0;
  if (free_ones == SIZE_MAX) return no_memory(error);
  if (wanted <= free_ones) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_LIMIT,
                   "%zu new instruments need a MIDI channel each, and %zu %s free there", wanted, free_ones,
                   free_ones == 1 ? "is" : "are");
}

// Where parts are written the model hears what was written before, if there is any.
static size_t first_heard(const ario__band_place *p) {
  size_t bar = 0;
  if (!p->beside) {
    while (bar < p->first && !count_kept(p, bar, bar + 1, false)) bar++;
    return bar;
  }
  while (bar < p->first && !count_kept(p, bar, bar + 1, true)) bar++;
  return bar;
}

static ario_status check(const ario__band_place *p, ario_error *error) {
  size_t bars = p->kept.bar_count;
  if (p->beside && !count_kept(p, p->first, p->last, false))
    return ario_fail(error, ARIO_ERR_FORMAT, "nothing is left there that could be accompanied");
  if (!p->beside && !count_kept(p, 0, p->first, false))
    return ario_fail(error, ARIO_ERR_FORMAT, "nothing plays before the gap; it needs music on both sides");
  if (!p->beside && !count_kept(p, p->last, bars, false))
    return ario_fail(error, ARIO_ERR_FORMAT, "nothing plays after the gap; it needs music on both sides");
  return ARIO_OK;
}

// ---- Opening ----

static ario_status read_song(ario__band_place *p, const ario_fill_options *options, ario_error *error) {
  ario_status status = ario__band_mark_tracks(p->song, &options->part, &p->hear, error);
  ario__band_part part = {.to = INT64_MAX, .hear = p->hear, .open = true};
  if (!status) status = ario__band_of_song(p->song, &part, &p->whole, error);
  if (status) return status;
  if (!p->whole.bar_count) {
    bool any = p->song->note_count || p->song->drum_count;
    return ario_fail(error, ARIO_ERR_FORMAT, any ? "no note in the tracks that were chosen" : "no note");
  }
  if (!find_lines(p)) return no_memory(error);
  // The last bar only says where what follows would begin.
  while (p->whole.bar_count > 1 && p->lines[p->whole.bar_count - 1] >= part.begin) p->whole.bar_count--;
  return ARIO_OK;
}

static ario_status find_place(ario__band_place *p, const ario_fill_options *options, ario_error *error) {
  ario_status status = read_song(p, options, error);
  if (!status) status = find_bars(p, &options->part, error);
  if (status) return status;
  if (!p->beside) memset(p->gap.leaves, true, sizeof p->gap.leaves);
  if (!p->beside) p->gap.tracks = p->hear;
  status = settle_asks(p, options, error);
  if (status) return status;
  if (!keep_others(p)) return no_memory(error);
  p->from = first_heard(p);
  status = check(p, error);
  return status ? status : check_channels(p, error);
}

static void close_place(ario_fill *fill) {
  ario__band_place *p = fill->own;
  if (p) {
    ario__band_free(&p->whole);
    ario__band_free(&p->kept);
    free(p->lines);
    free(p->hear);
  }
  free(p);
  *fill = (ario_fill){.own = NULL};
}

static ario_status open_place(const ario_song *song, const ario_fill_options *options, ario_fill *fill,
                              ario_error *error) {
  *fill = (ario_fill){.own = calloc(1, sizeof(ario__band_place))};
  ario__band_place *p = fill->own;
  if (!p) return no_memory(error);
  p->song = song;
  p->beside = options->ask_count > 0;
  p->most = options->most;
  ario_status status = find_place(p, options, error);
  if (status) return status;
  fill->begin = llround(ario__band_time(song, p->lines[p->first]));
  fill->end = llround(ario__band_time(song, p->lines[p->last]));
  fill->bars = p->last - p->first;
  double bar = (double)(fill->end - fill->begin) / (double)fill->bars;
  p->max_empty = (unsigned)fmin(fmax(floor((double)options->max_silence / fmax(bar, 1)), 0), 1000);
  fill->notes = count_kept(p, 0, p->kept.bar_count, false) + count_kept(p, 0, p->kept.bar_count, true);
  fill->leaving = ario__song_gap_count(song, &p->gap, fill->who_leaves);
  return ARIO_OK;
}

// ---- What follows ----

bool ario__band_copy(const ario__band *band, ario__band *copy, size_t **begins) {
  bool fits = true;
  *copy = (ario__band){.bars = NULL};
  *begins = NULL;
  for (size_t i = 0; i < band->bar_count && fits; i++) fits = ario__band_add_bar(copy, band->bars[i]);
  for (size_t i = 0; i < band->event_count && fits; i++) fits = ario__band_add_event(copy, band->events[i]);
  if (!fits) return false;
  ario__band_sort(copy);
  *begins = ario__band_index(copy);
  return *begins;
}

static bool is_judged(ario_token token) {
  return token == ARIO_BAND_BAR || token >= ARIO_BAND_LENGTH ||
         (token >= ARIO_BAND_SHIFT && token < ARIO_BAND_VELOCITY);
}

// bos, who plays, the bars [from, end); returns where bar `judged` begins.
static size_t put_following(const ario__band_layout *l, size_t from, size_t judged, size_t end) {
  bool plays[ARIO_BAND_INSTRUMENTS] = {false};
  l->out->used = 0;
  ario__band_out_forget(l->out);
  for (size_t i = l->begins[from]; i < l->begins[end]; i++)
    if (l->band->events[i].instrument != ARIO__BAND_TEMPO) plays[l->band->events[i].instrument] = true;
  ario__band_put(l->out, ARIO_BAND_BOS);
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    if (plays[i]) ario__band_put(l->out, ARIO_BAND_INSTRUMENT + i);
  ario__band_put_bars(l, from, judged);
  size_t begin = l->out->used;
  ario__band_put_bars(l, judged, end);
  return begin;
}

static ario_status follow(const ario_fill *fill, ario_fill_middle middle, const ario_draft *draft,
                          size_t most, ario_fill_passage *passage) {
  const ario__band_place *p = fill->own;
  *passage = (ario_fill_passage){.tokens = NULL};
  ario__band band;
  size_t *begins;
  bool fits = ario__band_copy(middle == ARIO_FILL_DRAFT      ? ario__band_draft_all(draft)
                              : middle == ARIO_FILL_ORIGINAL ? &p->whole
                                                             : &p->kept,
                              &band, &begins);
  ario__band_out out = {.room = 2 + ARIO_BAND_INSTRUMENTS + 4 * band.bar_count + 8 * band.event_count};
  out.tokens = fits ? malloc(out.room * sizeof *out.tokens) : NULL;
  const ario__band_layout l = {&band, begins, &out};
  size_t end = p->last + FOLLOWING < band.bar_count ? p->last + FOLLOWING : band.bar_count, begin = 0;
  size_t from = p->from;
  if (out.tokens) {
    begin = put_following(&l, from, p->last, end);
    while (out.used > most && from < p->first) begin = put_following(&l, ++from, p->last, end);
    while (out.used > most && end > p->last + 1) begin = put_following(&l, from, p->last, --end);
    passage->judged = calloc(out.used, sizeof *passage->judged);
  }
  free(begins);
  ario__band_free(&band);
  if (!passage->judged) free(out.tokens);
  if (!passage->judged) return ARIO_ERR_MEMORY;
  for (size_t i = begin; i < out.used; i++) passage->judged[i] = is_judged(out.tokens[i]);
  passage->tokens = out.tokens;
  passage->count = out.used;
  return p->last < p->whole.bar_count ? ARIO_OK : ARIO_ERR_FORMAT;
}

// ---- The song with it ----

static uint32_t tick_in_file(const ario__band_place *p, unsigned factor, int64_t step) {
  uint64_t ticks = (uint64_t)step * p->song->smf.division * factor;
  uint64_t tick = (ticks + ARIO_BAND_STEPS / 2) / ARIO_BAND_STEPS;
  return tick < ARIO__SMF_MAX_TICK ? (uint32_t)tick : ARIO__SMF_MAX_TICK;
}

// Nothing sounds on behind the place: what follows is as it was.
static ario__new_note note_of(const ario__band_place *p, unsigned factor, const ario__band_event *event) {
  int64_t start = p->lines[event->bar] + event->position, end = p->lines[p->last];
  bool drum = event->instrument == ARIO_BAND_DRUMS;
  int64_t length = drum ? ARIO__BAND_DRUM_STEPS : (int64_t)ario_band_length(event->length);
  unsigned bin = event->velocity == ARIO__BAND_UNKNOWN ? ARIO__BAND_FIRST_BIN : event->velocity;
  return (ario__new_note){.start = tick_in_file(p, factor, start),
                          .end = tick_in_file(p, factor, start + length < end ? start + length : end),
                          .instrument = event->instrument,
                          .pitch = event->pitch,
                          .velocity = (uint8_t)(4 * bin + 3)};
}

static ario_status write_song(const ario_fill *fill, const ario_draft *draft, bool alone,
                              ario_fill_file *file, ario_error *error) {
  const ario__band_place *p = fill->own;
  const ario__band nothing = {.bars = NULL}, *made = draft ? ario__band_draft_made(draft) : &nothing;
  unsigned factor = ario__song_fill_factor(p->song, ARIO_BAND_STEPS);
  ario__new_note *notes = malloc((made->event_count + 1) * sizeof *notes);
  *file = (ario_fill_file){.bytes = NULL};
  if (!notes) return no_memory(error);
  for (size_t i = 0; i < made->event_count; i++) notes[i] = note_of(p, factor, &made->events[i]);
  ario_status status = ario__song_fill_write(p->song, &p->gap, factor, alone, notes, made->event_count, file);
  free(notes);
  return ario__song_fill_explain(status, error);
}

const ario_symbolic_fill ario__band_fill = {.parts = true,
                                            .open = open_place,
                                            .close = close_place,
                                            .begin = ario__band_draft_begin,
                                            .end = ario__band_draft_end,
                                            .next = ario__band_draft_next,
                                            .take = ario__band_draft_take,
                                            .progress = ario__band_draft_progress,
                                            .players = ario__band_draft_players,
                                            .follow = follow,
                                            .write = write_song};
