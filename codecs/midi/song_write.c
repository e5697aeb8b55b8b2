// SPDX-License-Identifier: MIT
//
// Tokens -> MIDI bytes: a file of their own, or one more track of a song whose tracks are copied.
#include "codecs/midi/buffer.h"
#include "codecs/midi/performance_tokens.h"
#include "codecs/midi/song.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_TICK = 5000 }; // microseconds: half a step, so that each step has a tick that rounds to it

// ---- Events of a track that is being made ----

// The order within a tick: what ends, what is set, what begins.
enum { ORDER_OFF, ORDER_CONTROL, ORDER_PROGRAM, ORDER_ON };

typedef struct events {
  uint64_t *keys; // tick, order and the message's three bytes, so that they sort as events must
  size_t count, room;
  bool failed;
} events;

static void add(events *list, uint32_t tick, unsigned order, unsigned status, unsigned first,
                unsigned second) {
  if (list->count == list->room) {
    size_t room = list->room ? 2 * list->room : 256;
    uint64_t *grown = list->failed ? NULL : realloc(list->keys, room * sizeof *grown);
    if (!grown) {
      list->failed = true;
      return;
    }
    list->keys = grown;
    list->room = room;
  }
  list->keys[list->count++] =
      (uint64_t)tick << 28 | (uint64_t)order << 24 | status << 16 | first << 8 | second;
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static void end_of_track(ario__buffer *file, uint32_t delta) {
  ario__buffer_vlq(file, delta);
  ario__buffer_add(file, (const uint8_t[]){0xff, 0x2f, 0}, 3);
}

static size_t begin_chunk(ario__buffer *file) {
  ario__buffer_add(file, "MTrk", 4);
  ario__buffer_be32(file, 0);
  return file->size;
}

static void end_chunk(ario__buffer *file, size_t begin) {
  ario__buffer_set_be32(file, begin - 4, (uint32_t)(file->size - begin));
}

static void write_head(ario__buffer *file, unsigned format, size_t tracks, unsigned division) {
  ario__buffer_add(file, "MThd", 4);
  ario__buffer_be32(file, 6);
  ario__buffer_be16(file, format);
  ario__buffer_be16(file, (unsigned)tracks);
  ario__buffer_be16(file, division);
}

// Sorts and writes the events and End of Track. False if a pause is longer than a delta can be.
static bool write_events(ario__buffer *file, events *list) {
  if (list->count) qsort(list->keys, list->count, sizeof *list->keys, by_value);
  uint32_t last = 0;
  for (size_t i = 0; i < list->count; i++) {
    uint64_t key = list->keys[i];
    uint32_t tick = (uint32_t)(key >> 28);
    unsigned status = key >> 16 & 255;
    if (tick - last > ARIO__VLQ_MAX) return false;
    ario__buffer_vlq(file, tick - last);
    ario__buffer_byte(file, status);
    ario__buffer_byte(file, key >> 8 & 127);
    if ((status & 0xe0) != 0xc0) ario__buffer_byte(file, key & 127);
    last = tick;
  }
  end_of_track(file, 0);
  return true;
}

// Returns the file, or the error.
static ario_status finish(ario__buffer *file, ario_status status, uint8_t **bytes, size_t *size,
                          ario_error *error) {
  if (!status && file->failed) status = ARIO_ERR_MEMORY;
  if (!status) {
    *bytes = file->bytes;
    *size = file->size;
    return ARIO_OK;
  }
  ario__buffer_free(file);
  if (status == ARIO_ERR_LIMIT)
    return ario_fail(error, status, "the music is too long or too late for the time base of a MIDI file");
  if (status == ARIO_ERR_ARGUMENT)
    return ario_fail(error, status, "a token is not below %d", ARIO_MIDI_VOCAB);
  return ario_fail(error, status, "%s", ario_strerror(status));
}

// ---- A file of its own ----

static ario_status write_notes(ario__buffer *file, const ario_note *notes, size_t count) {
  events list = {.keys = NULL};
  bool fits = true;
  for (size_t i = 0; i < count; i++) {
    if (notes[i].end > ARIO__SMF_MAX_TICK / 10) {
      fits = false;
      break;
    }
    add(&list, (uint32_t)notes[i].start * 10, ORDER_ON, 0x90, notes[i].pitch, notes[i].velocity);
    add(&list, (uint32_t)notes[i].end * 10, ORDER_OFF, 0x80, notes[i].pitch, 0);
  }
  write_head(file, 0, 1, 500);
  size_t begin = begin_chunk(file);
  ario__buffer_add(file, (const uint8_t[]){0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20}, 7);
  fits = fits && write_events(file, &list);
  end_chunk(file, begin);
  ario_status status = list.failed ? ARIO_ERR_MEMORY : fits ? ARIO_OK : ARIO_ERR_LIMIT;
  free(list.keys);
  return status;
}

ario_status ario_midi_write(const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                            ario_error *error) {
  *bytes = NULL;
  *size = 0;
  ario_note *notes;
  size_t note_count;
  ario__buffer file = {.bytes = NULL};
  ario_status status = ario_midi_notes(tokens, count, &notes, &note_count);
  if (!status) status = write_notes(&file, notes, note_count);
  free(notes);
  return finish(&file, status, bytes, size, error);
}

// ---- A recording ----

static bool write_message_track(ario__buffer *file, const ario_midi_message *messages, size_t count,
                                uint8_t track, const char *name, int64_t end) {
  size_t begin = begin_chunk(file), length = strlen(name);
  int64_t last = 0;
  bool fits = end >= 0 && end <= ARIO__SMF_MAX_TICK;
  if (length > 127) length = 127;
  ario__buffer_add(file, (const uint8_t[]){0, 0xff, 3, (uint8_t)length}, 4);
  ario__buffer_add(file, name, length);
  for (size_t i = 0; i < count && fits; i++) {
    const ario_midi_message *message = &messages[i];
    if (message->track != track) continue;
    int64_t delta = message->milliseconds - last;
    fits = delta >= 0 && delta <= ARIO__VLQ_MAX && message->milliseconds <= ARIO__SMF_MAX_TICK;
    if (!fits) break;
    ario__buffer_vlq(file, (uint32_t)delta);
    ario__buffer_add(file, message->bytes, message->size);
    last = message->milliseconds;
  }
  if (end < last) end = last;
  fits = fits && end - last <= ARIO__VLQ_MAX;
  end_of_track(file, fits ? (uint32_t)(end - last) : 0);
  end_chunk(file, begin);
  return fits;
}

ario_status ario_midi_write_messages(const ario_midi_message *messages, size_t count,
                                     const char *const *names, size_t track_count, int64_t end,
                                     uint8_t **bytes, size_t *size, ario_error *error) {
  *bytes = NULL;
  *size = 0;
  for (size_t i = 0; i < count; i++)
    if (messages[i].track >= track_count || messages[i].size < 2 || messages[i].size > 3)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "message %zu has an invalid track or size", i);
  ario__buffer file = {.bytes = NULL};
  bool fits = track_count < ARIO__SMF_MAX_TRACKS;
  write_head(&file, 1, track_count + 1, 500);
  size_t begin = begin_chunk(&file);
  ario__buffer_add(&file, (const uint8_t[]){0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20}, 7);
  end_of_track(&file, 0);
  end_chunk(&file, begin);
  for (size_t track = 0; track < track_count && fits; track++)
    fits = write_message_track(&file, messages, count, (uint8_t)track, names[track], end);
  return finish(&file, fits ? ARIO_OK : ARIO_ERR_LIMIT, bytes, size, error);
}

// ---- The song up to the cut ----

// The controllers that a continuation copies from the lead channel, and their values if the lead channel does
// not set them.
static const struct {
  uint8_t number, normal;
} taken_over[] = {{0, 0}, {32, 0}, {7, 100}, {10, 64}, {11, 127}, {91, 40}, {93, 0}};
enum { TAKEN_OVER = sizeof taken_over / sizeof *taken_over };

typedef struct channel_state {
  size_t notes;
  bool used; // has any message
  bool pedal;
  bool down[ARIO__PITCHES]; // keys
  int program;              // -1: never set
  int control[TAKEN_OVER];  // -1: never set
} channel_state;

typedef struct writer {
  const ario_song *song;
  const ario_prompt *prompt;
  ario__buffer file;
  events list;
  size_t kept;        // events of the song before the cut
  size_t tempo_count; // and tempos
  bool cut;           // something of the song is cut off
  unsigned factor;    // factor on division and deltas
  int64_t close;      // tick of the cut or of the song's end, in the new time base
  uint32_t begin;     // tick at which the continuation begins
  unsigned target;    // channel of the new notes
  channel_state channels[ARIO__CHANNELS];
  ario_status status; // the first error
} writer;

static void find_cut(writer *w) {
  const ario_song *song = w->song;
  size_t low = 0, high = song->smf.event_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (song->events[middle].microseconds < w->prompt->cut)
      low = middle + 1;
    else
      high = middle;
  }
  w->kept = low;
  w->cut = w->prompt->cut <= song->end_microseconds;
  w->tempo_count = song->tempo_count;
  while (low < song->smf.event_count && w->tempo_count > 1 &&
         song->tempos[w->tempo_count - 1].tick >= song->events[low].tick)
    w->tempo_count--;
}

// The factor on the time base: how many times half a step fits into a tick, at the slowest tempo from the
// continuation on, rounded up.
static void find_factor(writer *w) {
  const ario_song *song = w->song;
  int64_t begin = w->prompt->begin * 10000, slowest = 1;
  for (size_t i = w->tempo_count; i-- > 0;) {
    if (song->tempos[i].tempo > slowest) slowest = song->tempos[i].tempo;
    if (song->tempos[i].elapsed / song->division <= begin) break;
  }
  int64_t longest = LONGEST_TICK * song->division;
  w->factor = (unsigned)((slowest + longest - 1) / longest);
  uint64_t room = song->smf.frames ? 255 : 32767;
  if ((uint64_t)song->smf.division * w->factor > room ||
      (uint64_t)song->end_tick * w->factor > ARIO__SMF_MAX_TICK)
    w->status = ARIO_ERR_LIMIT;
}

// The tick nearest to a time in microseconds, in the new time base; with `up` the first whose time, rounded
// to microseconds, is not before it.
static uint32_t tick_of(writer *w, int64_t microseconds, bool up) {
  const ario_song *song = w->song;
  if (microseconds > INT64_MAX / 4 / song->division) {
    w->status = ARIO_ERR_LIMIT;
    return 0;
  }
  int64_t elapsed = microseconds * song->division - (up ? song->division / 2 : 0);
  if (elapsed < 0) elapsed = 0;
  size_t low = 0, high = w->tempo_count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (song->tempos[middle].elapsed <= elapsed)
      low = middle;
    else
      high = middle;
  }
  const ario__tempo *tempo = &song->tempos[low];
  int64_t rest = elapsed - tempo->elapsed, length = tempo->tempo;
  if ((double)tempo->tick * w->factor + (double)rest * w->factor / (double)length >
      ARIO__SMF_MAX_TICK - 1.0) {
    w->status = ARIO_ERR_LIMIT;
    return 0;
  }
  int64_t whole = rest / length, part = (rest % length) * w->factor;
  return (uint32_t)(((int64_t)tempo->tick + whole) * w->factor +
                    (part + (up ? length - 1 : length / 2)) / length);
}

static void take_state(channel_state *state, const ario_midi_event *event) {
  unsigned kind = event->bytes[0] & 0xf0, first = event->bytes[1];
  state->used = true;
  if (kind == 0x90 && event->bytes[2] > 0) {
    state->notes++;
    state->down[first] = true;
  } else if (kind == 0x80 || kind == 0x90) {
    state->down[first] = false;
  } else if (kind == 0xc0) {
    state->program = (int)first;
  } else if (kind == 0xb0) {
    if (first == ARIO__PEDAL) state->pedal = event->bytes[2] >= 64;
    for (unsigned i = 0; i < TAKEN_OVER; i++)
      if (first == taken_over[i].number) state->control[i] = event->bytes[2];
  }
}

static void find_state(writer *w) {
  for (unsigned c = 0; c < ARIO__CHANNELS; c++) {
    w->channels[c].program = -1;
    for (unsigned i = 0; i < TAKEN_OVER; i++) w->channels[c].control[i] = -1;
  }
  for (size_t i = 0; i < w->kept; i++) {
    const ario_midi_event *event = &w->song->events[i];
    if (event->bytes[0] < 0xf0) take_state(&w->channels[event->bytes[0] & 15], event);
  }
}

// A channel that nothing uses, else one without notes, else the one with the fewest; never the drums'.
static void choose_channel(writer *w) {
  size_t best = SIZE_MAX;
  for (unsigned c = 0; c < ARIO__CHANNELS; c++) {
    const channel_state *state = &w->channels[c];
    size_t cost = state->notes ? state->notes + 1 : state->used;
    if (c == ARIO__DRUMS || cost >= best) continue;
    best = cost;
    w->target = c;
  }
}

// ---- Copying tracks ----

static void copy_event(writer *w, const ario__smf_track *track, size_t index) {
  const ario__smf_event *place = &w->song->smf.events[index];
  if (!track->repaired) {
    ario__buffer_add(&w->file, w->song->bytes + place->begin, place->end - place->begin);
    return;
  }
  const ario_midi_event *event = &w->song->events[w->song->rank[index]];
  unsigned status = event->bytes[0], head = status == 0xff ? 2 : status >= 0xf0 ? 1 : 0;
  ario__buffer_add(&w->file, event->bytes, head);
  if (head) ario__buffer_vlq(&w->file, event->size - head);
  ario__buffer_add(&w->file, event->bytes + head, event->size - head);
}

// Writes the first `kept` events of a track with new deltas, and End of Track at `end`.
static void rewrite_track(writer *w, const ario__smf_track *track, size_t kept, uint32_t end) {
  uint32_t tick = 0;
  for (size_t i = track->first; i <= track->first + kept; i++) {
    bool last = i == track->first + kept;
    uint32_t next = last ? end : w->song->smf.events[i].tick;
    uint64_t delta = (uint64_t)(next - tick) * w->factor;
    if (delta > ARIO__VLQ_MAX) {
      w->status = ARIO_ERR_LIMIT;
      return;
    }
    if (last) {
      end_of_track(&w->file, (uint32_t)delta);
      return;
    }
    ario__buffer_vlq(&w->file, (uint32_t)delta);
    copy_event(w, track, i);
    tick = next;
  }
}

static void copy_track(writer *w, const ario__smf_track *track) {
  const ario_song *song = w->song;
  size_t kept = 0;
  while (kept < track->count && song->rank[track->first + kept] < w->kept) kept++;
  const ario__smf_event *last = kept ? &song->smf.events[track->first + kept - 1] : NULL;
  bool whole = kept == track->count && (int64_t)track->end_tick * w->factor <= w->close;
  size_t begin = begin_chunk(&w->file);
  if (track->repaired || w->factor > 1) {
    rewrite_track(w, track, kept, whole ? track->end_tick : last ? last->tick : 0);
  } else if (whole) {
    ario__buffer_add(&w->file, song->bytes + track->begin, track->end - track->begin);
  } else {
    if (last) ario__buffer_add(&w->file, song->bytes + track->begin, last->end - track->begin);
    end_of_track(&w->file, 0);
  }
  end_chunk(&w->file, begin);
}

// ---- The new track ----

// The step of a tick of the new time base.
static int64_t tick_step(const writer *w, int64_t tick) {
  const ario_song *song = w->song;
  int64_t whole = tick / w->factor, part = tick % w->factor;
  const ario__tempo *tempo = ario__tempo_at(song->tempos, w->tempo_count, (uint32_t)whole);
  int64_t elapsed = tempo->elapsed + (whole - tempo->tick) * tempo->tempo + part * tempo->tempo / w->factor;
  return ario__steps(elapsed, song->division);
}

// If the cut falls into the continuation's first step, what is closed at the cut is closed before anything
// begins.
static void find_begin(writer *w) {
  w->begin = tick_of(w, w->prompt->begin * 10000, false);
  if (w->close > w->begin && tick_step(w, w->close) == w->prompt->begin) w->begin = (uint32_t)w->close;
}

static uint32_t step_tick(writer *w, int64_t step) {
  if (step <= w->prompt->begin) return w->begin;
  if (step <= INT64_MAX / 10000) return tick_of(w, step * 10000, false);
  w->status = ARIO_ERR_LIMIT;
  return 0;
}

static void raise_pedal(writer *w, unsigned channel, uint32_t tick) {
  if (!w->channels[channel].pedal) return;
  w->channels[channel].pedal = false;
  add(&w->list, tick, ORDER_CONTROL, 0xb0 | channel, ARIO__PEDAL, 0);
}

// Ends, at the cut or at the song's end, what no token will end: notes that are not in the prompt, notes that
// the song leaves on, pedals that it leaves down.
static void close_rest(writer *w) {
  uint16_t open = 0; // channels on which a note waits for its token
  uint32_t tick = (uint32_t)w->close;
  for (unsigned p = 0; p < ARIO__PITCHES; p++) open |= w->prompt->open_on[p];
  for (unsigned c = 0; c < ARIO__CHANNELS; c++) {
    for (unsigned p = 0; p < ARIO__PITCHES; p++)
      if (w->channels[c].down[p] && !(w->prompt->open_on[p] >> c & 1))
        add(&w->list, tick, ORDER_OFF, 0x80 | c, p, 0);
    if (!(open >> c & 1) || c == w->target) raise_pedal(w, c, tick);
  }
}

// A token ends a pitch that sounds at the cut. The first such token of a channel also raises its pedal: in
// training data several notes end where the pedal does.
static void end_open(writer *w, unsigned pitch, int64_t step) {
  uint32_t tick = step_tick(w, step);
  for (unsigned c = 0; c < ARIO__CHANNELS; c++) {
    if (!(w->prompt->open_on[pitch] >> c & 1)) continue;
    if (w->channels[c].down[pitch]) add(&w->list, tick, ORDER_OFF, 0x80 | c, pitch, 0);
    raise_pedal(w, c, tick);
  }
}

// Sets program and controllers of the lead channel, and default values where only the target channel has set
// them.
static void set_up_channel(writer *w) {
  const channel_state *lead = &w->channels[w->prompt->lead], *target = &w->channels[w->target];
  uint32_t tick = w->begin;
  for (unsigned i = 0; i < TAKEN_OVER; i++) {
    int value = lead->control[i] < 0 && target->control[i] >= 0 ? taken_over[i].normal : lead->control[i];
    if (value >= 0)
      add(&w->list, tick, ORDER_CONTROL, 0xb0 | w->target, taken_over[i].number, (unsigned)value);
  }
  int program = lead->program < 0 && target->program >= 0 ? 0 : lead->program;
  if (program >= 0) add(&w->list, tick, ORDER_PROGRAM, 0xc0 | w->target, (unsigned)program, 0);
}

static void add_notes(writer *w, const ario__decoder *decoder, const bool *sounding) {
  bool open[ARIO__PITCHES], fresh = false;
  memcpy(open, sounding, sizeof open);
  for (size_t i = 0; i < decoder->count && !w->status; i++) {
    const ario_note *note = &decoder->notes[i];
    int64_t start = w->prompt->origin + note->start, end = w->prompt->origin + note->end;
    if (open[note->pitch]) { // the first note to end is the prompt's
      open[note->pitch] = false;
      end_open(w, note->pitch, end);
      continue;
    }
    if (start < w->prompt->begin) start = w->prompt->begin;
    if (end <= start) end = start + 1;
    add(&w->list, step_tick(w, start), ORDER_ON, 0x90 | w->target, note->pitch, note->velocity);
    add(&w->list, step_tick(w, end), ORDER_OFF, 0x80 | w->target, note->pitch, 0);
    fresh = true;
  }
  if (fresh) set_up_channel(w);
}

static void continue_notes(writer *w, const ario_token *tokens, size_t count) {
  ario__decoder decoder;
  bool sounding[ARIO__PITCHES];
  ario__decoder_init(&decoder);
  ario_status status = ario__decoder_feed(&decoder, w->prompt->tokens, w->prompt->count);
  memcpy(sounding, decoder.sounding, sizeof sounding);
  decoder.count = 0;
  if (!status) status = ario__decoder_feed(&decoder, tokens, count);
  if (!status) status = ario__decoder_end(&decoder);
  if (!status) add_notes(w, &decoder, sounding);
  ario__decoder_free(&decoder);
  if (status) w->status = status;
}

static void write_new_track(writer *w, const ario_token *tokens, size_t count) {
  static const uint8_t name[] = {0, 0xff, 3, 6, 'A', 'r', 'i', 'o', 's', 'o'};
  close_rest(w);
  continue_notes(w, tokens, count);
  if (w->status) return;
  size_t begin = begin_chunk(&w->file);
  ario__buffer_add(&w->file, name, sizeof name);
  if (!write_events(&w->file, &w->list)) w->status = ARIO_ERR_LIMIT;
  if (w->list.failed) w->status = ARIO_ERR_MEMORY;
  end_chunk(&w->file, begin);
}

static void write_song(writer *w, const ario_token *tokens, size_t count) {
  const ario__smf *smf = &w->song->smf;
  find_cut(w);
  find_factor(w);
  if (smf->track_count >= ARIO__SMF_MAX_TRACKS) w->status = ARIO_ERR_LIMIT;
  if (w->status) return;
  w->close = w->cut ? tick_of(w, w->prompt->cut, true) : (int64_t)w->song->end_tick * w->factor;
  find_begin(w);
  find_state(w);
  choose_channel(w);
  unsigned division = smf->division * w->factor;
  write_head(&w->file, 1, smf->track_count + 1, smf->frames ? (256 - smf->frames) << 8 | division : division);
  for (size_t i = 0; i < smf->track_count && !w->status; i++) copy_track(w, &smf->tracks[i]);
  if (!w->status) write_new_track(w, tokens, count);
}

ario_status ario_song_continue(const ario_song *song, const ario_prompt *prompt, const ario_token *tokens,
                               size_t count, uint8_t **bytes, size_t *size, ario_error *error) {
  *bytes = NULL;
  *size = 0;
  writer *w = calloc(1, sizeof *w);
  if (!w) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  w->song = song;
  w->prompt = prompt;
  write_song(w, tokens, count);
  ario_status status = finish(&w->file, w->status, bytes, size, error);
  free(w->list.keys);
  free(w);
  return status;
}
