// SPDX-License-Identifier: MIT
//
// The program arioso: finds the subcommand, calls it, and checks that what it printed has been written.
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "apps/cli/words.h"
#include "apps/commands/commands.h"
#include "arioso/train.h"
#include "arioso/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand {
  const char *name, *summary;
  int (*run)(int argc, char **argv);
} subcommands[] = {
#define ARIO__COMMAND_ROW(name, summary) {#name, summary, ario__##name##_main},
    ARIO__COMMANDS(ARIO__COMMAND_ROW)
#undef ARIO__COMMAND_ROW
};

static void print_help(void) {
  printf("Arioso continues music: give it a MIDI file, and it writes what comes next.\n\n"
         "Usage: arioso COMMAND [options]\n\n");
  for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
    printf("  %-10s %s\n", subcommands[i].name, subcommands[i].summary);
  printf("\narioso COMMAND --help explains a command. To begin:\n\n"
         "  arioso continue song.mid --wav song.wav   song-continued.mid, and its sound\n"
         "  arioso continue -o new.mid --seconds 60   a new piece of one minute\n\n" ARIO__STATUSES "\n");
}

// The command that a word may have been meant for; NULL if none is near.
static const char *nearest(const char *word) {
  const char *found = NULL;
  size_t least = strlen(word) / 3 + 1; // a third of it may be wrong
  for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
    size_t far = ario__word_distance(word, subcommands[i].name);
    if (far >= least) continue;
    least = far;
    found = subcommands[i].name;
  }
  return found;
}

static int run(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  if (strcmp(name, "--version") == 0) {
    printf("arioso %s\nkernels: %s; training in bf16: %s\n", ario_version(),
           ario_kernels_name(ARIO_KERNELS_FAST),
           ario_train_kernels_name(ARIO_KERNELS_FAST, ARIO_PRECISION_BF16));
    return ARIO__DONE;
  }
  bool help = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
  if (help && argc < 3) {
    print_help();
    return ARIO__DONE;
  }
  if (argc < 2) {
    fprintf(stderr, "arioso: which command? (see arioso --help)\n");
    return ARIO__USAGE;
  }
  if (help) name = argv[2];
  ario__interrupt_catch();
  for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
    if (strcmp(name, subcommands[i].name) != 0) continue;
    char option[] = "--help", *ask[] = {argv[1], option, NULL};
    return help ? subcommands[i].run(2, ask) : subcommands[i].run(argc - 1, argv + 1);
  }
  const char *near = nearest(name);
  return ario__usage_error("", "%s: there is no such command%s%s%s", name, near ? "; did you mean " : "",
                           near ? near : "", near ? "?" : "");
}

// Printed text may wait in a buffer until now. A full disk is found here, for every command.
static int check_printed(int result) {
  bool failed = ferror(stdout) != 0;
  errno = 0;
  failed = fflush(stdout) != 0 || failed;
  if (!failed || result) return result;
  return ario__complain("", "standard output: cannot be written%s%s", errno ? ": " : "",
                        errno ? strerror(errno) : "");
}

int main(int argc, char **argv) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1); // our workers share products; threads of its own would only wait
  return check_printed(run(argc, argv));
}
