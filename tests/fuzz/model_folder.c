// SPDX-License-Identifier: MIT
//
// The files of a fuzzed folder, in shared memory where there is some: two files an input.
#include "tests/fuzz/model_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], config_path[96], weights_path[96];

static void remove_folder(void) {
  unlink(config_path);
  unlink(weights_path);
  rmdir(folder);
}

static void make_folder(void) {
  snprintf(folder, sizeof folder, "%s/arioso-fuzz-XXXXXX",
           access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  if (!mkdtemp(folder)) abort();
  snprintf(config_path, sizeof config_path, "%s/config.json", folder);
  snprintf(weights_path, sizeof weights_path, "%s/model.safetensors", folder);
  atexit(remove_folder);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size) abort();
  fclose(file);
}

const char *model_folder(const uint8_t *data, size_t size) {
  if (!*folder) make_folder();
  const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
  size_t config_size = zero ? (size_t)(zero - data) : size;
  write_file(config_path, data, config_size);
  write_file(weights_path, zero ? zero + 1 : data, zero ? size - config_size - 1 : 0);
  return folder;
}
