// SPDX-License-Identifier: MIT
//
// Streams a signal through the nodes. Each node keeps what it needs of the past. Its output goes into a
// buffer of its own, or directly to where the next node wants it.
#include "codecs/audio/seanet.h"
#include "codecs/numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Frames that the nodes first .. last - 1 process at a time.
enum { PIECE = 8 };

// The state of a node.
struct state {
  float *line; // CONV, DEPTHWISE, JOIN (input of its SPLIT): [held, in] rows that are still needed
  size_t held, room;
  const float *beside; // JOIN: [beside_rows, in] input of its SPLIT in this push, not yet in the line
  size_t beside_rows;
  bool begun;   // CONV, DEPTHWISE: the padding has been added
  float *carry; // LSTM: hidden and cell [2, out]
  float *out;   // all but SPLIT and JOIN: [out_room, out]
  size_t out_room;
  float *work;                   // LSTM: [rows, 4 out]
  ario_packed_weights **weights; // [weight_count] the node's, packed; CONV: of each tap if it is dilated
  size_t weight_count;
  ario__overlap *overlap;
};

struct ario__stream {
  const ario__net *net;
  struct state *states; // [net->count]
  ario_multiplier *multiplier;
  size_t piece;    // rows that enter the nodes first .. last - 1 at a time
  float *gathered; // [gathered_room, out of node last - 1] their output
  size_t gathered_room;
};

static size_t span_of(const ario__node *node) {
  return (node->kernel - 1) * node->dilation + 1;
}

static size_t padding_of(const ario__node *node) {
  return span_of(node) - node->stride;
}

// ---- Creation ----

// The most rows that can come out of a push of `rows`. Padding by mirroring waits for the signal and then
// comes all at once. No more than that: weights are packed for so many rows, and those for few are smaller.
static size_t most_out(const ario__net *net, const ario__node *node, size_t rows) {
  if (node->kind == ARIO__OVERLAP) return rows * node->overlap.hop + ario__overlap_lead(&node->overlap);
  if (node->kind != ARIO__CONV) return rows;
  if (!net->reflect) return (rows + node->stride - 1) / node->stride * node->spread;
  return ((rows + 2 * span_of(node)) / node->stride + 1) * node->spread;
}

static bool make_state(const ario__net *net, size_t index, size_t rows, struct state *states) {
  const ario__node *node = &net->nodes[index];
  struct state *s = &states[index];
  s->out_room = most_out(net, node, rows);
  bool own = node->kind != ARIO__SPLIT && node->kind != ARIO__JOIN;
  bool good = !own || ario__take(&s->out, s->out_room, node->out);
  switch (node->kind) {
  case ARIO__CONV:
  case ARIO__DEPTHWISE:
    s->room = rows + 2 * span_of(node);
    return good && ario__take(&s->line, s->room, node->in);
  case ARIO__JOIN:
    // The input of the split waits at most as long as the convolutions after it do.
    s->room = rows;
    for (size_t i = node->split; i < index; i++)
      if (net->nodes[i].kind == ARIO__CONV) s->room += 2 * span_of(&net->nodes[i]);
    return good && ario__take(&s->line, s->room, node->in);
  case ARIO__LSTM:
    return good && ario__take(&s->carry, 2, node->out) && ario__take(&s->work, rows, 4 * node->out);
  default: return good;
  }
}

// Makes the states of all nodes, for as many rows as each can be given.
static bool make_states(ario__stream *stream, size_t most) {
  const ario__net *net = stream->net;
  size_t rows = most, whole = 0; // whole: rows if all went through at once
  bool good = true;
  for (size_t i = 0; i < net->count && good; i++) {
    if (i == net->first) {
      whole = rows;
      rows = stream->piece = net->piece_rows * PIECE < rows ? net->piece_rows * PIECE : rows;
    }
    good = make_state(net, i, rows, stream->states);
    rows = stream->states[i].out_room;
    if (i + 1 == net->last && i >= net->first) {
      size_t pieces = (whole + stream->piece - 1) / stream->piece;
      stream->gathered_room = rows = pieces * rows;
      good = good && ario__take(&stream->gathered, rows, net->nodes[i].out);
    }
  }
  return good;
}

// ---- Weights ----

// Packs a node's `count` matrices [n, k], one after the other, for products of about `rows` rows.
static ario_status pack(const ario_multiplier *multiplier, struct state *s, size_t rows, const float *data,
                        size_t count, size_t n, size_t k) {
  ario_packed_weights **grown = realloc(s->weights, (s->weight_count + count) * sizeof *grown);
  ario_status status = grown ? ARIO_OK : ARIO_ERR_MEMORY;
  if (grown) s->weights = grown;
  for (size_t i = 0; i < count && !status; i++) {
    status =
        ario_packed_weights_create(multiplier, rows, data + i * n * k, n, k, &s->weights[s->weight_count]);
    s->weight_count += !status;
  }
  return status;
}

static ario_status pack_node(const ario_multiplier *multiplier, const ario__node *node, struct state *s) {
  bool dilated = node->dilation > 1;
  ario_status status;
  switch (node->kind) {
  case ARIO__CONV:
    return pack(multiplier, s, s->out_room / node->spread, node->weight, dilated ? node->kernel : 1,
                node->spread * node->out, dilated ? node->in : node->kernel * node->in);
  case ARIO__JOIN:
    return node->weight ? pack(multiplier, s, s->out_room, node->weight, 1, node->out, node->in) : ARIO_OK;
  case ARIO__LSTM:
    status = pack(multiplier, s, s->out_room, node->weight, 1, 4 * node->out, node->in);
    return status ? status : pack(multiplier, s, 1, node->recurrent, 1, 4 * node->out, node->out);
  default: return ARIO_OK;
  }
}

static ario_status pack_all(ario__stream *stream, ario_kernels kernels, size_t threads) {
  ario_status status = ario_multiplier_create(kernels, threads, &stream->multiplier);
  for (size_t i = 0; i < stream->net->count && !status; i++) {
    const ario__node *node = &stream->net->nodes[i];
    struct state *s = &stream->states[i];
    if (node->kind == ARIO__OVERLAP) // whose inverse transform may be a product
      status = ario__overlap_create(&node->overlap, s->out_room / node->overlap.hop, kernels,
                                    stream->multiplier, &s->overlap);
    else
      status = pack_node(stream->multiplier, node, s);
  }
  return status;
}

ario_status ario__stream_create(const ario__net *net, size_t most, ario_kernels kernels, size_t threads,
                                ario__stream **out) {
  *out = NULL;
  ario__stream *stream = calloc(1, sizeof *stream);
  if (stream) stream->states = calloc(net->count + 1, sizeof *stream->states);
  bool good = stream && stream->states;
  if (good) stream->net = net;
  good = good && make_states(stream, most);
  ario_status status = good ? pack_all(stream, kernels, threads) : ARIO_ERR_MEMORY;
  if (status)
    ario__stream_free(stream);
  else
    *out = stream;
  return status;
}

void ario__stream_free(ario__stream *stream) {
  if (!stream) return;
  for (size_t i = 0; stream->net && i < stream->net->count; i++) {
    struct state *s = &stream->states[i];
    for (size_t k = 0; k < s->weight_count; k++) ario_packed_weights_free(s->weights[k]);
    free(s->weights);
    ario__overlap_free(s->overlap);
    free(s->line);
    free(s->carry);
    free(s->out);
    free(s->work);
  }
  ario_multiplier_free(stream->multiplier);
  free(stream->gathered);
  free(stream->states);
  free(stream);
}

void ario__stream_reset(ario__stream *stream) {
  for (size_t i = 0; i < stream->net->count; i++) {
    struct state *s = &stream->states[i];
    s->held = 0;
    s->begun = false;
    if (s->overlap) ario__overlap_reset(s->overlap);
    if (s->carry) memset(s->carry, 0, 2 * stream->net->nodes[i].out * sizeof *s->carry);
  }
}

// ---- Nodes ----

// Appends rows to the line; rows that are already at its end are not copied.
static void append(struct state *s, const float *x, size_t rows, size_t width) {
  float *end = s->line + s->held * width;
  if (rows && x != end) memcpy(end, x, rows * width * sizeof *x);
  s->held += rows;
}

static void drop(struct state *s, size_t rows, size_t width) {
  s->held -= rows;
  memmove(s->line, s->line + rows * width, s->held * width * sizeof *s->line);
}

// Pads the beginning once enough of the signal is there. If the signal ends before that, zeros follow it, as
// PyTorch's reflection was made to work for short signals in the codecs that this must agree with.
static bool pad(const ario__net *net, const ario__node *node, struct state *s, bool end) {
  size_t padding = padding_of(node), width = node->in;
  bool reflect = net->reflect && node->spread == 1;
  if (reflect && padding && s->held <= padding && !end) return false;
  memmove(s->line + padding * width, s->line, s->held * width * sizeof *s->line);
  for (size_t i = 0; i < padding; i++) {
    size_t from = 2 * padding - i; // row padding + (padding - i), after the padding
    if (reflect && padding - i < s->held)
      memcpy(s->line + i * width, s->line + from * width, width * sizeof *s->line);
    else
      memset(s->line + i * width, 0, width * sizeof *s->line);
  }
  s->held += padding;
  s->begun = true;
  return true;
}

static size_t run_conv(ario__stream *stream, const ario__node *node, struct state *s, const float *x,
                       size_t rows, bool end) {
  append(s, x, rows, node->in);
  if (!s->begun && !pad(stream->net, node, s, end)) return 0;
  size_t span = span_of(node), width = node->spread * node->out;
  size_t count = s->held < span ? 0 : (s->held - span) / node->stride + 1;
  for (size_t tap = 0; tap < s->weight_count; tap++)
    ario_multiplier_run(stream->multiplier, count, s->weights[tap], s->line + tap * node->dilation * node->in,
                        node->stride * node->in, tap ? NULL : node->bias, tap, s->out, width);
  drop(s, count * node->stride, node->in);
  return count * node->spread;
}

static size_t run_depthwise(ario__stream *stream, const ario__node *node, struct state *s, const float *x,
                            size_t rows, bool end) {
  append(s, x, rows, node->in);
  if (!s->begun && !pad(stream->net, node, s, end)) return 0;
  size_t count = s->held < node->kernel ? 0 : s->held - node->kernel + 1;
  ario_depthwise(s->out, s->line, node->weight, node->bias, count, node->kernel, node->in);
  drop(s, count, node->in);
  return count;
}

// Adds the input of the SPLIT to x [rows, out], in place. While no convolution waits for more of the signal,
// that input came in the same push.
static size_t run_join(ario__stream *stream, const ario__node *node, struct state *s, float *x, size_t rows) {
  bool at_hand = !s->held && s->beside_rows == rows;
  if (!at_hand) append(s, s->beside, s->beside_rows, node->in);
  const float *beside = at_hand ? s->beside : s->line;
  if (node->weight)
    ario_multiplier_run(stream->multiplier, rows, s->weights[0], beside, node->in, NULL, true, x, node->out);
  else
    for (size_t i = 0; i < rows * node->out; i++) x[i] += beside[i];
  if (!at_hand) drop(s, rows, node->in);
  return rows;
}

static size_t run_lstm(ario__stream *stream, const ario__node *node, struct state *s, const float *x,
                       size_t rows) {
  size_t width = node->out;
  float *hidden = s->carry, *cell = s->carry + width;
  ario_multiplier_run(stream->multiplier, rows, s->weights[0], x, node->in, node->bias, false, s->work,
                      4 * width);
  for (size_t row = 0; row < rows; row++) {
    float *gates = s->work + row * 4 * width;
    ario_multiplier_run(stream->multiplier, 1, s->weights[1], hidden, width, NULL, true, gates, 4 * width);
    ario_lstm_step(gates, width, cell, hidden);
    memcpy(s->out + row * width, hidden, width * sizeof *hidden);
  }
  return rows;
}

static void run_norm(float *out, const float *x, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    double square = 0;
    for (size_t i = 0; i < width; i++) square += (double)x[i] * x[i];
    float scale = (float)(1 / sqrt(square / (double)width + 1e-6)); // silence stays silence
    for (size_t i = 0; i < width; i++) out[i] = scale * x[i];
  }
}

// The state of the JOIN that belongs to a SPLIT.
static struct state *join_of(ario__stream *stream, size_t split) {
  size_t i = split;
  while (stream->net->nodes[i].kind != ARIO__JOIN || stream->net->nodes[i].split != split) i++;
  return &stream->states[i];
}

// Where an elementwise node, or one of each row, writes: directly to where the next node wants its input.
static float *destination(ario__stream *stream, size_t index) {
  if (index + 1 == stream->net->count || stream->net->nodes[index + 1].kind != ARIO__CONV)
    return stream->states[index].out;
  const struct state *next = &stream->states[index + 1];
  return next->line + next->held * stream->net->nodes[index + 1].in;
}

// ---- Pushing ----

// The signal between two nodes.
struct flow {
  const float *x; // [rows, in of the next node]
  float *own;     // x, if it is the buffer of a node
  size_t rows;
};

static void run_node(ario__stream *stream, size_t index, struct flow *flow, bool end) {
  const ario__node *node = &stream->net->nodes[index];
  struct state *s = &stream->states[index];
  float *out = s->out;
  switch (node->kind) {
  case ARIO__CONV: flow->rows = run_conv(stream, node, s, flow->x, flow->rows, end); break;
  case ARIO__ELU:
    out = destination(stream, index);
    ario_elu(out, flow->x, flow->rows * node->out);
    break;
  case ARIO__NORM:
    out = destination(stream, index);
    run_norm(out, flow->x, flow->rows, node->out);
    break;
  case ARIO__SPLIT:
    join_of(stream, index)->beside = flow->x;
    join_of(stream, index)->beside_rows = flow->rows;
    return;
  case ARIO__JOIN:
    flow->rows = run_join(stream, node, s, flow->own, flow->rows);
    out = flow->own;
    break;
  case ARIO__LSTM: flow->rows = run_lstm(stream, node, s, flow->x, flow->rows); break;
  case ARIO__DEPTHWISE: flow->rows = run_depthwise(stream, node, s, flow->x, flow->rows, end); break;
  case ARIO__LAYER_NORM:
    out = destination(stream, index);
    ario_layer_norm(out, flow->x, node->weight, node->bias, flow->rows, node->in);
    break;
  case ARIO__GELU:
    out = destination(stream, index);
    ario_gelu(out, flow->x, flow->rows * node->out);
    break;
  case ARIO__OVERLAP: flow->rows = ario__overlap_push(s->overlap, flow->x, flow->rows, end, out); break;
  }
  flow->x = flow->own = out;
}

static void run_nodes(ario__stream *stream, size_t from, size_t until, struct flow *flow, bool end) {
  for (size_t i = from; i < until; i++) run_node(stream, i, flow, end);
}

// Runs the nodes first .. last - 1, a piece of the rows at a time.
static void run_pieces(ario__stream *stream, struct flow *flow, bool end) {
  const ario__net *net = stream->net;
  size_t in = net->nodes[net->first].in, out = net->nodes[net->last - 1].out, gathered = 0, at = 0;
  do {
    size_t rows = flow->rows - at < stream->piece ? flow->rows - at : stream->piece;
    struct flow piece = {.x = flow->x + at * in, .rows = rows};
    at += rows;
    run_nodes(stream, net->first, net->last, &piece, end && at == flow->rows);
    memcpy(stream->gathered + gathered * out, piece.x, piece.rows * out * sizeof *piece.x);
    gathered += piece.rows;
  } while (at < flow->rows);
  *flow = (struct flow){.x = stream->gathered, .own = stream->gathered, .rows = gathered};
}

size_t ario__stream_push(ario__stream *stream, const float *x, size_t rows, bool end, const float **y) {
  const ario__net *net = stream->net;
  struct flow flow = {.x = x, .rows = rows};
  run_nodes(stream, 0, net->first, &flow, end);
  if (net->first < net->last) run_pieces(stream, &flow, end);
  run_nodes(stream, net->last, net->count, &flow, end);
  *y = flow.x;
  return flow.rows;
}
