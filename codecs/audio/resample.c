// SPDX-License-Identifier: MIT
//
// Converts sample rates. The only file that includes libsamplerate.
#include "arioso/resample.h"

#include <samplerate.h>
#include <stdlib.h>
#include <string.h>

struct ario_resampler {
  SRC_STATE *state; // NULL if the rates are equal
  double ratio;
  size_t most, room;
  float *out; // [room]
};

ario_status ario_resampler_create(unsigned from, unsigned to, size_t most, ario_resampler **out) {
  *out = NULL;
  if (!from || !to || !most || from / to > 255 || to / from > 255) return ARIO_ERR_ARGUMENT;
  ario_resampler *r = calloc(1, sizeof *r);
  if (!r) return ARIO_ERR_MEMORY;
  r->ratio = (double)to / from;
  r->most = most;
  r->room = (size_t)((double)most * r->ratio) + 4096;
  r->out = malloc(r->room * sizeof *r->out);
  int problem = 0;
  if (from != to) r->state = src_new(SRC_SINC_BEST_QUALITY, 1, &problem);
  if (!r->out || problem) {
    ario_resampler_free(r);
    return ARIO_ERR_MEMORY;
  }
  *out = r;
  return ARIO_OK;
}

void ario_resampler_free(ario_resampler *resampler) {
  if (!resampler) return;
  if (resampler->state) src_delete(resampler->state);
  free(resampler->out);
  free(resampler);
}

// What the library holds back for its filter comes out at the end; the buffer then grows as needed.
static ario_status run(ario_resampler *r, const float *samples, size_t count, bool end, size_t *made) {
  SRC_DATA data = {
      .data_in = samples, .input_frames = (long)count, .end_of_input = end, .src_ratio = r->ratio};
  *made = 0;
  do {
    if (*made == r->room) {
      float *grown = realloc(r->out, 2 * r->room * sizeof *grown);
      if (!grown) return ARIO_ERR_MEMORY;
      r->out = grown;
      r->room *= 2;
    }
    data.data_out = r->out + *made;
    data.output_frames = (long)(r->room - *made);
    if (src_process(r->state, &data)) return ARIO_ERR_NUMBER;
    data.data_in += data.input_frames_used;
    data.input_frames -= data.input_frames_used;
    *made += (size_t)data.output_frames_gen;
  } while (data.input_frames > 0 || (end && data.output_frames_gen > 0));
  return ARIO_OK;
}

ario_status ario_resampler_push(ario_resampler *r, const float *samples, size_t count, bool end,
                                const float **out, size_t *made) {
  ario_status status = ARIO_OK;
  *made = 0;
  *out = NULL;
  if (count > r->most) return ARIO_ERR_ARGUMENT;
  if (r->state) {
    status = run(r, samples, count, end, made);
  } else {
    if (count) memcpy(r->out, samples, count * sizeof *samples);
    *made = count;
  }
  *out = r->out; // which may have grown
  return status;
}
