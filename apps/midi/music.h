// SPDX-License-Identifier: MIT
//
// What the commands that continue music share: their options, the piece, the model's prompt, and the
// constraints on what follows.
#ifndef ARIO_APPS_MUSIC_H
#define ARIO_APPS_MUSIC_H

#include "apps/cli/input.h"
#include "apps/cli/options.h"
#include "apps/cli/report.h"
#include "apps/midi/steer.h"
#include "arioso/symbolic.h"

enum { ARIO__TRACKS_MOST = 256 };

typedef struct ario__music {
  const char *command;      // its name, for messages
  const ario__input *input; // NULL: there is none, the piece is new
  const char *from, *to;
  double max_silence, max_note; // seconds
  bool until_end;
  size_t bars;                               // of new music; 0: it is not counted in bars
  const char *tracks;                        // numbers and names, separated by commas; NULL: all
  unsigned track_numbers[ARIO__TRACKS_MOST]; // what they are in the song, [track_count]
  size_t track_count;
  size_t context; // of the model, in tokens; 0: unknown
  ario__steer_options steering;

  const ario_symbolic *symbolic; // the model's codec
  ario_song *song;               // NULL without input
  ario_prompt_options part;      // of it, by from, to and tracks
  ario__steer steer;             // what new music keeps to
  ario_passage passage;          // the prompt
  ario_left_out left_out;        // what of the song does not go on
  ario_chain chain;              // the codec's grammar first; it has been fed the passage
} ario__music;

// The defaults of the options.
ario__music ario__music_default(const char *command);

// Reads the input and names the model that suits it: ARIO__DEFAULT_BAND_MODEL for drums or more than one instrument,
// ARIO__DEFAULT_MODEL for a piano alone, and where there is no other or the song has no bars. Returns the exit status,
// with the reason printed. The caller calls ario__music_free in any case.
int ario__music_choose_model(ario__music *music, const char **name);

// Reads the input, unless it has been read, finds the part that the options choose, and reads what is wished. Returns the
// exit status, with the reason printed. The caller calls ario__music_free in any case.
int ario__music_open(ario__music *music, const ario_symbolic *symbolic);

// Reads the input, unless it has been read, and makes a prompt of it with this codec: sets the last seven members. Says
// what does not go on. Returns the exit status, with the reason printed. The caller calls ario__music_free in any case.
int ario__music_prepare(ario__music *music, const ario_symbolic *symbolic);
void ario__music_free(ario__music *music);

// Adds the member "not_continued" to a report: what the model does not play of the input.
void ario__music_report_left_out(const ario__music *music, ario__report *report);

// The rules for what follows, as the options set them.
ario_passage_options ario__music_rules(const ario__music *music);

// Of the bars of new music, all of one length: the line nearest to where it begins, and the length, in microseconds. False
// where there is no song with bars.
bool ario__music_new_bars(const ario__music *music, int64_t *line, int64_t *length);

// The time of the song at which the bars end that were asked for. Returns the exit status, with the reason printed.
int ario__music_end_of_bars(const ario__music *music, int64_t *until);

// Warns where instruments of what is written to `path` share channels.
void ario__music_warn_sharing(const ario__music *music, bool alone, const ario_token *tokens, size_t count,
                              const char *path);

// The seconds that the new tokens [count] last, and how many notes begin in them.
double ario__music_seconds(const ario__music *music, const ario_token *tokens, size_t count, size_t *notes);

#define ARIO__BARS_OPTION(music)                                                                             \
  {                                                                                                          \
    .name = "bars", .kind = ARIO__SIZE, .value = &(music)->bars, .argument = "N",                            \
    .help = "bars of new music instead, in the meter and tempo of the piece", .least = 1, .most = 10000,     \
    .only = ARIO__FOR(ARIO_MUSIC)                                                                            \
  }

#define ARIO__PART_OPTIONS(music)                                                                            \
  {.name = "from",                                                                                           \
   .kind = ARIO__TEXT,                                                                                       \
   .value = &(music)->from,                                                                                  \
   .argument = "T",                                                                                          \
   .help = "the model hears the piece from T on: seconds, m:ss, or bar:17",                                  \
   .only = ARIO__FOR(ARIO_MUSIC) | ARIO__FOR(ARIO_SOUND)},                                                   \
      {.name = "to",                                                                                         \
       .kind = ARIO__TEXT,                                                                                   \
       .value = &(music)->to,                                                                                \
       .argument = "T",                                                                                      \
       .help = "cut the piece at T and continue from there",                                                 \
       .only = ARIO__FOR(ARIO_MUSIC) | ARIO__FOR(ARIO_SOUND)},                                               \
  {                                                                                                          \
    .name = "tracks", .kind = ARIO__TEXT, .value = &(music)->tracks, .argument = "1,3",                      \
    .help = "the model hears only these tracks, by number or name (arioso info lists them); the file keeps " \
            "them all",                                                                                      \
    .only = ARIO__FOR(ARIO_MUSIC)                                                                            \
  }

#define ARIO__GRAMMAR_OPTIONS(music)                                                                         \
  {.name = "max-silence",                                                                                    \
   .kind = ARIO__REAL,                                                                                       \
   .value = &(music)->max_silence,                                                                           \
   .argument = "S",                                                                                          \
   .help = "the longest silence in new music, in seconds; 5 by default",                                     \
   .least = 0.01,                                                                                            \
   .most = 3600,                                                                                             \
   .only = ARIO__FOR(ARIO_MUSIC)},                                                                           \
  {                                                                                                          \
    .name = "max-note", .kind = ARIO__REAL, .value = &(music)->max_note, .argument = "S",                    \
    .help = "the longest new note, in seconds; by default twice what is usual in the piece, 10 at most",     \
    .given = &(music)->steering.max_note_given, .least = 0.01, .most = 3600, .only = ARIO__FOR(ARIO_MUSIC)   \
  }

#endif
