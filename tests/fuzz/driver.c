// SPDX-License-Identifier: MIT
//
// Runs a libFuzzer entry point without libFuzzer: every file that is named, then mutations of them.
//
//   fuzz_X ITERATIONS FILE...        ARIO_SEED=N mutates otherwise
//   fuzz_X SECONDSs FILE...          for so long: fuzz_X 60s ...
//
// What is being tried when it fails lies in crash.bin of the working directory if ARIO_KEEP is set.
#include "arioso/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct seed_file {
  uint8_t *bytes;
  size_t size;
} seed_file;

static uint64_t state;

static size_t below(size_t limit) {
  uint64_t x = (state += 0x9e3779b97f4a7c15u);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (size_t)((x ^ x >> 31) % limit);
}

// Bytes that mean much in the formats that are fuzzed.
static uint8_t odd_byte(void) {
  static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xff, 0xf0, 0xf7, 0x2f, 0x51, 0x58, 0x90, 0x80, 0xb0, 0x40};
  return below(2) ? odd[below(sizeof odd)] : (uint8_t)below(256);
}

// Changes the bytes [*size] in place, within `room`.
static void mutate(uint8_t *bytes, size_t *size, size_t room, const seed_file *other) {
  size_t at = *size ? below(*size) : 0, length = 1 + below(8);
  switch (below(6)) {
  case 0: // a byte
  case 1:
    if (*size) bytes[at] = odd_byte();
    break;
  case 2: // a bit
    if (*size) bytes[at] ^= (uint8_t)(1u << below(8));
    break;
  case 3: // less
    if (length > *size - at) length = *size - at;
    memmove(bytes + at, bytes + at + length, *size - at - length);
    *size -= length;
    break;
  case 4: // more
    if (*size + length > room) break;
    memmove(bytes + at + length, bytes + at, *size - at);
    for (size_t i = 0; i < length; i++) bytes[at + i] = odd_byte();
    *size += length;
    break;
  default: // a piece of another file
    if (other->size == 0) break;
    length = 1 + below(other->size);
    if (length > room - at) length = room - at;
    memcpy(bytes + at, other->bytes + below(other->size - length + 1), length);
    if (at + length > *size) *size = at + length;
  }
}

static void keep(const uint8_t *bytes, size_t size) {
  FILE *file = fopen("crash.bin", "wb");
  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) exit(1);
}

// How often, or with "s" behind it for how many seconds.
struct length {
  unsigned long number;
  bool seconds;
  time_t began;
};

static struct length parse_length(const char *text) {
  char *unit;
  struct length length = {.number = strtoul(text, &unit, 10), .began = time(NULL)};
  length.seconds = *unit == 's';
  return length;
}

static bool goes_on(const struct length *length, size_t done) {
  return length->seconds ? (unsigned long)(time(NULL) - length->began) < length->number
                         : done < length->number;
}

static size_t try_mutations(const seed_file *seeds, size_t count, const struct length *length) {
  enum { ROOM = 1 << 16 };
  uint8_t *bytes = malloc(ROOM);
  if (!bytes) exit(1);
  size_t done = 0;
  for (; goes_on(length, done); done++) {
    const seed_file *seed = &seeds[below(count)];
    size_t size = seed->size < ROOM ? seed->size : ROOM;
    memcpy(bytes, seed->bytes, size);
    for (size_t k = 1 + below(6); k > 0; k--) mutate(bytes, &size, ROOM, &seeds[below(count)]);
    if (getenv("ARIO_KEEP")) keep(bytes, size);
    LLVMFuzzerTestOneInput(bytes, size);
  }
  free(bytes);
  return done;
}

int main(int argc, char **argv) {
  const char *text = getenv("ARIO_SEED");
  state = text ? strtoull(text, NULL, 10) : 1;
  printf("ARIO_SEED=%llu\n", (unsigned long long)state);
  fflush(stdout);
  size_t count = argc > 2 ? (size_t)argc - 2 : 0;
  const struct length length = parse_length(argc > 1 ? argv[1] : "0");
  seed_file *seeds = calloc(count + 1, sizeof *seeds);
  if (!seeds || count == 0) {
    fprintf(stderr, "usage: %s ITERATIONS FILE...\n", argv[0]);
    return 2;
  }
  for (size_t i = 0; i < count; i++) {
    ario_error error;
    if (ario_file_read(argv[i + 2], 1 << 28, &seeds[i].bytes, &seeds[i].size, &error)) {
      fprintf(stderr, "%s\n", error.text);
      return 1;
    }
    LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].size);
  }
  printf("%zu mutations\n", try_mutations(seeds, count, &length));
  for (size_t i = 0; i < count; i++) free(seeds[i].bytes);
  free(seeds);
  return 0;
}
