// SPDX-License-Identifier: MIT
//
// Music between two places of a song by a model that only goes on: it continues what is before the gap, at the length of
// the gap. What follows it judges afterwards.
#include "codecs/midi/performance_fill.h"
#include "arioso/general_midi.h"
#include "arioso/symbolic.h"
#include "codecs/midi/performance_codec.h"
#include "codecs/midi/performance_tokens.h"
#include "codecs/midi/performance_vocabulary.h"
#include "codecs/midi/song_fill.h"

#include <stdlib.h>
#include <string.h>

enum {
  STEP = 1000000 / ARIO_MIDI_STEPS_PER_SECOND, // microseconds
  LONGEST_TICK = STEP / 2,
  FOLLOWING = 512, // tokens by which a middle is judged
  REST_ROOM = 64,
};

// Tokens that are collected.
typedef struct list {
  ario_token *tokens; // [count]
  size_t count, room;
  bool failed;
} list;

typedef struct place {
  const ario_song *song;
  bool *hear;            // [tracks]; NULL: all
  int64_t begin, end;    // microseconds
  ario_passage before;   // the prompt
  ario_passage original; // with what leaves: the song up to the end of the gap
  ario_passage after;    // what follows, from its first onset on
  uint8_t instrument;    // that plays
  ario__song_gap gap;
} place;

struct ario_draft {
  const place *place;
  list head; // what is fed: the prompt, and time up to the gap
  list made; // what was drawn
  ario_constraint grammar;
  ario_cursor cursor;
  bool begun, done;
};

static const ario_symbolic *codec(void) {
  return &ario__performance_symbolic;
}

static ario_status no_memory(ario_error *error) {
  return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
}

// ---- Lists ----

static void add(list *l, const ario_token *tokens, size_t count) {
  if (l->count + count > l->room) {
    size_t room = 2 * l->room + count + 256;
    ario_token *grown = l->failed ? NULL : realloc(l->tokens, room * sizeof *grown);
    l->failed |= !grown;
    if (!grown) return;
    l->tokens = grown;
    l->room = room;
  }
  if (count) memcpy(l->tokens + l->count, tokens, count * sizeof *tokens);
  l->count += count;
}

// Time from the cursor to `until`.
static void add_rest(list *l, ario_cursor *cursor, int64_t until, ario_constraint *grammar) {
  ario_token tokens[REST_ROOM];
  for (size_t count = 1; count && !l->failed;) {
    count = codec()->rest(cursor, until, tokens, REST_ROOM);
    codec()->pass(cursor, tokens, count);
    if (grammar) ario_constraint_feed(grammar, tokens, count);
    add(l, tokens, count);
  }
}

// ---- The place ----

static int64_t to_step(int64_t microseconds) {
  return (microseconds + STEP / 2) / STEP * STEP;
}

static ario_status hear_part(place *p, const ario_fill_options *o, int64_t from, int64_t to,
                             ario_passage *out) {
  ario_passage_options options = ario_passage_options_default();
  options.part = o->part;
  options.part.from = from;
  options.part.to = to;
  options.max_silence = o->max_silence;
  options.max_note = o->max_note;
  return codec()->hear(p->song, &options, out, NULL);
}

// The program of most notes before the gap.
static uint8_t find_instrument(const place *p) {
  size_t played[ARIO_PROGRAMS] = {0}, best = 0;
  for (size_t i = 0; i < p->song->note_count; i++) {
    const ario_note *note = &p->song->notes[i];
    if ((!p->hear || p->hear[note->track - 1]) && note->start * STEP < p->begin) played[note->program]++;
  }
  for (size_t i = 1; i < ARIO_PROGRAMS; i++)
    if (played[i] > played[best]) best = i;
  return (uint8_t)best;
}

static ario_status mark_tracks(place *p, const ario_prompt_options *part, ario_error *error) {
  unsigned tracks = (unsigned)p->song->smf.track_count;
  if (!part->tracks) return ARIO_OK;
  p->hear = calloc(tracks + 1, sizeof *p->hear);
  if (!p->hear) return no_memory(error);
  for (size_t i = 0; i < part->track_count; i++) {
    if (part->tracks[i] == 0 || part->tracks[i] > tracks)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "there is no track %u; the song has %u", part->tracks[i],
                       tracks);
    p->hear[part->tracks[i] - 1] = true;
  }
  return ARIO_OK;
}

static ario_status hear_all(place *p, const ario_fill_options *o, ario_error *error) {
  ario_status status = hear_part(p, o, 0, p->begin, &p->before);
  if (status == ARIO_ERR_FORMAT)
    return ario_fail(error, status, "%s",
                     p->song->note_count ? "nothing plays before the gap; it needs music on both sides"
                                         : "no note");
  if (!status) status = hear_part(p, o, 0, p->end, &p->original);
  if (!status) status = hear_part(p, o, p->end, INT64_MAX, &p->after);
  if (status == ARIO_ERR_FORMAT)
    return ario_fail(error, status, "nothing plays after the gap; it needs music on both sides");
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

static void close_place(ario_fill *fill) {
  place *p = fill->own;
  if (p) {
    codec()->forget(&p->before);
    codec()->forget(&p->original);
    codec()->forget(&p->after);
    free(p->hear);
  }
  free(p);
  *fill = (ario_fill){.own = NULL};
}

static ario_status open_place(const ario_song *song, const ario_fill_options *options, ario_fill *fill,
                              ario_error *error) {
  place *p = calloc(1, sizeof *p);
  *fill = (ario_fill){.own = p};
  if (!p) return no_memory(error);
  p->song = song;
  p->begin = options->part.from;
  p->end = options->part.to < song->end_microseconds ? options->part.to : song->end_microseconds + 1;
  ario_status status = mark_tracks(p, &options->part, error);
  if (!status) status = hear_all(p, options, error);
  if (status) return status;
  p->instrument = find_instrument(p);
  p->gap = (ario__song_gap){.begin = ario__song_fill_tick(song, 1, p->begin),
                            .end = ario__song_fill_tick(song, 1, p->end),
                            .tracks = p->hear};
  for (unsigned i = 0; i < ARIO_FILL_DRUMS; i++) p->gap.leaves[i] = true;
  fill->begin = p->begin;
  fill->end = p->end;
  fill->notes = p->before.notes + p->after.notes;
  fill->leaving = ario__song_gap_count(song, &p->gap, fill->who_leaves);
  return ARIO_OK;
}

// ---- A take ----

static ario_status begin_draft(const ario_fill *fill, ario_draft **draft) {
  ario_draft *d = *draft = calloc(1, sizeof *d);
  if (!d) return ARIO_ERR_MEMORY;
  d->place = fill->own;
  d->cursor = d->place->before.cursor;
  d->grammar = d->place->before.grammar;
  add(&d->head, d->place->before.tokens, d->place->before.count);
  add_rest(&d->head, &d->cursor, to_step(d->place->begin), &d->grammar);
  ario_midi_grammar_wait(&d->grammar, 0);
  return d->head.failed ? ARIO_ERR_MEMORY : ARIO_OK;
}

static void end_draft(ario_draft *d) {
  if (!d) return;
  free(d->head.tokens);
  free(d->made.tokens);
  free(d);
}

static ario_status next_stretch(ario_draft *d, ario_stretch *stretch) {
  *stretch = (ario_stretch){.count = 0};
  if (d->head.failed || d->made.failed) return ARIO_ERR_MEMORY;
  if (d->begun) return ARIO_OK;
  d->begun = true;
  *stretch = (ario_stretch){.tokens = d->head.tokens,
                            .count = d->head.count,
                            .anew = true,
                            .grammar = d->grammar,
                            .strikes = true,
                            .onset = codec()->live->onset(),
                            .passage = &d->place->before};
  return ARIO_OK;
}

// The last token, and the ends of all that sounds.
static void finish(ario_draft *d) {
  ario_token tokens[ARIO_MIDI_CLOSE_MOST];
  d->done = true;
  add_rest(&d->made, &d->cursor, to_step(d->place->end), &d->grammar);
  add(&d->made, tokens, codec()->close(&d->grammar, tokens, ARIO_MIDI_CLOSE_MOST));
}

static bool take(ario_draft *d, ario_token *token) {
  bool last = codec()->cut(&d->cursor, d->place->end, token);
  if (*token != ARIO_MIDI_PAD && *token != ARIO_MIDI_EOS) {
    codec()->pass(&d->cursor, token, 1);
    ario_constraint_feed(&d->grammar, token, 1);
    add(&d->made, token, 1);
  }
  if (last) finish(d);
  return !last && !d->made.failed;
}

static ario_fill_progress progress_of(const ario_draft *d) {
  const place *p = d->place;
  double done = (double)(d->cursor.now - p->begin) / (double)(p->end - p->begin);
  return (ario_fill_progress){d->done ? 1 : done > 0 ? done : 0, d->cursor.notes};
}

static void players_of(const ario_draft *d, bool *playing) {
  playing[d->place->instrument] = d->cursor.notes > 0;
}

// ---- What follows ----

static void add_middle(const place *p, ario_fill_middle middle, const ario_draft *draft, list *l) {
  const ario_passage *start = middle == ARIO_FILL_ORIGINAL ? &p->original : &p->before;
  ario_cursor cursor = start->cursor;
  ario_constraint grammar = start->grammar;
  ario_token tokens[ARIO_MIDI_CLOSE_MOST];
  if (middle == ARIO_FILL_DRAFT) {
    add(l, draft->head.tokens, draft->head.count);
    add(l, draft->made.tokens, draft->made.count);
    return;
  }
  add(l, start->tokens, start->count);
  if (middle == ARIO_FILL_NOTHING) {
    size_t count = codec()->close(&grammar, tokens, ARIO_MIDI_CLOSE_MOST);
    add(l, tokens, count);
  }
  add_rest(l, &cursor, to_step(p->end), NULL);
}

static ario_status follow(const ario_fill *fill, ario_fill_middle middle, const ario_draft *draft,
                          size_t most, ario_fill_passage *passage) {
  const place *p = fill->own;
  const ario_prompt *prompt = p->after.own;
  list l = {.tokens = NULL};
  *passage = (ario_fill_passage){.tokens = NULL};
  add_middle(p, middle, draft, &l);
  ario_cursor cursor = {.now = to_step(p->end)};
  add_rest(&l, &cursor, prompt->origin * STEP, NULL);
  size_t begin = l.count, after = p->after.count - 1; // without bos
  if (after > FOLLOWING) after = FOLLOWING;
  if (after > most / 2) after = most / 2;
  add(&l, p->after.tokens + 1, after);
  if (!l.failed) passage->judged = calloc(l.count + 1, sizeof *passage->judged);
  if (!passage->judged) {
    free(l.tokens);
    return ARIO_ERR_MEMORY;
  }
  size_t drop = l.count > most ? l.count - most : 0;
  memmove(l.tokens, l.tokens + drop, (l.count - drop) * sizeof *l.tokens);
  // The first velocity may be that which is in force: it does not count.
  for (size_t i = begin + 1; i < l.count; i++) passage->judged[i - drop] = true;
  passage->tokens = l.tokens;
  passage->count = l.count - drop;
  return ARIO_OK;
}

// ---- The song with it ----

// By what the time base is multiplied, so that each step has a tick that rounds to it.
static unsigned factor_of(const ario_song *song) {
  int64_t slowest = 1, longest = LONGEST_TICK * song->division;
  for (size_t i = 0; i < song->tempo_count; i++)
    if (song->tempos[i].tempo > slowest) slowest = song->tempos[i].tempo;
  return (unsigned)((slowest + longest - 1) / longest);
}

static uint32_t tick_of(const place *p, unsigned factor, int64_t step) {
  uint32_t begin = p->gap.begin * factor, end = p->gap.end * factor;
  uint32_t tick = ario__song_fill_tick(p->song, factor, step * STEP);
  return step * STEP <= to_step(p->begin) || tick < begin ? begin : tick > end ? end : tick;
}

// The notes that the draft begins.
static ario_status notes_of(const ario_draft *d, unsigned factor, ario__new_note **notes, size_t *count) {
  const place *p = d->place;
  const ario_prompt *prompt = p->before.own;
  ario__decoder decoder;
  ario__decoder_init(&decoder);
  ario_status status = ario__decoder_feed(&decoder, d->head.tokens, d->head.count);
  int64_t begin = decoder.now;
  if (!status) status = ario__decoder_feed(&decoder, d->made.tokens, d->made.count);
  if (!status) status = ario__decoder_end(&decoder);
  *notes = malloc((decoder.count + 1) * sizeof **notes);
  if (!*notes) status = ARIO_ERR_MEMORY;
  *count = 0;
  for (size_t i = 0; i < decoder.count && !status; i++) {
    const ario_note *note = &decoder.notes[i];
    if (note->start < begin) continue; // the song's own
    uint32_t start = tick_of(p, factor, prompt->origin + note->start);
    if (start >= p->gap.end * factor) continue;
    (*notes)[(*count)++] = (ario__new_note){.start = start,
                                            .end = tick_of(p, factor, prompt->origin + note->end),
                                            .instrument = p->instrument,
                                            .pitch = note->pitch,
                                            .velocity = note->velocity};
  }
  ario__decoder_free(&decoder);
  return status;
}

static ario_status write_song(const ario_fill *fill, const ario_draft *draft, bool alone,
                              ario_fill_file *file, ario_error *error) {
  const place *p = fill->own;
  unsigned factor = factor_of(p->song);
  ario__new_note *notes = NULL;
  size_t count = 0;
  *file = (ario_fill_file){.bytes = NULL};
  ario_status status = draft ? notes_of(draft, factor, &notes, &count) : ARIO_OK;
  if (!status) status = ario__song_fill_write(p->song, &p->gap, factor, alone, notes, count, file);
  free(notes);
  return ario__song_fill_explain(status, error);
}

const ario_symbolic_fill ario__performance_fill = {.parts = false,
                                                   .open = open_place,
                                                   .close = close_place,
                                                   .begin = begin_draft,
                                                   .end = end_draft,
                                                   .next = next_stretch,
                                                   .take = take,
                                                   .progress = progress_of,
                                                   .players = players_of,
                                                   .follow = follow,
                                                   .write = write_song};
