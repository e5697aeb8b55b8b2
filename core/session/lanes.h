// SPDX-License-Identifier: MIT
//
// Sequences that are continued side by side. Each is a lane with its own caches. The lanes of a crew share a
// model, workers and working memory, and in each step the weights are read once for all of them. A session is
// a crew of one lane.
//
// Refills (arioso/session.h) are spread over the steps before. As soon as the latents of the next refill are
// known, each step computes some of them beside its own, into a second set of layer caches, so that all are
// there when the first set is full. As everything is causal, and a row's numbers do not depend on the rows
// beside it, the result is the same, bit for bit, as if all were computed at once.
#ifndef ARIO_LANES_H
#define ARIO_LANES_H

#include "core/model/forward.h"
#include "core/model/packed.h"
#include "core/session/kv.h"
#include "core/session/mix.h"

struct ario__lane {
  // The context: the newest `context` of the positions before `fed`.
  ario_token *ring;              // [context] the token at position p is in slot p % context
  struct ario__kv own;           // keys and values of the positions from own_from on
  size_t own_from;               // a multiple of TILE
  const struct ario__kv *shared; // keys and values of the positions before; NULL: none
  float *logits;                 // [V] of the newest token, valid if done == fed

  struct ario__kv *layers[2]; // two sets of [L]: the current latents', and the next refill's
  size_t now;                 // which set is the current one
  size_t fed;                 // tokens fed since the reset
  size_t done;                // positions before this have their latents
  size_t cached;              // latents in layers[now]
  size_t ahead_from;          // position of the first latent in the other set
  size_t ahead;               // latents in the other set
  size_t refills;
};

struct ario__crew {
  struct ario__forward net;
  ario_precision precision;
  const struct ario__micro *micro;
  const struct ario__packed *packed;
  struct ario__strips strips;
  size_t context, latents, refill;
  size_t lanes_most; // the most lanes that are advanced together

  // The rows that are computed now: parts of lanes, in order.
  struct ario__lane_rows *parts;
  size_t part_count, row_count;
  struct ario__sight *sights;       // [rows]
  struct ario__mix_source *sources; // [parts + 1]
  ario_token *tokens;               // [rows]
  size_t *positions;                // [rows]
  float *logits;                    // [lanes_most, V]
};

// Rows that are computed at a time: a multiple both of the rows of a product and of the rows that are stored
// at a time.
enum { ARIO__CREW_ROWS = 448 };

// Lay out what a crew, or a lane, takes. own: the positions that the lane keeps itself.
void ario__crew_carve(struct ario__crew *crew, const ario_config *config, struct ario__arena *arena);
void ario__lane_carve(struct ario__lane *lane, const struct ario__crew *crew, const ario_config *config,
                      size_t own, struct ario__arena *arena);
size_t ario__crew_scratch(const ario_config *config); // for each worker

// Call after carving, with model, precision, sizes and micro set. Takes the packed weights and starts
// `threads` workers. Errors: ERR_MEMORY, ERR_LIMIT.
ario_status ario__crew_start(struct ario__crew *crew, size_t threads);
void ario__crew_stop(struct ario__crew *crew);

// Appends tokens [count] to a lane. Computes only keys and values of the cross-attention.
void ario__lane_feed(struct ario__crew *crew, struct ario__lane *lane, const ario_token *tokens,
                     size_t count);
// Appends one token to each of some lanes.
void ario__lanes_feed(struct ario__crew *crew, struct ario__lane *const *lanes, const ario_token *tokens,
                      size_t count);

// Computes the latents that are missing, and the logits of the newest token of each lane. Every lane must
// have been fed.
void ario__lanes_advance(struct ario__crew *crew, struct ario__lane *const *lanes, size_t count);

// Computes the newest `latents` of a lane over the whole ring, in place of those in layers[now], and their
// logits [latents, V].
void ario__lane_forward(struct ario__crew *crew, struct ario__lane *lane, size_t latents, float *logits);

// The weights [N] with which a head's query at `position`, one of the N in the ring, attends to the ring, the
// oldest first; head ARIO_ALL_HEADS: the mean over the heads. Positions that it does not see weigh 0.
void ario__lane_attention(struct ario__crew *crew, struct ario__lane *lane, size_t position, size_t head,
                          float *weights);

// Copies the state of another lane of the same sizes with its caches; those of the context only from the
// position `from` on (a multiple of TILE).
void ario__lane_copy(struct ario__lane *to, const struct ario__lane *from_lane, const ario_config *config,
                     size_t context, size_t from);

// Tokens in a lane's ring.
size_t ario__lane_ring_count(const struct ario__crew *crew, const struct ario__lane *lane);

#endif
