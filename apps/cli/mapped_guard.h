// SPDX-License-Identifier: MIT
//
// What happens when a file that is mapped into memory is cut short by somebody else: reading behind its new
// end is SIGBUS, which no status can report.
#ifndef ARIO_APPS_MAPPED_GUARD_H
#define ARIO_APPS_MAPPED_GUARD_H

// From now on such an end of the file `path` ends the program with one line and ARIO__FAILED. One file at a
// time: the newest.
void ario__mapped_guard(const char *path);

#endif
