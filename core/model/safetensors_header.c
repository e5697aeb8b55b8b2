// SPDX-License-Identifier: MIT
//
// The header of a safetensors file: a parser for the JSON that the format allows there, and nothing more. It
// works in place and makes no tree, so that memory and time grow with the tensors, not with what a stranger
// has nested. Strings are taken byte for byte: names of tensors need no escapes.
#include "core/base/memory.h"
#include "core/model/safetensors.h"

#include <stdlib.h>
#include <string.h>

struct reader {
  char *at, *end;
};

// ---- JSON ----

static void skip_space(struct reader *r) {
  while (r->at < r->end && *r->at && strchr(" \t\r\n", *r->at)) r->at++;
}

static bool take(struct reader *r, char wanted) {
  skip_space(r);
  if (r->at == r->end || *r->at != wanted) return false;
  r->at++;
  return true;
}

// A string, whose final quote becomes its final 0. NULL: there is none.
static char *take_string(struct reader *r) {
  if (!take(r, '"')) return NULL;
  char *text = r->at;
  for (; r->at < r->end && *r->at != '"'; r->at++) {
    if ((unsigned char)*r->at < 0x20) return NULL;
    if (*r->at == '\\' && ++r->at == r->end) return NULL;
  }
  if (r->at == r->end) return NULL;
  *r->at++ = 0;
  return text;
}

static bool take_size(struct reader *r, size_t *number) {
  skip_space(r);
  const char *first = r->at;
  *number = 0;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
    size_t digit = (size_t)(*r->at - '0');
    if (*number > (SIZE_MAX - digit) / 10) return false;
    *number = *number * 10 + digit;
  }
  return r->at > first && (*first != '0' || r->at == first + 1);
}

// An array of up to `most` whole numbers.
static bool take_sizes(struct reader *r, size_t *numbers, size_t most, size_t *count) {
  *count = 0;
  if (!take(r, '[')) return false;
  if (take(r, ']')) return true;
  do {
    if (*count == most || !take_size(r, &numbers[(*count)++])) return false;
  } while (take(r, ','));
  return take(r, ']');
}

// An object whose values are strings.
static bool take_metadata(struct reader *r) {
  if (!take(r, '{')) return false;
  if (take(r, '}')) return true;
  do {
    if (!take_string(r) || !take(r, ':') || !take_string(r)) return false;
  } while (take(r, ','));
  return take(r, '}');
}

// ---- Tensors ----

static bool find_dtype(const char *name, ario_dtype *dtype) {
  for (int i = ARIO_F32; name && i <= ARIO_I8; i++)
    if (strcmp(name, ario_dtype_name((ario_dtype)i)) == 0) {
      *dtype = (ario_dtype)i;
      return true;
    }
  return false;
}

static ario_status take_dtype(struct reader *r, struct ario__entry *entry, ario_error *error) {
  if (find_dtype(take_string(r), &entry->dtype)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_UNSUPPORTED, "tensor %s: its dtype is none of F32, BF16, F16 and I8",
                   entry->name);
}

static ario_status take_shape(struct reader *r, struct ario__entry *entry, ario_error *error) {
  if (take_sizes(r, entry->shape, ARIO_TENSOR_RANK, &entry->rank) && entry->rank) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its shape is not one to %d whole numbers", entry->name,
                   ARIO_TENSOR_RANK);
}

static ario_status take_offsets(struct reader *r, struct ario__entry *entry, ario_error *error) {
  size_t offsets[2], count;
  if (!take_sizes(r, offsets, 2, &count) || count != 2)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its data_offsets are not two whole numbers",
                     entry->name);
  entry->begin = offsets[0];
  entry->end = offsets[1];
  return ARIO_OK;
}

static ario_status check_entry(struct ario__entry *entry, size_t data_size, ario_error *error) {
  size_t bytes;
  if (entry->begin > entry->end || entry->end > data_size)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "tensor %s: its data_offsets %zu..%zu are not within the file's %zu bytes of data; "
                     "the file is truncated or damaged",
                     entry->name, entry->begin, entry->end, data_size);
  entry->count = 1;
  bool fits = true;
  for (size_t i = 0; i < entry->rank; i++)
    fits = fits && ario__multiply(entry->count, entry->shape[i], &entry->count);
  if (!fits || !ario__multiply(entry->count, ario__dtype_bytes(entry->dtype), &bytes) ||
      bytes != entry->end - entry->begin)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its shape does not fit its %zu bytes", entry->name,
                     entry->end - entry->begin);
  return ARIO_OK;
}

// What stands behind a tensor's name.
static ario_status take_entry(struct reader *r, size_t data_size, struct ario__entry *entry,
                              ario_error *error) {
  static const struct {
    const char *key;
    ario_status (*take)(struct reader *r, struct ario__entry *entry, ario_error *error);
  } members[] = {{"dtype", take_dtype}, {"shape", take_shape}, {"data_offsets", take_offsets}};
  enum { MEMBERS = sizeof members / sizeof *members };
  unsigned seen = 0;
  bool more = take(r, '{');
  while (more) {
    const char *key = take_string(r);
    size_t i = 0;
    while (key && i < MEMBERS && strcmp(key, members[i].key) != 0) i++;
    if (!key || i == MEMBERS || seen >> i & 1 || !take(r, ':')) break;
    seen |= 1u << i;
    ario_status status = members[i].take(r, entry, error);
    if (status) return status;
    more = take(r, ',');
  }
  if (more || seen + 1 != 1u << MEMBERS || !take(r, '}'))
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "tensor %s: is not an object with dtype, shape and data_offsets, each once",
                     entry->name);
  return check_entry(entry, data_size, error);
}

static struct ario__entry *make_room(struct ario__safetensors *file, size_t *room) {
  if (file->count == *room) {
    size_t wanted = *room ? 2 * *room : 64;
    struct ario__entry *grown = realloc(file->entries, wanted * sizeof *grown);
    if (!grown) return NULL;
    file->entries = grown;
    *room = wanted;
  }
  file->entries[file->count] = (struct ario__entry){.name = NULL};
  return &file->entries[file->count];
}

static ario_status take_tensor(struct reader *r, char *name, size_t most, struct ario__safetensors *file,
                               size_t *room, ario_error *error) {
  if (file->count == most)
    return ario_fail(error, ARIO_ERR_LIMIT, "has more than %zu tensors, the most that there can be", most);
  struct ario__entry *entry = make_room(file, room);
  if (!entry) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  entry->name = name;
  file->count++;
  return take_entry(r, file->data_size, entry, error);
}

static ario_status take_members(struct reader *r, size_t most, struct ario__safetensors *file,
                                ario_error *error) {
  size_t room = 0;
  bool metadata = false, good = take(r, '{');
  if (good && take(r, '}')) return ARIO_OK;
  while (good) {
    char *name = take_string(r);
    good = name && take(r, ':');
    if (!good) break;
    if (strcmp(name, "__metadata__") == 0) {
      good = !metadata && take_metadata(r);
      metadata = true;
    } else {
      ario_status status = take_tensor(r, name, most, file, &room, error);
      if (status) return status;
    }
    if (good && take(r, '}')) return ARIO_OK;
    good = good && take(r, ',');
  }
  return ario_fail(error, ARIO_ERR_FORMAT, "the header is not JSON, or not as safetensors has it (byte %zu)",
                   (size_t)(r->at - file->header));
}

// ---- The whole ----

static int by_place(const void *a, const void *b) {
  const struct ario__entry *x = a, *y = b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct ario__entry *)a)->name, ((const struct ario__entry *)b)->name);
}

// The tensors must cover the data: nothing twice, nothing left out. Leaves them sorted by name.
static ario_status check_whole(struct ario__safetensors *file, ario_error *error) {
  size_t end = 0;
  if (file->count) qsort(file->entries, file->count, sizeof *file->entries, by_place);
  for (size_t i = 0; i < file->count; end = file->entries[i++].end)
    if (file->entries[i].begin != end)
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its data begin at %zu, %s where those before end",
                       file->entries[i].name, file->entries[i].begin,
                       file->entries[i].begin < end ? "before" : "after");
  if (end != file->data_size)
    return ario_fail(error, ARIO_ERR_FORMAT, "the last %zu of %zu bytes of data belong to no tensor",
                     file->data_size - end, file->data_size);
  if (file->count) qsort(file->entries, file->count, sizeof *file->entries, by_name);
  for (size_t i = 1; i < file->count; i++)
    if (by_name(&file->entries[i - 1], &file->entries[i]) == 0)
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s occurs twice", file->entries[i].name);
  return ARIO_OK;
}

ario_status ario__safetensors_parse(struct ario__safetensors *file, size_t size, size_t most,
                                    ario_error *error) {
  struct reader r = {file->header, file->header + size};
  ario_status status = take_members(&r, most, file, error);
  if (status) return status;
  skip_space(&r);
  if (r.at < r.end)
    return ario_fail(error, ARIO_ERR_FORMAT, "the header is not JSON: something follows it at byte %zu",
                     (size_t)(r.at - file->header));
  return check_whole(file, error);
}

const struct ario__entry *ario__safetensors_find(const struct ario__safetensors *file, const char *name) {
  const struct ario__entry wanted = {.name = name};
  return file->count ? bsearch(&wanted, file->entries, file->count, sizeof wanted, by_name) : NULL;
}
