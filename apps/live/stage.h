// SPDX-License-Identifier: MIT
//
// The stage: performs events while they are generated. Its own thread performs what is scheduled, to the
// speaker, a MIDI instrument, a sound file, or several of these, a little ahead of the device. Create, start
// and free it from one thread; the other functions may be called from any.
//
// Time is in frames from the first that was performed. Events sound at the same frames as with `render`
// (performer.h). Music is performed up to where it is final; there the stage waits, in silence, and time
// stops. A paused stage waits, too.
#ifndef ARIO_APPS_STAGE_H
#define ARIO_APPS_STAGE_H

#include "apps/live/performer.h"

typedef struct ario__stage ario__stage;

typedef struct ario__stage_options {
  ario__synth_options synth; // rate 0: the device's own
  bool speaker;              // open the sound card; without a device the stage goes as fast as it can
  const char *device;        // speaker.h; NULL: the system's default
  const char *midi_out;      // midi_port.h; NULL: none
  bool tape;                 // performs sound (ario__stage_append), not events
  const char *wav;           // records all that is performed; NULL: none
  double latency;            // seconds: the device's buffer, and as much again performed ahead of it
  double tail;               // performer.h
  bool log;                  // keep performed messages for ario__stage_read
} ario__stage_options;

// A message that was performed.
typedef struct ario__performed {
  int64_t frame;
  bool live; // from ario__stage_key
  uint8_t size, bytes[3];
} ario__performed;

// Any SoundFont, the speaker, 0.1 s, tail -1.
ario__stage_options ario__stage_options_default(void);

typedef struct ario__stage_state {
  int64_t frame;    // as ario__stage_frame
  double latency;   // as ario__stage_latency
  size_t underruns; // of the speaker: sound was missing
  size_t late;      // how often the device reported being late
  size_t waits;     // how often the music was not final in time
  bool waiting, paused;
  bool ended; // all has sounded
  bool lost;  // the device is gone or a file cannot be written, see `error`; the stage has stopped
  ario_error error;
} ario__stage_state;

// Opens the devices and files. Errors: those of what it opens.
ARIO_NODISCARD ario_status ario__stage_create(const ario__stage_options *options, ario__stage **out,
                                              ario_error *error);
// Stops at once if it has not ended. Safe on NULL.
void ario__stage_free(ario__stage *stage);

unsigned ario__stage_rate(const ario__stage *stage);
bool ario__stage_is_timed(const ario__stage *stage);      // plays in real time, not as fast as it can
const char *ario__stage_device(const ario__stage *stage); // its name; NULL without a speaker

// Begins to perform. Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__stage_start(ario__stage *stage, ario_error *error);

// Adds copies of events [count], which are in order and not before those already there. The music is final
// before frame `final`. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__stage_schedule(ario__stage *stage, const ario_midi_event *events,
                                                size_t count, int64_t final);

// With the option `tape`: appends a copy of samples [frames, 2]; the music is final up to their end. Errors:
// ERR_MEMORY.
ARIO_NODISCARD ario_status ario__stage_append(ario__stage *stage, const float *samples, size_t frames);

// Removes the sound from `lead` seconds after now on, or from frame `earliest` on if that is later. Returns
// the frame at which the tape ends.
int64_t ario__stage_cut_tape(ario__stage *stage, double lead, int64_t earliest);

// The music ends at this frame: all notes are released, and the tail follows.
void ario__stage_finish(ario__stage *stage, int64_t end);

// Removes the events from `lead` seconds after now on, or from frame `earliest` on if that is later. Returns
// that frame, before which the music is final.
int64_t ario__stage_cut(ario__stage *stage, double lead, int64_t earliest);

// Removes all events that are scheduled and not yet performed.
void ario__stage_drop(ario__stage *stage);

// Performs a message of 2 or 3 bytes as soon as possible. For one thread at a time, which never waits:
// messages that come too fast, hundreds in a millisecond, are lost.
void ario__stage_key(ario__stage *stage, const uint8_t *bytes, size_t size);

// With the option `log`: takes up to `room` messages performed since the last call, in order; returns how
// many.
size_t ario__stage_read(ario__stage *stage, ario__performed *messages, size_t room);

// Performs an event at once.
void ario__stage_play(ario__stage *stage, const uint8_t *bytes, size_t size);

void ario__stage_pause(ario__stage *stage, bool paused);

// Fades out and ends; returns the frame of the end.
int64_t ario__stage_fade(ario__stage *stage, double seconds);

// The frame that is performed next.
int64_t ario__stage_frame(ario__stage *stage);

// Seconds from performing to the ear.
double ario__stage_latency(const ario__stage *stage);

// The state. Call it from the thread that started the stage: it also notices a lost device.
ario__stage_state ario__stage_look(ario__stage *stage);

// Finishes the sound file, if there is one. Call it after the stage has ended or is lost.
ARIO_NODISCARD ario_status ario__stage_save(ario__stage *stage, ario_error *error);

#endif
