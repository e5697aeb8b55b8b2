// SPDX-License-Identifier: MIT
//
// The parts of `arioso info`: the command line (info.c), and one file for each kind of thing that it describes, as text
// or, with `json`, as one object of JSON. Each returns the exit status, with the reason printed.
#ifndef ARIO_APPS_INFO_H
#define ARIO_APPS_INFO_H

#include "apps/cli/input.h"

#define ARIO__INFO "info" // the command's name

int ario__info_song(const ario__input *input, bool json);
int ario__info_sound(const ario__input *input, bool json);
int ario__info_codes(const ario__input *input, bool json);
int ario__info_model(const char *name, bool json); // a folder or a name

#endif
