// SPDX-License-Identifier: MIT
//
// The sound card, by PortAudio: plays what is in a ring buffer. Its callback reads the ring and counts, and
// does nothing else. Call all functions from one thread.
#ifndef ARIO_APPS_SPEAKER_H
#define ARIO_APPS_SPEAKER_H

#include "apps/live/ring.h"

typedef struct ario__speaker ario__speaker;

typedef struct ario__speaker_options {
  const char *device; // a number or part of a name from the list; NULL: the system's default
  unsigned rate;      // Hz; 0: the device's own
  double latency;     // seconds that the device is asked for
} ario__speaker_options;

// Called for each output device: number 3, "ALSA: default", its own rate, whether it is the system's default.
typedef void (*ario__speaker_show)(void *context, int number, const char *name, double rate, bool standard);

// Errors: ERR_NOT_FOUND if there is none.
ARIO_NODISCARD ario_status ario__speaker_list(ario__speaker_show show, void *context, ario_error *error);

// Errors: ERR_NOT_FOUND (no device, or none of that name), ERR_UNSUPPORTED (it refuses the rate or stereo
// floats), ERR_MEMORY.
ARIO_NODISCARD ario_status ario__speaker_open(const ario__speaker_options *options, ario__speaker **out,
                                              ario_error *error);
unsigned ario__speaker_rate(const ario__speaker *speaker);
double ario__speaker_latency(
    const ario__speaker *speaker); // seconds from the ring to the ear, as the device reports
const char *ario__speaker_name(const ario__speaker *speaker);

// Plays the ring from now on, and silence when it is empty. The ring must outlive the speaker.
ARIO_NODISCARD ario_status ario__speaker_start(ario__speaker *speaker, ario__ring *ring, ario_error *error);

// From now on an empty ring is the end of the music, not an underrun.
void ario__speaker_last(ario__speaker *speaker);

// How often the ring was empty, so that sound was missing.
size_t ario__speaker_underruns(const ario__speaker *speaker);

// How often the device reported being late, whether sound was missing or not.
size_t ario__speaker_late(const ario__speaker *speaker);

// True once the device has stopped by itself or asks for no more sound.
bool ario__speaker_lost(ario__speaker *speaker);

// Stops at once; to hear the end, wait until the ring is empty and ario__speaker_latency more. Leaves a lost
// device open, since closing it can block for ever. Safe on NULL.
void ario__speaker_free(ario__speaker *speaker);

#endif
