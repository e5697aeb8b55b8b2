// SPDX-License-Identifier: MIT
//
// Pitches, keys, scales, ranges and grids, as people write them.
#include "codecs/midi/pitch_names.h"
#include "arioso/steering.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Pitch classes ----

// An accidental at `text`: its length, and by how much it alters; 0: there is none.
static size_t accidental(const char *text, char letter, int *by) {
  static const struct {
    const char *text;
    int by;
  } signs[] = {{"#", 1}, {"\u266f", 1}, {"b", -1}, {"\u266d", -1}, {"is", 1}, {"es", -1}};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (strncmp(text, signs[i].text, strlen(signs[i].text)) == 0) {
      *by = signs[i].by;
      return strlen(signs[i].text);
    }
  *by = -1; // As and Es, but not Asus
  return (letter == 'a' || letter == 'e') && text[0] == 's' && text[1] != 'u' ? 1 : 0;
}

const char *ario__read_class(const char *text, bool german, int *class) {
  static const int classes[] = {['c' - 'a'] = 0, ['d' - 'a'] = 2, ['e' - 'a'] = 4,  ['f' - 'a'] = 5,
                                ['g' - 'a'] = 7, ['a' - 'a'] = 9, ['b' - 'a'] = 11, ['h' - 'a'] = 11};
  char letter = (char)tolower((unsigned char)*text);
  if (letter < 'a' || letter > 'h') return NULL;
  size_t length;
  int by;
  *class = classes[letter - 'a'];
  text++;
  bool plain = true;
  for (int i = 0; i < 2 && (length = accidental(text, letter, &by)); i++, text += length, plain = false)
    *class += by;
  if (german && letter == 'b' && plain) *class -= 1;
  return text;
}

uint16_t ario__class_bit(int class) {
  return (uint16_t)(1u << ((class + 2 * ARIO__CLASSES) % ARIO__CLASSES));
}

uint16_t ario__classes_from(uint16_t classes, int class) {
  uint16_t moved = 0;
  for (int i = 0; i < ARIO__CLASSES; i++)
    if (classes >> i & 1) moved |= ario__class_bit(i + class);
  return moved;
}

void ario__small_letters(const char *text, size_t length, char *out, size_t room) {
  size_t i = 0;
  for (; i < length && i + 1 < room; i++) out[i] = (char)tolower((unsigned char)text[i]);
  out[i] = 0;
}

void ario_classes_text(uint16_t classes, char *text, size_t room) {
  static const char *const names[] = {"C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"};
  size_t used = 0;
  if (room) *text = 0;
  for (int i = 0; i < ARIO__CLASSES && used < room; i++)
    if (classes >> i & 1)
      used += (size_t)snprintf(text + used, room - used, "%s%s", used ? " " : "", names[i]);
}

// ---- Keys and scales ----

#define N(n) (1u << (n))
enum {
  MAJOR = N(0) | N(2) | N(4) | N(5) | N(7) | N(9) | N(11),
  NATURAL = N(0) | N(2) | N(3) | N(5) | N(7) | N(8) | N(10),
  MINOR = NATURAL | N(11),
};

static const struct {
  const char *name;
  uint16_t classes;
} modes[] = {{"major", MAJOR},
             {"maj", MAJOR},
             {"dur", MAJOR},
             {"ionian", MAJOR},
             {"minor", MINOR},
             {"min", MINOR},
             {"moll", MINOR},
             {"natural minor", NATURAL},
             {"aeolian", NATURAL},
             {"harmonic minor", (MINOR & ~N(10)) | N(11)},
             {"melodic minor", MINOR | N(9)},
             {"dorian", (NATURAL & ~N(8)) | N(9)},
             {"dorisch", (NATURAL & ~N(8)) | N(9)},
             {"phrygian", (NATURAL & ~N(2)) | N(1)},
             {"phrygisch", (NATURAL & ~N(2)) | N(1)},
             {"lydian", (MAJOR & ~N(5)) | N(6)},
             {"lydisch", (MAJOR & ~N(5)) | N(6)},
             {"mixolydian", (MAJOR & ~N(11)) | N(10)},
             {"mixolydisch", (MAJOR & ~N(11)) | N(10)},
             {"locrian", N(0) | N(1) | N(3) | N(5) | N(6) | N(8) | N(10)},
             {"blues", N(0) | N(3) | N(5) | N(6) | N(7) | N(10)},
             {"pentatonic", N(0) | N(2) | N(4) | N(7) | N(9)},
             {"major pentatonic", N(0) | N(2) | N(4) | N(7) | N(9)},
             {"minor pentatonic", N(0) | N(3) | N(5) | N(7) | N(10)},
             {"whole tone", N(0) | N(2) | N(4) | N(6) | N(8) | N(10)},
             {"chromatic", ARIO_ALL_CLASSES}};

// The pitch classes of a mode above C; 0 if there is no such mode.
static uint16_t find_mode(const char *text, bool small) {
  char name[32];
  text += strspn(text, " -");
  if (!*text) return small ? MINOR : MAJOR;
  if (strcmp(text, "m") == 0) return MINOR;
  if (strcmp(text, "M") == 0) return MAJOR;
  ario__small_letters(text, strlen(text), name, sizeof name);
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (strcmp(name, modes[i].name) == 0) return modes[i].classes;
  return 0;
}

static bool ends_in_german(const char *text) {
  char small[64];
  ario__small_letters(text, strlen(text), small, sizeof small);
  return strstr(small, "dur") || strstr(small, "moll") || strstr(small, "isch");
}

static ario_status parse_key(const char *text, int *tonic, uint16_t *mode, ario_error *error) {
  const char *rest = ario__read_class(text, ends_in_german(text), tonic);
  *mode = rest ? find_mode(rest, islower((unsigned char)*text)) : 0;
  if (*mode) return ARIO_OK;
  return ario_fail(
      error, ARIO_ERR_ARGUMENT,
      "%.40s is not a key; write C minor, Es-Dur, f#m, D dorian: major, minor, natural, harmonic or "
      "melodic minor, dorian to locrian, blues, pentatonic, whole tone",
      text);
}

ario_status ario_key_parse(const char *text, uint16_t *classes, ario_error *error) {
  int tonic = 0;
  uint16_t mode;
  ario_status status = parse_key(text, &tonic, &mode, error);
  if (!status) *classes = ario__classes_from(mode, tonic);
  return status;
}

ario_status ario_key_chord(const char *text, uint16_t *classes, ario_error *error) {
  int tonic = 0;
  uint16_t mode;
  ario_status status = parse_key(text, &tonic, &mode, error);
  if (status) return status;
  uint16_t fifth = mode & N(7) ? N(7) : mode & N(6), third = mode & N(4) ? N(4) : mode & N(3);
  *classes = ario__classes_from(N(0) | third | fifth, tonic);
  return ARIO_OK;
}

ario_status ario_scale_parse(const char *text, uint16_t *classes, ario_error *error) {
  bool german = strpbrk(text, "hH");
  uint16_t found = 0;
  for (const char *p = text + strspn(text, " ,"); *p; p += strspn(p, " ,")) {
    int class;
    const char *end = ario__read_class(p, german, &class);
    if (!end || (*end && !strchr(" ,", *end)))
      return ario_fail(error, ARIO_ERR_ARGUMENT, "%.*s is not a note; write them like C,D,Eb,F#",
                       (int)strcspn(p, " ,"), p);
    found |= ario__class_bit(class);
    p = end;
  }
  *classes = found;
  return found ? ARIO_OK : ario_fail(error, ARIO_ERR_ARGUMENT, "no note; write them like C,D,Eb,F#");
}

// ---- Pitches and ranges ----

// Reads a pitch and returns what follows it; NULL if none begins there.
static const char *read_pitch(const char *text, unsigned *pitch) {
  int class;
  const char *rest = isdigit((unsigned char)*text) ? text : ario__read_class(text, false, &class);
  if (!rest || !isdigit((unsigned char)rest[*rest == '-'])) return NULL;
  char *end;
  long number = strtol(rest, &end, 10);
  if (number < -1 || number > 127) return NULL;
  if (rest != text) number = 12 * (number + 1) + class;
  if (number < 0 || number > 127) return NULL;
  *pitch = (unsigned)number;
  return end;
}

ario_status ario_pitch_parse(const char *text, unsigned *pitch, ario_error *error) {
  const char *end = read_pitch(text, pitch);
  if (end && !*end) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_ARGUMENT,
                   "%.40s is not a pitch; write C4 (the middle C), F#3, Bb2 or 0..127", text);
}

static ario_status parse_range(const char *text, const char *whole, unsigned *low, unsigned *high,
                               ario_error *error) {
  const char *p = read_pitch(text, low);
  p = p && *p == '-' ? read_pitch(p + 1, high) : NULL;
  if (!p || *p)
    return ario_fail(error, ARIO_ERR_ARGUMENT,
                     "%.40s is not a range; write A2-C6 or bass:E1-G3 (C4 is the middle C)", whole);
  if (*low > *high) return ario_fail(error, ARIO_ERR_ARGUMENT, "%.40s: the lower pitch comes first", whole);
  return ARIO_OK;
}

static ario_status parse_part(const char *text, ario_steering *steering, ario_error *error) {
  bool marked[ARIO_STEER_INSTRUMENTS] = {false};
  char name[64];
  unsigned low, high, typical;
  const char *colon = strchr(text, ':');
  ario_status status = parse_range(colon ? colon + 1 : text, text, &low, &high, error);
  if (!status && colon) {
    snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
    status = ario_instrument_parse(name, marked, &typical, error);
    if (!status && marked[ARIO_STEER_DRUMS])
      status = ario_fail(error, ARIO_ERR_ARGUMENT, "%.40s: drums have no range", text);
  }
  for (unsigned i = 0; i < ARIO_STEER_DRUMS && !status; i++) {
    if (colon && !marked[i]) continue;
    steering->lowest[i] = (uint8_t)low;
    steering->highest[i] = (uint8_t)high;
  }
  return status;
}

ario_status ario_range_parse(const char *text, ario_steering *steering, ario_error *error) {
  char part[96];
  ario_status status = ARIO_OK;
  do {
    size_t length = strcspn(text, ",");
    snprintf(part, sizeof part, "%.*s", (int)(length < sizeof part ? length : sizeof part - 1), text);
    status = parse_part(part, steering, error);
    text += length + (text[length] == ',');
  } while (*text && !status);
  return status;
}

// ---- Grids ----

ario_status ario_grid_parse(const char *text, unsigned *steps, ario_error *error) {
  enum { WHOLE = 192 };
  const char *digits = strncmp(text, "1/", 2) == 0 ? text + 2 : text;
  char *end;
  unsigned long parts = isdigit((unsigned char)*digits) ? strtoul(digits, &end, 10) : 0;
  if (!parts || *end || parts > 64 || WHOLE % parts)
    return ario_fail(error, ARIO_ERR_ARGUMENT,
                     "%.40s is not a grid; write 1/4, 1/8, 1/16, 1/32, for triplets 1/6, 1/12, 1/24, or free",
                     text);
  *steps = (unsigned)(WHOLE / parts);
  return ARIO_OK;
}
