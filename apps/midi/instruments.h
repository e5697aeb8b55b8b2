// SPDX-License-Identifier: MIT
//
// Lists of instruments, as users write them: "bass,drums,strings".
#ifndef ARIO_APPS_INSTRUMENTS_H
#define ARIO_APPS_INSTRUMENTS_H

#include "arioso/fill.h"

// Reads such a list to asks [ARIO_FILL_ASKS]. A name that is none is answered with the nearest. Returns the exit status, with
// the reason printed.
int ario__instruments_parse(const char *command, const char *option, const char *list, ario_fill_ask *asks,
                            size_t *count);

// Those that are marked, marked [ARIO_FILL_INSTRUMENTS], in words: "acoustic bass, violin and drums". Writes to text
// [room].
void ario__instruments_text(const bool *marked, char *text, size_t room);

const char *ario__instrument_name(unsigned instrument); // of a program, or "drums"

#endif
