// SPDX-License-Identifier: MIT
//
// Constraints and chains of them.
#include "arioso/constraint.h"

#include <string.h>

ario_constraint ario_constraint_make(const ario_rule *rule, const void *state, size_t size) {
  ario_constraint constraint = {.rule = rule};
  if (size > ARIO_CONSTRAINT_ROOM) size = ARIO_CONSTRAINT_ROOM;
  memcpy(constraint.state.bytes, state, size);
  return constraint;
}

void ario_constraint_feed(ario_constraint *constraint, const ario_token *tokens, size_t count) {
  constraint->rule->feed(constraint->state.bytes, tokens, count);
}

static void allow_all(bool *allowed, size_t vocab_size) {
  for (size_t i = 0; i < vocab_size; i++) allowed[i] = true;
}

void ario_constraint_allowed(const ario_constraint *constraint, size_t vocab_size, bool *allowed) {
  allow_all(allowed, vocab_size);
  constraint->rule->narrow(constraint->state.bytes, allowed, vocab_size);
}

bool ario_constraint_ended(const ario_constraint *constraint) {
  return constraint->rule->ended && constraint->rule->ended(constraint->state.bytes);
}

// ---- Chains ----

ario_status ario_chain_add(ario_chain *chain, const ario_constraint *constraint) {
  if (chain->count == ARIO_CHAIN_MOST) return ARIO_ERR_LIMIT;
  chain->each[chain->count++] = *constraint;
  return ARIO_OK;
}

void ario_chain_feed(ario_chain *chain, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < chain->count; i++) ario_constraint_feed(&chain->each[i], tokens, count);
}

// The first constraint narrows last: it is told what the others leave. True if a token is left.
static bool narrow_all(const ario_chain *chain, bool all, size_t vocab_size, bool *allowed) {
  allow_all(allowed, vocab_size);
  for (size_t i = 1; i <= chain->count; i++) {
    const ario_constraint *each = &chain->each[i % chain->count];
    if (all || !each->rule->yields) each->rule->narrow(each->state.bytes, allowed, vocab_size);
  }
  return memchr(allowed, true, vocab_size * sizeof *allowed) != NULL;
}

void ario_chain_allowed(const ario_chain *chain, size_t vocab_size, bool *allowed) {
  bool yielding = false;
  for (size_t i = 0; i < chain->count; i++) yielding |= chain->each[i].rule->yields;
  if (!narrow_all(chain, true, vocab_size, allowed) && yielding)
    narrow_all(chain, false, vocab_size, allowed);
}

bool ario_chain_ended(const ario_chain *chain) {
  for (size_t i = 0; i < chain->count; i++)
    if (ario_constraint_ended(&chain->each[i])) return true;
  return false;
}

// ---- A number of tokens ----

struct limit {
  size_t left;
};

static void limit_feed(void *state, const ario_token *tokens, size_t count) {
  struct limit *limit = state;
  (void)tokens;
  limit->left -= count < limit->left ? count : limit->left;
}

static bool limit_ended(const void *state) {
  return ((const struct limit *)state)->left == 0;
}

static void limit_narrow(const void *state, bool *allowed, size_t vocab_size) {
  if (limit_ended(state)) memset(allowed, 0, vocab_size * sizeof *allowed);
}

ario_constraint ario_limit(size_t tokens) {
  static const ario_rule rule = {
      .name = "limit", .feed = limit_feed, .narrow = limit_narrow, .ended = limit_ended};
  const struct limit limit = {.left = tokens};
  return ario_constraint_make(&rule, &limit, sizeof limit);
}

// ---- Always the same tokens ----

static void only_feed(void *state, const ario_token *tokens, size_t count) {
  (void)state, (void)tokens, (void)count;
}

static void only_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const bool *among = state; // [ARIO_CONSTRAINT_ROOM]
  for (size_t i = 0; i < vocab_size; i++) allowed[i] = allowed[i] && i < ARIO_CONSTRAINT_ROOM && among[i];
}

ario_constraint ario_only(const bool *among, size_t vocab_size) {
  static const ario_rule rule = {.name = "only", .feed = only_feed, .narrow = only_narrow};
  _Static_assert(sizeof(bool) == 1, "a token takes a byte of the state");
  return ario_constraint_make(&rule, among, vocab_size);
}

// ---- Turns ----

struct turns {
  size_t first, count, turns;
  size_t turn; // of the next token
};

// A token outside the current range does not change the turn: bos comes before the first frame of codes.
static void turns_feed(void *state, const ario_token *tokens, size_t count) {
  struct turns *t = state;
  for (size_t i = 0; i < count; i++)
    if (tokens[i] >= t->first && (tokens[i] - t->first) / t->count == t->turn)
      t->turn = (t->turn + 1) % t->turns;
}

static void turns_narrow(const void *state, bool *allowed, size_t vocab_size) {
  const struct turns *t = state;
  size_t from = t->first + t->turn * t->count;
  for (size_t i = 0; i < vocab_size; i++)
    if (i < from || i >= from + t->count) allowed[i] = false;
}

ario_constraint ario_turns(size_t first, size_t count, size_t turns) {
  static const ario_rule rule = {.name = "turns", .feed = turns_feed, .narrow = turns_narrow};
  const struct turns state = {.first = first, .count = count ? count : 1, .turns = turns ? turns : 1};
  return ario_constraint_make(&rule, &state, sizeof state);
}
