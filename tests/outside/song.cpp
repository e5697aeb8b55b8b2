// SPDX-License-Identifier: MIT
//
// A C++ program on libarioso: song FILE.mid prints how many tokens the piece has.
#include <arioso/arioso.h>

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  ario_error error;
  ario_song *song = nullptr;
  ario_prompt prompt;
  const ario_prompt_options everything = ario_prompt_options_default();
  if (ario_song_open(argv[1], &song, &error) || ario_song_prompt(song, &everything, &prompt, &error)) {
    std::fprintf(stderr, "song: %s\n", error.text);
    return 1;
  }
  std::printf("%zu tokens\n", prompt.count);
  ario_prompt_free(&prompt);
  ario_song_free(song);
  return 0;
}
