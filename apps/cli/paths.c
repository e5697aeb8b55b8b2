// SPDX-License-Identifier: MIT
//
// Taking paths apart and looking for free ones.
#include "apps/cli/paths.h"
#include "apps/cli/options.h"
#include "apps/cli/print.h"
#include "arioso/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { NAME_MOST = 255 }; // bytes of a name in a folder

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

// A pipe has no name that a continuation could be named after.
static bool has_name(const char *path) {
  struct stat info;
  return path && !ario__is_pipe_name(path) && (stat(path, &info) != 0 || S_ISREG(info.st_mode));
}

// Shortens a name without its suffix to `most` bytes at most, but does not cut within a character.
static size_t shorten(const char *name, size_t length, size_t most) {
  if (length <= most) return length;
  while (most && ((unsigned char)name[most] & 0xc0) == 0x80) most--;
  return most;
}

// The first free name of `first`, first-2 and so on.
static bool find_free(const char *first, size_t takes, char *name) {
  snprintf(name, ARIO__PATH_MOST, "%s", first);
  for (size_t number = 2; !is_free(name, takes); number++)
    if (number > 100000 || !ario__numbered_name(first, number, name)) return false;
  return true;
}

bool ario__free_name(const char *path, const char *word, const char *suffix, size_t takes, char *name) {
  char first[ARIO__PATH_MOST];
  int length;
  if (has_name(path)) {
    const char *slash = strrchr(path, '/'), *end = path + stem_length(path);
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    if (!*suffix) suffix = end;
    size_t taken = strlen("--99999-999") + strlen(word) + strlen(suffix);
    size_t stem =
        shorten(path + folder, (size_t)(end - path) - folder, taken < NAME_MOST ? NAME_MOST - taken : 0);
    length = snprintf(first, sizeof first, "%.*s-%s%s", (int)(folder + stem), path, word, suffix);
  } else {
    length = snprintf(first, sizeof first, "%s%s", path ? word : "new-piece", suffix);
  }
  return length >= 0 && length < ARIO__PATH_MOST && find_free(first, takes, name);
}

bool ario__free_beside(const char *path, const char *stem, const char *suffix, char *name) {
  char first[ARIO__PATH_MOST];
  return ario__with_suffix(has_name(path) ? path : stem, suffix, first) && find_free(first, 0, name);
}

ario_status ario__write_output(const char *path, bool replace, const void *bytes, size_t size,
                               ario_error *error) {
  if (!ario__is_pipe_name(path)) return ario_file_write(path, replace, bytes, size, error);
  if (fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_IO, "standard output: cannot be written: %s", strerror(errno));
}

int ario__check_output(const char *command, const char *output, const char *input, bool replace) {
  if (!output) return ARIO__DONE;
  if (ario__is_pipe_name(output)) {
    ario__print_aside();
    return ARIO__DONE;
  }
  if (input && ario__same_file(output, input))
    return ario__usage_error(command, "%s: is the input; name another output", output);
  ario_file_output *probe;
  ario_error error = {""};
  if (ario_file_output_create(output, replace, &probe, &error))
    return ario__complain(command, "%s", error.text);
  ario_file_output_free(probe);
  return ARIO__DONE;
}
