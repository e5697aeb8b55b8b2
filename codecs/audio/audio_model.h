// SPDX-License-Identifier: MIT
//
// The inside of an audio codec: its networks and codebooks.
#ifndef ARIO_AUDIO_MODEL_H
#define ARIO_AUDIO_MODEL_H

#include "arioso/audio.h"
#include "codecs/audio/seanet.h"

typedef struct ario__codebook {
  const float *vectors; // [codes, dimension]
  float *half_squares;  // [codes]: minus half of each vector's squared norm
} ario__codebook;

struct ario_audio_codec {
  ario_audio_config config;
  size_t hop;
  uint64_t hash;
  ario__net encoder, decoder;
  ario__codebook books[ARIO_AUDIO_LEVELS]; // [config.levels]
  const float *predictor;                  // [dimension, config.predictor, dimension], or NULL
  float **blocks;                          // [block_count] numbers that the codec has allocated
  size_t block_count;
  struct ario_tensors *tensors;
};

#endif
