// SPDX-License-Identifier: MIT
//
// Decodes codes and resamples the sound.
#include "apps/audio/playback.h"
#include "arioso/resample.h"

#include <math.h>
#include <stdlib.h>

// PRIME frames of the prompt are decoded before the new ones: the decoder's convolutions reach back less far.
// A predictor reaches back to the beginning of the tokens.
enum { PRIME = 100, MOST_DELAY = 64 };
static const double before_seconds = 0.01;

struct ario__playback {
  ario_codes codes;
  ario_audio_decoder *decoder;
  ario_resampler *resampler;
  size_t skip;    // samples still to be dropped
  float *samples; // [count] made and not returned yet
  size_t count, room;
  bool handed_out;
};

double ario__playback_samples(const ario_codes *codes, unsigned rate, size_t frames) {
  return (double)frames * (double)codes->hop * rate / (double)codes->sample_rate;
}

static bool keep(ario__playback *p, const float *samples, size_t count) {
  size_t skipped = p->skip < count ? p->skip : count;
  p->skip -= skipped;
  samples += skipped;
  count -= skipped;
  if (count > p->room - p->count) {
    size_t room = 2 * p->room + count;
    float *grown = realloc(p->samples, room * sizeof *grown);
    if (!grown) return false;
    p->samples = grown;
    p->room = room;
  }
  for (size_t i = 0; i < count; i++) p->samples[p->count++] = samples[i];
  return true;
}

static ario_status put_in(ario__playback *p, const ario_token *tokens, bool end) {
  uint16_t codes[ARIO_CODES_LEVELS];
  const float *made, *out;
  size_t count;
  for (size_t level = 0; level < p->codes.levels; level++)
    codes[level] = (uint16_t)(tokens[level] - ario_codes_first(&p->codes, level));
  ario_status status = ario_audio_decoder_push(p->decoder, codes, 1, end, &made, &count);
  if (!status) status = ario_resampler_push(p->resampler, made, count, end, &out, &count);
  if (!status && !keep(p, out, count)) status = ARIO_ERR_MEMORY;
  return status;
}

static ario_status open_all(ario__playback *p, const ario_audio_codec *codec, unsigned rate) {
  const ario_audio_stream_options options = {.levels = p->codes.levels, .chunk = 1};
  ario_status status = ario_audio_decoder_create(codec, &options, &p->decoder);
  // With mirror padding the decoder's first output comes late and all at once.
  size_t most = MOST_DELAY * p->codes.hop;
  return status ? status : ario_resampler_create((unsigned)p->codes.sample_rate, rate, most, &p->resampler);
}

ario_status ario__playback_open(const ario_audio_codec *codec, const ario_codes *codes, unsigned rate,
                                const ario_token *tokens, size_t count, ario__playback **out,
                                size_t *before) {
  *out = NULL;
  ario__playback *p = calloc(1, sizeof *p);
  if (!p) return ARIO_ERR_MEMORY;
  p->codes = *codes;
  const ario_audio_config *config = ario_audio_codec_config(codec);
  size_t known = count / codes->levels, prime = config->predictor || known < PRIME ? known : PRIME;
  // With a lookahead the tokens end before the sound that they were encoded from does.
  size_t ahead = config->lookahead;
  size_t all = (size_t)llround(ario__playback_samples(codes, rate, prime + ahead));
  size_t wanted = (size_t)lround(before_seconds * rate);
  *before = wanted < all ? wanted : all;
  p->skip = all - *before;
  ario_status status = open_all(p, codec, rate);
  for (size_t i = 0; i < prime && !status; i++)
    status = put_in(p, tokens + count - (prime - i) * codes->levels, false);
  if (status)
    ario__playback_free(p);
  else
    *out = p;
  return status;
}

void ario__playback_free(ario__playback *p) {
  if (!p) return;
  ario_audio_decoder_free(p->decoder);
  ario_resampler_free(p->resampler);
  free(p->samples);
  free(p);
}

ario_status ario__playback_next(ario__playback *p, const ario_token *tokens, bool end, const float **samples,
                                size_t *count) {
  if (p->handed_out) p->count = 0;
  p->handed_out = true;
  ario_status status = put_in(p, tokens, end);
  *samples = p->samples;
  *count = p->count;
  return status;
}
