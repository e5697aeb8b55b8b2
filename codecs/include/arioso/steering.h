// SPDX-License-Identifier: MIT
//
// Steering: what a person wants of new music, in a musician's terms - a key, chords, ranges, a grid - whatever the
// codec. A codec of notes makes constraints of it (ario_symbolic.steer), which hold without exception.
//
//   ario_steering steering = ario_steering_default();
//   ario_key_parse("C minor", &steering.scale, &error);
//   ario_range_parse("A2-C6", &steering, &error);
//   if (ario_steering_quarrel(&steering, &quarrel)) ...             // two wishes that cannot both hold
//   symbolic->steer(song, &passage, &steering, &chain, &error);     // behind the grammar, in the chain
//
// Names are read as people write them: English and German ("H-moll" is B minor), in capitals or not. Pitch classes are
// sets of bits: bit 0 is C, bit 11 is B.
//
// All functions: any thread.
#ifndef ARIOSO_STEERING_H
#define ARIOSO_STEERING_H

#include "arioso/song.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_STEER_DRUMS = 128,       // behind the programs of General MIDI
  ARIO_STEER_INSTRUMENTS = 129, // programs and drums
  ARIO_STEER_BARS = 128,        // most bars of a progression of chords
  ARIO_STEER_CHORDS = 256,      // and chords
  ARIO_ALL_CLASSES = 0xFFF,     // all pitch classes
};

// Chords, bar by bar; a bar is shared equally by its chords. After the last bar they begin again.
typedef struct ario_progression {
  unsigned bars;                       // 0: there are no chords
  uint8_t chords[ARIO_STEER_BARS];     // how many chords each bar has, 1 or more
  uint16_t classes[ARIO_STEER_CHORDS]; // of each chord in order: its pitch classes
} ario_progression;

// What new music is to keep to. It is about notes that begin in the new music; drums have no pitch, and keep to
// `instruments`, `grid`, `from_bar`, `density` and `end` alone.
typedef struct ario_steering {
  uint16_t scale;                          // pitch classes that may begin
  uint8_t lowest[ARIO_STEER_INSTRUMENTS];  // of each instrument, the pitches that may begin
  uint8_t highest[ARIO_STEER_INSTRUMENTS]; // 0..127, lowest <= highest
  unsigned polyphony; // most notes that sound at a time, of all instruments; 0: any number
  int64_t max_note;   // the longest note, in microseconds; 0: as the codec has it
  bool choose;        // only these may play:
  bool instruments[ARIO_STEER_INSTRUMENTS];
  unsigned grid; // notes begin at multiples of this from the bar line, in 1/48 of a quarter; 0: anywhere
  bool from_bar; // the first note waits for the next bar line
  ario_progression chords; // from the bar on in which the new music begins
  bool strict;             // every note is of its chord; otherwise those on strong beats
  // How many notes begin, as a multiple of the prompt's, a bar's notes more or less. 0: any number.
  double density;
  // The music comes to rest at this bar line, in microseconds of the song: in the bar before it notes begin on the first
  // beat alone, of the pitch classes `last_chord`, and nothing sounds past it. 0: it ends anywhere.
  int64_t end;
  uint16_t last_chord;
} ario_steering;

// No wishes: everything is allowed.
ARIO_API ario_steering ario_steering_default(void);

// True if nothing is wished.
ARIO_API bool ario_steering_is_empty(const ario_steering *steering);

// Two wishes that cannot both hold.
typedef struct ario_quarrel {
  const char *first, *second; // "scale", "range", "chords", "grid", ...: constant
  char why[160];
} ario_quarrel;

// Looks for two wishes that leave nothing between them. True if there are such.
ARIO_API bool ario_steering_quarrel(const ario_steering *steering, ario_quarrel *quarrel);

// ---- Names ----

// A key: a tonic and what follows it, "C minor", "Es-Dur", "f#m", "D dorian"; a tonic alone is major, in German a small
// letter minor ("c-moll"). Minor has the natural and the raised seventh. Errors: ERR_ARGUMENT with what is known.
ARIO_API ARIO_NODISCARD ario_status ario_key_parse(const char *text, uint16_t *classes, ario_error *error);

// The chord that a key comes to rest on. Errors: as ario_key_parse.
ARIO_API ARIO_NODISCARD ario_status ario_key_chord(const char *text, uint16_t *classes, ario_error *error);

// Pitch classes with commas or spaces between them: "C,D,Eb". Errors: ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_scale_parse(const char *text, uint16_t *classes, ario_error *error);

// A chord: a root, m, 7, maj7, m7, dim, aug, sus2, sus4, 6, 9 and what else jazz has, and a bass after a slash, which
// is one of its tones then. Errors: ERR_ARGUMENT with what is known.
ARIO_API ARIO_NODISCARD ario_status ario_chord_parse(const char *text, uint16_t *classes, ario_error *error);

// Chords: "Am F C G" is a chord a bar; with bar lines, "Am F | C | Dm G7 |", the chords of a bar share it. % repeats the
// chord before, NC leaves its time free; # begins a comment where a word could begin, to the end of the line. Errors:
// ERR_ARGUMENT for a chord that is not known or none at all, ERR_LIMIT for too many.
ARIO_API ARIO_NODISCARD ario_status ario_progression_parse(const char *text, ario_progression *out,
                                                           ario_error *error);

// A pitch: "C4" (the middle one), "F#3", "Bb2", "Es3", or its number, 60. Errors: ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_pitch_parse(const char *text, unsigned *pitch, ario_error *error);

// A range for all instruments, "A2-C6", or for some, "bass:E1-G3", into `steering`. Errors: ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_range_parse(const char *text, ario_steering *steering,
                                                     ario_error *error);

// A grid as a note value: "1/16", "1/12" (triplets of eighths), into 1/48 of a quarter. Errors: ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_grid_parse(const char *text, unsigned *steps, ario_error *error);

// An instrument by a name of General MIDI ("violin"), a part of it that says enough ("sax"), a family ("strings",
// "guitars"), a program's number from 1 to 128, or "drums". Sets marked [ARIO_STEER_INSTRUMENTS] to true for those that
// it can mean, and *typical to the one to take where none of them plays yet. Errors: ERR_ARGUMENT with what is known.
ARIO_API ARIO_NODISCARD ario_status ario_instrument_parse(const char *text, bool *marked, unsigned *typical,
                                                          ario_error *error);

// Writes a set of pitch classes to text [room]: "C D Eb F G Ab Bb".
ARIO_API void ario_classes_text(uint16_t classes, char *text, size_t room);

// ---- What a part of a song has ----

// The key that suits the notes of a part of a song best, as ario_key_parse has it, and its name, text [room]: how long
// each pitch class sounds, correlated with the profiles of the 24 keys (Krumhansl 1990). Errors: ERR_FORMAT where no
// note is in it.
ARIO_API ARIO_NODISCARD ario_status ario_song_key(const ario_song *song, const ario_prompt_options *part,
                                                  uint16_t *classes, char *text, size_t room);

// The coarsest of the grids 1/16, 1/24 and 1/48 on which 95 % of the onsets of a part of a song are, at a tick's
// precision, in 1/48 of a quarter; 0 if there is none, or fewer than 8 onsets.
ARIO_API unsigned ario_song_grid(const ario_song *song, const ario_prompt_options *part);

#ifdef __cplusplus
}
#endif

#endif
