// SPDX-License-Identifier: MIT
//
// Ctrl-C and similar signals: long work checks for them and ends as after any other error, leaving nothing
// half-written.
#ifndef ARIO_APPS_INTERRUPT_H
#define ARIO_APPS_INTERRUPT_H

#include "arioso/status.h"

// From now on the first SIGINT, SIGTERM or SIGHUP is only noted, and so are others in the second after it; a
// later one ends the program at once. A signal that is ignored when the program starts, as by nohup, stays
// ignored. A file that grows past the limit of its size (SIGXFSZ) is an error of the write.
void ario__interrupt_catch(void);

// ARIO_OK, or ERR_STATE with "interrupted" once a signal has come.
ario_status ario__interrupt_check(ario_error *error);

// The work has ended for the signal: checks are ARIO_OK again, so that what was made can be saved. Another
// signal ends the program all the same.
void ario__interrupt_answer(void);

#endif
