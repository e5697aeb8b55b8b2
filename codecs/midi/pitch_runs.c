// SPDX-License-Identifier: MIT
//
// The longest run that two pieces share: a suffix automaton of one piece, which the other is run through.
//
// A state stands for the runs of the indexed piece that end at the same places. `longest` is the length of
// the longest of them; `link` is the state of its longest suffix that ends at more places.
#include "arioso/statistics.h"
#include "codecs/midi/song.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NOTES = 1 << 21 };

struct state {
  uint32_t next[ARIO__PITCHES]; // 0: none (no run leads back to the empty one)
  uint32_t link, longest;
};

struct ario_pitch_runs {
  struct state *states; // [2 notes + 1]; state 0 is the empty run
  uint32_t count, last;
};

// Splits off a state for those of q's runs that are no longer than p's longest plus one.
static uint32_t split(ario_pitch_runs *runs, uint32_t p, uint32_t q, uint8_t pitch) {
  uint32_t copy = runs->count++;
  struct state *s = runs->states;
  s[copy] = s[q];
  s[copy].longest = s[p].longest + 1;
  s[q].link = copy;
  for (;; p = s[p].link) {
    if (s[p].next[pitch] != q) break;
    s[p].next[pitch] = copy;
    if (!p) break;
  }
  return copy;
}

static void append(ario_pitch_runs *runs, uint8_t pitch) {
  struct state *s = runs->states;
  uint32_t now = runs->count++, p = runs->last;
  s[now].longest = s[p].longest + 1;
  runs->last = now;
  while (!s[p].next[pitch]) {
    s[p].next[pitch] = now;
    if (!p) return; // its link is the empty run
    p = s[p].link;
  }
  uint32_t q = s[p].next[pitch];
  s[now].link = s[q].longest == s[p].longest + 1 ? q : split(runs, p, q, pitch);
}

ario_status ario_pitch_runs_create(const ario_note *notes, size_t count, ario_pitch_runs **out) {
  *out = NULL;
  if (count > MOST_NOTES) return ARIO_ERR_LIMIT;
  ario_pitch_runs *runs = calloc(1, sizeof *runs);
  if (runs) runs->states = calloc(2 * count + 1, sizeof *runs->states);
  if (!runs || !runs->states) {
    ario_pitch_runs_free(runs);
    return ARIO_ERR_MEMORY;
  }
  runs->count = 1;
  for (size_t i = 0; i < count; i++) append(runs, notes[i].pitch);
  *out = runs;
  return ARIO_OK;
}

void ario_pitch_runs_free(ario_pitch_runs *runs) {
  if (!runs) return;
  free(runs->states);
  free(runs);
}

size_t ario_pitch_runs_longest(const ario_pitch_runs *runs, const ario_note *notes, size_t count,
                               size_t *end) {
  const struct state *s = runs->states;
  size_t longest = 0, length = 0;
  uint32_t at = 0;
  *end = 0;
  for (size_t i = 0; i < count; i++) {
    uint8_t pitch = notes[i].pitch;
    while (at && !s[at].next[pitch]) {
      at = s[at].link;
      length = s[at].longest;
    }
    if (s[at].next[pitch]) {
      at = s[at].next[pitch];
      length++;
    }
    if (length <= longest) continue;
    longest = length;
    *end = i + 1;
  }
  return longest;
}
