// SPDX-License-Identifier: MIT
//
// Music of a band <-> tokens.
#include "codecs/midi/band_music.h"
#include "codecs/midi/band_vocabulary.h"

#include <stdlib.h>
#include <string.h>

// ---- Tokens -> music ----

typedef struct reader {
  ario__band *band;
  bool begun;         // a bar has
  int section;        // the mark of the layout "between" that was read last, 0: none
  bool marked;        // any was
  int beats;          // said, the unit follows; 0: none
  int instrument;     // in force in this bar, -1: none
  int pitch;          // read, its length follows; -1: none
  unsigned position;  // in the bar
  ario__band_bar bar; // with the meter in force
  uint8_t velocity[ARIO_BAND_INSTRUMENTS];
} reader;

static void forget(reader *r) {
  r->bar = (ario__band_bar){.section = (uint8_t)r->section};
  memset(r->velocity, ARIO__BAND_UNKNOWN, sizeof r->velocity);
}

static void go_to_line(reader *r) {
  r->position = 0;
  r->beats = 0;
  r->instrument = r->pitch = -1;
}

static bool read_bar(reader *r, size_t index) {
  r->begun = true;
  go_to_line(r);
  r->bar.token = (uint32_t)index;
  return ario__band_add_bar(r->band, r->bar);
}

static void read_unit(reader *r, int log2_unit) {
  ario__band_bar bar = r->bar;
  bar.beats = (uint8_t)r->beats;
  bar.log2_unit = (uint8_t)log2_unit;
  if (!r->beats || r->position || ario__band_bar_steps(&bar) > ARIO_BAND_MAX_BAR) return;
  r->bar = r->band->bars[r->band->bar_count - 1] = bar;
}

static bool read_event(reader *r, unsigned instrument, unsigned pitch, unsigned length) {
  ario__band_event event = {.bar = (uint32_t)(r->band->bar_count - 1),
                            .position = (uint16_t)r->position,
                            .instrument = (uint8_t)instrument,
                            .pitch = (uint8_t)pitch,
                            .length = (uint8_t)length};
  if (instrument != ARIO__BAND_TEMPO) event.velocity = r->velocity[instrument];
  return ario__band_add_event(r->band, event);
}

static void read_shift(reader *r, unsigned steps) {
  unsigned last = ario__band_bar_steps(&r->bar) - 1;
  r->position = r->position + steps < last ? r->position + steps : last;
}

static void read_mark(reader *r, int mark) {
  go_to_line(r);
  if (mark != ARIO_BAND_WRITE) {
    r->section = mark;
    r->marked = true;
    r->begun = false;
    forget(r);
  }
}

// A token of a bar.
static bool read_inside(reader *r, int token) {
  const ario__band_word word = ario__band_word_of(token);
  bool drums = r->instrument == ARIO_BAND_DRUMS;
  int pitch = r->pitch;
  unsigned value = (unsigned)word.value;
  r->pitch = -1;
  switch (word.kind) {
  case ARIO__KIND_LENGTH: return pitch < 0 || read_event(r, (unsigned)r->instrument, (unsigned)pitch, value);
  case ARIO__KIND_VELOCITY:
    if (r->instrument >= 0) r->velocity[r->instrument] = (uint8_t)value;
    break;
  case ARIO__KIND_DRUM: return !drums || read_event(r, ARIO_BAND_DRUMS, value, 0);
  case ARIO__KIND_PITCH: r->pitch = r->instrument >= 0 && !drums ? word.value : -1; break;
  case ARIO__KIND_INSTRUMENT: r->instrument = word.value; break;
  case ARIO__KIND_SHIFT: read_shift(r, value + 1); break;
  case ARIO__KIND_TEMPO: return read_event(r, ARIO__BAND_TEMPO, value, 0);
  case ARIO__KIND_UNIT:
    read_unit(r, word.value);
    r->beats = 0;
    break;
  case ARIO__KIND_BEATS: r->beats = word.value + 1; break;
  default: break;
  }
  return true;
}

// Where the bars of a section come in time.
static int order_of(int section) {
  return section == ARIO_BAND_AFTER ? 2 : section == ARIO_BAND_BETWEEN ? 1 : 0;
}

// The layout "between" -> the order of time.
static bool order_sections(ario__band *band) {
  size_t count = band->bar_count, used = 0;
  ario__band_bar *bars = calloc(count + 1, sizeof *bars);
  uint32_t *place = calloc(count + 1, sizeof *place); // of each bar among those
  for (int order = 0; bars && place && order < 3; order++)
    for (size_t i = 0; i < count; i++)
      if (order_of(band->bars[i].section) == order) {
        place[i] = (uint32_t)used;
        bars[used++] = band->bars[i];
      }
  if (bars && place) {
    for (size_t i = 0; i < band->event_count; i++) band->events[i].bar = place[band->events[i].bar];
    if (count) memcpy(band->bars, bars, count * sizeof *bars);
  }
  bool done = bars && place;
  free(bars);
  free(place);
  return done;
}

ario_status ario__band_of_tokens(const ario_token *tokens, size_t count, ario__band *band) {
  *band = (ario__band){.bars = NULL};
  reader r = {.band = band, .instrument = -1, .pitch = -1};
  forget(&r);
  for (size_t i = 0; i < count; i++) {
    int token = tokens[i];
    bool fits = true;
    if (token >= ARIO_BAND_VOCAB) return ARIO_ERR_ARGUMENT;
    if (token == ARIO_BAND_EOS) break;
    if (token == ARIO_BAND_BAR)
      fits = read_bar(&r, i);
    else if (token >= ARIO_BAND_WRITE && token <= ARIO_BAND_BETWEEN)
      read_mark(&r, token);
    else if (r.begun)
      fits = read_inside(&r, token);
    if (!fits) return ARIO_ERR_MEMORY;
  }
  return !r.marked || order_sections(band) ? ARIO_OK : ARIO_ERR_MEMORY;
}

// ---- Music -> tokens ----

void ario__band_out_forget(ario__band_out *out) {
  out->beats = out->log2_unit = out->tempo = -1;
  memset(out->velocity, ARIO__BAND_UNKNOWN, sizeof out->velocity);
}

void ario__band_put(ario__band_out *out, unsigned token) {
  if (out->used == out->room) return;
  if (out->given) out->given[out->used] = out->giving;
  out->tokens[out->used++] = (ario_token)token;
}

void ario__band_put_meter(ario__band_out *out, const ario__band_bar *bar) {
  if (!bar->beats || (bar->beats == out->beats && bar->log2_unit == out->log2_unit)) return;
  out->beats = bar->beats;
  out->log2_unit = bar->log2_unit;
  ario__band_put(out, ARIO_BAND_BEATS + bar->beats - 1u);
  ario__band_put(out, ARIO_BAND_UNIT + bar->log2_unit);
}

static unsigned put_shifts(ario__band_out *out, unsigned from, unsigned to) {
  while (from < to) {
    unsigned steps = to - from < ARIO_BAND_MAX_SHIFT ? to - from : ARIO_BAND_MAX_SHIFT;
    ario__band_put(out, ARIO_BAND_SHIFT + steps - 1);
    from += steps;
  }
  return to;
}

static void put_onset(ario__band_out *out, const ario__band_event *event, int *instrument) {
  unsigned i = event->instrument;
  if ((int)i != *instrument) ario__band_put(out, ARIO_BAND_INSTRUMENT + i);
  *instrument = (int)i;
  if (event->velocity != ARIO__BAND_UNKNOWN && event->velocity != out->velocity[i]) {
    out->velocity[i] = event->velocity;
    ario__band_put(out, ARIO_BAND_VELOCITY + event->velocity);
  }
  ario__band_put(out, (i == ARIO_BAND_DRUMS ? ARIO_BAND_DRUM : ARIO_BAND_PITCH) + event->pitch);
  if (i != ARIO_BAND_DRUMS) ario__band_put(out, ARIO_BAND_LENGTH + event->length);
}

void ario__band_put_events(ario__band_out *out, const ario__band_event *events, size_t count, const bool *of,
                           bool tempo) {
  int instrument = -1;
  unsigned position = 0;
  for (size_t i = 0; i < count; i++) {
    const ario__band_event *event = &events[i];
    bool onset = event->instrument != ARIO__BAND_TEMPO;
    if (onset ? of && !of[event->instrument] : !tempo || event->pitch == out->tempo) continue;
    position = put_shifts(out, position, event->position);
    if (onset) {
      put_onset(out, event, &instrument);
    } else {
      out->tempo = event->pitch;
      ario__band_put(out, ARIO_BAND_TEMPO + event->pitch);
    }
  }
}

size_t *ario__band_index(const ario__band *band) {
  size_t *begins = malloc((band->bar_count + 1) * sizeof *begins), event = 0;
  for (size_t bar = 0; begins && bar <= band->bar_count; bar++) {
    while (event < band->event_count && band->events[event].bar < bar) event++;
    begins[bar] = event;
  }
  return begins;
}

// The tempo in force where a bar begins, -1: none.
static int tempo_before(const ario__band *band, size_t first) {
  for (size_t i = first; i-- > 0;)
    if (band->events[i].instrument == ARIO__BAND_TEMPO) return band->events[i].pitch;
  return -1;
}

void ario__band_put_bar(ario__band_out *out, const ario__band *band, const size_t *begins, size_t bar,
                        const bool *of) {
  const ario__band_event *events = band->events + begins[bar];
  size_t count = begins[bar + 1] - begins[bar];
  ario__band_put(out, ARIO_BAND_BAR);
  out->giving |= of != NULL;
  ario__band_put_meter(out, &band->bars[bar]);
  bool said = out->tempo >= 0 || (count && events[0].instrument == ARIO__BAND_TEMPO && !events[0].position);
  int tempo = said ? -1 : tempo_before(band, begins[bar]);
  if (tempo >= 0) {
    ario__band_put(out, (unsigned)(ARIO_BAND_TEMPO + tempo));
    out->tempo = tempo;
  }
  ario__band_put_events(out, events, count, of, true);
}
