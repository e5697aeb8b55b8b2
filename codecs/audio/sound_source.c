// SPDX-License-Identifier: MIT
//
// Reads files, memory and pipes, and mends a header that was never finished.
#include "codecs/audio/sound_source.h"
#include "arioso/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What is kept of a stream, so that its header can be read twice; and the most of a pipe that is read to its end.
enum { HEAD = 1 << 16, MOST_BYTES = 1 << 30 };

// ---- Reading ----

static size_t read_fd(int fd, uint8_t *bytes, size_t count, bool place, uint64_t at) {
  size_t got = 0;
  while (got < count) {
    ssize_t n =
        place ? pread(fd, bytes + got, count - got, (off_t)(at + got)) : read(fd, bytes + got, count - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += (size_t)n;
  }
  return got;
}

// Takes from a stream until `size` bytes are kept, or it ends.
static void keep(ario__sound_source *s, size_t size) {
  if (size <= s->size || s->taken != s->size) return;
  s->size += read_fd(s->fd, s->kept + s->size, size - s->size, false, 0);
  s->taken = s->size;
}

static size_t read_some(ario__sound_source *s, uint8_t *bytes, size_t count) {
  if (s->fd >= 0 && !s->stream) return read_fd(s->fd, bytes, count, true, s->at);
  if (s->stream && s->at < HEAD) keep(s, count < HEAD - s->at ? (size_t)s->at + count : HEAD);
  if (s->at < s->size) {
    size_t left = s->size - (size_t)s->at, got = count < left ? count : left;
    memcpy(bytes, s->bytes + s->at, got);
    return got;
  }
  if (!s->stream || s->at != s->taken) return 0;
  size_t got = read_fd(s->fd, bytes, count, false, 0);
  s->taken += got;
  return got;
}

size_t ario__sound_source_read(ario__sound_source *s, void *bytes, size_t count) {
  size_t all = 0;
  for (size_t got = 1; all < count && got; all += got, s->at += got) {
    got = read_some(s, (uint8_t *)bytes + all, count - all);
    for (size_t i = 0; s->patch_at != UINT64_MAX && i < sizeof s->patch;
         i++) // a read may begin or end within
      if (s->patch_at + i >= s->at && s->patch_at + i < s->at + got)
        ((uint8_t *)bytes + all)[s->patch_at + i - s->at] = s->patch[i];
  }
  return all;
}

// ---- A header that was never finished ----

static uint32_t little_endian(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool read_at(ario__sound_source *s, uint64_t at, uint8_t *bytes, size_t count) {
  s->at = at;
  return ario__sound_source_read(s, bytes, count) == count;
}

// Looks for a data chunk of size 0 behind which there is more than the file says that it holds.
static void mend_header(ario__sound_source *s) {
  uint8_t head[12];
  if (!read_at(s, 0, head, 12) || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0) return;
  uint64_t said = (uint64_t)little_endian(head + 4) + 8;
  for (uint64_t at = 12; at < HEAD && read_at(s, at, head, 8);) {
    uint32_t size = little_endian(head + 4);
    uint8_t first;
    if (memcmp(head, "data", 4) != 0) {
      at += 8 + (uint64_t)size + (size & 1);
      continue;
    }
    if (size || said > at + 8 || !read_at(s, at + 8, &first, 1)) return;
    uint64_t rest = s->stream ? UINT32_MAX - 255 : s->length - (at + 8);
    if (rest > UINT32_MAX - 255) rest = UINT32_MAX - 255;
    s->patch_at = at + 4;
    for (size_t i = 0; i < sizeof s->patch; i++) s->patch[i] = (uint8_t)(rest >> 8 * i);
    s->hidden = s->stream ? 0 : rest;
    return;
  }
}

// ---- Opening ----

void ario__sound_source_wrap(const uint8_t *bytes, size_t size, ario__sound_source *source) {
  *source =
      (ario__sound_source){.fd = -1, .bytes = bytes, .size = size, .length = size, .patch_at = UINT64_MAX};
  mend_header(source);
  source->at = 0;
}

// True if libsndfile reads this kind from its beginning to its end, without a look at what comes later.
static bool can_be_streamed(const ario__sound_source *s) {
  return s->size >= 12 && ((memcmp(s->bytes, "RIFF", 4) == 0 && memcmp(s->bytes + 8, "WAVE", 4) == 0) ||
                           memcmp(s->bytes, ".snd", 4) == 0);
}

static ario_status open_stream(const char *path, ario__sound_source *s, ario_error *error) {
  s->stream = true;
  s->length = INT64_MAX;
  s->bytes = s->kept = malloc(HEAD);
  if (!s->kept) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  keep(s, 12);
  if (can_be_streamed(s)) return ARIO_OK;
  size_t room = HEAD;
  for (size_t got = 1; got && s->size <= MOST_BYTES;) {
    if (s->size == room) {
      uint8_t *grown = realloc(s->kept, 2 * room);
      if (!grown) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
      s->bytes = s->kept = grown;
      room *= 2;
    }
    got = read_fd(s->fd, s->kept + s->size, room - s->size, false, 0);
    s->size += got;
  }
  s->stream = false;
  if (s->own_fd) close(s->fd);
  s->fd = -1;
  s->length = s->size;
  if (s->size <= MOST_BYTES) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_LIMIT,
                   "%s: sound of this kind is read from a pipe up to 1 GiB; name a file instead, or send WAV",
                   path);
}

ario_status ario__sound_source_open(const char *path, ario__sound_source *source, ario_error *error) {
  bool named = strcmp(path, "-") != 0;
  struct stat info;
  *source = (ario__sound_source){.fd = STDIN_FILENO, .patch_at = UINT64_MAX};
  if (named) source->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (source->fd < 0 || fstat(source->fd, &info) != 0) {
    int number = errno;
    ario__sound_source_close(source);
    return ario_fail(error, number == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: cannot be opened: %s",
                     path, strerror(number));
  }
  source->own_fd = named;
  ario_status status = ARIO_OK;
  if (S_ISREG(info.st_mode))
    source->length = (uint64_t)info.st_size;
  else
    status = open_stream(named ? path : "standard input", source, error);
  if (!status) mend_header(source);
  source->at = 0;
  if (status) ario__sound_source_close(source);
  return status;
}

void ario__sound_source_close(ario__sound_source *source) {
  if (source->own_fd && source->fd >= 0) close(source->fd);
  free(source->kept);
  *source = (ario__sound_source){.fd = -1, .patch_at = UINT64_MAX};
}
