// SPDX-License-Identifier: MIT
//
// midi-band in the table of symbolic codecs: its prompts, grammar and bars as programs see them.
#include "arioso/symbolic.h"
#include "codecs/midi/band_codec.h"
#include "codecs/midi/band_fill.h"
#include "codecs/midi/band_notes.h"
#include "codecs/midi/band_passage.h"
#include "codecs/midi/band_steer.h"
#include "codecs/midi/band_vocabulary.h"
#include "codecs/midi/song.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Of a cursor's own: in steps from the first bar line but for the tempo, microseconds a quarter.
enum { LINE, POSITION, LENGTH, BEATS, TEMPO, BASE_STEP, BASE_TIME };

// ---- Time ----

static int64_t time_of(const ario_cursor *cursor, int64_t step) {
  double quarters = (double)(step - cursor->own[BASE_STEP]) / ARIO_BAND_STEPS;
  return cursor->own[BASE_TIME] + llround(quarters * (double)cursor->own[TEMPO]);
}

static int64_t step_of(const ario_cursor *cursor) {
  return cursor->own[LINE] + cursor->own[POSITION];
}

static double step_time(const ario_cursor *cursor) {
  return (double)cursor->own[TEMPO] / ARIO_BAND_STEPS;
}

// From here on time passes as `tempo` says.
static void set_tempo(ario_cursor *cursor, int64_t tempo) {
  cursor->own[BASE_TIME] = time_of(cursor, step_of(cursor));
  cursor->own[BASE_STEP] = step_of(cursor);
  cursor->own[TEMPO] = tempo;
}

static void start(ario_cursor *cursor) {
  *cursor = (ario_cursor){.now = 0};
  cursor->own[TEMPO] = ARIO__DEFAULT_TEMPO;
}

static void pass_token(ario_cursor *c, int token) {
  const ario__band_word word = ario__band_word_of(token);
  switch (word.kind) {
  case ARIO__KIND_WORD:
    c->ended |= token == ARIO_BAND_EOS;
    if (token != ARIO_BAND_BAR) break;
    c->own[LINE] += c->own[LENGTH];
    c->own[POSITION] = c->own[BEATS] = 0;
    if (!c->own[LENGTH]) c->own[LENGTH] = 4 * ARIO_BAND_STEPS;
    break;
  case ARIO__KIND_BEATS: c->own[BEATS] = word.value + 1; break;
  case ARIO__KIND_UNIT:
    if (c->own[BEATS]) c->own[LENGTH] = c->own[BEATS] * (4 * ARIO_BAND_STEPS >> word.value);
    break;
  case ARIO__KIND_TEMPO: set_tempo(c, ario__band_tempo((unsigned)word.value)); break;
  case ARIO__KIND_SHIFT: c->own[POSITION] += word.value + 1; break;
  case ARIO__KIND_DRUM:
  case ARIO__KIND_LENGTH: c->notes++; break;
  default: break;
  }
}

static void pass(ario_cursor *cursor, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) pass_token(cursor, tokens[i]);
  cursor->now = time_of(cursor, step_of(cursor));
  // Others may begin where this one did, and end what sounds there.
  if (cursor->notes) cursor->settled = cursor->now - llround(step_time(cursor));
}

static int64_t lasts(const ario_passage *passage, size_t count) {
  ario_cursor cursor;
  start(&cursor);
  pass(&cursor, passage->tokens, passage->count - count);
  int64_t begin = cursor.now;
  pass(&cursor, passage->tokens + passage->count - count, count);
  return cursor.now - begin;
}

// Up to its end the song's own tempo map tells the time of a step; its tokens round the tempo.
static void times_of(const ario_song *song, const ario_passage *passage, const ario_token *tokens,
                     size_t count, int64_t *times) {
  const ario__band_passage *p = passage->own;
  ario_cursor cursor;
  start(&cursor);
  for (size_t i = 0; i < passage->count; i++) {
    pass(&cursor, &passage->tokens[i], 1);
    times[i] = song ? llround(ario__band_time(song, p->origin + step_of(&cursor))) : cursor.now;
  }
  cursor = passage->cursor;
  for (size_t i = 0; i < count; i++) {
    pass(&cursor, &tokens[i], 1);
    times[passage->count + i] = cursor.now;
  }
}

// A token that would pass `until` becomes nothing: what sounds has its length already.
static bool cut(const ario_cursor *cursor, int64_t until, ario_token *token) {
  ario_cursor next = *cursor;
  pass_token(&next, *token);
  if (next.ended) return true;
  if (step_of(&next) == step_of(cursor) || time_of(&next, step_of(&next)) < until) return false;
  *token = ARIO_BAND_PAD;
  return true;
}

// Bar lines, as many as there are.
static size_t rest(const ario_cursor *cursor, int64_t until, ario_token *tokens, size_t room) {
  ario_cursor next = *cursor;
  size_t count = 0;
  for (; count < room; count++) {
    pass_token(&next, ARIO_BAND_BAR);
    if (time_of(&next, step_of(&next)) > until) break;
    tokens[count] = ARIO_BAND_BAR;
  }
  return count;
}

// Steps from the cursor to the first that is not before a time.
static int64_t steps_to(const ario_cursor *cursor, int64_t microseconds) {
  int64_t steps = (int64_t)floor((double)(microseconds - cursor->now) / step_time(cursor));
  if (steps < 0) return 0;
  while (time_of(cursor, step_of(cursor) + steps) < microseconds) steps++;
  return steps;
}

static int64_t align(const ario_cursor *cursor, int64_t microseconds) {
  return time_of(cursor, step_of(cursor) + steps_to(cursor, microseconds));
}

static void wait_until(ario_constraint *grammar, const ario_cursor *cursor, int64_t until) {
  ario_band_grammar_wait((ario_band_grammar *)(void *)grammar->state.bytes, steps_to(cursor, until));
}

// Nothing is open: lengths stand with the notes.
static size_t close_all(const ario_constraint *grammar, ario_token *tokens, size_t room) {
  (void)grammar, (void)tokens, (void)room;
  return 0;
}

// ---- Prompts ----

static ario_status no_memory(ario_error *error) {
  return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
}

// Who plays, and in which bar the first of them begins.
static size_t find_players(const ario__band *band, bool *plays) {
  size_t first = band->bar_count;
  for (size_t i = 0; i < band->event_count; i++) {
    const ario__band_event *event = &band->events[i];
    if (event->instrument == ARIO__BAND_TEMPO) continue;
    plays[event->instrument] = true;
    if (event->bar < first) first = event->bar;
  }
  return first;
}

// bos, who plays, and the bars from `first` on, as a crop in training begins: with meter, tempo and velocities said.
// at [bars] is where the tokens of each bar begin.
static void put_from(const ario__band *band, const size_t *begins, const bool *plays, size_t first,
                     ario__band_out *out, size_t *at) {
  out->used = 0;
  ario__band_out_forget(out);
  ario__band_put(out, ARIO_BAND_BOS);
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    if (plays[i]) ario__band_put(out, ARIO_BAND_INSTRUMENT + i);
  for (size_t bar = first; bar < band->bar_count; bar++) {
    at[bar] = out->used;
    ario__band_put_bar(out, band, begins, bar, NULL);
  }
}

// The bars from that of the first onset on, after a head of those who play, or of those `wished`; of more than `most`
// tokens (0: any number) as many bars less as it takes.
static bool put_prompt(const ario__band *band, const bool *wished, size_t most, ario__band_passage *p) {
  bool plays[ARIO_BAND_INSTRUMENTS] = {false};
  size_t first = find_players(band, plays), *begins = ario__band_index(band);
  if (wished) memcpy(plays, wished, sizeof plays);
  size_t *at = malloc((band->bar_count + 1) * sizeof *at);
  ario__band_out out = {.room = 2 + ARIO_BAND_INSTRUMENTS + 4 * band->bar_count + 8 * band->event_count};
  out.tokens = malloc(out.room * sizeof *out.tokens);
  bool done = begins && at && out.tokens;
  for (size_t bar = 0; bar < first; bar++) p->origin += ario__band_bar_steps(&band->bars[bar]);
  p->whole = p->origin;
  if (done) put_from(band, begins, plays, first, &out, at);
  size_t all = out.used;
  while (done && most && out.used > most && first + 1 < band->bar_count) {
    size_t enough = at[first] + out.used - most;
    do p->origin += ario__band_bar_steps(&band->bars[first++]);
    while (first + 1 < band->bar_count && at[first] < enough);
    put_from(band, begins, plays, first, &out, at);
  }
  p->left_out = all - out.used;
  free(begins);
  free(at);
  p->tokens = out.tokens;
  p->count = out.used;
  return done;
}

ario_status ario__band_mark_tracks(const ario_song *song, const ario_prompt_options *part, bool **hear,
                                   ario_error *error) {
  unsigned tracks = ario_song_describe(song).tracks;
  *hear = NULL;
  if (!part->tracks) return ARIO_OK;
  *hear = calloc(tracks + 1, sizeof **hear);
  if (!*hear) return no_memory(error);
  for (size_t i = 0; i < part->track_count; i++) {
    if (part->tracks[i] == 0 || part->tracks[i] > tracks)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "there is no track %u; the song has %u", part->tracks[i],
                       tracks);
    (*hear)[part->tracks[i] - 1] = true;
  }
  return ARIO_OK;
}

static ario_status make_prompt(const ario_song *song, const ario_passage_options *passage,
                               ario__band_passage *p, ario_error *error) {
  const ario_prompt_options *options = &passage->part;
  bool *hear;
  ario__band band = {.bars = NULL};
  ario__band_part part = {.from = options->from, .to = options->to, .open = true};
  ario_status status = ario__band_mark_tracks(song, options, &hear, error);
  part.hear = hear;
  if (!status) status = ario__band_of_song(song, &part, &band, error);
  if (!status && !band.bar_count) {
    size_t notes;
    ario_song_notes(song, &notes);
    bool any = notes || ario_song_describe(song).drum_notes;
    status = ario_fail(error, ARIO_ERR_FORMAT, "%s",
                       any ? "no note in the part and the tracks that were chosen"
                           : "no note; there is nothing to continue");
  }
  p->begin = part.begin;
  p->to = options->to;
  p->cut = part.cut;
  for (size_t i = 0; i < band.event_count; i++) p->notes += band.events[i].instrument != ARIO__BAND_TEMPO;
  if (!status && !put_prompt(&band, passage->instruments, passage->most, p)) status = no_memory(error);
  free(hear);
  ario__band_free(&band);
  return status;
}

// The passage's cursor stands at its end, in the song's exact time, which passes as it does there.
static void place_cursor(const ario_song *song, const ario__band_passage *p, ario_cursor *cursor) {
  start(cursor);
  pass(cursor, p->tokens, p->count);
  if (song) {
    cursor->own[BASE_STEP] = p->begin - p->origin;
    cursor->own[BASE_TIME] = llround(ario__band_time(song, p->begin));
    cursor->own[TEMPO] = ario__band_tempo_at(song, p->begin);
    cursor->now = time_of(cursor, step_of(cursor));
  }
  cursor->notes = 0;
  cursor->settled = cursor->own[BASE_TIME];
}

static ario_constraint make_grammar(const ario_song *song, const ario_passage_options *options,
                                    const ario__band_passage *p, const ario_cursor *cursor) {
  ario_band_grammar_options limits = ario_band_grammar_options_default();
  ario_band_grammar grammar;
  double bar = 4 * step_time(cursor) * ARIO_BAND_STEPS;
  limits.until_end = options->until_end;
  limits.steady = song;
  limits.new_ones = !song && !options->instruments;
  if (options->instruments) memcpy(limits.playing, options->instruments, sizeof limits.playing);
  limits.max_empty = (unsigned)fmin(fmax(floor((double)options->max_silence / bar), 0), 1000);
  ario_band_grammar_init(&grammar, &limits);
  ario_band_grammar_feed(&grammar, p->tokens, p->count);
  if (song) ario_band_grammar_wait(&grammar, p->begin - p->origin - step_of(cursor));
  return ario_band_constraint(&grammar);
}

// bos, and a head of those who are wished.
static ario_status begin_piece(const bool *wished, ario__band_passage *p, ario_error *error) {
  p->tokens = malloc((1 + ARIO_BAND_INSTRUMENTS) * sizeof *p->tokens);
  if (!p->tokens) return no_memory(error);
  p->tokens[p->count++] = ARIO_BAND_BOS;
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS && wished; i++)
    if (wished[i]) p->tokens[p->count++] = (ario_token)(ARIO_BAND_INSTRUMENT + i);
  return ARIO_OK;
}

static ario_status hear(const ario_song *song, const ario_passage_options *options, ario_passage *passage,
                        ario_error *error) {
  *passage = (ario_passage){.tokens = NULL};
  ario__band_passage *p = calloc(1, sizeof *p);
  if (!p) return no_memory(error);
  ario_status status = ARIO_OK;
  if (song) {
    status = make_prompt(song, options, p, error);
  } else {
    status = begin_piece(options->instruments, p, error);
  }
  if (status) {
    free(p->tokens);
    free(p);
    return status;
  }
  passage->own = p;
  passage->tokens = p->tokens;
  passage->count = p->count;
  place_cursor(song, p, &passage->cursor);
  passage->begin = passage->cursor.own[BASE_TIME];
  passage->line = passage->begin - (song ? ario__band_before(song, p->begin) : 0);
  passage->grammar = make_grammar(song, options, p, &passage->cursor);
  passage->notes = p->notes;
  passage->left_out = p->left_out;
  if (song) passage->skipped = llround(ario__band_time(song, p->origin) - ario__band_time(song, p->whole));
  return ARIO_OK;
}

static void forget(ario_passage *passage) {
  free(passage->tokens);
  free(passage->own);
  *passage = (ario_passage){.tokens = NULL};
}

// ---- Files ----

static ario_status splice(const ario_song *song, const ario_passage *passage, bool alone,
                          const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                          ario_error *error) {
  ario__band_file file;
  ario_status status = song ? ario__band_splice(song, passage->own, alone, tokens, count, &file)
                            : ario__band_piece(passage->own, tokens, count, &file);
  *bytes = file.bytes;
  *size = file.size;
  if (status == ARIO_ERR_LIMIT)
    return ario_fail(error, status, "the music is too long or too late for the time base of a MIDI file");
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

static size_t sharing(const ario_song *song, const ario_passage *passage, bool alone,
                      const ario_token *tokens, size_t count) {
  ario__band_file file;
  if (song ? ario__band_splice(song, passage->own, alone, tokens, count, &file)
           : ario__band_piece(passage->own, tokens, count, &file))
    return 0;
  free(file.bytes);
  return file.sharing;
}

const ario_symbolic ario__band_symbolic = {.open = ario_song_open,
                                           .hear = hear,
                                           .forget = forget,
                                           .lasts = lasts,
                                           .times = times_of,
                                           .pass = pass,
                                           .cut = cut,
                                           .rest = rest,
                                           .align = align,
                                           .wait = wait_until,
                                           .steer = ario__band_steer,
                                           .close = close_all,
                                           .splice = splice,
                                           .sharing = sharing,
                                           .notes = ario__band_notes,
                                           .fill = &ario__band_fill};
