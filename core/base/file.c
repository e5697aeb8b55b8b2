// SPDX-License-Identifier: MIT
//
// Reads whole files, and writes files that appear whole: temporary name, sync, rename.
#include "arioso/file.h"
#include "core/base/clock.h"
#include "core/base/rename_new.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static ario_status fail_errno(ario_error *error, const char *path, const char *what) {
  int number = errno;
  return ario_fail(error, number == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: %s: %s", path, what,
                   strerror(number));
}

// Reads to the end of fd into a growing buffer: the size of a pipe is not known in advance.
static ario_status read_all(int fd, const char *path, size_t limit, uint8_t **bytes, size_t *size,
                            ario_error *error) {
  struct stat info;
  size_t room = 4096, used = 0;
  if (fstat(fd, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return ario_fail(error, ARIO_ERR_IO, "%s: is a directory, not a file", path);
    if (S_ISREG(info.st_mode) && info.st_size > 0) {
      if ((uintmax_t)info.st_size > limit)
        return ario_fail(error, ARIO_ERR_LIMIT, "%s: has %jd bytes; at most %zu can be read", path,
                         (intmax_t)info.st_size, limit);
      room = (size_t)info.st_size + 1; // one more, so that the end is found without growing
    }
  }
  uint8_t *data = malloc(room);
  while (data) {
    ssize_t n = read(fd, data + used, room - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      free(data);
      return fail_errno(error, path, "cannot be read");
    }
    if (n == 0) {
      *bytes = data;
      *size = used;
      return ARIO_OK;
    }
    used += (size_t)n;
    if (used > limit) {
      free(data);
      return ario_fail(error, ARIO_ERR_LIMIT, "%s: has more than the %zu bytes that can be read", path,
                       limit);
    }
    if (used == room) {
      uint8_t *grown = room <= SIZE_MAX / 2 ? realloc(data, 2 * room) : NULL;
      if (!grown) free(data);
      data = grown;
      room *= 2;
    }
  }
  return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
}

ario_status ario_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size, ario_error *error) {
  *bytes = NULL;
  *size = 0;
  if (strcmp(path, "-") == 0) return read_all(STDIN_FILENO, "standard input", limit, bytes, size, error);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail_errno(error, path, "cannot be opened");
  ario_status status = read_all(fd, path, limit, bytes, size, error);
  close(fd);
  return status;
}

struct ario_file_output {
  char *path; // the final name; symbolic links are followed, so their target is replaced, not the link
  char *temporary;
  int lock; // descriptor of the temporary file, which is locked as long as this run lives; -1: there is none
  bool replace;
  bool made;   // the temporary file exists
  bool direct; // a device, such as /dev/null: `temporary` is its own name
};

// ---- Temporary files ----

// Their names do not contain the target's, which may be as long as a name can be. They hold the process and a number.
#define TEMPORARY_BEGIN ".arioso-"
#define TEMPORARY_END   ".tmp"
enum { TEMPORARY_ROOM = 64 };

static bool is_temporary(const char *name) {
  size_t length = strlen(name), begin = strlen(TEMPORARY_BEGIN), end = strlen(TEMPORARY_END);
  return length > begin + end && length < TEMPORARY_ROOM && strncmp(name, TEMPORARY_BEGIN, begin) == 0 &&
         strcmp(name + length - end, TEMPORARY_END) == 0 &&
         strspn(name + begin, "0123456789abcdef-") == length - begin - end;
}

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

// Removes the temporary files that runs left in a folder when they were killed: those that nobody has locked. Where
// files cannot be locked, all stay.
static void remove_stale(const char *folder) {
  DIR *directory = opendir(folder);
  if (!directory) return;
  for (struct dirent *entry; (entry = readdir(directory));) {
    struct stat opened, named;
    if (!is_temporary(entry->d_name)) continue;
    int fd = openat(dirfd(directory), entry->d_name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) &&
        fstatat(dirfd(directory), entry->d_name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_file(&opened, &named))
      unlinkat(dirfd(directory), entry->d_name, 0);
    close(fd);
  }
  closedir(directory);
}

// Locks a new temporary file. False if another run took it for a dead one's in between.
static bool lock_temporary(int fd, const char *name) {
  struct stat opened, named;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  return fstat(fd, &opened) == 0 && stat(name, &named) == 0 && same_file(&opened, &named);
}

// The name that a write to `path` would reach; the caller frees it. NULL without memory.
static char *resolve(const char *path) {
  struct stat info;
  char *target = lstat(path, &info) == 0 && S_ISLNK(info.st_mode) ? realpath(path, NULL) : NULL;
  return target ? target : strdup(path);
}

// Creates a temporary file beside output->path, with the permissions of the file that it replaces, else the
// default ones. Returns 0 or an errno.
static int make_temporary(ario_file_output *output, size_t room, const struct stat *replaced) {
  const char *slash = strrchr(output->path, '/');
  int folder = slash ? (int)(slash - output->path + 1) : 0;
  snprintf(output->temporary, room, "%.*s", folder, output->path);
  remove_stale(folder ? output->temporary : ".");
  uint32_t number = (uint32_t)(int64_t)(ario__clock_seconds() * 1e9);
  for (unsigned i = 0; i < 1000; i++) {
    snprintf(output->temporary + folder, room - (size_t)folder, TEMPORARY_BEGIN "%lx-%08lx" TEMPORARY_END,
             (unsigned long)getpid(), (unsigned long)(uint32_t)(number + i));
    int fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return errno;
    if (!lock_temporary(fd, output->temporary)) {
      close(fd);
      continue;
    }
    if (replaced) (void)!fchmod(fd, replaced->st_mode & 07777); // best effort: another user may own it
    output->lock = fd;
    output->made = true;
    return 0;
  }
  return EEXIST;
}

ario_status ario_file_output_create(const char *path, bool replace, ario_file_output **out,
                                    ario_error *error) {
  *out = NULL;
  ario_file_output *output = calloc(1, sizeof *output);
  if (output) output->lock = -1;
  if (output) output->path = resolve(path);
  size_t room = output && output->path ? strlen(output->path) + TEMPORARY_ROOM : 0;
  if (room) output->temporary = malloc(room);
  if (!room || !output->temporary) {
    ario_file_output_free(output);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  }
  output->replace = replace;
  struct stat info;
  bool there = stat(output->path, &info) == 0, too_long = !there && errno == ENAMETOOLONG;
  ario_status status = ARIO_OK;
  int number = too_long ? ENAMETOOLONG : 0;
  if (there && S_ISDIR(info.st_mode))
    status = ario_fail(error, ARIO_ERR_IO, "%s: is a directory; name a file", path);
  else if (there && S_ISCHR(info.st_mode))
    output->direct = true;
  else if (there && !S_ISREG(info.st_mode))
    status = ario_fail(error, ARIO_ERR_IO, "%s: is a device or a pipe; name a file", path);
  else if (there && !replace)
    status = ario_fail(error, ARIO_ERR_STATE, "%s: exists already", path);
  if (output->direct)
    snprintf(output->temporary, room, "%s", output->path);
  else if (!status && (number || (number = make_temporary(output, room, there ? &info : NULL)) != 0))
    status = ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", path, strerror(number));
  if (status) {
    ario_file_output_free(output);
    return status;
  }
  *out = output;
  return ARIO_OK;
}

const char *ario_file_output_path(const ario_file_output *output) {
  return output->temporary;
}

// A rename is on disk only once its directory has been synced.
static void sync_directory(const char *path) {
  char *copy = strdup(path);
  if (!copy) return;
  char *slash = strrchr(copy, '/');
  if (slash) slash[slash == copy] = 0;
  int fd = open(slash ? copy : ".", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(copy);
}

ario_status ario_file_output_commit(ario_file_output *output, ario_error *error) {
  if (output->direct) return ARIO_OK;
  int fd = open(output->temporary, O_RDONLY | O_CLOEXEC);
  bool synced = fd >= 0 && fsync(fd) == 0;
  int number = errno;
  if (fd >= 0) close(fd);
  if (!synced)
    return ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", output->path, strerror(number));
  // A file that has appeared meanwhile is not lost.
  if (!output->replace && !ario__rename_new(output->temporary, output->path))
    return ario_fail(error, errno == EEXIST ? ARIO_ERR_STATE : ARIO_ERR_IO, "%s: cannot be written: %s",
                     output->path, strerror(errno));
  if (output->replace && rename(output->temporary, output->path) != 0)
    return ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", output->path, strerror(errno));
  output->made = false;
  sync_directory(output->path);
  return ARIO_OK;
}

void ario_file_output_free(ario_file_output *output) {
  if (!output) return;
  if (output->made) unlink(output->temporary);
  if (output->lock >= 0) close(output->lock);
  free(output->temporary);
  free(output->path);
  free(output);
}

static bool write_all(const char *path, const uint8_t *bytes, size_t size) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  while (size) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    bytes += n;
    size -= (size_t)n;
  }
  return close(fd) == 0 && size == 0;
}

ario_status ario_file_write(const char *path, bool replace, const void *bytes, size_t size,
                            ario_error *error) {
  ario_file_output *output;
  ario_status status = ario_file_output_create(path, replace, &output, error);
  if (status) return status;
  if (!write_all(output->temporary, bytes, size))
    status = ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
  else
    status = ario_file_output_commit(output, error);
  ario_file_output_free(output);
  return status;
}
