// SPDX-License-Identifier: MIT
//
// What MIDI events leave behind: which notes sound, which channels are drums, where pedals, programs and
// controllers stand. One account for all that listen (tokens of a file, tokens of what is played, the writer,
// the synthesizer), and it says what FluidSynth does:
//   - a note lasts until its note-off or, where its channel's sustain pedal (CC 64 >= 64) is down then or the
//     sostenuto pedal (CC 66 >= 64) came while its key was down, until these go up; a new onset of its pitch on
//     its channel ends it at once;
//   - a note-off in the moment (tick) of an onset that ended a note of its pitch is the older note's: the new
//     one goes on;
//   - CC 123 to 127 are a note-off for every key of the channel, CC 121 lifts both pedals, CC 120 ends all that
//     sounds;
//   - drums are channel 10, unless the file says otherwise: after an XG reset a channel is drums by bank MSB
//     126 or 127, after a GM2 reset by 120, from its next program change on; in GS by the part's "use for
//     rhythm" message. A reset (GM, GM2, GS, XG) sets drums back, and nothing else.
// Channels are numbered 16 port + channel, ports from 0.
#ifndef ARIOSO_CHANNELS_H
#define ARIOSO_CHANNELS_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_MIDI_PORTS = 4,
  ARIO_MIDI_CHANNELS = 16 * ARIO_MIDI_PORTS,
  ARIO_MIDI_DRUM_CHANNEL = 9, // of each port: channel 10
  ARIO_MIDI_BEND_CENTER = 8192,
};

// The registered parameters (RPN) that are kept.
enum { ARIO_RPN_BEND_RANGE, ARIO_RPN_FINE_TUNING, ARIO_RPN_COARSE_TUNING, ARIO_RPN_COUNT };

typedef struct ario_channel {
  uint8_t keys[128];           // bits: ario_key
  int64_t moment;              // for which ARIO_KEY_AGAIN holds
  uint16_t sounding;           // notes, 0..128; no drums
  bool used;                   // it had a message
  bool key_pressure;           // some key's was set
  bool drums, pedal;           // what it is now
  int16_t bank;                // MSB since the last reset, -1: none; what drums go by
  int16_t program_bank;        // MSB that the program was chosen with, -1: none
  int16_t program;             // this and what follows: -1 where it was never set
  int16_t pressure;            // of the channel
  int16_t bend;                // 0..16383
  int16_t control[128];        // CC
  int16_t rpn[ARIO_RPN_COUNT]; // 14 bits
  bool nrpn;                   // data entry is for an NRPN
} ario_channel;

typedef enum ario_key {
  ARIO_KEY_SOUNDS = 1, // a note
  ARIO_KEY_UP = 2,     // it was let go, and a pedal holds it
  ARIO_KEY_HELD = 4,   // by the sostenuto pedal
  ARIO_KEY_DRUM = 8,   // a drum's key is down
  ARIO_KEY_AGAIN = 16, // the last onset ended an older note, whose note-off may come in the same moment
} ario_key;

// Plain data: copy it to look ahead.
typedef struct ario_channels {
  ario_channel channels[ARIO_MIDI_CHANNELS];
  uint8_t mode[ARIO_MIDI_PORTS]; // of the last reset
} ario_channels;

// Nothing was heard.
ARIO_API void ario_channels_init(ario_channels *channels);

// A note of the channel begins (velocity 1..127) or ends (0). An onset that ends an older note comes as two.
typedef void (*ario_note_change)(void *context, unsigned channel, unsigned pitch, unsigned velocity);

// Takes an event, complete as in ario_midi_event; incomplete ones, metas and what the rules do not name change
// nothing. `moment` is the same number for events of one tick and another for those of another. `change` may be
// NULL. False: a note-off that is an older note's, which a synthesizer must not hear, because it would end the
// new one.
ARIO_API bool ario_channels_feed(ario_channels *channels, unsigned port, int64_t moment, const uint8_t *bytes,
                                 size_t size, ario_note_change change, void *context);

// Whether a program change on this channel makes drums of it where the bank's MSB (-1: none) was chosen before.
ARIO_API bool ario_channels_drum_bank(const ario_channels *channels, unsigned channel, int bank);

// Whether this system exclusive event is a reset of the whole instrument (GM, GM2, GS, XG).
ARIO_API bool ario_channels_is_reset(const uint8_t *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
