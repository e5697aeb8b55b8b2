// SPDX-License-Identifier: MIT
//
// Taking paths apart and looking for free ones.
#include "apps/cli/paths.h"
#include "apps/cli/options.h"
#include "arioso/file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool ario__has_suffix(const char *path, const char *suffix) {
  size_t length = strlen(path), tail = strlen(suffix);
  return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

bool ario__same_file(const char *a, const char *b) {
  struct stat x, y;
  return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

// The length of a path without its suffix.
static size_t stem_length(const char *path) {
  const char *slash = strrchr(path, '/'), *part = slash ? slash + 1 : path;
  const char *dot = strrchr(part, '.');
  return dot && dot != part ? (size_t)(dot - path) : strlen(path);
}

bool ario__with_suffix(const char *path, const char *suffix, char *name) {
  return snprintf(name, ARIO__PATH_MOST, "%.*s%s", (int)stem_length(path), path, suffix) < ARIO__PATH_MOST;
}

bool ario__numbered_name(const char *path, size_t number, char *name) {
  size_t stem = stem_length(path);
  int length = snprintf(name, ARIO__PATH_MOST, "%.*s-%zu%s", (int)stem, path, number, path + stem);
  return length > 0 && length < ARIO__PATH_MOST;
}

static bool is_free(const char *path, size_t takes) {
  struct stat info;
  char name[ARIO__PATH_MOST];
  if (lstat(path, &info) == 0) return false;
  for (size_t take = 1; takes > 1 && take <= takes; take++)
    if (!ario__numbered_name(path, take, name) || lstat(name, &info) == 0) return false;
  return true;
}

bool ario__free_name(const char *path, const char *suffix, size_t takes, char *name) {
  char first[ARIO__PATH_MOST];
  size_t stem = path ? stem_length(path) : 0;
  int length = path ? snprintf(first, sizeof first, "%.*s-continued%s", (int)stem, path,
                               *suffix ? suffix : path + stem)
                    : snprintf(first, sizeof first, "new-piece%s", suffix);
  if (length < 0 || length >= ARIO__PATH_MOST) return false;
  memcpy(name, first, (size_t)length + 1);
  for (size_t number = 2; !is_free(name, takes); number++)
    if (number > 100000 || !ario__numbered_name(first, number, name)) return false;
  return true;
}

int ario__check_output(const char *command, const char *output, const char *input, bool replace) {
  if (!output) return ARIO__DONE;
  if (input && ario__same_file(output, input))
    return ario__usage_error(command, "%s: is the input; name another output", output);
  ario_file_output *probe;
  ario_error error = {""};
  if (ario_file_output_create(output, replace, &probe, &error))
    return ario__complain(command, "%s", error.text);
  ario_file_output_free(probe);
  return ARIO__DONE;
}
