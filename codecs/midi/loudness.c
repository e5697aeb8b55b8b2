// SPDX-License-Identifier: MIT
//
// The loudness of a passage. A level is volume times expression: the amplitude of what is heard goes with its square.
#include "codecs/midi/loudness.h"

#include <stdlib.h>

enum { LEVELS = 127 * 127 + 1, WINDOW = 8000000, HELD = 1000000 }; // microseconds

static const double fading = 0.85; // a window whose second half is softer than this by its first one fades
static const double faint = 0.25;  // of the piece's level

void ario__loudness_add(ario__loudness *loudness, int64_t microseconds, int volume, int expression) {
  ario__stretch *last = loudness->count ? &loudness->stretches[loudness->count - 1] : NULL;
  if (microseconds <= 0 || loudness->failed) return;
  if (last && last->volume == volume && last->expression == expression) {
    last->microseconds += microseconds;
    return;
  }
  if (loudness->count == loudness->room) {
    size_t room = loudness->room ? 2 * loudness->room : 64;
    ario__stretch *grown = realloc(loudness->stretches, room * sizeof *grown);
    if (!grown) {
      loudness->failed = true;
      return;
    }
    loudness->stretches = grown;
    loudness->room = room;
  }
  loudness->stretches[loudness->count++] =
      (ario__stretch){microseconds, (uint8_t)volume, (uint8_t)expression};
}

void ario__loudness_free(ario__loudness *loudness) {
  free(loudness->stretches);
  *loudness = (ario__loudness){.stretches = NULL};
}

static int level_of(const ario__stretch *stretch) {
  return stretch->volume * stretch->expression;
}

// The highest level that is reached or passed for `held` microseconds between two times before the end; times [LEVELS]
// is room to work in.
static int level_between(const ario__loudness *p, int64_t from, int64_t to, int64_t held, int64_t *times) {
  int64_t before = 0; // the end, of the stretch that is looked at
  for (int level = 0; level < LEVELS; level++) times[level] = 0;
  for (size_t i = p->count; i-- > 0 && before < from;) {
    int64_t begin = before + p->stretches[i].microseconds;
    int64_t first = begin < from ? begin : from, last = before > to ? before : to;
    if (first > last) times[level_of(&p->stretches[i])] += first - last;
    before = begin;
  }
  int64_t sum = 0;
  for (int level = LEVELS - 1; level > 0; level--)
    if ((sum += times[level]) >= held) return level;
  return 0;
}

static int high_between(const ario__loudness *p, int64_t from, int64_t to, int64_t *times) {
  int64_t held = (from - to) / 8 < HELD ? (from - to) / 8 : HELD;
  return level_between(p, from, to, held > 0 ? held : 1, times);
}

// The level of the passage; 0 if nothing is audible.
static int find_level(const ario__loudness *p, int64_t *times) {
  int64_t total = 0, window = WINDOW;
  for (size_t i = 0; i < p->count; i++) total += p->stretches[i].microseconds;
  int usual = level_between(p, total, 0, total / 2 > 0 ? total / 2 : 1, times);
  for (;; window *= 2) {
    if (window > total) window = total;
    int level = high_between(p, window, 0, times);
    int first = high_between(p, window, window / 2, times), second = high_between(p, window / 2, 0, times);
    bool enough = second >= fading * first && level > 0 && level >= faint * usual;
    if (enough || window == total) return level;
  }
}

bool ario__loudness_level(const ario__loudness *loudness, int *volume, int *expression) {
  if (loudness->failed || !loudness->count) return false;
  int64_t *times = malloc(LEVELS * sizeof *times);
  if (!times) return false;
  int level = find_level(loudness, times);
  free(times);
  for (size_t i = loudness->count; i-- > 0 && level;) {
    if (level_of(&loudness->stretches[i]) < level) continue;
    *volume = loudness->stretches[i].volume;
    *expression = loudness->stretches[i].expression;
    return true;
  }
  return false;
}
