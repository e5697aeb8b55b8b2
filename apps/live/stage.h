// SPDX-License-Identifier: MIT
//
// The stage: where events become sound while they come. A thread of its own performs what is scheduled, into
// the speaker, an instrument, a sound file, or several of these; it keeps a little ahead of the device. The
// functions may be called from several threads, but create, start and free from one.
//
// Time is in frames from the first that was performed. Events are performed at frames as `render` would
// (performer.h). Music is performed up to where it is final; past that the stage waits, in silence, without
// letting time go on. A paused stage waits, too.
#ifndef ARIO_APPS_STAGE_H
#define ARIO_APPS_STAGE_H

#include "apps/live/performer.h"

typedef struct ario__stage ario__stage;

typedef struct ario__stage_options {
  ario__synth_options synth; // rate 0: the device's own
  bool speaker;              // open the sound card; where nothing keeps time, it goes as fast as it can
  const char *device;        // speaker.h; NULL: the system's default
  const char *midi_out;      // midi_port.h; NULL: none
  bool tape;                 // what is performed is sound that is ready (ario__stage_append), not events
  const char *wav;           // a sound file of all that is performed; NULL: none
  double latency;            // seconds: of the device, and again as much that is performed ahead of it
  double tail;               // performer.h
  bool log;                  // keep what was performed, for ario__stage_read
} ario__stage_options;

// A message that was performed.
typedef struct ario__performed {
  int64_t frame;
  bool live; // it came by ario__stage_key
  uint8_t size, bytes[3];
} ario__performed;

// Any SoundFont, the speaker, 0.1 s, tail -1.
ario__stage_options ario__stage_options_default(void);

typedef struct ario__stage_state {
  int64_t frame;    // as ario__stage_frame
  double latency;   // as ario__stage_latency
  size_t underruns; // of the speaker: something was missing
  size_t late;      // times that the device said that it was late
  size_t waits;     // times that the music was not final in time
  bool waiting, paused;
  bool ended; // all has sounded
  bool lost;  // the device is gone, or a file cannot be written: `error` says which; nothing goes on
  ario_error error;
} ario__stage_state;

// Opens the devices and files. Errors: those of what it opens.
ARIO_NODISCARD ario_status ario__stage_create(const ario__stage_options *options, ario__stage **out,
                                              ario_error *error);
// Ends at once, if it has not ended by itself. Safe on NULL.
void ario__stage_free(ario__stage *stage);

unsigned ario__stage_rate(const ario__stage *stage);
bool ario__stage_is_timed(const ario__stage *stage);      // it plays as time goes, not as fast as it can
const char *ario__stage_device(const ario__stage *stage); // its name; NULL without a speaker

// From now on it performs. Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__stage_start(ario__stage *stage, ario_error *error);

// Adds events [count], which are copied, in order and not before those that are there; the music is final
// before `final`. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__stage_schedule(ario__stage *stage, const ario_midi_event *events,
                                                size_t count, int64_t final);

// With the option `tape`: appends sound, samples [frames, 2], which are copied. The music is final up to its
// end. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__stage_append(ario__stage *stage, const float *samples, size_t frames);

// Takes back the sound from `lead` seconds after now on, or from `earliest` on if that is later, if it is
// there already; returns the frame at which the tape ends.
int64_t ario__stage_cut_tape(ario__stage *stage, double lead, int64_t earliest);

// The music ends at this frame: all that sounds is let go, and the tail follows.
void ario__stage_finish(ario__stage *stage, int64_t end);

// Takes back what is scheduled from `lead` seconds after now on, or from `earliest` on if that is later, and
// returns that frame: before it all is final. *kept is how many events are left of all that were scheduled.
int64_t ario__stage_cut(ario__stage *stage, double lead, int64_t earliest, size_t *kept);

// Takes back all that is scheduled and not performed.
void ario__stage_drop(ario__stage *stage);

// Performs a message of 2 or 3 bytes as soon as can be. From one thread at a time, which is never kept
// waiting: messages that come faster than they can be taken, hundreds in a millisecond, are lost.
void ario__stage_key(ario__stage *stage, const uint8_t *bytes, size_t size);

// Takes up to `room` messages that were performed since the last call, in their order; returns how many. Only
// with the option `log`.
size_t ario__stage_read(ario__stage *stage, ario__performed *messages, size_t room);

// Performs an event at once.
void ario__stage_play(ario__stage *stage, const uint8_t *bytes, size_t size);

void ario__stage_pause(ario__stage *stage, bool paused);

// Fades out and ends; returns the frame of the end.
int64_t ario__stage_fade(ario__stage *stage, double seconds);

// What is performed next; any thread.
int64_t ario__stage_frame(ario__stage *stage);

// Seconds from what is performed to the ear; any thread.
double ario__stage_latency(const ario__stage *stage);

// From the thread that started it, which so learns of a lost device.
ario__stage_state ario__stage_look(ario__stage *stage);

// Ends the sound file, if there is one, and puts it in place; after the stage has ended or is lost.
ARIO_NODISCARD ario_status ario__stage_save(ario__stage *stage, ario_error *error);

#endif
