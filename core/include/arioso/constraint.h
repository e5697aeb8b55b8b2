// SPDX-License-Identifier: MIT
//
// Constraints on what a sampler may draw. A constraint follows a sequence of tokens and says which
// tokens may come next. A codec's grammar is a constraint, and so are the levels of audio codes; a
// scale or a range of pitches could be. The model does not know the constraints; the sampler draws
// among the tokens that they allow.
//
// A constraint is plain data: copy it by assignment to branch a sequence. Several constraints form a chain,
// which allows what all of them allow. A codec's grammar comes first in a chain; it narrows last, so that it sees
// what the others leave, and begins nothing that they would not let it end. The order of the others does not matter.
//
//   ario_chain chain = {0};
//   ario_chain_add(&chain, &grammar);
//   ario_chain_add(&chain, &scale);
//   ario_chain_feed(&chain, prompt, count);              // the tokens so far
//   ario_chain_allowed(&chain, vocab_size, allowed);     // for ario_sampler_draw
//
// To add a kind of constraint, write a struct for its state of at most ARIO_CONSTRAINT_ROOM bytes, a `const
// ario_rule` with the operations on that state, and a function that makes the constraint.
// codecs/midi/performance_grammar.c is an example.
//
// Threads: one thread at a time may change a constraint or a chain.
#ifndef ARIOSO_CONSTRAINT_H
#define ARIOSO_CONSTRAINT_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ARIO_CONSTRAINT_ROOM = 4096, ARIO_CHAIN_MOST = 16 };

// The operations of one kind of constraint on its state. They allocate no memory and cannot fail.
typedef struct ario_rule {
  const char *name; // for messages: "grammar"
  // Updates the state with tokens [count], from a prompt or drawn.
  void (*feed)(void *state, const ario_token *tokens, size_t count);
  // Sets allowed [vocab_size] to false for tokens that may not come next. Never sets anything to true.
  void (*narrow)(const void *state, bool *allowed, size_t vocab_size);
  // Returns true if the sequence has ended: nothing may follow. NULL: it never ends.
  bool (*ended)(const void *state);
  // It is a preference: where a chain with it would leave no token, the chain goes without it.
  bool yields;
} ario_rule;

// A constraint: the rule, and what it has noted of the sequence so far.
typedef struct ario_constraint {
  const ario_rule *rule;
  union {
    unsigned char bytes[ARIO_CONSTRAINT_ROOM];
    int64_t aligned_integer;
    double aligned_real;
    void *aligned_pointer;
  } state; // private to the rule
} ario_constraint;

// Makes a constraint whose state is a copy of `state` [size]. size <= ARIO_CONSTRAINT_ROOM; the author of a
// rule checks that with a _Static_assert.
ARIO_API ario_constraint ario_constraint_make(const ario_rule *rule, const void *state, size_t size);

// Updates the constraint with tokens [count], from a prompt or drawn.
ARIO_API void ario_constraint_feed(ario_constraint *constraint, const ario_token *tokens, size_t count);

// Sets allowed [vocab_size] to true for the tokens that the constraint allows next,
// and to false for the others.
ARIO_API void ario_constraint_allowed(const ario_constraint *constraint, size_t vocab_size, bool *allowed);

// True if the sequence has ended.
ARIO_API bool ario_constraint_ended(const ario_constraint *constraint);

// ---- Chains of constraints ----

// A zeroed chain has no constraints: it allows everything and never ends.
typedef struct ario_chain {
  size_t count;
  ario_constraint each[ARIO_CHAIN_MOST]; // [count]
} ario_chain;

// Adds a copy of a constraint. Errors: ERR_LIMIT if the chain has ARIO_CHAIN_MOST already.
ARIO_API ARIO_NODISCARD ario_status ario_chain_add(ario_chain *chain, const ario_constraint *constraint);

// Updates all constraints of the chain with tokens [count], from a prompt or drawn.
ARIO_API void ario_chain_feed(ario_chain *chain, const ario_token *tokens, size_t count);

// Sets allowed [vocab_size] to true for the tokens that every constraint allows, and to false for the others; where
// none is left, those that yield are left out. If two others contradict each other, no token may be left.
ARIO_API void ario_chain_allowed(const ario_chain *chain, size_t vocab_size, bool *allowed);

// True if one of the constraints has ended.
ARIO_API bool ario_chain_ended(const ario_chain *chain);

// ---- Constraints for any codec ----

// A constraint that ends after `tokens` more tokens.
ARIO_API ario_constraint ario_limit(size_t tokens);

// A constraint that allows the tokens which `among` [vocab_size] marks, always the same. vocab_size is at most
// ARIO_CONSTRAINT_ROOM; tokens past it are not allowed.
ARIO_API ario_constraint ario_only(const bool *among, size_t vocab_size);

// A constraint that makes ranges of tokens take turns. The first token comes from first .. first + count - 1,
// the next from the `count` tokens after those, and so on for `turns` ranges; then it begins again. The
// levels of audio codes take such turns.
ARIO_API ario_constraint ario_turns(size_t first, size_t count, size_t turns);

#ifdef __cplusplus
}
#endif

#endif
