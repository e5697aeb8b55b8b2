// SPDX-License-Identifier: MIT
//
// The pace of live generation, by a clock of the test's own.
#include "apps/cli/stopwatch.h"
#include "apps/generate/pace.h"
#include "support/tiny_model.h"

static double now;

double __wrap_ario__seconds_now(void);
double __wrap_ario__seconds_now(void) {
  return now;
}

// Half a second of work that made `made` seconds of music.
static bool works(ario__pace *pace, double *total, double made, double lead) {
  now += 0.5;
  *total += made;
  return ario__pace_judge(pace, 0.5, *total, lead);
}

static void open_level(ario__pace *pace, size_t latents) {
  static const ario_token tokens[300] = {1};
  ario_session *session = NULL;
  assert_int_equal(pace->latents, latents);
  assert_ok(ario__pace_open(pace, tokens, COUNT_OF(tokens), &session, NULL));
  assert_int_equal(ario_session_length(session), 256); // what the model can see
  ario_session_free(session);
}

static void latents_halve_while_it_is_behind(void **state) {
  (void)state;
  ario_model *model = tiny_model(1); // 64 latents: levels of 64, 32, 16
  const ario_session_options session = ario_session_options_default();
  ario__pace pace = ario__pace_of(model, &session, 10);
  double made = 0;
  now = 100;
  assert_int_equal(pace.levels, 3);
  open_level(&pace, 64);
  assert_false(ario__pace_judge(&pace, 0.3, made += 0.01, 1)); // too early to say
  assert_false(works(&pace, &made, 1.0, 1));                   // 1.01 s in 0.8 s
  assert_false(works(&pace, &made, 0.3, 8));                   // slow, but far ahead
  assert_true(works(&pace, &made, 0.54, 1));                   // barely faster than it is heard
  open_level(&pace, 32);
  assert_true(works(&pace, &made, 0.3, 1));
  open_level(&pace, 16);
  assert_false(works(&pace, &made, 0.3, 1)); // there is no level below
  assert_int_equal(pace.latents_least, 16);
  assert_int_equal(pace.changes, 2);
  ario_model_free(model);
}

// Once it has been ahead for a while it tries more latents; where these are too slow, it waits longer for the next try.
static void latents_come_back(void **state) {
  (void)state;
  ario_model *model = tiny_model(1);
  const ario_session_options session = ario_session_options_default();
  ario__pace pace = ario__pace_of(model, &session, 10);
  double made = 0, patience = 5;
  now = 100;
  assert_true(works(&pace, &made, 0.3, 1));
  for (int try = 0; try < 3; try++) {
    now += patience - 0.01;
    assert_false(ario__pace_rest(&pace, made, 9.5));
    now += 0.02;
    assert_false(ario__pace_rest(&pace, made, 8.9)); // not ahead enough
    assert_true(ario__pace_rest(&pace, made, 9.1));
    open_level(&pace, 64);
    assert_true(works(&pace, &made, 0.3, 1));
    open_level(&pace, 32);
    patience *= 1.5;
  }
  assert_int_equal(pace.latents_least, 32);
  ario_model_free(model);
}

// A rest begins the measurement of speed again.
static void rests_do_not_count(void **state) {
  (void)state;
  ario_model *model = tiny_model(1);
  const ario_session_options session = ario_session_options_default();
  ario__pace pace = ario__pace_of(model, &session, 10);
  now = 100;
  assert_false(ario__pace_judge(&pace, 0.3, 0.1, 1));
  assert_false(ario__pace_rest(&pace, 0.1, 9.5));
  assert_false(ario__pace_judge(&pace, 0.3, 0.4, 1));
  assert_false(ario__pace_judge(&pace, 0.2, 0.7, 1)); // 0.6 s in 0.5 s
  assert_true(ario__pace_judge(&pace, 0.5, 1.2, 1));  // 0.5 s in 0.5 s
  ario_model_free(model);
}

// The tokens that are fed between two refills.
static size_t tokens_between_refills(ario_session *session) {
  const float *logits;
  const ario_token token = 5;
  size_t fed[3] = {0}, begun = ario_session_refills(session);
  for (size_t part; (part = ario_session_refills(session) - begun) < 3; fed[part]++) {
    assert_ok(ario_session_feed(session, &token, 1));
    assert_ok(ario_session_logits(session, &logits));
  }
  assert_int_equal(fed[1], fed[2]);
  return fed[1];
}

// Below all latents a refill computes a quarter of them, not half; the token that causes it is one of these.
static void refills_are_shorter_below(void **state) {
  (void)state;
  static const size_t wanted[] = {64 - 31, 32 - 7, 16 - 3};
  ario_model *model = tiny_model(1);
  const ario_session_options options = ario_session_options_default();
  ario__pace pace = ario__pace_of(model, &options, 10);
  for (pace.level = 0; pace.level < pace.levels; pace.level++) {
    static const ario_token tokens[256] = {1};
    ario_session *session = NULL;
    assert_ok(ario__pace_open(&pace, tokens, COUNT_OF(tokens), &session, NULL));
    size_t between = tokens_between_refills(session);
    if (between != wanted[pace.level])
      fail_msg("level %zu: %zu tokens between refills, not %zu", pace.level, between, wanted[pace.level]);
    ario_session_free(session);
  }
  ario_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(latents_halve_while_it_is_behind), cmocka_unit_test(latents_come_back),
      cmocka_unit_test(rests_do_not_count), cmocka_unit_test(refills_are_shorter_below)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
