// SPDX-License-Identifier: MIT
//
// Sampling: constraints, temperature, top-k, top-p, min-p, one draw.
#include "arioso/sampler.h"
#include "core/base/rng.h"

#include <math.h>
#include <stdlib.h>

struct candidate {
  double weight; // e^((logit - largest logit) / temperature)
  size_t token;
};

struct ario_sampler {
  size_t vocab_size;
  ario_sampler_options options;
  struct ario__rng rng;
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

ario_status ario_sampler_create(size_t vocab_size, const ario_sampler_options *options, ario_sampler **out,
                                ario_error *error) {
  *out = NULL;
  ario_sampler_options chosen = options ? *options : ario_sampler_options_default();
  ario_status status = check(vocab_size, &chosen, error);
  if (status) return status;
  ario_sampler *sampler = malloc(sizeof *sampler + vocab_size * sizeof *sampler->candidates);
  if (!sampler) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  sampler->vocab_size = vocab_size;
  sampler->options = chosen;
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

// Fills the candidates with the allowed tokens and their weights. *count is their number, *likeliest the
// index of the likeliest.
static ario_status weigh(ario_sampler *sampler, const float *logits, const bool *allowed, size_t *count,
                         size_t *likeliest) {
  size_t n = 0, top = 0;
  for (size_t i = 0; i < sampler->vocab_size; i++) {
    if (allowed && !allowed[i]) continue;
    if (!isfinite(logits[i])) return ARIO_ERR_NUMBER;
    sampler->candidates[n] = (struct candidate){logits[i], i};
    if (logits[i] > sampler->candidates[top].weight) top = n;
    n++;
  }
  if (n == 0) return ARIO_ERR_ARGUMENT;
  double largest = sampler->candidates[top].weight, temperature = sampler->options.temperature;
  for (size_t i = 0; temperature > 0 && i < n; i++) {
    struct candidate *c = &sampler->candidates[i];
    c->weight = i == top ? 1 : exp((c->weight - largest) / temperature);
  }
  *count = n;
  *likeliest = top;
  return ARIO_OK;
}

ario_status ario_sampler_draw(ario_sampler *sampler, const float *logits, const bool *allowed,
                              ario_token *token) {
  const ario_sampler_options *options = &sampler->options;
  size_t count, likeliest;
  ario_status status = weigh(sampler, logits, allowed, &count, &likeliest);
  if (status) return status;
  struct candidate *first = sampler->candidates;
  if (options->temperature == 0) {
    *token = (ario_token)first[likeliest].token;
    return ARIO_OK;
  }
  if ((options->top_k && options->top_k < count) || options->top_p < 1) {
    size_t kept = keep_likeliest(first, count, options->top_k, options->top_p);
    first += count - kept;
    count = kept;
  }
  double total = 0; // the likeliest weighs 1, so a weight is also its ratio to the likeliest
  for (size_t i = 0; i < count; i++)
    if (first[i].weight >= options->min_p) total += first[i].weight;
  double left = ario__rng_uniform(&sampler->rng) * total;
  for (size_t i = 0; i < count; i++) {
    if (first[i].weight < options->min_p || first[i].weight == 0) continue;
    *token = (ario_token)first[i].token; // the last one stays if rounding leaves a rest
    left -= first[i].weight;
    if (left < 0) break;
  }
  return ARIO_OK;
}
