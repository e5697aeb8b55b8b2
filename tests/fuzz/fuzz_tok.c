// SPDX-License-Identifier: MIT
//
// Fuzzing files of audio codes: the input is read as one, whole and as a stream. Either ends in codes that a
// small decoder can decode and that make the same file again, or in an error with a text. ARIO_FUZZ_CODEC is
// the decoder's folder.
#include "arioso/audio_file.h"
#include "arioso/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ario_audio_codec *network;
static ario_audio_decoder *decoder;

static void free_all(void) {
  ario_audio_decoder_free(decoder);
  ario_audio_codec_free(network);
}

static void open_all(void) {
  ario_error error;
  if (ario_audio_codec_open(getenv("ARIO_FUZZ_CODEC"), &network, &error)) abort();
  const ario_audio_stream_options options = {.chunk = 1};
  if (ario_audio_decoder_create(network, &options, &decoder)) abort();
  atexit(free_all);
}

// Files that say the decoder's own head, however damaged they are otherwise, are decoded.
static void try_stream(const uint8_t *data, size_t size) {
  FILE *stream = fmemopen((void *)data, size, "rb");
  if (!stream) abort();
  ario_tok tok;
  ario_error error = {""};
  uint16_t codes[ARIO_CODES_LEVELS];
  size_t levels = ario_audio_codec_config(network)->levels, frames = 1, count;
  const float *samples;
  ario_status status = ario_tok_read_head(&tok, stream, &error);
  while (!status && frames) {
    status = ario_tok_read(&tok, codes, 1, &frames, &error);
    if (status || tok.head.levels != levels || tok.head.codes > ario_audio_codec_config(network)->codes)
      continue;
    if (ario_audio_decoder_push(decoder, codes, frames, !frames, &samples, &count)) abort();
  }
  if (status && !*error.text) abort();
  if (status) (void)!ario_audio_decoder_push(decoder, codes, 0, true, &samples, &count);
  fclose(stream);
}

// Of the samples that the last frame holds a file of tokens knows nothing: the head, the codes.
static void try_whole(const uint8_t *data, size_t size) {
  const ario_codec *codec = ario_codec_find("audio");
  ario_config model = {.vocab_size = 0};
  ario_token *tokens, *again;
  uint8_t *bytes;
  size_t count, again_count, again_size;
  ario_error error = {""};
  ario_status status = codec->encode(data, size, &model, &tokens, &count, &error);
  if (status ? tokens || !*error.text : !tokens || count < 2) abort();
  if (status) return;
  ario_tok tok;
  FILE *stream = fmemopen((void *)data, size, "rb");
  if (!stream || ario_tok_read_head(&tok, stream, &error)) abort();
  fclose(stream);
  ario_codes_set(&tok.head, &model);
  if (codec->decode(tokens, count, &model, &bytes, &again_size, &error)) abort();
  if (codec->encode(bytes, again_size, &model, &again, &again_count, &error)) abort();
  if (again_count != count || memcmp(again, tokens, count * sizeof *tokens) != 0) abort();
  free(bytes);
  free(again);
  free(tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!network) open_all();
  if (!size) return 0;
  try_stream(data, size);
  try_whole(data, size);
  return 0;
}
