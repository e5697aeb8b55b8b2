// SPDX-License-Identifier: MIT
//
// Reads a sound file, mixes it to mono and resamples it.
#include "apps/audio/sound_input.h"
#include "apps/cli/interrupt.h"
#include "arioso/resample.h"

#include <stdlib.h>

struct ario__sound_input {
  const char *path;
  ario_sound_reader *reader;
  ario_resampler *resampler;
  size_t room; // frames read at a time
  float *read; // [room]
  bool ended;  // the file is read to its end
  uint64_t frames;
};

static ario_status open_all(ario__sound_input *input, unsigned rate, size_t samples, ario_error *error) {
  ario_status status = ario_sound_reader_open(input->path, &input->reader, error);
  if (status) return status;
  unsigned own = ario_sound_reader_info(input->reader).rate;
  input->room = (size_t)((double)samples * own / rate) + 1;
  input->read = malloc(input->room * sizeof *input->read);
  status = ario_resampler_create(own, rate, input->room, &input->resampler);
  if (status == ARIO_ERR_ARGUMENT)
    return ario_fail(error, status, "%s: a rate of %u Hz cannot be converted", input->path, own);
  if (!status && !input->read) status = ARIO_ERR_MEMORY;
  return status ? ario_fail(error, status, "%s: %s", input->path, ario_strerror(status)) : ARIO_OK;
}

static ario_status read_some(ario__sound_input *input, size_t most, size_t *frames, ario_error *error) {
  ario_status status = ario__interrupt_check(error);
  *frames = 0;
  if (!status) status = ario_sound_reader_read(input->reader, input->read, most, frames, error);
  input->frames += *frames;
  return status;
}

static ario_status skip_frames(ario__sound_input *input, uint64_t frames, ario_error *error) {
  for (size_t got = 1; frames && got; frames -= got) {
    ario_status status = read_some(input, frames < input->room ? (size_t)frames : input->room, &got, error);
    if (status) return status;
  }
  return ARIO_OK;
}

ario_status ario__sound_input_open(const char *path, unsigned rate, size_t samples, uint64_t skip,
                                   ario__sound_input **out, ario_error *error) {
  *out = NULL;
  ario__sound_input *input = calloc(1, sizeof *input);
  if (!input) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  input->path = path;
  ario_status status = open_all(input, rate, samples, error);
  if (!status) status = skip_frames(input, skip, error);
  if (status)
    ario__sound_input_free(input);
  else
    *out = input;
  return status;
}

void ario__sound_input_free(ario__sound_input *input) {
  if (!input) return;
  ario_resampler_free(input->resampler);
  ario_sound_reader_free(input->reader);
  free(input->read);
  free(input);
}

ario_sound_info ario__sound_input_info(const ario__sound_input *input) {
  return ario_sound_reader_info(input->reader);
}

uint64_t ario__sound_input_frames(const ario__sound_input *input) {
  return input->frames;
}

ario_status ario__sound_input_next(ario__sound_input *input, const float **samples, size_t *count, bool *end,
                                   ario_error *error) {
  size_t frames;
  *samples = NULL;
  *count = 0;
  *end = input->ended;
  if (input->ended) return ARIO_OK;
  ario_status status = read_some(input, input->room, &frames, error);
  if (status) return status;
  *end = input->ended = frames < input->room;
  status = ario_resampler_push(input->resampler, input->read, frames, input->ended, samples, count);
  return status ? ario_fail(error, status, "%s: %s", input->path, ario_strerror(status)) : ARIO_OK;
}

bool ario__is_sound(const char *path) {
  ario_sound_reader *reader;
  if (ario_sound_reader_open(path, &reader, NULL)) return false;
  ario_sound_reader_free(reader);
  return true;
}
