// SPDX-License-Identifier: MIT
//
// Reads a file, splits it into two sides and resamples each.
#include "apps/audio/reel.h"
#include "arioso/resample.h"

#include <stdlib.h>

enum { BLOCK = 2048 }; // frames read at a time

struct ario__reel {
  const ario__recording *recording;
  ario_sound_reader *reader;
  ario_resampler *sides[2];
  uint64_t read; // frames
  float *frames; // [BLOCK, channels]
  float side[BLOCK];
  float *out; // [out_room, 2]
  size_t out_room;
};

ario_status ario__reel_open(const ario__recording *recording, unsigned rate, ario__reel **out,
                            ario_error *error) {
  *out = NULL;
  const ario_sound_info *info = &recording->info;
  ario__reel *reel = calloc(1, sizeof *reel);
  if (!reel) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  reel->recording = recording;
  ario_status status = ario__input_sound(recording->input, &reel->reader, error);
  if (!status) reel->frames = malloc((size_t)BLOCK * info->channels * sizeof *reel->frames);
  if (!status && !reel->frames)
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t side = 0; side < 2 && !status; side++) {
    status = ario_resampler_create(info->rate, rate, BLOCK, &reel->sides[side]);
    if (status)
      (void)ario_fail(error, status, "%s: %u Hz cannot be converted to %u Hz", recording->input->name,
                      info->rate, rate);
  }
  if (status)
    ario__reel_free(reel);
  else
    *out = reel;
  return status;
}

void ario__reel_free(ario__reel *reel) {
  if (!reel) return;
  ario_sound_reader_free(reel->reader);
  ario_resampler_free(reel->sides[0]);
  ario_resampler_free(reel->sides[1]);
  free(reel->frames);
  free(reel->out);
  free(reel);
}

// Writes one side of the frames that were read to reel->side.
static void pick(ario__reel *reel, size_t frames, size_t side) {
  size_t channels = reel->recording->info.channels;
  for (size_t i = 0; i < frames; i++) {
    const float *frame = reel->frames + i * channels;
    float sum = 0;
    for (size_t c = 0; c < channels; c++) sum += frame[c];
    reel->side[i] = channels == 2 ? frame[side] : sum / (float)channels;
  }
}

static bool make_room(ario__reel *reel, size_t frames) {
  if (frames <= reel->out_room) return true;
  float *grown = realloc(reel->out, 2 * frames * sizeof *grown);
  if (!grown) return false;
  reel->out = grown;
  reel->out_room = frames;
  return true;
}

ario_status ario__reel_next(ario__reel *reel, const float **samples, size_t *frames, bool *end,
                            ario_error *error) {
  uint64_t left = reel->recording->end - reel->read;
  size_t wanted = left < BLOCK ? (size_t)left : BLOCK, got;
  *frames = 0;
  ario_status status = ario_sound_reader_read_all(reel->reader, reel->frames, wanted, &got, error);
  if (status) return status;
  reel->read += got;
  *end = got < wanted || reel->read == reel->recording->end;
  for (size_t side = 0; side < 2; side++) {
    const float *made;
    size_t count;
    pick(reel, got, side);
    status = ario_resampler_push(reel->sides[side], reel->side, got, *end, &made, &count);
    if (!status && !make_room(reel, count)) status = ARIO_ERR_MEMORY;
    if (status)
      return ario_fail(error, status, "%s: %s", reel->recording->input->name, ario_strerror(status));
    for (size_t i = 0; i < count; i++) reel->out[2 * i + side] = made[i];
    *frames = count;
  }
  *samples = reel->out;
  return ARIO_OK;
}
