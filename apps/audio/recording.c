// SPDX-License-Identifier: MIT
//
// Encodes the end of a file.
#include "apps/audio/recording.h"
#include "apps/audio/listener.h"
#include "apps/audio/playback.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/progress.h"
#include "apps/cli/times.h"
#include "apps/generate/models.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 50 }; // frames that are encoded before those that the model sees

static int complain(const ario__recording *r, const ario_error *error) {
  return ario__complain(r->command, "%s", error->text);
}

// ---- The part of the file ----

// Parses a time into a frame of the file.
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
    return ario__complain(r->command, "%s: its length is unknown; save it as another kind of file",
                          r->input->name);
  if (r->from) result = parse_frame(r, "from", r->from, from);
  if (!result && r->to) result = parse_frame(r, "to", r->to, &r->end);
  if (result) return result;
  if (r->end > r->info.frames) r->end = r->info.frames;
  if (*from >= r->end && (r->from || r->to))
    return ario__usage_error(r->command, "%s: there is no sound between --from %s and --to %s",
                             r->input->name, r->from ? r->from : "0", r->to ? r->to : "the end");
  return ARIO__DONE;
}

// The frames of the file that `frames` frames of codes stand for.
static double file_frames(const ario__recording *r, size_t frames) {
  return ario__playback_samples(&r->codes, r->info.rate, frames);
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

// Encodes `wanted` frames of codes from the file's frame `skip` on.
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

// Makes the prompt's tokens; bos comes first if the model hears the file from its beginning.
static bool make_tokens(ario__recording *r, const struct newest *newest, bool begins) {
  const uint16_t *codes = newest->codes + (newest->most - newest->count) * newest->levels;
  r->tokens = malloc((newest->count * newest->levels + 1) * sizeof *r->tokens);
  if (!r->tokens) return false;
  if (begins) r->tokens[r->count++] = ARIO_CODES_BOS;
  for (size_t i = 0; i < newest->count * newest->levels; i++)
    r->tokens[r->count++] = (ario_token)(ario_codes_first(&r->codes, i % newest->levels) + codes[i]);
  return true;
}

static int hear_part(ario__recording *r, uint64_t from, size_t most) {
  double available = (double)(r->end - from) / file_frames(r, 1) + 1e-6;
  size_t ahead = ario_audio_codec_config(r->codec)->lookahead, past = most + WARM_UP + ahead;
  size_t all = available < (double)past ? (size_t)available : past, heard = all > ahead ? all - ahead : 0;
  struct newest newest = {.most = heard < most ? heard : most, .levels = r->codes.levels};
  if (!heard)
    return ario__complain(r->command, "%s: is shorter than %.0f ms", r->input->name,
                          1e3 * ario__recording_seconds(r, ahead + 1));
  // The part that is encoded ends where the prompt ends.
  uint64_t skip = r->end - (uint64_t)fmin(rint(file_frames(r, all)), (double)(r->end - from));
  newest.codes = calloc(newest.most * newest.levels, sizeof *newest.codes);
  ario_error error = {""};
  ario_status status = newest.codes ? listen(r, skip, heard, &newest, &error) : ARIO_ERR_MEMORY;
  if (!status && !make_tokens(r, &newest, from == 0 && newest.count + ahead == (size_t)available))
    status = ARIO_ERR_MEMORY;
  free(newest.codes);
  if (status && !*error.text)
    return ario__complain(r->command, "%s: %s", r->input->name, ario_strerror(status));
  return status ? complain(r, &error) : ARIO__DONE;
}

int ario__recording_hear(ario__recording *r, const ario_config *model) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  ario_sound_reader *reader;
  uint64_t from;
  if (ario_codes_of(model, &r->codes, &error)) return complain(r, &error);
  if (ario__models_open_audio(r->audio_codec, &r->codes, &r->codec, found, sizeof found, &error))
    return ario__complain(r->command, "%s; name the codec's folder with --audio-codec", error.text);
  if (ario__input_sound(r->input, &reader, &error)) return complain(r, &error);
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

double ario__recording_seconds(const ario__recording *r, size_t frames) {
  return (double)frames * (double)r->codes.hop / (double)r->codes.sample_rate;
}

size_t ario__recording_new(const ario__recording *r, size_t frames) {
  size_t ahead = ario_audio_codec_config(r->codec)->lookahead;
  return frames > ahead ? frames - ahead : 0;
}
