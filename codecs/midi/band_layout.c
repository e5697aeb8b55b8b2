// SPDX-License-Identifier: MIT
//
// Heads, and the bars of the three layouts.
#include "codecs/midi/band_layout.h"

enum { DENSITIES = ARIO_BAND_BARS - ARIO_BAND_DENSITY };

// ---- Heads ----

// Steps from the nearest sixteenth or eighth of a triplet.
static unsigned off_beat(unsigned position) {
  unsigned of12 = position % 12, of16 = position % 16;
  if (of12 > 6) of12 = 12 - of12;
  if (of16 > 8) of16 = 16 - of16;
  return of12 < of16 ? of12 : of16;
}

bool ario__band_keeps_no_beat(const ario__band_layout *l, size_t first, size_t last) {
  size_t onsets = 0, near = 0;
  for (size_t i = l->begins[first]; i < l->begins[last]; i++) {
    const ario__band_event *event = &l->band->events[i];
    if (event->instrument == ARIO__BAND_TEMPO) continue;
    onsets++;
    near += off_beat(event->position) <= 1;
  }
  return onsets >= 16 && 100 * near < 55 * onsets;
}

unsigned ario__band_density(const ario__band_layout *l, size_t first, size_t last) {
  static const double limits[DENSITIES - 1] = {0.5, 1, 2, 3, 4.5, 7, 11};
  double quarters = 0, onsets = 0;
  unsigned class = 0;
  for (size_t b = first; b < last; b++)
    quarters += (double)ario__band_bar_steps(&l->band->bars[b]) / ARIO_BAND_STEPS;
  for (size_t i = l->begins[first]; i < l->begins[last]; i++)
    onsets += l->band->events[i].instrument != ARIO__BAND_TEMPO;
  while (class < DENSITIES - 1 && onsets >= limits[class] * quarters) class ++;
  return class;
}

unsigned ario__band_bars_class(size_t bars) {
  static const uint16_t least[ARIO__BAND_BARS] = {1,  2,  3,   4,   5,   6,   7,   8,  10, 12,
                                                  14, 16, 20,  24,  28,  32,  40,  48, 56, 64,
                                                  80, 96, 112, 128, 160, 192, 224, 256};
  unsigned class = 0;
  while (class + 1 < ARIO__BAND_BARS && least[class + 1] <= bars) class ++;
  return class;
}

// ---- Bars ----

void ario__band_put_accompanied(const ario__band_layout *l, size_t bar, const bool *given,
                                const bool *others) {
  size_t begin = l->begins[bar];
  ario__band_put_bar(l->out, l->band, l->begins, bar, given);
  ario__band_put(l->out, ARIO_BAND_WRITE);
  l->out->giving = false;
  ario__band_put_events(l->out, l->band->events + begin, l->begins[bar + 1] - begin, others, false);
}

void ario__band_put_bars(const ario__band_layout *l, size_t from, size_t to) {
  for (size_t bar = from; bar < to; bar++) ario__band_put_bar(l->out, l->band, l->begins, bar, NULL);
}

void ario__band_put_section(const ario__band_layout *l, unsigned mark, size_t from, size_t to) {
  ario__band_put(l->out, mark);
  ario__band_out_forget(l->out);
  ario__band_put_bars(l, from, to);
}
