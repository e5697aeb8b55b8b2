// SPDX-License-Identifier: MIT
//
// MIDI bytes -> a song: events in order of time, the tempo and meter map, bars, and what a person wants to
// know about it.
#include "codecs/midi/song.h"
#include "arioso/file.h"
#include "arioso/text.h"
#include "codecs/midi/smf_read.h"
#include "codecs/midi/song_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- Time ----

int64_t ario__microseconds(int64_t elapsed, int64_t division) {
  return (2 * elapsed + division) / (2 * division);
}

int64_t ario__steps(int64_t elapsed, int64_t division) {
  int64_t second = division * 1000000;
  return (2 * ARIO_MIDI_STEPS_PER_SECOND * elapsed + second) / (2 * second);
}

const ario__tempo *ario__tempo_at(const ario__tempo *tempos, size_t count, uint32_t tick) {
  size_t low = 0, high = count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (tempos[middle].tick <= tick)
      low = middle;
    else
      high = middle;
  }
  return &tempos[low];
}

// ---- Events ----

typedef struct collector {
  ario_song *song;
  size_t *offsets, *sizes; // of each event, in the pool
  size_t count, event_room;
  size_t pool_size, pool_room;
} collector;

static ario_status grow(collector *c, size_t size) {
  if (c->count == c->event_room) {
    size_t room = c->event_room ? 2 * c->event_room : 1024;
    size_t *offsets = realloc(c->offsets, room * sizeof *offsets);
    if (offsets) c->offsets = offsets;
    size_t *sizes = offsets ? realloc(c->sizes, room * sizeof *sizes) : NULL;
    if (sizes) c->sizes = sizes;
    if (!sizes) return ARIO_ERR_MEMORY;
    c->event_room = room;
  }
  if (size > c->pool_room - c->pool_size) {
    size_t room = 2 * c->pool_room + size + 4096;
    uint8_t *pool = realloc(c->song->pool, room);
    if (!pool) return ARIO_ERR_MEMORY;
    c->song->pool = pool;
    c->pool_room = room;
  }
  return ARIO_OK;
}

static ario_status take_event(void *context, const uint8_t *bytes, size_t size) {
  collector *c = context;
  ario_status status = grow(c, size);
  if (status) return status;
  memcpy(c->song->pool + c->pool_size, bytes, size);
  c->offsets[c->count] = c->pool_size;
  c->sizes[c->count++] = size;
  c->pool_size += size;
  return ARIO_OK;
}

static ario_status take_page(void *context, const uint8_t *file, size_t size) {
  return ario__smf_read(file, size, take_event, context);
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// Sorts the events by tick; those of one tick stay in the order of the file.
static bool order_events(const collector *c) {
  ario_song *song = c->song;
  size_t count = c->count;
  uint64_t *keys = malloc((count + 1) * sizeof *keys);
  song->events = malloc((count + 1) * sizeof *song->events);
  song->rank = malloc((count + 1) * sizeof *song->rank);
  if (!keys || !song->events || !song->rank) {
    free(keys);
    return false;
  }
  for (size_t i = 0; i < count; i++) keys[i] = (uint64_t)song->smf.events[i].tick << 32 | i;
  qsort(keys, count, sizeof *keys, by_value);
  for (size_t i = 0; i < count; i++) song->rank[keys[i] & UINT32_MAX] = (uint32_t)i;
  free(keys);
  for (size_t t = 0; t < song->smf.track_count; t++) {
    const ario__smf_track *track = &song->smf.tracks[t];
    for (size_t i = track->first; i < track->first + track->count; i++)
      song->events[song->rank[i]] = (ario_midi_event){.tick = song->smf.events[i].tick,
                                                      .bytes = song->pool + c->offsets[i],
                                                      .size = (uint32_t)c->sizes[i],
                                                      .track = (uint16_t)(t + 1)};
  }
  return true;
}

static ario_status read_events(ario_song *song, ario_error *error) {
  collector c = {.song = song};
  ario_status status = ario__smf_clean(song->bytes, song->size, &song->smf, take_page, &c, error);
  if (!status && c.count != song->smf.event_count)
    status = ario_fail(error, ARIO_ERR_FORMAT, "%zu events were found, but %zu read", song->smf.event_count,
                       c.count);
  if (!status && !order_events(&c))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  free(c.offsets);
  free(c.sizes);
  return status;
}

// ---- Ports ----

static bool is_meta(const ario_midi_event *event, unsigned type) {
  return event->bytes[0] == 0xff && event->bytes[1] == type;
}

static bool has_ports(const ario_song *song) {
  for (size_t i = 0; i < song->smf.event_count; i++)
    if (is_meta(&song->events[i], 0x21)) return true;
  return false;
}

// Gives each event the port that its track names last, as the file numbers them, and marks in `named` those that
// channel messages go to.
static void name_ports(ario_song *song, bool named[256]) {
  size_t track = 0;
  for (size_t i = 0, port = 0; i < song->smf.event_count; i++) {
    ario_midi_event *event = &song->events[song->rank[i]];
    if (event->track != track) port = 0;
    track = event->track;
    if (is_meta(event, 0x21) && event->size > 2) port = event->bytes[2];
    event->port = (uint8_t)port;
    named[port] |= event->bytes[0] < 0xf0;
  }
}

// The ports in use are numbered from 0 on, in their order; where there are too many, those past the last are
// heard with the first ones.
static void find_ports(ario_song *song) {
  bool named[256] = {false};
  uint8_t index[256] = {0};
  song->port_count = 1;
  if (!has_ports(song)) return;
  name_ports(song, named);
  size_t count = 0;
  for (unsigned port = 0; port < 256; port++) {
    if (named[port] && count < ARIO_MIDI_PORTS) song->ports[count] = (uint8_t)port;
    index[port] = (uint8_t)(count % ARIO_MIDI_PORTS);
    count += named[port];
  }
  song->port_count = count < 1 ? 1 : count < ARIO_MIDI_PORTS ? count : ARIO_MIDI_PORTS;
  for (size_t i = 0; i < song->smf.event_count; i++) song->events[i].port = index[song->events[i].port];
}

// ---- Tempo, meter, time of the events ----

static void add_tempo(ario_song *song, const ario_midi_event *event, int64_t elapsed) {
  const uint8_t *p = event->bytes + 2;
  uint32_t tempo = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
  ario__tempo *last = &song->tempos[song->tempo_count - 1];
  if (last->tempo == tempo) return;
  if (last->tick != (uint32_t)event->tick) last = &song->tempos[song->tempo_count++];
  *last = (ario__tempo){.tick = (uint32_t)event->tick, .tempo = tempo, .elapsed = elapsed};
}

static void add_meter(ario_song *song, const ario_midi_event *event) {
  ario__meter meter = {(uint32_t)event->tick, event->bytes[2], event->bytes[3]};
  ario__meter *last = &song->meters[song->meter_count - 1];
  if (meter.numerator == last->numerator && meter.log2_denominator == last->log2_denominator) return;
  if (last->tick != meter.tick) last = &song->meters[song->meter_count++];
  *last = meter;
}

static bool make_maps(ario_song *song) {
  size_t tempos = 1, meters = 1;
  for (size_t i = 0; i < song->smf.event_count; i++) {
    tempos += is_meta(&song->events[i], 0x51);
    meters += is_meta(&song->events[i], 0x58);
  }
  song->tempos = malloc(tempos * sizeof *song->tempos);
  song->meters = malloc(meters * sizeof *song->meters);
  if (!song->tempos || !song->meters) return false;
  const ario__smf *smf = &song->smf;
  uint32_t tempo = ARIO__DEFAULT_TEMPO;
  song->division = smf->division;
  if (smf->frames) { // 29 stands for 30000/1001
    tempo = smf->frames == 29 ? 1001000 : 1000000;
    song->division = (int64_t)(smf->frames == 29 ? 30 : smf->frames) * smf->division;
  }
  song->tempos[0] = (ario__tempo){.tempo = tempo};
  song->meters[0] = (ario__meter){.numerator = 4, .log2_denominator = 2};
  song->tempo_count = song->meter_count = 1;
  return true;
}

// Turns ticks into times, and collects the maps.
static bool time_events(ario_song *song) {
  if (!make_maps(song)) return false;
  int64_t elapsed = 0, tick = 0;
  for (size_t i = 0; i < song->smf.event_count; i++) {
    ario_midi_event *event = &song->events[i];
    elapsed += (event->tick - tick) * song->tempos[song->tempo_count - 1].tempo;
    tick = event->tick;
    event->microseconds = ario__microseconds(elapsed, song->division);
    event->step = ario__steps(elapsed, song->division);
    if (is_meta(event, 0x51) && !song->smf.frames) add_tempo(song, event, elapsed);
    if (is_meta(event, 0x58)) add_meter(song, event);
  }
  for (size_t t = 0; t < song->smf.track_count; t++)
    if (song->smf.tracks[t].end_tick > song->end_tick) song->end_tick = song->smf.tracks[t].end_tick;
  elapsed += (song->end_tick - tick) * song->tempos[song->tempo_count - 1].tempo;
  song->end_microseconds = ario__microseconds(elapsed, song->division);
  song->end_step = ario__steps(elapsed, song->division);
  return true;
}

// ---- Tracks ----

static bool describe_tracks(ario_song *song) {
  song->track_infos = calloc(song->smf.track_count, sizeof *song->track_infos);
  if (!song->track_infos) return false;
  for (size_t i = 0; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    ario_track_info *track = &song->track_infos[event->track - 1];
    if (is_meta(event, 3) && !track->name[0])
      ario_text_clean((const char *)event->bytes + 2, event->size - 2, track->name, sizeof track->name);
  }
  return true;
}

// ---- A song ----

ario_status ario_song_parse(const uint8_t *bytes, size_t size, ario_song **out, ario_error *error) {
  *out = NULL;
  if (size > ARIO__SMF_MAX_BYTES)
    return ario_fail(error, ARIO_ERR_LIMIT, "%zu bytes; a MIDI file of at most %d can be read", size,
                     ARIO__SMF_MAX_BYTES);
  ario_song *song = calloc(1, sizeof *song);
  if (song) song->bytes = malloc(size + 1);
  if (!song || !song->bytes) {
    ario_song_free(song);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  if (size) memcpy(song->bytes, bytes, size);
  song->size = size;
  ario_status status = read_events(song, error);
  if (!status) find_ports(song);
  if (!status && (!time_events(song) || !describe_tracks(song) || !ario__song_hear(song)))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (status) {
    ario_song_free(song);
    return status;
  }
  *out = song;
  return ARIO_OK;
}

ario_status ario_song_open(const char *path, ario_song **out, ario_error *error) {
  *out = NULL;
  uint8_t *bytes;
  size_t size;
  ario_status status = ario_file_read(path, ARIO__SMF_MAX_BYTES, &bytes, &size, error);
  if (status) return status;
  ario_error inner = {{0}};
  status = ario_song_parse(bytes, size, out, &inner);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", path, inner.text) : ARIO_OK;
}

void ario_song_free(ario_song *song) {
  if (!song) return;
  ario__smf_free(&song->smf);
  free(song->bytes);
  free(song->pool);
  free(song->events);
  free(song->rank);
  free(song->tempos);
  free(song->meters);
  free(song->notes);
  free(song->drums);
  free(song->track_infos);
  free(song);
}

const ario_midi_event *ario_song_events(const ario_song *song, size_t *count) {
  *count = song->smf.event_count;
  return song->events;
}

const ario_note *ario_song_notes(const ario_song *song, size_t *count) {
  *count = song->note_count;
  return song->notes;
}

const ario_note *ario_song_drums(const ario_song *song, size_t *count) {
  *count = song->drum_count;
  return song->drums;
}

const char *ario_song_warning(const ario_song *song, size_t index) {
  return index < ARIO__SMF_WARNINGS ? song->smf.warnings[index] : NULL;
}

ario_track_info ario_song_track(const ario_song *song, unsigned track) {
  if (track == 0 || track > song->smf.track_count) return (ario_track_info){.notes = 0};
  return song->track_infos[track - 1];
}

ario_song_info ario_song_describe(const ario_song *song) {
  ario_song_info info = {.format = song->smf.format,
                         .tracks = (unsigned)song->smf.track_count,
                         .division = song->smf.division,
                         .frames = song->smf.frames,
                         .ports = (unsigned)song->port_count,
                         .notes = song->note_count,
                         .drum_notes = song->drum_count,
                         .hanging = song->hanging,
                         .microseconds = song->end_microseconds,
                         .tempo_changes = song->tempo_count - 1,
                         .meter_numerator = song->meters[0].numerator,
                         .meter_denominator = 1u << song->meters[0].log2_denominator,
                         .meter_changes = song->meter_count - 1,
                         .warnings = song->smf.warning_count};
  if (!song->smf.frames) info.first_tempo = 60e6 / song->tempos[0].tempo;
  for (size_t i = 0; i < song->note_count; i++)
    if (song->notes[i].end > info.music_end) info.music_end = song->notes[i].end;
  return info;
}

// ---- Bars ----

// The time of a place in parts of a tick, of which a tick has 2^shift; *elapsed is in the same parts. False
// past ten days: up to there twice the largest number (2^7 parts, division 32767) fits into 63 bits.
static bool time_of(const ario_song *song, double place, int64_t parts, unsigned shift, int64_t *elapsed) {
  uint32_t tick = place < ARIO__SMF_MAX_TICK ? (uint32_t)place : ARIO__SMF_MAX_TICK;
  const ario__tempo *tempo = ario__tempo_at(song->tempos, song->tempo_count, tick);
  double most = 1e6 / ARIO_MIDI_STEPS_PER_SECOND * (double)ARIO__MAX_STEPS * (double)song->division;
  if ((double)tempo->elapsed + (place - tempo->tick) * tempo->tempo > most) return false;
  *elapsed =
      tempo->elapsed * ((int64_t)1 << shift) + (parts - ((int64_t)tempo->tick << shift)) * tempo->tempo;
  return true;
}

ario_status ario_song_bar(const ario_song *song, size_t bar, int64_t *microseconds) {
  *microseconds = 0;
  if (song->smf.frames) return ARIO_ERR_UNSUPPORTED;
  if (bar == 0) return ARIO_ERR_ARGUMENT;
  size_t passed = bar - 1; // bars from the meter's beginning; a change of meter begins a bar
  for (size_t i = 0; i < song->meter_count; i++) {
    const ario__meter *meter = &song->meters[i];
    unsigned shift = meter->log2_denominator;
    int64_t length = (int64_t)meter->numerator * 4 * song->division; // of a bar, in parts of a tick
    if (i + 1 < song->meter_count) {
      int64_t span = (int64_t)(song->meters[i + 1].tick - meter->tick) << shift;
      size_t bars = (size_t)((span + length - 1) / length);
      if (passed >= bars) {
        passed -= bars;
        continue;
      }
    }
    double place = meter->tick + (double)passed * (double)length / (double)(1u << shift);
    if (place > 1e15) return ARIO_ERR_LIMIT;
    int64_t parts = ((int64_t)meter->tick << shift) + (int64_t)passed * length, elapsed;
    if (!time_of(song, place, parts, shift, &elapsed)) return ARIO_ERR_LIMIT;
    *microseconds = ario__microseconds(elapsed, song->division << shift);
    return ARIO_OK;
  }
  return ARIO_ERR_LIMIT;
}

ario_status ario_song_bars(const ario_song *song, int64_t from, size_t bars, int64_t *microseconds) {
  ario__pulse pulse;
  *microseconds = from;
  if (!ario__song_pulse(song, from, &pulse)) return ARIO_ERR_UNSUPPORTED;
  if (bars == 0) return ARIO_ERR_ARGUMENT;
  double time = (double)from + (floor(pulse.bars + 0.5) + (double)bars - pulse.bars) * pulse.bar;
  if (time > 1e6 / ARIO_MIDI_STEPS_PER_SECOND * (double)ARIO__MAX_STEPS) return ARIO_ERR_LIMIT;
  *microseconds = llround(time);
  return ARIO_OK;
}

ario_status ario_song_bar_at(const ario_song *song, int64_t microseconds, size_t *bar) {
  int64_t begin;
  size_t low = 1, high = 2; // bar `low` begins at or before the time
  *bar = 0;
  if (microseconds < 0) return ARIO_ERR_ARGUMENT;
  ario_status status = ario_song_bar(song, high, &begin);
  while (!status && begin <= microseconds) {
    low = high;
    high *= 2;
    status = ario_song_bar(song, high, &begin);
  }
  if (status == ARIO_ERR_UNSUPPORTED) return status;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (!ario_song_bar(song, middle, &begin) && begin <= microseconds)
      low = middle;
    else
      high = middle;
  }
  *bar = low;
  return ario_song_bar(song, low + 1, &begin);
}

ario_status ario__song_encode(const uint8_t *bytes, size_t size, ario__song_encoder encoder,
                              ario_token **tokens, size_t *count, ario_error *error) {
  *tokens = NULL;
  *count = 0;
  ario_song *song;
  ario_status status = ario_song_parse(bytes, size, &song, error);
  if (status) return status;
  status = encoder(song, tokens, count, error);
  ario_song_free(song);
  return status;
}
