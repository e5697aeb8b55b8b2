// SPDX-License-Identifier: MIT
//
// What plays live, without a sound card: the ring, the tape, the score whose final events stay, the stage and the
// composer into a file, the stage and the partner into an instrument.
#include "apps/live/ring.h"
#include "apps/live/tape.h"
#include "apps/midi/composer.h"
#include "apps/midi/partner.h"
#include "apps/midi/renderer.h"
#include "arioso/arioso.h"
#include "arioso/generator.h"
#include "support/midi.h"
#include "support/tiny_model.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void rest(double seconds) {
  const struct timespec time = {.tv_sec = (time_t)seconds,
                                .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};
  nanosleep(&time, NULL);
}

// ---- The ring ----

enum { FRAMES = 300000 };

static void *write_frames(void *context) {
  ario__ring *ring = context;
  chance c = {1};
  for (size_t done = 0; done < FRAMES;) {
    float samples[2 * 200];
    size_t count = 1 + draw_below(&c, 200);
    if (count > FRAMES - done) count = FRAMES - done;
    for (size_t i = 0; i < count; i++) {
      samples[2 * i] = (float)(done + i);
      samples[2 * i + 1] = -(float)(done + i);
    }
    size_t written = ario__ring_write(ring, samples, count);
    if (!written) sched_yield();
    done += written;
  }
  return NULL;
}

static void a_ring_loses_and_makes_up_nothing(void **state) {
  (void)state;
  ario__ring *ring;
  assert_ok(ario__ring_create(300, &ring));
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, write_frames, ring), 0);
  chance c = {2};
  for (size_t done = 0; done < FRAMES;) {
    float samples[2 * 150];
    size_t count = ario__ring_read(ring, samples, 1 + draw_below(&c, 150));
    for (size_t i = 0; i < count; i++) {
      assert_true(samples[2 * i] == (float)(done + i));
      assert_true(samples[2 * i + 1] == -(float)(done + i));
    }
    if (!count) sched_yield();
    done += count;
  }
  pthread_join(thread, NULL);
  assert_int_equal(ario__ring_filled(ring), 0);
  ario__ring_free(ring);
  ario__ring_free(NULL);
}

static void a_ring_beyond_memory_is_refused(void **state) {
  (void)state;
  ario__ring *ring;
  assert_int_equal(ario__ring_create(SIZE_MAX / 2, &ring), ARIO_ERR_LIMIT);
  assert_null(ring);
}

// ---- The tape ----

// Frames of a tape in which frame i has the samples i and -i: there from `first` on, up to `end`.
static void expect_tape(const ario__tape *tape, int64_t first, int64_t end) {
  enum { FRAMES_READ = 40 };
  float samples[2 * FRAMES_READ];
  assert_int_equal(ario__tape_end(tape), end);
  ario__tape_read(tape, -5, samples, FRAMES_READ);
  for (int64_t i = 0; i < FRAMES_READ; i++) {
    float wanted = i - 5 >= first && i - 5 < end ? (float)(i - 5) : 0;
    if (samples[2 * i] != wanted || samples[2 * i + 1] != -wanted)
      fail_msg("frame %lld is %g, %g", (long long)i - 5, samples[2 * i], samples[2 * i + 1]);
  }
}

// Old frames go once they are more than half; a cut before what is left leaves nothing.
static void a_tape_drops_and_is_cut(void **state) {
  (void)state;
  ario__tape *tape = ario__tape_create();
  float samples[2 * 30];
  for (int i = 0; i < 30; i++) samples[2 * i] = (float)i, samples[2 * i + 1] = -(float)i;
  assert_true(ario__tape_append(tape, samples, 10, 0));
  expect_tape(tape, 0, 10);
  assert_true(ario__tape_append(tape, samples + 20, 6, 5)); // five of ten: kept
  expect_tape(tape, 0, 16);
  assert_int_equal(ario__tape_cut(tape, 12), 12);
  assert_int_equal(ario__tape_cut(tape, 20), 12); // there is nothing
  assert_true(ario__tape_append(tape, samples + 24, 6, 7));
  expect_tape(tape, 7, 18);
  assert_int_equal(ario__tape_cut(tape, 3), 7); // what was dropped is not there to be cut
  expect_tape(tape, 7, 7);
  assert_true(ario__tape_append(tape, samples + 14, 2, 7));
  expect_tape(tape, 7, 9);
  ario__tape_free(tape);
  ario__tape_free(NULL);
}

// ---- The score ----

static const ario_symbolic *music(void) {
  return ario_codec_find("midi-performance")->symbolic;
}

// With each token more, the events before `final` stay what they were.
static void check_score(const ario_song *song, const ario_passage *passage, bool alone,
                        const ario_token *tokens, size_t count) {
  const ario__score score = {.symbolic = music(), .song = song, .passage = passage, .alone = alone};
  ario_cursor cursor = passage->cursor;
  ario_song *whole, *part;
  int64_t final, before = 0;
  music()->pass(&cursor, tokens, count);
  assert_ok(ario__score_look(&score, tokens, count, &cursor, &whole, &final, NULL));
  size_t all;
  const ario_midi_event *events = ario_song_events(whole, &all);
  for (size_t used = 0; used < count; used += 1 + used / 8) {
    size_t some, i = 0;
    cursor = passage->cursor;
    music()->pass(&cursor, tokens, used);
    assert_ok(ario__score_look(&score, tokens, used, &cursor, &part, &final, NULL));
    const ario_midi_event *now = ario_song_events(part, &some);
    for (; i < some && now[i].microseconds < final; i++) {
      assert_true(i < all);
      assert_int_equal(now[i].microseconds, events[i].microseconds);
      assert_int_equal(now[i].size, events[i].size);
      assert_memory_equal(now[i].bytes, events[i].bytes, now[i].size);
    }
    assert_true(i == all || events[i].microseconds >= final); // nothing is missing before it
    assert_true(final >= before);
    before = final;
    ario_song_free(part);
  }
  ario_song_free(whole);
}

static void what_is_final_stays(void **state) {
  (void)state;
  static const char *const names[] = {"coarse",    "pedal",   "tempo",   "smpte25",
                                      "two_hands", "hanging", "crowded", "one_note"};
  chance c = {3};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    ario_song *song = named_song(names[i]);
    int64_t end = ario_song_describe(song).microseconds;
    for (int round = 0; round < 4; round++) {
      ario_passage_options options = ario_passage_options_default();
      options.until_end = true;
      if (round % 2) options.part.to = end / 3 + (int64_t)draw_below(&c, (size_t)end / 2 + 1);
      ario_passage passage;
      if (music()->hear(song, &options, &passage, NULL)) continue;
      ario_token tokens[4000];
      size_t count = draw_tokens(&c, &passage.grammar, 120, tokens, COUNT_OF(tokens));
      check_score(song, &passage, round >= 2, tokens, count);
      music()->forget(&passage);
    }
    ario_song_free(song);
  }
}

// ---- The composer and the stage, into a file ----

static void wait_for_end(ario__stage *stage) {
  ario__stage_state state;
  do {
    rest(0.005);
    state = ario__stage_look(stage);
    assert_false(state.lost);
  } while (!state.ended);
}

static void count_take(void *context, size_t take, const ario_token *tokens, size_t count) {
  assert_true(count == 0 || tokens);
  *(size_t *)context = take;
}

// The first take's tokens are those that a generator draws from the prompt with the seed.
static void assert_drawn(const ario__composer_options *options, const ario_token *tokens, size_t count) {
  ario_session *session;
  ario_generator *generator;
  ario_generator_options drawing = ario_generator_options_default();
  const ario_passage *passage = options->score->passage;
  size_t most = ario_model_config(options->producer.model)->max_context, skipped;
  assert_ok(ario_session_create(options->producer.model, &options->producer.session, &session, NULL));
  skipped = passage->count > most ? passage->count - most : 0;
  assert_ok(ario_session_feed(session, passage->tokens + skipped, passage->count - skipped));
  drawing.session = session;
  drawing.sampling = options->producer.sampling;
  drawing.chain = options->chain;
  assert_ok(ario_generator_create(&drawing, &generator, NULL));
  assert_true(count > 10);
  for (size_t i = 0; i < count - 1; i++) { // the last may be cut at the end
    ario_token token;
    assert_ok(ario_generator_next(generator, &token));
    if (token != tokens[i]) fail_msg("token %zu of %zu is %u, not %u", i, count, tokens[i], token);
  }
  ario_generator_free(generator);
  ario_session_free(session);
}

// All of a song as the prompt, and its grammar as the only constraint.
static void hear_all(const ario_song *song, ario_passage *passage, ario_chain *chain) {
  const ario_passage_options everything = ario_passage_options_default();
  assert_ok(music()->hear(song, &everything, passage, NULL));
  chain->count = 0;
  assert_ok(ario_chain_add(chain, &passage->grammar));
}

// What a stage performed equals what the renderer makes of the piece, other takes in between or not.
static void play_piece(const char *name, uint64_t seed, bool alone, int others) {
  char heard[] = "live-heard.wav", rendered[] = "live-rendered.wav";
  ario_song *song = named_song(name);
  ario_passage passage;
  static ario_chain chain;
  hear_all(song, &passage, &chain);
  ario_model *model = tiny_model(seed);
  const ario__score score = {.symbolic = music(), .song = song, .passage = &passage, .alone = alone};
  ario__stage_options stage_options = ario__stage_options_default();
  stage_options.speaker = false;
  stage_options.wav = heard;
  size_t kept = 0;
  ario__composer_options options = {.producer = {.model = model,
                                                 .session = ario_session_options_default(),
                                                 .sampling = ario_sampler_options_default(),
                                                 .ahead = 4},
                                    .score = &score,
                                    .chain = &chain,
                                    .seconds = 15,
                                    .keep = count_take,
                                    .context = &kept};
  options.producer.sampling.seed = seed;
  ario__composer *composer;
  assert_ok(ario__stage_create(&stage_options, &options.producer.stage, NULL));
  ario__stage *stage = options.producer.stage;
  assert_ok(ario__composer_create(&options, &composer, NULL));
  ario__producer *producer = ario__composer_producer(composer);
  assert_ok(ario__producer_start(producer, NULL));
  assert_ok(ario__stage_start(stage, NULL));
  for (int i = 0; i < others; i++) {
    rest(0.03);
    ario__producer_another(producer);
  }
  wait_for_end(stage);
  ario__producer_stop(producer);
  assert_int_equal(ario__producer_look(producer).status, ARIO_OK);
  assert_ok(ario__stage_save(stage, NULL));
  ario_token *tokens;
  size_t count, size, other;
  uint8_t *bytes, *wav;
  assert_ok(ario__composer_tokens(composer, INT64_MAX, &tokens, &count));
  if (!others) assert_drawn(&options, tokens, count);
  assert_ok(ario__score_write(&score, tokens, count, &bytes, &size, NULL));
  ario_song *saved = parse_song(bytes, size);
  ario__render_options render = ario__render_options_default();
  ario__render_report report;
  assert_ok(ario__render(saved, rendered, &render, &report, NULL));
  free(bytes);
  bytes = read_bytes(rendered, &size);
  wav = read_bytes(heard, &other);
  assert_int_equal(size, other);
  assert_memory_equal(bytes, wav, size);
  free(bytes);
  free(wav);
  free(tokens);
  ario_song_free(saved);
  ario__composer_free(composer);
  ario__stage_free(stage);
  ario_model_free(model);
  music()->forget(&passage);
  ario_song_free(song);
  unlink(heard);
  unlink(rendered);
}

// Where little is made ahead, that is enough to begin.
static void little_ahead_is_ready(void **state) {
  (void)state;
  ario_song *song = named_song("pedal");
  ario_passage passage;
  static ario_chain chain;
  hear_all(song, &passage, &chain);
  ario_model *model = tiny_model(1);
  const ario__score score = {.symbolic = music(), .song = song, .passage = &passage, .alone = true};
  ario__stage_options stage_options = ario__stage_options_default();
  stage_options.speaker = false;
  ario__composer_options options = {.producer = {.model = model,
                                                 .session = ario_session_options_default(),
                                                 .sampling = ario_sampler_options_default(),
                                                 .ahead = 0.3},
                                    .score = &score,
                                    .chain = &chain,
                                    .seconds = 600};
  ario__composer *composer;
  assert_ok(ario__stage_create(&stage_options, &options.producer.stage, NULL));
  assert_ok(ario__composer_create(&options, &composer, NULL));
  ario__producer *producer = ario__composer_producer(composer);
  assert_ok(ario__producer_start(producer, NULL));
  ario__producer_state look = {.ready = false};
  for (int i = 0; i < 4000 && !look.ready; i++) {
    rest(0.005);
    look = ario__producer_look(producer);
  }
  assert_true(look.ready);
  assert_false(look.done);
  ario__producer_stop(producer);
  ario__composer_free(composer);
  ario__stage_free(options.producer.stage);
  ario_model_free(model);
  music()->forget(&passage);
  ario_song_free(song);
}

static void what_is_heard_is_what_is_saved(void **state) {
  (void)state;
  play_piece("pedal", 1, false, 0);
  play_piece("two_hands", 2, true, 0);
  play_piece("coarse", 3, false, 3);
  play_piece("one_note", 4, true, 3);
}

// ---- The partner and the stage, into an instrument ----

static void check_recording(ario__partner *partner) {
  ario_midi_message *messages;
  size_t count, tracks[2] = {0};
  int64_t end, last = 0;
  bool down[16][128] = {{false}};
  assert_ok(ario__partner_recording(partner, &messages, &count, &end));
  for (size_t i = 0; i < count; i++) {
    const ario_midi_message *m = &messages[i];
    unsigned kind = m->bytes[0] & 0xf0;
    tracks[m->track]++;
    assert_true(m->milliseconds >= last);
    last = m->milliseconds;
    if (kind == 0x90 || kind == 0x80) down[m->bytes[0] & 15][m->bytes[1]] = kind == 0x90 && m->bytes[2];
  }
  for (size_t c = 0; c < 16; c++)
    for (size_t p = 0; p < 128; p++) assert_false(down[c][p]);
  assert_true(tracks[0] > 0);
  assert_true(tracks[1] > 0);
  free(messages);
}

static void press(ario__partner *partner, unsigned status, unsigned first, unsigned second) {
  const uint8_t bytes[] = {(uint8_t)status, (uint8_t)first, (uint8_t)second};
  ario__partner_key(partner, bytes, sizeof bytes);
}

// Some turns, in which the player leaves keys down, takes over, panics, and asks again at once.
static void a_jam_leaves_no_note_stuck(void **state) {
  (void)state;
  static const char *const fifo = "live-instrument";
  unlink(fifo);
  assert_int_equal(mkfifo(fifo, 0600), 0);
  int reader = open(fifo, O_RDWR | O_NONBLOCK);
  ario_model *model = tiny_model(9);
  ario__stage_options stage_options = ario__stage_options_default();
  stage_options.speaker = false;
  stage_options.midi_out = fifo;
  stage_options.log = true;
  const ario_passage_options rules = ario_passage_options_default();
  ario__partner_options options = {.model = model,
                                   .session = ario_session_options_default(),
                                   .sampling = ario_sampler_options_default(),
                                   .symbolic = music(),
                                   .rules = &rules,
                                   .trigger = ARIO__TRIGGER_CONTROL,
                                   .trigger_number = 67,
                                   .answer_seconds = 0.5};
  ario__partner *partner;
  assert_ok(ario__stage_create(&stage_options, &options.stage, NULL));
  assert_ok(ario__partner_create(&options, &partner, NULL));
  assert_ok(ario__stage_start(options.stage, NULL));
  assert_ok(ario__partner_start(partner, NULL));
  chance c = {4};
  for (int turn = 0; turn < 12; turn++) {
    uint8_t bytes[4096];
    for (int i = 0; i < 3; i++) {
      unsigned pitch = 50 + (unsigned)draw_below(&c, 30);
      press(partner, 0x90 | (unsigned)turn % 3, pitch, 80);
      rest(0.02);
      if (i) press(partner, 0x80 | (unsigned)turn % 3, pitch, 0);
    }
    press(partner, 0xb0, 67, 127);
    press(partner, 0xb0, 67, 0);
    if (turn % 4 == 3) press(partner, 0xb0, 67, 127);
    rest(0.02 + 0.001 * (double)draw_below(&c, 700));
    if (turn % 5 == 4) ario__partner_panic(partner);
    while (read(reader, bytes, sizeof bytes) > 0) {
    }
  }
  ario__partner_stop(partner);
  ario__partner_state end = ario__partner_look(partner);
  assert_int_equal(end.status, ARIO_OK);
  assert_int_equal(end.played, 36);
  assert_true(end.answers >= 10);
  assert_true(end.interrupted > 0);
  check_recording(partner);
  ario__partner_free(partner);
  ario__stage_free(options.stage);
  ario_model_free(model);
  close(reader);
  unlink(fifo);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_ring_loses_and_makes_up_nothing), cmocka_unit_test(a_ring_beyond_memory_is_refused),
      cmocka_unit_test(a_tape_drops_and_is_cut),           cmocka_unit_test(what_is_final_stays),
      cmocka_unit_test(what_is_heard_is_what_is_saved),    cmocka_unit_test(little_ahead_is_ready),
      cmocka_unit_test(a_jam_leaves_no_note_stuck)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
