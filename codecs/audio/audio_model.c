// SPDX-License-Identifier: MIT
//
// A codec's directory -> networks: reads the configuration and the tensors by their names, and puts the
// numbers into the order in which the nodes use them.
#include "codecs/audio/audio_model.h"
#include "arioso/hash.h"
#include "arioso/tensors.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 512, NAME_BYTES = 128 };
enum { HEAVY = 500000 }; // weights of a node that should not be read for only a few rows

// ---- The configuration ----

static ario_status read_sizes(const ario_tensors *t, ario_audio_config *c, ario_error *error) {
  const struct {
    const char *key;
    size_t least, most, *value;
  } fields[] = {{"sample_rate", 8000, 192000, &c->sample_rate},
                {"filters", 1, 1024, &c->filters},
                {"kernel", 1, 64, &c->kernel},
                {"last_kernel", 1, 64, &c->last_kernel},
                {"residual_kernel", 1, 64, &c->residual_kernel},
                {"residual_layers", 0, 8, &c->residual_layers},
                {"dilation_base", 1, 16, &c->dilation_base},
                {"compress", 1, 16, &c->compress},
                {"lstm", 0, 4, &c->lstm},
                {"dimension", 1, 4096, &c->dimension},
                {"levels", 1, ARIO_AUDIO_LEVELS, &c->levels},
                {"codes", 2, 65536, &c->codes},
                {"lookahead", 0, 16, &c->lookahead},
                {"predictor", 0, 16, &c->predictor}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    ario_status status =
        ario_tensors_size(t, fields[i].key, fields[i].least, fields[i].most, fields[i].value, error);
    if (status) return status;
  }
  return ario_tensors_sizes(t, "ratios", 1, 64, c->ratios, ARIO_AUDIO_RATIOS, &c->ratio_count, error);
}

static ario_status read_choice(const ario_tensors *t, const char *key, const char *yes, const char *no,
                               bool *value, ario_error *error) {
  char text[32] = "";
  ario_status status = ario_tensors_text(t, key, text, sizeof text, error);
  if (status || !*text) return status;
  *value = strcmp(text, yes) == 0;
  if (*value || strcmp(text, no) == 0) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "config.json: %s is neither \"%s\" nor \"%s\"", key, yes, no);
}

// "decoder": {"kind": "spectral", ...}
static ario_status read_spectral(const ario_tensors *t, ario_audio_spectral *s, ario_error *error) {
  const struct {
    const char *key;
    size_t least, most, *value;
  } fields[] = {{"decoder.channels", 1, 4096, &s->channels}, {"decoder.blocks", 0, 64, &s->blocks},
                {"decoder.kernel", 1, 64, &s->kernel},       {"decoder.hidden", 1, 16384, &s->hidden},
                {"decoder.window", 2, 4096, &s->window},     {"decoder.hop", 1, 2048, &s->hop},
                {"decoder.lookahead", 0, 16, &s->lookahead}};
  bool spectral = false;
  ario_status status = read_choice(t, "decoder.kind", "spectral", "seanet", &spectral, error);
  if (status || !spectral) return status;
  *s = (ario_audio_spectral){
      .channels = 384, .blocks = 8, .kernel = 7, .hidden = 1152, .window = 1920, .hop = 480};
  for (size_t i = 0; i < sizeof fields / sizeof *fields && !status; i++)
    status = ario_tensors_size(t, fields[i].key, fields[i].least, fields[i].most, fields[i].value, error);
  return status;
}

static ario_status check_spectral(const ario_audio_codec *codec, ario_error *error) {
  const ario_audio_spectral *s = &codec->config.spectral;
  if (!s->channels) return ARIO_OK;
  if (s->hop != codec->hop)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "config.json: decoder.hop is %zu, but the ratios make frames of %zu samples", s->hop,
                     codec->hop);
  if (s->window % 2 || s->window < 2 * s->hop)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "config.json: decoder.window is %zu; it must be even and at least two hops of %zu",
                     s->window, s->hop);
  return ARIO_OK;
}

static ario_status read_config(ario_audio_codec *codec, ario_error *error) {
  ario_audio_config *c = &codec->config;
  char type[32] = "";
  memset(c, 0, sizeof *c); // its padding is hashed, too
  *c = (ario_audio_config){.sample_rate = 24000,
                           .filters = 32,
                           .ratios = {8, 5, 4, 2},
                           .ratio_count = 4,
                           .kernel = 7,
                           .last_kernel = 7,
                           .residual_kernel = 3,
                           .residual_layers = 1,
                           .dilation_base = 2,
                           .compress = 2,
                           .shortcut = true,
                           .dimension = 128,
                           .levels = 8,
                           .codes = 1024};
  ario_status status = ario_tensors_text(codec->tensors, "model_type", type, sizeof type, error);
  if (!status && strcmp(type, "audio_codec") != 0)
    status = ario_fail(error, ARIO_ERR_FORMAT, "config.json: model_type is not \"audio_codec\"");
  if (!status) status = read_sizes(codec->tensors, c, error);
  if (!status) status = read_choice(codec->tensors, "shortcut", "conv", "identity", &c->shortcut, error);
  if (!status) status = read_choice(codec->tensors, "padding", "reflect", "zero", &c->reflect, error);
  if (!status) status = read_choice(codec->tensors, "norm", "rms", "none", &c->norm, error);
  if (!status) status = read_spectral(codec->tensors, &c->spectral, error);
  if (status) return status;
  codec->hop = 1;
  for (size_t i = 0; i < c->ratio_count; i++) codec->hop *= c->ratios[i];
  if (codec->hop > 65536 || c->filters << c->ratio_count > 65536 || c->filters % c->compress)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "config.json: ratios, filters and compress do not make a valid network");
  return check_spectral(codec, error);
}

// ---- Tensors ----

// The state of building.
typedef struct builder {
  ario_audio_codec *codec;
  ario__node *nodes;  // [MOST_NODES]
  size_t count, used; // nodes; tensors that were asked for
  uint64_t hash;      // of the configuration and what was asked for so far
  ario_status status;
  ario_error *error;
} builder;

static void fail_memory(builder *b) {
  if (!b->status) b->status = ario_fail(b->error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
}

// Makes the codec the owner of a block; NULL stays NULL.
static float *keep(builder *b, float *block) {
  ario_audio_codec *codec = b->codec;
  float **grown = block ? realloc(codec->blocks, (codec->block_count + 1) * sizeof *grown) : NULL;
  if (grown) {
    codec->blocks = grown;
    codec->blocks[codec->block_count++] = block;
    return block;
  }
  if (block) fail_memory(b);
  free(block);
  return NULL;
}

// Allocates numbers that the codec owns.
static float *own(builder *b, size_t count) {
  float *block = malloc((count ? count : 1) * sizeof *block);
  if (!block) fail_memory(b);
  return keep(b, block);
}

// What is computed from finite weights may be too large, or nothing divided by nothing.
static void check_finite(builder *b, const float *x, size_t count, const char *name) {
  bool finite = true;
  for (size_t i = 0; i < count; i++) finite = finite && isfinite(x[i]);
  if (!finite && !b->status)
    b->status = ario_fail(b->error, ARIO_ERR_FORMAT,
                          "tensor %s: what is computed from it is not finite; the weights are damaged", name);
}

// Reads a tensor; the caller frees it, or has the codec keep it. NULL after a failure.
static float *read_tensor(builder *b, const char *name, size_t rank, const size_t *shape) {
  float *data = NULL;
  if (!b->status) b->status = ario_tensors_read(b->codec->tensors, name, rank, shape, &data, b->error);
  if (b->status) return NULL;
  size_t count = 1;
  for (size_t i = 0; i < rank; i++) count *= shape[i];
  b->hash = ario_hash_bytes(b->hash, data, count * sizeof *data);
  b->used++;
  return data;
}

// A tensor that the codec keeps.
static const float *find(builder *b, size_t rank, const size_t *shape, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static const float *find(builder *b, size_t rank, const size_t *shape, const char *format, ...) {
  char name[NAME_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  return keep(b, read_tensor(b, name, rank, shape));
}

// v [first, count] with the norms g [first] of its rows, which becomes the weight.
static void fold_norms(builder *b, const float *g, float *v, size_t first, size_t count, const char *name) {
  for (size_t i = 0; i < first; i++) {
    double square = 0;
    for (size_t j = 0; j < count; j++) square += (double)v[i * count + j] * v[i * count + j];
    for (size_t j = 0; j < count; j++) v[i * count + j] = (float)(v[i * count + j] * (g[i] / sqrt(square)));
  }
  check_finite(b, v, first * count, name);
}

// A convolution's weight [first, second, kernel], with weight normalisation folded. The caller frees it, or
// has the codec keep it.
static float *find_weight(builder *b, const char *name, size_t first, size_t second, size_t kernel) {
  char plain[NAME_BYTES], norm[NAME_BYTES], direction[NAME_BYTES];
  snprintf(plain, sizeof plain, "%s.weight", name);
  snprintf(norm, sizeof norm, "%s.weight_g", name);
  snprintf(direction, sizeof direction, "%s.weight_v", name);
  const size_t shape[] = {first, second, kernel}, norms[] = {first, 1, 1};
  if (ario_tensors_has(b->codec->tensors, plain)) return read_tensor(b, plain, 3, shape);
  float *g = read_tensor(b, norm, 3, norms), *v = read_tensor(b, direction, 3, shape);
  if (v) fold_norms(b, g, v, first, second * kernel, direction);
  free(g);
  return v;
}

static ario__node *add(builder *b, ario__node node) {
  if (b->count == MOST_NODES && !b->status)
    b->status = ario_fail(b->error, ARIO_ERR_LIMIT, "config.json: the network has too many layers");
  if (b->status) return NULL;
  b->nodes[b->count] = node;
  return &b->nodes[b->count++];
}

static void add_elu(builder *b, size_t channels) {
  add(b, (ario__node){.kind = ARIO__ELU, .in = channels, .out = channels});
}

static void add_norm(builder *b, size_t channels) {
  add(b, (ario__node){.kind = ARIO__NORM, .in = channels, .out = channels});
}

// Weights [out, in, kernel] -> [out, kernel, in], or [kernel, out, in] if dilated. `weight` is freed.
static const float *turn(builder *b, float *weight, size_t out, size_t in, size_t kernel, bool dilated) {
  float *turned = b->status ? NULL : own(b, out * in * kernel);
  for (size_t o = 0; turned && o < out; o++)
    for (size_t i = 0; i < in; i++)
      for (size_t k = 0; k < kernel; k++)
        turned[dilated ? (k * out + o) * in + i : (o * kernel + k) * in + i] =
            weight[(o * in + i) * kernel + k];
  free(weight);
  return turned;
}

static void add_conv(builder *b, const char *name, size_t in, size_t out, size_t kernel, size_t stride,
                     size_t dilation) {
  float *weight = find_weight(b, name, out, in, kernel);
  const float *bias = find(b, 1, &out, "%s.bias", name);
  add(b, (ario__node){.kind = ARIO__CONV,
                      .in = in,
                      .out = out,
                      .kernel = kernel,
                      .stride = stride,
                      .dilation = dilation,
                      .spread = 1,
                      .weight = turn(b, weight, out, in, kernel, dilation > 1),
                      .bias = bias});
}

// Weights [in, out, 2 ratio] -> [ratio, out, 2, in]: of the row before the second half, of the row itself the
// first half.
static void add_transposed(builder *b, const char *name, size_t in, size_t out, size_t ratio) {
  float *weight = find_weight(b, name, in, out, 2 * ratio);
  const float *bias = find(b, 1, &out, "%s.bias", name);
  float *turned = b->status ? NULL : own(b, in * out * 2 * ratio);
  float *spread_bias = b->status ? NULL : own(b, ratio * out);
  for (size_t i = 0; spread_bias && i < in; i++)
    for (size_t o = 0; o < out; o++)
      for (size_t k = 0; k < 2 * ratio; k++)
        turned[((k % ratio * out + o) * 2 + (k < ratio)) * in + i] = weight[(i * out + o) * 2 * ratio + k];
  for (size_t i = 0; spread_bias && i < ratio * out; i++) spread_bias[i] = bias[i % out];
  free(weight);
  add(b, (ario__node){.kind = ARIO__CONV,
                      .in = in,
                      .out = out,
                      .kernel = 2,
                      .stride = 1,
                      .dilation = 1,
                      .spread = ratio,
                      .weight = turned,
                      .bias = spread_bias});
}

// Adds another bias, of this name, to the newest node's: their outputs are summed in the end.
static void add_to_bias(builder *b, const float *other, const char *name) {
  if (b->status) return;
  ario__node *node = &b->nodes[b->count - 1];
  float *sum = own(b, node->out);
  for (size_t i = 0; sum && i < node->out; i++) sum[i] = node->bias[i] + other[i];
  if (sum) check_finite(b, sum, node->out, name);
  node->bias = sum;
}

static void add_unit(builder *b, const char *name, size_t channels, size_t dilation) {
  const ario_audio_config *c = &b->codec->config;
  size_t inside = channels / c->compress, split = b->count;
  char part[NAME_BYTES + 16];
  add(b, (ario__node){.kind = ARIO__SPLIT, .in = channels, .out = channels});
  add_elu(b, channels);
  snprintf(part, sizeof part, "%s.conv1", name);
  add_conv(b, part, channels, inside, c->residual_kernel, 1, dilation);
  add_elu(b, inside);
  snprintf(part, sizeof part, "%s.conv2", name);
  add_conv(b, part, inside, channels, 1, 1, 1);
  ario__node join = {.kind = ARIO__JOIN, .in = channels, .out = channels, .split = split};
  snprintf(part, sizeof part, "%s.shortcut", name);
  if (c->shortcut) {
    join.weight = keep(b, find_weight(b, part, channels, channels, 1));
    add_to_bias(b, find(b, 1, &channels, "%s.bias", part), part);
  }
  add(b, join);
}

static void add_units(builder *b, const char *way, size_t stage, size_t channels) {
  size_t dilation = 1;
  for (size_t j = 0; j < b->codec->config.residual_layers; j++) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s.stages.%zu.units.%zu", way, stage, j);
    add_unit(b, name, channels, dilation);
    dilation *= b->codec->config.dilation_base;
  }
}

static void add_lstm(builder *b, const char *way, size_t channels) {
  size_t split = b->count, layers = b->codec->config.lstm;
  const size_t shape[] = {4 * channels, channels};
  if (!layers) return;
  add(b, (ario__node){.kind = ARIO__SPLIT, .in = channels, .out = channels});
  for (size_t k = 0; k < layers; k++) {
    const float *weight = find(b, 2, shape, "%s.lstm.weight_ih_l%zu", way, k);
    const float *recurrent = find(b, 2, shape, "%s.lstm.weight_hh_l%zu", way, k);
    const float *one = find(b, 1, shape, "%s.lstm.bias_ih_l%zu", way, k);
    const float *other = find(b, 1, shape, "%s.lstm.bias_hh_l%zu", way, k);
    float *bias = b->status ? NULL : own(b, 4 * channels);
    for (size_t i = 0; bias && i < 4 * channels; i++) bias[i] = one[i] + other[i];
    if (bias) check_finite(b, bias, 4 * channels, "lstm.bias");
    add(b, (ario__node){.kind = ARIO__LSTM,
                        .in = channels,
                        .out = channels,
                        .weight = weight,
                        .recurrent = recurrent,
                        .bias = bias});
  }
  add(b, (ario__node){.kind = ARIO__JOIN, .in = channels, .out = channels, .split = split});
}

// ---- The networks ----

static void build_encoder(builder *b) {
  const ario_audio_config *c = &b->codec->config;
  size_t channels = c->filters;
  add_conv(b, "encoder.first", 1, channels, c->kernel, 1, 1);
  for (size_t stage = 0; stage < c->ratio_count; stage++, channels *= 2) {
    size_t ratio = c->ratios[c->ratio_count - 1 - stage];
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "encoder.stages.%zu.down", stage);
    add_units(b, "encoder", stage, channels);
    add_elu(b, channels);
    add_conv(b, name, channels, 2 * channels, 2 * ratio, ratio, 1);
  }
  add_lstm(b, "encoder", channels);
  add_elu(b, channels);
  if (c->norm) add_norm(b, channels);
  add_conv(b, "encoder.last", channels, c->dimension, c->last_kernel, 1, 1);
}

static void build_decoder(builder *b) {
  const ario_audio_config *c = &b->codec->config;
  size_t channels = c->filters << c->ratio_count;
  add_conv(b, "decoder.first", c->dimension, channels, c->kernel, 1, 1);
  add_lstm(b, "decoder", channels);
  for (size_t stage = 0; stage < c->ratio_count; stage++, channels /= 2) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "decoder.stages.%zu.up", stage);
    add_elu(b, channels);
    add_transposed(b, name, channels, channels / 2, c->ratios[stage]);
    add_units(b, "decoder", stage, channels / 2);
  }
  add_elu(b, channels);
  add_conv(b, "decoder.last", channels, 1, c->last_kernel, 1, 1);
}

// ---- The spectral decoder ----

static void add_layer_norm(builder *b, const char *name, size_t channels) {
  add(b, (ario__node){.kind = ARIO__LAYER_NORM,
                      .in = channels,
                      .out = channels,
                      .weight = find(b, 1, &channels, "%s.weight", name),
                      .bias = find(b, 1, &channels, "%s.bias", name)});
}

// `scale` [out], or NULL, multiplies what comes out.
static void add_linear(builder *b, const char *name, size_t in, size_t out, const float *scale) {
  const size_t shape[] = {out, in};
  char part[NAME_BYTES + 16];
  snprintf(part, sizeof part, "%s.weight", name);
  float *weight = read_tensor(b, part, 2, shape);
  snprintf(part, sizeof part, "%s.bias", name);
  float *bias = read_tensor(b, part, 1, &out);
  for (size_t o = 0; scale && bias && o < out; o++) {
    for (size_t i = 0; i < in; i++) weight[o * in + i] *= scale[o];
    bias[o] *= scale[o];
  }
  if (scale && bias) check_finite(b, weight, out * in, name), check_finite(b, bias, out, name);
  add(b, (ario__node){.kind = ARIO__CONV,
                      .in = in,
                      .out = out,
                      .kernel = 1,
                      .stride = 1,
                      .dilation = 1,
                      .spread = 1,
                      .weight = keep(b, weight),
                      .bias = keep(b, bias)});
}

// Weights [channels, 1, kernel] -> [kernel, channels].
static void add_depthwise(builder *b, const char *name, size_t channels, size_t kernel) {
  float *weight = find_weight(b, name, channels, 1, kernel), *turned = NULL;
  const float *bias = find(b, 1, &channels, "%s.bias", name);
  if (!b->status) turned = own(b, channels * kernel);
  for (size_t i = 0; turned && i < channels; i++)
    for (size_t k = 0; k < kernel; k++) turned[k * channels + i] = weight[i * kernel + k];
  free(weight);
  add(b, (ario__node){.kind = ARIO__DEPTHWISE,
                      .in = channels,
                      .out = channels,
                      .kernel = kernel,
                      .stride = 1,
                      .dilation = 1,
                      .spread = 1,
                      .weight = turned,
                      .bias = bias});
}

static void add_block(builder *b, size_t index) {
  const ario_audio_spectral *s = &b->codec->config.spectral;
  size_t split = b->count;
  char name[NAME_BYTES];
  add(b, (ario__node){.kind = ARIO__SPLIT, .in = s->channels, .out = s->channels});
  snprintf(name, sizeof name, "decoder.blocks.%zu.depthwise", index);
  add_depthwise(b, name, s->channels, s->kernel);
  snprintf(name, sizeof name, "decoder.blocks.%zu.norm", index);
  add_layer_norm(b, name, s->channels);
  snprintf(name, sizeof name, "decoder.blocks.%zu.up", index);
  add_linear(b, name, s->channels, s->hidden, NULL);
  add(b, (ario__node){.kind = ARIO__GELU, .in = s->hidden, .out = s->hidden});
  const float *scale = find(b, 1, &s->channels, "decoder.blocks.%zu.scale", index);
  snprintf(name, sizeof name, "decoder.blocks.%zu.down", index);
  add_linear(b, name, s->hidden, s->channels, scale);
  add(b, (ario__node){.kind = ARIO__JOIN, .in = s->channels, .out = s->channels, .split = split});
}

static void build_spectral(builder *b) {
  const ario_audio_config *c = &b->codec->config;
  const ario_audio_spectral *s = &c->spectral;
  add_conv(b, "decoder.first", c->dimension, s->channels, s->kernel, 1, 1);
  add_layer_norm(b, "decoder.first_norm", s->channels);
  for (size_t i = 0; i < s->blocks; i++) add_block(b, i);
  add_layer_norm(b, "decoder.last_norm", s->channels);
  add_linear(b, "decoder.head", s->channels, s->window + 2, NULL);
  add(b, (ario__node){.kind = ARIO__OVERLAP,
                      .in = s->window + 2,
                      .out = 1,
                      .overlap = {.window = s->window, .hop = s->hop, .lookahead = s->lookahead}});
}

static bool is_heavy(const ario__node *node) {
  size_t taps = node->kind == ARIO__CONV ? node->kernel * node->spread : 1;
  return node->kind == ARIO__LSTM || node->in * node->out * taps >= HEAVY;
}

// Finds the nodes with many rows and few weights (seanet.h): the first stages of an encoder, the last stages
// of a decoder. A stage of an encoder ends, and one of a decoder begins, with an ELU outside all units.
static void find_pieces(const ario_audio_codec *codec, bool encodes, ario__net *net) {
  size_t rows = encodes ? codec->hop : 1, units = 0;
  net->first = net->last = encodes ? 0 : net->count;
  for (size_t i = 0; i < net->count; i++) {
    const ario__node *node = &net->nodes[i], *next = node + 1;
    units += node->kind == ARIO__SPLIT;
    units -= node->kind == ARIO__JOIN;
    bool between = node->kind == ARIO__ELU && !units && i + 1 < net->count;
    if (encodes && is_heavy(node)) break;
    if (encodes && between) net->last = i;
    if (!encodes && is_heavy(node)) net->first = net->count;
    if (!encodes && between && !is_heavy(next) && net->first == net->count) {
      net->first = i;
      net->piece_rows = rows;
    }
    rows *= node->kind == ARIO__CONV ? node->spread : 1;
  }
  if (encodes) net->piece_rows = codec->hop;
}

static void build_net(builder *b, void (*build)(builder *), ario__net *net) {
  b->nodes = calloc(MOST_NODES, sizeof *b->nodes);
  b->count = 0;
  if (!b->nodes) {
    fail_memory(b);
    return;
  }
  build(b);
  *net = (ario__net){.nodes = b->nodes, .count = b->count, .first = b->count, .last = b->count};
  if (build == build_spectral)
    return; // it begins with zeros, and no node of it has many rows and few weights
  net->reflect = b->codec->config.reflect;
  if (!b->status) find_pieces(b->codec, build == build_encoder, net);
}

static void build_books(builder *b) {
  const ario_audio_config *c = &b->codec->config;
  const size_t shape[] = {c->codes, c->dimension};
  for (size_t level = 0; level < c->levels && !b->status; level++) {
    ario__codebook *book = &b->codec->books[level];
    book->vectors = find(b, 2, shape, "quantizer.levels.%zu.codebook", level);
    book->half_squares = b->status ? NULL : own(b, c->codes);
    for (size_t i = 0; book->half_squares && i < c->codes; i++) {
      double square = 0;
      const float *vector = book->vectors + i * c->dimension;
      for (size_t j = 0; j < c->dimension; j++) square += (double)vector[j] * vector[j];
      book->half_squares[i] = (float)(-square / 2);
    }
    if (book->half_squares) check_finite(b, book->half_squares, c->codes, "quantizer codebook");
  }
}

// [predictor, dimension, dimension] -> [dimension, predictor, dimension]
static void build_predictor(builder *b) {
  const ario_audio_config *c = &b->codec->config;
  const size_t shape[] = {c->predictor, c->dimension, c->dimension}, width = c->dimension;
  if (!c->predictor) return;
  float *matrices = read_tensor(b, "quantizer.predictor", 3, shape);
  float *turned = b->status ? NULL : own(b, c->predictor * width * width);
  for (size_t k = 0; turned && k < c->predictor; k++)
    for (size_t i = 0; i < width; i++)
      memcpy(turned + (i * c->predictor + k) * width, matrices + (k * width + i) * width,
             width * sizeof *turned);
  free(matrices);
  b->codec->predictor = turned;
}

static ario_status build(ario_audio_codec *codec, ario_error *error) {
  const ario_audio_config *c = &codec->config;
  builder b = {.codec = codec,
               .error = error,
               .hash = ario_hash_bytes(ARIO_HASH_START, c, offsetof(ario_audio_config, lookahead))};
  // Codecs without lookahead or predictor keep the hash that they had before these existed.
  if (c->lookahead) b.hash = ario_hash_bytes(b.hash, &c->lookahead, sizeof c->lookahead);
  if (c->predictor) b.hash = ario_hash_bytes(b.hash, &c->predictor, sizeof c->predictor);
  build_net(&b, build_encoder, &codec->encoder);
  build_books(&b);
  build_predictor(&b);
  codec->hash = b.hash; // of what makes codes: a decoder that is trained further reads older codes
  build_net(&b, c->spectral.channels ? build_spectral : build_decoder, &codec->decoder);
  if (!b.status && b.used != ario_tensors_count(codec->tensors))
    b.status = ario_fail(error, ARIO_ERR_FORMAT,
                         "there are %zu tensors, but the codec that config.json describes has %zu",
                         ario_tensors_count(codec->tensors), b.used);
  return b.status;
}

ario_status ario_audio_codec_open(const char *directory, ario_audio_codec **out, ario_error *error) {
  *out = NULL;
  ario_audio_codec *codec = calloc(1, sizeof *codec);
  if (!codec) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_error detail = {""};
  ario_status status = ario_tensors_open(directory, &codec->tensors, error);
  bool opened = !status;
  if (!status) status = read_config(codec, &detail);
  if (!status) status = build(codec, &detail);
  if (status && opened) (void)ario_fail(error, status, "%s: %s", directory, detail.text);
  ario_tensors_free(codec->tensors); // all that is needed has been read
  codec->tensors = NULL;
  if (status)
    ario_audio_codec_free(codec);
  else
    *out = codec;
  return status;
}

void ario_audio_codec_free(ario_audio_codec *codec) {
  if (!codec) return;
  for (size_t i = 0; i < codec->block_count; i++) free(codec->blocks[i]);
  free(codec->blocks);
  free((void *)codec->encoder.nodes);
  free((void *)codec->decoder.nodes);
  ario_tensors_free(codec->tensors);
  free(codec);
}

const ario_audio_config *ario_audio_codec_config(const ario_audio_codec *codec) {
  return &codec->config;
}

size_t ario_audio_codec_hop(const ario_audio_codec *codec) {
  return codec->hop;
}

ario_codes ario_audio_codec_codes(const ario_audio_codec *codec, size_t levels) {
  bool alone = codec->config.predictor; // these levels can only be used all together
  return (ario_codes){.levels = levels,
                      .codes = codec->config.codes,
                      .hop = ario_audio_codec_hop(codec),
                      .sample_rate = codec->config.sample_rate,
                      .hash = alone ? ario_hash_bytes(codec->hash, &levels, sizeof levels) : codec->hash};
}

size_t ario_audio_codec_latency(const ario_audio_codec *codec) {
  const ario_audio_spectral *s = &codec->config.spectral;
  return s->channels ? s->lookahead * s->hop + (s->window - s->hop) / 2 : 0;
}

// ---- Cost ----

static void add_cost(const ario__net *net, double rate, double *flops) {
  for (size_t i = 0; i < net->count; i++) {
    const ario__node *node = &net->nodes[i];
    double size = (double)node->in * (double)node->out, stride = (double)node->stride;
    switch (node->kind) {
    case ARIO__CONV:
      rate /= stride;
      *flops += 2 * rate * (double)(node->kernel * node->spread) * size;
      rate *= (double)node->spread;
      break;
    case ARIO__JOIN: *flops += node->weight ? 2 * rate * size : 0; break;
    case ARIO__LSTM: *flops += 2 * rate * 8 * size; break;
    case ARIO__DEPTHWISE: *flops += 2 * rate * (double)(node->kernel * node->in); break;
    default: break;
    }
  }
}

ario_audio_cost ario_audio_codec_cost(const ario_audio_codec *codec) {
  const ario_audio_config *c = &codec->config;
  double rate = (double)c->sample_rate, frames = rate / (double)codec->hop;
  double predictor = 2 * frames * (double)(c->predictor * c->dimension * c->dimension);
  ario_audio_cost cost = {.encode_flops =
                              2 * frames * (double)(c->levels * c->codes * c->dimension) + predictor,
                          .decode_flops = predictor};
  add_cost(&codec->encoder, rate, &cost.encode_flops);
  add_cost(&codec->decoder, frames, &cost.decode_flops);
  return cost;
}
