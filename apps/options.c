// SPDX-License-Identifier: MIT
//
// Parsing and explaining a subcommand's options, on top of getopt_long.
#include "apps/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 48, HELP_COLUMN = 26, HELP_WIDTH = 80, FIRST_LONG = 256 };

// A line on standard error, with what files may have put into it made harmless to a terminal.
static void say(const char *prefix, const char *command, const char *format, va_list args) {
  char text[1024];
  vsnprintf(text, sizeof text, format, args);
  for (char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c)) *c = '?';
  fprintf(stderr, "arioso%s%s: %s%s\n", *command ? " " : "", command, prefix, text);
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

static void print_help(const ario__command *command) {
  printf("Usage: arioso %s %s\n\n", command->name, command->usage);
  print_wrapped(command->summary, 0);
  printf("\n");
  for (size_t i = 0; i <= command->option_count; i++) {
    static const ario__option help = {.name = "help", .letter = 'h', .help = "print this"};
    const ario__option *option = i < command->option_count ? &command->options[i] : &help;
    int column = option->letter ? printf("  -%c, --%s", option->letter, option->name)
                                : printf("      --%s", option->name);
    if (option->argument) column += printf(" %s", option->argument);
    if (column >= HELP_COLUMN) column = printf("\n") - 1;
    printf("%*s", HELP_COLUMN - column, "");
    print_wrapped(option->help, HELP_COLUMN);
  }
  if (command->notes) printf("\n%s\n", command->notes);
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

static bool parse_list(const char *text, ario__number_list *list) {
  list->count = 0;
  for (;;) {
    char *end;
    if (!isdigit((unsigned char)*text) || list->count == ARIO__LIST_MOST) return false;
    unsigned long number = strtoul(text, &end, 10);
    if (number < 1 || number > 65535) return false;
    list->numbers[list->count++] = (unsigned)number;
    if (*end == 0) return true;
    if (*end != ',') return false;
    text = end + 1;
  }
}

static int bad_value(const char *command, const ario__option *option, const char *text, const char *wanted) {
  return ario__usage_error(command, "--%s: %s is not %s", option->name, text, wanted);
}

// Stores the value of one option that was given.
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
  case ARIO__LIST:
    if (!parse_list(text, option->value)) return bad_value(command, option, text, "a list like 1,3");
    return ARIO__DONE;
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
  }
  return ARIO__USAGE;
}

// The tables of getopt_long: each long option has the value FIRST_LONG + its index, --help the one after the
// last.
static void fill_tables(const ario__command *command, struct option *longs, char *shorts) {
  *shorts++ = ':'; // a missing argument is told from an unknown option
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

// getopt has refused something: argv[optind - 1], or the letter optopt.
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

int ario__options_parse(const ario__command *command, int argc, char **argv, char ***operands,
                        size_t *operand_count, bool *finished) {
  struct option longs[MAX_OPTIONS + 2];
  char shorts[2 * MAX_OPTIONS + 3];
  fill_tables(command, longs, shorts);
  *finished = false;
  optind = 1;
  opterr = 0;
  for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
    if (code == '?' || code == ':') return refuse(command, argv, code);
    const ario__option *option = find(command, code);
    if (!option) {
      print_help(command);
      *finished = true;
      return ARIO__DONE;
    }
    int result = take(command->name, option, optarg);
    if (result) return result;
  }
  *operands = argv + optind; // getopt has moved them to the end
  *operand_count = (size_t)(argc - optind);
  return ARIO__DONE;
}
