// SPDX-License-Identifier: MIT
//
// The terminal while music plays: keys as they are pressed, and one line that is rewritten. Without a
// terminal on standard input there are no keys, without one on standard error no line.
#ifndef ARIO_APPS_CONSOLE_H
#define ARIO_APPS_CONSOLE_H

#include <stddef.h>

// Takes keys without Enter and without echo until the close or the program's end.
void ario__console_open(void);
void ario__console_close(void); // clears the line

// Waits for a key for at most this time; 0: none came.
int ario__console_key(int milliseconds);

// Shows a line. Its parts are separated by two spaces, the most important ones first: where the terminal is too narrow
// for all, the last ones are left out.
void ario__console_line(const char *text);

// The bytes of a text that fit into so many columns: whole parts, or of the first one whole characters of UTF-8.
size_t ario__console_fit(const char *text, size_t columns);

#endif
