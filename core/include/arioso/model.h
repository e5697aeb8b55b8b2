// SPDX-License-Identifier: MIT
//
// A Perceiver AR model: its configuration and its named tensors. Immutable once made, so that any number of
// sessions in any number of threads share one; it must outlive them.
//
// Symbols used throughout: V vocabulary, D channels, H heads, C = D/H, L layers, N context (positions given),
// M latents (positions predicted), M <= N. The arithmetic (Hawthorne et al. 2022, arXiv 2202.07765) is
// written out at the top of core/model/forward.c.
#ifndef ARIOSO_MODEL_H
#define ARIOSO_MODEL_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ario_activation { ARIO_SQUARED_RELU, ARIO_GELU /* exact, by erf */ } ario_activation;

// What config.json of a model directory says. A plain value.
typedef struct ario_config {
  size_t vocab_size;   // V, 1..65536
  size_t channels;     // D, a multiple of heads
  size_t heads;        // H
  size_t layers;       // L, self-attention layers after the cross-attention; may be 0
  size_t max_context;  // largest N
  size_t max_latents;  // largest M, <= max_context
  size_t mlp_widening; // the MLPs are this many times D wide
  ario_activation activation;
  double rotary_fraction; // 0..1, share of each head's channels that positions rotate
  double rotary_base;
  // W, 0..30, 2 W <= D: the position, counted from the first context token, is added to the first 2 W
  // channels of each embedded token, as cosine and sine of waves 4, 8, 16 .. 2^(W + 1) positions long. 0:
  // none, only rotation tells positions apart. Rotary positions alone know distances, and cannot find a place
  // that is told by its number (models/recipes/copy-131072.md).
  size_t position_waves;
  double norm_eps;
  // What the tokens mean. `codec` is a name, "raw" where config.json has no codec: lower-case letters, digits,
  // - and _. `codec_json` is the whole object "codec" of config.json as JSON text, which the codec of that name
  // reads and nobody here; "" stands for {"name": codec}. Both end in 0.
  char codec[64], codec_json[1024];
} ario_config;

// The paper's shape, small: V 391, D 512, H 8, L 8, N 4096, M 1024, codec "raw".
ARIO_API ario_config ario_config_default(void);

// ARIO_OK, or ERR_ARGUMENT / ERR_LIMIT with the field that is wrong.
ARIO_API ARIO_NODISCARD ario_status ario_config_check(const ario_config *config, ario_error *error);

// For codecs: a member of codec_json that is a whole number from 0 to 2^53, and one that is a string, which is
// copied with its final 0 to text [size]. False, and nothing is written, where there is no such member, its
// value is of another kind, the string does not fit, or there is no memory to read it.
ARIO_API bool ario_config_codec_size(const ario_config *config, const char *key, size_t *value);
ARIO_API bool ario_config_codec_string(const ario_config *config, const char *key, char *text, size_t size);

typedef struct ario_model ario_model;

// Reads a model directory: config.json and model.safetensors (F32, BF16, F16 or I8). Every tensor of the
// configuration must be there with its shape, and no other; what is wrong is named. The weights are kept in
// memory in fp32. Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_UNSUPPORTED, ERR_LIMIT, ERR_MEMORY,
// ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_model_open(const char *directory, ario_model **out,
                                                    ario_error *error);

// A model with every parameter drawn at random from `seed`: weights and biases N(0, 0.08), the scales of
// norms N(1, 0.08). For tests and benchmarks; training starts from ario_model_initial.
ARIO_API ARIO_NODISCARD ario_status ario_model_random(const ario_config *config, uint64_t seed,
                                                      ario_model **out, ario_error *error);

// A model to begin training with: embeddings N(0, 1); linear layers N(0, 1/(3 in)) and the output layer and
// what attention and MLPs add at zero; biases zero. Errors: those of ario_config_check, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_model_initial(const ario_config *config, uint64_t seed,
                                                       ario_model **out, ario_error *error);

// What the numbers of a file are. In an I8 file the weights of linear layers, NAME [out, in], are whole
// numbers -127..127, and beside each is a tensor NAME_scale [out] in F32 (layers.0.attn.q.weight_scale, say):
// a weight is the whole number times its row's scale. All other tensors of such a file are F32.
typedef enum ario_dtype { ARIO_F32, ARIO_BF16, ARIO_F16, ARIO_I8 } ario_dtype;

// "F32", "BF16", "F16" or "I8", as safetensors writes them.
ARIO_API const char *ario_dtype_name(ario_dtype dtype);

// Writes config.json and model.safetensors into `directory`, which is made if it is missing; each file whole
// or not at all. Values are rounded to nearest even. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_model_save(const ario_model *model, const char *directory,
                                                    ario_dtype dtype, ario_error *error);

// Changes max_context and max_latents, on which no tensor depends, before the model is used or shared: what
// it does with longer contexts it has to learn. Errors: those of ario_config_check.
ARIO_API ARIO_NODISCARD ario_status ario_model_set_window(ario_model *model, size_t max_context,
                                                          size_t max_latents, ario_error *error);

ARIO_API void ario_model_free(ario_model *model); // safe on NULL

// What the model is.
ARIO_API const ario_config *ario_model_config(const ario_model *model);
ARIO_API ario_dtype ario_model_dtype(const ario_model *model); // of the file it came from; ARIO_F32 otherwise
ARIO_API size_t ario_model_parameters(const ario_model *model); // numbers in all tensors together

// One of the model's tensors.
typedef struct ario_tensor {
  const char *name;  // for example "layers.0.attn.q.weight"
  size_t rows, cols; // shape [rows, cols]; of a vector [rows], cols is 0
  const float *data; // [rows * max(cols, 1)], row-major; valid as long as the model
} ario_tensor;

// How many tensors there are, and one of them by its index from 0, in the order of the file.
ARIO_API size_t ario_model_tensors(const ario_model *model);
ARIO_API ario_tensor ario_model_tensor(const ario_model *model, size_t index);

#ifdef __cplusplus
}
#endif

#endif
