// SPDX-License-Identifier: MIT
//
// A reader of MIDI files that shares nothing with the library: clean files of type 0 and 1, as the library writes them.
// For tests that check what is written.
#ifndef ARIO_TESTS_PLAIN_SMF_H
#define ARIO_TESTS_PLAIN_SMF_H

#include "support/test.h"

typedef struct plain_note {
  uint32_t start, end; // ticks
  unsigned track;      // of its onset, from 1; a note may end in another
  unsigned channel, pitch, program;
  bool drum; // of channel 10
} plain_note;

typedef struct plain_meter {
  uint32_t tick;
  unsigned beats, unit;
} plain_meter;

typedef struct plain_smf {
  unsigned division, tracks;
  plain_note *notes; // [count] ordered by track, then end
  size_t count, room;
  struct {
    uint32_t tick, tempo;
  } tempos[256];
  plain_meter meters[256];
  size_t tempo_count, meter_count;
} plain_smf;

static inline uint32_t plain_big(const uint8_t *p, size_t size) {
  uint32_t value = 0;
  while (size--) value = value << 8 | *p++;
  return value;
}

static inline uint32_t plain_number(const uint8_t **p) {
  uint32_t value = 0;
  do value = value << 7 | (**p & 127);
  while (*(*p)++ & 128);
  return value;
}

static inline void plain_add(plain_smf *smf, plain_note note) {
  if (smf->count == smf->room) {
    smf->room = 2 * smf->room + 256;
    smf->notes = realloc(smf->notes, smf->room * sizeof *smf->notes);
    assert_non_null(smf->notes);
  }
  smf->notes[smf->count++] = note;
}

static inline void plain_meta(plain_smf *smf, uint32_t tick, unsigned type, const uint8_t *p) {
  if (type == 0x51 && smf->tempo_count < COUNT_OF(smf->tempos)) {
    smf->tempos[smf->tempo_count].tick = tick;
    smf->tempos[smf->tempo_count++].tempo = plain_big(p, 3);
  }
  if (type == 0x58 && smf->meter_count < COUNT_OF(smf->meters))
    smf->meters[smf->meter_count++] = (plain_meter){tick, p[0], 1u << p[1]};
}

typedef struct plain_keys { // notes that are on, and what their channels play
  uint32_t since[16][128];  // tick + 1; 0: off
  unsigned programs[16], played[16][128], tracks[16][128];
} plain_keys;

static inline void plain_message(plain_smf *smf, plain_keys *keys, unsigned track, uint32_t tick,
                                 const uint8_t *bytes) {
  unsigned kind = bytes[0] >> 4, channel = bytes[0] & 15, pitch = bytes[1];
  if (kind == 12) keys->programs[channel] = pitch;
  if (kind != 8 && kind != 9) return;
  uint32_t *since = &keys->since[channel][pitch];
  if (*since)
    plain_add(smf, (plain_note){*since - 1, tick, keys->tracks[channel][pitch], channel, pitch,
                                keys->played[channel][pitch], channel == 9});
  *since = kind == 9 && bytes[2] ? tick + 1 : 0;
  keys->played[channel][pitch] = keys->programs[channel];
  keys->tracks[channel][pitch] = track;
}

static inline void plain_track(plain_smf *smf, plain_keys *keys, unsigned track, const uint8_t *p,
                               const uint8_t *end) {
  uint32_t tick = 0;
  uint8_t status = 0;
  while (p < end) {
    tick += plain_number(&p);
    if (*p >= 0x80) status = *p++;
    if (status >= 0xf0) {
      unsigned type = status == 0xff ? *p++ : 0;
      uint32_t size = plain_number(&p);
      plain_meta(smf, tick, type, p);
      p += size;
      continue;
    }
    size_t size = status >> 4 == 12 || status >> 4 == 13 ? 1 : 2;
    const uint8_t bytes[3] = {status, p[0], size > 1 ? p[1] : 0};
    plain_message(smf, keys, track, tick, bytes);
    p += size;
  }
}

// Programs are kept from track to track: a channel's may stand in another one. To be freed.
static inline plain_smf plain_read(const uint8_t *bytes, size_t size) {
  plain_smf smf = {.division = plain_big(bytes + 12, 2), .tracks = plain_big(bytes + 10, 2)};
  static plain_keys keys;
  keys = (plain_keys){.programs = {0}};
  const uint8_t *p = bytes + 14;
  for (unsigned track = 1; track <= smf.tracks; track++) {
    uint32_t length = plain_big(p + 4, 4);
    if (memcmp(p, "MTrk", 4) != 0 || (size_t)(p - bytes) + 8 + length > size)
      fail_msg("track %u: no track", track);
    plain_track(&smf, &keys, track, p + 8, p + 8 + length);
    p += 8 + length;
  }
  return smf;
}

static inline void plain_free(plain_smf *smf) {
  free(smf->notes);
}

// Microseconds of a tick.
static inline double plain_time(const plain_smf *smf, double tick) {
  double time = 0, from = 0, tempo = 500000;
  for (size_t i = 0; i < smf->tempo_count && smf->tempos[i].tick <= tick; i++) {
    time += (smf->tempos[i].tick - from) * tempo / smf->division;
    from = smf->tempos[i].tick;
    tempo = smf->tempos[i].tempo;
  }
  return time + (tick - from) * tempo / smf->division;
}

typedef struct plain_place {
  long bar;          // from 0
  double in, length; // ticks from its line, and of it
  unsigned beats;
} plain_place;

// The bar of a tick; a change of meter begins one.
static inline plain_place plain_place_of(const plain_smf *smf, double tick) {
  plain_meter meter = {0, 4, 4};
  long bars = 0;
  size_t i = 0;
  for (;; i++) {
    double length = 4.0 * smf->division * meter.beats / meter.unit;
    bool more = i < smf->meter_count && smf->meters[i].tick <= tick;
    double span = (more ? smf->meters[i].tick : tick) - meter.tick;
    long passed = (long)(span / length);
    if (!more) return (plain_place){bars + passed, span - (double)passed * length, length, meter.beats};
    bars += passed + (span - (double)passed * length > 0);
    meter = smf->meters[i];
  }
}

#endif
