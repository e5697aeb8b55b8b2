// SPDX-License-Identifier: MIT
//
// The names of what a command makes in takes: OUT or a free name, numbered if there are several, and those of sound and
// picture.
#ifndef ARIO_APPS_OUTPUTS_H
#define ARIO_APPS_OUTPUTS_H

#include "apps/cli/paths.h"

// What the user asked for.
typedef struct ario__outputs {
  const char *command;
  const char *input;              // path; NULL: there is none
  const char *output, *wav, *png; // as they were given; NULL: were not
  const char *other;              // one more file, of all takes; NULL: there is none
  const char *word, *suffix;      // of the default name (ario__free_name)
  size_t takes;
  bool numbered;              // several takes: each name has its number
  char file[ARIO__PATH_MOST]; // the output of a single take; several takes add a number to it
} ario__outputs;

// Of one take. "": is not written.
typedef struct ario__output_names {
  char file[ARIO__PATH_MOST], wav[ARIO__PATH_MOST], png[ARIO__PATH_MOST];
} ario__output_names;

// Chooses the name where none was given, and checks every output of every take before any work is done. Returns the exit
// status, with the reason printed.
int ario__outputs_check(ario__outputs *outputs);

// The names of take `number`, 0 of a single one. Returns the exit status, with the reason printed.
int ario__outputs_name(const ario__outputs *outputs, size_t number, ario__output_names *names);

// A default name that was free at the beginning may belong to another process's file by now. Then this take and those
// after it get the next one. False: that is not why the take could not be written.
bool ario__outputs_evade(ario__outputs *outputs, size_t number, ario__output_names *names);

#endif
