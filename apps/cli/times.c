// SPDX-License-Identifier: MIT
//
// Reading and printing times.
#include "apps/cli/times.h"
#include "apps/cli/options.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char BAR[] = "bar:";

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
  if (strncmp(text, BAR, strlen(BAR)) == 0) {
    if (!song) return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: a recording has no bars", text);
    char *end;
    unsigned long bar = isdigit((unsigned char)text[4]) ? strtoul(text + 4, &end, 10) : 0;
    if (bar < 1 || *end) return ario_fail(error, ARIO_ERR_ARGUMENT, "%s is not a bar; write bar:17", text);
    ario_status status = ario_song_bar(song, bar, microseconds);
    if (status == ARIO_ERR_UNSUPPORTED)
      return ario_fail(error, status, "%s: the file counts in frames and has no bars", text);
    size_t last;
    if (status && !ario__last_bar(song, &last))
      return ario_fail(error, status, "%s: the piece ends in bar %zu", text, last);
    return status ? ario_fail(error, status, "%s: there is no such bar", text) : ARIO_OK;
  }
  double seconds;
  if (!ario__parse_clock(text, &seconds) || seconds > LONGEST_HOURS * 3600.0)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "%s is not a time; write 12.5, 1:30 or bar:17", text);
  *microseconds = llround(seconds * 1e6);
  return ARIO_OK;
}

ario_status ario__last_bar(const ario_song *song, size_t *bar) {
  int64_t last = ario_song_describe(song).microseconds - 1000000 / ARIO_SONG_STEPS_PER_SECOND - 1;
  return ario_song_bar_at(song, last < 0 ? 0 : last, bar);
}

static ario_status parse_end(const char *option, const char *text, const ario_song *song,
                             int64_t *microseconds, ario_error *error) {
  ario_error detail = {""};
  ario_status status = text ? ario__parse_time(text, song, microseconds, &detail) : ARIO_OK;
  return status ? ario_fail(error, status, "--%s: %s", option, detail.text) : ARIO_OK;
}

ario_status ario__parse_part(const char *from_text, const char *to_text, const ario_song *song, int64_t *from,
                             int64_t *to, ario_error *error) {
  char end[24];
  ario_status status = parse_end("from", from_text, song, from, error);
  if (!status) status = parse_end("to", to_text, song, to, error);
  if (status) return status;
  int64_t length = ario_song_describe(song).microseconds;
  size_t bars;
  bool has_bars = ario__last_bar(song, &bars) == ARIO_OK;
  if (from_text && *from >= length && has_bars)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "--from %s: the piece ends in bar %zu, at %s", from_text, bars,
                     ario__time_text((double)length / 1e6, end));
  if (to_text && *to <= 0)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "--to %s: that is the beginning of the piece", to_text);
  if (*from >= *to)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "--from %s is not before --to %s", from_text, to_text);
  bool by_bars = to_text && strncmp(to_text, BAR, strlen(BAR)) == 0;
  if (by_bars && *to > length && has_bars && (size_t)strtoul(to_text + strlen(BAR), NULL, 10) > bars + 1)
    ario__warn("--to %s: the piece ends in bar %zu", to_text, bars);
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
