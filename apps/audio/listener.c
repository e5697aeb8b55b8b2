// SPDX-License-Identifier: MIT
//
// Reads a sound file and encodes it chunk by chunk.
#include "apps/audio/listener.h"
#include "apps/audio/sound_input.h"
#include "apps/cli/paths.h"
#include "apps/generate/models.h"
#include "arioso/audio_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 150 }; // frames

struct ario__listener {
  const ario__input *source;
  ario__sound_input *input;
  ario_audio_encoder *encoder;
  size_t chunk;       // most samples that the encoder takes at a time
  const float *waits; // [wait_count] read, not yet encoded
  size_t wait_count;
  bool ended;      // the input is read to its end
  uint16_t *codes; // [ario_audio_encoder_room, levels]
  uint64_t samples;
};

static ario_status open_all(ario__listener *l, const ario__listening *how, ario_error *error) {
  const ario_audio_config *config = ario_audio_codec_config(how->codec);
  const ario_audio_stream_options options = {.levels = how->levels ? how->levels : config->levels,
                                             .chunk = how->chunk ? how->chunk : CHUNK,
                                             .threads = how->threads};
  l->chunk = options.chunk * ario_audio_codec_hop(how->codec);
  ario_status status =
      ario__sound_input_open(l->source, (unsigned)config->sample_rate, l->chunk, how->skip, &l->input, error);
  if (status) return status;
  status = ario_audio_encoder_create(how->codec, &options, &l->encoder);
  if (!status) l->codes = malloc(ario_audio_encoder_room(l->encoder) * options.levels * sizeof *l->codes);
  if (!status && !l->codes) status = ARIO_ERR_MEMORY;
  return status ? ario_fail(error, status, "%s: %s", l->source->name, ario_strerror(status)) : ARIO_OK;
}

ario_status ario__listener_open(const ario__input *source, const ario__listening *how, ario__listener **out,
                                ario_error *error) {
  *out = NULL;
  ario__listener *listener = calloc(1, sizeof *listener);
  if (!listener)
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", source->name, ario_strerror(ARIO_ERR_MEMORY));
  listener->source = source;
  ario_status status = open_all(listener, how, error);
  if (status)
    ario__listener_free(listener);
  else
    *out = listener;
  return status;
}

void ario__listener_free(ario__listener *listener) {
  if (!listener) return;
  ario_audio_encoder_free(listener->encoder);
  ario__sound_input_free(listener->input);
  free(listener->codes);
  free(listener);
}

ario_sound_info ario__listener_info(const ario__listener *listener) {
  return ario__sound_input_info(listener->input);
}

uint64_t ario__listener_read(const ario__listener *listener) {
  return ario__sound_input_frames(listener->input);
}

uint64_t ario__listener_samples(const ario__listener *listener) {
  return listener->samples;
}

ario_status ario__listener_next(ario__listener *l, const uint16_t **codes, size_t *frames, bool *end,
                                ario_error *error) {
  *codes = l->codes;
  *frames = 0;
  *end = false;
  if (!l->wait_count && !l->ended) {
    ario_status status = ario__sound_input_next(l->input, &l->waits, &l->wait_count, &l->ended, error);
    if (status) return status;
  }
  size_t count = l->wait_count < l->chunk ? l->wait_count : l->chunk;
  *end = l->ended && count == l->wait_count;
  ario_status status = ario_audio_encoder_push(l->encoder, l->waits, count, *end, l->codes, frames);
  if (status) return ario_fail(error, status, "%s: %s", l->source->name, ario_strerror(status));
  l->waits += count;
  l->wait_count -= count;
  l->samples += count;
  return ARIO_OK;
}

// ---- A whole file ----

static ario_status write_all(ario__listener *listener, const ario_codes *codes, FILE *stream,
                             ario_error *error) {
  ario_tok tok;
  ario_status status = ario_tok_write_head(&tok, stream, codes);
  for (bool end = false; !end && !status;) {
    const uint16_t *made;
    size_t frames;
    status = ario__listener_next(listener, &made, &frames, &end, error);
    if (status) return status;
    status = ario_tok_write(&tok, made, frames);
  }
  if (!status) status = ario_tok_write_end(&tok, ario__listener_samples(listener));
  return status ? ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY)) : ARIO_OK;
}

ario_status ario__listen(const ario__input *source, const ario_codes *codes, uint8_t **bytes, size_t *size,
                         ario_error *error) {
  char found[ARIO__PATH_MOST], *text = NULL;
  ario_audio_codec *codec;
  ario__listener *listener = NULL;
  *bytes = NULL;
  ario_status status = ario__models_open_audio(NULL, codes, &codec, found, sizeof found, error);
  if (status) return status;
  const ario__listening how = {.codec = codec, .levels = codes->levels};
  const ario_codes head =
      ario_audio_codec_codes(codec, codes->levels ? codes->levels : ario_audio_codec_config(codec)->levels);
  status = ario__listener_open(source, &how, &listener, error);
  FILE *stream = status ? NULL : open_memstream(&text, size);
  if (!status && !stream) status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status) status = write_all(listener, &head, stream, error);
  if (stream && fclose(stream) && !status)
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (status)
    free(text);
  else
    *bytes = (uint8_t *)text;
  ario__listener_free(listener);
  ario_audio_codec_free(codec);
  return status;
}
