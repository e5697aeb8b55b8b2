// SPDX-License-Identifier: MIT
//
// Reads safetensors (mapped into memory; every number of the header is checked before it is used) and writes
// them.
#include "core/model/safetensors.h"
#include "arioso/file.h"
#include "core/base/memory.h"
#include "core/math/bf16.h"
#include "core/math/f16.h"
#include "core/model/packed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A header of 16 MB names a hundred thousand tensors; a larger one cannot be right.
enum { MAX_HEADER_BYTES = 16 << 20, PREFIX_BYTES = 8 };

#define SCALE "_scale" // ending of the name of a tensor's scales

const char *ario_dtype_name(ario_dtype dtype) {
  static const char *const names[] = {"F32", "BF16", "F16", "I8"};
  return names[dtype];
}

static size_t dtype_bytes(ario_dtype dtype) {
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

// dtype: F32, BF16 or F16.
void ario__to_floats(float *out, const uint8_t *bytes, ario_dtype dtype, size_t count) {
  for (size_t i = 0; i < count; i++, bytes += dtype_bytes(dtype)) {
    uint32_t low = bytes[0] | (uint32_t)bytes[1] << 8;
    if (dtype == ARIO_F32)
      out[i] = float_from_bits(low | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24);
    else
      out[i] = dtype == ARIO_BF16 ? float_from_bits(low << 16) : ario__f16_float((uint16_t)low);
  }
}

static uint8_t *from_floats(uint8_t *bytes, const float *values, ario_dtype dtype, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = dtype == ARIO_F32    ? bits_from_float(values[i])
                    : dtype == ARIO_BF16 ? ario__bf16(values[i])
                                         : ario__f16(values[i]);
    for (size_t b = 0; b < dtype_bytes(dtype); b++) *bytes++ = (uint8_t)(bits >> 8 * b);
  }
  return bytes;
}

// Rows of whole numbers, each row with its scale, to floats and back.
static void to_floats_scaled(float *out, const uint8_t *bytes, const uint8_t *scales, size_t rows,
                             size_t cols) {
  for (size_t r = 0; r < rows; r++) {
    float scale;
    ario__to_floats(&scale, scales + r * dtype_bytes(ARIO_F32), ARIO_F32, 1);
    for (size_t i = 0; i < cols; i++, bytes++) *out++ = scale * (float)(*bytes < 128 ? *bytes : *bytes - 256);
  }
}

// Returns the end of the scales.
static uint8_t *from_floats_scaled(uint8_t *bytes, uint8_t *scales, const float *values, size_t rows,
                                   size_t cols) {
  for (size_t r = 0; r < rows; r++, values += cols, bytes += cols) {
    float scale = ario__round_weights((int8_t *)bytes, values, cols);
    scales = from_floats(scales, &scale, ARIO_F32, 1);
  }
  return scales;
}

// ---- Reading ----

static bool read_dtype(const ario__json *value, ario_dtype *dtype) {
  const char *name = ario__json_string(value);
  for (int i = ARIO_F32; name && i <= ARIO_I8; i++)
    if (strcmp(name, ario_dtype_name((ario_dtype)i)) == 0) {
      *dtype = (ario_dtype)i;
      return true;
    }
  return false;
}

// Reads up to `most` sizes of an array; false if it is not one, or has more.
static bool read_sizes(const ario__json *array, size_t *sizes, size_t most, size_t *count) {
  *count = 0;
  if (!array || ario__json_is_object(array)) return false;
  for (const ario__json *item = ario__json_first(array); item; item = ario__json_next(item)) {
    if (*count == most || !ario__json_size(item, &sizes[*count])) return false;
    ++*count;
  }
  return true;
}

ario_status ario__safetensors_entry(const ario__json *member, size_t data_size, struct ario__entry *entry,
                                    ario_error *error) {
  const char *name = ario__json_key(member);
  size_t offsets[2], offset_count, numbers = 1, bytes;
  if (!read_dtype(ario__json_get(member, "dtype"), &entry->dtype))
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "tensor %s: its dtype is none of F32, BF16, F16 and I8",
                     name);
  if (!read_sizes(ario__json_get(member, "shape"), entry->shape, ARIO_TENSOR_RANK, &entry->rank) ||
      entry->rank == 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its shape is not one to %d whole numbers", name,
                     ARIO_TENSOR_RANK);
  if (!read_sizes(ario__json_get(member, "data_offsets"), offsets, 2, &offset_count) || offset_count != 2)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its data_offsets are not two whole numbers", name);
  if (offsets[0] > offsets[1] || offsets[1] > data_size)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "tensor %s: its data_offsets %zu..%zu are not within the file's %zu bytes of data; "
                     "the file is truncated or damaged",
                     name, offsets[0], offsets[1], data_size);
  bool fits = true;
  for (size_t i = 0; i < entry->rank; i++) fits = fits && ario__multiply(numbers, entry->shape[i], &numbers);
  if (!fits || !ario__multiply(numbers, dtype_bytes(entry->dtype), &bytes) ||
      bytes != offsets[1] - offsets[0])
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its shape does not fit its %zu bytes", name,
                     offsets[1] - offsets[0]);
  entry->count = numbers;
  entry->begin = offsets[0];
  entry->end = offsets[1];
  return ARIO_OK;
}

void ario__shape_text(char text[ARIO__SHAPE_TEXT], size_t rank, const size_t *shape) {
  size_t used = 0;
  for (size_t i = 0; i < rank; i++)
    used += (size_t)snprintf(text + used, ARIO__SHAPE_TEXT - used, "%s%zu", i ? ", " : "[", shape[i]);
  snprintf(text + used, ARIO__SHAPE_TEXT - used, "]");
}

ario_status ario__entry_check(const char *name, const struct ario__entry *entry, size_t rank,
                              const size_t *shape, ario_error *error) {
  if (entry->rank == rank && memcmp(entry->shape, shape, rank * sizeof *shape) == 0) return ARIO_OK;
  char found[ARIO__SHAPE_TEXT], wanted[ARIO__SHAPE_TEXT];
  ario__shape_text(found, entry->rank, entry->shape);
  ario__shape_text(wanted, rank, shape);
  return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s has shape %s, but config.json asks for %s", name, found,
                   wanted);
}

// What the header says of a tensor of the table.
struct found {
  struct ario__entry entry, scale; // the tensor's, and for I8 its scales'
  bool seen, scaled;
};

// The tensor whose scales have this name; NULL if there is none.
static const struct ario__tensor_slot *scaled_by(const struct ario__params *params, const char *name) {
  char of[sizeof params->tensors->name];
  size_t length = strlen(name), ending = strlen(SCALE);
  if (length <= ending || length - ending >= sizeof of || strcmp(name + length - ending, SCALE) != 0)
    return NULL;
  memcpy(of, name, length - ending);
  of[length - ending] = 0;
  return ario__params_find(params, of);
}

static ario_status match_member(const ario__json *member, size_t data_size, const struct ario__params *params,
                                struct found *found, ario_error *error) {
  const char *name = ario__json_key(member);
  const struct ario__tensor_slot *slot = ario__params_find(params, name), *scaled = NULL;
  if (!slot) scaled = scaled_by(params, name);
  if (!slot && !scaled)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is not one of the model that config.json describes",
                     name);
  struct found *f = &found[(slot ? slot : scaled) - params->tensors];
  bool *seen = slot ? &f->seen : &f->scaled;
  struct ario__entry *entry = slot ? &f->entry : &f->scale;
  if (*seen) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s occurs twice", name);
  *seen = true;
  ario_status status = ario__safetensors_entry(member, data_size, entry, error);
  if (status) return status;
  const size_t shape[] = {slot ? slot->rows : scaled->rows, slot ? slot->cols : 0};
  if (slot) return ario__entry_check(name, entry, slot->cols ? 2 : 1, shape, error);
  if (entry->dtype != ARIO_F32)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: scales must be F32", name);
  return ario__entry_check(name, entry, 1, shape, error);
}

// Matches the header with the table; fills found [tensor_count].
static ario_status match(const ario__json *header, size_t data_size, const struct ario__params *params,
                         struct found *found, ario_error *error) {
  for (const ario__json *member = ario__json_first(header); member; member = ario__json_next(member)) {
    if (strcmp(ario__json_key(member), "__metadata__") == 0) continue;
    ario_status status = match_member(member, data_size, params, found, error);
    if (status) return status;
  }
  for (size_t i = 0; i < params->tensor_count; i++) {
    const char *name = params->tensors[i].name;
    bool whole = found[i].entry.dtype == ARIO_I8;
    if (!found[i].seen) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is missing", name);
    if (whole && !params->tensors[i].cols)
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: a vector cannot be I8", name);
    if (whole != found[i].scaled)
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s" SCALE " %s", name,
                       whole ? "is missing" : "is there, but the tensor itself is not I8");
  }
  return ARIO_OK;
}

static ario_status parse_header(struct ario__safetensors *file, ario_error *error) {
  uint64_t length = 0;
  for (int i = 7; i >= 0; i--) length = length << 8 | file->map.bytes[i];
  if (length > file->map.size - PREFIX_BYTES)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "the header should be %ju bytes long, but the file has %zu; it is truncated or not a "
                     "safetensors file",
                     (uintmax_t)length, file->map.size);
  if (length > MAX_HEADER_BYTES)
    return ario_fail(error, ARIO_ERR_LIMIT, "the header is %ju bytes long, more than %d", (uintmax_t)length,
                     MAX_HEADER_BYTES);
  file->data = file->map.bytes + PREFIX_BYTES + length;
  file->data_size = file->map.size - PREFIX_BYTES - (size_t)length;
  file->header = ario__json_parse((const char *)file->map.bytes + PREFIX_BYTES, (size_t)length);
  if (!ario__json_is_object(file->header)) return ario_fail(error, ARIO_ERR_FORMAT, "the header is not JSON");
  return ARIO_OK;
}

ario_status ario__safetensors_open(const char *path, struct ario__safetensors *file, ario_error *error) {
  *file = (struct ario__safetensors){.header = NULL};
  ario_status status = ario__map_file(path, PREFIX_BYTES, &file->map, error);
  return status ? status : parse_header(file, error);
}

void ario__safetensors_close(struct ario__safetensors *file) {
  ario__json_free(file->header);
  ario__unmap_file(&file->map);
  file->header = NULL;
}

static ario_status check_scales(const struct ario__safetensors *file, const struct ario__tensor_slot *slot,
                                const struct found *found, ario_error *error) {
  for (size_t r = 0; found->scaled && r < slot->rows; r++) {
    float scale;
    ario__to_floats(&scale, file->data + found->scale.begin + r * dtype_bytes(ARIO_F32), ARIO_F32, 1);
    if (!(scale >= 0 && isfinite(scale)))
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s" SCALE ": number %zu is %g; it must be 0 or more",
                       slot->name, r, scale);
  }
  return ARIO_OK;
}

static void read_tensor(const struct ario__safetensors *file, const struct ario__tensor_slot *slot,
                        const struct found *found) {
  const uint8_t *bytes = file->data + found->entry.begin;
  if (found->entry.dtype == ARIO_I8)
    to_floats_scaled(*slot->pointer, bytes, file->data + found->scale.begin, slot->rows, slot->cols);
  else
    ario__to_floats(*slot->pointer, bytes, found->entry.dtype, slot->count);
}

static ario_status read_tensors(struct ario__safetensors *file, struct ario__params *params,
                                ario_dtype *dtype, ario_error *error) {
  struct found *found = calloc(params->tensor_count, sizeof *found);
  ario_status status = found ? ARIO_OK : ARIO_ERR_MEMORY;
  if (!status) status = match(file->header, file->data_size, params, found, error);
  for (size_t i = 0; i < params->tensor_count && !status; i++)
    status = check_scales(file, &params->tensors[i], &found[i], error);
  if (!status) status = ario__params_allocate(params);
  if (status == ARIO_ERR_MEMORY) ario_fail(error, status, "%s", ario_strerror(status));
  if (!status) {
    *dtype = found[0].entry.dtype;
    for (size_t i = 0; i < params->tensor_count; i++) {
      read_tensor(file, &params->tensors[i], &found[i]);
      if (found[i].entry.dtype == ARIO_I8) *dtype = ARIO_I8;
    }
  }
  free(found);
  return status;
}

ario_status ario__safetensors_read(const char *path, struct ario__params *params, ario_dtype *dtype,
                                   ario_error *error) {
  struct ario__safetensors file;
  ario_error detail = {""};
  ario_status status = ario__safetensors_open(path, &file, &detail);
  if (!status) status = read_tensors(&file, params, dtype, &detail);
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
  *offset += rows * (cols ? cols : 1) * dtype_bytes(dtype);
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

ario_status ario__safetensors_write(const char *path, const struct ario__params *params, ario_dtype dtype,
                                    ario_error *error) {
  enum { ENTRY_BYTES = 256 }; // a name of 55, a shape of 64, two offsets of 20, and the words between
  size_t room = (2 * params->tensor_count + 1) * ENTRY_BYTES, whole, data;
  char *text = malloc(room);
  size_t header = text ? print_header(text, room, params, dtype, &whole, &data) : 0;
  uint8_t *bytes = text ? malloc(PREFIX_BYTES + header + data) : NULL;
  if (!bytes) {
    free(text);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  }
  for (size_t i = 0; i < PREFIX_BYTES; i++) bytes[i] = (uint8_t)((uint64_t)header >> 8 * i);
  memcpy(bytes + PREFIX_BYTES, text, header);
  uint8_t *end = bytes + PREFIX_BYTES + header, *whole_end = end + whole;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    ario_dtype own = dtype_of(slot, dtype);
    if (own != ARIO_I8) {
      end = from_floats(end, *slot->pointer, own, slot->count);
      continue;
    }
    end = from_floats_scaled(whole_end, end, *slot->pointer, slot->rows, slot->cols);
    whole_end += slot->count;
  }
  ario_status status = ario_file_write(path, true, bytes, (size_t)(whole_end - bytes), error);
  free(bytes);
  free(text);
  return status;
}
