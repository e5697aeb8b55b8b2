// SPDX-License-Identifier: MIT
//
// The clock that the program measures times with.
#ifndef ARIO_APPS_STOPWATCH_H
#define ARIO_APPS_STOPWATCH_H

// Seconds since some moment in the past; never goes back.
double ario__seconds_now(void);

// Lets the calling thread sleep.
void ario__sleep(double seconds);

#endif
