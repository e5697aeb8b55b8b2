// SPDX-License-Identifier: MIT
//
// Paths of files: their suffixes, numbers in them, and names that no file has yet.
#ifndef ARIO_APPS_PATHS_H
#define ARIO_APPS_PATHS_H

#include <stdbool.h>
#include <stddef.h>

enum { ARIO__PATH_MOST = 4096 }; // bytes of a path, its zero included

// True if the name ends in `suffix` (".u16"), in any case of letters.
bool ario__has_suffix(const char *path, const char *suffix);

// True if both names lead to one file that exists.
bool ario__same_file(const char *a, const char *b);

// name [ARIO__PATH_MOST] = path with another suffix: ("a.csv", ".png") -> "a.png". False if that is too long.
bool ario__with_suffix(const char *path, const char *suffix, char *name);

// name [ARIO__PATH_MOST] = path with "-N" put before its suffix: ("a.mid", 2) -> "a-2.mid". False if that is
// too long.
bool ario__numbered_name(const char *path, size_t number, char *name);

// name [ARIO__PATH_MOST] = a name that no file has, nor any of its `takes` numbered ones: STEM-continued
// beside `path`, else STEM-continued-2 and so on, with `suffix`, or path's own where that is "". path NULL:
// new-piece in the working directory. False if there is none.
bool ario__free_name(const char *path, const char *suffix, size_t takes, char *name);

#endif
