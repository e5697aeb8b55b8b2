// SPDX-License-Identifier: MIT
//
// What a model says of codes of sound, read and written.
#include "codecs/audio/audio_codes.h"

#include <stdio.h>
#include <string.h>

size_t ario_codes_first(const ario_codes *codes, size_t level) {
  return ARIO_CODES_FIRST + level * codes->codes;
}

size_t ario_codes_vocab_size(const ario_codes *codes) {
  return ario_codes_first(codes, codes->levels);
}

static bool read_hash(const ario_config *model, uint64_t *hash) {
  char text[17];
  if (!ario_config_codec_string(model, "hash", text, sizeof text) || strlen(text) != 16 ||
      strspn(text, "0123456789abcdef") != 16)
    return false;
  *hash = 0;
  for (const char *c = text; *c; c++) *hash = *hash << 4 | (uint64_t)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
  return true;
}

bool ario__codes_are_sane(const ario_codes *codes) {
  return codes->levels >= 1 && codes->levels <= ARIO_CODES_LEVELS && codes->codes >= 2 &&
         codes->codes <= 65536 && codes->hop >= 1 && codes->hop <= UINT32_MAX && codes->sample_rate >= 1 &&
         codes->sample_rate <= UINT32_MAX;
}

static ario_status check(const ario_config *model, const ario_codes *codes, ario_error *error) {
  if (!ario__codes_are_sane(codes))
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "the model's codec: levels, codes, hop or sample_rate cannot be");
  if (model->vocab_size != ario_codes_vocab_size(codes))
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "the model's vocab_size is %zu; of %zu levels of %zu codes it is %zu", model->vocab_size,
                     codes->levels, codes->codes, ario_codes_vocab_size(codes));
  return ARIO_OK;
}

ario_status ario_codes_of(const ario_config *model, ario_codes *codes, ario_error *error) {
  const struct {
    const char *key;
    size_t *number;
  } fields[] = {{"levels", &codes->levels},
                {"codes", &codes->codes},
                {"hop", &codes->hop},
                {"sample_rate", &codes->sample_rate}};
  *codes = (ario_codes){0};
  if (strcmp(model->codec, "audio") != 0) return ARIO_OK;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (!ario_config_codec_size(model, fields[i].key, fields[i].number))
      return ario_fail(error, ARIO_ERR_FORMAT, "the model's codec: %s is no whole number", fields[i].key);
  if (!read_hash(model, &codes->hash))
    return ario_fail(error, ARIO_ERR_FORMAT, "the model's codec: hash is not 16 hexadecimal digits");
  return check(model, codes, error);
}

void ario_codes_set(const ario_codes *codes, ario_config *model) {
  model->vocab_size = ario_codes_vocab_size(codes);
  snprintf(model->codec, sizeof model->codec, "audio");
  snprintf(model->codec_json, sizeof model->codec_json,
           "{\"name\":\"audio\",\"levels\":%zu,\"codes\":%zu,\"hop\":%zu,\"sample_rate\":%zu,\"hash\":\"%"
           "016llx\"}",
           codes->levels, codes->codes, codes->hop, codes->sample_rate, (unsigned long long)codes->hash);
}
