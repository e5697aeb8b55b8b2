// SPDX-License-Identifier: MIT
//
// Reads and writes files of audio codes (arioso/audio_file.h).
#include "arioso/audio_file.h"
#include "arioso/hash.h"
#include "codecs/audio/audio_codes.h"

#include <errno.h>
#include <string.h>

enum { VERSION = 2, MOST_FRAMES = 65535 };

static const char magic[8] = "ariotok\n";

// The bits of a code: as many as the largest takes; in version 1 always 16.
static unsigned code_bits(const ario_tok *file) {
  unsigned bits = 1;
  while (bits < 16 && (file->version == 1 || (file->head.codes - 1) >> bits)) bits++;
  return bits;
}

// ---- Writing ----

static ario_status put(ario_tok *file, const void *bytes, size_t size) {
  file->sum = ario_hash_bytes(file->sum, bytes, size);
  file->bytes += size;
  return fwrite(bytes, 1, size, file->stream) == size ? ARIO_OK : ARIO_ERR_IO;
}

static ario_status put_number(ario_tok *file, uint64_t number, size_t size) {
  uint8_t bytes[8];
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(number >> 8 * i);
  return put(file, bytes, size);
}

ario_status ario_tok_write_head(ario_tok *file, FILE *stream, const ario_codes *head) {
  *file = (ario_tok){.stream = stream, .version = VERSION, .head = *head, .sum = ARIO_HASH_START};
  const uint64_t numbers[] = {VERSION, head->levels, head->codes, head->hop, head->sample_rate, 0};
  ario_status status = put(file, magic, sizeof magic);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++)
    status = put_number(file, numbers[i], 4);
  return status ? status : put_number(file, head->hash, 8);
}

static ario_status write_block(ario_tok *file, const uint16_t *codes, size_t frames) {
  ario_status status = put_number(file, frames, 4);
  unsigned each = code_bits(file), held = 0;
  uint32_t bits = 0;
  for (size_t i = 0; i < frames * file->head.levels && !status; i++) {
    bits |= (uint32_t)codes[i] << held;
    for (held += each; held >= 8 && !status; held -= 8, bits >>= 8) status = put_number(file, bits & 0xff, 1);
  }
  if (held && !status) status = put_number(file, bits, 1);
  file->frames += frames;
  return status;
}

ario_status ario_tok_write(ario_tok *file, const uint16_t *codes, size_t frames) {
  ario_status status = ARIO_OK;
  for (size_t count; frames && !status; frames -= count, codes += count * file->head.levels) {
    count = frames < MOST_FRAMES ? frames : MOST_FRAMES;
    status = write_block(file, codes, count);
  }
  return status;
}

ario_status ario_tok_write_end(ario_tok *file, uint64_t samples) {
  ario_status status = put_number(file, 0, 4);
  if (!status) status = put_number(file, samples, 8);
  if (!status) status = put_number(file, file->sum, 8);
  if (!status && fflush(file->stream)) status = ARIO_ERR_IO;
  return status;
}

// ---- Reading ----

static ario_status get(ario_tok *file, void *bytes, size_t size, ario_error *error) {
  errno = 0;
  size_t got = fread(bytes, 1, size, file->stream);
  file->sum = ario_hash_bytes(file->sum, bytes, got);
  file->bytes += got;
  if (got == size) return ARIO_OK;
  if (ferror(file->stream)) return ario_fail(error, ARIO_ERR_IO, "cannot be read: %s", strerror(errno));
  return ario_fail(error, ARIO_ERR_FORMAT, "ends in frame %zu; it is truncated", file->frames);
}

static ario_status get_number(ario_tok *file, size_t size, uint64_t *number, ario_error *error) {
  uint8_t bytes[8] = {0};
  ario_status status = get(file, bytes, size, error);
  *number = 0;
  for (size_t i = size; i-- > 0;) *number = *number << 8 | bytes[i];
  return status;
}

ario_status ario_tok_read_head(ario_tok *file, FILE *stream, ario_error *error) {
  *file = (ario_tok){.stream = stream, .sum = ARIO_HASH_START};
  char start[sizeof magic];
  uint64_t numbers[6] = {0};
  if (get(file, start, sizeof start, NULL) || memcmp(start, magic, sizeof magic) != 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "is not a file of audio codes (.tok)");
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < 6 && !status; i++) status = get_number(file, 4, &numbers[i], error);
  if (!status) status = get_number(file, 8, &file->head.hash, error);
  if (status) return status;
  if (numbers[0] < 1 || numbers[0] > VERSION)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "is of version %llu; this program reads 1 to %d",
                     (unsigned long long)numbers[0], VERSION);
  file->version = (unsigned)numbers[0];
  file->head.levels = (size_t)numbers[1];
  file->head.codes = (size_t)numbers[2];
  file->head.hop = (size_t)numbers[3];
  file->head.sample_rate = (size_t)numbers[4];
  if (!ario__codes_are_sane(&file->head)) return ario_fail(error, ARIO_ERR_FORMAT, "its head is damaged");
  return ARIO_OK;
}

static ario_status read_end(ario_tok *file, ario_error *error) {
  uint64_t sum, wanted;
  ario_status status = get_number(file, 8, &file->samples, error);
  sum = file->sum;
  if (!status) status = get_number(file, 8, &wanted, error);
  if (status) return status;
  uint64_t most = (uint64_t)file->frames * file->head.hop;
  if (sum != wanted) return ario_fail(error, ARIO_ERR_FORMAT, "is damaged: its checksum does not fit");
  if (file->samples > most || (most && file->samples + file->head.hop <= most))
    return ario_fail(error, ARIO_ERR_FORMAT, "is damaged: %llu samples are not in %zu frames",
                     (unsigned long long)file->samples, file->frames);
  if (fgetc(file->stream) != EOF) return ario_fail(error, ARIO_ERR_FORMAT, "continues after its end");
  file->ended = true;
  return ARIO_OK;
}

// The next `each` bits of a block.
static ario_status get_code(ario_tok *file, unsigned each, uint32_t *code, ario_error *error) {
  while (file->held < each) {
    uint64_t byte;
    ario_status status = get_number(file, 1, &byte, error);
    if (status) return status;
    file->bits |= (uint32_t)byte << file->held;
    file->held += 8;
  }
  *code = file->bits & ((1u << each) - 1);
  file->bits >>= each;
  file->held -= each;
  return ARIO_OK;
}

static ario_status read_codes(ario_tok *file, uint16_t *codes, size_t frames, ario_error *error) {
  unsigned each = code_bits(file);
  for (size_t i = 0; i < frames * file->head.levels; i++) {
    uint32_t code;
    ario_status status = get_code(file, each, &code, error);
    if (status) return status;
    if (code >= file->head.codes)
      return ario_fail(error, ARIO_ERR_FORMAT, "is damaged: code %lu in frame %zu", (unsigned long)code,
                       file->frames + i / file->head.levels);
    codes[i] = (uint16_t)code;
  }
  file->frames += frames;
  file->pending -= frames;
  if (file->pending) return ARIO_OK;
  if (file->bits) // what fills up a block's last byte
    return ario_fail(error, ARIO_ERR_FORMAT, "is damaged in frame %zu", file->frames - 1);
  file->held = 0;
  return ARIO_OK;
}

ario_status ario_tok_read(ario_tok *file, uint16_t *codes, size_t room, size_t *frames, ario_error *error) {
  *frames = 0;
  while (!file->ended && *frames < room) {
    if (!file->pending) {
      uint64_t count;
      ario_status status = get_number(file, 4, &count, error);
      if (!status && count > MOST_FRAMES)
        status = ario_fail(error, ARIO_ERR_FORMAT, "is damaged after frame %zu", file->frames);
      if (!status && !count) status = read_end(file, error);
      if (status) return status;
      file->pending = (size_t)count;
      continue;
    }
    size_t count = room - *frames < file->pending ? room - *frames : file->pending;
    ario_status status = read_codes(file, codes + *frames * file->head.levels, count, error);
    if (status) return status;
    *frames += count;
  }
  return ARIO_OK;
}
