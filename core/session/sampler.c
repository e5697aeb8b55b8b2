// SPDX-License-Identifier: MIT
//
// Sampling: constraints, the kind of token, temperature, top-k, top-p, min-p, one draw.
#include "arioso/sampler.h"
#include "core/base/rng.h"

#include <math.h>
#include <stdlib.h>

struct candidate {
  double weight; // the logit; then e^((logit - largest logit) / temperature)
  size_t token;
};

struct ario_sampler {
  size_t vocab_size;
  ario_sampler_options options;
  struct ario__rng rng;
  uint8_t *kinds;                // [vocab_size] each token's kind, behind the candidates; NULL: one kind
  struct candidate candidates[]; // [vocab_size]
};

ario_sampler_options ario_sampler_options_default(void) {
  return (ario_sampler_options){.temperature = 1, .top_p = 1};
}

static ario_status check(size_t vocab_size, const ario_sampler_options *options, ario_error *error) {
  if (vocab_size < 1 || vocab_size > 65536)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "vocabulary: %zu is out of range", vocab_size);
  if (!(options->temperature >= 0) || !isfinite(options->temperature))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "temperature: %g is out of range; it is 0 or more",
                     options->temperature);
  if (!(options->top_p > 0 && options->top_p <= 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "top-p: %g is out of range; it is above 0 and at most 1",
                     options->top_p);
  if (!(options->min_p >= 0 && options->min_p < 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "min-p: %g is out of range; it is at least 0 and below 1",
                     options->min_p);
  return ARIO_OK;
}

static ario_status check_kinds(const ario_kinds *kinds, size_t vocab_size, ario_error *error) {
  if (!kinds->of) return ARIO_OK;
  if (kinds->count < 1 || kinds->count > ARIO_KINDS_MOST)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "kinds: %zu is out of range; it goes from 1 to %d",
                     kinds->count, ARIO_KINDS_MOST);
  if (!(kinds->temperature > 0) || !isfinite(kinds->temperature))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "kind-temperature: %g is out of range; it is above 0",
                     kinds->temperature);
  for (size_t i = 0; i < kinds->count; i++)
    if (!(kinds->each[i].temperature >= 0) || !isfinite(kinds->each[i].temperature))
      return ario_fail(error, ARIO_ERR_ARGUMENT, "%s-temperature: %g is out of range; it is 0 or more",
                       kinds->each[i].name, kinds->each[i].temperature);
  for (size_t i = 0; i < vocab_size; i++)
    if (kinds->of((ario_token)i) >= kinds->count)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "kinds: that of token %zu is out of range", i);
  return ARIO_OK;
}

ario_status ario_sampler_create(size_t vocab_size, const ario_sampler_options *options, ario_sampler **out,
                                ario_error *error) {
  *out = NULL;
  ario_sampler_options chosen = options ? *options : ario_sampler_options_default();
  ario_status status = check(vocab_size, &chosen, error);
  if (!status) status = check_kinds(&chosen.kinds, vocab_size, error);
  if (status) return status;
  ario_sampler *sampler = malloc(sizeof *sampler + vocab_size * (sizeof *sampler->candidates + 1));
  if (!sampler) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  sampler->vocab_size = vocab_size;
  sampler->options = chosen;
  sampler->kinds = chosen.kinds.of ? (uint8_t *)(sampler->candidates + vocab_size) : NULL;
  for (size_t i = 0; sampler->kinds && i < vocab_size; i++)
    sampler->kinds[i] = (uint8_t)chosen.kinds.of((ario_token)i);
  ario__rng_seed(&sampler->rng, chosen.seed);
  *out = sampler;
  return ARIO_OK;
}

void ario_sampler_free(ario_sampler *sampler) {
  free(sampler);
}

// The order of candidates: the likelier first, of equals the smaller token.
static bool before(const struct candidate *a, const struct candidate *b) {
  return a->weight > b->weight || (a->weight == b->weight && a->token < b->token);
}

static void swap(struct candidate *a, struct candidate *b) {
  struct candidate kept = *a;
  *a = *b;
  *b = kept;
}

// Restores the heap (the first in order on top) below `root`.
static void sift_down(struct candidate *heap, size_t count, size_t root) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && before(&heap[child + 1], &heap[child])) child++;
    if (!before(&heap[child], &heap[root])) return;
    swap(&heap[root], &heap[child]);
  }
}

// Moves the candidates that top-k and top-p keep to the end of the array, the likeliest last, and returns how
// many. The heap is our own because it stops after the few that are kept, and qsort may allocate.
static size_t keep_likeliest(struct candidate *heap, size_t count, size_t top_k, double top_p) {
  for (size_t root = count / 2; root-- > 0;) sift_down(heap, count, root);
  size_t most = top_k && top_k < count ? top_k : count, kept = 0;
  double total = 0, reached = 0;
  for (; kept < most; kept++) { // the k likeliest
    size_t last = count - 1 - kept;
    swap(&heap[0], &heap[last]);
    sift_down(heap, last, 0);
    total += heap[last].weight;
  }
  for (size_t i = 0; i < kept; i++) { // of these, the likeliest that reach p together
    reached += heap[count - 1 - i].weight;
    if (reached >= top_p * total) return i + 1;
  }
  return kept;
}

// Fills the candidates with the allowed tokens and their logits. Returns how many; *likeliest is the index of
// the likeliest.
static ario_status gather(ario_sampler *sampler, const float *logits, const bool *allowed, size_t *count,
                          size_t *likeliest) {
  size_t n = 0, top = 0;
  for (size_t i = 0; i < sampler->vocab_size; i++) {
    if (allowed && !allowed[i]) continue;
    if (!isfinite(logits[i])) return ARIO_ERR_NUMBER;
    sampler->candidates[n] = (struct candidate){logits[i], i};
    if (logits[i] > sampler->candidates[top].weight) top = n;
    n++;
  }
  *count = n;
  *likeliest = top;
  return n ? ARIO_OK : ARIO_ERR_ARGUMENT;
}

// Draws one of the candidates by their weights, of those that weigh at least `least`.
static size_t pick(ario_sampler *sampler, const struct candidate *all, size_t count, double least) {
  double total = 0;
  for (size_t i = 0; i < count; i++)
    if (all[i].weight >= least) total += all[i].weight;
  double left = ario__rng_uniform(&sampler->rng) * total;
  size_t token = 0;
  for (size_t i = 0; i < count; i++) {
    if (all[i].weight < least || all[i].weight == 0) continue;
    token = all[i].token; // the last one stays if rounding leaves a rest
    left -= all[i].weight;
    if (left < 0) break;
  }
  return token;
}

// Draws a kind by the probability of all its candidates together.
static size_t draw_kind(ario_sampler *sampler, size_t count, size_t likeliest) {
  const ario_kinds *kinds = &sampler->options.kinds;
  const struct candidate *all = sampler->candidates;
  struct candidate sums[ARIO_KINDS_MOST];
  for (size_t k = 0; k < kinds->count; k++) sums[k] = (struct candidate){0, k};
  for (size_t i = 0; i < count; i++)
    sums[sampler->kinds[all[i].token]].weight += exp(all[i].weight - all[likeliest].weight);
  for (size_t k = 0; k < kinds->count && kinds->temperature != 1; k++)
    sums[k].weight = pow(sums[k].weight, 1 / kinds->temperature);
  return pick(sampler, sums, kinds->count, 0);
}

// Keeps the candidates of one kind, in their order. Returns how many; *likeliest is theirs.
static size_t keep_kind(ario_sampler *sampler, size_t kind, size_t count, size_t *likeliest) {
  struct candidate *all = sampler->candidates;
  size_t kept = 0, top = 0;
  for (size_t i = 0; i < count; i++) {
    if (sampler->kinds[all[i].token] != kind) continue;
    all[kept] = all[i];
    if (all[kept].weight > all[top].weight) top = kept;
    kept++;
  }
  *likeliest = top;
  return kept;
}

// Logits become weights; the likeliest weighs 1, so that a weight is also its ratio to the likeliest.
static void weigh(struct candidate *all, size_t count, size_t likeliest, double temperature) {
  double largest = all[likeliest].weight;
  for (size_t i = 0; i < count; i++)
    all[i].weight = i == likeliest ? 1 : exp((all[i].weight - largest) / temperature);
}

// One of these candidates, by temperature, top-k, top-p and min-p.
static ario_token draw_token(ario_sampler *sampler, size_t count, size_t likeliest, double temperature) {
  const ario_sampler_options *options = &sampler->options;
  struct candidate *first = sampler->candidates;
  if (temperature == 0) return (ario_token)first[likeliest].token;
  weigh(first, count, likeliest, temperature);
  if ((options->top_k && options->top_k < count) || options->top_p < 1) {
    size_t kept = keep_likeliest(first, count, options->top_k, options->top_p);
    first += count - kept;
    count = kept;
  }
  return (ario_token)pick(sampler, first, count, options->min_p);
}

ario_status ario_sampler_draw(ario_sampler *sampler, const float *logits, const bool *allowed,
                              ario_token *token) {
  double temperature = sampler->options.temperature;
  size_t count, likeliest;
  ario_status status = gather(sampler, logits, allowed, &count, &likeliest);
  if (status) return status;
  if (sampler->kinds && temperature > 0) {
    size_t kind = draw_kind(sampler, count, likeliest);
    count = keep_kind(sampler, kind, count, &likeliest);
    double own = sampler->options.kinds.each[kind].temperature;
    if (own > 0) temperature = own;
  }
  *token = draw_token(sampler, count, likeliest, temperature);
  return ARIO_OK;
}
