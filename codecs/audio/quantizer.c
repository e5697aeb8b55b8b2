// SPDX-License-Identifier: MIT
//
// Quantizes frames to codes, and decodes codes to frames.
#include "codecs/audio/quantizer.h"
#include "codecs/numbers.h"

#include <stdlib.h>
#include <string.h>

struct ario__quantizer {
  const ario_audio_codec *codec;
  size_t levels;
  ario_multiplier *multiplier;
  ario_packed_weights *books[ARIO_AUDIO_LEVELS]; // [levels] [codes, dimension]; NULL where nothing is encoded
  float *rest;                                   // [most, dimension]: what the levels so far left over
  float *scores;                                 // [most, codes]

  // NULL without a predictor.
  ario_packed_weights *predictor; // [dimension, predictor dimension]
  float *past;             // [predictor, dimension] the last frames as they were decoded, the newest first
  float *expected, *heard; // [dimension]
};

static ario_status open_encoding(ario__quantizer *q, size_t most) {
  const ario_audio_codec *codec = q->codec;
  const ario_audio_config *c = &codec->config;
  if (!ario__take(&q->rest, most, c->dimension) || !ario__take(&q->scores, most, c->codes))
    return ARIO_ERR_MEMORY;
  size_t rows = c->predictor ? 1 : most;
  ario_status status = ARIO_OK;
  for (size_t level = 0; level < q->levels && !status; level++)
    status = ario_packed_weights_create(q->multiplier, rows, codec->books[level].vectors, c->codes,
                                        c->dimension, &q->books[level]);
  return status;
}

static ario_status open_predictor(ario__quantizer *q) {
  const ario_audio_config *c = &q->codec->config;
  if (!ario__take(&q->past, c->predictor, c->dimension) || !ario__take(&q->expected, 1, c->dimension) ||
      !ario__take(&q->heard, 1, c->dimension))
    return ARIO_ERR_MEMORY;
  return ario_packed_weights_create(q->multiplier, 1, q->codec->predictor, c->dimension,
                                    c->predictor * c->dimension, &q->predictor);
}

ario_status ario__quantizer_create(const ario_audio_codec *codec, size_t levels, size_t most, bool encodes,
                                   ario_kernels kernels, ario__quantizer **out) {
  *out = NULL;
  ario__quantizer *q = calloc(1, sizeof *q);
  if (!q) return ARIO_ERR_MEMORY;
  q->codec = codec;
  q->levels = levels;
  ario_status status = ario_multiplier_create(kernels, 1, &q->multiplier);
  if (!status && encodes) status = open_encoding(q, most);
  if (!status && codec->config.predictor) status = open_predictor(q);
  if (status)
    ario__quantizer_free(q);
  else
    *out = q;
  return status;
}

void ario__quantizer_free(ario__quantizer *q) {
  if (!q) return;
  for (size_t level = 0; level < ARIO_AUDIO_LEVELS; level++) ario_packed_weights_free(q->books[level]);
  ario_packed_weights_free(q->predictor);
  ario_multiplier_free(q->multiplier);
  free(q->rest);
  free(q->scores);
  free(q->past);
  free(q->expected);
  free(q->heard);
  free(q);
}

void ario__quantizer_reset(ario__quantizer *q) {
  const ario_audio_config *c = &q->codec->config;
  if (q->past) memset(q->past, 0, c->predictor * c->dimension * sizeof *q->past);
}

// ---- Prediction ----

// Predicts the next frame from the last ones: q->expected.
static void expect(ario__quantizer *q) {
  const ario_audio_config *c = &q->codec->config;
  size_t all = c->predictor * c->dimension;
  ario_multiplier_run(q->multiplier, 1, q->predictor, q->past, all, NULL, false, q->expected, c->dimension);
}

static void remember(ario__quantizer *q, const float *frame) {
  size_t width = q->codec->config.dimension;
  memmove(q->past + width, q->past, (q->codec->config.predictor - 1) * width * sizeof *q->past);
  memcpy(q->past, frame, width * sizeof *frame);
}

// ---- Encoding and decoding ----

// Each level subtracts from every row of q->rest [count] the vector nearest to it: the one with the largest
// product minus half its square; of equals the first.
static void choose(ario__quantizer *q, size_t count, uint16_t *codes) {
  const ario_audio_config *c = &q->codec->config;
  size_t width = c->dimension;
  for (size_t level = 0; level < q->levels; level++) {
    const ario__codebook *book = &q->codec->books[level];
    ario_multiplier_run(q->multiplier, count, q->books[level], q->rest, width, book->half_squares, false,
                        q->scores, c->codes);
    for (size_t t = 0; t < count; t++) {
      size_t code = ario_argmax(q->scores + t * c->codes, c->codes);
      codes[t * q->levels + level] = (uint16_t)code;
      for (size_t i = 0; i < width; i++) q->rest[t * width + i] -= book->vectors[code * width + i];
    }
  }
}

void ario__quantizer_decode(ario__quantizer *q, const uint16_t *codes, size_t count, float *frames) {
  size_t width = q->codec->config.dimension;
  for (size_t t = 0; t < count; t++, codes += q->levels, frames += width) {
    memset(frames, 0, width * sizeof *frames);
    for (size_t level = 0; level < q->levels; level++) {
      const float *vector = q->codec->books[level].vectors + codes[level] * width;
      for (size_t i = 0; i < width; i++) frames[i] += vector[i];
    }
    if (!q->predictor) continue;
    expect(q);
    for (size_t i = 0; i < width; i++) frames[i] += q->expected[i];
    remember(q, frames);
  }
}

void ario__quantizer_encode(ario__quantizer *q, const float *frames, size_t count, uint16_t *codes) {
  size_t width = q->codec->config.dimension;
  if (!q->predictor) {
    memcpy(q->rest, frames, count * width * sizeof *frames);
    choose(q, count, codes);
    return;
  }
  for (size_t t = 0; t < count; t++, codes += q->levels, frames += width) {
    expect(q);
    for (size_t i = 0; i < width; i++) q->rest[i] = frames[i] - q->expected[i];
    choose(q, 1, codes);
    ario__quantizer_decode(q, codes, 1, q->heard); // bit for bit what the decoder will remember
  }
}
