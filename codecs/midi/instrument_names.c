// SPDX-License-Identifier: MIT
//
// Instruments, as people name them.
#include "arioso/general_midi.h"
#include "arioso/steering.h"
#include "codecs/midi/pitch_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 32 };

static const struct {
  const char *name; // as it is without an s at its end
  uint8_t first, last, typical;
} families[] = {
    {"drum", 128, 128, 128}, {"piano", 0, 7, 0},       {"mallet", 8, 15, 11},        {"organ", 16, 20, 16},
    {"guitar", 24, 31, 25},  {"bas", 32, 39, 33},      {"string", 40, 45, 48},       {"string", 48, 51, 48},
    {"choir", 52, 54, 52},   {"voice", 52, 54, 52},    {"bras", 56, 63, 61},         {"sax", 64, 67, 65},
    {"reed", 64, 71, 65},    {"woodwind", 68, 79, 73}, {"pipe", 72, 79, 73},         {"lead", 80, 87, 81},
    {"pad", 88, 95, 89},     {"synth", 80, 95, 81},    {"percussion", 112, 118, 116}};

// In small letters, without an s at the end.
static void plain(const char *text, char *out) {
  ario__small_letters(text, strlen(text), out, LONGEST);
  size_t length = strlen(out);
  if (length > 2 && out[length - 1] == 's') out[length - 1] = 0;
}

static bool find_number(const char *text, bool *marked, unsigned *typical) {
  char *end;
  long number = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 0;
  if (number < 1 || number > ARIO_PROGRAMS || *end) return false;
  *typical = (unsigned)number - 1;
  return marked[*typical] = true;
}

static bool find_family(const char *name, bool *marked, unsigned *typical) {
  bool found = false;
  for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
    if (strcmp(name, families[i].name) != 0) continue;
    for (unsigned p = families[i].first; p <= families[i].last; p++) marked[p] = true;
    *typical = families[i].typical;
    found = true;
  }
  return found;
}

// Programs whose name is `name`, or (`part`) holds it.
static bool find_programs(const char *name, bool part, bool *marked, unsigned *typical) {
  bool found = false;
  for (unsigned p = ARIO_PROGRAMS; p-- > 0;) {
    char own[LONGEST];
    plain(ario_program_name(p), own);
    if (part ? strlen(name) < 3 || !strstr(own, name) : strcmp(own, name) != 0) continue;
    marked[p] = found = true;
    *typical = p; // the first
  }
  return found;
}

ario_status ario_instrument_parse(const char *text, bool *marked, unsigned *typical, ario_error *error) {
  char name[LONGEST];
  plain(text, name);
  if (find_number(text, marked, typical) || find_programs(name, false, marked, typical) ||
      find_family(name, marked, typical) || find_programs(name, true, marked, typical))
    return ARIO_OK;
  return ario_fail(
      error, ARIO_ERR_ARGUMENT,
      "%.40s is not an instrument; write a name of General MIDI (violin), a family (piano, organ, "
      "guitar, bass, strings, choir, brass, sax, reed, woodwinds, lead, pad), a program from 1 to "
      "128, or drums",
      text);
}
