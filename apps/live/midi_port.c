// SPDX-License-Identifier: MIT
//
// Writes MIDI bytes to a device.
#include "apps/live/midi_port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ario__midi_port {
  int file;
  _Atomic bool lost;
};

enum { PATIENCE = 1000 }; // milliseconds

// A FIFO is also opened for reading, so that it needs no reader yet and one that goes away does no harm.
static int open_port(const char *path) {
  struct stat status;
  if (stat(path, &status)) return -1;
  int way = S_ISFIFO(status.st_mode) ? O_RDWR : O_WRONLY;
  return open(path, way | O_NONBLOCK | O_NOCTTY | (S_ISREG(status.st_mode) ? O_APPEND : 0));
}

ario_status ario__midi_port_open(const char *path, ario__midi_port **out, ario_error *error) {
  *out = NULL;
  int file = open_port(path);
  if (file < 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO,
                     "%s: cannot be opened as a MIDI instrument: %s", path, strerror(errno));
  ario__midi_port *port = calloc(1, sizeof *port);
  if (!port) {
    close(file);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  port->file = file;
  *out = port;
  return ARIO_OK;
}

void ario__midi_port_send(ario__midi_port *port, const uint8_t *bytes, size_t size) {
  if (!size || bytes[0] == 0xFF || port->lost) return;
  while (size && !port->lost) {
    ssize_t written = write(port->file, bytes, size);
    struct pollfd wait = {.fd = port->file, .events = POLLOUT};
    if (written > 0) {
      bytes += written;
      size -= (size_t)written;
    } else if (written < 0 && errno == EINTR) {
      continue;
    } else if (written == 0 || errno != EAGAIN || poll(&wait, 1, PATIENCE) <= 0) {
      port->lost = true;
    }
  }
}

bool ario__midi_port_lost(const ario__midi_port *port) {
  return port->lost;
}

void ario__midi_port_free(ario__midi_port *port) {
  if (!port) return;
  close(port->file);
  free(port);
}
