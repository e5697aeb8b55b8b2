// SPDX-License-Identifier: MIT
//
// Where this program is, so that what was installed beside it is found wherever it has been moved.
#ifndef ARIO_APPS_EXECUTABLE_H
#define ARIO_APPS_EXECUTABLE_H

#include "apps/cli/paths.h"

// path [ARIO__PATH_MOST]: what `relative` leads to from the folder of the executable file, symbolic links
// followed; "" if there is no such folder or file.
void ario__beside_executable(const char *relative, char *path);

#endif
