// SPDX-License-Identifier: MIT
//
// Fuzzing what `encode` reads: the input is taken as a sound file, mixed, resampled and encoded by a small
// codec, whose folder is ARIO_FUZZ_CODEC. It ends in codes or in an error with a text.
#include "apps/audio/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_FRAMES = 20000 }; // of codes: a head may promise hours, which take time and nothing else

static char path[64];
static ario_audio_codec *codec;

static void free_all(void) {
  unlink(path);
  ario_audio_codec_free(codec);
}

static void make_all(void) {
  ario_error error;
  snprintf(path, sizeof path, "%s/arioso-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  int fd = mkstemp(path);
  if (fd < 0 || ario_audio_codec_open(getenv("ARIO_FUZZ_CODEC"), &codec, &error)) abort();
  close(fd);
  atexit(free_all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!*path) make_all();
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
  const ario__listening how = {.codec = codec, .threads = 1};
  ario__listener *listener;
  ario_error error = {""};
  const ario__input input = ario__input_named(path);
  ario_status status = ario__listener_open(&input, &how, &listener, &error);
  if (status ? listener != NULL : listener == NULL) abort();
  size_t levels = ario_audio_codec_config(codec)->levels, total = 0;
  for (bool end = false; !status && !end && total < MOST_FRAMES;) {
    const uint16_t *codes;
    size_t frames;
    status = ario__listener_next(listener, &codes, &frames, &end, &error);
    for (size_t i = 0; !status && i < frames * levels; i++)
      if (codes[i] >= ario_audio_codec_config(codec)->codes) abort();
    total += status ? 0 : frames;
  }
  if (status && !*error.text) abort();
  ario__listener_free(listener);
  return 0;
}
