// SPDX-License-Identifier: MIT
//
// Looking for a SoundFont, and a look into it.
#include "apps/live/soundfont.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Where systems keep a General MIDI SoundFont. The small one first: it is what the default gain was measured
// with, and it loads in 20 ms.
static const char *const places[] = {
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/share/soundfonts/GeneralUser.sf2",
    "/usr/share/soundfonts/freepats-general-midi.sf2",
    "/usr/local/share/sounds/sf2/default-GM.sf2",
    "/usr/local/share/fluidsynth/sf2/VintageDreamsWaves-v2.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
    "/opt/homebrew/share/fluid-synth/sf2/VintageDreamsWaves-v2.sf2",
    "/usr/local/share/fluid-synth/sf2/VintageDreamsWaves-v2.sf2",
    "/usr/local/share/soundfonts/default.sf2",
};

static uint32_t little_endian(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

// Goes on to the next chunk, over `size` bytes. A chunk of odd size has a byte of padding, which some programs do not
// write: in a SoundFont every chunk is a LIST, so that where one begins is plain.
static bool next_chunk(FILE *file, off_t size) {
  char name[4];
  if (size < 0 || fseeko(file, size, SEEK_CUR) != 0) return false;
  if (size % 2 == 0) return true;
  bool there = fread(name, 1, 4, file) == 4 && memcmp(name, "LIST", 4) == 0;
  return fseeko(file, -4 + !there, SEEK_CUR) == 0;
}

// A RIFF file of kind "sfbk" whose list of presets is all there. FluidSynth checks what is inside; but to
// files that are none of its own, other loaders of its print complaints.
static bool is_soundfont(const char *path) {
  uint8_t head[12];
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  bool found = false;
  bool good = fread(head, 1, 12, file) == 12 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "sfbk", 4);
  while (good && !found && fread(head, 1, 12, file) == 12) {
    uint32_t size = little_endian(head + 4);
    found = memcmp(head, "LIST", 4) == 0 && memcmp(head + 8, "pdta", 4) == 0;
    // 4 of it are read; on to the next chunk, or to the last byte of this, which must be there.
    off_t rest = (off_t)size - 4;
    good = found ? rest > 0 && fseeko(file, rest - 1, SEEK_CUR) == 0 : next_chunk(file, rest);
  }
  good = good && found && fgetc(file) != EOF;
  fclose(file);
  return good;
}

// The path by option, environment and places; NULL: there is none.
static const char *choose(const char *named, ario_error *error) {
  const char *variable = getenv("ARIOSO_SOUNDFONT"), *wanted = named;
  if (!wanted && variable && *variable) wanted = variable;
  if (wanted && access(wanted, R_OK) == 0) return wanted;
  if (wanted) {
    ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: SoundFont%s cannot be read", wanted,
              named ? "" : " (from ARIOSO_SOUNDFONT)");
    return NULL;
  }
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (access(places[i], R_OK) == 0) return places[i];
  ario_fail(error, ARIO_ERR_NOT_FOUND,
            "no SoundFont found; install one (Debian: apt install timgm6mb-soundfont) or name "
            "one with --soundfont FILE.sf2 or in ARIOSO_SOUNDFONT");
  return NULL;
}

ario_status ario__soundfont_find(const char *named, const char **path, ario_error *error) {
  *path = choose(named, error);
  if (!*path) return ARIO_ERR_NOT_FOUND;
  if (is_soundfont(*path)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a SoundFont (.sf2, .sf3)", *path);
}
