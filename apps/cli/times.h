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

// text [24]: a duration: "8.3 s", "2:05"
const char *ario__time_text(double seconds, char *text);

#endif
