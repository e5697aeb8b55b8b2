// SPDX-License-Identifier: MIT
//
// Reading (mapped into memory, every number of the header checked before it is used) and writing safetensors.
#include "safetensors.h"
#include "arioso/file.h"
#include "bf16.h"
#include "json.h"
#include "mapped.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A header of 16 MB names a hundred thousand tensors; a longer one is a lie.
enum { MAX_HEADER_BYTES = 16 << 20, PREFIX_BYTES = 8 };

const char *ario_dtype_name(ario_dtype dtype) {
  return dtype == ARIO_BF16 ? "BF16" : dtype == ARIO_F16 ? "F16" : "F32";
}

static size_t dtype_bytes(ario_dtype dtype) {
  return dtype == ARIO_F32 ? 4 : 2;
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

static float float_from_half(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 31) return float_from_bits(sign | 0x7f800000 | fraction << 13);
  if (exponent) return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  float tiny = (float)fraction * 0x1p-24f; // subnormal, or zero
  return sign ? -tiny : tiny;
}

// To the nearest, ties to even.
static uint16_t half_from_float(float x) {
  uint32_t bits = bits_from_float(x), magnitude = bits & 0x7fffffff;
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65536 or more: infinity
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 leaves the wanted digits, rounded by the processor, at the end of the sum.
    return (uint16_t)(sign | (bits_from_float(float_from_bits(magnitude) + 0.5f) - 0x3f000000));
  }
  return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

static void to_floats(float *out, const uint8_t *bytes, ario_dtype dtype, size_t count) {
  for (size_t i = 0; i < count; i++, bytes += dtype_bytes(dtype)) {
    uint32_t low = bytes[0] | (uint32_t)bytes[1] << 8;
    if (dtype == ARIO_F32)
      out[i] = float_from_bits(low | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24);
    else
      out[i] = dtype == ARIO_BF16 ? float_from_bits(low << 16) : float_from_half((uint16_t)low);
  }
}

static uint8_t *from_floats(uint8_t *bytes, const float *values, ario_dtype dtype, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = dtype == ARIO_F32    ? bits_from_float(values[i])
                    : dtype == ARIO_BF16 ? ario__bf16(values[i])
                                         : half_from_float(values[i]);
    for (size_t b = 0; b < dtype_bytes(dtype); b++) *bytes++ = (uint8_t)(bits >> 8 * b);
  }
  return bytes;
}

// ---- Reading ----

struct file {
  struct ario__mapped map;
  const uint8_t *data; // behind the header
  size_t data_size;
};

// What the header says of one tensor, checked against the file but not against the model.
struct entry {
  ario_dtype dtype;
  size_t rank, shape[2];
  size_t begin, end;
};

static bool read_dtype(const ario__json *value, ario_dtype *dtype) {
  const char *name = ario__json_string(value);
  for (int i = ARIO_F32; name && i <= ARIO_F16; i++)
    if (strcmp(name, ario_dtype_name((ario_dtype)i)) == 0) {
      *dtype = (ario_dtype)i;
      return true;
    }
  return false;
}

// Up to two sizes of an array; false if it is none, or has more.
static bool read_sizes(const ario__json *array, size_t sizes[2], size_t *count) {
  *count = 0;
  if (!array || ario__json_is_object(array)) return false;
  for (const ario__json *item = ario__json_first(array); item; item = ario__json_next(item)) {
    if (*count == 2 || !ario__json_size(item, &sizes[*count])) return false;
    ++*count;
  }
  return true;
}

static ario_status read_entry(const ario__json *member, size_t data_size, struct entry *entry,
                              ario_error *error) {
  const char *name = ario__json_key(member);
  size_t offsets[2], offset_count, numbers, bytes;
  if (!read_dtype(ario__json_get(member, "dtype"), &entry->dtype))
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "tensor %s: its dtype is none of F32, BF16 and F16", name);
  if (!read_sizes(ario__json_get(member, "shape"), entry->shape, &entry->rank) || entry->rank == 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its shape is not one or two whole numbers", name);
  if (!read_sizes(ario__json_get(member, "data_offsets"), offsets, &offset_count) || offset_count != 2)
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its data_offsets are not two whole numbers", name);
  if (offsets[0] > offsets[1] || offsets[1] > data_size)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "tensor %s: its data_offsets %zu..%zu are not within the file's %zu bytes of data; "
                     "the file is truncated or damaged",
                     name, offsets[0], offsets[1], data_size);
  if (!ario__multiply(entry->shape[0], entry->rank == 2 ? entry->shape[1] : 1, &numbers) ||
      !ario__multiply(numbers, dtype_bytes(entry->dtype), &bytes) || bytes != offsets[1] - offsets[0])
    return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s: its shape does not fit its %zu bytes", name,
                     offsets[1] - offsets[0]);
  entry->begin = offsets[0];
  entry->end = offsets[1];
  return ARIO_OK;
}

static void shape_text(char text[64], size_t rank, size_t rows, size_t cols) {
  if (rank == 2)
    snprintf(text, 64, "[%zu, %zu]", rows, cols);
  else
    snprintf(text, 64, "[%zu]", rows);
}

static ario_status check_shape(const struct ario__tensor_slot *slot, const struct entry *entry,
                               ario_error *error) {
  size_t rank = slot->cols ? 2 : 1;
  if (entry->rank == rank && entry->shape[0] == slot->rows && (rank == 1 || entry->shape[1] == slot->cols))
    return ARIO_OK;
  char found[64], wanted[64];
  shape_text(found, entry->rank, entry->shape[0], entry->shape[1]);
  shape_text(wanted, rank, slot->rows, slot->cols);
  return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s has shape %s, but config.json asks for %s", slot->name,
                   found, wanted);
}

// Matches the header with the table: fills entries [tensor_count].
static ario_status match(const ario__json *header, size_t data_size, const struct ario__params *params,
                         struct entry *entries, bool *seen, ario_error *error) {
  for (const ario__json *member = ario__json_first(header); member; member = ario__json_next(member)) {
    const char *name = ario__json_key(member);
    if (strcmp(name, "__metadata__") == 0) continue;
    const struct ario__tensor_slot *slot = ario__params_find(params, name);
    if (!slot)
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is not one of the model that config.json describes",
                       name);
    size_t index = (size_t)(slot - params->tensors);
    if (seen[index]) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is there twice", name);
    seen[index] = true;
    ario_status status = read_entry(member, data_size, &entries[index], error);
    if (!status) status = check_shape(slot, &entries[index], error);
    if (status) return status;
  }
  for (size_t i = 0; i < params->tensor_count; i++)
    if (!seen[i]) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is missing", params->tensors[i].name);
  return ARIO_OK;
}

static ario_status parse_header(struct file *file, ario__json **header, ario_error *error) {
  uint64_t length = 0;
  for (int i = 7; i >= 0; i--) length = length << 8 | file->map.bytes[i];
  if (length > file->map.size - PREFIX_BYTES)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "the header would be %ju bytes long, but the file has %zu; it is truncated or no "
                     "safetensors file",
                     (uintmax_t)length, file->map.size);
  if (length > MAX_HEADER_BYTES)
    return ario_fail(error, ARIO_ERR_LIMIT, "the header is %ju bytes long, more than %d", (uintmax_t)length,
                     MAX_HEADER_BYTES);
  file->data = file->map.bytes + PREFIX_BYTES + length;
  file->data_size = file->map.size - PREFIX_BYTES - (size_t)length;
  *header = ario__json_parse((const char *)file->map.bytes + PREFIX_BYTES, (size_t)length);
  if (!ario__json_is_object(*header)) return ario_fail(error, ARIO_ERR_FORMAT, "the header is not JSON");
  return ARIO_OK;
}

static ario_status read_tensors(struct file *file, struct ario__params *params, ario_dtype *dtype,
                                ario_error *error) {
  ario__json *header = NULL;
  struct entry *entries = calloc(params->tensor_count, sizeof *entries);
  bool *seen = calloc(params->tensor_count, sizeof *seen);
  ario_status status = entries && seen ? ARIO_OK : ARIO_ERR_MEMORY;
  if (!status) status = parse_header(file, &header, error);
  if (!status) status = match(header, file->data_size, params, entries, seen, error);
  if (!status) status = ario__params_allocate(params);
  if (status == ARIO_ERR_MEMORY) ario_fail(error, status, "%s", ario_strerror(status));
  if (!status) {
    for (size_t i = 0; i < params->tensor_count; i++)
      to_floats(*params->tensors[i].pointer, file->data + entries[i].begin, entries[i].dtype,
                params->tensors[i].count);
    *dtype = entries[0].dtype;
  }
  ario__json_free(header);
  free(seen);
  free(entries);
  return status;
}

ario_status ario__safetensors_read(const char *path, struct ario__params *params, ario_dtype *dtype,
                                   ario_error *error) {
  struct file file = {0};
  ario_error detail = {""};
  ario_status status = ario__map_file(path, PREFIX_BYTES, &file.map, &detail);
  if (!status) status = read_tensors(&file, params, dtype, &detail);
  ario__unmap_file(&file.map);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}

// ---- Writing ----

// Prints the header into text [room], padded with spaces to a multiple of 8; returns its length.
static size_t print_header(char *text, size_t room, const struct ario__params *params, ario_dtype dtype) {
  size_t used = 0, offset = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    size_t bytes = slot->count * dtype_bytes(dtype);
    char shape[64];
    shape_text(shape, slot->cols ? 2 : 1, slot->rows, slot->cols);
    used += (size_t)snprintf(
        text + used, room - used, "%c\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
        i ? ',' : '{', slot->name, ario_dtype_name(dtype), shape, offset, offset + bytes);
    offset += bytes;
  }
  text[used++] = '}';
  while (used % 8) text[used++] = ' ';
  return used;
}

ario_status ario__safetensors_write(const char *path, const struct ario__params *params, ario_dtype dtype,
                                    ario_error *error) {
  enum { ENTRY_BYTES = 256 }; // a name of 48, a shape of 64, two offsets of 20 and the words between
  size_t room = (params->tensor_count + 1) * ENTRY_BYTES;
  size_t data = ario__params_numbers(params) * dtype_bytes(dtype);
  uint8_t *bytes = malloc(PREFIX_BYTES + room + data);
  if (!bytes) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  size_t header = print_header((char *)bytes + PREFIX_BYTES, room, params, dtype);
  for (size_t i = 0; i < PREFIX_BYTES; i++) bytes[i] = (uint8_t)((uint64_t)header >> 8 * i);
  uint8_t *end = bytes + PREFIX_BYTES + header;
  for (size_t i = 0; i < params->tensor_count; i++)
    end = from_floats(end, *params->tensors[i].pointer, dtype, params->tensors[i].count);
  ario_status status = ario_file_write(path, true, bytes, (size_t)(end - bytes), error);
  free(bytes);
  return status;
}
