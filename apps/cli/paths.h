// SPDX-License-Identifier: MIT
//
// Paths of files: their suffixes, numbers in them, and names that no file has yet.
#ifndef ARIO_APPS_PATHS_H
#define ARIO_APPS_PATHS_H

#include "arioso/status.h"

enum { ARIO__PATH_MOST = 4096 }; // bytes of a path, its zero included

// True if the name ends in `suffix` (".u16"), in any case of letters.
bool ario__has_suffix(const char *path, const char *suffix);

// True if both paths lead to the same existing file.
bool ario__same_file(const char *a, const char *b);

// name [ARIO__PATH_MOST]: the path with another suffix: ("a.csv", ".png") -> "a.png". False: too long.
bool ario__with_suffix(const char *path, const char *suffix, char *name);

// name [ARIO__PATH_MOST]: the path with "-N" before its suffix: ("a.mid", 2) -> "a-2.mid".
// False: too long.
bool ario__numbered_name(const char *path, size_t number, char *name);

// name [ARIO__PATH_MOST]: a free name for what is made of a file: STEM-WORD ("continued") beside `path`, or STEM-WORD-2
// and so on, with `suffix`, or the path's own for "". A STEM that would make the name too long is shortened. With
// `takes`, the names numbered 1 to `takes` are free, too. In the working directory a pipe gives WORD and path NULL
// "new-piece". False if there is none.
bool ario__free_name(const char *path, const char *word, const char *suffix, size_t takes, char *name);

// name [ARIO__PATH_MOST]: a free name for another kind of file of the same: ("a.mid", ".wav") -> "a.wav", or a-2.wav and
// so on; of a pipe STEM instead, in the working directory. False if there is none.
bool ario__free_beside(const char *path, const char *stem, const char *suffix, char *name);

// Writes a whole file, as ario_file_write does; "-" is standard output.
ARIO_NODISCARD ario_status ario__write_output(const char *path, bool replace, const void *bytes, size_t size,
                                              ario_error *error);

// Checks that an output can be written and is not the input; either may be NULL. With "-" reports go to standard error
// from now on.
// Returns the exit status, with the reason printed.
int ario__check_output(const char *command, const char *output, const char *input, bool replace);

#endif
