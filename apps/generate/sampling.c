// SPDX-License-Identifier: MIT
//
// Defaults of the sampling options, and their checks.
#include "apps/generate/sampling.h"
#include "apps/cli/report.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

ario_sampler_options ario__sampling_default(void) {
  ario_sampler_options options = ario_sampler_options_default();
  options.temperature = 0.95;
  return options;
}

static void set_kind(ario_kinds *kinds, const char *name, double temperature) {
  for (size_t i = 0; i < kinds->count; i++)
    if (temperature > 0 && strcmp(kinds->each[i].name, name) == 0) kinds->each[i].temperature = temperature;
}

void ario__sampling_suit(ario_sampler_options *options, const ario_codec *codec,
                         const ario__temperatures *own) {
  if (!own->given && codec->temperature > 0) options->temperature = codec->temperature;
  if (!codec->kinds) return;
  options->kinds = *codec->kinds;
  if (own->kind > 0) options->kinds.temperature = own->kind;
  set_kind(&options->kinds, "time", own->time);
  set_kind(&options->kinds, "length", own->length);
  set_kind(&options->kinds, "velocity", own->velocity);
}

uint64_t ario__drawn_seed(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return ((uint64_t)now.tv_nsec * 2654435761u ^ (uint64_t)now.tv_sec * 40503u ^ (uint64_t)getpid()) % 1000000;
}

int ario__sampling_check(const char *command, const ario_sampler_options *options) {
  ario_sampler *sampler;
  ario_error error = {""};
  ario_status status = ario_sampler_create(1, options, &sampler, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(command, "--%s", error.text);
  if (status) return ario__complain(command, "%s", error.text);
  ario_sampler_free(sampler);
  return ARIO__DONE;
}
