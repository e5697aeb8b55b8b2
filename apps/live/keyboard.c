// SPDX-License-Identifier: MIT
//
// From the name of a port to a MIDI input: a MIDI system, or a device file.
#include "apps/live/keyboard.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ario__keyboard {
  ario__midi_input *input;
  int held; // the file of a FIFO, or -1
};

static ario_status open_port(ario__keyboard *keyboard, const char *port, ario__midi_hear hear, void *context,
                             ario_error *error) {
  struct stat info;
  bool device = port && strchr(port, '/');
  if (device && stat(port, &info))
    return ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: there is no such MIDI port", port);
  // A FIFO is held open: a driver whose last writer goes away would never sleep again.
  if (device && S_ISFIFO(info.st_mode)) keyboard->held = open(port, O_RDWR | O_NONBLOCK);
  ario_status status =
      ario__midi_input_open(device ? "oss" : port, device ? port : NULL, hear, context, &keyboard->input);
  switch (status) {
  case ARIO_OK: return ARIO_OK;
  case ARIO_ERR_UNSUPPORTED:
    return ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: there is no MIDI system of this name here", port);
  case ARIO_ERR_NOT_FOUND:
    return ario_fail(error, status, "no MIDI keyboard can be listened to%s%s",
                     port ? " by " : "; is one plugged in? --midi-in names a port", port ? port : "");
  default: return ario_fail(error, status, "%s", ario_strerror(status));
  }
}

ario_status ario__keyboard_open(const char *port, ario__midi_hear hear, void *context, ario__keyboard **out,
                                ario_error *error) {
  *out = NULL;
  ario__keyboard *keyboard = calloc(1, sizeof *keyboard);
  if (!keyboard) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  keyboard->held = -1;
  ario_status status = open_port(keyboard, port, hear, context, error);
  if (status)
    ario__keyboard_free(keyboard);
  else
    *out = keyboard;
  return status;
}

void ario__keyboard_free(ario__keyboard *keyboard) {
  if (!keyboard) return;
  ario__midi_input_free(keyboard->input);
  if (keyboard->held >= 0) close(keyboard->held);
  free(keyboard);
}

// ---- The ports there are ----

struct listing {
  ario__keyboard_show show;
  void *context;
};

// The first line of a file, without its end; "" if it cannot be read. line [size]
static void read_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "r");
  *line = 0;
  if (file && fgets(line, size, file)) line[strcspn(line, "\n")] = 0;
  if (file) fclose(file);
}

static void list_files(const struct listing *listing) {
  static const char *const patterns[] = {"/dev/snd/midiC*D*", "/dev/midi*", "/dev/umidi*"};
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    glob_t found;
    if (glob(patterns[i], 0, NULL, &found)) continue;
    for (size_t f = 0; f < found.gl_pathc; f++) {
      unsigned card, device;
      char path[64], name[128] = "";
      if (sscanf(found.gl_pathv[f], "/dev/snd/midiC%uD%u", &card, &device) == 2) {
        snprintf(path, sizeof path, "/proc/asound/card%u/midi%u", card, device);
        read_line(path, name, sizeof name);
      }
      listing->show(listing->context, found.gl_pathv[f], name);
    }
    globfree(&found);
  }
}

// The quoted text of a line like: Client  20 : "Keystation" [Kernel]
static bool quoted(const char *line, const char *word, char *text, size_t size) {
  const char *begin = strchr(line, '"'), *end = begin ? strchr(begin + 1, '"') : NULL;
  line += strspn(line, " ");
  if (strncmp(line, word, strlen(word)) != 0 || !end) return false;
  snprintf(text, size, "%.*s", (int)(end - begin - 1), begin + 1);
  return true;
}

// The ports of ALSA's sequencer that can be read from, but for its own.
static void list_sequencer(const struct listing *listing) {
  FILE *file = fopen("/proc/asound/seq/clients", "r");
  char line[256], client[128] = "", port[128];
  while (file && fgets(line, sizeof line, file)) {
    if (quoted(line, "Client", client, sizeof client)) continue;
    const char *rights = strrchr(line, '(');
    bool readable = rights && rights[1] == 'R', own = strcmp(client, "System") == 0;
    if (!own && readable && quoted(line, "Port", port, sizeof port))
      listing->show(listing->context, "alsa_seq", port);
  }
  if (file) fclose(file);
}

static void show_system(void *context, const char *name) {
  const struct listing *listing = context;
  if (strcmp(name, "oss") == 0) return; // what its device files are for
  listing->show(listing->context, name, "");
}

void ario__keyboard_list(ario__keyboard_show show, void *context) {
  struct listing listing = {show, context};
  list_files(&listing);
  list_sequencer(&listing);
  ario__midi_systems(show_system, &listing);
}
