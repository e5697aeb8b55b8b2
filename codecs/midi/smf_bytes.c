// SPDX-License-Identifier: MIT
//
// Any bytes -> clean MIDI files, page by page. What is wrong becomes a warning that names the byte. As little
// as possible is lost; a delta never is, whatever happens to its event.
#include "codecs/midi/smf_bytes.h"
#include "codecs/midi/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  BOX = 0xf0,
  META = 0xff,
  META_END = 0x2f,
  META_TEMPO = 0x51,
  META_METER = 0x58,
  SEARCH_BYTES = 1 << 16, // how far a header is searched for
  CHUNK_HEAD = 8,
  HEADER_DATA = 6,
  DEFAULT_DIVISION = 480,
  PAGE_HEAD = 22, // MThd chunk and the head of the MTrk chunk
  TRIED_BYTES = 1 << 24,
};

// A byte above 7F stands where data are expected: it is taken as data, of the greatest value. Or as a status: the
// message before it is left out, but for a status of real time, which is left out itself.
typedef enum reading { AS_DATA, AS_STATUS } reading;

// A reading that is only tried: nothing comes of it but what it costs.
typedef struct trial {
  reading as;       // how its first byte above 7F is taken; those after it are data,
  unsigned byte;    // the first; 0: it was not taken yet
  bool real_time;   // or, if the first was left out as one of real time, others of real time are, too
  size_t status_at; // its place, if it is a status; 0: it is none
  size_t cost;      // repairs and bytes that are left out
} trial;

typedef struct reader {
  const uint8_t *bytes;
  size_t end;         // end of the bytes that are read
  size_t header;      // place of the header
  size_t track_limit; // number of tracks that the header states
  bool pieces;        // of type 2: tracks are pieces of their own
  size_t track_room, event_room;
  ario__smf *smf;
  ario__smf_page page;
  void *context;
  ario_error *error;
  // The page that is being filled.
  ario__buffer file;
  size_t page_events;
  // The track that is being read.
  ario__smf_track *track;
  size_t at, stop;  // next byte, and the end of the chunk's data
  uint64_t tick;    // of the next event, deltas summed; clipped when an event is added
  uint32_t written; // tick of the event before
  unsigned running; // current running status; 0: none
  bool ended;       // the last event was an End of Track
  bool cut_short;   // the byte at `at` is a status where data were expected: it has no delta
  bool clipped;     // the warning of a tick past the limit was given
  trial *trial;     // NULL: events are added and warnings given
  size_t tries;     // bytes that may be read on trial yet
} reader;

// ---- Warnings ----

ARIO_PRINTF(3, 4) static void warn(reader *r, size_t byte, const char *format, ...) {
  if (r->trial) {
    r->trial->cost++;
    return;
  }
  size_t index = r->smf->warning_count++;
  if (index >= ARIO__SMF_WARNINGS) return;
  char text[200];
  int head = snprintf(text, sizeof text, "byte %zu: ", byte);
  va_list args;
  va_start(args, format);
  vsnprintf(text + head, sizeof text - (size_t)head, format, args);
  va_end(args);
  r->smf->warnings[index] = strdup(text); // without memory the text is missing, but it is counted
}

// The track's source bytes do not say what is read from them.
#define REPAIR(r, ...) (set_repaired(r), warn((r), __VA_ARGS__))

static void set_repaired(reader *r) {
  if (!r->trial) r->track->repaired = true;
}

enum { DOUBTED_BYTES = 8 };

// What the format allows but hardly any file has tells for another reading of the bytes; so does a great length of the
// event that begins with the byte that is tried as a status, which hides what is wrong in the bytes that it covers.
static void doubt(reader *r, size_t begin, bool odd, size_t length) {
  if (!r->trial) return;
  r->trial->cost += odd;
  if (begin == r->trial->status_at) r->trial->cost += length / DOUBTED_BYTES;
}

static ario_status no_memory(reader *r) {
  return ario_fail(r->error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
}

// ---- Numbers ----

static unsigned be16(const uint8_t *p) {
  return (unsigned)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p) {
  return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static uint32_t le32(const uint8_t *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

// Reads a variable-length quantity at r->at. False if the track ends inside it. One longer than the four
// bytes that the format allows is read nevertheless, limited to 32 bits.
static bool read_vlq(reader *r, uint32_t *value) {
  size_t start = r->at;
  uint64_t sum = 0;
  while (r->at < r->stop) {
    uint8_t byte = r->bytes[r->at++];
    sum = sum << 7 | (byte & 127);
    if (sum > UINT32_MAX) sum = UINT32_MAX;
    if (byte & 128) continue;
    if (r->at - start > 4)
      REPAIR(r, start, "a number of %zu bytes, at most 4 are allowed; it is read as %lu", r->at - start,
             (unsigned long)sum);
    *value = (uint32_t)sum;
    return true;
  }
  return false;
}

// ---- Pages ----

static void begin_page(reader *r) {
  r->file.size = 0;
  r->page_events = 0;
  ario__buffer_add(&r->file, "MThd", 4);
  ario__buffer_be32(&r->file, HEADER_DATA);
  ario__buffer_be16(&r->file, 0);
  ario__buffer_be16(&r->file, 1);
  ario__buffer_be16(&r->file, DEFAULT_DIVISION); // libsmf refuses SMPTE time; its own times are not used
  ario__buffer_add(&r->file, "MTrk", 4);
  ario__buffer_be32(&r->file, 0);
}

static ario_status end_page(reader *r) {
  if (r->page_events == 0) return ARIO_OK;
  ario__buffer_add(&r->file, (const uint8_t[]){0, META, META_END, 0}, 4);
  if (!r->file.failed) ario__buffer_set_be32(&r->file, PAGE_HEAD - 4, (uint32_t)(r->file.size - PAGE_HEAD));
  if (r->file.failed) return no_memory(r);
  ario_status status = r->page(r->context, r->file.bytes, r->file.size);
  if (status == ARIO_ERR_MEMORY) return no_memory(r);
  if (status)
    return ario_fail(r->error, status, "byte %lu: the events of track %zu from here on cannot be read",
                     (unsigned long)r->smf->events[r->smf->event_count - r->page_events].begin,
                     r->smf->track_count);
  begin_page(r);
  return ARIO_OK;
}

// ---- Events ----

static ario_status grow_events(reader *r, size_t byte) {
  ario__smf *smf = r->smf;
  if (smf->event_count == ARIO__SMF_MAX_EVENTS)
    return ario_fail(r->error, ARIO_ERR_LIMIT, "byte %zu: more than %d events; split the file", byte,
                     ARIO__SMF_MAX_EVENTS);
  if (smf->event_count < r->event_room) return ARIO_OK;
  size_t room = r->event_room ? 2 * r->event_room : 1024;
  ario__smf_event *grown = realloc(smf->events, room * sizeof *grown);
  if (!grown) return no_memory(r);
  smf->events = grown;
  r->event_room = room;
  return ARIO_OK;
}

// Adds an event with the source bytes [begin, r->at). The complete event is `head` followed by `data`.
static ario_status add_event(reader *r, size_t begin, const uint8_t *head, size_t head_size,
                             const uint8_t *data, size_t size) {
  r->ended = false;
  if (r->trial) return ARIO_OK;
  ario_status status = grow_events(r, begin);
  if (status) return status;
  if (r->tick > ARIO__SMF_MAX_TICK) {
    r->tick = ARIO__SMF_MAX_TICK;
    r->track->repaired = true;
    if (!r->clipped) warn(r, begin, "past tick %d; this and what follows is put there", ARIO__SMF_MAX_TICK);
    r->clipped = true;
  }
  uint32_t tick = (uint32_t)r->tick, delta = tick - r->written;
  if (delta > ARIO__VLQ_MAX) { // only possible as a sum of deltas of dropped events
    delta = ARIO__VLQ_MAX;
    tick = r->written + delta;
    r->tick = tick;
    REPAIR(r, begin, "a pause of more than %lu ticks is cut to that", (unsigned long)ARIO__VLQ_MAX);
  }
  ario__buffer_vlq(&r->file, delta);
  if (head[0] >= 0xf0) {
    ario__buffer_byte(&r->file, BOX);
    ario__buffer_vlq(&r->file, (uint32_t)(head_size + size));
  }
  ario__buffer_add(&r->file, head, head_size);
  ario__buffer_add(&r->file, data, size);
  r->written = tick;
  r->smf->events[r->smf->event_count++] =
      (ario__smf_event){.tick = tick, .begin = (uint32_t)begin, .end = (uint32_t)r->at};
  r->track->count++;
  r->page_events++;
  if (r->file.failed) return no_memory(r);
  if (r->page_events == ARIO__SMF_PAGE_EVENTS || r->file.size >= ARIO__SMF_PAGE_BYTES) return end_page(r);
  return ARIO_OK;
}

static ario_status truncated(reader *r, size_t byte, const char *what) {
  REPAIR(r, byte, "the track ends inside %s, which is left out", what);
  if (r->trial) r->trial->cost += r->stop - byte;
  r->at = r->stop;
  return ARIO_OK;
}

// True if this meta event with data [size] is kept. *size may be reduced.
static bool check_meta(reader *r, size_t begin, unsigned type, const uint8_t *data, size_t *size) {
  if (type == META_TEMPO && *size > 3) {
    REPAIR(r, begin, "a tempo of %zu bytes, not 3; the first 3 are used", *size);
    *size = 3;
  }
  if (type == META_TEMPO && (*size < 3 || (data[0] | data[1] | data[2]) == 0)) {
    REPAIR(r, begin, *size < 3 ? "a tempo of less than 3 bytes is left out" : "a tempo of 0 is left out");
    return false;
  }
  if (type == META_METER && (*size < 2 || data[0] == 0)) {
    REPAIR(r, begin,
           *size < 2 ? "a meter of less than 2 bytes is left out" : "a meter of 0 beats is left out");
    return false;
  }
  if (type == META_METER && data[1] > ARIO__SMF_MAX_LOG2_BEAT) {
    REPAIR(r, begin, "a meter in beats of 1/2^%u is left out", data[1]);
    return false;
  }
  return true;
}

static ario_status read_meta(reader *r, size_t begin) {
  uint32_t length;
  if (r->at == r->stop) return truncated(r, begin, "a meta event");
  unsigned type = r->bytes[r->at++];
  if (!read_vlq(r, &length) || length > r->stop - r->at) return truncated(r, begin, "a meta event");
  const uint8_t *data = r->bytes + r->at;
  size_t size = length;
  r->at += size;
  doubt(r, begin, type > 127, length);
  if (type == META_END) {
    if (size) REPAIR(r, begin, "an End of Track with data");
    if (r->at < r->stop)
      REPAIR(r, begin, "End of Track in the middle of track %zu, which is read on", r->smf->track_count);
    r->ended = true;
    return ARIO_OK;
  }
  if (!check_meta(r, begin, type, data, &size)) return ARIO_OK;
  return add_event(r, begin, (const uint8_t[]){META, (uint8_t)type}, 2, data, size);
}

// System exclusive (F0) or an escape (F7): a length and data.
static ario_status read_sysex(reader *r, size_t begin, unsigned status) {
  uint32_t length;
  if (!read_vlq(r, &length) || length > r->stop - r->at)
    return truncated(r, begin, "a system exclusive event");
  r->at += length;
  doubt(r, begin, status == 0xf0 && (length == 0 || r->bytes[r->at - 1] != 0xf7), length);
  return add_event(r, begin, (const uint8_t[]){(uint8_t)status}, 1, r->bytes + r->at - length, length);
}

// System common and real time messages are not allowed in a file; mido and others skip them.
static ario_status skip_system(reader *r, size_t begin, unsigned status) {
  size_t data = status == 0xf2 ? 2 : status == 0xf1 || status == 0xf3 ? 1 : 0;
  REPAIR(r, begin, "a system message (%02x), which a file cannot have, is left out", status);
  while (data-- && r->at < r->stop && r->bytes[r->at] < 128) r->at++;
  return ARIO_OK;
}

static reading choose_reading(reader *r, size_t begin, unsigned i, const uint8_t *message);

static bool is_real_time(unsigned byte) {
  return byte >= 0xf8 && byte != META;
}

static reading trial_reading(reader *r, unsigned byte) {
  trial *t = r->trial;
  if (!t->byte) {
    t->byte = byte;
    t->real_time = t->as == AS_STATUS && is_real_time(byte);
    t->status_at = t->as == AS_STATUS ? r->at : 0;
    return t->as;
  }
  // Where one value is data, the others of this value cost no more.
  if (t->as == AS_DATA && t->byte == byte) t->cost--;
  return t->real_time && is_real_time(byte) ? AS_STATUS : AS_DATA;
}

// Goes on with a channel message from its data byte `i` on.
static ario_status read_data(reader *r, size_t begin, unsigned i, uint8_t *message) {
  unsigned need = (message[0] & 0xe0) == 0xc0 ? 1 : 2;
  while (i <= need) {
    if (r->at == r->stop) return truncated(r, begin, "a channel message");
    unsigned byte = r->bytes[r->at];
    reading as = byte < 128 ? AS_DATA
                 : r->trial ? trial_reading(r, byte)
                            : choose_reading(r, begin, i, message);
    if (as == AS_STATUS && is_real_time(byte)) {
      REPAIR(r, r->at, "a real time message (%02x) inside another is left out", byte);
      r->at++;
      continue;
    }
    if (as == AS_STATUS) {
      REPAIR(r, r->at, "status %02x where data are expected; the message before it is left out", byte);
      if (r->trial) r->trial->cost++; // a message is worth more than a value
      r->cut_short = true;
      return ARIO_OK;
    }
    if (byte > 127) REPAIR(r, r->at, "%02x is not a data byte; it is read as 7f", byte);
    message[i++] = byte > 127 ? 127 : (uint8_t)byte;
    r->at++;
  }
  return add_event(r, begin, message, need + 1, NULL, 0);
}

static ario_status read_channel(reader *r, size_t begin, unsigned status) {
  uint8_t message[3] = {(uint8_t)status, 0, 0};
  return read_data(r, begin, 1, message);
}

// Reads the event at r->at, whose delta was read.
static ario_status read_event(reader *r) {
  size_t begin = r->at;
  if (r->bytes[r->at] < 128 && r->running == 0) {
    while (r->at < r->stop && r->bytes[r->at] < 128) r->at++;
    REPAIR(r, begin, "%zu data bytes without a status are left out", r->at - begin);
    if (r->at == r->stop) return ARIO_OK;
    begin = r->at;
  }
  unsigned status = r->bytes[r->at] < 128 ? r->running : r->bytes[r->at++];
  if (status < 0xf0) {
    r->running = status;
    return read_channel(r, begin, status);
  }
  if (status == META) return read_meta(r, begin);
  if (status == 0xf0 || status == 0xf7) return read_sysex(r, begin, status);
  return skip_system(r, begin, status);
}

// Reads the delta at r->at and its event.
static ario_status read_next(reader *r) {
  size_t begin = r->at;
  uint32_t delta = 0;
  if (!r->cut_short && !read_vlq(r, &delta)) {
    REPAIR(r, begin, "the track ends inside a delta time");
    return ARIO_OK;
  }
  r->tick += delta;
  doubt(r, begin, delta >= 1 << 21, 0);
  r->ended = false;
  if (r->at == r->stop) {
    REPAIR(r, begin, "the track ends after a delta time");
    return ARIO_OK;
  }
  r->cut_short = false;
  return read_event(r);
}

static ario_status read_events(reader *r) {
  ario_status status = ARIO_OK;
  while (r->at < r->stop && !status) status = read_next(r);
  return status;
}

// ---- Bytes that are data or a status ----

static bool is_behind(const reader *a, const reader *b) {
  return a->at < b->at || (a->at == b->at && a->cut_short && !b->cut_short);
}

static bool have_met(const reader *a, const reader *b) {
  return a->at == b->at && a->running == b->running && a->cut_short == b->cut_short;
}

// Tries both readings side by side until they come to the same place, from where on they are the same, or to the end
// of the track. The one that comes to the track's End of Track wins, then the one with fewer repairs, then data. What
// all trials of a file may read is bounded; past it, bytes are data.
static reading choose_reading(reader *r, size_t begin, unsigned i, const uint8_t *message) {
  trial trials[2] = {{.as = AS_DATA}, {.as = AS_STATUS}};
  reader tried[2] = {*r, *r};
  for (int k = 0; k < 2; k++) {
    uint8_t copy[3] = {message[0], message[1], message[2]};
    tried[k].trial = &trials[k];
    (void)!read_data(&tried[k], begin, i, copy);
  }
  reader *data = &tried[0], *status = &tried[1];
  while (!have_met(data, status) && (data->at < data->stop || status->at < status->stop)) {
    reader *next =
        data->at == data->stop || (status->at < status->stop && is_behind(status, data)) ? status : data;
    size_t from = next->at;
    (void)!read_next(next);
    if (r->tries < next->at - from) return AS_DATA;
    r->tries -= next->at - from;
  }
  bool met = have_met(data, status) && data->at < data->stop;
  if (!met && data->ended != status->ended) return status->ended ? AS_STATUS : AS_DATA;
  return trials[1].cost < trials[0].cost ? AS_STATUS : AS_DATA;
}

// ---- Tracks ----

static ario_status read_track(reader *r, size_t begin, size_t end) {
  ario__smf *smf = r->smf;
  if (smf->track_count == r->track_room) {
    size_t room = r->track_room ? 2 * r->track_room : 16;
    ario__smf_track *grown = realloc(smf->tracks, room * sizeof *grown);
    if (!grown) return no_memory(r);
    smf->tracks = grown;
    r->track_room = room;
  }
  r->track = &smf->tracks[smf->track_count++];
  *r->track = (ario__smf_track){.begin = (uint32_t)begin, .end = (uint32_t)end, .first = smf->event_count};
  r->at = begin;
  r->stop = end;
  r->tick = 0;
  r->written = 0;
  r->running = 0;
  r->ended = false;
  r->cut_short = false;
  begin_page(r);
  ario_status status = read_events(r);
  if (!status) status = end_page(r);
  if (status) return status;
  if (!r->ended) REPAIR(r, end, "track %zu has no End of Track at its end", smf->track_count);
  uint64_t most = (uint64_t)r->written + ARIO__VLQ_MAX;
  if (most > ARIO__SMF_MAX_TICK) most = ARIO__SMF_MAX_TICK;
  if (r->tick > most) {
    REPAIR(r, end, "track %zu ends past tick %llu; it is ended there", smf->track_count,
           (unsigned long long)most);
    r->tick = most;
  }
  r->track->end_tick = (uint32_t)r->tick;
  return ARIO_OK;
}

// ---- Chunks ----

static const uint8_t *find(const reader *r, size_t from, size_t limit, const char *id) {
  for (const uint8_t *p = r->bytes + from, *last = r->bytes + (limit < r->end ? limit : r->end);
       last - p >= 4; p++) {
    p = memchr(p, id[0], (size_t)(last - p) - 3);
    if (!p) return NULL;
    if (memcmp(p, id, 4) == 0) return p;
  }
  return NULL;
}

// True if a chunk can begin here: its name is four printable characters, and its data fit.
static bool is_chunk(const reader *r, size_t at) {
  if (r->end - at < CHUNK_HEAD) return false;
  const uint8_t *p = r->bytes + at;
  if (memcmp(p, "MTrk", 4) == 0) return true; // whatever its length says
  for (unsigned i = 0; i < 4; i++)
    if (p[i] < 0x20 || p[i] > 0x7e) return false;
  return be32(p + 4) <= r->end - at - CHUNK_HEAD;
}

// The end of the track's data that begin at `begin`: by the stated length if the bytes confirm it.
static size_t track_end(reader *r, size_t begin, uint32_t length) {
  size_t left = r->end - begin, stated = begin + length;
  if (length == left || (length < left && is_chunk(r, stated))) return stated;
  if (length < left && length >= 3 && memcmp(r->bytes + stated - 3, "\xff\x2f", 3) == 0) return stated;
  const uint8_t *next = find(r, begin, SIZE_MAX, "MTrk");
  size_t end = next ? (size_t)(next - r->bytes) : r->end;
  warn(r, begin - 4, "track %zu is said to have %lu bytes; %zu are read", r->smf->track_count + 1,
       (unsigned long)length, end - begin);
  return end;
}

// Are these bytes those of a track that was read?
static bool is_read(const reader *r, size_t begin, size_t end) {
  for (size_t t = 0; t < r->smf->track_count; t++) {
    const ario__smf_track *track = &r->smf->tracks[t];
    if (track->end - track->begin == end - begin &&
        memcmp(r->bytes + track->begin, r->bytes + begin, end - begin) == 0)
      return true;
  }
  return false;
}

// After a gap that follows the last track that the header counts lies what a disk's cluster held before.
static bool is_slack(const reader *r, size_t at) {
  return r->track_limit && r->smf->track_count >= r->track_limit && !is_chunk(r, at);
}

// Reads the chunk at *at and moves on.
static ario_status read_chunk(reader *r, size_t *at) {
  const uint8_t *p = r->bytes + *at;
  size_t data = *at + CHUNK_HEAD;
  if (is_slack(r, *at)) {
    warn(r, *at, "%zu bytes that are not a chunk, after the last track, are left out", r->end - *at);
    *at = r->end;
    return ARIO_OK;
  }
  if (!is_chunk(r, *at) || memcmp(p, "MThd", 4) == 0) {
    bool whole = r->end - *at >= CHUNK_HEAD, header = whole && memcmp(p, "MThd", 4) == 0;
    const uint8_t *next = whole && !header ? find(r, *at, SIZE_MAX, "MTrk") : NULL;
    size_t end = next ? (size_t)(next - r->bytes) : r->end;
    warn(r, *at,
         header ? "a second header; from here on %zu bytes are left out"
                : "%zu bytes that are not a chunk are left out",
         end - *at);
    *at = end;
    return ARIO_OK;
  }
  uint32_t length = be32(p + 4);
  if (memcmp(p, "MTrk", 4) != 0) { // the standard says: skip what you do not know
    *at = data + length;
    return ARIO_OK;
  }
  if (r->smf->track_count == ARIO__SMF_MAX_TRACKS) {
    warn(r, *at, "more than %d tracks; the rest is left out", ARIO__SMF_MAX_TRACKS);
    *at = r->end;
    return ARIO_OK;
  }
  *at = track_end(r, data, length);
  if (r->track_limit && r->smf->track_count >= r->track_limit && is_read(r, data, *at)) {
    warn(r, data - CHUNK_HEAD, "a track more than the header says, the same as one before, is left out");
    return ARIO_OK;
  }
  return read_track(r, data, *at);
}

static ario_status read_chunks(reader *r, size_t at) {
  ario__smf *smf = r->smf;
  while (at < r->end) {
    ario_status status = read_chunk(r, &at);
    if (status) return status;
  }
  if (smf->track_count == 0)
    return ario_fail(r->error, ARIO_ERR_FORMAT, "byte %zu: no track (MTrk) up to the end of the file",
                     r->end);
  if (r->pieces && smf->track_count > 1)
    return ario_fail(
        r->error, ARIO_ERR_UNSUPPORTED,
        "byte %zu: a MIDI file of type 2, whose %zu tracks are pieces of their own; save it as type 0 "
        "or 1",
        r->header + CHUNK_HEAD, smf->track_count);
  if (smf->event_count == 0 && smf->warning_count)
    return ario_fail(r->error, ARIO_ERR_FORMAT, "no event can be read; %s",
                     smf->warnings[0] ? smf->warnings[0] : "the file is broken");
  if (smf->track_count != r->track_limit)
    warn(r, r->header + 10, "the header says %zu tracks; there are %zu", r->track_limit, smf->track_count);
  if (smf->format == 0 && smf->track_count > 1) {
    warn(r, r->header + 8, "type 0, but %zu tracks; they are played together", smf->track_count);
    smf->format = 1;
  }
  return ARIO_OK;
}

// ---- The header ----

// Restricts a RIFF file to its data chunk.
static void unwrap(reader *r, size_t *begin) {
  if (r->end < 20 || memcmp(r->bytes, "RIFF", 4) != 0 || memcmp(r->bytes + 8, "RMID", 4) != 0) return;
  for (size_t at = 12; r->end - at >= CHUNK_HEAD;) {
    size_t size = le32(r->bytes + at + 4), left = r->end - at - CHUNK_HEAD;
    if (memcmp(r->bytes + at, "data", 4) == 0) {
      if (size > left) warn(r, at + 4, "RIFF data of %zu bytes, but the file ends after %zu", size, left);
      *begin = at + CHUNK_HEAD;
      if (size < left) r->end = *begin + size;
      return;
    }
    if (size + (size & 1) >= left) return;
    at += CHUNK_HEAD + size + (size & 1);
  }
}

static void read_division(reader *r, const uint8_t *p) {
  ario__smf *smf = r->smf;
  size_t byte = (size_t)(p - r->bytes);
  unsigned division = be16(p);
  if (division & 0x8000) {
    smf->frames = 256 - p[0];
    smf->division = p[1];
  } else {
    smf->division = division;
  }
  if (smf->division) return;
  smf->division = smf->frames ? 40 : DEFAULT_DIVISION;
  warn(r, byte, "the time base is 0; %u ticks a %s are assumed", smf->division,
       smf->frames ? "frame" : "quarter");
}

// Reads the header at `at`; *next is the place after it.
static ario_status read_header(reader *r, size_t at, size_t *next) {
  if (r->end - at < CHUNK_HEAD + HEADER_DATA)
    return ario_fail(r->error, ARIO_ERR_FORMAT, "byte %zu: the file ends inside the MIDI header", r->end);
  const uint8_t *p = r->bytes + at + CHUNK_HEAD;
  uint32_t length = be32(p - 4);
  unsigned format = be16(p);
  if (format > 2) warn(r, at + CHUNK_HEAD, "type %u does not exist; it is read as type 1", format);
  if (length < HEADER_DATA || length > r->end - at - CHUNK_HEAD) {
    warn(r, at + 4, "a header of %lu bytes; it is read as %d", (unsigned long)length, HEADER_DATA);
    length = HEADER_DATA;
  }
  r->header = at;
  r->smf->format = format == 0 || format == 2 ? 0 : 1;
  r->pieces = format == 2;
  r->track_limit = be16(p + 2);
  read_division(r, p + 4);
  *next = at + CHUNK_HEAD + length;
  return ARIO_OK;
}

static ario_status read_file(reader *r) {
  if (r->end == 0) return ario_fail(r->error, ARIO_ERR_FORMAT, "byte 0: the file is empty");
  size_t begin = 0, next = 0;
  unwrap(r, &begin);
  const uint8_t *header = find(r, begin, begin + SEARCH_BYTES, "MThd");
  if (!header)
    return ario_fail(r->error, ARIO_ERR_FORMAT, "byte %zu: no MIDI header (MThd); this is not a MIDI file",
                     begin);
  size_t at = (size_t)(header - r->bytes);
  if (at > begin) warn(r, begin, "%zu bytes before the MIDI header are left out", at - begin);
  ario_status status = read_header(r, at, &next);
  return status ? status : read_chunks(r, next);
}

ario_status ario__smf_clean(const uint8_t *bytes, size_t size, ario__smf *smf, ario__smf_page page,
                            void *context, ario_error *error) {
  *smf = (ario__smf){0};
  reader r = {.bytes = bytes,
              .end = size,
              .smf = smf,
              .page = page,
              .context = context,
              .error = error,
              .tries = TRIED_BYTES};
  ario_status status = read_file(&r);
  ario__buffer_free(&r.file);
  return status;
}

void ario__smf_free(ario__smf *smf) {
  for (size_t i = 0; i < ARIO__SMF_WARNINGS; i++) free(smf->warnings[i]);
  free(smf->tracks);
  free(smf->events);
  *smf = (ario__smf){0};
}
