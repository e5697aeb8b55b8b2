// SPDX-License-Identifier: MIT
//
// Performing: events at frames -> samples, by a synthesizer, up to the end and its tail; or sound from a
// tape. One for files (renderer.h) and for what is heard live (stage.h), so that both are the same samples.
// Samples do not depend on the sizes of blocks that they are asked for in.
#ifndef ARIO_APPS_PERFORMER_H
#define ARIO_APPS_PERFORMER_H

#include "apps/live/synth.h"
#include "arioso/midi.h"

enum { ARIO__PERFORMER_MAX_TAIL = 60 }; // seconds

typedef struct ario__cue {
  int64_t frame;
  const uint8_t *bytes; // [size], as in ario_midi_event
  uint32_t size;
} ario__cue;

typedef struct ario__performer {
  ario__synth *synth;      // NULL: silence, for events that go elsewhere
  struct ario__tape *tape; // instead: sound that is ready; NULL: none
  unsigned rate;
  int64_t frame; // next to be rendered
  size_t next;   // cue to be sent
  int64_t end;   // of the music, where what still sounds is let go; INT64_MAX until that is known
  double tail;   // seconds after it; below 0: until all has rung off, 3 at most
  bool done;     // the tail has ended

  bool released; // this and the next three: of the tail
  int64_t last;  // at which the longest one ends
  int64_t quiet_for;
  double peak;

  void (*send)(void *context, const uint8_t *bytes, size_t size); // every event goes here, too; NULL: not
  void *context;
} ario__performer;

// The synthesizer stays the caller's.
void ario__performer_init(ario__performer *performer, ario__synth *synth, unsigned rate, double tail);

// Renders samples [frames, 2]; cues [count] are in order, and those before performer->next must be what they
// were. A cue takes effect at the first multiple of 64 frames that is not before it. Returns how many frames
// were rendered: fewer only where the tail ends, and then `done` is set.
size_t ario__performer_render(ario__performer *performer, const ario__cue *cues, size_t count, float *samples,
                              size_t frames);

// The frame at which a time is.
int64_t ario__performer_frame(int64_t microseconds, unsigned rate);

// The time of a song's last event that a synthesizer hears, in microseconds; metas, which may lie far behind
// the music, are none.
int64_t ario__performer_last(const ario_song *song);

// The frame at which the longest tail would end.
int64_t ario__performer_limit(int64_t end, unsigned rate, double tail);

#endif
