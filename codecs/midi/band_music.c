// SPDX-License-Identifier: MIT
//
// Bars and events that are collected, the values of lengths, and names.
#include "codecs/midi/band_music.h"
#include "arioso/general_midi.h"

#include <math.h>
#include <stdlib.h>

// ---- Lengths ----

static const uint16_t lengths[ARIO_BAND_LENGTHS] = {
    1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  14,  16,  18,  20,  22,
    24,  27,  30,  32,  36,  40,  44,  48,  54,  60,  64,  72,  80,  88,  96,  108, 120,
    132, 144, 160, 176, 192, 216, 240, 264, 288, 336, 384, 432, 480, 528, 576, 672, 768};

unsigned ario_band_length(unsigned index) {
  return lengths[index < ARIO_BAND_LENGTHS ? index : ARIO_BAND_LENGTHS - 1];
}

unsigned ario_band_length_index(int64_t steps) {
  unsigned low = 0, high = ARIO_BAND_LENGTHS - 1; // the answer is in low..high
  while (low < high) {
    unsigned middle = low + (high - low) / 2;
    if (2 * steps <= lengths[middle] + lengths[middle + 1])
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

const char *ario__band_player(unsigned instrument) {
  return instrument == ARIO_BAND_DRUMS ? "drums" : ario_program_name(instrument);
}

// ---- Bars and events ----

uint32_t ario__band_tempo(unsigned bin) {
  return (uint32_t)lround(60e6 / 20 * exp2(-(double)bin / 16));
}

unsigned ario__band_bar_steps(const ario__band_bar *bar) {
  return bar->beats ? bar->beats * (4u * ARIO_BAND_STEPS >> bar->log2_unit) : 4 * ARIO_BAND_STEPS;
}

// ---- Events of songs ----

unsigned ario__band_instrument(const ario_channel *channel) {
  return channel->drums ? ARIO_BAND_DRUMS : channel->program < 0 ? 0 : (unsigned)channel->program;
}

bool ario__band_is_onset(const ario_midi_event *event) {
  return (event->bytes[0] & 0xf0) == 0x90 && event->bytes[2] > 0;
}

unsigned ario__band_channel(const ario_midi_event *event) {
  return 16u * event->port + (event->bytes[0] & 15);
}

// ---- Collecting ----

// Room for one more of `size` bytes.
static bool grow(void **list, size_t count, size_t *room, size_t size) {
  if (count < *room) return true;
  size_t more = *room ? 2 * *room : 256;
  if (more > SIZE_MAX / size) return false;
  void *grown = realloc(*list, more * size);
  if (!grown) return false;
  *list = grown;
  *room = more;
  return true;
}

bool ario__band_add_bar(ario__band *band, ario__band_bar bar) {
  void *list = band->bars;
  if (!grow(&list, band->bar_count, &band->bar_room, sizeof bar)) return false;
  band->bars = list;
  band->bars[band->bar_count++] = bar;
  return true;
}

bool ario__band_add_event(ario__band *band, ario__band_event event) {
  void *list = band->events;
  if (!grow(&list, band->event_count, &band->event_room, sizeof event)) return false;
  band->events = list;
  band->events[band->event_count++] = event;
  return true;
}

static int by_place(const void *a, const void *b) {
  const ario__band_event *x = a, *y = b;
  if (x->bar != y->bar) return x->bar < y->bar ? -1 : 1;
  if (x->position != y->position) return x->position < y->position ? -1 : 1;
  uint8_t i = (uint8_t)(x->instrument + 1), j = (uint8_t)(y->instrument + 1); // tempo first
  if (i != j) return i - j;
  return x->pitch != y->pitch ? x->pitch - y->pitch : y->length - x->length;
}

void ario__band_sort(ario__band *band) {
  if (band->event_count) qsort(band->events, band->event_count, sizeof *band->events, by_place);
}

void ario__band_free(ario__band *band) {
  free(band->bars);
  free(band->events);
  *band = (ario__band){.bars = NULL};
}
