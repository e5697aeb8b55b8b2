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

// Of tokens that are codes of sound (codec "audio"): frames of `levels` tokens, level 0 first, each
// ARIO_CODES_FIRST + level * codes + code; before the first frame bos (1), after the last eos (2). All 0
// where tokens are none.
typedef struct ario_codes {
  size_t levels;      // 1..32
  size_t codes;       // of a level, 2..65536
  size_t hop;         // samples of a frame
  size_t sample_rate; // Hz
  uint64_t hash;      // of the network that made them (ario_audio_codec_codes): to others they mean nothing
} ario_codes;

enum { ARIO_CODES_BOS = 1, ARIO_CODES_EOS = 2, ARIO_CODES_FIRST = 3, ARIO_CODES_LEVELS = 32 };

// The vocabulary of these tokens.
ARIO_API size_t ario_codes_vocab_size(const ario_codes *codes);

// The first token of a level.
ARIO_API size_t ario_codes_first(const ario_codes *codes, size_t level);

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
  double norm_eps;  // of every LayerNorm
  char codec[64];   // what the tokens mean: "midi-performance", or "raw" where config.json has no codec
  ario_codes codes; // "audio": what the tokens are; vocab_size is ARIO_CODES_FIRST + levels * codes
} ario_config;

// The paper's shape, small: V 391, D 512, H 8, L 8, N 4096, M 1024, codec "raw".
ARIO_API ario_config ario_config_default(void);

// ARIO_OK, or ERR_ARGUMENT or ERR_LIMIT; the message names the field that is wrong. Any thread.
ARIO_API ARIO_NODISCARD ario_status ario_config_check(const ario_config *config, ario_error *error);

typedef struct ario_model ario_model;

// Reads a model directory: config.json and model.safetensors (F32, BF16, F16 or I8). Every tensor of the
// configuration must be there with its shape, and no other; the message names what is wrong. The weights are
// kept in memory in fp32. Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_UNSUPPORTED, ERR_LIMIT, ERR_MEMORY,
// ERR_ARGUMENT.
ARIO_API ARIO_NODISCARD ario_status ario_model_open(const char *directory, ario_model **out,
                                                    ario_error *error);

// A model with random parameters, a function of `seed`: weights and biases N(0, 0.08), the scales of norms
// N(1, 0.08). For tests and benchmarks; training starts from ario_model_initial. Errors: those of
// ario_config_check, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_model_random(const ario_config *config, uint64_t seed,
                                                      ario_model **out, ario_error *error);

// The number format of a file. In an I8 file the weights NAME [out, in] of each linear layer are whole
// numbers -127..127, and beside them is a tensor NAME_scale [out] in F32 (for example
// layers.0.attn.q.weight_scale): a weight is the whole number times the scale of its row. All other tensors
// of such a file are F32.
typedef enum ario_dtype { ARIO_F32, ARIO_BF16, ARIO_F16, ARIO_I8 } ario_dtype;

// "F32", "BF16", "F16" or "I8", as safetensors writes them. The string is static.
ARIO_API const char *ario_dtype_name(ario_dtype dtype);

// What products of matrices are computed in. Weights stay what the model holds; whatever uses a model rounds
// what it multiplies: both factors to bf16, or weights to 8 bits with a scale a row. Sums are fp32 (of 8
// bits: exact). int8 is for sessions only.
typedef enum ario_precision { ARIO_PRECISION_FP32, ARIO_PRECISION_BF16, ARIO_PRECISION_INT8 } ario_precision;

// "fp32", "bf16" or "int8"; NULL for another number.
ARIO_API const char *ario_precision_name(ario_precision precision);

// Writes config.json and model.safetensors into `directory`, which is created if it is missing. Each file
// appears whole or not at all. Values are rounded to nearest, ties to even. Errors: ERR_IO, ERR_MEMORY.
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

// One of the model's tensors.
typedef struct ario_tensor {
  const char *name;  // for example "layers.0.attn.q.weight"
  size_t rows, cols; // [rows, cols]; of a vector [rows], cols is 0
  const float *data; // [rows * max(cols, 1)], row-major; valid as long as the model
} ario_tensor;

// The number of tensors, and one of them: index from 0, in the order of the file.
ARIO_API size_t ario_model_tensors(const ario_model *model);
ARIO_API ario_tensor ario_model_tensor(const ario_model *model, size_t index);

#ifdef __cplusplus
}
#endif

#endif
