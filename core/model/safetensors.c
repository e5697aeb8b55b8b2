// SPDX-License-Identifier: MIT
//
// Reads safetensors (every number of the header is checked before it is used, and every number of the data
// while it is read) and writes them.
#include "core/model/safetensors.h"
#include "arioso/file.h"
#include "core/base/memory.h"
#include "core/base/sizes.h"
#include "core/math/bf16.h"
#include "core/math/f16.h"
#include "core/model/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What a header may take: for each tensor more than its longest entry, and something for the metadata.
enum { PREFIX_BYTES = 8, ENTRY_MOST = 512, METADATA_MOST = 1 << 20 };

// Numbers are read in pieces that stay in the cache until they are converted and checked.
enum { PIECE_BYTES = 1 << 15 };

#define SCALE "_scale" // ending of the name of a tensor's scales

const char *ario_dtype_name(ario_dtype dtype) {
  static const char *const names[] = {"F32", "BF16", "F16", "I8"};
  return names[dtype];
}

size_t ario__dtype_bytes(ario_dtype dtype) {
  return dtype == ARIO_F32 ? 4 : dtype == ARIO_I8 ? 1 : 2;
}

// ---- Conversions ----

static float float_from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint32_t bits_from_float(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static uint32_t low_16(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8;
}

ARIO__CLONES
static void to_floats(float *out, const uint8_t *bytes, ario_dtype dtype, size_t count) {
  switch (dtype) {
  case ARIO_F32:
    for (size_t i = 0; i < count; i++)
      out[i] = float_from_bits(low_16(bytes + 4 * i) | low_16(bytes + 4 * i + 2) << 16);
    break;
  case ARIO_BF16:
    for (size_t i = 0; i < count; i++) out[i] = float_from_bits(low_16(bytes + 2 * i) << 16);
    break;
  case ARIO_F16:
    for (size_t i = 0; i < count; i++) out[i] = ario__f16_float((uint16_t)low_16(bytes + 2 * i));
    break;
  case ARIO_I8:
    for (size_t i = 0; i < count; i++) out[i] = (float)(bytes[i] < 128 ? bytes[i] : bytes[i] - 256);
    break;
  }
}

static uint8_t *from_floats(uint8_t *bytes, const float *values, ario_dtype dtype, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = dtype == ARIO_F32    ? bits_from_float(values[i])
                    : dtype == ARIO_BF16 ? ario__bf16(values[i])
                                         : ario__f16(values[i]);
    for (size_t b = 0; b < ario__dtype_bytes(dtype); b++) *bytes++ = (uint8_t)(bits >> 8 * b);
  }
  return bytes;
}

// ---- Opening ----

static ario_status open_file(const char *path, int *fd, size_t *size, ario_error *error) {
  *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe of this name must not be waited for
  if (*fd < 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "cannot be opened: %s",
                     strerror(errno));
  struct stat info;
  if (fstat(*fd, &info) != 0 || !S_ISREG(info.st_mode))
    return ario_fail(error, ARIO_ERR_IO, "is not a regular file");
  if (info.st_size < PREFIX_BYTES)
    return ario_fail(error, ARIO_ERR_FORMAT, "has %jd bytes, fewer than the %d of its header",
                     (intmax_t)info.st_size, PREFIX_BYTES);
  *size = (size_t)info.st_size;
  return ARIO_OK;
}

static ario_status read_bytes(int fd, size_t at, void *bytes, size_t size, ario_error *error) {
  for (char *out = bytes; size;) {
    ssize_t n = pread(fd, out, size, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ario_fail(error, ARIO_ERR_IO, "cannot be read: %s", strerror(errno));
    if (n == 0) return ario_fail(error, ARIO_ERR_IO, "was cut short while it was read");
    out += n;
    at += (size_t)n;
    size -= (size_t)n;
  }
  return ARIO_OK;
}

static ario_status read_header(struct ario__safetensors *file, size_t size, size_t most, ario_error *error) {
  uint8_t prefix[PREFIX_BYTES];
  uint64_t length = 0;
  ario_status status = read_bytes(file->fd, 0, prefix, sizeof prefix, error);
  if (status) return status;
  for (int i = PREFIX_BYTES - 1; i >= 0; i--) length = length << 8 | prefix[i];
  if (length > size - PREFIX_BYTES)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "the header should be %ju bytes long, but the file has %zu; it is truncated or not a "
                     "safetensors file",
                     (uintmax_t)length, size);
  if (length > METADATA_MOST + most * ENTRY_MOST)
    return ario_fail(error, ARIO_ERR_LIMIT,
                     "the header is %ju bytes long; that of %zu tensors has at most %zu", (uintmax_t)length,
                     most, METADATA_MOST + most * ENTRY_MOST);
  file->data_at = PREFIX_BYTES + (size_t)length;
  file->data_size = size - file->data_at;
  file->header = malloc((size_t)length + 1);
  if (!file->header) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  status = read_bytes(file->fd, PREFIX_BYTES, file->header, (size_t)length, error);
  return status ? status : ario__safetensors_parse(file, (size_t)length, most, error);
}

ario_status ario__safetensors_open(const char *path, size_t most, struct ario__safetensors *file,
                                   ario_error *error) {
  size_t size = 0;
  *file = (struct ario__safetensors){.header = NULL};
  ario_status status = open_file(path, &file->fd, &size, error);
  return status ? status : read_header(file, size, most, error);
}

void ario__safetensors_close(struct ario__safetensors *file) {
  if (file->fd >= 0) close(file->fd);
  free(file->header);
  free(file->entries);
  *file = (struct ario__safetensors){.fd = -1};
}

// ---- Numbers ----

static ario_status fail_number(const char *name, const char *ending, size_t index, float number,
                               ario_error *error) {
  return ario_fail(error, ARIO_ERR_FORMAT,
                   "tensor %s%s: number %zu is %g, not finite; the weights are damaged", name, ending, index,
                   number);
}

ario_status ario__safetensors_floats(const struct ario__safetensors *file, const struct ario__entry *entry,
                                     float *out, ario_error *error) {
  uint8_t piece[PIECE_BYTES];
  size_t each = ario__dtype_bytes(entry->dtype), at = file->data_at + entry->begin;
  for (size_t done = 0, count; done < entry->count; done += count, at += count * each) {
    count = ario__smaller(entry->count - done, PIECE_BYTES / each);
    ario_status status = read_bytes(file->fd, at, piece, count * each, error);
    if (status) return status;
    to_floats(out + done, piece, entry->dtype, count);
    if (ario__all_finite(out + done, count)) continue;
    while (isfinite(out[done])) done++;
    return fail_number(entry->name, "", done, out[done], error);
  }
  return ARIO_OK;
}

void ario__shape_text(char text[ARIO__SHAPE_TEXT], size_t rank, const size_t *shape) {
  size_t used = 0;
  for (size_t i = 0; i < rank; i++)
    used += (size_t)snprintf(text + used, ARIO__SHAPE_TEXT - used, "%s%zu", i ? ", " : "[", shape[i]);
  snprintf(text + used, ARIO__SHAPE_TEXT - used, "]");
}

ario_status ario__entry_check(const struct ario__entry *entry, size_t rank, const size_t *shape,
                              ario_error *error) {
  if (entry->rank == rank && memcmp(entry->shape, shape, rank * sizeof *shape) == 0) return ARIO_OK;
  char found[ARIO__SHAPE_TEXT], wanted[ARIO__SHAPE_TEXT];
  ario__shape_text(found, entry->rank, entry->shape);
  ario__shape_text(wanted, rank, shape);
  return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s has shape %s, but config.json asks for %s", entry->name,
                   found, wanted);
}

// ---- A model ----

// A tensor of the table in the file.
struct found {
  const struct ario__entry *entry, *scale; // NULL: missing. `scale`: for I8 its scales
};

const struct ario__entry *ario__safetensors_scales(const struct ario__safetensors *file, const char *name) {
  char text[256];
  int length = snprintf(text, sizeof text, "%s" SCALE, name);
  return length < (int)sizeof text ? ario__safetensors_find(file, text) : NULL;
}

ario_status ario__scales_check(const struct ario__entry *entry, const struct ario__entry *scales,
                               ario_error *error) {
  if (entry->rank < 2)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: a vector cannot be I8", entry->name);
  if (!scales) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s" SCALE " is missing", entry->name);
  if (scales->dtype != ARIO_F32)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: scales must be F32", scales->name);
  return ario__entry_check(scales, 1, entry->shape, error);
}

// Every tensor of the file must be one of the table's, or the scales of one.
static ario_status find_all(const struct ario__safetensors *file, const struct ario__params *params,
                            struct found *found, ario_error *error) {
  size_t used = 0;
  bool *known = calloc(file->count + 1, sizeof *known);
  if (!known) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < params->tensor_count; i++) {
    found[i].entry = ario__safetensors_find(file, params->tensors[i].name);
    found[i].scale = ario__safetensors_scales(file, params->tensors[i].name);
    if (found[i].entry) known[found[i].entry - file->entries] = true;
    if (found[i].scale) known[found[i].scale - file->entries] = true;
  }
  while (used < file->count && known[used]) used++;
  free(known);
  if (used == file->count) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is not one of the model that config.json describes",
                   file->entries[used].name);
}

static ario_status match(const struct ario__tensor_slot *slot, const struct found *found, ario_error *error) {
  if (!found->entry) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is missing", slot->name);
  const size_t shape[] = {slot->rows, slot->cols};
  bool whole = found->entry->dtype == ARIO_I8;
  ario_status status = ario__entry_check(found->entry, slot->cols ? 2 : 1, shape, error);
  if (status) return status;
  if (whole) return ario__scales_check(found->entry, found->scale, error);
  if (!found->scale) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s" SCALE " is there, but the tensor itself is not I8",
                   slot->name);
}

// A scale must not be negative, and no whole number times its scale infinite.
static ario_status check_row(const struct ario__tensor_slot *slot, size_t row, ario_error *error) {
  float scale = slot->scales[row];
  if (scale < 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s" SCALE ": number %zu is %g; it must be 0 or more",
                     slot->name, row, scale);
  if (isfinite(INT8_MIN * scale)) return ARIO_OK; // the largest magnitude
  for (size_t i = row * slot->cols; i < (row + 1) * slot->cols; i++) {
    float number = (float)slot->numbers[i] * scale;
    if (!isfinite(number)) return fail_number(slot->name, ", scaled", i, number, error);
  }
  return ARIO_OK;
}

static ario_status read_whole(const struct ario__safetensors *file, const struct ario__tensor_slot *slot,
                              const struct found *found, ario_error *error) {
  size_t at = file->data_at + found->entry->begin;
  ario_status status = ario__safetensors_floats(file, found->scale, slot->scales, error);
  if (!status) status = read_bytes(file->fd, at, slot->numbers, slot->count, error);
  for (size_t row = 0; row < slot->rows && !status; row++) status = check_row(slot, row, error);
  return status;
}

static ario_status load_all(const struct ario__safetensors *file, const struct found *found,
                            struct ario__params *params, ario_error *error) {
  ario_status status = ario__params_allocate(params, false);
  if (status) return ario_fail(error, status, "%s", ario_strerror(status));
  for (size_t i = 0; i < params->tensor_count && !status; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    status = slot->whole ? read_whole(file, slot, &found[i], error)
                         : ario__safetensors_floats(file, found[i].entry, *slot->pointer, error);
  }
  return status;
}

static ario_status read_tensors(const struct ario__safetensors *file, bool load, struct ario__params *params,
                                ario_dtype *dtype, ario_error *error) {
  struct found *found = calloc(params->tensor_count, sizeof *found);
  if (!found) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_status status = find_all(file, params, found, error);
  for (size_t i = 0; i < params->tensor_count && !status; i++) {
    status = match(&params->tensors[i], &found[i], error);
    if (!status && (i == 0 || found[i].entry->dtype == ARIO_I8)) *dtype = found[i].entry->dtype;
    params->tensors[i].whole = found[i].scale != NULL;
  }
  if (!status && load) status = load_all(file, found, params, error);
  free(found);
  return status;
}

ario_status ario__safetensors_read(const char *path, bool load, struct ario__params *params,
                                   ario_dtype *dtype, ario_error *error) {
  struct ario__safetensors file;
  ario_error detail = {""};
  ario_status status = ario__safetensors_open(path, 2 * params->tensor_count, &file, &detail); // and scales
  if (!status) status = read_tensors(&file, load, params, dtype, &detail);
  ario__safetensors_close(&file);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}

// ---- Writing ----

// The type that a tensor is written as: in an I8 file only the weights of linear layers are I8.
static ario_dtype dtype_of(const struct ario__tensor_slot *slot, ario_dtype dtype) {
  if (dtype != ARIO_I8) return dtype;
  return slot->cols && strcmp(slot->name, "embed.weight") != 0 ? ARIO_I8 : ARIO_F32;
}

// Prints one member of the header; *offset advances by its bytes.
static size_t print_entry(char *text, size_t room, const char *name, const char *ending, ario_dtype dtype,
                          size_t rows, size_t cols, size_t *offset) {
  char shape[ARIO__SHAPE_TEXT];
  size_t begin = *offset;
  ario__shape_text(shape, cols ? 2 : 1, (const size_t[]){rows, cols});
  *offset += rows * (cols ? cols : 1) * ario__dtype_bytes(dtype);
  return (size_t)snprintf(text, room, "%c\"%s%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
                          begin ? ',' : '{', name, ending, ario_dtype_name(dtype), shape, begin, *offset);
}

// Prints the header into text [room], padded with spaces to a multiple of 8; returns its length. *data is the
// size of the data that follow. The I8 tensors come last, from *whole on, so that larger numbers are aligned
// for a reader that maps the file.
static size_t print_header(char *text, size_t room, const struct ario__params *params, ario_dtype dtype,
                           size_t *whole, size_t *data) {
  size_t used = 0;
  *data = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    ario_dtype own = dtype_of(slot, dtype);
    if (own == ARIO_I8)
      used += print_entry(text + used, room - used, slot->name, SCALE, ARIO_F32, slot->rows, 0, data);
    else
      used += print_entry(text + used, room - used, slot->name, "", own, slot->rows, slot->cols, data);
  }
  *whole = *data;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    if (dtype_of(slot, dtype) == ARIO_I8)
      used += print_entry(text + used, room - used, slot->name, "", ARIO_I8, slot->rows, slot->cols, data);
  }
  text[used++] = '}';
  while (used % 8) text[used++] = ' ';
  return used;
}

// What would be infinite in the file could not be read again. room [widest]
static ario_status check_range(const struct ario__params *params, ario_dtype dtype, float *room,
                               ario_error *error) {
  static const float limits[] = {
      [ARIO_F32] = INFINITY, [ARIO_BF16] = 0x1.ffp127f, [ARIO_F16] = 65520, [ARIO_I8] = INFINITY};
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    for (size_t row = 0; row < slot->rows; row++)
      if (!ario__all_below(ario__tensor_rows(slot, row, 1, room), ario__tensor_width(slot), limits[dtype]))
        return ario_fail(error, ARIO_ERR_NUMBER, "tensor %s: has a number that is not finite in %s",
                         slot->name, ario_dtype_name(dtype));
  }
  return ARIO_OK;
}

// Writes the tensors as the header says, those in I8 from `whole` on. Returns the end. room [widest]
static uint8_t *write_tensors(uint8_t *data, size_t whole, const struct ario__params *params,
                              ario_dtype dtype, float *room) {
  uint8_t *end = data, *whole_end = data + whole;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    ario_dtype own = dtype_of(slot, dtype);
    size_t width = ario__tensor_width(slot);
    for (size_t row = 0; row < slot->rows; row++) {
      const float *numbers = ario__tensor_rows(slot, row, 1, room);
      if (own == ARIO_I8) {
        float scale = ario__round_weights((int8_t *)whole_end, numbers, width);
        end = from_floats(end, &scale, ARIO_F32, 1);
        whole_end += width;
      } else {
        end = from_floats(end, numbers, own, width);
      }
    }
  }
  return whole_end;
}

static ario_status write_file(const char *path, const struct ario__params *params, ario_dtype dtype,
                              float *room, ario_error *error) {
  enum { ENTRY_BYTES = 256 }; // a name of 55, a shape of 64, two offsets of 20, and the words between
  size_t text_room = (2 * params->tensor_count + 1) * ENTRY_BYTES, whole, data;
  char *text = malloc(text_room);
  size_t header = text ? print_header(text, text_room, params, dtype, &whole, &data) : 0;
  uint8_t *bytes = text ? malloc(PREFIX_BYTES + header + data) : NULL;
  if (!bytes) {
    free(text);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  }
  for (size_t i = 0; i < PREFIX_BYTES; i++) bytes[i] = (uint8_t)((uint64_t)header >> 8 * i);
  memcpy(bytes + PREFIX_BYTES, text, header);
  const uint8_t *end = write_tensors(bytes + PREFIX_BYTES + header, whole, params, dtype, room);
  ario_status status = ario_file_write(path, true, bytes, (size_t)(end - bytes), error);
  free(bytes);
  free(text);
  return status;
}

ario_status ario__safetensors_write(const char *path, const struct ario__params *params, ario_dtype dtype,
                                    ario_error *error) {
  ario_error detail = {""};
  float *room = malloc(ario__params_widest(params) * sizeof *room); // a row, unfolded
  if (!room) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  ario_status status = check_range(params, dtype, room, &detail);
  if (status)
    (void)ario_fail(error, status, "%s: %s", path, detail.text);
  else
    status = write_file(path, params, dtype, room, error);
  free(room);
  return status;
}
