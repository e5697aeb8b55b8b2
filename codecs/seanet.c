// SPDX-License-Identifier: MIT
//
// Streaming through the nodes. Each keeps what it needs of the past; what it makes goes into a buffer of its
// own.
#include "seanet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a node keeps.
struct state {
  float *line; // CONV, JOIN (what came into its SPLIT): [held, in] rows that are needed yet
  size_t held, room;
  bool begun;   // CONV: it is padded
  float *carry; // TRANSPOSED: [stride out] of the row to come; LSTM: hidden and cell [2, out]
  float *out;   // [out_room, out]
  size_t out_room;
  float *work; // TRANSPOSED: [rows, 2 stride out]; LSTM: [rows, 4 out] and [4 out]; JOIN: [rows, out]
};

struct ario__stream {
  const ario__net *net;
  struct state *states; // [net->count]
  ario_multiplier *multiplier;
};

static size_t span_of(const ario__node *node) {
  return (node->kernel - 1) * node->dilation + 1;
}

static size_t padding_of(const ario__node *node) {
  return span_of(node) - node->stride;
}

// ---- Making ----

static bool take(float **numbers, size_t a, size_t b) {
  if (b && a > SIZE_MAX / sizeof(float) / b) return false;
  size_t count = a * b;
  *numbers = calloc(count ? count : 1, sizeof **numbers);
  return *numbers;
}

// Rows that can come out of a push of `rows` at most. A padding by mirrors waits for the signal and then
// comes all at once.
static size_t most_out(const ario__node *node, size_t rows) {
  if (node->kind == ARIO__CONV) return (rows + 2 * span_of(node)) / node->stride + 1;
  return node->kind == ARIO__TRANSPOSED ? rows * node->stride : rows;
}

static bool make_state(const ario__net *net, size_t index, size_t rows, struct state *states) {
  const ario__node *node = &net->nodes[index];
  struct state *s = &states[index];
  s->out_room = most_out(node, rows);
  bool good = take(&s->out, s->out_room, node->out);
  switch (node->kind) {
  case ARIO__CONV: s->room = rows + 2 * span_of(node); return good && take(&s->line, s->room, node->in);
  case ARIO__TRANSPOSED:
    return good && take(&s->carry, node->stride, node->out) &&
           take(&s->work, rows, 2 * node->stride * node->out);
  case ARIO__JOIN:
    // What came into the split waits at most as long as the convolutions between them do.
    s->room = rows;
    for (size_t i = node->split; i < index; i++)
      if (net->nodes[i].kind == ARIO__CONV) s->room += 2 * span_of(&net->nodes[i]);
    return good && take(&s->line, s->room, node->in) && take(&s->work, s->room, node->out);
  case ARIO__LSTM: return good && take(&s->carry, 2, node->out) && take(&s->work, rows + 1, 4 * node->out);
  default: return good;
  }
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

// The largest product of all.
static ario_status make_multiplier(ario__stream *stream, size_t most_rows, ario_kernels kernels,
                                   size_t threads) {
  size_t n = 1, k = 1;
  for (size_t i = 0; i < stream->net->count; i++) {
    const ario__node *node = &stream->net->nodes[i];
    size_t outputs = node->kind == ARIO__TRANSPOSED ? 2 * node->stride * node->out
                     : node->kind == ARIO__LSTM     ? 4 * node->out
                                                    : node->out;
    size_t inputs = node->kind == ARIO__CONV ? node->kernel * node->in : node->in;
    n = larger(n, outputs);
    k = larger(k, larger(inputs, node->kind == ARIO__LSTM ? node->out : 1));
  }
  return ario_multiplier_create(kernels, threads, most_rows, n, k, &stream->multiplier);
}

ario_status ario__stream_create(const ario__net *net, size_t most, ario_kernels kernels, size_t threads,
                                ario__stream **out) {
  *out = NULL;
  ario__stream *stream = calloc(1, sizeof *stream);
  if (stream) stream->states = calloc(net->count + 1, sizeof *stream->states);
  bool good = stream && stream->states;
  size_t rows = most, most_rows = most;
  if (good) stream->net = net;
  for (size_t i = 0; i < net->count && good; i++) {
    good = make_state(net, i, rows, stream->states);
    rows = stream->states[i].out_room;
    most_rows = larger(most_rows, larger(rows, stream->states[i].room));
  }
  ario_status status = good ? make_multiplier(stream, most_rows, kernels, threads) : ARIO_ERR_MEMORY;
  if (status)
    ario__stream_free(stream);
  else
    *out = stream;
  return status;
}

void ario__stream_free(ario__stream *stream) {
  if (!stream) return;
  for (size_t i = 0; stream->states && i < stream->net->count; i++) {
    free(stream->states[i].line);
    free(stream->states[i].carry);
    free(stream->states[i].out);
    free(stream->states[i].work);
  }
  ario_multiplier_free(stream->multiplier);
  free(stream->states);
  free(stream);
}

void ario__stream_reset(ario__stream *stream) {
  for (size_t i = 0; i < stream->net->count; i++) {
    const ario__node *node = &stream->net->nodes[i];
    struct state *s = &stream->states[i];
    s->held = 0;
    s->begun = false;
    size_t carried = node->kind == ARIO__TRANSPOSED ? node->stride * node->out : 2 * node->out;
    if (s->carry) memset(s->carry, 0, carried * sizeof *s->carry);
  }
}

// ---- Nodes ----

static void append(struct state *s, const float *x, size_t rows, size_t width) {
  if (rows) memcpy(s->line + s->held * width, x, rows * width * sizeof *x);
  s->held += rows;
}

static void drop(struct state *s, size_t rows, size_t width) {
  s->held -= rows;
  memmove(s->line, s->line + rows * width, s->held * width * sizeof *s->line);
}

// Pads the beginning, once enough of the signal is there; of one that ends before that, zeros follow it, as
// PyTorch's reflection of a short signal was made to work in the codecs that this agrees with.
static bool pad(const ario__net *net, const ario__node *node, struct state *s, bool end) {
  size_t padding = padding_of(node), width = node->in;
  if (net->reflect && padding && s->held <= padding && !end) return false;
  memmove(s->line + padding * width, s->line, s->held * width * sizeof *s->line);
  for (size_t i = 0; i < padding; i++) {
    size_t from = 2 * padding - i; // row padding + (padding - i), behind the padding
    if (net->reflect && padding - i < s->held)
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
  size_t span = span_of(node);
  size_t count = s->held < span ? 0 : (s->held - span) / node->stride + 1;
  if (node->dilation == 1) {
    ario_multiply(stream->multiplier, count, node->out, node->kernel * node->in, s->line,
                  node->stride * node->in, node->weight, node->bias, false, s->out, node->out);
  } else {
    for (size_t tap = 0; tap < node->kernel; tap++)
      ario_multiply(stream->multiplier, count, node->out, node->in, s->line + tap * node->dilation * node->in,
                    node->stride * node->in, node->weight + tap * node->out * node->in,
                    tap ? NULL : node->bias, tap, s->out, node->out);
  }
  drop(s, count * node->stride, node->in);
  return count;
}

// Each row becomes `stride` rows, to which the row before added its second half.
static size_t run_transposed(ario__stream *stream, const ario__node *node, struct state *s, const float *x,
                             size_t rows) {
  size_t half = node->stride * node->out;
  ario_multiply(stream->multiplier, rows, 2 * half, node->in, x, node->in, node->weight, NULL, false, s->work,
                2 * half);
  for (size_t row = 0; row < rows; row++) {
    const float *made = s->work + row * 2 * half;
    float *out = s->out + row * half;
    for (size_t i = 0; i < half; i++) {
      out[i] = made[i] + s->carry[i];
      if (node->bias) out[i] += node->bias[i % node->out];
    }
    memcpy(s->carry, made + half, half * sizeof *s->carry);
  }
  return rows * node->stride;
}

static void run_elu(float *out, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = x[i] > 0 ? x[i] : expm1f(x[i]);
}

static size_t run_join(ario__stream *stream, const ario__node *node, struct state *s, const float *x,
                       size_t rows) {
  const float *beside = s->line;
  if (node->weight) {
    ario_multiply(stream->multiplier, rows, node->out, node->in, s->line, node->in, node->weight, node->bias,
                  false, s->work, node->out);
    beside = s->work;
  }
  for (size_t i = 0; i < rows * node->out; i++) s->out[i] = x[i] + beside[i];
  drop(s, rows, node->in);
  return rows;
}

static float sigmoid(float x) {
  return 1 / (1 + expf(-x));
}

static size_t run_lstm(ario__stream *stream, const ario__node *node, struct state *s, const float *x,
                       size_t rows) {
  size_t width = node->out;
  float *hidden = s->carry, *cell = s->carry + width;
  ario_multiply(stream->multiplier, rows, 4 * width, node->in, x, node->in, node->weight, node->bias, false,
                s->work, 4 * width);
  for (size_t row = 0; row < rows; row++) {
    float *gates = s->work + row * 4 * width;
    ario_multiply(stream->multiplier, 1, 4 * width, width, hidden, width, node->recurrent, NULL, true, gates,
                  4 * width);
    for (size_t i = 0; i < width; i++) {
      cell[i] = sigmoid(gates[width + i]) * cell[i] + sigmoid(gates[i]) * tanhf(gates[2 * width + i]);
      hidden[i] = sigmoid(gates[3 * width + i]) * tanhf(cell[i]);
    }
    memcpy(s->out + row * width, hidden, width * sizeof *hidden);
  }
  return rows;
}

// The state of the JOIN that belongs to a SPLIT.
static struct state *join_of(ario__stream *stream, size_t split) {
  size_t i = split;
  while (stream->net->nodes[i].kind != ARIO__JOIN || stream->net->nodes[i].split != split) i++;
  return &stream->states[i];
}

size_t ario__stream_push(ario__stream *stream, const float *x, size_t rows, bool end, const float **y) {
  for (size_t i = 0; i < stream->net->count; i++) {
    const ario__node *node = &stream->net->nodes[i];
    struct state *s = &stream->states[i];
    switch (node->kind) {
    case ARIO__CONV: rows = run_conv(stream, node, s, x, rows, end); break;
    case ARIO__TRANSPOSED: rows = run_transposed(stream, node, s, x, rows); break;
    case ARIO__ELU: run_elu(s->out, x, rows * node->out); break;
    case ARIO__SPLIT:
      append(join_of(stream, i), x, rows, node->in);
      memcpy(s->out, x, rows * node->out * sizeof *x);
      break;
    case ARIO__JOIN: rows = run_join(stream, node, s, x, rows); break;
    case ARIO__LSTM: rows = run_lstm(stream, node, s, x, rows); break;
    }
    x = s->out;
  }
  *y = x;
  return rows;
}
