// SPDX-License-Identifier: MIT
//
// Ctrl-C and similar signals: long work checks for them and ends as after any other error, leaving nothing
// half-written.
#ifndef ARIO_APPS_INTERRUPT_H
#define ARIO_APPS_INTERRUPT_H

#include "arioso/status.h"

// From now on the first SIGINT, SIGTERM or SIGHUP is only noted; a second one ends the program at once.
void ario__interrupt_catch(void);

// ARIO_OK, or ERR_STATE with "interrupted" once a signal has come.
ario_status ario__interrupt_check(ario_error *error);

#endif
