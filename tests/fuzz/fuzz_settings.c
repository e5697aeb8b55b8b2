// SPDX-License-Identifier: MIT
//
// Fuzzing files of settings: the input is what `arioso train --config` reads. The data are missing, so that
// whatever it says ends with status 1 or 2, and leaves no folder.
#include "apps/commands/commands.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], path[96];

static void remove_folder(void) {
  unlink(path);
  rmdir(folder);
}

// Complaints are not shown: there are too many.
static void make_folder(void) {
  snprintf(folder, sizeof folder, "%s/arioso-fuzz-XXXXXX",
           access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  if (!mkdtemp(folder)) abort();
  snprintf(path, sizeof path, "%s/settings.json", folder);
  atexit(remove_folder);
  if (!freopen("/dev/null", "w", stderr)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!*folder) make_folder();
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
  char missing[96], model[96], train[] = "train", output[] = "-o", config[] = "--config";
  char *words[] = {train, missing, output, model, config, path, NULL};
  snprintf(missing, sizeof missing, "%s/missing", folder);
  snprintf(model, sizeof model, "%s/model", folder);
  int result = ario__train_main(6, words);
  if ((result != 1 && result != 2) || access(model, F_OK) == 0) abort();
  return 0;
}
