// SPDX-License-Identifier: MIT
//
// Standard error, which libraries of systems' sound write to as well, of what is for their makers. While they
// are kept out, the program's own messages go past them.
#ifndef ARIO_APPS_ERRORS_H
#define ARIO_APPS_ERRORS_H

#include <stdbool.h>
#include <stdio.h>

FILE *ario__errors(void);                // where the program's messages go
bool ario__errors_are_shown(void);       // on a terminal
void ario__errors_keep_others_out(void); // to be called once, then once the other
void ario__errors_let_others_in(void);

#endif
