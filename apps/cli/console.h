// SPDX-License-Identifier: MIT
//
// The terminal while music plays: keys as they are pressed, and one line that is rewritten. Without a
// terminal on standard input there are no keys, without one on standard error no line.
#ifndef ARIO_APPS_CONSOLE_H
#define ARIO_APPS_CONSOLE_H

// Takes keys without Enter and without echo until the close or the program's end.
void ario__console_open(void);
void ario__console_close(void); // clears the line

// Waits for a key for at most this time; 0: none came.
int ario__console_key(int milliseconds);

void ario__console_line(const char *text);

#endif
