// SPDX-License-Identifier: MIT
//
// The sound card, by PortAudio: what stands in a ring is played. Its callback reads the ring and counts, and
// does nothing else. One thread for all functions.
#ifndef ARIO_APPS_SPEAKER_H
#define ARIO_APPS_SPEAKER_H

#include "apps/live/ring.h"

typedef struct ario__speaker ario__speaker;

typedef struct ario__speaker_options {
  const char *device; // a number, or a part of a name, of the list; NULL: the system's default
  unsigned rate;      // Hz; 0: the device's own
  double latency;     // seconds that the device is asked to be content with
} ario__speaker_options;

// One output device: "3  ALSA: default", its own rate, and whether it is the system's default.
typedef void (*ario__speaker_show)(void *context, int number, const char *name, double rate, bool standard);

// Errors: ERR_NOT_FOUND if there is none.
ARIO_NODISCARD ario_status ario__speaker_list(ario__speaker_show show, void *context, ario_error *error);

// Errors: ERR_NOT_FOUND (no device, or none of that name), ERR_UNSUPPORTED (it refuses the rate or stereo
// floats), ERR_MEMORY.
ARIO_NODISCARD ario_status ario__speaker_open(const ario__speaker_options *options, ario__speaker **out,
                                              ario_error *error);
unsigned ario__speaker_rate(const ario__speaker *speaker);
double ario__speaker_latency(const ario__speaker *speaker); // seconds from the ring to the ear, as it says
const char *ario__speaker_name(const ario__speaker *speaker);

// Plays what is in the ring from now on, silence where there is nothing. The ring must outlive the speaker.
ARIO_NODISCARD ario_status ario__speaker_start(ario__speaker *speaker, ario__ring *ring, ario_error *error);

// From now on an empty ring is the end of the music, and no underrun.
void ario__speaker_last(ario__speaker *speaker);

// Times that the ring was empty: something was missing.
size_t ario__speaker_underruns(const ario__speaker *speaker);

// Times that the device said that it was late, whether something was missing or not.
size_t ario__speaker_late(const ario__speaker *speaker);

// True once the device has stopped by itself or asks for nothing any more.
bool ario__speaker_lost(ario__speaker *speaker);

// Stops at once: wait until the ring is empty and ario__speaker_latency more, or the end is lost. A lost
// device is left as it is, since closing one can wait for ever. Safe on NULL.
void ario__speaker_free(ario__speaker *speaker);

#endif
