// SPDX-License-Identifier: MIT
//
// Chords, and progressions of them, as people write them.
#include "arioso/steering.h"
#include "codecs/midi/pitch_names.h"

#include <stdio.h>
#include <string.h>

#define N(n) (1u << (n))
enum {
  TRIAD = N(0) | N(4) | N(7),
  MINOR = N(0) | N(3) | N(7),
  DIMINISHED = N(0) | N(3) | N(6),
  AUGMENTED = N(0) | N(4) | N(8),
  SUS4 = N(0) | N(5) | N(7),
  SEVENTH = TRIAD | N(10),
  MINOR7 = MINOR | N(10),
  MAJOR7 = TRIAD | N(11),
};

// Above the root.
static const struct {
  const char *name;
  uint16_t classes;
} chords[] = {{"", TRIAD},
              {"maj", TRIAD},
              {"M", TRIAD},
              {"m", MINOR},
              {"min", MINOR},
              {"-", MINOR},
              {"5", N(0) | N(7)},
              {"6", TRIAD | N(9)},
              {"m6", MINOR | N(9)},
              {"69", TRIAD | N(9) | N(2)},
              {"7", SEVENTH},
              {"maj7", MAJOR7},
              {"M7", MAJOR7},
              {"m7", MINOR7},
              {"min7", MINOR7},
              {"-7", MINOR7},
              {"mmaj7", MINOR | N(11)},
              {"mM7", MINOR | N(11)},
              {"dim", DIMINISHED},
              {"o", DIMINISHED},
              {"\u00b0", DIMINISHED},
              {"dim7", DIMINISHED | N(9)},
              {"o7", DIMINISHED | N(9)},
              {"\u00b07", DIMINISHED | N(9)},
              {"m7b5", DIMINISHED | N(10)},
              {"\u00f8", DIMINISHED | N(10)},
              {"aug", AUGMENTED},
              {"+", AUGMENTED},
              {"aug7", AUGMENTED | N(10)},
              {"7#5", AUGMENTED | N(10)},
              {"7b5", N(0) | N(4) | N(6) | N(10)},
              {"sus2", N(0) | N(2) | N(7)},
              {"sus4", SUS4},
              {"sus", SUS4},
              {"7sus4", SUS4 | N(10)},
              {"add9", TRIAD | N(2)},
              {"madd9", MINOR | N(2)},
              {"9", SEVENTH | N(2)},
              {"maj9", MAJOR7 | N(2)},
              {"M9", MAJOR7 | N(2)},
              {"m9", MINOR7 | N(2)},
              {"7b9", SEVENTH | N(1)},
              {"7#9", SEVENTH | N(3)},
              {"11", SEVENTH | N(2) | N(5)},
              {"m11", MINOR7 | N(2) | N(5)},
              {"13", SEVENTH | N(2) | N(9)}};

// The pitch classes of a chord of `length` letters; 0 if it is not known.
static uint16_t find_chord(const char *text, size_t length, bool german) {
  char name[32], *slash;
  int root, bass;
  if (length >= sizeof name) return 0;
  memcpy(name, text, length);
  name[length] = 0;
  const char *kind = ario__read_class(name, german, &root);
  if (!kind) return 0;
  uint16_t added = 0;
  if ((slash = strchr(name, '/'))) {
    const char *end = ario__read_class(slash + 1, german, &bass);
    if (!end || *end) return 0;
    added = ario__class_bit(bass);
    *slash = 0;
  }
  for (size_t i = 0; i < sizeof chords / sizeof *chords; i++)
    if (strcmp(kind, chords[i].name) == 0) return ario__classes_from(chords[i].classes, root) | added;
  return 0;
}

static ario_status unknown(const char *text, size_t length, ario_error *error) {
  return ario_fail(
      error, ARIO_ERR_ARGUMENT,
      "%.*s is not a chord; write a root and m, 5, 6, m6, 7, maj7, m7, 9, maj9, m9, 11, 13, dim, "
      "dim7, m7b5, aug, sus2, sus4 or add9, and a bass as in C/G",
      (int)(length < 40 ? length : 40), text);
}

ario_status ario_chord_parse(const char *text, uint16_t *classes, ario_error *error) {
  uint16_t found = find_chord(text, strlen(text), *text == 'H');
  if (!found) return unknown(text, strlen(text), error);
  *classes = found;
  return ARIO_OK;
}

// ---- Progressions ----

static const char SPACE[] = " \t\r\n,";

// Moves past spaces and comments.
static const char *skip(const char *text) {
  for (;;) {
    text += strspn(text, SPACE);
    if (*text != '#') return text;
    text += strcspn(text, "\n");
  }
}

typedef struct reader {
  ario_progression *out;
  size_t count; // chords
  bool lines;   // bars are marked by bar lines
  bool german;  // H is B
  bool fresh;   // the next chord begins a bar
} reader;

static ario_status take_chord(reader *r, const char *text, size_t length, ario_error *error) {
  ario_progression *out = r->out;
  bool again = length == 1 && *text == '%';
  bool free_time =
      (length == 2 && memcmp(text, "NC", 2) == 0) || (length == 4 && memcmp(text, "N.C.", 4) == 0);
  uint16_t classes = free_time ? ARIO_ALL_CLASSES : 0;
  if (again && r->count) classes = out->classes[r->count - 1];
  if (!free_time && !again) classes = find_chord(text, length, r->german);
  if (!classes) return unknown(text, length, error);
  if (r->fresh || !r->lines) {
    if (out->bars == ARIO_STEER_BARS)
      return ario_fail(error, ARIO_ERR_LIMIT, "more than %d bars of chords", ARIO_STEER_BARS);
    out->chords[out->bars++] = 0;
  }
  if (r->count == ARIO_STEER_CHORDS)
    return ario_fail(error, ARIO_ERR_LIMIT, "more than %d chords", ARIO_STEER_CHORDS);
  out->chords[out->bars - 1]++;
  out->classes[r->count++] = classes;
  r->fresh = false;
  return ARIO_OK;
}

ario_status ario_progression_parse(const char *text, ario_progression *out, ario_error *error) {
  *out = (ario_progression){.bars = 0};
  reader r = {.out = out, .fresh = true};
  for (const char *p = skip(text); *p; p = skip(p + strcspn(p, SPACE))) { // what kind of text it is
    size_t length = strcspn(p, SPACE);
    r.lines |= memchr(p, '|', length) != NULL;
    r.german |= *p == 'H';
  }
  ario_status status = ARIO_OK;
  for (const char *p = skip(text); *p && !status; p = skip(p)) {
    size_t length = *p == '|' ? 1 : strcspn(p, " \t\r\n,|");
    if (*p == '|')
      r.fresh = true;
    else
      status = take_chord(&r, p, length, error);
    p += length;
  }
  if (!status && !r.count) status = ario_fail(error, ARIO_ERR_ARGUMENT, "no chord; write them like Am F C G");
  return status;
}
