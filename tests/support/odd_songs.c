// SPDX-License-Identifier: MIT
//
// Writes the odd songs (support/odd_songs.h) into a folder, and prints of each its name and what is said of it where it
// is refused: odd_songs FOLDER
#include "support/odd_songs.h"

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  for (size_t i = 0; i < COUNT_OF(odd_songs); i++) {
    char path[512];
    size_t size;
    uint8_t *bytes = odd_file(&odd_songs[i], &size);
    snprintf(path, sizeof path, "%s/%s.mid", argv[1], odd_songs[i].name);
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(bytes, 1, size, file) == size;
    if (file && fclose(file)) written = false;
    free(bytes);
    if (!written) return 1;
    printf("%s %s\n", odd_songs[i].name, odd_songs[i].refused ? odd_songs[i].refused : "");
  }
  return 0;
}
