// SPDX-License-Identifier: MIT
//
// What commands that continue music have in common: their options, the piece, what the model hears of it, and what may
// follow.
#ifndef ARIO_APPS_MUSIC_H
#define ARIO_APPS_MUSIC_H

#include "apps/cli/options.h"
#include "arioso/symbolic.h"

typedef struct ario__music {
  const char *command; // its name, for messages
  const char *input;   // NULL: from nothing
  const char *from, *to;
  double max_silence, max_note; // seconds
  bool until_end;
  ario__number_list tracks;

  const ario_symbolic *symbolic; // the model's codec
  ario_song *song;               // NULL without input
  ario_passage passage;          // what the model hears
  ario_chain chain;              // what may follow, the codec's grammar first; has read the passage
} ario__music;

// The defaults of the options.
ario__music ario__music_default(const char *command);

// Reads the input by this codec and fills in the last four. Returns the exit status; if that is not ARIO__DONE, it has
// said why. ario__music_free in any case.
int ario__music_prepare(ario__music *music, const ario_symbolic *symbolic);
void ario__music_free(ario__music *music);

// What the options say of what may follow.
ario_passage_options ario__music_rules(const ario__music *music);

// Seconds of the new tokens [count] from the continuation's beginning on, and the notes that begin in them.
double ario__music_seconds(const ario__music *music, const ario_token *tokens, size_t count, size_t *notes);

#define ARIO__PART_OPTIONS(music)                                                                            \
  {.name = "from",                                                                                           \
   .kind = ARIO__TEXT,                                                                                       \
   .value = &(music)->from,                                                                                  \
   .argument = "T",                                                                                          \
   .help = "the model hears only what begins at T or later: seconds, m:ss, or bar:17",                       \
   .only = ARIO__FOR_MIDI | ARIO__FOR_SOUND},                                                                \
      {.name = "to",                                                                                         \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(music)->to,                                                                                \
       .argument = "T",                                                                                      \
       .help = "cut the piece at T and continue from there",                                                 \
       .only = ARIO__FOR_MIDI | ARIO__FOR_SOUND},                                                            \
  {                                                                                                          \
    .name = "tracks", .kind = ARIO__LIST, .value = &(music)->tracks, .argument = "1,3",                      \
    .help = "the model hears only these tracks (arioso info lists them); the others stay in the file",       \
    .only = ARIO__FOR_MIDI                                                                                   \
  }

#define ARIO__GRAMMAR_OPTIONS(music)                                                                         \
  {.name = "max-silence",                                                                                    \
   .kind = ARIO__REAL,                                                                                       \
   .value = &(music)->max_silence,                                                                           \
   .argument = "S",                                                                                          \
   .help = "no silence longer than this; 5 seconds by default",                                              \
   .least = 0.01,                                                                                            \
   .most = 3600,                                                                                             \
   .only = ARIO__FOR_MIDI},                                                                                  \
  {                                                                                                          \
    .name = "max-note", .kind = ARIO__REAL, .value = &(music)->max_note, .argument = "S",                    \
    .help = "no new note longer than this; 10 seconds by default", .least = 0.01, .most = 3600,              \
    .only = ARIO__FOR_MIDI                                                                                   \
  }

#endif
