// SPDX-License-Identifier: MIT
//
// Parses a subcommand's options with getopt_long, and prints its help.
#include "apps/cli/options.h"
#include "apps/cli/report.h"
#include "apps/cli/stderr_guard.h"
#include "apps/cli/times.h"
#include "arioso/text.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 26, HELP_WIDTH = 80, FIRST_LONG = 256 };

// Prints a line to standard error.
static void say(const char *prefix, const char *command, const char *format, va_list args) {
  char text[1024], clean[2048];
  vsnprintf(text, sizeof text, format, args);
  ario_text_clean(text, strlen(text), clean, sizeof clean);
  fprintf(ario__stderr(), "arioso%s%s: %s%s\n", *command ? " " : "", command, prefix, clean);
}

int ario__complain(const char *command, const char *format, ...) {
  va_list args;
  va_start(args, format);
  say("", command, format, args);
  va_end(args);
  return ARIO__FAILED;
}

int ario__usage_error(const char *command, const char *format, ...) {
  char text[900];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  ario__complain(command, "%s (see arioso %s%s--help)", text, command, *command ? " " : "");
  return ARIO__USAGE;
}

void ario__warn(const char *format, ...) {
  va_list args;
  va_start(args, format);
  say("warning: ", "", format, args);
  va_end(args);
}

// Prints text from column `from` on, wrapped at words.
static void print_wrapped(const char *text, int from) {
  int column = from;
  while (*text) {
    int length = (int)strcspn(text, " ");
    if (column > from && column + 1 + length > HELP_WIDTH) {
      printf("\n%*s", from, "");
      column = from;
    }
    if (column > from) column += printf(" ");
    column += printf("%.*s", length, text);
    text += length;
    if (*text) text++;
  }
  printf("\n");
}

static void print_option(const ario__option *option) {
  int column = option->letter ? printf("  -%c, --%s", option->letter, option->name)
                              : printf("      --%s", option->name);
  if (option->argument) column += printf(" %s", option->argument);
  if (column >= HELP_COLUMN) column = printf("\n") - 1;
  printf("%*s", HELP_COLUMN - column, "");
  print_wrapped(option->help, HELP_COLUMN);
}

static void print_help(const ario__command *command) {
  static const ario__option help = {.name = "help", .letter = 'h', .help = "print this help"};
  bool more = false;
  printf("Usage: arioso %s %s\n\n", command->name, command->usage);
  print_wrapped(command->summary, 0);
  printf("\n");
  for (size_t i = 0; i < command->option_count; i++) {
    more = more || command->options[i].more;
    if (!command->options[i].more) print_option(&command->options[i]);
  }
  print_option(&help);
  if (more) printf("\nMore:\n");
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].more) print_option(&command->options[i]);
  if (command->notes) printf("\n%s\n", command->notes);
  printf("\n" ARIO__STATUSES "\n");
}

static bool parse_real(const char *text, double *number) {
  char *end;
  errno = 0;
  *number = strtod(text, &end);
  return end != text && *end == 0 && errno == 0 && isfinite(*number);
}

static bool parse_whole(const char *text, uint64_t *number) {
  if (!isdigit((unsigned char)*text)) return false;
  char *end;
  errno = 0;
  *number = strtoull(text, &end, 10);
  return *end == 0 && errno == 0;
}

static int bad_value(const char *command, const ario__option *option, const char *text, const char *wanted) {
  return ario__usage_error(command, "--%s: %s is not %s", option->name, text, wanted);
}

// Checks and stores the value of an option.
static int take(const char *command, const ario__option *option, const char *text) {
  uint64_t whole;
  double real;
  char wanted[96];
  if (option->given) *option->given = true;
  switch (option->kind) {
  case ARIO__FLAG: *(bool *)option->value = true; return ARIO__DONE;
  case ARIO__TEXT:
    if (!*text) return bad_value(command, option, "\"\"", "a name");
    *(const char **)option->value = text;
    return ARIO__DONE;
  case ARIO__SEED:
    if (!parse_whole(text, (uint64_t *)option->value))
      return bad_value(command, option, text, "a whole number, 0 or more");
    return ARIO__DONE;
  case ARIO__TEXTS: {
    ario__text_list *list = option->value;
    if (list->count == ARIO__TEXTS_MOST) return bad_value(command, option, text, "one too many");
    list->texts[list->count++] = text;
    return ARIO__DONE;
  }
  case ARIO__SIZE:
    snprintf(wanted, sizeof wanted, "a whole number from %.0f to %.0f", option->least, option->most);
    if (!parse_whole(text, &whole) || (double)whole < option->least || (double)whole > option->most)
      return bad_value(command, option, text, wanted);
    *(size_t *)option->value = (size_t)whole;
    return ARIO__DONE;
  case ARIO__REAL:
    snprintf(wanted, sizeof wanted, "a number from %g to %g", option->least, option->most);
    if (!parse_real(text, &real) || real < option->least || real > option->most)
      return bad_value(command, option, text, wanted);
    *(double *)option->value = real;
    return ARIO__DONE;
  case ARIO__TIME:
    snprintf(wanted, sizeof wanted, "a time from %g to %g seconds, like 12.5 or 1:30", option->least,
             option->most);
    if (!ario__parse_clock(text, &real) || real < option->least || real > option->most)
      return bad_value(command, option, text, wanted);
    *(double *)option->value = real;
    return ARIO__DONE;
  }
  return ARIO__USAGE;
}

// ---- Settings in a file ----

// key [room] = an option's name with _ for -
static void key_of(const ario__option *option, char *key, size_t room) {
  snprintf(key, room, "%s", option->name);
  for (char *c = key; *c; c++)
    if (*c == '-') *c = '_';
}

static const ario__option *find_setting(const ario__command *command, const char *key) {
  for (size_t i = 0; i < command->option_count; i++) {
    char name[64];
    key_of(&command->options[i], name, sizeof name);
    if (command->options[i].setting && strcmp(name, key) == 0) return &command->options[i];
  }
  return NULL;
}

// Stores one member of the file: a text, a number, a boolean, a list of these, or an object with a name.
static int take_member(const ario__command *command, const char *path, const char *key,
                       const ario__report *value) {
  const ario__option *option = find_setting(command, key);
  const ario__report *name = ario__report_get(value, "name");
  if (strcmp(key, "model_type") == 0) return ARIO__DONE; // in config.json; always the same
  if (!option) return ario__complain(command->name, "%s: \"%s\" is no setting", path, key);
  if (ario__report_is_array(value)) {
    int result = ARIO__DONE;
    for (const ario__report *item = ario__report_first(value); item && !result;
         item = ario__report_next(item))
      result = take_member(command, path, key, item);
    return result;
  }
  char number[32];
  const char *text = ario__report_text(name ? name : value, number);
  if (!text) return ario__complain(command->name, "%s: \"%s\" has a value of the wrong kind", path, key);
  if (option->kind == ARIO__FLAG) {
    *(bool *)option->value = strcmp(text, "true") == 0;
    return ARIO__DONE;
  }
  int result = take(command->name, option, text);
  return result ? ARIO__FAILED : ARIO__DONE;
}

int ario__options_read(const ario__command *command, const char *path, ario__report **settings) {
  ario_error error = {""};
  if (ario__report_read(path, settings, &error)) return ario__complain(command->name, "%s", error.text);
  int result = ARIO__DONE;
  for (const ario__report *value = ario__report_first(*settings); value && !result;
       value = ario__report_next(value))
    result = take_member(command, path, ario__report_key(value), value);
  return result;
}

// Above 2^53 a JSON number would lose digits.
static void report_seed(ario__report *object, const char *key, uint64_t seed) {
  char digits[32];
  snprintf(digits, sizeof digits, "%" PRIu64, seed);
  if (seed < (uint64_t)1 << 53)
    ario__report_add_whole(object, key, seed);
  else
    ario__report_add_text(object, key, digits);
}

void ario__options_report(const ario__command *command, ario__report *object) {
  for (size_t i = 0; i < command->option_count; i++) {
    const ario__option *option = &command->options[i];
    char key[64];
    key_of(option, key, sizeof key);
    if (!option->setting) continue;
    switch (option->kind) {
    case ARIO__FLAG: ario__report_add_bool(object, key, *(const bool *)option->value); break;
    case ARIO__SIZE: ario__report_add_whole(object, key, *(const size_t *)option->value); break;
    case ARIO__SEED: report_seed(object, key, *(const uint64_t *)option->value); break;
    case ARIO__TIME:
    case ARIO__REAL: ario__report_add_number(object, key, *(const double *)option->value); break;
    case ARIO__TEXT:
      if (*(const char *const *)option->value)
        ario__report_add_exactly(object, key, *(const char *const *)option->value);
      break;
    case ARIO__TEXTS: {
      const ario__text_list *list = option->value;
      ario__report *texts = ario__report_add_array(object, key);
      for (size_t t = 0; t < list->count; t++) ario__report_add_exactly(texts, NULL, list->texts[t]);
      break;
    }
    }
  }
}

// ---- The command line ----

// Fills the tables of getopt_long: each long option has the value FIRST_LONG + its index, --help the next
// one.
static void fill_tables(const ario__command *command, struct option *longs, char *shorts) {
  *shorts++ = ':'; // tells a missing value from an unknown option
  size_t i = 0;
  for (; i < command->option_count; i++) {
    const ario__option *option = &command->options[i];
    bool argument = option->kind != ARIO__FLAG;
    longs[i] =
        (struct option){option->name, argument ? required_argument : no_argument, NULL, FIRST_LONG + (int)i};
    if (!option->letter) continue;
    *shorts++ = option->letter;
    if (argument) *shorts++ = ':';
  }
  longs[i] = (struct option){"help", no_argument, NULL, FIRST_LONG + (int)i};
  longs[i + 1] = (struct option){0};
  *shorts++ = 'h';
  *shorts = 0;
}

static const ario__option *find(const ario__command *command, int code) {
  for (size_t i = 0; i < command->option_count; i++)
    if (code == FIRST_LONG + (int)i || (code && code == command->options[i].letter))
      return &command->options[i];
  return NULL;
}

// Explains what getopt refused: argv[optind - 1], or the letter optopt.
static int refuse(const ario__command *command, char **argv, int code) {
  const ario__option *option = find(command, optopt);
  if (code == ':' && option)
    return ario__usage_error(command->name, "--%s wants a value: %s", option->name, option->argument);
  if (option) return ario__usage_error(command->name, "--%s takes no value", option->name);
  if (optopt && optopt < FIRST_LONG)
    return ario__usage_error(command->name, "there is no option -%c", optopt);
  return ario__usage_error(command->name, "%s: there is no such option, or it is short for several",
                           argv[optind - 1]);
}

static int take_all(const ario__command *command, int argc, char **argv, const struct option *longs,
                    const char *shorts, ario__command_line *line) {
  optind = 1;
  opterr = 0;
  for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
    if (code == '?' || code == ':') return refuse(command, argv, code);
    const ario__option *option = find(command, code);
    if (!option) {
      print_help(command);
      line->finished = true;
      return ARIO__DONE;
    }
    line->given[option - command->options] = true;
    int result = take(command->name, option, optarg);
    if (result) return result;
  }
  return ARIO__DONE;
}

static int count_operands(const ario__command *command, const ario__command_line *line) {
  const ario__operand *operands = command->operands, *missing = NULL;
  size_t least = 0, most = 0;
  for (size_t i = 0; i < ARIO__OPERANDS_MOST; i++) {
    least += operands[i].least;
    most = operands[i].most < ARIO__MANY - most ? most + operands[i].most : ARIO__MANY;
    if (line->count < least && !missing) missing = &operands[i];
  }
  if (!missing && line->count <= most) return ARIO__DONE;
  if (most == 0) return ario__usage_error(command->name, "%s: no files are wanted", line->operands[0]);
  if (most == 1)
    return ario__usage_error(command->name, "one %s is wanted, %zu were named", operands->what, line->count);
  if (missing) return ario__usage_error(command->name, "which %s?", missing->what);
  return ario__usage_error(command->name, "%s: is one too many", line->operands[most]);
}

int ario__options_parse(const ario__command *command, int argc, char **argv, ario__command_line *line) {
  struct option *longs = calloc(command->option_count + 2, sizeof *longs);
  char *shorts = calloc(command->option_count + 2, 2);
  int result = ARIO__FAILED;
  *line = (ario__command_line){.command = command};
  if (command->option_count > ARIO__OPTIONS_MOST) {
    ario__complain(command->name, "has more options than ARIO__OPTIONS_MOST");
  } else if (longs && shorts) {
    fill_tables(command, longs, shorts);
    result = take_all(command, argc, argv, longs, shorts, line);
  } else {
    ario__complain(command->name, "not enough memory");
  }
  free(longs);
  free(shorts);
  line->operands = argv + optind; // getopt has moved them to the end
  line->count = (size_t)(argc - optind);
  return result || line->finished ? result : count_operands(command, line);
}

const char *ario__options_foreign(const ario__command_line *line, ario_medium medium) {
  for (size_t i = 0; i < line->command->option_count; i++) {
    const ario__option *option = &line->command->options[i];
    if (line->given[i] && option->only && !(option->only & ARIO__FOR(medium))) return option->name;
  }
  return NULL;
}
