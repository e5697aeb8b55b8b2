// SPDX-License-Identifier: MIT
//
// Raw keys by termios, and the line on standard error.
#include "apps/cli/console.h"
#include "apps/cli/stderr_guard.h"
#include "arioso/text.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool open_now, shown;

void ario__console_close(void) {
  if (shown) fprintf(ario__stderr(), "\r\033[K");
  shown = false;
  if (open_now) tcsetattr(STDIN_FILENO, TCSANOW, &before);
  open_now = false;
}

void ario__console_open(void) {
  static bool registered;
  // A program in the background must not change the terminal.
  if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
  if (tcgetattr(STDIN_FILENO, &before)) return;
  struct termios now = before;
  now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  now.c_cc[VMIN] = 0;
  now.c_cc[VTIME] = 0;
  open_now = tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
  if (!registered) atexit(ario__console_close);
  registered = true;
}

int ario__console_key(int milliseconds) {
  struct pollfd wait = {.fd = open_now ? STDIN_FILENO : -1, .events = POLLIN};
  unsigned char key;
  if (poll(&wait, 1, milliseconds) <= 0) return 0;
  if (read(STDIN_FILENO, &key, 1) == 1) return key;
  ario__console_close(); // the terminal has gone
  return 0;
}

size_t ario__console_fit(const char *text, size_t columns) {
  size_t column = 0, end = 0, part = 0; // end of what fits, and of the parts of it that are whole
  for (; text[end]; end++) {
    if ((text[end] & 0xc0) == 0x80) continue; // the rest of a character
    if (text[end] == ' ' && text[end + 1] == ' ') part = end;
    if (++column > columns) return part ? part : end;
  }
  return end;
}

// The last column stays free: some terminals go on to the next line there.
static size_t columns_of_line(void) {
  enum { USUAL = 80 };
  struct winsize size;
  bool known = ioctl(fileno(ario__stderr()), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return (known ? size.ws_col : USUAL) - 1u;
}

void ario__console_line(const char *text) {
  if (!ario__stderr_is_terminal()) return;
  char clean[1024];
  ario_text_clean(text, strlen(text), clean, sizeof clean);
  fprintf(ario__stderr(), "\r\033[K%.*s", (int)ario__console_fit(clean, columns_of_line()), clean);
  fflush(ario__stderr());
  shown = true;
}
