// SPDX-License-Identifier: MIT
//
// Instruments by name.
#include "apps/midi/instruments.h"
#include "apps/cli/options.h"
#include "apps/cli/words.h"
#include "arioso/general_midi.h"
#include "arioso/steering.h"

#include <stdio.h>
#include <string.h>

const char *ario__instrument_name(unsigned instrument) {
  return instrument == ARIO_FILL_DRUMS ? "drums" : ario_program_name(instrument);
}

// The instrument or family that a word may have been meant for; NULL if none is near.
static const char *nearest(const char *word) {
  static const char *const families[] = {"piano", "organ", "guitar", "bass",  "strings",
                                         "choir", "brass", "sax",    "reed",  "woodwinds",
                                         "lead",  "pad",   "synth",  "drums", "mallets"};
  const char *found = NULL;
  size_t least = strlen(word) / 3 + 2; // a third of it may be wrong
  for (size_t i = 0; i < ARIO_PROGRAMS + sizeof families / sizeof *families; i++) {
    const char *name = i < ARIO_PROGRAMS ? ario_program_name((unsigned)i) : families[i - ARIO_PROGRAMS];
    size_t far = ario__word_distance(word, name);
    if (far >= least) continue;
    least = far;
    found = name;
  }
  return found;
}

static int parse_one(const char *command, const char *option, const char *name, ario_fill_ask *ask) {
  ario_error error = {""};
  unsigned typical;
  *ask = (ario_fill_ask){{false}};
  if (!*name)
    return ario__usage_error(command, "--%s: names no instrument; write --%s bass,drums", option, option);
  if (!ario_instrument_parse(name, ask->any, &typical, &error)) return ARIO__DONE;
  const char *near = nearest(name);
  return near ? ario__usage_error(command, "--%s: %.40s is not an instrument; did you mean %s?", option, name,
                                  near)
              : ario__usage_error(command, "--%s: %s", option, error.text);
}

int ario__instruments_parse(const char *command, const char *option, const char *list, ario_fill_ask *asks,
                            size_t *count) {
  *count = 0;
  for (const char *text = list; text;
       text = text[strcspn(text, ",")] ? text + strcspn(text, ",") + 1 : NULL) {
    char name[64];
    while (*text == ' ') text++;
    size_t length = strcspn(text, ",");
    while (length && text[length - 1] == ' ') length--;
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
    if (*count == ARIO_FILL_ASKS)
      return ario__usage_error(command, "--%s: at most %d instruments can be asked for", option,
                               ARIO_FILL_ASKS);
    int result = parse_one(command, option, name, &asks[*count]);
    if (result) return result;
    ++*count;
  }
  return ARIO__DONE;
}

void ario__instruments_text(const bool *marked, char *text, size_t room) {
  size_t left = 0, used = 0;
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++) left += marked[i];
  *text = 0;
  for (unsigned i = 0, first = 1; i < ARIO_FILL_INSTRUMENTS && used < room; i++) {
    if (!marked[i]) continue;
    used += (size_t)snprintf(text + used, room - used, "%s%s",
                             first       ? ""
                             : left == 1 ? " and "
                                         : ", ",
                             ario__instrument_name(i));
    first = 0;
    left--;
  }
}
