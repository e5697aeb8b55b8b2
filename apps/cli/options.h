// SPDX-License-Identifier: MIT
//
// The command line of a subcommand, declared as a table: parsing, range checks and --help all come from it.
#ifndef ARIO_APPS_OPTIONS_H
#define ARIO_APPS_OPTIONS_H

#include "arioso/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The exit status of a subcommand.
enum { ARIO__DONE = 0, ARIO__FAILED = 1, ARIO__USAGE = 2 };
#define ARIO__STATUSES "Exit status: 0 done, 1 failed or interrupted, 2 wrong command line"

typedef enum ario__option_kind {
  ARIO__FLAG,  // value: bool
  ARIO__TEXT,  // value: const char *
  ARIO__SIZE,  // value: size_t, from `least` to `most`
  ARIO__SEED,  // value: uint64_t
  ARIO__REAL,  // value: double, from `least` to `most`
  ARIO__TIME,  // value: double, seconds from `least` to `most`; also m:ss
  ARIO__TEXTS, // value: ario__text_list; each time the option is given adds one
} ario__option_kind;

enum { ARIO__TEXTS_MOST = 64 };

// Media as a set, of which each is a bit.
#define ARIO__FOR(medium) (1u << (medium))

typedef struct ario__text_list {
  const char *texts[ARIO__TEXTS_MOST];
  size_t count;
} ario__text_list;

typedef struct ario__option {
  const char *name; // without the dashes
  char letter;      // of a short form; 0: none
  ario__option_kind kind;
  void *value;          // holds the default; set when the option is given
  const char *argument; // its name in the help: "S", "FILE"; NULL for a flag
  const char *help;
  double least, most; // of SIZE, REAL and TIME
  bool *given;        // set when the option is given; may be NULL
  bool setting;       // may also stand in a file of settings
  bool more;          // the help prints it below the others
  unsigned only;      // the media that have it, ARIO__FOR(ARIO_MUSIC) | ...; 0: all
} ario__option;

// Operands are the arguments that are no options.
typedef struct ario__operand {
  const char *what;   // "MIDI file"; where there may be several, "files"
  size_t least, most; // most ARIO__MANY: any number
} ario__operand;

#define ARIO__MANY SIZE_MAX
enum { ARIO__OPERANDS_MOST = 2, ARIO__OPTIONS_MOST = 128 };

typedef struct ario__command {
  const char *name;                            // "continue"
  const char *usage;                           // what follows the name: "[IN.mid] [options]"
  const char *summary;                         // one line
  const char *notes;                           // below the options, as it stands; or NULL
  ario__operand operands[ARIO__OPERANDS_MOST]; // in their order; all zero: it takes none
  const ario__option *options;
  size_t option_count;
} ario__command;

// What a user typed.
typedef struct ario__command_line {
  char **operands; // [count], a part of argv, as many as the command takes
  size_t count;
  bool finished; // the help was asked for and is printed: there is nothing more to do
  const ario__command *command;
  bool given[ARIO__OPTIONS_MOST]; // of the command's options, those that were typed
} ario__command_line;

// Parses argv[1] .. argv[argc - 1], whose order changes; options and operands may mix. Returns ARIO__DONE, or
// prints one line to standard error and returns ARIO__USAGE.
int ario__options_parse(const ario__command *command, int argc, char **argv, ario__command_line *line);

// The name of the first option that was typed though the medium at hand does not have it; NULL: none was.
const char *ario__options_foreign(const ario__command_line *line, ario_medium medium);

// Reads settings from a file: a JSON object whose keys are the names of options, with _ for -. Values are
// stored as from the command line; texts live as long as `settings`, which the caller frees with
// ario__report_free. Prints one line and returns ARIO__FAILED for a file that cannot be read or has unknown
// keys or bad values.
struct cJSON;
int ario__options_read(const ario__command *command, const char *path, struct cJSON **settings);
// Adds the options that may stand in such a file, with their values, to a JSON object.
void ario__options_report(const ario__command *command, struct cJSON *object);

// Print "arioso COMMAND: text" to standard error and return ARIO__FAILED or ARIO__USAGE.
int ario__complain(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
int ario__usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Prints "arioso: warning: text" to standard error.
void ario__warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
