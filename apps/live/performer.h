// SPDX-License-Identifier: MIT
//
// The performer: renders events at their frames with a synthesizer, up to the end and its tail; or plays a
// tape. Rendering to files (renderer.h) and live playing (stage.h) share it, so that both give the same
// samples. Samples do not depend on the sizes of the blocks that are asked for.
#ifndef ARIO_APPS_PERFORMER_H
#define ARIO_APPS_PERFORMER_H

#include "apps/live/limiter.h"
#include "apps/live/synth.h"
#include "arioso/midi.h"

enum { ARIO__PERFORMER_MAX_TAIL = 60 }; // seconds

typedef struct ario__cue {
  int64_t frame;
  const uint8_t *bytes; // [size], as in ario_midi_event
  uint32_t size;        // 0: nothing is sent
  uint8_t port;
} ario__cue;

typedef struct ario__performer {
  ario__synth *synth;      // NULL: silence, where events only go to `send`
  struct ario__tape *tape; // plays this instead; NULL: none
  ario__limiter limiter;   // of all that sounds
  unsigned rate;
  int64_t frame; // next to be rendered
  size_t next;   // cue to be sent
  int64_t end;   // of the music: all notes are released; INT64_MAX until it is known
  double tail;   // seconds after it; below 0: until the sound has died away, at most 3
  int64_t hold;  // from here on the music ends early if it is inaudible; INT64_MAX: it does not
  bool done;     // the tail has ended

  bool released;     // the tail has begun
  int64_t last;      // frame at which the longest one ends
  int64_t quiet_for; // frames, of the tail or from `hold` on
  double peak;       // of the piece that is looked at

  void (*send)(void *context, const uint8_t *bytes, size_t size); // gets every event, too; may be NULL
  void *context;
} ario__performer;

// The caller keeps the synthesizer.
void ario__performer_init(ario__performer *performer, ario__synth *synth, unsigned rate, double tail);

// The cue of a song's event; a note-off that comes late is not sent.
ario__cue ario__performer_cue(const ario_midi_event *event, unsigned rate);

// Renders samples [frames, 2]. cues [count] are in order; those before performer->next must not change. A cue
// takes effect at the first multiple of 64 frames at or after it. Returns the number of frames rendered:
// fewer only where the tail ends, and then sets `done`.
size_t ario__performer_render(ario__performer *performer, const ario__cue *cues, size_t count, float *samples,
                              size_t frames);

// The frame of a time.
int64_t ario__performer_frame(int64_t microseconds, unsigned rate);

// The time of a song's last event for a synthesizer, in microseconds. Meta events, which may lie far behind
// the music, do not count.
int64_t ario__performer_last(const ario_song *song);

// The time at which a song's music ends, in microseconds: its last event, or where notes hang, the file's end.
int64_t ario__performer_end(const ario_song *song);

// The frame at which the longest possible tail ends.
int64_t ario__performer_limit(int64_t end, unsigned rate, double tail);

#endif
