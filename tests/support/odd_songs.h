// SPDX-License-Identifier: MIT
//
// MIDI files as people have them, too, and that a codec of bars and beats must bear.
#ifndef ARIO_TESTS_ODD_SONGS_H
#define ARIO_TESTS_ODD_SONGS_H

#include "support/band.h"

static inline void odd_drum_tracks(made *m) {
  for (unsigned i = 0; i < 160; i++) make_note(m, i % 16, 480 * (i / 4), 240, 9, 35 + i % 16, 100);
}

static inline void odd_programs(made *m) {
  for (unsigned bar = 0; bar < 200; bar++)
    for (unsigned i = 0; i < 40; i++) {
      make_program(m, i, 1920 * bar, i % 16, (bar + 3 * i) % 128);
      make_note(m, i, 1920 * bar, 960, i % 16, 40 + i, 64);
    }
}

static inline void odd_meters(made *m) {
  for (unsigned bar = 0, tick = 0; bar < 2000; bar++) {
    static const uint8_t meters[][2] = {{13, 4}, {1, 2}, {32, 2}, {5, 3}, {255, 6}, {3, 0}};
    make_meter(m, tick, meters[bar % 6][0], meters[bar % 6][1]);
    make_note(m, 1, tick, 100, 0, 60 + bar % 7, 64);
    tick += meters[bar % 6][0] * 1920u >> meters[bar % 6][1];
  }
}

// Sixteen bars of this meter; of no beats: none is said.
static inline void odd_meter(made *m, unsigned beats, unsigned log2_unit) {
  if (beats) make_meter(m, 0, beats, log2_unit);
  uint32_t bar = beats ? beats * 1920u >> log2_unit : 1920;
  for (unsigned i = 0; i < 64; i++)
    make_note(m, 1 + i % 3, bar * (i / 4) + bar * (i % 4) / 4, 60, i % 3, 50 + i % 12, 64);
}
static inline void odd_13_16(made *m) {
  odd_meter(m, 13, 4);
}
static inline void odd_1_4(made *m) {
  odd_meter(m, 1, 2);
}
static inline void odd_32_4(made *m) {
  odd_meter(m, 32, 2);
}
static inline void odd_no_meter(made *m) {
  odd_meter(m, 0, 0);
}

static inline void odd_tempos(made *m) {
  for (unsigned tick = 0; tick < 20000; tick++) make_tempo(m, tick, 200000 + 37 * (tick * 7919 % 20000));
  for (unsigned i = 0; i < 40; i++) make_note(m, 1, 480 * i, 400, 0, 60 + i % 5, 64);
}

static inline void odd_one_drum(made *m) {
  make_note(m, 0, 77, 1, 9, 38, 127);
}

static inline void odd_only_programs(made *m) {
  for (unsigned i = 0; i < 1000; i++) make_program(m, 0, i, i % 16, i % 128);
}

static inline void odd_short(made *m) {
  make_note(m, 0, 30, 10, 0, 60, 64);
  make_note(m, 0, 60, 10, 0, 62, 64);
}

static inline void odd_held(made *m) {
  for (unsigned i = 0; i < 6; i++) MAKE(m, 0, 0, 0x90, (uint8_t)(48 + 4 * i), 64);
  for (unsigned i = 0; i < 6; i++) MAKE(m, 0, 288000, 0x80, (uint8_t)(48 + 4 * i), 64);
}

static inline void odd_pitches(made *m) {
  make_program(m, 0, 0, 0, 73);
  for (unsigned i = 0; i < 128; i++) make_note(m, 0, 120 * i, 60, 0, i, 64);
}

static inline void odd_bars(made *m) {
  for (unsigned bar = 0; bar < 10000; bar++)
    make_note(m, bar % 4, 1920 * bar, 900, bar % 4, 60 + bar % 9, 64);
}

static inline void odd_late(made *m) {
  make_note(m, 0, 1920 * 10000, 60, 0, 60, 64);
}

static inline void odd_frames(made *m) {
  m->division = 0xe728; // 25 frames a second of 40 ticks
  make_note(m, 0, 0, 40, 0, 60, 64);
}

static const struct odd_song {
  const char *name;
  void (*make)(made *m);
  size_t least;        // tokens
  const char *refused; // what is said of it; NULL: it is continued
} odd_songs[] = {{"drum_tracks", odd_drum_tracks, 200, NULL},
                 {"programs", odd_programs, 20000, NULL},
                 {"meters", odd_meters, 10000, NULL},
                 {"13_16", odd_13_16, 200, NULL},
                 {"1_4", odd_1_4, 200, NULL},
                 {"32_4", odd_32_4, 200, NULL},
                 {"no_meter", odd_no_meter, 200, NULL},
                 {"tempos", odd_tempos, 100, NULL},
                 {"one_drum", odd_one_drum, 8, NULL},
                 {"only_programs", odd_only_programs, 2, "nothing to continue"},
                 {"short", odd_short, 10, NULL},
                 {"held", odd_held, 17, NULL},
                 {"pitches", odd_pitches, 300, NULL},
                 {"bars", odd_bars, 30000, NULL},
                 {"late", odd_late, 10000, NULL},
                 {"frames", odd_frames, 0, "SMPTE"}};

// The file's bytes; the caller frees them.
static inline uint8_t *odd_file(const struct odd_song *odd, size_t *size) {
  made m = {.division = 480};
  odd->make(&m);
  return make_file(&m, size);
}

#endif
