// SPDX-License-Identifier: MIT
//
// The options that say what new music is to keep to, and what becomes of them: wishes (arioso/steering.h), then the
// constraints of a chain. Commands that make music take the rows, and call the two functions around making a prompt.
#ifndef ARIO_APPS_STEER_H
#define ARIO_APPS_STEER_H

#include "apps/cli/options.h"
#include "apps/cli/report.h"
#include "arioso/symbolic.h"

// As they were typed; NULL, 0 and false stand for what was not.
typedef struct ario__steer_options {
  const char *key, *scale, *chords, *instruments, *grid, *start;
  ario__text_list ranges;
  size_t polyphony;
  double density;
  bool strict, end;
  double max_note; // seconds
  bool max_note_given;
} ario__steer_options;

// What they mean for a song.
typedef struct ario__steer {
  ario_steering wishes; // but `end`, which the caller sets if it `ends`
  bool ends;            // it is to come to rest
  char key[24];         // the key that was estimated of the prompt; "": none was
  bool on_its_grid;     // the grid is that of the prompt, and nobody asked for it
} ario__steer;

// Reads the options, for a codec and a part of a song; song NULL: there is none. Of two wishes that quarrel it names
// both. Returns the exit status, with the reason printed.
int ario__steer_settle(const char *command, const ario__steer_options *options, const ario_symbolic *symbolic,
                       const ario_song *song, const ario_prompt_options *part, ario__steer *out);

// Adds the constraints to the chain of a passage that was heard, behind the grammar. Returns the exit status, with the
// reason printed.
int ario__steer_apply(const char *command, const ario__steer *steer, const ario_symbolic *symbolic,
                      const ario_song *song, const ario_passage *passage, ario_chain *chain);

// What was decided without being asked for, in a line for each, with the name of the file: "song.mid: D minor". Nothing
// where there is nothing to say.
void ario__steer_say(const ario__steer *steer, const char *file);

// Adds the member "steering": what new music keeps to.
void ario__steer_report(const ario__steer *steer, ario__report *report);

// The rows of options for music that is made of nothing but its own notes: while somebody plays.
#define ARIO__STEER_PITCH_OPTIONS(options)                                                                   \
  {.name = "key",                                                                                            \
   .kind = ARIO__TEXT,                                                                                       \
   .value = &(options)->key,                                                                                 \
   .argument = "KEY",                                                                                        \
   .help = "new notes are of this key, like \"C minor\", Es-Dur or f#m; prompt: that of the piece",          \
   .only = ARIO__FOR(ARIO_MUSIC)},                                                                           \
      {.name = "scale",                                                                                      \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(options)->scale,                                                                           \
       .argument = "C,D,Eb",                                                                                 \
       .help = "new notes are of these, in any octave",                                                      \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {.name = "range",                                                                                      \
       .kind = ARIO__TEXTS,                                                                                  \
       .value = &(options)->ranges,                                                                          \
       .argument = "A2-C6",                                                                                  \
       .help = "the lowest and the highest new note (C4 is the middle C); bass:E1-G3 for one instrument",    \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
  {                                                                                                          \
    .name = "polyphony", .kind = ARIO__SIZE, .value = &(options)->polyphony, .argument = "N",                \
    .help = "at most N new notes sound at a time, drums aside; 1 is a single line", .least = 1, .most = 128, \
    .only = ARIO__FOR(ARIO_MUSIC)                                                                            \
  }

// All rows, for music that goes on from a piece.
#define ARIO__STEER_OPTIONS(options)                                                                         \
  ARIO__STEER_PITCH_OPTIONS(options),                                                                        \
      {.name = "instruments",                                                                                \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(options)->instruments,                                                                     \
       .argument = "LIST",                                                                                   \
       .help = "only these play: piano,bass,drums; names of General MIDI, families, or programs from 1",     \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {.name = "grid",                                                                                       \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(options)->grid,                                                                            \
       .argument = "1/16",                                                                                   \
       .help = "new notes begin on this grid: 1/8, 1/16, 1/12 for triplets, or free; for a piano by "        \
               "default that of the piece, if 95 % of its notes are on one",                                 \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {.name = "start",                                                                                      \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(options)->start,                                                                           \
       .argument = "WHERE",                                                                                  \
       .help = "bar: new music begins at the next bar line, the default where the piece is on a "            \
               "grid; now: where the piece ends",                                                            \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {.name = "chords",                                                                                     \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(options)->chords,                                                                          \
       .argument = "CHORDS",                                                                                 \
       .help = "on strong beats new notes are of these chords, one a bar: Am,F,C,G; with bar lines "         \
               "\"Am F | C G7\"; or a text file of them",                                                    \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {.name = "strict",                                                                                     \
       .kind = ARIO__FLAG,                                                                                   \
       .value = &(options)->strict,                                                                          \
       .help = "with --chords: all new notes are, not those on strong beats alone",                          \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
      {.name = "density",                                                                                    \
       .kind = ARIO__REAL,                                                                                   \
       .value = &(options)->density,                                                                         \
       .argument = "X",                                                                                      \
       .help = "as many notes as in the piece times X, from 0.5 (sparser) to 2 (denser)",                    \
       .least = 0.5,                                                                                         \
       .most = 2,                                                                                            \
       .only = ARIO__FOR(ARIO_MUSIC)},                                                                       \
  {                                                                                                          \
    .name = "end", .kind = ARIO__FLAG, .value = &(options)->end,                                             \
    .help = "with --bars: it comes to rest on a last chord at the beginning of the last bar",                \
    .only = ARIO__FOR(ARIO_MUSIC)                                                                            \
  }

#endif
