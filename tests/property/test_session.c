// SPDX-License-Identifier: MIT
//
// Sessions against the reference: what arioso/session.h states, for random calls. Equal means within
// TOLERANCE of the largest logit: fp32 sums of up to a few hundred terms through three layers, in an order
// that differs between a row alone and a row among others. Where bits are promised, bits are compared.
#include "arioso/takes.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

#include <math.h>
#include <pthread.h>

static const double TOLERANCE = 2e-5;

enum { MAX_FED = 700 };

// A generator of the test's own, so that a failure repeats: ARIO_SEED.
static uint64_t random_state;

static size_t draw(size_t below) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(random_state >> 33) % below;
}

static ario_model *make_model_with(size_t layers, size_t context, size_t latents, size_t waves) {
  ario_config config = ario_config_default();
  config.vocab_size = 23;
  config.channels = 24;
  config.heads = 3;
  config.layers = layers;
  config.max_context = context;
  config.max_latents = latents;
  config.position_waves = waves;
  ario_model *model;
  assert_ok(ario_model_random(&config, draw(1000), &model, NULL));
  return model;
}

static ario_model *make_model(size_t layers, size_t context, size_t latents) {
  return make_model_with(layers, context, latents, 0);
}

static ario_session *make_session(const ario_model *model, ario_session_options options) {
  ario_session *session;
  ario_error error = {""};
  if (ario_session_create(model, &options, &session, &error)) fail_msg("%s", error.text);
  return session;
}

static void random_tokens(ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) tokens[i] = (ario_token)draw(23);
}

// The state of a session as the header describes it, kept beside it: which latents there are and what each of
// them saw.
struct shadow {
  ario_token tokens[MAX_FED];
  size_t fed, done, cached, refills;
  size_t oldest[MAX_FED]; // by position: the oldest token that its latent saw
};

static void shadow_logits(struct shadow *s, const ario_session_options *o) {
  size_t missing = s->fed - s->done, ring = s->fed < o->context ? s->fed : o->context;
  if (!missing) return;
  if (!s->cached || s->cached + missing > o->latents) {
    if (s->cached) s->refills++;
    s->cached = 0;
    missing = o->refill < ring ? o->refill : ring;
  }
  for (size_t p = s->fed - missing; p < s->fed; p++) s->oldest[p] = s->fed - ring;
  s->cached += missing;
  s->done = s->fed;
}

static double distance_to_reference(const ario_model *model, const struct shadow *s, const float *logits) {
  size_t vocab = ario_model_config(model)->vocab_size;
  double *expected = malloc(s->cached * vocab * sizeof *expected);
  reference_forward(model, s->tokens, s->fed, s->cached, s->oldest + s->fed - s->cached, expected);
  double distance = reference_distance(logits, expected + (s->cached - 1) * vocab, vocab);
  free(expected);
  return distance;
}

// Random feeds (one token mostly, at times many) with logits now and then, across refills and past the end of
// the ring.
static void walk(const ario_model *model, ario_session_options options, size_t until) {
  ario_session *session = make_session(model, options);
  struct shadow *s = calloc(1, sizeof *s);
  double worst = 0;
  while (s->fed < until) {
    size_t count = draw(8) ? 1 : 1 + draw(40);
    if (count > until - s->fed) count = until - s->fed;
    random_tokens(s->tokens + s->fed, count);
    assert_ok(ario_session_feed(session, s->tokens + s->fed, count));
    s->fed += count;
    if (draw(6) == 0) continue; // the next logits have more to do
    const float *logits;
    assert_ok(ario_session_logits(session, &logits));
    shadow_logits(s, &options);
    double distance = distance_to_reference(model, s, logits);
    worst = fmax(worst, distance);
    assert_below(distance, TOLERANCE);
    assert_int_equal(ario_session_length(session), s->fed);
    assert_int_equal(ario_session_refills(session), s->refills);
  }
  print_message("context %zu, latents %zu, refill %zu: %zu refills, off by %.1e\n", options.context,
                options.latents, options.refill, s->refills, worst);
  ario_session_free(session);
  free(s);
}

static void cached_equals_full(void **state) {
  (void)state;
  const size_t shapes[][3] = {{60, 16, 8}, {60, 1, 1},   {33, 33, 5},    {200, 7, 7},
                              {1, 1, 1},   {150, 20, 1}, {300, 150, 140}};
  for (size_t i = 0; i < COUNT_OF(shapes); i++) {
    ario_model *model = make_model_with(2, 320, 160, i % 3 * 6);
    ario_session_options options = {.context = shapes[i][0], .latents = shapes[i][1], .refill = shapes[i][2]};
    options.threads = 1 + i % 2;
    walk(model, options, shapes[i][0] * 2 < 100 ? 100 : shapes[i][0] * 2);
    ario_model_free(model);
  }
}

// Past the end of the ring, right after a refill: a fresh session that is fed the newest tokens alone, with
// positions from 0: so it is as long as only distances count, without waves.
static void refill_equals_fresh_session(void **state) {
  (void)state;
  ario_model *model = make_model(2, 50, 12);
  ario_session *session = make_session(model, (ario_session_options){0});
  ario_session *fresh = make_session(model, (ario_session_options){0});
  ario_token tokens[MAX_FED];
  random_tokens(tokens, MAX_FED);
  assert_ok(ario_session_feed(session, tokens, 20));
  size_t compared = 0;
  for (size_t fed = 20; fed < 200; fed++) {
    const float *logits, *expected;
    size_t refills = ario_session_refills(session);
    assert_ok(ario_session_logits(session, &logits));
    if (ario_session_refills(session) > refills) {
      size_t held = fed < 50 ? fed : 50;
      ario_session_reset(fresh);
      assert_ok(ario_session_feed(fresh, tokens + fed - held, held));
      assert_ok(ario_session_logits(fresh, &expected));
      for (size_t i = 0; i < 23; i++) assert_below(fabs(logits[i] - expected[i]), TOLERANCE * 20);
      compared++;
    }
    assert_ok(ario_session_feed(session, tokens + fed, 1));
  }
  assert_true(compared > 20);
  ario_session_free(fresh);
  ario_session_free(session);
  ario_model_free(model);
}

// Bit for bit: plays `steps` tokens from a prompt, greedily, and returns all logits. To be freed.
static float *play(ario_session *session, const ario_token *prompt, size_t count, size_t steps) {
  float *all = malloc(steps * 23 * sizeof *all);
  assert_ok(ario_session_feed(session, prompt, count));
  for (size_t i = 0; i < steps; i++) {
    const float *logits;
    assert_ok(ario_session_logits(session, &logits));
    memcpy(all + i * 23, logits, 23 * sizeof *all);
    ario_token best = 0;
    for (size_t t = 1; t < 23; t++)
      if (logits[t] > logits[best]) best = (ario_token)t;
    assert_ok(ario_session_feed(session, &best, 1));
  }
  return all;
}

static void threads_and_runs_agree(void **state) {
  (void)state;
  ario_model *model = make_model(3, 256, 64);
  ario_token prompt[150];
  random_tokens(prompt, COUNT_OF(prompt));
  for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++) {
    float *first = NULL;
    const size_t threads[] = {1, 2, 1, 3, 2};
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
      ario_session *session = make_session(
          model, (ario_session_options){.threads = threads[i], .kernels = (ario_kernels)kernels});
      float *all = play(session, prompt, COUNT_OF(prompt), 300);
      if (first) assert_memory_equal(first, all, 300 * 23 * sizeof *all);
      if (first)
        free(all);
      else
        first = all;
      ario_session_free(session);
    }
    free(first);
  }
  ario_model_free(model);
}

// One of several threads that share a model, each with a session of its own.
struct player {
  const ario_model *model;
  const ario_token *prompt;
  size_t threads;
  float *all;
};

static void *play_alone(void *argument) {
  struct player *player = argument;
  ario_session *session = make_session(player->model, (ario_session_options){.threads = player->threads});
  player->all = play(session, player->prompt, 50, 100);
  ario_session_free(session);
  return NULL;
}

static void sessions_share_a_model(void **state) {
  (void)state;
  ario_model *model = make_model(2, 128, 32);
  ario_token prompt[50];
  random_tokens(prompt, COUNT_OF(prompt));
  struct player players[4];
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++) {
    players[i] = (struct player){.model = model, .prompt = prompt, .threads = 1 + i % 2};
    assert_int_equal(pthread_create(&threads[i], NULL, play_alone, &players[i]), 0);
  }
  for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  for (size_t i = 1; i < 4; i++)
    assert_memory_equal(players[0].all, players[i].all, 100 * 23 * sizeof(float));
  for (size_t i = 0; i < 4; i++) free(players[i].all);
  ario_model_free(model);
}

static void clone_goes_on_alike(void **state) {
  (void)state;
  ario_model *model = make_model(2, 64, 16);
  ario_token prompt[100], more[3] = {1, 2, 3};
  random_tokens(prompt, COUNT_OF(prompt));
  for (size_t used = 0; used < 3; used++) { // cloned before, between and after logits
    ario_session *session = make_session(model, (ario_session_options){.threads = 2}), *clone;
    free(play(session, prompt, 40, used * 25));
    assert_ok(ario_session_clone(session, &clone));
    float *a = play(session, more, 3, 60), *b = play(clone, more, 3, 60);
    assert_memory_equal(a, b, 60 * 23 * sizeof *a);
    assert_int_equal(ario_session_refills(session), ario_session_refills(clone));
    free(a), free(b);
    ario_session_free(session);
    ario_session_free(clone);
  }
  ario_model_free(model);
}

static void later_tokens_change_nothing(void **state) {
  (void)state;
  ario_model *model = make_model(2, 120, 60);
  ario_session *session = make_session(model, (ario_session_options){0});
  ario_token tokens[120];
  float *before = malloc(60 * 23 * sizeof *before), *after = malloc(60 * 23 * sizeof *after);
  random_tokens(tokens, 120);
  assert_ok(ario_session_feed(session, tokens, 120));
  assert_ok(ario_session_forward(session, 60, before));
  for (size_t changed = 60; changed < 120; changed += 7) {
    ario_token old = tokens[changed];
    tokens[changed] = (ario_token)((old + 1 + draw(21)) % 23);
    ario_session_reset(session);
    assert_ok(ario_session_feed(session, tokens, 120));
    assert_ok(ario_session_forward(session, 60, after));
    size_t row = changed - 60; // the first that may see the change
    assert_memory_equal(before, after, row * 23 * sizeof *before);
    assert_memory_not_equal(before + row * 23, after + row * 23, 23 * sizeof *before);
    tokens[changed] = old;
  }
  free(before), free(after);
  ario_session_free(session);
  ario_model_free(model);
}

static void forward_leaves_its_latents(void **state) {
  (void)state;
  ario_model *model = make_model(2, 80, 32);
  ario_session *session = make_session(model, (ario_session_options){0});
  ario_token tokens[80];
  float *all = malloc(32 * 23 * sizeof *all);
  const float *logits;
  random_tokens(tokens, 80);
  assert_ok(ario_session_feed(session, tokens, 50));
  assert_ok(ario_session_forward(session, 20, all));
  assert_ok(ario_session_logits(session, &logits));
  assert_memory_equal(logits, all + 19 * 23, 23 * sizeof *all);
  assert_ok(ario_session_feed(session, tokens + 50, 1));
  assert_ok(ario_session_logits(session, &logits));
  double expected[21 * 23];
  reference_forward(model, tokens, 51, 21, NULL, expected);
  assert_below(reference_distance(logits, expected + 20 * 23, 23), TOLERANCE);
  assert_int_equal(ario_session_refills(session), 0);
  free(all);
  ario_session_free(session);
  ario_model_free(model);
}

static void misuse_is_refused(void **state) {
  (void)state;
  ario_model *model = make_model(1, 16, 8);
  ario_session *session = make_session(model, (ario_session_options){0});
  const float *logits;
  float row[23];
  ario_error error = {""};
  size_t bytes;
  assert_status(ario_session_logits(session, &logits), ARIO_ERR_STATE);
  assert_status(ario_session_feed(session, (ario_token[]){1, 23}, 2), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_session_length(session), 0);
  assert_ok(ario_session_feed(session, (ario_token[]){1, 22}, 2));
  assert_status(ario_session_forward(session, 3, row), ARIO_ERR_ARGUMENT);
  assert_status(ario_session_forward(session, 0, row), ARIO_ERR_ARGUMENT);
  assert_status(ario_session_attention(session, 2, 0, row), ARIO_ERR_ARGUMENT);
  assert_status(ario_session_attention(session, 1, 3, row), ARIO_ERR_ARGUMENT);
  assert_ok(ario_session_attention(session, 1, 2, row));
  const ario_session_options wrong[] = {{.context = 17},
                                        {.latents = 9},
                                        {.context = 4, .latents = 5},
                                        {.refill = 9},
                                        {.latents = 4, .refill = 5},
                                        {.threads = 65}};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    assert_status(ario_session_bytes(model, &wrong[i], &bytes, &error), ARIO_ERR_ARGUMENT);
    assert_contains(error.text, "out of range");
    ario_session *none = session;
    assert_status(ario_session_create(model, &wrong[i], &none, &error), ARIO_ERR_ARGUMENT);
    assert_null(none);
  }
  ario_session_free(NULL);
  ario_session_free(session);
  ario_model_free(model);
}

static bool same_bits(const float *a, const float *b, size_t count) {
  return memcmp(a, b, count * sizeof *a) == 0;
}

// A refill that was spread over the tokens before it is the one that computes all its latents at once: bit
// for bit, in every precision, within the ring and past its end, over several tiles of the context.
static void spread_refill_equals_plain(void **state) {
  (void)state;
  ario_model *model = make_model(2, 640, 160);
  ario_token tokens[MAX_FED];
  random_tokens(tokens, MAX_FED);
  const size_t refills[] = {5, 10, 17, 20}; // of 20: half is what fits exactly, more has to catch up
  for (size_t i = 0; i < 24; i++) {
    ario_session_options options = {.context = i % 2 ? 640 : 290,
                                    .latents = 20,
                                    .refill = refills[i / 6],
                                    .threads = 1 + i % 3 % 2,
                                    .kernels = i % 4 == 3 ? ARIO_KERNELS_PLAIN : ARIO_KERNELS_FAST,
                                    .precision = (ario_precision)(i % 3)};
    ario_session *session = make_session(model, options), *plain = make_session(model, options);
    const float *logits, *expected;
    size_t compared = 0, fed = 250;
    assert_ok(ario_session_feed(session, tokens, fed));
    assert_ok(ario_session_logits(session, &logits));
    for (; fed < MAX_FED && compared < 12; fed++) {
      size_t before = ario_session_refills(session);
      assert_ok(ario_session_feed(session, tokens + fed, 1));
      assert_ok(ario_session_logits(session, &logits));
      if (ario_session_refills(session) == before) continue;
      ario_session_reset(plain);
      assert_ok(ario_session_feed(plain, tokens, fed + 1));
      assert_ok(ario_session_logits(plain, &expected));
      if (!same_bits(logits, expected, 23))
        fail_msg("refill %zu, %s: after %zu tokens", options.refill, ario_precision_name(options.precision),
                 fed + 1);
      compared++;
    }
    assert_true(compared == 12);
    ario_session_free(session), ario_session_free(plain);
  }
  ario_model_free(model);
}

// Takes of one prompt, fed in any company, have the bits of sessions of their own: from a prompt shorter than
// a tile or longer, past refills and the end of the ring.
static void walk_takes(const ario_model *model, ario_session_options options, size_t prompt) {
  enum { TAKES = 5, STEPS = 90 };
  ario_token tokens[MAX_FED];
  ario_session *session = make_session(model, options), *alone[TAKES];
  ario_takes *takes;
  const float *logits, *expected;
  ario_error error = {""};
  random_tokens(tokens, prompt);
  assert_ok(ario_session_feed(session, tokens, prompt));
  for (size_t t = 0; t < TAKES; t++) {
    alone[t] = make_session(model, options);
    assert_ok(ario_session_feed(alone[t], tokens, prompt));
    assert_ok(ario_session_logits(alone[t], &logits));
  }
  if (ario_takes_create(session, TAKES, STEPS, &takes, &error)) fail_msg("%s", error.text);
  for (size_t step = 0; step < STEPS; step++) {
    size_t which[TAKES], count = 0;
    ario_token next[TAKES];
    for (size_t t = 0; t < TAKES; t++)
      if (draw(4)) which[count] = t, next[count++] = (ario_token)draw(23);
    assert_ok(ario_takes_feed(takes, which, next, count));
    for (size_t i = 0; i < count; i++) {
      assert_ok(ario_session_feed(alone[which[i]], &next[i], 1));
      assert_ok(ario_session_logits(alone[which[i]], &expected));
      assert_ok(ario_takes_logits(takes, which[i], &logits));
      if (!same_bits(logits, expected, 23))
        fail_msg("take %zu, step %zu of prompt %zu", which[i], step, prompt);
    }
  }
  ario_takes_free(takes);
  for (size_t t = 0; t < TAKES; t++) ario_session_free(alone[t]);
  ario_session_free(session);
}

static void takes_equal_sessions(void **state) {
  (void)state;
  ario_model *model = make_model(2, 640, 160);
  const size_t prompts[] = {1, 100, 256, 300, 600};
  for (size_t i = 0; i < 15; i++)
    walk_takes(model,
               (ario_session_options){.context = i % 2 ? 640 : 60,
                                      .latents = 24,
                                      .threads = 1 + i % 2,
                                      .precision = (ario_precision)(i % 3)},
               prompts[i / 3]);
  ario_model_free(model);
}

static void takes_are_checked(void **state) {
  (void)state;
  ario_model *model = make_model(1, 40, 10);
  ario_session *session = make_session(model, (ario_session_options){0});
  ario_takes *takes = NULL;
  assert_int_equal(ario_takes_create(session, 2, 3, &takes, NULL), ARIO_ERR_STATE);
  assert_ok(ario_session_feed(session, (ario_token[]){1, 2}, 2));
  assert_int_equal(ario_takes_create(session, 0, 3, &takes, NULL), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_takes_create(session, ARIO_TAKES_MOST + 1, 3, &takes, NULL), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_takes_create(session, 2, 0, &takes, NULL), ARIO_ERR_ARGUMENT);
  assert_null(takes);
  assert_ok(ario_takes_create(session, 2, 3, &takes, NULL));
  const ario_token tokens[] = {1, 2, 23};
  assert_int_equal(ario_takes_feed(takes, (size_t[]){0, 2}, tokens, 2), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_takes_feed(takes, (size_t[]){1, 1}, tokens, 2), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_takes_feed(takes, (size_t[]){1}, tokens + 2, 1), ARIO_ERR_ARGUMENT);
  for (size_t i = 0; i < 3; i++) assert_ok(ario_takes_feed(takes, (size_t[]){0}, tokens, 1));
  assert_int_equal(ario_takes_feed(takes, (size_t[]){1, 0}, tokens, 2), ARIO_ERR_LIMIT);
  assert_ok(ario_takes_feed(takes, (size_t[]){1}, tokens, 1)); // which had not been fed by that
  ario_takes_free(takes), ario_takes_free(NULL);
  ario_session_free(session);
  ario_model_free(model);
}

// bf16 rounds both factors to 8 bits, int8 weights to 7: over two layers some percent of the largest logit;
// the plain kernels round alike and differ by the order of sums, where a rounding may then fall to the other
// side.
static void precisions_are_near(void **state) {
  (void)state;
  ario_model *model = make_model(2, 300, 100);
  ario_token tokens[280];
  float *logits[3][2];
  random_tokens(tokens, 280);
  for (int p = 0; p < 3; p++)
    for (int plain = 0; plain < 2; plain++) {
      ario_session *session = make_session(
          model, (ario_session_options){.precision = (ario_precision)p, .kernels = (ario_kernels)plain});
      logits[p][plain] = malloc(100 * 23 * sizeof(float));
      assert_ok(ario_session_feed(session, tokens, 280));
      assert_ok(ario_session_forward(session, 100, logits[p][plain]));
      ario_session_free(session);
    }
  double largest = 0;
  for (size_t i = 0; i < 2300; i++) largest = fmax(largest, fabs(logits[0][1][i]));
  const double near_fp32[] = {1e-5, 3e-2, 3e-2}, near_plain[] = {1e-5, 1e-2, 1e-3};
  for (int p = 0; p < 3; p++) {
    double to_fp32 = 0, to_plain = 0;
    for (size_t i = 0; i < 2300; i++) {
      to_fp32 = fmax(to_fp32, fabs(logits[p][0][i] - logits[0][1][i]) / largest);
      to_plain = fmax(to_plain, fabs(logits[p][0][i] - logits[p][1][i]) / largest);
    }
    print_message("%s: %.1e from fp32, %.1e from plain\n", ario_precision_name((ario_precision)p), to_fp32,
                  to_plain);
    assert_below(to_fp32, near_fp32[p]);
    assert_below(to_plain, near_plain[p]);
  }
  for (int p = 0; p < 3; p++) free(logits[p][0]), free(logits[p][1]);
  ario_model_free(model);
}

// What one position looks at, against the reference: each head and their mean.
static void compare_attention(const ario_model *model, ario_session *session, const struct shadow *s,
                              size_t context) {
  size_t heads = ario_model_config(model)->heads, ring = s->fed < context ? s->fed : context;
  size_t oldest = s->fed - ring, position = oldest + draw(ring);
  double *expected = malloc(heads * s->fed * sizeof *expected), sum = 0;
  float *found = malloc(ring * sizeof *found), *mean = calloc(ring, sizeof *mean);
  reference_attention(model, s->tokens, s->fed, position, oldest, expected);
  for (size_t h = 0; h < heads; h++) {
    assert_ok(ario_session_attention(session, position, h, found));
    for (size_t i = 0; i < ring; i++) {
      assert_below(fabs(found[i] - expected[h * s->fed + oldest + i]), TOLERANCE);
      if (oldest + i > position) assert_true(found[i] == 0);
      mean[i] += found[i] / (float)heads;
    }
  }
  assert_ok(ario_session_attention(session, position, ARIO_ALL_HEADS, found));
  for (size_t i = 0; i < ring; i++) {
    assert_below(fabsf(found[i] - mean[i]), 1e-6);
    sum += found[i];
  }
  assert_below(fabs(sum - 1), 1e-5);
  free(expected), free(found), free(mean);
}

// Asking leaves the session as it is: a twin that is never asked computes the same logits.
static void attention_equals_reference(void **state) {
  (void)state;
  const size_t contexts[] = {1, 40, 300, 320};
  for (size_t i = 0; i < COUNT_OF(contexts); i++) {
    ario_model *model = make_model_with(2, 320, 160, i % 2 * 6);
    float *data = NULL; // random models look everywhere alike; this one does not
    for (size_t t = 0; t < ario_model_tensors(model); t++)
      if (!strcmp(ario_model_tensor(model, t).name, "cross.attn.q.weight"))
        data = (float *)ario_model_tensor(model, t).data;
    for (size_t w = 0; w < 24 * 24; w++) data[w] *= 20;
    ario_session_options options = {.context = contexts[i], .threads = 1 + i % 2};
    ario_session *session = make_session(model, options), *twin = make_session(model, options);
    struct shadow *s = calloc(1, sizeof *s);
    while (s->fed < 600) {
      size_t count = 1 + draw(60);
      if (count > 600 - s->fed) count = 600 - s->fed;
      random_tokens(s->tokens + s->fed, count);
      assert_ok(ario_session_feed(session, s->tokens + s->fed, count));
      assert_ok(ario_session_feed(twin, s->tokens + s->fed, count));
      s->fed += count;
      compare_attention(model, session, s, contexts[i]);
      const float *logits, *others;
      assert_ok(ario_session_logits(session, &logits));
      compare_attention(model, session, s, contexts[i]);
      assert_ok(ario_session_logits(twin, &others));
      assert_ok(ario_session_logits(session, &logits));
      assert_memory_equal(logits, others, 23 * sizeof *logits);
    }
    ario_session_free(session);
    ario_session_free(twin);
    ario_model_free(model);
    free(s);
  }
}

int main(void) {
  const char *seed = getenv("ARIO_SEED");
  random_state = seed ? strtoull(seed, NULL, 10) : 1;
  print_message("ARIO_SEED=%llu\n", (unsigned long long)random_state);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cached_equals_full),         cmocka_unit_test(refill_equals_fresh_session),
      cmocka_unit_test(threads_and_runs_agree),     cmocka_unit_test(sessions_share_a_model),
      cmocka_unit_test(clone_goes_on_alike),        cmocka_unit_test(later_tokens_change_nothing),
      cmocka_unit_test(forward_leaves_its_latents), cmocka_unit_test(misuse_is_refused),
      cmocka_unit_test(spread_refill_equals_plain), cmocka_unit_test(takes_equal_sessions),
      cmocka_unit_test(takes_are_checked),          cmocka_unit_test(precisions_are_near),
      cmocka_unit_test(attention_equals_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
