// SPDX-License-Identifier: MIT
//
// Constraints: what a sampler may draw. A constraint watches a sequence of tokens and says which tokens may
// come next. A codec's grammar is one, the levels of audio codes are another; a scale or a range of pitches
// could be. The model knows nothing of it; the sampler draws among what is left.
//
// A constraint is plain data: assign it to branch a sequence. Several constraints make a chain, which allows
// what all of them allow, so their order does not matter.
//
//   ario_chain chain = {0};
//   ario_chain_add(&chain, &grammar);
//   ario_chain_add(&chain, &scale);
//   ario_chain_feed(&chain, prompt, count);              // the tokens so far
//   ario_chain_allowed(&chain, vocab_size, allowed);     // for ario_sampler_draw
//
// To add one, write a struct of state of at most ARIO_CONSTRAINT_ROOM bytes, a `const ario_rule` with the
// operations on it, and a function that makes the constraint (codecs/midi/performance_grammar.c is an
// example).
//
// Functions that change a constraint or a chain: one thread at a time per object.
#ifndef ARIOSO_CONSTRAINT_H
#define ARIOSO_CONSTRAINT_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ARIO_CONSTRAINT_ROOM = 4096, ARIO_CHAIN_MOST = 8 };

// The operations of one kind of constraint, on its state. They allocate nothing and cannot fail.
typedef struct ario_rule {
  const char *name; // for messages: "grammar"
  // Updates the state by tokens, of a prompt or drawn.
  void (*feed)(void *state, const ario_token *tokens, size_t count);
  // Sets to false in allowed [vocab_size] what may not come next. Never sets anything to true.
  void (*narrow)(const void *state, bool *allowed, size_t vocab_size);
  // True if the sequence has ended: nothing may follow. NULL: it never ends.
  bool (*ended)(const void *state);
} ario_rule;

typedef struct ario_constraint {
  const ario_rule *rule;
  union {
    unsigned char bytes[ARIO_CONSTRAINT_ROOM];
    int64_t aligned_integer;
    double aligned_real;
    void *aligned_pointer;
  } state; // the rule's own
} ario_constraint;

// Makes a constraint whose state is a copy of `state` [size]. size <= ARIO_CONSTRAINT_ROOM; the author of a
// rule checks that with a _Static_assert.
ARIO_API ario_constraint ario_constraint_make(const ario_rule *rule, const void *state, size_t size);

// Updates the constraint by tokens [count], of a prompt or drawn.
ARIO_API void ario_constraint_feed(ario_constraint *constraint, const ario_token *tokens, size_t count);

// Fills allowed [vocab_size] with what the constraint allows next.
ARIO_API void ario_constraint_allowed(const ario_constraint *constraint, size_t vocab_size, bool *allowed);
// True if the sequence has ended.
ARIO_API bool ario_constraint_ended(const ario_constraint *constraint);

// ---- Several at a time ----

// A zeroed chain has no constraint: it allows everything and never ends.
typedef struct ario_chain {
  size_t count;
  ario_constraint each[ARIO_CHAIN_MOST]; // [count]
} ario_chain;

// Adds a copy. Errors: ERR_LIMIT past ARIO_CHAIN_MOST.
ARIO_API ARIO_NODISCARD ario_status ario_chain_add(ario_chain *chain, const ario_constraint *constraint);

// Updates all constraints of the chain by tokens [count], of a prompt or drawn.
ARIO_API void ario_chain_feed(ario_chain *chain, const ario_token *tokens, size_t count);

// Fills allowed [vocab_size] with what every constraint allows. If two constraints contradict each other,
// nothing may be left.
ARIO_API void ario_chain_allowed(const ario_chain *chain, size_t vocab_size, bool *allowed);

// True if one of them has ended.
ARIO_API bool ario_chain_ended(const ario_chain *chain);

// ---- Constraints on tokens of any kind ----

// Ends after `tokens` more tokens.
ARIO_API ario_constraint ario_limit(size_t tokens);

// Tokens come in turns: the first token from the range first .. first + count - 1, the next from the range
// after that, and so on for `turns` ranges, then from the first range again. The levels of audio codes are
// such turns.
ARIO_API ario_constraint ario_turns(size_t first, size_t count, size_t turns);

#ifdef __cplusplus
}
#endif

#endif
