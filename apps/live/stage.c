// SPDX-License-Identifier: MIT
//
// The performing thread, and what other threads tell it under one lock. The sound card's own thread only
// reads the ring.
#include "apps/live/stage.h"
#include "apps/cli/stopwatch.h"
#include "apps/live/midi_port.h"
#include "apps/live/speaker.h"
#include "apps/live/tape.h"
#include "arioso/sound.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, FIRST = 4, PRIORITY = 10 };

// Messages from a keyboard's thread to the stage's: two counters that only grow, as in ring.c.
enum { INBOX = 1024 };
struct inbox {
  _Atomic unsigned written, read;
  struct {
    uint8_t size, bytes[3];
  } messages[INBOX];
};

struct block { // of scheduled events' bytes
  struct block *before;
  uint8_t bytes[];
};

struct ario__stage {
  ario__stage_options options;
  ario__synth *synth;
  ario__tape *tape;
  ario__speaker *speaker;
  ario__midi_port *port;
  ario_sound_writer *writer;
  ario__ring *ring;
  size_t ahead;          // frames to keep in the ring
  bool started, playing; // the thread runs, the speaker plays
  pthread_t thread;
  double began; // by the clock, which keeps time without a speaker
  int64_t passed;

  struct inbox inbox;

  pthread_mutex_t lock; // of all below
  ario__performer performer;
  ario__performed *log; // [log_count]
  size_t log_count, log_room;
  ario__cue *cues; // [cue_count]
  size_t cue_count, cue_room;
  struct block *blocks;
  int64_t final;
  int64_t fade_from, fade_to; // frames; INT64_MAX: no fade
  bool quit;
  ario__stage_state state;
};

ario__stage_options ario__stage_options_default(void) {
  return (ario__stage_options){
      .synth = ario__synth_options_default(), .speaker = true, .latency = 0.1, .tail = -1};
}

static void add_to_log(ario__stage *stage, const uint8_t *bytes, size_t size, bool live) {
  if (!stage->options.log || size < 2 || size > 3) return;
  if (stage->log_count == stage->log_room) {
    size_t room = 2 * stage->log_room + 256;
    ario__performed *grown = realloc(stage->log, room * sizeof *grown);
    if (!grown) return; // the log stops, the music goes on
    stage->log = grown;
    stage->log_room = room;
  }
  ario__performed *entry = &stage->log[stage->log_count++];
  *entry = (ario__performed){.frame = stage->performer.frame, .live = live, .size = (uint8_t)size};
  memcpy(entry->bytes, bytes, size);
}

// Passes what the performer sends to the instrument and the log.
static void send_on(void *context, const uint8_t *bytes, size_t size) {
  ario__stage *stage = context;
  if (stage->port) ario__midi_port_send(stage->port, bytes, size);
  add_to_log(stage, bytes, size, false);
}

static size_t steady_ahead(const ario__stage *stage) {
  size_t frames = (size_t)(stage->options.latency * stage->options.synth.rate);
  return frames < 4 * BLOCK ? 4 * BLOCK : frames;
}

static ario_status open_speaker(ario__stage *stage, ario_error *error) {
  const ario__speaker_options options = {
      .device = stage->options.device, .rate = stage->options.synth.rate, .latency = stage->options.latency};
  ario_status status = ario__speaker_open(&options, &stage->speaker, error);
  if (status) return status;
  stage->options.synth.rate = ario__speaker_rate(stage->speaker);
  // A device asks for more than its latency at the beginning.
  stage->ahead = FIRST * steady_ahead(stage);
  if (stage->ahead < stage->options.synth.rate / 10) stage->ahead = stage->options.synth.rate / 10;
  status = ario__ring_create(stage->ahead + BLOCK, &stage->ring);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

static ario_status open_all(ario__stage *stage, ario_error *error) {
  const ario__stage_options *options = &stage->options;
  ario_status status = options->speaker ? open_speaker(stage, error) : ARIO_OK;
  if (!status && options->midi_out) status = ario__midi_port_open(options->midi_out, &stage->port, error);
  if (!stage->options.synth.rate) stage->options.synth.rate = 48000;
  if (!status && options->tape && !(stage->tape = ario__tape_create()))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status && !options->tape && (stage->speaker || options->wav))
    status = ario__synth_create(&options->synth, &stage->synth, error);
  if (!status && options->wav)
    status = ario_sound_writer_create(options->wav, true, ARIO_SAMPLE_S16, options->synth.rate, 2,
                                      &stage->writer, error);
  return status;
}

// With priority inheritance: a thread that holds the lock while the performing thread waits gets its
// priority.
static void init_lock(pthread_mutex_t *lock) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

ario_status ario__stage_create(const ario__stage_options *options, ario__stage **out, ario_error *error) {
  *out = NULL;
  ario__stage *stage = calloc(1, sizeof *stage);
  if (!stage) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  stage->options = *options;
  stage->fade_from = stage->fade_to = INT64_MAX;
  init_lock(&stage->lock);
  ario_status status = open_all(stage, error);
  if (status) {
    ario__stage_free(stage);
    return status;
  }
  ario__performer_init(&stage->performer, stage->synth, stage->options.synth.rate, options->tail);
  stage->performer.tape = stage->tape;
  stage->performer.send = send_on;
  stage->performer.context = stage;
  *out = stage;
  return ARIO_OK;
}

void ario__stage_free(ario__stage *stage) {
  if (!stage) return;
  if (stage->started) {
    pthread_mutex_lock(&stage->lock);
    stage->quit = true;
    pthread_mutex_unlock(&stage->lock);
    pthread_join(stage->thread, NULL);
  }
  bool lost = stage->playing && ario__speaker_lost(stage->speaker);
  ario__speaker_free(stage->speaker);
  ario__midi_port_free(stage->port);
  ario_sound_writer_free(stage->writer);
  ario__synth_free(stage->synth);
  ario__tape_free(stage->tape);
  if (!lost) ario__ring_free(stage->ring); // a lost device may still read it
  while (stage->blocks) {
    struct block *block = stage->blocks;
    stage->blocks = block->before;
    free(block);
  }
  free(stage->cues);
  free(stage->log);
  pthread_mutex_destroy(&stage->lock);
  free(stage);
}

unsigned ario__stage_rate(const ario__stage *stage) {
  return stage->options.synth.rate;
}

bool ario__stage_is_timed(const ario__stage *stage) {
  return stage->speaker || stage->port;
}

const char *ario__stage_device(const ario__stage *stage) {
  return stage->speaker ? ario__speaker_name(stage->speaker) : NULL;
}

// ---- The performing thread ----

// How many frames may be performed now. The speaker keeps time; without one, the clock does for an
// instrument; a sound file alone needs no time.
static size_t wanted(ario__stage *stage) {
  unsigned rate = stage->options.synth.rate;
  if (stage->speaker) {
    size_t filled = ario__ring_filled(stage->ring), ahead = stage->ahead;
    return filled < ahead ? ahead - filled : 0;
  }
  if (!stage->port) return BLOCK;
  int64_t now = (int64_t)((ario__seconds_now() - stage->began) * rate);
  return now > stage->passed ? (size_t)(now - stage->passed) : 0;
}

static void fade(ario__stage *stage, int64_t frame, float *samples, size_t frames) {
  double length = (double)(stage->fade_to - stage->fade_from);
  for (size_t i = 0; i < frames; i++) {
    double gone = (double)(frame + (int64_t)i - stage->fade_from) / length;
    if (gone <= 0) continue;
    samples[2 * i] = (float)(samples[2 * i] * (1 - gone));
    samples[2 * i + 1] = (float)(samples[2 * i + 1] * (1 - gone));
  }
}

static void play_now(ario__stage *stage, const uint8_t *bytes, size_t size, bool live) {
  if (stage->synth) ario__synth_send(stage->synth, 0, bytes, size);
  if (stage->port) ario__midi_port_send(stage->port, bytes, size);
  add_to_log(stage, bytes, size, live);
}

static void play_inbox(ario__stage *stage) {
  struct inbox *inbox = &stage->inbox;
  unsigned read = atomic_load_explicit(&inbox->read, memory_order_relaxed);
  for (; read != atomic_load_explicit(&inbox->written, memory_order_acquire); read++) {
    play_now(stage, inbox->messages[read % INBOX].bytes, inbox->messages[read % INBOX].size, true);
    atomic_store_explicit(&inbox->read, read + 1, memory_order_release);
  }
}

// Performs up to `frames`, under the lock; fewer, or none, where the music is not final.
static size_t perform(ario__stage *stage, float *samples, size_t frames) {
  ario__performer *p = &stage->performer;
  play_inbox(stage);
  bool short_of = p->end == INT64_MAX && stage->final <= p->frame;
  if (short_of && !stage->state.waiting && ario__stage_is_timed(stage)) stage->state.waits++;
  stage->state.waiting = short_of;
  if (short_of || stage->state.paused) return 0;
  int64_t left = p->end == INT64_MAX ? stage->final - p->frame : INT64_MAX;
  if (left < (int64_t)frames) frames = (size_t)left;
  int64_t from = p->frame;
  frames = ario__performer_render(p, stage->cues, stage->cue_count, samples, frames);
  if (stage->fade_to != INT64_MAX) fade(stage, from, samples, frames);
  return frames;
}

// Under the lock: performs a block, filled with silence where time must go on.
static size_t next_block(ario__stage *stage, float *samples, size_t frames, bool *performed) {
  size_t done = perform(stage, samples, frames);
  *performed = done > 0;
  if (done || stage->performer.done || !ario__stage_is_timed(stage)) return done;
  memset(samples, 0, 2 * frames * sizeof *samples);
  return frames;
}

static void lose(ario__stage *stage, ario_status status, const ario_error *error) {
  pthread_mutex_lock(&stage->lock);
  if (status && !stage->state.lost) {
    stage->state.lost = true;
    stage->state.error = *error;
  }
  pthread_mutex_unlock(&stage->lock);
}

static ario_status hand_over(ario__stage *stage, const float *samples, size_t frames, bool performed,
                             ario_error *error) {
  if (stage->ring) ario__ring_write(stage->ring, samples, frames);
  stage->passed += (int64_t)frames;
  if (stage->port && ario__midi_port_lost(stage->port))
    return ario_fail(error, ARIO_ERR_IO, "%s: the instrument takes no more", stage->options.midi_out);
  if (!stage->writer || !performed) return ARIO_OK;
  return ario_sound_writer_write(stage->writer, samples, frames, error);
}

// Waits until the ring and the device's buffer have sounded.
static void end(ario__stage *stage) {
  if (stage->speaker) {
    double until = ario__seconds_now() + 2;
    ario__speaker_last(stage->speaker);
    while (ario__ring_filled(stage->ring) && ario__seconds_now() < until) ario__sleep(0.005);
    ario__sleep(ario__speaker_latency(stage->speaker) + 0.25);
  }
  pthread_mutex_lock(&stage->lock);
  stage->state.ended = true;
  pthread_mutex_unlock(&stage->lock);
}

// A late thread is audible, so it asks for real-time priority; without permission it goes on as it is.
static void ask_priority(const ario__stage *stage) {
  const struct sched_param parameters = {.sched_priority = PRIORITY};
  if (ario__stage_is_timed(stage)) pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

static void *run(void *context) {
  ario__stage *stage = context;
  float samples[2 * BLOCK];
  ask_priority(stage);
  for (bool done = false; !done;) {
    size_t frames = wanted(stage);
    bool performed = false;
    ario_error error = {""};
    pthread_mutex_lock(&stage->lock);
    bool quit = stage->quit || stage->state.lost;
    if (!quit && frames) frames = next_block(stage, samples, frames < BLOCK ? frames : BLOCK, &performed);
    done = stage->performer.done;
    pthread_mutex_unlock(&stage->lock);
    if (quit) return NULL;
    if (frames)
      lose(stage, hand_over(stage, samples, frames, performed, &error), &error);
    else
      ario__sleep(0.001); // the ring is full, or there is nothing to perform and no time to keep
  }
  end(stage);
  return NULL;
}

ario_status ario__stage_start(ario__stage *stage, ario_error *error) {
  stage->began = ario__seconds_now();
  if (pthread_create(&stage->thread, NULL, run, stage))
    return ario_fail(error, ARIO_ERR_MEMORY, "no thread can be started to play with");
  stage->started = true;
  if (!stage->speaker) return ARIO_OK;
  for (double until = ario__seconds_now() + 1;
       ario__ring_filled(stage->ring) < stage->ahead && ario__seconds_now() < until;)
    ario__sleep(0.001);
  ario_status status = ario__speaker_start(stage->speaker, stage->ring, error);
  stage->playing = !status;
  stage->ahead = steady_ahead(stage);
  return status;
}

// ---- For other threads ----

static bool make_room(ario__stage *stage, size_t count) {
  if (stage->cue_count + count <= stage->cue_room) return true;
  size_t room = 2 * stage->cue_room + count;
  ario__cue *grown = realloc(stage->cues, room * sizeof *grown);
  if (!grown) return false;
  stage->cues = grown;
  stage->cue_room = room;
  return true;
}

static void add_cues(ario__stage *stage, const ario_midi_event *events, size_t count, uint8_t *bytes) {
  for (size_t i = 0; i < count; i++) {
    memcpy(bytes, events[i].bytes, events[i].size);
    ario__cue *cue = &stage->cues[stage->cue_count++];
    *cue = ario__performer_cue(&events[i], stage->options.synth.rate);
    cue->bytes = bytes;
    bytes += events[i].size;
  }
}

ario_status ario__stage_schedule(ario__stage *stage, const ario_midi_event *events, size_t count,
                                 int64_t final) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++) size += events[i].size;
  struct block *block = malloc(sizeof *block + size);
  if (!block) return ARIO_ERR_MEMORY;
  pthread_mutex_lock(&stage->lock);
  bool good = make_room(stage, count);
  if (good) {
    add_cues(stage, events, count, block->bytes);
    block->before = stage->blocks;
    stage->blocks = block;
    stage->final = final;
  }
  pthread_mutex_unlock(&stage->lock);
  if (!good) free(block);
  return good ? ARIO_OK : ARIO_ERR_MEMORY;
}

ario_status ario__stage_append(ario__stage *stage, const float *samples, size_t frames) {
  pthread_mutex_lock(&stage->lock);
  bool good = ario__tape_append(stage->tape, samples, frames, stage->performer.frame);
  stage->final = ario__tape_end(stage->tape);
  pthread_mutex_unlock(&stage->lock);
  return good ? ARIO_OK : ARIO_ERR_MEMORY;
}

int64_t ario__stage_cut_tape(ario__stage *stage, double lead, int64_t earliest) {
  pthread_mutex_lock(&stage->lock);
  int64_t at = stage->performer.frame + (int64_t)(lead * stage->options.synth.rate);
  stage->final = ario__tape_cut(stage->tape, at < earliest ? earliest : at);
  if (!stage->performer.released && stage->fade_to == INT64_MAX) stage->performer.end = INT64_MAX;
  at = stage->final;
  pthread_mutex_unlock(&stage->lock);
  return at;
}

void ario__stage_finish(ario__stage *stage, int64_t end_frame) {
  pthread_mutex_lock(&stage->lock);
  if (stage->fade_to == INT64_MAX) stage->performer.end = end_frame;
  pthread_mutex_unlock(&stage->lock);
}

int64_t ario__stage_cut(ario__stage *stage, double lead, int64_t earliest) {
  pthread_mutex_lock(&stage->lock);
  int64_t at = stage->performer.frame + (int64_t)(lead * stage->options.synth.rate);
  if (at < earliest) at = earliest;
  while (stage->cue_count > stage->performer.next && stage->cues[stage->cue_count - 1].frame >= at)
    stage->cue_count--;
  if (stage->final > at) stage->final = at;
  stage->performer.end = stage->performer.released ? stage->performer.end : INT64_MAX;
  pthread_mutex_unlock(&stage->lock);
  return at;
}

void ario__stage_drop(ario__stage *stage) {
  pthread_mutex_lock(&stage->lock);
  stage->cue_count = stage->performer.next;
  pthread_mutex_unlock(&stage->lock);
}

void ario__stage_play(ario__stage *stage, const uint8_t *bytes, size_t size) {
  pthread_mutex_lock(&stage->lock);
  play_now(stage, bytes, size, false);
  pthread_mutex_unlock(&stage->lock);
}

void ario__stage_key(ario__stage *stage, const uint8_t *bytes, size_t size) {
  struct inbox *inbox = &stage->inbox;
  unsigned written = atomic_load_explicit(&inbox->written, memory_order_relaxed);
  if (size < 2 || size > 3 || written - atomic_load_explicit(&inbox->read, memory_order_acquire) >= INBOX)
    return;
  inbox->messages[written % INBOX].size = (uint8_t)size;
  memcpy(inbox->messages[written % INBOX].bytes, bytes, size);
  atomic_store_explicit(&inbox->written, written + 1, memory_order_release);
}

size_t ario__stage_read(ario__stage *stage, ario__performed *messages, size_t room) {
  pthread_mutex_lock(&stage->lock);
  size_t count = stage->log_count < room ? stage->log_count : room;
  if (count) { // without a log there is none
    memcpy(messages, stage->log, count * sizeof *messages);
    stage->log_count -= count;
    memmove(stage->log, stage->log + count, stage->log_count * sizeof *stage->log);
  }
  pthread_mutex_unlock(&stage->lock);
  return count;
}

void ario__stage_pause(ario__stage *stage, bool paused) {
  pthread_mutex_lock(&stage->lock);
  stage->state.paused = paused;
  pthread_mutex_unlock(&stage->lock);
}

int64_t ario__stage_fade(ario__stage *stage, double seconds) {
  pthread_mutex_lock(&stage->lock);
  ario__performer *p = &stage->performer;
  int64_t to = p->frame + (int64_t)(seconds * stage->options.synth.rate);
  if (!p->released && to < p->end) {
    stage->fade_from = p->frame;
    stage->fade_to = p->end = to;
    p->tail = 0;
  }
  stage->state.paused = false;
  to = p->end;
  pthread_mutex_unlock(&stage->lock);
  return to;
}

int64_t ario__stage_frame(ario__stage *stage) {
  pthread_mutex_lock(&stage->lock);
  int64_t frame = stage->performer.frame;
  pthread_mutex_unlock(&stage->lock);
  return frame;
}

double ario__stage_latency(const ario__stage *stage) {
  if (!stage->speaker) return 0;
  return ario__speaker_latency(stage->speaker) +
         (double)ario__ring_filled(stage->ring) / stage->options.synth.rate;
}

ario__stage_state ario__stage_look(ario__stage *stage) {
  bool lost = stage->playing && ario__speaker_lost(stage->speaker);
  pthread_mutex_lock(&stage->lock);
  if (lost && !stage->state.lost && !stage->state.ended) {
    stage->state.lost = true;
    (void)ario_fail(&stage->state.error, ARIO_ERR_IO, "%s: the sound device has gone",
                    ario__speaker_name(stage->speaker));
  }
  ario__stage_state state = stage->state;
  state.frame = stage->performer.frame;
  pthread_mutex_unlock(&stage->lock);
  if (stage->speaker) state.underruns = ario__speaker_underruns(stage->speaker);
  if (stage->speaker) state.late = ario__speaker_late(stage->speaker);
  state.latency = ario__stage_latency(stage);
  return state;
}

ario_status ario__stage_save(ario__stage *stage, ario_error *error) {
  return stage->writer ? ario_sound_writer_finish(stage->writer, error) : ARIO_OK;
}
