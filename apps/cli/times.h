// SPDX-License-Identifier: MIT
//
// Times as users write and read them.
#ifndef ARIO_APPS_TIMES_H
#define ARIO_APPS_TIMES_H

#include "arioso/midi.h"

// Parses "12.5" (seconds), "1:30", "1:02:03" or "bar:17" (by the song's meters) as microseconds from time 0.
// song NULL: there are no bars. Errors: ERR_ARGUMENT, those of ario_song_bar.
ARIO_NODISCARD ario_status ario__parse_time(const char *text, const ario_song *song, int64_t *microseconds,
                                            ario_error *error);

// Parses "12.5" (seconds), "1:30" or "1:02:03". False if it is anything else.
bool ario__parse_clock(const char *text, double *seconds);

// The bar (from 1) in which the song ends; a hundredth of a second of a bar is no bar. Errors: those of ario_song_bar_at;
// *bar is 0 then.
ario_status ario__last_bar(const ario_song *song, size_t *bar);

// Parses --from and --to, NULL where they are not given, as microseconds of the song's time; *from and *to keep their
// values then. Warns of a bar behind the end of the song. Errors: as ario__parse_time; ERR_ARGUMENT where the part is
// empty. The message begins with the option.
ARIO_NODISCARD ario_status ario__parse_part(const char *from_text, const char *to_text, const ario_song *song,
                                            int64_t *from, int64_t *to, ario_error *error);

// text [24]: a duration: "8.3 s", "2:05"
const char *ario__time_text(double seconds, char *text);

#endif
