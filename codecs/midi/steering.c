// SPDX-License-Identifier: MIT
//
// Wishes: their defaults, and which two leave nothing between them.
#include "arioso/steering.h"
#include "arioso/general_midi.h"
#include "codecs/midi/pitch_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HIGHEST = 127 };

ario_steering ario_steering_default(void) {
  ario_steering steering = {.scale = ARIO_ALL_CLASSES, .last_chord = ARIO_ALL_CLASSES};
  memset(steering.highest, HIGHEST, sizeof steering.highest);
  return steering;
}

bool ario_steering_is_empty(const ario_steering *s) {
  for (unsigned i = 0; i < ARIO_STEER_INSTRUMENTS; i++)
    if (s->lowest[i] > 0 || s->highest[i] < HIGHEST) return false;
  return s->scale == ARIO_ALL_CLASSES && !s->polyphony && !s->max_note && !s->choose && !s->grid &&
         !s->from_bar && !s->chords.bars && s->density <= 0 && !s->end;
}

static bool quarrel_of(ario_quarrel *quarrel, const char *first, const char *second, const char *format,
                       ...) {
  va_list args;
  va_start(args, format);
  *quarrel = (ario_quarrel){.first = first, .second = second};
  vsnprintf(quarrel->why, sizeof quarrel->why, format, args);
  va_end(args);
  return true;
}

// The pitch classes within the range of an instrument.
static uint16_t classes_within(const ario_steering *s, unsigned instrument) {
  uint16_t classes = 0;
  for (int p = s->lowest[instrument]; p <= s->highest[instrument]; p++) classes |= ario__class_bit(p);
  return classes;
}

static bool plays(const ario_steering *s, unsigned instrument) {
  return !s->choose || s->instruments[instrument];
}

// A chord against the scale and against the range of everybody who plays.
static bool check_chord(const ario_steering *s, uint16_t chord, ario_quarrel *quarrel) {
  char text[64], outside[64];
  ario_classes_text(chord, text, sizeof text);
  ario_classes_text(chord & (uint16_t)~s->scale, outside, sizeof outside);
  if (!(chord & s->scale))
    return quarrel_of(quarrel, "chords", "scale", "nothing of %s is in the scale", text);
  if (s->strict && chord != ARIO_ALL_CLASSES && (chord & ~s->scale))
    return quarrel_of(quarrel, "chords", "scale", "%s of %s is not in the scale, and chords are strict",
                      outside, text);
  for (unsigned i = 0; i < ARIO_STEER_DRUMS; i++)
    if (plays(s, i) && !(chord & s->scale & classes_within(s, i)))
      return quarrel_of(quarrel, "chords", "range", "the range of %s has nothing of %s", ario_program_name(i),
                        text);
  return false;
}

static bool check_rest(const ario_steering *s, ario_quarrel *quarrel) {
  char text[64];
  ario_classes_text(s->last_chord, text, sizeof text);
  if (!(s->last_chord & s->scale))
    return quarrel_of(quarrel, "end", "scale", "nothing of the last chord, %s, is in the scale", text);
  bool found = false;
  for (unsigned i = 0; i < ARIO_STEER_DRUMS && !found; i++)
    found = plays(s, i) && (s->last_chord & s->scale & classes_within(s, i));
  if (!found && (!s->choose || memchr(s->instruments, true, ARIO_STEER_DRUMS)))
    return quarrel_of(quarrel, "end", "range", "the range has nothing of the last chord, %s", text);
  return false;
}

bool ario_steering_quarrel(const ario_steering *s, ario_quarrel *quarrel) {
  for (unsigned i = 0; i < ARIO_STEER_DRUMS; i++)
    if (plays(s, i) && !(s->scale & classes_within(s, i)))
      return quarrel_of(quarrel, "range", "scale", "the range of %s has no pitch of the scale",
                        ario_program_name(i));
  for (unsigned bar = 0, chord = 0; bar < s->chords.bars; bar++)
    for (unsigned k = 0; k < s->chords.chords[bar]; k++)
      if (check_chord(s, s->chords.classes[chord++], quarrel)) return true;
  return s->end && check_rest(s, quarrel);
}
