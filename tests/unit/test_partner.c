// SPDX-License-Identifier: MIT
//
// The partner against a stage and a clock of the test's own. Time passes only while the partner sleeps, so that when an
// answer begins and how late it is heard are exact.
#include "apps/cli/stopwatch.h"
#include "apps/midi/partner.h"
#include "arioso/arioso.h"
#include "support/tiny_model.h"

#include <pthread.h>
#include <sched.h>

enum { RATE = 1000, MOST = 4096, NAP = 70 }; // frames are milliseconds; a nap lasts longer than a real one
static const double clock_begins = 5000, stage_latency = 100; // seconds

struct message {
  int64_t frame;
  uint8_t bytes[3];
  bool live;
};

// All under `lock`: the partner has its own thread.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  int64_t now;                  // frames
  struct message waiting[MOST]; // what will be performed, by frame
  size_t waiting_count;
  struct message done[MOST]; // what the partner has read
  size_t done_count;
} stage;

static void enter(int64_t frame, const uint8_t *bytes, bool live) {
  assert_true(stage.waiting_count < MOST);
  size_t at = stage.waiting_count++;
  for (; at && stage.waiting[at - 1].frame > frame; at--) stage.waiting[at] = stage.waiting[at - 1];
  stage.waiting[at] = (struct message){frame, {bytes[0], bytes[1], bytes[2]}, live};
}

#define FAKE(type, name, ...)                                                                                \
  type __wrap_##name(__VA_ARGS__);                                                                           \
  type __wrap_##name(__VA_ARGS__)

FAKE(double, ario__seconds_now, void) {
  pthread_mutex_lock(&lock);
  double now = clock_begins + (double)stage.now / RATE;
  pthread_mutex_unlock(&lock);
  return now;
}

FAKE(void, ario__sleep, double seconds) {
  (void)seconds;
  pthread_mutex_lock(&lock);
  stage.now += NAP;
  pthread_mutex_unlock(&lock);
}

FAKE(unsigned, ario__stage_rate, const ario__stage *s) {
  (void)s;
  return RATE;
}

FAKE(int64_t, ario__stage_frame, ario__stage *s) {
  (void)s;
  pthread_mutex_lock(&lock);
  int64_t now = stage.now;
  pthread_mutex_unlock(&lock);
  return now;
}

FAKE(double, ario__stage_latency, const ario__stage *s) {
  (void)s;
  return stage_latency;
}

FAKE(ario_status, ario__stage_schedule, ario__stage *s, const ario_midi_event *events, size_t count,
     int64_t final) {
  (void)s, (void) final;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < count; i++) enter(events[i].microseconds * RATE / 1000000, events[i].bytes, false);
  pthread_mutex_unlock(&lock);
  return ARIO_OK;
}

FAKE(void, ario__stage_play, ario__stage *s, const uint8_t *bytes, size_t size) {
  (void)s, (void)size;
  pthread_mutex_lock(&lock);
  enter(stage.now - 1, bytes, false);
  pthread_mutex_unlock(&lock);
}

FAKE(void, ario__stage_drop, ario__stage *s) {
  (void)s;
  pthread_mutex_lock(&lock);
  size_t kept = 0;
  for (size_t i = 0; i < stage.waiting_count; i++)
    if (stage.waiting[i].live || stage.waiting[i].frame < stage.now) stage.waiting[kept++] = stage.waiting[i];
  stage.waiting_count = kept;
  pthread_mutex_unlock(&lock);
}

FAKE(size_t, ario__stage_read, ario__stage *s, ario__performed *messages, size_t room) {
  (void)s;
  pthread_mutex_lock(&lock);
  size_t count = 0;
  while (count < room && count < stage.waiting_count && stage.waiting[count].frame < stage.now) {
    const struct message *m = &stage.waiting[count];
    assert_true(stage.done_count < MOST);
    stage.done[stage.done_count++] = *m;
    messages[count] = (ario__performed){.frame = m->frame, .live = m->live, .size = 3};
    memcpy(messages[count++].bytes, m->bytes, 3);
  }
  stage.waiting_count -= count;
  memmove(stage.waiting, stage.waiting + count, stage.waiting_count * sizeof *stage.waiting);
  pthread_mutex_unlock(&lock);
  return count;
}

// Keys of the player, the last message at frame `end`: some that go up at once, or many that are held until after the
// answer. Returns how many.
static size_t player_plays(int64_t end, bool held) {
  uint8_t count = held ? 88 : 5;
  for (uint8_t i = 0; i < count; i++) {
    enter(end - (held ? 3 : 50) * (i + !held), (const uint8_t[]){0x90, (uint8_t)(20 + i), 80}, true);
    enter(held ? end + 8000 : end - 50 * i, (const uint8_t[]){0x80, (uint8_t)(20 + i), 0}, true);
  }
  return count;
}

// The frame of the first note of the answer from frame `after` on; -1: none.
static int64_t first_answer(int64_t after) {
  for (size_t i = 0; i < stage.done_count; i++)
    if (stage.done[i].bytes[0] == 0x91 && stage.done[i].bytes[2] && stage.done[i].frame >= after)
      return stage.done[i].frame;
  return -1;
}

// After a silence the partner answers: with a note, at once, whether keys are held (which could end first) or not. Its
// latency is from the end of that silence, however late the partner noticed it, to the ear.
static void an_answer_begins_at_once(void **state) {
  (void)state;
  enum { TURNS = 24, TURN = 20011, SILENCE = 300 };
  const ario_passage_options rules = ario_passage_options_default();
  ario_model *model = tiny_model(9);
  ario__partner_options options = {.model = model,
                                   .session = ario_session_options_default(),
                                   .sampling = ario_sampler_options_default(),
                                   .symbolic = ario_codec_find("midi-performance")->symbolic,
                                   .rules = &rules,
                                   .trigger = ARIO__TRIGGER_SILENCE,
                                   .answer_after = (double)SILENCE / RATE,
                                   .answer_seconds = 2,
                                   .turns = TURNS};
  size_t keys = 0;
  for (int64_t turn = 0; turn < TURNS; turn++) keys += player_plays(1300 + TURN * turn, turn % 2);
  ario__partner *partner;
  assert_ok(ario__partner_create(&options, &partner, NULL));
  assert_ok(ario__partner_start(partner, NULL));
  ario__partner_state end;
  do {
    sched_yield();
    end = ario__partner_look(partner);
  } while (!end.done && !end.status && __wrap_ario__stage_frame(NULL) < TURNS * TURN + 60000);
  ario__partner_stop(partner);
  assert_int_equal(end.status, ARIO_OK);
  assert_int_equal(end.answers, TURNS);
  assert_int_equal(end.interrupted, 0);
  assert_int_equal(end.played, keys);
  size_t count;
  const double *latencies = ario__partner_latencies(partner, &count);
  assert_int_equal(count, TURNS);
  bool late = false;
  for (int64_t turn = 0; turn < TURNS; turn++) {
    int64_t asked = 1300 + TURN * turn + SILENCE, began = first_answer(asked);
    // It may have been asleep for a nap; tokens have steps of 10 ms.
    if (began < asked || began > asked + NAP + 20)
      fail_msg("turn %lld: asked at %lld, the first note at %lld", (long long)turn, (long long)asked,
               (long long)began);
    double wanted = (double)(began - asked) / RATE + stage_latency;
    if (latencies[turn] < wanted - 1e-6 || latencies[turn] > wanted + 1e-6)
      fail_msg("turn %lld: %g s, not %g", (long long)turn, latencies[turn], wanted);
    late = late || began - asked > NAP / 2;
  }
  assert_true(late); // else nothing was noticed late
  ario__partner_free(partner);
  ario_model_free(model);
}

// What is wished holds for answers. Where all keys are held that may sound, none begins at once.
static void answers_keep_to_a_scale(void **state) {
  (void)state;
  enum { TURNS = 12, TURN = 20011 };
  const ario_passage_options rules = ario_passage_options_default();
  ario_steering wishes = ario_steering_default();
  assert_ok(ario_key_parse("D major", &wishes.scale, NULL));
  assert_ok(ario_range_parse("C3-C6", &wishes, NULL));
  memset(&stage, 0, sizeof stage);
  ario_model *model = tiny_model(11);
  ario__partner_options options = {.model = model,
                                   .session = ario_session_options_default(),
                                   .sampling = ario_sampler_options_default(),
                                   .symbolic = ario_codec_find("midi-performance")->symbolic,
                                   .rules = &rules,
                                   .wishes = &wishes,
                                   .answer_after = 0.3,
                                   .answer_seconds = 2,
                                   .turns = TURNS};
  for (int64_t turn = 0; turn < TURNS; turn++) player_plays(1300 + TURN * turn, turn % 2);
  ario__partner *partner;
  assert_ok(ario__partner_create(&options, &partner, NULL));
  assert_ok(ario__partner_start(partner, NULL));
  ario__partner_state end;
  do {
    sched_yield();
    end = ario__partner_look(partner);
  } while (!end.done && !end.status && __wrap_ario__stage_frame(NULL) < TURNS * TURN + 60000);
  ario__partner_stop(partner);
  assert_int_equal(end.status, ARIO_OK);
  size_t notes = 0;
  for (size_t i = 0; i < stage.done_count; i++) {
    const uint8_t *bytes = stage.done[i].bytes;
    if (bytes[0] != 0x91 || !bytes[2]) continue;
    notes++;
    if (!(wishes.scale >> bytes[1] % 12 & 1) || bytes[1] < 48 || bytes[1] > 84)
      fail_msg("an answer has the pitch %u", bytes[1]);
  }
  assert_true(notes > TURNS);
  ario__partner_free(partner);
  ario_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_answer_begins_at_once),
                                     cmocka_unit_test(answers_keep_to_a_scale)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
