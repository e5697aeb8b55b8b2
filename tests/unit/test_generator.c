// SPDX-License-Identifier: MIT
//
// Constraints, chains of them, and the generator, against the same steps written out by hand.
#include "arioso/generator.h"
#include "tests/support/test.h"

#include <math.h>

enum { V = 60 };

// Only tokens whose remainder by `divisor` is `remainder`, and none below the last one fed: with a state.
struct rising {
  unsigned divisor, remainder, last;
};

static void rising_feed(void *state, const ario_token *tokens, size_t count) {
  if (count) ((struct rising *)state)->last = tokens[count - 1];
}

static void rising_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const struct rising *r = state;
  for (size_t i = 0; i < vocab_size; i++)
    if (i % r->divisor != r->remainder || i < r->last) allowed[i] = false;
}

static const ario_rule rising = {.name = "rising", .feed = rising_feed, .narrow = rising_narrow};

static ario_constraint make_rising(unsigned divisor, unsigned remainder) {
  const struct rising state = {.divisor = divisor, .remainder = remainder};
  return ario_constraint_make(&rising, &state, sizeof state);
}

// Nothing but one token, if there is no other way.
static void wants_seven(const void *state, bool *allowed, size_t vocab_size) {
  (void)state;
  for (size_t i = 0; i < vocab_size; i++)
    if (i != 7) allowed[i] = false;
}

static void test_what_yields(void **state) {
  (void)state;
  static const ario_rule seven = {
      .name = "seven", .feed = rising_feed, .narrow = wants_seven, .yields = true};
  const struct rising nothing = {.divisor = 1};
  const ario_constraint wish = ario_constraint_make(&seven, &nothing, sizeof nothing);
  static ario_chain chain;
  bool among[V] = {false}, allowed[V + 4];
  among[7] = among[11] = true;
  const ario_constraint only = ario_only(among, V), odd = make_rising(2, 1);
  assert_ok(ario_chain_add(&chain, &odd));
  assert_ok(ario_chain_add(&chain, &wish));
  assert_ok(ario_chain_add(&chain, &only));
  ario_chain_allowed(&chain, V + 4, allowed);
  for (size_t i = 0; i < V + 4; i++) assert_int_equal(allowed[i], i == 7);
  ario_chain_feed(&chain, &(ario_token){8}, 1); // 7 may not come any more: the wish gives way, 11 is left
  ario_chain_allowed(&chain, V + 4, allowed);
  for (size_t i = 0; i < V + 4; i++) assert_int_equal(allowed[i], i == 11);
}

static void test_chain_in_any_order(void **state) {
  (void)state;
  const ario_constraint parts[] = {make_rising(2, 1), make_rising(3, 2), ario_turns(10, 20, 2)};
  static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  static ario_chain chains[6];
  for (size_t k = 0; k < 6; k++)
    for (size_t i = 0; i < 3; i++) assert_ok(ario_chain_add(&chains[k], &parts[orders[k][i]]));
  // 11 is of the first turn, 35 of the second; each is followed by what all three allow.
  const ario_token tokens[] = {11, 35};
  for (size_t fed = 0; fed <= 2; fed++) {
    bool expected[V], found[V];
    size_t from = fed % 2 ? 30 : 10, last = fed ? tokens[fed - 1] : 0;
    for (size_t i = 0; i < V; i++) expected[i] = i % 6 == 5 && i >= last && i >= from && i < from + 20;
    for (size_t k = 0; k < 6; k++) {
      ario_chain_allowed(&chains[k], V, found);
      assert_memory_equal(found, expected, sizeof found);
      if (fed < 2) ario_chain_feed(&chains[k], &tokens[fed], 1);
    }
  }
}

static void test_limit_and_branches(void **state) {
  (void)state;
  const ario_token token = 5;
  ario_constraint limit = ario_limit(3), branch;
  ario_constraint_feed(&limit, &token, 1);
  branch = limit; // plain data: what happens to the one does not touch the other
  ario_constraint_feed(&branch, &token, 1);
  ario_constraint_feed(&branch, &token, 1);
  assert_true(ario_constraint_ended(&branch));
  assert_false(ario_constraint_ended(&limit));
  bool allowed[V];
  ario_constraint_allowed(&branch, V, allowed);
  for (size_t i = 0; i < V; i++) assert_false(allowed[i]);
  ario_constraint_allowed(&limit, V, allowed);
  for (size_t i = 0; i < V; i++) assert_true(allowed[i]);
  static ario_chain chain;
  for (size_t i = 0; i < ARIO_CHAIN_MOST; i++) assert_ok(ario_chain_add(&chain, &limit));
  assert_int_equal(ario_chain_add(&chain, &limit), ARIO_ERR_LIMIT);
  assert_false(ario_chain_ended(&chain));
  ario_chain_feed(&chain, (ario_token[]){1, 2}, 2);
  assert_true(ario_chain_ended(&chain));
}

// Which tokens are allowed: exactly [from, from + count).
static void expect_range(const ario_constraint *constraint, size_t from, size_t count) {
  bool allowed[V];
  ario_constraint_allowed(constraint, V, allowed);
  for (size_t i = 0; i < V; i++)
    if (allowed[i] != (i >= from && i < from + count))
      fail_msg("token %zu, of %zu from %zu on", i, count, from);
}

static void test_turns_and_counts(void **state) {
  (void)state;
  ario_constraint turns = ario_turns(4, 10, 3);
  static const struct {
    ario_token token;
    size_t from; // afterwards
  } steps[] = {{4, 14}, {3, 14}, {5, 14}, {24, 14}, {14, 24}, {23, 24}, {33, 4}, {40, 4}, {13, 14}};
  expect_range(&turns, 4, 10);
  for (size_t i = 0; i < COUNT_OF(steps); i++) { // a token of another's turn, or of none, changes nothing
    ario_constraint_feed(&turns, &steps[i].token, 1);
    expect_range(&turns, steps[i].from, 10);
  }
  const ario_token tokens[] = {4, 14, 24, 4};
  turns = ario_turns(4, 10, 3);
  ario_constraint_feed(&turns, tokens, COUNT_OF(tokens));
  expect_range(&turns, 14, 10);
  ario_constraint limit = ario_limit(5); // tokens count each, whether they are fed together or not
  ario_constraint_feed(&limit, tokens, 3);
  assert_false(ario_constraint_ended(&limit));
  ario_constraint_feed(&limit, tokens, 1);
  assert_false(ario_constraint_ended(&limit));
  ario_constraint_feed(&limit, tokens, 1);
  assert_true(ario_constraint_ended(&limit));
  ario_constraint_feed(&limit, tokens, 1); // one too many
  assert_true(ario_constraint_ended(&limit));
}

// ---- The generator ----

static ario_model *make_model(void) {
  ario_config config = ario_config_default();
  config.vocab_size = V;
  config.channels = 16;
  config.heads = 2;
  config.layers = 1;
  config.max_context = 64;
  config.max_latents = 16;
  ario_model *model;
  assert_ok(ario_model_random(&config, 7, &model, NULL));
  return model;
}

static const ario_token prompt[] = {3, 14, 15, 9, 26};
enum { PROMPT = sizeof prompt / sizeof *prompt, LENGTH = 40 };

static ario_session *make_session(const ario_model *model) {
  ario_session_options options = ario_session_options_default();
  options.threads = 1;
  ario_session *session;
  const float *logits;
  assert_ok(ario_session_create(model, &options, &session, NULL));
  assert_ok(ario_session_feed(session, prompt, PROMPT));
  assert_ok(ario_session_logits(session, &logits));
  return session;
}

// What a generator does, step by step: tokens [length] by a sampler of this seed.
static void by_hand(const ario_model *model, uint64_t seed, ario_chain chain, size_t length,
                    ario_token *tokens) {
  ario_session *session = make_session(model);
  ario_sampler *sampler;
  ario_sampler_options options = ario_sampler_options_default();
  options.seed = seed;
  assert_ok(ario_sampler_create(V, &options, &sampler, NULL));
  for (size_t i = 0; i < length; i++) {
    const float *logits;
    bool allowed[V];
    assert_ok(ario_session_logits(session, &logits));
    ario_chain_allowed(&chain, V, allowed);
    assert_ok(ario_sampler_draw(sampler, logits, allowed, &tokens[i]));
    assert_ok(ario_session_feed(session, &tokens[i], 1));
    ario_chain_feed(&chain, &tokens[i], 1);
  }
  ario_sampler_free(sampler);
  ario_session_free(session);
}

struct heard {
  ario_token tokens[3][LENGTH];
  size_t count[3];
  size_t most; // of voice 1
};

static bool hear(void *context, size_t voice, ario_token *token) {
  struct heard *heard = context;
  heard->tokens[voice][heard->count[voice]++] = *token;
  return voice != 1 || heard->count[1] < heard->most;
}

// What constraints behind the first cost: the share of its probability that they leave.
static void test_cost(void **state) {
  (void)state;
  enum { COUNT = 12 };
  static ario_chain chain;
  bool odd[V], third[V];
  for (size_t i = 0; i < V; i++) odd[i] = i % 2, third[i] = i % 3 == 0;
  const ario_constraint first = ario_only(odd, V), second = ario_only(third, V);
  chain.count = 0;
  assert_ok(ario_chain_add(&chain, &first));
  assert_ok(ario_chain_add(&chain, &second));
  ario_model *model = make_model();
  ario_generator_options options = ario_generator_options_default();
  options.session = make_session(model);
  options.chain = &chain;
  options.measure = true;
  ario_generator *generator;
  assert_ok(ario_generator_create(&options, &generator, NULL));
  ario_session *by_hand = make_session(model);
  double cost = 0;
  for (size_t n = 0; n < COUNT; n++) {
    ario_token token;
    const float *logits;
    double all = 0, left = 0;
    assert_ok(ario_session_logits(by_hand, &logits));
    for (size_t i = 0; i < V; i++) {
      if (odd[i]) all += exp(logits[i]);
      if (odd[i] && third[i]) left += exp(logits[i]);
    }
    cost += log(all / left);
    assert_ok(ario_generator_next(generator, &token));
    assert_true(odd[token] && third[token]);
    assert_ok(ario_session_feed(by_hand, &token, 1));
  }
  assert_true(cost > COUNT / 2); // two of three tokens are taken away
  assert_below(fabs(ario_generator_cost(generator, 0) - cost), 1e-9);
  ario_generator_free(generator);
  ario_session_free(options.session);
  ario_session_free(by_hand);
  ario_model_free(model);
}

static void test_voices(void **state) {
  (void)state;
  ario_model *model = make_model();
  static ario_chain chain;
  chain.count = 0;
  const ario_constraint turns = ario_turns(0, 12, 5);
  assert_ok(ario_chain_add(&chain, &turns));
  const ario_chain without_end = chain;
  const ario_constraint limit = ario_limit(LENGTH);
  assert_ok(ario_chain_add(&chain, &limit));
  for (int keep = 0; keep < 2; keep++) {
    ario_session *session = make_session(model);
    ario_generator_options options = ario_generator_options_default();
    options.session = session;
    options.voices = 3;
    options.keep = keep;
    options.sampling.seed = 40;
    options.chain = &chain;
    ario_generator *generator;
    assert_ok(ario_generator_create(&options, &generator, NULL));
    struct heard heard = {.most = 9};
    size_t going = 1;
    while (going) assert_ok(ario_generator_step(generator, hear, &heard, &going));
    for (size_t i = 0; i < 3; i++) {
      ario_token expected[LENGTH];
      by_hand(model, 40 + i, without_end, LENGTH, expected);
      assert_int_equal(heard.count[i], i == 1 ? 9 : LENGTH);
      for (size_t k = 0; k < heard.count[i]; k++) assert_int_equal(heard.tokens[i][k], expected[k]);
    }
    ario_generator_free(generator);
    assert_int_equal(ario_session_length(session), PROMPT); // takes leave it as it is
    ario_session_free(session);
  }
  ario_model_free(model);
}

// A voice alone, drawn and told what to do, and moved to a new session in between.
static void test_next_feed_move(void **state) {
  (void)state;
  ario_model *model = make_model();
  ario_session *session = make_session(model), *other = make_session(model);
  ario_generator_options options = ario_generator_options_default();
  options.session = session;
  options.sampling.seed = 3;
  ario_generator *generator;
  assert_ok(ario_generator_create(&options, &generator, NULL));
  ario_token tokens[6], expected[6];
  static const ario_chain nothing;
  by_hand(model, 3, nothing, 6, expected);
  for (size_t i = 0; i < 3; i++) assert_ok(ario_generator_next(generator, &tokens[i]));
  assert_ok(ario_session_feed(other, tokens, 3));
  ario_generator_move(generator, other, NULL);
  for (size_t i = 3; i < 6; i++) assert_ok(ario_generator_next(generator, &tokens[i]));
  for (size_t i = 0; i < 6; i++) assert_int_equal(tokens[i], expected[i]);
  assert_int_equal(ario_session_length(session), PROMPT + 3);
  assert_int_equal(ario_session_length(other), PROMPT + 6);
  static ario_chain chain;
  chain.count = 0;
  const ario_constraint limit = ario_limit(2);
  assert_ok(ario_chain_add(&chain, &limit));
  ario_generator_move(generator, other, &chain);
  assert_ok(ario_generator_feed(generator, tokens, 2)); // what is told counts as what is drawn
  assert_true(ario_chain_ended(ario_generator_chain(generator, 0)));
  assert_int_equal(ario_generator_next(generator, &tokens[0]), ARIO_ERR_ARGUMENT);
  ario_generator_free(generator);
  ario_session_free(session);
  ario_session_free(other);
  ario_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chain_in_any_order),
      cmocka_unit_test(test_what_yields),
      cmocka_unit_test(test_limit_and_branches),
      cmocka_unit_test(test_turns_and_counts),
      cmocka_unit_test(test_cost),
      cmocka_unit_test(test_voices),
      cmocka_unit_test(test_next_feed_move),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
