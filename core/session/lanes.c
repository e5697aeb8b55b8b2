// SPDX-License-Identifier: MIT
//
// Which latents of which lane are computed when, and where their keys and values go.
#include "core/session/lanes.h"
#include "arioso/session.h"
#include "core/base/sizes.h"
#include "core/model/model_internal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_USES = 3 };

// Rows of a lane that are computed together: latents, or tokens alone.
struct ario__lane_rows {
  struct ario__lane *lane;
  size_t position, rows; // position of the first row; the others follow
  size_t oldest;         // the first position that they see in the cross-attention
  size_t set, slot;      // which of the two sets of layer caches their keys go to, and where in it
};

// ---- Memory ----

void ario__crew_carve(struct ario__crew *crew, const ario_config *config, struct ario__arena *arena) {
  size_t rows = ARIO__CREW_ROWS, parts = 2 * crew->lanes_most;
  ario__workspace_carve(&crew->net.work, config, rows, arena);
  struct ario__trace trace;
  ario__trace_carve_shared(&trace, config, rows, arena);
  crew->net.traces = ario__carve(arena, 1 + config->layers, sizeof trace);
  for (size_t i = 0; crew->net.traces && i <= config->layers; i++) crew->net.traces[i] = trace;
  ario__strips_carve(&crew->strips, rows, config->channels * config->mlp_widening, crew->precision, arena);
  crew->parts = ario__carve(arena, parts, sizeof *crew->parts);
  crew->sights = ario__carve(arena, rows, sizeof *crew->sights);
  crew->sources = ario__carve(arena, parts + 1, sizeof *crew->sources);
  crew->tokens = ario__carve(arena, rows, sizeof *crew->tokens);
  crew->positions = ario__carve(arena, rows, sizeof *crew->positions);
  crew->logits = ario__carve(arena, crew->lanes_most, config->vocab_size * sizeof(float));
}

void ario__lane_carve(struct ario__lane *lane, const struct ario__crew *crew, const ario_config *config,
                      size_t own, struct ario__arena *arena) {
  lane->ring = ario__carve(arena, crew->context, sizeof *lane->ring);
  lane->logits = ario__carve(arena, config->vocab_size, sizeof *lane->logits);
  ario__kv_carve(&lane->own, config, crew->precision, own, arena);
  for (size_t set = 0; set < 2; set++) {
    lane->layers[set] = ario__carve(arena, config->layers, sizeof *lane->layers[set]);
    for (size_t i = 0; i < config->layers; i++) {
      struct ario__kv kv;
      ario__kv_carve(&kv, config, crew->precision, crew->latents, arena);
      if (lane->layers[set]) lane->layers[set][i] = kv; // while measuring there are none to write to
    }
  }
}

size_t ario__crew_scratch(const ario_config *config) {
  return ario__mix_scratch(config->channels / config->heads);
}

void ario__lane_copy(struct ario__lane *to, const struct ario__lane *from_lane, const ario_config *config,
                     size_t context, size_t from) {
  memcpy(to->ring, from_lane->ring, ario__smaller(from_lane->fed, context) * sizeof *to->ring);
  memcpy(to->logits, from_lane->logits, config->vocab_size * sizeof *to->logits);
  for (size_t at = from; at < from_lane->fed; at += ARIO__TILE) {
    if (at + from_lane->own.capacity <= from_lane->fed) continue; // it has left the ring
    ario__kv_copy(&to->own, (at - to->own_from) % to->own.capacity, &from_lane->own,
                  (at - from_lane->own_from) % from_lane->own.capacity, ARIO__TILE);
  }
  for (size_t i = 0; i < config->layers; i++) {
    size_t now = from_lane->now;
    ario__kv_copy(&to->layers[now][i], 0, &from_lane->layers[now][i], 0, from_lane->cached);
    ario__kv_copy(&to->layers[!now][i], 0, &from_lane->layers[!now][i], 0, from_lane->ahead);
  }
  to->now = from_lane->now;
  to->fed = from_lane->fed;
  to->done = from_lane->done;
  to->cached = from_lane->cached;
  to->ahead_from = from_lane->ahead_from;
  to->ahead = from_lane->ahead;
  to->refills = from_lane->refills;
}

// ---- The backend ----

static void linears(struct ario__forward *net, const struct ario__use *uses, size_t count, size_t rows) {
  struct ario__crew *crew = net->kept;
  struct ario__packed_use packed[MOST_USES];
  for (size_t i = 0; i < count; i++)
    packed[i] = (struct ario__packed_use){.panels = &crew->packed->layers[uses[i].linear->number],
                                          .bias = uses[i].linear->bias,
                                          .from = uses[i].from,
                                          .to = uses[i].to};
  ario__strips_fill(&crew->strips, crew->micro, crew->precision, net->pool, uses->x, rows, uses->linear->in);
  ario__packed_multiply(&crew->strips, crew->micro, crew->precision, net->pool, packed, count, rows);
}

static void store(struct ario__forward *net, size_t block, size_t rows) {
  struct ario__crew *crew = net->kept;
  size_t channels = net->model->config.channels, row = 0;
  (void)rows;
  for (size_t i = 0; i < crew->part_count; i++) {
    const struct ario__lane_rows *part = &crew->parts[i];
    struct ario__lane *lane = part->lane;
    struct ario__kv *kv = block ? &lane->layers[part->set][block - 1] : &lane->own;
    size_t slot = block ? part->slot : (part->position - lane->own_from) % kv->capacity;
    size_t to_end = ario__smaller(kv->capacity - slot, part->rows);
    const float *k = net->work.k + row * channels, *v = net->work.v + row * channels;
    ario__kv_store(kv, net->pool, crew->micro, k, v, to_end, slot);
    if (to_end < part->rows)
      ario__kv_store(kv, net->pool, crew->micro, k + to_end * channels, v + to_end * channels,
                     part->rows - to_end, 0);
    row += part->rows;
  }
}

// The parts of one lane see the same context, so they are one source.
static size_t context_sources(const struct ario__crew *crew, size_t rows) {
  size_t count = 0, row = 0;
  const struct ario__lane *first = crew->parts[0].lane;
  if (first->shared)
    crew->sources[count++] = (struct ario__mix_source){first->shared, 0, first->own_from, 0, rows};
  for (size_t i = 0; i < crew->part_count; i++) {
    const struct ario__lane_rows *part = &crew->parts[i];
    const struct ario__lane *lane = part->lane;
    if (i && crew->parts[i - 1].lane == lane)
      crew->sources[count - 1].rows += part->rows;
    else
      crew->sources[count++] =
          (struct ario__mix_source){&lane->own, lane->own_from, lane->fed, row, part->rows};
    for (size_t r = 0; r < part->rows; r++, row++)
      crew->sights[row] = (struct ario__sight){part->oldest, part->position + r};
  }
  return count;
}

static size_t layer_sources(const struct ario__crew *crew, size_t layer) {
  size_t row = 0;
  for (size_t i = 0; i < crew->part_count; i++) {
    const struct ario__lane_rows *part = &crew->parts[i];
    crew->sources[i] = (struct ario__mix_source){&part->lane->layers[part->set][layer], 0,
                                                 part->slot + part->rows, row, part->rows};
    for (size_t r = 0; r < part->rows; r++, row++)
      crew->sights[row] = (struct ario__sight){0, part->slot + r};
  }
  return crew->part_count;
}

// The attention of a block's queries over sources that are settled.
static struct ario__mix_job mix_job(struct ario__crew *crew, size_t block, size_t rows, size_t sources) {
  const ario_config *config = &crew->net.model->config;
  const struct ario__trace *trace = &crew->net.traces[block];
  return (struct ario__mix_job){.micro = crew->micro,
                                .precision = crew->precision,
                                .heads = config->heads,
                                .channels = config->channels / config->heads,
                                .queries = trace->q,
                                .out = trace->mixed,
                                .rows = rows,
                                .sights = crew->sights,
                                .sources = crew->sources,
                                .source_count = sources,
                                .pool = crew->net.pool};
}

static void attend(struct ario__forward *net, size_t block, size_t rows) {
  struct ario__crew *crew = net->kept;
  size_t sources = block ? layer_sources(crew, block - 1) : context_sources(crew, rows);
  const struct ario__mix_job job = mix_job(crew, block, rows, sources);
  ario__mix_run(&job);
}

static const struct ario__backend backend = {linears, store, attend};

ario_status ario__crew_start(struct ario__crew *crew, size_t threads) {
  const ario_config *config = &crew->net.model->config;
  crew->net.backend = &backend;
  crew->net.kept = crew;
  ario__workspace_prepare(&crew->net.work, config);
  ario_status status = ario__packed_take(crew->net.model, crew->precision, &crew->packed);
  if (!status) status = ario__pool_create(threads, ario__crew_scratch(config), &crew->net.pool);
  return status;
}

void ario__crew_stop(struct ario__crew *crew) {
  ario__pool_free(crew->net.pool);
  if (crew->packed) ario__packed_give_back(crew->net.model, crew->packed);
}

// ---- Feeding ----

size_t ario__lane_ring_count(const struct ario__crew *crew, const struct ario__lane *lane) {
  return ario__smaller(lane->fed, crew->context);
}

static void begin(struct ario__crew *crew) {
  crew->part_count = crew->row_count = 0;
}

static void add_part(struct ario__crew *crew, const struct ario__lane_rows *part) {
  const struct ario__lane *lane = part->lane;
  crew->parts[crew->part_count++] = *part;
  for (size_t position = part->position; position < part->position + part->rows; position++) {
    crew->tokens[crew->row_count] = lane->ring[position % crew->context];
    crew->positions[crew->row_count++] = position;
  }
}

static void compute_tokens(struct ario__crew *crew) {
  ario__forward_tokens(&crew->net, crew->tokens, crew->positions, 0, crew->row_count);
}

static void compute_latents(struct ario__crew *crew) {
  ario__forward_latents(&crew->net, crew->tokens, crew->positions, 0, crew->row_count);
}

void ario__lanes_feed(struct ario__crew *crew, struct ario__lane *const *lanes, const ario_token *tokens,
                      size_t count) {
  begin(crew);
  for (size_t i = 0; i < count; i++) {
    lanes[i]->ring[lanes[i]->fed % crew->context] = tokens[i];
    add_part(crew, &(struct ario__lane_rows){.lane = lanes[i], .position = lanes[i]->fed++, .rows = 1});
  }
  compute_tokens(crew);
}

void ario__lane_feed(struct ario__crew *crew, struct ario__lane *lane, const ario_token *tokens,
                     size_t count) {
  while (count) {
    size_t to_panel = ARIO__PANEL - lane->fed % ARIO__PANEL; // whole panels can be stored at once
    size_t most = to_panel == ARIO__PANEL ? ARIO__CREW_ROWS : to_panel;
    size_t rows = ario__smaller(ario__smaller(count, most), crew->context);
    for (size_t i = 0; i < rows; i++) lane->ring[(lane->fed + i) % crew->context] = tokens[i];
    begin(crew);
    add_part(crew, &(struct ario__lane_rows){.lane = lane, .position = lane->fed, .rows = rows});
    compute_tokens(crew);
    lane->fed += rows;
    tokens += rows;
    count -= rows;
  }
}

// ---- Latents ----

// The number of tokens at which the next refill is due: one more than the caches have room for.
static size_t refill_at(const struct ario__crew *crew, const struct ario__lane *lane) {
  return lane->done + crew->latents - lane->cached + 1;
}

static bool needs_refill(const struct ario__crew *crew, const struct ario__lane *lane) {
  return !lane->cached || lane->cached + (lane->fed - lane->done) > crew->latents;
}

// Adds the next `rows` of a lane's latents, on top of those that it has.
static void add_latents(struct ario__crew *crew, struct ario__lane *lane, size_t rows) {
  add_part(crew, &(struct ario__lane_rows){.lane = lane,
                                           .position = lane->done,
                                           .rows = rows,
                                           .oldest = lane->fed - ario__lane_ring_count(crew, lane),
                                           .set = lane->now,
                                           .slot = lane->cached});
}

// Adds the next `rows` latents of a refill that is due at `due` tokens.
static void add_ahead(struct ario__crew *crew, struct ario__lane *lane, size_t rows, size_t due) {
  add_part(crew, &(struct ario__lane_rows){.lane = lane,
                                           .position = lane->ahead_from + lane->ahead,
                                           .rows = rows,
                                           .oldest = due - ario__smaller(due, crew->context),
                                           .set = !lane->now,
                                           .slot = lane->ahead});
}

// The refill's latents begin at `position`: discards those that were computed for another refill.
static void aim_ahead(struct ario__lane *lane, size_t position) {
  if (lane->ahead_from != position) lane->ahead = 0;
  lane->ahead_from = position;
}

// The refill that is due now: adds what has not been computed ahead of time.
static void plan_refill(struct ario__crew *crew, struct ario__lane *lane, size_t room) {
  aim_ahead(lane, lane->fed - ario__smaller(crew->refill, ario__lane_ring_count(crew, lane)));
  add_ahead(crew, lane, ario__smaller(lane->fed - lane->ahead_from - lane->ahead, room), lane->fed);
}

// Lanes take turns in computing latents for their next refills: several latents in one turn, which read the
// layer caches once for all of them.
static size_t turns(const struct ario__crew *crew) {
  size_t rows = ARIO__CREW_ROWS / crew->lanes_most;
  return rows > 2 ? ario__smaller(crew->lanes_most, rows - 1) : 1;
}

// Adds latents for the next refill, at positions before `known`: as many as must be computed now if each of
// the lane's turns until it is due computes the same number.
static void plan_ahead(struct ario__crew *crew, struct ario__lane *lane, size_t turn, size_t known,
                       size_t room) {
  size_t due = refill_at(crew, lane), steps = due - known + 1, stride = ario__smaller(turns(crew), steps);
  aim_ahead(lane, due - crew->refill);
  size_t position = lane->ahead_from + lane->ahead;
  size_t wanted = ((crew->refill - lane->ahead) * stride + steps - 1) / steps;
  if (position >= known || (steps > stride && (steps + turn) % stride)) return;
  size_t count = ario__smaller(ario__smaller(wanted, known - position), room);
  if (count) add_ahead(crew, lane, count, due);
}

static void plan(struct ario__crew *crew, struct ario__lane *lane, size_t turn, size_t room) {
  if (needs_refill(crew, lane)) {
    plan_refill(crew, lane, room);
    return;
  }
  size_t count = ario__smaller(lane->fed - lane->done, (room + 1) / 2);
  add_latents(crew, lane, count);
  plan_ahead(crew, lane, turn, lane->done + count, room - count);
}

// Counts what has been computed. Returns true if the part's last row is the lane's newest token.
static bool settle(struct ario__crew *crew, const struct ario__lane_rows *part) {
  struct ario__lane *lane = part->lane;
  if (part->set == lane->now) {
    lane->cached += part->rows;
    lane->done += part->rows;
    return lane->done == lane->fed;
  }
  lane->ahead += part->rows;
  if (!needs_refill(crew, lane) || lane->ahead_from + lane->ahead < lane->fed) return false;
  if (lane->cached) lane->refills++;
  lane->now = !lane->now;
  lane->cached = lane->ahead;
  lane->ahead = 0;
  lane->done = lane->fed;
  return true;
}

// Computes the logits of lanes whose newest latent has just been computed; their rows are moved together
// first.
static void finish(struct ario__crew *crew) {
  const ario_config *config = &crew->net.model->config;
  float *z = crew->net.traces[config->layers].next;
  struct ario__lane *finished[2 * ARIO__CREW_ROWS];
  size_t count = 0, row = 0, channels = config->channels;
  for (size_t i = 0; i < crew->part_count; i++) {
    const struct ario__lane_rows *part = &crew->parts[i];
    row += part->rows;
    if (!settle(crew, part)) continue;
    memmove(z + count * channels, z + (row - 1) * channels, channels * sizeof *z);
    finished[count++] = part->lane;
  }
  if (!count) return;
  ario__forward_logits(&crew->net, 0, count, crew->logits);
  for (size_t i = 0; i < count; i++)
    memcpy(finished[i]->logits, crew->logits + i * config->vocab_size, config->vocab_size * sizeof *z);
}

void ario__lanes_advance(struct ario__crew *crew, struct ario__lane *const *lanes, size_t count) {
  for (;;) {
    begin(crew);
    for (size_t i = 0; i < count; i++)
      if (lanes[i]->done < lanes[i]->fed) plan(crew, lanes[i], i, ARIO__CREW_ROWS / crew->lanes_most);
    if (!crew->row_count) return;
    compute_latents(crew);
    finish(crew);
  }
}

void ario__lane_forward(struct ario__crew *crew, struct ario__lane *lane, size_t latents, float *logits) {
  size_t vocab = crew->net.model->config.vocab_size;
  lane->cached = lane->ahead = 0;
  lane->done = lane->fed - latents;
  while (lane->done < lane->fed) {
    begin(crew);
    add_latents(crew, lane, ario__smaller(lane->fed - lane->done, ARIO__CREW_ROWS));
    compute_latents(crew);
    ario__forward_logits(&crew->net, 0, crew->row_count, logits);
    logits += crew->row_count * vocab;
    settle(crew, &crew->parts[0]);
  }
  memcpy(lane->logits, logits - vocab, vocab * sizeof *logits);
}

void ario__lane_attention(struct ario__crew *crew, struct ario__lane *lane, size_t position, size_t head,
                          float *weights) {
  size_t count = ario__lane_ring_count(crew, lane), oldest = lane->fed - count;
  begin(crew);
  add_part(crew, &(struct ario__lane_rows){.lane = lane, .position = position, .rows = 1, .oldest = oldest});
  ario__forward_queries(&crew->net, crew->tokens, crew->positions, 0, 1);
  memset(weights, 0, count * sizeof *weights);
  const struct ario__mix_job job = mix_job(crew, 0, 1, context_sources(crew, 1));
  if (head != ARIO_ALL_HEADS) {
    ario__mix_weigh(&job, head, 1, weights);
    return;
  }
  for (size_t h = 0; h < job.heads; h++) ario__mix_weigh(&job, h, 1 / (float)job.heads, weights);
}
