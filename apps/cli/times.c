// SPDX-License-Identifier: MIT
//
// Reading and printing times.
#include "apps/cli/times.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_HOURS = 240 }; // ten days

bool ario__parse_clock(const char *text, double *seconds) {
  double total = 0;
  for (int part = 0; part < 3; part++) {
    if (!isdigit((unsigned char)*text)) return false;
    char *end;
    double value = strtod(text, &end);
    if (strspn(text, "0123456789.") != (size_t)(end - text)) return false;
    if (part && (value >= 60 || end - text < 2)) return false;
    total = total * 60 + value;
    if (*end == 0) {
      *seconds = total;
      return true;
    }
    if (*end != ':' || memchr(text, '.', (size_t)(end - text))) return false;
    text = end + 1;
  }
  return false;
}

ario_status ario__parse_time(const char *text, const ario_song *song, int64_t *microseconds,
                             ario_error *error) {
  if (strncmp(text, "bar:", 4) == 0) {
    if (!song) return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: a recording has no bars", text);
    char *end;
    unsigned long bar = isdigit((unsigned char)text[4]) ? strtoul(text + 4, &end, 10) : 0;
    if (bar < 1 || *end) return ario_fail(error, ARIO_ERR_ARGUMENT, "%s is not a bar; write bar:17", text);
    ario_status status = ario_song_bar(song, bar, microseconds);
    return status ? ario_fail(error, status, "%s: %s", text,
                              status == ARIO_ERR_UNSUPPORTED ? "the file counts in frames and has no bars"
                                                             : "there is no such bar")
                  : ARIO_OK;
  }
  double seconds;
  if (!ario__parse_clock(text, &seconds) || seconds > LONGEST_HOURS * 3600.0)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "%s is not a time; write 12.5, 1:30 or bar:17", text);
  *microseconds = llround(seconds * 1e6);
  return ARIO_OK;
}

const char *ario__time_text(double seconds, char *text) {
  long whole = lround(seconds);
  if (seconds < 59.95)
    snprintf(text, 24, "%.1f s", seconds);
  else if (whole < 3600)
    snprintf(text, 24, "%ld:%02ld", whole / 60, whole % 60);
  else
    snprintf(text, 24, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}
