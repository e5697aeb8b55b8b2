// SPDX-License-Identifier: MIT
//
// Sound <-> codes: the networks and the residual vector quantizer, chunk by chunk.
#include "codecs/audio/quantizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 50 };

// What encoder and decoder have in common.
typedef struct way {
  const ario_audio_codec *codec;
  ario__stream *stream;
  ario__quantizer *quantizer;
  size_t levels, chunk;
} way;

// A push has at most `rows` rows a frame, and `more`.
static ario_status open_way(way *w, const ario_audio_codec *codec, const ario_audio_stream_options *options,
                            const ario__net *net, size_t rows, size_t more) {
  const ario_audio_stream_options all = {0}, *o = options ? options : &all;
  if (o->levels > codec->config.levels) return ARIO_ERR_ARGUMENT;
  w->codec = codec;
  w->levels = o->levels ? o->levels : codec->config.levels;
  w->chunk = o->chunk ? o->chunk : CHUNK;
  if (w->chunk > SIZE_MAX / 64 / rows / codec->hop) return ARIO_ERR_LIMIT;
  return ario__stream_create(net, w->chunk * rows + more, o->kernels, o->threads ? o->threads : 1,
                             &w->stream);
}

static ario_status open_quantizer(way *w, size_t most, bool encodes,
                                  const ario_audio_stream_options *options) {
  ario_kernels kernels = options ? options->kernels : ARIO_KERNELS_FAST;
  return ario__quantizer_create(w->codec, w->levels, most, encodes, kernels, &w->quantizer);
}

static void close_way(way *w) {
  ario__stream_free(w->stream);
  ario__quantizer_free(w->quantizer);
}

// ---- Encoding ----

struct ario_audio_encoder {
  way way;
  float *samples; // [chunk * hop] the input
  size_t partial; // samples of the unfinished frame
  size_t early;   // frames to come that describe what is before the first sample
  size_t room;    // frames
};

ario_status ario_audio_encoder_create(const ario_audio_codec *codec, const ario_audio_stream_options *options,
                                      ario_audio_encoder **out) {
  *out = NULL;
  ario_audio_encoder *e = calloc(1, sizeof *e);
  if (!e) return ARIO_ERR_MEMORY;
  const ario_audio_config *c = &codec->config;
  ario_status status = open_way(&e->way, codec, options, &codec->encoder, codec->hop, 0);
  // If convolutions start with the signal mirrored, what they have waited for comes with the first frames.
  e->room = e->way.chunk + 2 * (c->kernel + c->last_kernel) + 64 + c->lookahead;
  e->early = c->lookahead;
  if (!status) status = open_quantizer(&e->way, e->room, true, options);
  if (!status && !(e->samples = calloc(e->way.chunk * codec->hop, sizeof *e->samples)))
    status = ARIO_ERR_MEMORY;
  if (status)
    ario_audio_encoder_free(e);
  else
    *out = e;
  return status;
}

void ario_audio_encoder_free(ario_audio_encoder *encoder) {
  if (!encoder) return;
  close_way(&encoder->way);
  free(encoder->samples);
  free(encoder);
}

size_t ario_audio_encoder_room(const ario_audio_encoder *encoder) {
  return encoder->room;
}

// Encodes e->samples [count] into codes [frames, levels], and adds to *frames how many. Samples far beyond full scale
// leave the range of floats in the network; no code is nearest to what comes out then.
static ario_status make_codes(ario_audio_encoder *e, size_t count, bool end, uint16_t *codes,
                              size_t *frames) {
  const float *out;
  size_t made = ario__stream_push(e->way.stream, e->samples, count, end, &out);
  size_t early = made < e->early ? made : e->early, width = e->way.codec->config.dimension;
  e->early -= early;
  for (size_t i = early * width; i < made * width; i++)
    if (!isfinite(out[i])) return ARIO_ERR_NUMBER;
  ario__quantizer_encode(e->way.quantizer, out + early * width, made - early, codes);
  *frames += made - early;
  return ARIO_OK;
}

ario_status ario_audio_encoder_push(ario_audio_encoder *e, const float *samples, size_t count, bool end,
                                    uint16_t *codes, size_t *frames) {
  size_t hop = e->way.codec->hop, most = e->way.chunk * hop, lookahead = e->way.codec->config.lookahead;
  *frames = 0;
  if (count > most) return ARIO_ERR_ARGUMENT;
  for (size_t i = 0; i < count; i++)
    if (!isfinite(samples[i])) return ARIO_ERR_NUMBER;
  e->partial = (e->partial + count) % hop;
  size_t silence = end ? (hop - e->partial) % hop + lookahead * hop : 0;
  if (count) memcpy(e->samples, samples, count * sizeof *samples);
  do {
    size_t filling = silence < most - count ? silence : most - count;
    memset(e->samples + count, 0, filling * sizeof *samples);
    silence -= filling;
    ario_status status =
        make_codes(e, count + filling, end && !silence, codes + *frames * e->way.levels, frames);
    if (status) return status;
    count = 0;
  } while (silence);
  if (end) {
    ario__stream_reset(e->way.stream);
    ario__quantizer_reset(e->way.quantizer);
    e->partial = 0;
    e->early = lookahead;
  }
  return ARIO_OK;
}

// ---- Decoding ----

struct ario_audio_decoder {
  way way;
  float *frames; // [chunk + lookahead, dimension]
};

ario_status ario_audio_decoder_create(const ario_audio_codec *codec, const ario_audio_stream_options *options,
                                      ario_audio_decoder **out) {
  *out = NULL;
  ario_audio_decoder *d = calloc(1, sizeof *d);
  if (!d) return ARIO_ERR_MEMORY;
  size_t lookahead = codec->config.spectral.lookahead, width = codec->config.dimension;
  ario_status status = open_way(&d->way, codec, options, &codec->decoder, 1, lookahead);
  if (!status) status = open_quantizer(&d->way, d->way.chunk, false, options);
  if (!status && !(d->frames = calloc((d->way.chunk + lookahead) * width, sizeof *d->frames)))
    status = ARIO_ERR_MEMORY;
  if (status)
    ario_audio_decoder_free(d);
  else
    *out = d;
  return status;
}

void ario_audio_decoder_free(ario_audio_decoder *decoder) {
  if (!decoder) return;
  close_way(&decoder->way);
  free(decoder->frames);
  free(decoder);
}

ario_status ario_audio_decoder_push(ario_audio_decoder *d, const uint16_t *codes, size_t frames, bool end,
                                    const float **samples, size_t *count) {
  *samples = NULL;
  *count = 0;
  if (frames > d->way.chunk) return ARIO_ERR_ARGUMENT;
  for (size_t i = 0; i < frames * d->way.levels; i++)
    if (codes[i] >= d->way.codec->config.codes) return ARIO_ERR_ARGUMENT;
  ario__quantizer_decode(d->way.quantizer, codes, frames, d->frames);
  if (end) {
    const ario_audio_config *c = &d->way.codec->config;
    memset(d->frames + frames * c->dimension, 0, c->spectral.lookahead * c->dimension * sizeof *d->frames);
    frames += c->spectral.lookahead;
  }
  *count = ario__stream_push(d->way.stream, d->frames, frames, end, samples);
  if (end) {
    ario__stream_reset(d->way.stream);
    ario__quantizer_reset(d->way.quantizer);
  }
  return ARIO_OK;
}
