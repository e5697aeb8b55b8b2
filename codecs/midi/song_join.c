// SPDX-License-Identifier: MIT
//
// Two songs one after the other, with empty bars between them, in which tempo and meter go over.
#include "arioso/song.h"
#include "codecs/midi/band_music.h"
#include "codecs/midi/channel_setup.h"
#include "codecs/midi/song.h"
#include "codecs/midi/song_fill.h"
#include "codecs/midi/track_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPO = 0x51, METER = 0x58, RESET = 121, MOST_DIVISION = 32767 };

typedef struct joiner {
  const ario_song *first, *second;
  size_t bars;
  unsigned division;
  int64_t end;      // tick of the first song's time base at which it ends: a bar line
  int64_t begin;    // and of the second's, at which it begins
  int64_t from, to; // of the empty bars, in the new time base
  ario__buffer file;
} joiner;

// ---- Where they meet ----

static const ario__meter *meter_at(const ario_song *song, int64_t tick) {
  size_t i = 0;
  while (i + 1 < song->meter_count && song->meters[i + 1].tick <= tick) i++;
  return &song->meters[i];
}

static double bar_ticks(const ario_song *song, const ario__meter *meter, unsigned division) {
  (void)song;
  return 4.0 * meter->numerator * division / (1u << meter->log2_denominator);
}

// The bar line at or before a tick, or (`up`) the first that is not before it.
static int64_t line_at(const ario_song *song, int64_t tick, bool up) {
  const ario__meter *meter = meter_at(song, tick);
  double bar = bar_ticks(song, meter, song->smf.division), bars = (double)(tick - meter->tick) / bar;
  return meter->tick + (int64_t)llround((up ? ceil(bars - 1e-9) : floor(bars + 1e-9)) * bar);
}

// Ticks of the first onset and behind the last; what sounds less than a quarter past a bar line does not count.
static bool find_music(const ario_song *song, int64_t *first, int64_t *last) {
  *first = INT64_MAX;
  *last = 0;
  for (size_t i = 0; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    if (!ario__band_is_onset(event)) continue;
    if (event->tick < *first) *first = event->tick;
    *last = event->tick + 1;
  }
  for (size_t i = 0; i < song->note_count; i++) {
    int64_t end = ario__song_fill_tick(song, 1, song->notes[i].end * 10000) - (int64_t)song->smf.division;
    if (end > *last) *last = end;
  }
  return *first != INT64_MAX;
}

// ---- The time base ----

// One that both have, or else the first's, as fine as there is room.
static unsigned division_of(unsigned a, unsigned b) {
  unsigned x = a, y = b;
  while (y) {
    unsigned rest = x % y;
    x = y;
    y = rest;
  }
  if ((uint64_t)a / x * b <= MOST_DIVISION) return a / x * b;
  unsigned factor = (b + a - 1) / a;
  return a * factor <= MOST_DIVISION ? a * factor : a;
}

static int64_t scaled(const joiner *j, const ario_song *song, int64_t tick) {
  return (tick * j->division + song->smf.division / 2) / song->smf.division;
}

// Where an event of either song is in the file; -1: it is not, since the empty bars say tempo and meter anew.
static int64_t place_of(const joiner *j, const ario_song *song, const ario_midi_event *event) {
  bool map = event->bytes[0] == 0xff && (event->bytes[1] == TEMPO || event->bytes[1] == METER);
  if (song == j->first) return event->tick < j->end ? scaled(j, song, event->tick) : map ? -1 : j->from;
  if (event->tick < j->begin) return map ? -1 : j->to;
  return j->to + scaled(j, song, event->tick - j->begin);
}

// ---- Tracks ----

static bool copy_track(joiner *j, const ario_song *song, const ario__smf_track *track) {
  size_t begin = ario__begin_chunk(&j->file);
  int64_t now = 0;
  bool fits = true;
  for (size_t i = track->first; i < track->first + track->count && fits; i++) {
    const ario_midi_event *event = &song->events[song->rank[i]];
    int64_t place = place_of(j, song, event);
    if (place < 0) continue;
    unsigned status = event->bytes[0], head = status == 0xff ? 2 : status >= 0xf0 ? 1 : 0;
    fits = place >= now && place - now <= ARIO__VLQ_MAX;
    if (!fits) break;
    ario__buffer_vlq(&j->file, (uint32_t)(place - now));
    ario__buffer_add(&j->file, event->bytes, head);
    if (head) ario__buffer_vlq(&j->file, event->size - head);
    ario__buffer_add(&j->file, event->bytes + head, event->size - head);
    now = place;
  }
  ario__end_of_track(&j->file, 0);
  ario__end_chunk(&j->file, begin);
  return fits;
}

static uint32_t tempo_at(const ario_song *song, int64_t tick) {
  return ario__tempo_at(song->tempos, song->tempo_count, (uint32_t)tick)->tempo;
}

// The empty bars: the first half in the meter of the first song, the other in that of the second; the tempo goes over
// bar by bar.
static void write_map(joiner *j) {
  size_t begin = ario__begin_chunk(&j->file);
  const ario__meter *meters[] = {meter_at(j->first, j->end - 1), meter_at(j->second, j->begin)};
  double a = tempo_at(j->first, j->end > 0 ? j->end - 1 : 0), b = tempo_at(j->second, j->begin),
         line = (double)j->from;
  int64_t now = 0;
  for (size_t bar = 0; bar <= j->bars; bar++) {
    size_t half = 2 * bar >= j->bars + (j->bars > 1 ? 0 : 1);
    double share = (double)(bar + 1) / (double)(j->bars + 1);
    int64_t tick = llround(line);
    ario__put_meter(&j->file, (uint32_t)(tick - now), meters[half]->numerator,
                    meters[half]->log2_denominator);
    ario__put_tempo(&j->file, 0, (uint32_t)llround(a * pow(b / a, share)));
    now = tick;
    if (bar < j->bars) line += bar_ticks(NULL, meters[half], j->division);
  }
  ario__end_of_track(&j->file, 0);
  ario__end_chunk(&j->file, begin);
}

static int64_t length_of_bars(const joiner *j) {
  const ario__meter *meters[] = {meter_at(j->first, j->end - 1), meter_at(j->second, j->begin)};
  double length = 0;
  for (size_t bar = 0; bar < j->bars; bar++)
    length += bar_ticks(NULL, meters[2 * bar >= j->bars + (j->bars > 1 ? 0 : 1)], j->division);
  return llround(length);
}

// What the first song has left on the channels is set back before the second begins.
static bool write_resets(joiner *j) {
  static const uint8_t ports[ARIO_MIDI_PORTS] = {0, 1, 2, 3};
  ario_channels *state = malloc(sizeof *state);
  ario__track_events list = {.keys = NULL};
  if (!state) return false;
  ario_channels_init(state);
  for (size_t i = 0; i < j->first->smf.event_count; i++) {
    const ario_midi_event *event = &j->first->events[i];
    if (event->bytes[0] != 0xff)
      ario_channels_feed(state, event->port, event->tick, event->bytes, event->size, NULL, NULL);
  }
  uint32_t tick = (uint32_t)j->to;
  for (unsigned c = 0; c < 16 * j->first->port_count; c++) {
    const ario_channel *channel = &state->channels[c];
    if (!channel->used) continue;
    ario__track_add(&list, tick, ARIO__ORDER_RESET, c, 0xb0, RESET, 0);
    for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++)
      if (channel->control[ario__taken_over[i].number] >= 0)
        ario__track_add(&list, tick, ARIO__ORDER_CONTROL, c, 0xb0, ario__taken_over[i].number,
                        ario__taken_over[i].normal);
    if (channel->program > 0) ario__track_add(&list, tick, ARIO__ORDER_PROGRAM, c, 0xc0, 0, 0);
  }
  free(state);
  size_t begin = ario__begin_chunk(&j->file);
  bool fits = ario__track_write(&j->file, &list, j->first->port_count > 1 ? j->first->ports : ports);
  ario__end_chunk(&j->file, begin);
  fits = fits && !list.failed;
  ario__track_free(&list);
  return fits;
}

static bool write_all(joiner *j) {
  const ario__smf *a = &j->first->smf, *b = &j->second->smf;
  bool fits = true;
  ario__write_head(&j->file, 1, a->track_count + b->track_count + 2, j->division);
  for (size_t i = 0; i < a->track_count && fits; i++) fits = copy_track(j, j->first, &a->tracks[i]);
  write_map(j);
  fits = fits && write_resets(j);
  for (size_t i = 0; i < b->track_count && fits; i++) fits = copy_track(j, j->second, &b->tracks[i]);
  return fits;
}

// ---- All of it ----

static ario_status find_meeting(joiner *j, ario_error *error) {
  int64_t begins, ends, ignored;
  if (j->first->smf.frames || j->second->smf.frames)
    return ario_fail(
        error, ARIO_ERR_UNSUPPORTED,
        "the time of the %s is counted in SMPTE frames, which have no bars and beats; save it with a tempo",
        j->first->smf.frames ? "first file" : "second file");
  if (!find_music(j->first, &ignored, &ends))
    return ario_fail(error, ARIO_ERR_FORMAT, "no note in the first file");
  if (!find_music(j->second, &begins, &ignored))
    return ario_fail(error, ARIO_ERR_FORMAT, "no note in the second file");
  j->division = division_of(j->first->smf.division, j->second->smf.division);
  j->end = line_at(j->first, ends, true);
  j->begin = line_at(j->second, begins, false);
  j->from = scaled(j, j->first, j->end);
  j->to = j->from + length_of_bars(j);
  double last = (double)j->to + (double)scaled(j, j->second, j->second->end_tick);
  bool fits = last < ARIO__SMF_MAX_TICK &&
              j->first->smf.track_count + j->second->smf.track_count + 2 <= ARIO__SMF_MAX_TRACKS;
  return fits ? ARIO_OK : ario_fail(error, ARIO_ERR_LIMIT, "the two are too long for one MIDI file");
}

// The times at which the empty bars begin and end, by the map that was written.
static ario_status find_times(const joiner *j, int64_t *from, int64_t *to, ario_error *error) {
  ario_song *song;
  ario_status status = ario_song_parse(j->file.bytes, j->file.size, &song, error);
  if (status) return status;
  for (int side = 0; side < 2; side++) {
    int64_t tick = side ? j->to : j->from;
    const ario__tempo *tempo = ario__tempo_at(song->tempos, song->tempo_count, (uint32_t)tick);
    int64_t elapsed = tempo->elapsed + (tick - tempo->tick) * tempo->tempo;
    *(side ? to : from) = ario__microseconds(elapsed, song->division);
  }
  ario_song_free(song);
  return ARIO_OK;
}

ario_status ario_song_join(const ario_song *first, const ario_song *second, size_t bars, uint8_t **bytes,
                           size_t *size, int64_t *from, int64_t *to, ario_error *error) {
  joiner j = {.first = first, .second = second, .bars = bars};
  *bytes = NULL;
  *size = 0;
  if (bars < 1 || bars > ARIO_SONG_JOIN_BARS)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "between two songs are 1 to %d bars", ARIO_SONG_JOIN_BARS);
  ario_status status = find_meeting(&j, error);
  if (status) return status;
  bool fits = write_all(&j);
  if (j.file.failed) status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status && !fits) status = ario_fail(error, ARIO_ERR_LIMIT, "the two are too long for one MIDI file");
  if (!status) status = find_times(&j, from, to, error);
  if (status) {
    ario__buffer_free(&j.file);
    return status;
  }
  *bytes = j.file.bytes;
  *size = j.file.size;
  return ARIO_OK;
}
