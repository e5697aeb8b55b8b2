// SPDX-License-Identifier: MIT
//
// Reads a sound file, mixes it to mono and resamples it.
#include "apps/audio/sound_input.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "arioso/resample.h"

#include <stdlib.h>

struct ario__sound_input {
  const ario__input *source;
  ario_sound_reader *reader;
  ario_resampler *resampler;
  size_t room; // frames read at a time
  float *read; // [room]
  bool ended;  // the file is read to its end
  uint64_t frames;
  size_t warnings; // of the reader's, how many have been said
};

static ario_status open_all(ario__sound_input *input, unsigned rate, size_t samples, ario_error *error) {
  ario_status status = ario__input_sound(input->source, &input->reader, error);
  if (status) return status;
  unsigned own = ario_sound_reader_info(input->reader).rate;
  input->room = (size_t)((double)samples * own / rate) + 1;
  input->read = malloc(input->room * sizeof *input->read);
  status = ario_resampler_create(own, rate, input->room, &input->resampler);
  if (status == ARIO_ERR_ARGUMENT)
    return ario_fail(error, status, "%s: a rate of %u Hz cannot be converted", input->source->name, own);
  if (!status && !input->read) status = ARIO_ERR_MEMORY;
  return status ? ario_fail(error, status, "%s: %s", input->source->name, ario_strerror(status)) : ARIO_OK;
}

static ario_status read_some(ario__sound_input *input, size_t most, size_t *frames, ario_error *error) {
  ario_status status = ario__interrupt_check(error);
  *frames = 0;
  if (!status) status = ario_sound_reader_read(input->reader, input->read, most, frames, error);
  for (const char *text; (text = ario_sound_reader_warning(input->reader, input->warnings));
       input->warnings++)
    ario__warn("%s: %s", input->source->name, text);
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

ario_status ario__sound_input_open(const ario__input *source, unsigned rate, size_t samples, uint64_t skip,
                                   ario__sound_input **out, ario_error *error) {
  *out = NULL;
  ario__sound_input *input = calloc(1, sizeof *input);
  if (!input)
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", source->name, ario_strerror(ARIO_ERR_MEMORY));
  input->source = source;
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
  return status ? ario_fail(error, status, "%s: %s", input->source->name, ario_strerror(status)) : ARIO_OK;
}
