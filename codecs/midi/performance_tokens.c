// SPDX-License-Identifier: MIT
//
// Notes <-> tokens, and prompts of them.
#include "codecs/midi/performance_tokens.h"
#include "codecs/midi/performance_vocabulary.h"
#include "codecs/midi/song.h"

#include <stdlib.h>
#include <string.h>

// ---- Notes -> tokens ----

// Onsets and ends as numbers that sort like tokens: by step, off before on, pitch. The velocity comes along.
static uint64_t event_key(int64_t step, bool on, unsigned pitch, unsigned velocity) {
  return (uint64_t)step << 16 | (uint64_t)on << 15 | (uint64_t)pitch << 8 | velocity;
}

static int by_key(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// Resolves doubled pitches: of several onsets in one step one is left, with the largest velocity and the
// latest end; an onset ends the note of its pitch before it. The notes are in order and stay so. Returns how
// many are left.
static size_t resolve_doubles(ario_note *notes, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    ario_note note = notes[i];
    if (note.end <= note.start) note.end = note.start + 1;
    ario_note *last = kept ? &notes[kept - 1] : NULL;
    if (last && last->start == note.start && last->pitch == note.pitch) {
      if (note.velocity > last->velocity) last->velocity = note.velocity;
      if (note.end > last->end) last->end = note.end;
    } else {
      notes[kept++] = note;
    }
  }
  int64_t next[ARIO__PITCHES];
  for (unsigned p = 0; p < ARIO__PITCHES; p++) next[p] = INT64_MAX;
  for (size_t i = kept; i-- > 0;) {
    if (notes[i].end > next[notes[i].pitch]) notes[i].end = next[notes[i].pitch];
    next[notes[i].pitch] = notes[i].start;
  }
  return kept;
}

static uint64_t *sorted_events(const ario_note *notes, size_t count, size_t *event_count) {
  int64_t origin = notes[0].start;
  uint64_t *events = malloc(2 * count * sizeof *events);
  if (!events) return NULL;
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    events[used++] = event_key(notes[i].start - origin, true, notes[i].pitch, notes[i].velocity);
    if (notes[i].end != INT64_MAX)
      events[used++] = event_key(notes[i].end - origin, false, notes[i].pitch, 0);
  }
  qsort(events, used, sizeof *events, by_key);
  *event_count = used;
  return events;
}

// Fills tokens (NULL: only counts them) and returns their number. *last is the step of the last token.
static size_t emit_tokens(const uint64_t *events, size_t count, ario_token *tokens, int64_t *last) {
  size_t used = 0;
  int64_t now = 0;
  unsigned bin = ~0u;
#define EMIT(token) (tokens ? (void)(tokens[used] = (ario_token)(token)) : (void)0, used++)
  EMIT(ARIO_MIDI_BOS);
  for (size_t i = 0; i < count; i++) {
    int64_t step = (int64_t)(events[i] >> 16);
    unsigned pitch = events[i] >> 8 & 127, velocity = events[i] & 127;
    while (now < step) {
      int64_t jump = ario__longest_shift(step - now);
      EMIT(ario__shift(jump));
      now += jump;
    }
    if (!(events[i] >> 15 & 1)) {
      EMIT(ARIO_MIDI_NOTE_OFF + pitch);
      continue;
    }
    if (ario__velocity_bin(velocity) != bin) {
      bin = ario__velocity_bin(velocity);
      EMIT(ARIO_MIDI_VELOCITY + bin);
    }
    EMIT(ARIO_MIDI_NOTE_ON + pitch);
  }
#undef EMIT
  *last = now;
  return used;
}

// Makes prompt->tokens of at least one note, in order and without doubles. *last is the step of the last
// token, from the file's time 0.
static ario_status encode(const ario_note *notes, size_t count, ario_prompt *prompt, int64_t *last,
                          ario_error *error) {
  prompt->origin = notes[0].start;
  int64_t span = notes[count - 1].start - prompt->origin;
  for (size_t i = 0; i < count; i++)
    if (notes[i].end != INT64_MAX && notes[i].end - prompt->origin > span)
      span = notes[i].end - prompt->origin;
  if (span > ARIO__MAX_STEPS)
    return ario_fail(error, ARIO_ERR_LIMIT,
                     "the notes span %lld days, more than the ten that can be encoded; choose a part of them",
                     (long long)(span / (ARIO__MAX_STEPS / 10)));
  size_t event_count = 0;
  uint64_t *events = sorted_events(notes, count, &event_count);
  if (events) {
    prompt->count = emit_tokens(events, event_count, NULL, last);
    prompt->tokens = malloc(prompt->count * sizeof *prompt->tokens);
  }
  if (prompt->tokens) emit_tokens(events, event_count, prompt->tokens, last);
  free(events);
  if (!prompt->tokens) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  *last += prompt->origin;
  return ARIO_OK;
}

// ---- Prompts ----

ario_prompt_options ario_prompt_options_default(void) {
  return (ario_prompt_options){.to = INT64_MAX};
}

// Marks in *hear [tracks of the song] the tracks that are in the prompt; NULL if all are.
static ario_status mark_tracks(const ario_song *song, const ario_prompt_options *options, bool **hear,
                               ario_error *error) {
  *hear = NULL;
  if (!options->tracks) return ARIO_OK;
  *hear = calloc(song->smf.track_count, sizeof **hear);
  if (!*hear) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < options->track_count; i++) {
    unsigned track = options->tracks[i];
    if (track == 0 || track > song->smf.track_count)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "there is no track %u; the file has tracks 1 to %zu", track,
                       song->smf.track_count);
    (*hear)[track - 1] = true;
  }
  return ARIO_OK;
}

static void note_channels(const ario_note *notes, size_t count, ario_prompt *prompt) {
  size_t on_channel[ARIO_MIDI_CHANNELS] = {0};
  prompt->notes = count;
  for (size_t i = 0; i < count; i++) {
    on_channel[notes[i].channel]++;
    if (notes[i].end == INT64_MAX) prompt->open_on[notes[i].pitch] |= (uint64_t)1 << notes[i].channel;
  }
  for (unsigned c = 1; c < ARIO_MIDI_CHANNELS; c++)
    if (on_channel[c] > on_channel[prompt->lead]) prompt->lead = (uint8_t)c;
}

// A pitch that a later onset on another channel has ended is not open, even if its own channel still holds
// it.
static void note_open(const ario_note *notes, size_t count, ario_prompt *prompt) {
  bool open[ARIO__PITCHES] = {false};
  for (size_t i = 0; i < count; i++)
    if (notes[i].end == INT64_MAX) open[notes[i].pitch] = true;
  for (unsigned p = 0; p < ARIO__PITCHES; p++) {
    if (!open[p]) prompt->open_on[p] = 0;
    prompt->open += open[p];
  }
}

static ario_status no_note(const ario_song *song, ario_error *error) {
  const char *text = song->note_count   ? "no note in the chosen part and tracks"
                     : song->drum_count ? "no notes but drums; there is nothing to continue"
                                        : "no notes; there is nothing to continue";
  return ario_fail(error, ARIO_ERR_FORMAT, "%s", text);
}

ario_status ario_song_prompt(const ario_song *song, const ario_prompt_options *options, ario_prompt *prompt,
                             ario_error *error) {
  *prompt = (ario_prompt){.cut = options->to};
  bool *hear;
  ario_note *notes = NULL;
  size_t count = 0;
  int64_t last = 0;
  ario_status status = mark_tracks(song, options, &hear, error);
  if (!status && !ario__song_fold(song, options->from, options->to, hear, &notes, &count))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status && count == 0) status = no_note(song, error);
  if (!status) {
    note_channels(notes, count, prompt);
    count = resolve_doubles(notes, count);
    note_open(notes, count, prompt);
    status = encode(notes, count, prompt, &last, error);
  }
  free(hear);
  free(notes);
  if (status) {
    ario_prompt_free(prompt);
    return status;
  }
  // A note that rounding has lengthened to one step may end after a cut within this step.
  int64_t cut = prompt->open ? (options->to + 5000) / 10000 : 0;
  prompt->begin = cut > last ? cut : last;
  prompt->wait = prompt->begin - last;
  return ARIO_OK;
}

void ario_prompt_free(ario_prompt *prompt) {
  free(prompt->tokens);
  *prompt = (ario_prompt){.tokens = NULL};
}

// ---- Tokens -> notes ----

int64_t ario_midi_duration(const ario_token *tokens, size_t count) {
  int64_t steps = 0;
  for (size_t i = 0; i < count; i++)
    if (ario__is_shift(tokens[i])) steps += ario__shift_steps(tokens[i]);
  return steps;
}

void ario__decoder_init(ario__decoder *decoder) {
  *decoder = (ario__decoder){.velocity = ARIO__FIRST_VELOCITY};
}

static ario_status end_note(ario__decoder *d, unsigned pitch) {
  if (d->count == d->room) {
    size_t room = d->room ? 2 * d->room : 256;
    ario_note *grown = realloc(d->notes, room * sizeof *grown);
    if (!grown) return ARIO_ERR_MEMORY;
    d->notes = grown;
    d->room = room;
  }
  int64_t start = d->start[pitch];
  d->notes[d->count++] = (ario_note){.start = start,
                                     .end = d->now > start ? d->now : start + 1,
                                     .pitch = (uint8_t)pitch,
                                     .velocity = d->struck[pitch],
                                     .track = 1};
  d->sounding[pitch] = false;
  return ARIO_OK;
}

static ario_status feed_token(ario__decoder *d, unsigned token) {
  ario_status status = ARIO_OK;
  if (token >= ARIO_MIDI_VELOCITY) {
    d->velocity = ario__velocity_of_bin(token - ARIO_MIDI_VELOCITY);
  } else if (token >= ARIO_MIDI_SHIFT) {
    d->now += token - ARIO_MIDI_SHIFT + 1;
  } else if (token >= ARIO_MIDI_NOTE_OFF) {
    if (d->sounding[token - ARIO_MIDI_NOTE_OFF]) status = end_note(d, token - ARIO_MIDI_NOTE_OFF);
  } else if (token >= ARIO_MIDI_NOTE_ON) {
    unsigned pitch = token - ARIO_MIDI_NOTE_ON;
    if (d->sounding[pitch]) status = end_note(d, pitch);
    d->sounding[pitch] = true;
    d->start[pitch] = d->now;
    d->struck[pitch] = d->velocity;
  } else if (token == ARIO_MIDI_EOS) {
    d->ended = true;
  }
  return status;
}

ario_status ario__decoder_feed(ario__decoder *decoder, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count && !decoder->ended; i++) {
    ario_status status = tokens[i] < ARIO_MIDI_VOCAB ? feed_token(decoder, tokens[i]) : ARIO_ERR_ARGUMENT;
    if (status) return status;
  }
  return ARIO_OK;
}

ario_status ario__decoder_end(ario__decoder *decoder) {
  ario_status status = ARIO_OK;
  for (unsigned p = 0; p < ARIO__PITCHES && !status; p++)
    if (decoder->sounding[p]) status = end_note(decoder, p);
  return status;
}

void ario__decoder_free(ario__decoder *decoder) {
  free(decoder->notes);
  ario__decoder_init(decoder);
}

static int by_start(const void *a, const void *b) {
  const ario_note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->pitch != y->pitch) return x->pitch < y->pitch ? -1 : 1;
  if (x->end != y->end) return x->end < y->end ? -1 : 1;
  return x->velocity - y->velocity;
}

ario_status ario_midi_notes(const ario_token *tokens, size_t count, ario_note **notes, size_t *note_count) {
  *notes = NULL;
  *note_count = 0;
  ario__decoder decoder;
  ario__decoder_init(&decoder);
  ario_status status = ario__decoder_feed(&decoder, tokens, count);
  if (!status) status = ario__decoder_end(&decoder);
  if (!status && !decoder.notes)
    status = (decoder.notes = malloc(sizeof *decoder.notes)) ? ARIO_OK : ARIO_ERR_MEMORY;
  if (status) {
    ario__decoder_free(&decoder);
    return status;
  }
  if (decoder.count) qsort(decoder.notes, decoder.count, sizeof *decoder.notes, by_start);
  *notes = decoder.notes;
  *note_count = decoder.count;
  return ARIO_OK;
}
