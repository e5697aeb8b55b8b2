// SPDX-License-Identifier: MIT
//
// Hearing the end of a file, and decoding what follows it.
#include "apps/recording.h"
#include "apps/interrupt.h"
#include "apps/listener.h"
#include "apps/models.h"
#include "apps/options.h"
#include "apps/progress.h"
#include "apps/times.h"
#include "arioso/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  WARM_UP = 50, // frames that the encoder hears before those that the model sees
  PRIME = 100,  // frames that the decoder is given before the new ones
  BOS = 1
};

static int complain(const ario__recording *r, const ario_error *error) {
  return ario__complain(r->command, "%s", error->text);
}

// ---- What part of the file ----

// A time as a frame of the file.
static int parse_frame(const ario__recording *r, const char *option, const char *text, uint64_t *frame) {
  int64_t microseconds;
  ario_error error = {""};
  if (ario__parse_time(text, NULL, &microseconds, &error))
    return ario__usage_error(r->command, "--%s: %s", option, error.text);
  *frame = (uint64_t)llround((double)microseconds * 1e-6 * r->info.rate);
  return ARIO__DONE;
}

static int settle_part(ario__recording *r, uint64_t *from) {
  int result = ARIO__DONE;
  *from = 0;
  r->end = r->info.frames;
  if (r->info.frames == UINT64_MAX)
    return ario__complain(r->command, "%s: its length is not known; a file is wanted, not a pipe", r->input);
  if (r->from) result = parse_frame(r, "from", r->from, from);
  if (!result && r->to) result = parse_frame(r, "to", r->to, &r->end);
  if (result) return result;
  if (r->end > r->info.frames) r->end = r->info.frames;
  if (*from >= r->end && (r->from || r->to))
    return ario__usage_error(r->command, "%s: there is nothing before --to %s and after --from %s", r->input,
                             r->to ? r->to : "the end", r->from ? r->from : "0");
  return ARIO__DONE;
}

// Frames of the file in so many frames of codes.
static double file_frames(const ario__recording *r, size_t frames) {
  return (double)frames * (double)r->codes.hop * r->info.rate / (double)r->codes.sample_rate;
}

// ---- Hearing ----

// The newest frames of a stream of codes.
struct newest {
  uint16_t *codes; // [most, levels], of which the last `count` rows hold codes
  size_t most, count, levels;
};

static void push(struct newest *n, const uint16_t *codes, size_t frames) {
  if (frames > n->most) {
    codes += (frames - n->most) * n->levels;
    frames = n->most;
  }
  memmove(n->codes, n->codes + frames * n->levels, (n->most - frames) * n->levels * sizeof *n->codes);
  memcpy(n->codes + (n->most - frames) * n->levels, codes, frames * n->levels * sizeof *codes);
  n->count = n->count + frames < n->most ? n->count + frames : n->most;
}

// Encodes from the file's frame `skip` to `end`.
static ario_status listen(ario__recording *r, uint64_t skip, size_t wanted, struct newest *newest,
                          ario_error *error) {
  ario__listener *listener;
  const ario__listening how = {
      .codec = r->codec, .levels = r->codes.levels, .threads = r->threads, .skip = skip};
  ario_status status = ario__listener_open(r->input, &how, &listener, error);
  ario__progress progress;
  ario__progress_start(&progress, "listening");
  size_t heard = 0;
  for (bool end = false; !status && !end && heard < wanted;) {
    const uint16_t *codes;
    size_t frames;
    status = ario__listener_next(listener, &codes, &frames, &end, error);
    if (status) break;
    if (frames > wanted - heard) frames = wanted - heard;
    push(newest, codes, frames);
    heard += frames;
    ario__progress_show(&progress, (double)heard / (double)wanted, NULL);
  }
  ario__progress_end(&progress);
  ario__listener_free(listener);
  return status;
}

// Token by token, after bos where the model hears the file from its beginning.
static bool make_tokens(ario__recording *r, const struct newest *newest, bool begins) {
  const uint16_t *codes = newest->codes + (newest->most - newest->count) * newest->levels;
  r->tokens = malloc((newest->count * newest->levels + 1) * sizeof *r->tokens);
  if (!r->tokens) return false;
  if (begins) r->tokens[r->count++] = BOS;
  for (size_t i = 0; i < newest->count * newest->levels; i++)
    r->tokens[r->count++] =
        (ario_token)(ARIO_CODES_FIRST + i % newest->levels * r->codes.codes + codes[i]);
  return true;
}

static int hear_part(ario__recording *r, uint64_t from, size_t most) {
  double available = (double)(r->end - from) / file_frames(r, 1) + 1e-6;
  size_t all = available < (double)(most + WARM_UP) ? (size_t)available : most + WARM_UP;
  struct newest newest = {.most = all < most ? all : most, .levels = r->codes.levels};
  if (!all)
    return ario__complain(r->command, "%s: is shorter than one frame, %.0f ms", r->input,
                          1e3 * ario__recording_seconds(r, 1));
  // The frames of codes end where the prompt does.
  uint64_t skip = r->end - (uint64_t)fmin(rint(file_frames(r, all)), (double)(r->end - from));
  newest.codes = calloc(newest.most * newest.levels, sizeof *newest.codes);
  ario_error error = {""};
  ario_status status = newest.codes ? listen(r, skip, all, &newest, &error) : ARIO_ERR_MEMORY;
  if (!status && !make_tokens(r, &newest, from == 0 && newest.count == (size_t)available))
    status = ARIO_ERR_MEMORY;
  free(newest.codes);
  if (status && !*error.text)
    return ario__complain(r->command, "%s: %s", r->input, ario_strerror(status));
  return status ? complain(r, &error) : ARIO__DONE;
}

int ario__recording_hear(ario__recording *r, const ario_config *model) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  ario_sound_reader *reader;
  uint64_t from;
  r->codes = model->codes;
  if (ario__models_open_audio(r->audio_codec, &r->codes, &r->codec, found, sizeof found, &error))
    return ario__complain(r->command, "%s; name it with --audio-codec", error.text);
  if (ario_sound_reader_open(r->input, &reader, &error)) return complain(r, &error);
  r->info = ario_sound_reader_info(reader);
  ario_sound_reader_free(reader);
  int result = settle_part(r, &from);
  size_t most = (model->max_context - 1) / r->codes.levels;
  return result ? result : hear_part(r, from, most ? most : 1);
}

void ario__recording_free(ario__recording *r) {
  ario_audio_codec_free(r->codec);
  free(r->tokens);
  r->codec = NULL;
  r->tokens = NULL;
}

size_t ario__recording_frames(const ario__recording *r) {
  return r->count / r->codes.levels;
}

double ario__recording_seconds(const ario__recording *r, size_t frames) {
  return (double)frames * (double)r->codes.hop / (double)r->codes.sample_rate;
}

// ---- Decoding ----

void ario__recording_codes(const ario_codes *codes, const ario_token *tokens, uint16_t *out) {
  for (size_t level = 0; level < codes->levels; level++)
    out[level] = (uint16_t)(tokens[level] - ARIO_CODES_FIRST - level * codes->codes);
}

// Sound at the file's rate under way.
struct voice {
  const ario__recording *r;
  ario_audio_decoder *decoder;
  ario_resampler *resampler;
  float *samples; // [room]
  size_t count, room;
};

static ario_status open_voice(struct voice *v, size_t frames) {
  const ario_audio_stream_options options = {
      .levels = v->r->codes.levels, .chunk = 1, .threads = v->r->threads};
  unsigned rate = (unsigned)v->r->codes.sample_rate;
  ario_status status = ario_audio_decoder_create(v->r->codec, &options, &v->decoder);
  // A padding by mirrors comes late, and all at once.
  if (!status) status = ario_resampler_create(rate, v->r->info.rate, 64 * v->r->codes.hop, &v->resampler);
  v->room = (size_t)ceil(file_frames(v->r, frames)) + 64;
  v->samples = status ? NULL : malloc(v->room * sizeof *v->samples);
  return status || v->samples ? status : ARIO_ERR_MEMORY;
}

static ario_status voice_frame(struct voice *v, const ario_token *tokens, bool end) {
  uint16_t codes[ARIO_CODES_LEVELS];
  const float *made, *out;
  size_t count, out_count;
  ario__recording_codes(&v->r->codes, tokens, codes);
  ario_status status = ario_audio_decoder_push(v->decoder, codes, 1, end, &made, &count);
  if (!status) status = ario_resampler_push(v->resampler, made, count, end, &out, &out_count);
  if (status) return status;
  if (out_count > v->room - v->count) out_count = v->room - v->count;
  memcpy(v->samples + v->count, out, out_count * sizeof *out);
  v->count += out_count;
  return ARIO_OK;
}

ario_status ario__recording_voice(const ario__recording *r, const ario_token *tokens, size_t count,
                                  float **samples, size_t *before, size_t *size, ario_error *error) {
  size_t levels = r->codes.levels, known = ario__recording_frames(r), fresh = count / levels;
  size_t prime = known < PRIME ? known : PRIME;
  struct voice v = {.r = r};
  ario_status status = open_voice(&v, prime + fresh);
  for (size_t i = 0; i < prime + fresh && !status; i++) {
    const ario_token *frame =
        i < prime ? r->tokens + r->count - (prime - i) * levels : tokens + (i - prime) * levels;
    status = voice_frame(&v, frame, i + 1 == prime + fresh);
  }
  ario_audio_decoder_free(v.decoder);
  ario_resampler_free(v.resampler);
  *before = (size_t)llround(file_frames(r, prime));
  *samples = v.samples;
  *size = v.count;
  if (!status && *before > *size) *before = *size;
  if (!status) return ARIO_OK;
  free(v.samples);
  *samples = NULL;
  return ario_fail(error, status, "%s: %s", r->input, ario_strerror(status));
}
