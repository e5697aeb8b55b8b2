// SPDX-License-Identifier: MIT
//
// The synthesizer: MIDI events in, stereo sound out, by FluidSynth and a SoundFont. Rendering to files and
// live playing share it. Its settings are fixed, so that the same events at the same frames give the same
// samples, bit for bit, in any process and with any block size. A used synthesizer cannot be reset: create a
// new one.
#ifndef ARIO_APPS_SYNTH_H
#define ARIO_APPS_SYNTH_H

#include "arioso/status.h"

// Factor on all sound. Measured with TimGM6mb at 44.1 kHz on 58 piano files of thirteen collections: the
// median of their peaks is 0.39 (-8 dBFS), nine in ten stay below 0.8, and three of them go beyond full
// scale, by 58 to 1,961 samples of some millions. Half of it is faint on a laptop, twice as much clips in a
// third of the files.
#define ARIO__SYNTH_GAIN 1.0

typedef struct ario__synth_options {
  const char *soundfont; // path of a SoundFont; NULL: $ARIOSO_SOUNDFONT, else the first that the system has
  unsigned rate;         // Hz, 8000..96000
  double gain;           // 0..10, a factor on the sum of all voices
} ario__synth_options;

// Any SoundFont, 44100 Hz, ARIO__SYNTH_GAIN.
ario__synth_options ario__synth_options_default(void);

typedef struct ario__synth ario__synth;

// Errors: ERR_ARGUMENT for an option out of range, ERR_NOT_FOUND (no SoundFont; the message says how to get
// one), ERR_FORMAT (the file is none), ERR_MEMORY.
ARIO_NODISCARD ario_status ario__synth_create(const ario__synth_options *options, ario__synth **out,
                                              ario_error *error);
void ario__synth_free(ario__synth *synth); // safe on NULL

// The path of the SoundFont in use; valid as long as the synthesizer.
const char *ario__synth_soundfont(const ario__synth *synth);

// Plays one complete event, as in ario_midi_event, from the next frame that is a multiple of 64 on. Drums are
// where the events declare them (arioso/channels.h). Ignores meta events, escapes and incomplete events.
void ario__synth_send(ario__synth *synth, unsigned port, const uint8_t *bytes, size_t size);

// Releases all keys and pedals; the notes die away.
void ario__synth_release(ario__synth *synth);

// Computes the next frames into samples [frames, 2], interleaved. Full scale is +-1; louder samples are not
// clipped.
void ario__synth_render(ario__synth *synth, float *samples, size_t frames);

// Voices that sound now, those that die away included.
size_t ario__synth_voices(ario__synth *synth);

// ---- MIDI input: for keyboard.c, since FluidSynth is included by one file ----

typedef struct ario__midi_input ario__midi_input;

// Takes a message of 2 or 3 bytes; called from a thread of FluidSynth's.
typedef void (*ario__midi_hear)(void *context, const uint8_t *bytes, size_t size);

// Listens until it is freed. driver: a name of FluidSynth's (alsa_seq, jack, coremidi, oss); NULL: its
// default. device: of oss alone, the path; otherwise NULL. Errors: ERR_UNSUPPORTED (there is no such driver
// here), ERR_NOT_FOUND (it finds nothing to listen to), ERR_MEMORY.
ARIO_NODISCARD ario_status ario__midi_input_open(const char *driver, const char *device, ario__midi_hear hear,
                                                 void *context, ario__midi_input **out);
// Calls `show` with the name of each MIDI system that this FluidSynth knows.
void ario__midi_systems(void (*show)(void *context, const char *name), void *context);
void ario__midi_input_free(ario__midi_input *input); // safe on NULL

#endif
