// SPDX-License-Identifier: MIT
//
// From the name of a port to a MIDI input: a MIDI system, or a device file.
#include "apps/live/keyboard.h"

#include <fcntl.h>
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
