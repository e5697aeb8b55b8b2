// SPDX-License-Identifier: MIT
//
// Music of a band -> a MIDI file of its own.
#include "codecs/midi/band_music.h"
#include "codecs/midi/song.h"
#include "codecs/midi/track_write.h"

#include <stdlib.h>
#include <string.h>

enum {
  STEP_TICKS = 10,
  PITCHED = ARIO__BAND_CHANNELS - 1, // channels that are not for drums
};

typedef struct note {
  uint32_t start, end;                                  // ticks
  uint8_t instrument, pitch, velocity, length, channel; // length: its index
} note;

typedef struct writer {
  const ario__band *band;
  uint32_t *lines; // [bars] steps at which each begins
  note *notes;     // in order of time, then instrument, then pitch
  size_t count;
  size_t of[ARIO_BAND_INSTRUMENTS];                 // notes
  int channel[ARIO_BAND_INSTRUMENTS];               // of its own, -1: none
  int owner[ARIO__BAND_CHANNELS];                   // the instrument whose it is, -1: nobody's
  bool shared;                                      // instruments have notes on each other's channels
  ario__track_events events[ARIO_BAND_INSTRUMENTS]; // of each track
  ario__buffer file;
} writer;

// ---- Notes ----

static ario_status place_bars(writer *w) {
  uint64_t step = 0;
  w->lines = malloc((w->band->bar_count + 1) * sizeof *w->lines);
  if (!w->lines) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i < w->band->bar_count; i++) {
    w->lines[i] = (uint32_t)step;
    step += ario__band_bar_steps(&w->band->bars[i]);
    if (step > (uint64_t)ARIO_BAND_MAX_QUARTERS * ARIO_BAND_STEPS) return ARIO_ERR_LIMIT;
  }
  return ARIO_OK;
}

static int by_start(const void *a, const void *b) {
  const note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->instrument != y->instrument) return x->instrument - y->instrument;
  return x->pitch != y->pitch ? x->pitch - y->pitch : y->length - x->length;
}

static bool same_note(const note *x, const note *y) {
  return x->start == y->start && x->instrument == y->instrument && x->pitch == y->pitch &&
         x->length == y->length;
}

static ario_status place_notes(writer *w) {
  w->notes = malloc((w->band->event_count + 1) * sizeof *w->notes);
  if (!w->notes) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i < w->band->event_count; i++) {
    const ario__band_event *event = &w->band->events[i];
    if (event->instrument == ARIO__BAND_TEMPO) continue;
    bool drum = event->instrument == ARIO_BAND_DRUMS;
    uint32_t start = w->lines[event->bar] + event->position;
    uint32_t steps = drum ? ARIO__BAND_DRUM_STEPS : ario_band_length(event->length);
    unsigned bin = event->velocity == ARIO__BAND_UNKNOWN ? ARIO__BAND_FIRST_BIN : event->velocity;
    w->notes[w->count++] = (note){.start = start * STEP_TICKS,
                                  .end = (start + steps) * STEP_TICKS,
                                  .instrument = event->instrument,
                                  .pitch = event->pitch,
                                  .length = event->length,
                                  .velocity = (uint8_t)(4 * bin + 3)};
  }
  if (w->count) qsort(w->notes, w->count, sizeof *w->notes, by_start);
  size_t kept = 0;
  for (size_t i = 0; i < w->count; i++)
    if (!kept || !same_note(&w->notes[kept - 1], &w->notes[i])) w->notes[kept++] = w->notes[i];
  w->count = kept;
  for (size_t i = 0; i < kept; i++) w->of[w->notes[i].instrument]++;
  return ARIO_OK;
}

// ---- Channels ----

// The instrument without a channel that has the most notes, -1: none.
static int busiest(const writer *w) {
  int best = -1;
  for (int i = 0; i < ARIO_BAND_DRUMS; i++)
    if (w->of[i] && w->channel[i] < 0 && (best < 0 || w->of[i] > w->of[best])) best = i;
  return best;
}

static void give_channels(writer *w) {
  bool own[ARIO_BAND_INSTRUMENTS] = {false};
  for (int i = 0; i < ARIO_BAND_INSTRUMENTS; i++) w->channel[i] = -1;
  for (int c = 0; c < ARIO__BAND_CHANNELS; c++) w->owner[c] = -1;
  for (int given = 0, i; given < PITCHED && (i = busiest(w)) >= 0; given++) {
    own[i] = true;
    w->channel[i] = 0;
  }
  for (int i = 0, channel = 0; i < ARIO_BAND_DRUMS; i++) {
    if (!own[i]) continue;
    w->channel[i] = channel;
    w->owner[channel] = i;
    channel += channel + 1 == ARIO_MIDI_DRUM_CHANNEL ? 2 : 1;
  }
  w->channel[ARIO_BAND_DRUMS] = ARIO_MIDI_DRUM_CHANNEL;
}

// What sounds while notes get their channels.
typedef struct channel_state {
  int program;                // the instrument whose program it has, -1: none yet
  uint32_t until;             // tick at which the last note ends
  size_t last[ARIO__PITCHES]; // note of each pitch, + 1; 0: none
} channel_state;

// Whether a note may begin on a channel: where its pitch does not sound, or one of its own instrument that ends with it
// without having another length.
static bool may_begin(const writer *w, const channel_state *c, const note *n) {
  const note *last = c->last[n->pitch] ? &w->notes[c->last[n->pitch] - 1] : NULL;
  if (!last || last->end <= n->start) return true;
  if (last->start == n->start) return false;
  return last->instrument == n->instrument &&
         (n->instrument == ARIO_BAND_DRUMS ||
          ario_band_length_index((n->start - last->start) / STEP_TICKS) == last->length);
}

// How little a channel is suited to a note; its own comes first.
static unsigned unfitness(const writer *w, const channel_state *states, unsigned channel, const note *n) {
  const channel_state *c = &states[channel];
  if (channel == ARIO_MIDI_DRUM_CHANNEL || !may_begin(w, c, n)) return 6;
  if (w->channel[n->instrument] == (int)channel) return 0;
  if (w->owner[channel] < 0)
    return c->program == n->instrument ? 1 : c->program < 0 ? 2 : c->until <= n->start ? 3 : 5;
  return c->until <= n->start ? 4 : 5;
}

static unsigned choose_channel(const writer *w, const channel_state *states, const note *n) {
  if (n->instrument == ARIO_BAND_DRUMS) return ARIO_MIDI_DRUM_CHANNEL;
  unsigned best = w->channel[n->instrument] < 0 ? 0 : (unsigned)w->channel[n->instrument], least = 6;
  for (unsigned c = 0; c < ARIO__BAND_CHANNELS && least; c++) {
    unsigned rank = unfitness(w, states, c, n);
    if (rank >= least) continue;
    best = c;
    least = rank;
  }
  return best;
}

// Gives each note its channel, ends those that a later onset ends, and adds the changes of program.
static ario_status assign(writer *w) {
  channel_state *states = calloc(ARIO__BAND_CHANNELS, sizeof *states);
  if (!states) return ARIO_ERR_MEMORY;
  for (unsigned c = 0; c < ARIO__BAND_CHANNELS; c++) states[c].program = w->owner[c];
  for (size_t i = 0; i < w->count; i++) {
    note *n = &w->notes[i];
    unsigned channel = choose_channel(w, states, n);
    channel_state *c = &states[channel];
    size_t before = c->last[n->pitch];
    if (before && w->notes[before - 1].end > n->start) w->notes[before - 1].end = n->start;
    c->last[n->pitch] = i + 1;
    if (n->end > c->until) c->until = n->end;
    n->channel = (uint8_t)channel;
    if (n->instrument == ARIO_BAND_DRUMS || c->program == n->instrument) continue;
    w->shared |= c->program >= 0;
    c->program = n->instrument;
    ario__track_add(&w->events[n->instrument], n->start, ARIO__ORDER_PROGRAM, channel, 0xc0, n->instrument,
                    0);
  }
  free(states);
  return ARIO_OK;
}

// ---- Tracks ----

// The first track: meters and tempo.
static void write_map(writer *w) {
  const ario__band *band = w->band;
  size_t begin = ario__begin_chunk(&w->file), event = 0;
  uint32_t now = 0;
  int tempo = -1; // bin in force
  ario__band_bar force = {.beats = 4, .log2_unit = 2};
  if (!band->bar_count || !band->bars[0].beats) ario__put_meter(&w->file, 0, force.beats, force.log2_unit);
  for (size_t b = 0; b < band->bar_count; b++) {
    const ario__band_bar *bar = &band->bars[b];
    uint32_t line = w->lines[b] * STEP_TICKS;
    if (bar->beats && (b == 0 || bar->beats != force.beats || bar->log2_unit != force.log2_unit)) {
      ario__put_meter(&w->file, line - now, bar->beats, bar->log2_unit);
      now = line;
      force = *bar;
    }
    for (; event < band->event_count && band->events[event].bar == b; event++) {
      if (band->events[event].instrument != ARIO__BAND_TEMPO || band->events[event].pitch == tempo) continue;
      uint32_t tick = line + band->events[event].position * STEP_TICKS;
      tempo = band->events[event].pitch;
      ario__put_tempo(&w->file, tick - now, ario__band_tempo((unsigned)tempo));
      now = tick;
    }
  }
  ario__end_of_track(&w->file, 0);
  ario__end_chunk(&w->file, begin);
}

static void write_track(writer *w, unsigned instrument) {
  static const uint8_t ports[ARIO_MIDI_PORTS] = {0}; // none is named
  size_t begin = ario__begin_chunk(&w->file);
  const char *name = ario__band_player(instrument);
  ario__put_meta(&w->file, 0, 3, name, strlen(name));
  if (instrument != ARIO_BAND_DRUMS && w->channel[instrument] >= 0) {
    ario__buffer_vlq(&w->file, 0);
    ario__buffer_byte(&w->file, 0xc0u | (unsigned)w->channel[instrument]);
    ario__buffer_byte(&w->file, instrument);
  }
  ario__track_write(&w->file, &w->events[instrument], ports);
  ario__end_chunk(&w->file, begin);
}

static ario_status write_all(writer *w) {
  size_t tracks = 1;
  for (size_t i = 0; i < w->count; i++) {
    const note *n = &w->notes[i];
    ario__track_events *list = &w->events[n->instrument];
    // Where instruments share a channel, one's note-off would come after another's onset in the same tick.
    uint32_t end = w->shared && n->end > n->start + 1 ? n->end - 1 : n->end;
    ario__track_add(list, n->start, ARIO__ORDER_ON, n->channel, 0x90, n->pitch, n->velocity);
    ario__track_add(list, end, ARIO__ORDER_OFF, n->channel, 0x80, n->pitch, 0);
  }
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) {
    tracks += w->of[i] > 0;
    if (w->events[i].failed) return ARIO_ERR_MEMORY;
  }
  ario__write_head(&w->file, 1, tracks, ARIO_BAND_STEPS * STEP_TICKS);
  write_map(w);
  for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
    if (w->of[i]) write_track(w, i);
  return w->file.failed ? ARIO_ERR_MEMORY : ARIO_OK;
}

// ---- A file ----

static ario_status write_band(writer *w, ario__band_file *file) {
  ario_status status = place_bars(w);
  if (!status) status = place_notes(w);
  if (!status) {
    give_channels(w);
    status = assign(w);
  }
  if (!status) status = write_all(w);
  if (status) return status;
  *file = (ario__band_file){.bytes = w->file.bytes, .size = w->file.size};
  for (size_t i = 0; i < ARIO_BAND_INSTRUMENTS; i++) file->sharing += w->of[i] && w->channel[i] < 0;
  w->file = (ario__buffer){.bytes = NULL};
  return ARIO_OK;
}

ario_status ario__band_to_file(ario__band *band, ario__band_file *file) {
  *file = (ario__band_file){.bytes = NULL};
  writer *w = calloc(1, sizeof *w);
  if (!w) return ARIO_ERR_MEMORY;
  ario__band_sort(band);
  w->band = band;
  ario_status status = write_band(w, file);
  for (size_t i = 0; i < ARIO_BAND_INSTRUMENTS; i++) ario__track_free(&w->events[i]);
  ario__buffer_free(&w->file);
  free(w->lines);
  free(w->notes);
  free(w);
  return status;
}

ario_status ario_band_write(const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                            ario_error *error) {
  ario__band band;
  ario__band_file file = {.bytes = NULL};
  ario_status status = ario__band_of_tokens(tokens, count, &band);
  if (!status) status = ario__band_to_file(&band, &file);
  *bytes = file.bytes;
  *size = file.size;
  ario__band_free(&band);
  if (status == ARIO_ERR_ARGUMENT)
    return ario_fail(error, status, "a token is not below %d", ARIO_BAND_VOCAB);
  if (status == ARIO_ERR_LIMIT)
    return ario_fail(error, status, "the music is longer than %d quarters", ARIO_BAND_MAX_QUARTERS);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}
