// SPDX-License-Identifier: MIT
//
// A Perceiver AR model: its configuration and its named tensors. Immutable once made, so any number of
// sessions in any number of threads can share one; it must outlive them.
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

// The config.json of a model directory, as a plain value.
typedef struct ario_config {
  size_t vocab_size;   // V, 1..65536
  size_t channels;     // D, a multiple of heads
  size_t heads;        // H
  size_t layers;       // L, self-attention layers after the cross-attention; may be 0
  size_t max_context;  // largest N
  size_t max_latents;  // largest M, <= max_context
  size_t mlp_widening; // the MLPs are this many times D wide
  ario_activation activation;
  double rotary_fraction; // 0..1, share of each head's channels that are rotated by position
  double rotary_base;     // pair i of R rotated channels turns by position * rotary_base^(-2i/R)
  // W, 0..30, 2 W <= D. The position, counted from 0 at the first context token, is added to the first 2 W
  // channels of each embedded token, as cosine and sine of waves 4, 8, 16 .. 2^(W + 1) positions long. 0:
  // none; only the rotation encodes positions. Rotation alone encodes distances, so a model without waves
  // cannot find a place that is given by its number (models/recipes/copy-131072.md).
  size_t position_waves;
  double norm_eps; // of every LayerNorm
  // What the tokens mean. `codec` is a name of lower-case letters, digits, - and _; "raw" if config.json has
  // none. `codec_json` is the whole object "codec" of config.json as JSON text, which only the codec of that
  // name reads; "" stands for {"name": codec}. Both end in 0.
  char codec[64], codec_json[1024];
} ario_config;

// The paper's shape, small: V 391, D 512, H 8, L 8, N 4096, M 1024, codec "raw".
ARIO_API ario_config ario_config_default(void);

// ARIO_OK, or ERR_ARGUMENT or ERR_LIMIT; the message names the field that is wrong. Any thread.
ARIO_API ARIO_NODISCARD ario_status ario_config_check(const ario_config *config, ario_error *error);

// For codecs: read a member of codec_json, a whole number from 0 to 2^53, or a string, which is copied with
// its final 0 to text [size]. False, and nothing is written, if there is no such member, its value is of
// another kind, the string does not fit, or memory is short.
ARIO_API bool ario_config_codec_size(const ario_config *config, const char *key, size_t *value);
ARIO_API bool ario_config_codec_string(const ario_config *config, const char *key, char *text, size_t size);

typedef struct ario_model ario_model;

// Reads a model directory: config.json and model.safetensors (F32, BF16, F16 or I8). Every tensor of the
// configuration must be there with its shape, and no other; tensors must cover the file's data without
// overlap, and every weight must be finite; the message names what is wrong. Matrices in I8 are kept in memory
// as they are, all other weights in fp32: no model takes more than twice its size on disk and 64 MB. Errors:
// ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_UNSUPPORTED, ERR_LIMIT, ERR_MEMORY, ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_model_open(const char *directory, ario_model **out,
                                                    ario_error *error);

// Reads what a model is, without its weights: of model.safetensors the header alone. Sizes, dtype and
// ario_session_bytes are as of the opened model; the tensors' data are NULL; sessions, training and saving
// refuse it with ERR_STATE. Errors: those of ario_model_open.
ARIO_API ARIO_NODISCARD ario_status ario_model_inspect(const char *directory, ario_model **out,
                                                       ario_error *error);

// A model with random parameters, a function of `seed`: weights and biases N(0, 0.08), the scales of norms
// N(1, 0.08). For tests and benchmarks; training starts from ario_model_initial. Errors: those of
// ario_config_check, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_model_random(const ario_config *config, uint64_t seed,
                                                      ario_model **out, ario_error *error);

// A model to start training from, a function of `seed`: embeddings N(0, 1); linear layers N(0, 1/(3 in)), but
// zero for the output layer and the last layer of each attention and MLP; biases zero. Errors: those of
// ario_config_check, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_model_initial(const ario_config *config, uint64_t seed,
                                                       ario_model **out, ario_error *error);

// The number format of a file. In an I8 file the weights NAME [out, in] of each linear layer are whole
// numbers -127..127, and beside them is a tensor NAME_scale [out] in F32 (for example
// layers.0.attn.q.weight_scale): a weight is the whole number times the scale of its row. All other tensors
// of such a file are F32.
typedef enum ario_dtype { ARIO_F32, ARIO_BF16, ARIO_F16, ARIO_I8 } ario_dtype;

// "F32", "BF16", "F16" or "I8", as safetensors writes them. The string is static.
ARIO_API const char *ario_dtype_name(ario_dtype dtype);

// Writes config.json and model.safetensors into `directory`, which is created if it is missing. Each file
// appears whole or not at all. Values are rounded to nearest, ties to even. Errors: ERR_NUMBER if a value is
// not finite in this format, ERR_STATE, ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_model_save(const ario_model *model, const char *directory,
                                                    ario_dtype dtype, ario_error *error);

// Changes max_context and max_latents, on which no tensor depends. Call it before the model is used or
// shared. A model must be trained further to make use of longer contexts. Errors: those of ario_config_check.
ARIO_API ARIO_NODISCARD ario_status ario_model_set_window(ario_model *model, size_t max_context,
                                                          size_t max_latents, ario_error *error);

ARIO_API void ario_model_free(ario_model *model); // safe on NULL

// What the model is. The configuration is valid as long as the model.
ARIO_API const ario_config *ario_model_config(const ario_model *model);
ARIO_API ario_dtype ario_model_dtype(const ario_model *model); // of the file that it was read from; otherwise
                                                               // ARIO_F32
ARIO_API size_t ario_model_parameters(const ario_model *model); // numbers in all tensors together
ARIO_API size_t ario_model_bytes(const ario_model *model);      // that these take in memory, once opened

// One of the model's tensors.
typedef struct ario_tensor {
  const char *name;  // for example "layers.0.attn.q.weight"
  size_t rows, cols; // [rows, cols]; of a vector [rows], cols is 0
  const float *data; // [rows * max(cols, 1)], row-major; valid as long as the model. NULL for what is I8 in
                     // the file, of which ario_model_rows has the numbers, and without weights
} ario_tensor;

// The number of tensors, and one of them: index from 0, in the order of the file.
ARIO_API size_t ario_model_tensors(const ario_model *model);
ARIO_API ario_tensor ario_model_tensor(const ario_model *model, size_t index);

// Writes rows first .. first + rows - 1 of a tensor to `out` [rows * max(cols, 1)], in fp32, whatever they are
// kept in. Errors: ERR_ARGUMENT if the tensor has no such rows, ERR_STATE for a model without weights.
ARIO_API ARIO_NODISCARD ario_status ario_model_rows(const ario_model *model, size_t index, size_t first,
                                                    size_t rows, float *out);

#ifdef __cplusplus
}
#endif

#endif
