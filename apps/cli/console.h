// SPDX-License-Identifier: MIT
//
// A person at a terminal, while something plays: keys as they are pressed, and a line that is written anew.
// Where standard input or error is no terminal there are no keys, or no line.
#ifndef ARIO_APPS_CONSOLE_H
#define ARIO_APPS_CONSOLE_H

// Takes keys without Enter and without showing them, from now until the close or the program's end.
void ario__console_open(void);
void ario__console_close(void); // clears the line

// Waits up to some milliseconds for a key; 0: none came.
int ario__console_key(int milliseconds);

void ario__console_line(const char *text);

#endif
