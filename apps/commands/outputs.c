// SPDX-License-Identifier: MIT
//
// Names outputs, and looks whether they can be written.
#include "apps/commands/outputs.h"
#include "apps/cli/options.h"
#include "apps/cli/print.h"

#include <stdio.h>
#include <string.h>

// The given name, or for several takes the numbered one.
static int name_output(const ario__outputs *o, const char *given, size_t number, char *name) {
  if (number ? !ario__numbered_name(given, number, name) : strlen(given) >= ARIO__PATH_MOST)
    return ario__usage_error(o->command, "%.60s...: the name is too long", given);
  if (!number) memcpy(name, given, strlen(given) + 1);
  return ARIO__DONE;
}

int ario__outputs_name(const ario__outputs *o, size_t number, ario__output_names *names) {
  int result = name_output(o, o->file, number, names->file);
  names->wav[0] = names->png[0] = 0;
  if (!result && o->wav) result = name_output(o, o->wav, number, names->wav);
  if (!result && o->png) result = name_output(o, o->png, number, names->png);
  return result;
}

static int check_take(const ario__outputs *o, const ario__output_names *names) {
  int result = ario__check_output(o->command, names->file, o->input, o->output != NULL);
  if (!result && *names->wav) result = ario__check_output(o->command, names->wav, o->input, true);
  if (!result && *names->png) result = ario__check_output(o->command, names->png, o->input, true);
  return result;
}

static bool find_free_name(ario__outputs *o) {
  return ario__free_name(o->input, o->word, o->suffix, o->numbered ? o->takes : 0, o->file);
}

int ario__outputs_check(ario__outputs *o) {
  int pipes = ario__is_pipe_name(o->output) + ario__is_pipe_name(o->wav) + ario__is_pipe_name(o->png);
  if (pipes + ario__is_pipe_name(o->other) > 1 || (pipes && o->numbered))
    return ario__usage_error(o->command, "standard output (-) takes one file; name the others");
  if (o->output)
    snprintf(o->file, sizeof o->file, "%s", o->output);
  else if (!find_free_name(o))
    return ario__complain(o->command, "no free name for the output; name one with -o");
  for (size_t i = 1; i <= o->takes; i++) {
    ario__output_names names;
    int result = ario__outputs_name(o, o->numbered ? i : 0, &names);
    if (!result) result = check_take(o, &names);
    if (result) return result;
  }
  return o->other ? ario__check_output(o->command, o->other, o->input, true) : ARIO__DONE;
}

bool ario__outputs_evade(ario__outputs *o, size_t number, ario__output_names *names) {
  char before[ARIO__PATH_MOST];
  memcpy(before, o->file, sizeof before);
  return !o->output && find_free_name(o) && strcmp(before, o->file) != 0 &&
         !ario__outputs_name(o, number, names);
}
