// SPDX-License-Identifier: MIT
//
// Encodes the MIDI files whose paths come on standard input, one a line, and writes for each to standard
// output: the number of tokens as a little-endian uint32, and the tokens. A file that cannot be read is 0.
#include "arioso/codec.h"
#include "arioso/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool write_number(uint32_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    if (putchar((int)(number >> 8 * i & 255)) == EOF) return false;
  return true;
}

static bool encode_file(const ario_codec *codec, const char *path) {
  uint8_t *bytes;
  size_t size, count = 0;
  ario_token *tokens = NULL;
  ario_error error = {{0}};
  ario_status status = ario_file_read(path, (size_t)1 << 28, &bytes, &size, &error);
  if (!status) status = codec->encode(bytes, size, &(ario_config){0}, &tokens, &count, &error);
  if (status) fprintf(stderr, "%s: %s\n", path, error.text);
  free(bytes);
  bool written = write_number((uint32_t)count, 4);
  for (size_t i = 0; i < count && written; i++) written = write_number(tokens[i], 2);
  free(tokens);
  return written && fflush(stdout) == 0;
}

int main(void) {
  char path[4096];
  const ario_codec *codec = ario_codec_find("midi-performance");
  while (codec && fgets(path, sizeof path, stdin)) {
    path[strcspn(path, "\n")] = 0;
    if (!encode_file(codec, path)) return 1;
  }
  return codec ? 0 : 1;
}
