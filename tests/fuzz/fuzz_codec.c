// SPDX-License-Identifier: MIT
//
// Fuzzing a folder of an audio codec: the input is a config.json, a zero byte, and a model.safetensors.
// Whatever they hold, opening it ends in an error with a text or in a codec whose codes are below the size of
// its codebooks, and which decodes them.
#include "arioso/audio.h"
#include "tests/fuzz/model_folder.h"

#include <stdlib.h>

enum { FRAMES = 3, MOST_HOP = 64, MOST_WIDTH = 64, MOST_WINDOW = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const ario_audio_codec *codec, const ario_audio_stream_options *options,
                   const uint16_t *codes, size_t frames) {
  ario_audio_decoder *decoder;
  const float *samples;
  size_t count;
  if (ario_audio_decoder_create(codec, options, &decoder)) return;
  ario_status status = ario_audio_decoder_push(decoder, codes, frames, true, &samples, &count);
  if (status && status != ARIO_ERR_NUMBER) abort();
  ario_audio_decoder_free(decoder);
}

// A small codec that opened encodes a sound, and decodes its codes.
static void try_codec(const ario_audio_codec *codec) {
  const ario_audio_config *c = ario_audio_codec_config(codec);
  const ario_audio_stream_options options = {.chunk = FRAMES};
  size_t hop = ario_audio_codec_hop(codec), frames;
  ario_audio_encoder *encoder;
  float samples[FRAMES * MOST_HOP];
  if (hop > MOST_HOP || c->filters > MOST_WIDTH || c->dimension > MOST_WIDTH) return;
  if (c->spectral.window > MOST_WINDOW || c->spectral.hidden > MOST_WIDTH) return;
  if (ario_audio_encoder_create(codec, &options, &encoder)) return;
  for (size_t i = 0; i < FRAMES * hop; i++) samples[i] = (float)((int)(i * 37 % 19) - 9) / 9;
  uint16_t *codes = malloc(ario_audio_encoder_room(encoder) * c->levels * sizeof *codes);
  if (!codes) abort();
  ario_status status = ario_audio_encoder_push(encoder, samples, FRAMES * hop, true, codes, &frames);
  if (status && status != ARIO_ERR_NUMBER) abort();
  for (size_t i = 0; !status && i < frames * c->levels; i++)
    if (codes[i] >= c->codes) abort();
  if (!status && frames) decode(codec, &options, codes, frames < FRAMES ? frames : FRAMES);
  free(codes);
  ario_audio_encoder_free(encoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ario_audio_codec *codec;
  ario_error error = {""};
  ario_status status = ario_audio_codec_open(model_folder(data, size), &codec, &error);
  if (status ? codec != NULL || !*error.text : codec == NULL) abort();
  if (codec) try_codec(codec);
  ario_audio_codec_free(codec);
  return 0;
}
