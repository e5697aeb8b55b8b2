// SPDX-License-Identifier: MIT
//
// The codec "audio" in the table of codecs: files of audio codes <-> tokens with bos and eos. The network
// between sound and such files (arioso/audio.h) is not needed here.
#include "codecs/audio/audio_codec.h"
#include "arioso/audio_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAMES_AT_ONCE = 256 };

// A model may use fewer levels than a file has, unless the codec has a predictor: then the hashes differ.
static ario_status check_head(const ario_codes *head, const ario_codes *wanted, ario_error *error) {
  if (wanted->levels * wanted->codes > UINT16_MAX - ARIO_CODES_FIRST)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "has %zu levels of %zu codes, too many for 16-bit tokens",
                     wanted->levels, wanted->codes);
  if (head->hash != wanted->hash || head->codes != wanted->codes)
    return ario_fail(
        error, ARIO_ERR_FORMAT,
        "was made by another audio codec (%016llx, in %zu levels) than the model's (%016llx, in %zu)",
        (unsigned long long)head->hash, head->levels, (unsigned long long)wanted->hash, wanted->levels);
  if (head->levels < wanted->levels)
    return ario_fail(error, ARIO_ERR_FORMAT, "has %zu levels, and the model needs %zu", head->levels,
                     wanted->levels);
  return ARIO_OK;
}

// A growing list of tokens.
struct line {
  ario_token *tokens; // [count]
  size_t count, room;
};

static bool make_room(struct line *line, size_t more) {
  if (more <= line->room - line->count) return true;
  size_t room = line->count + more + line->count / 2;
  ario_token *grown = realloc(line->tokens, room * sizeof *grown);
  if (!grown) return false;
  line->tokens = grown;
  line->room = room;
  return true;
}

static ario_status read_frames(ario_tok *file, const ario_codes *wanted, struct line *line,
                               ario_error *error) {
  size_t levels = file->head.levels, frames;
  uint16_t codes[FRAMES_AT_ONCE * ARIO_CODES_LEVELS];
  do {
    ario_status status = ario_tok_read(file, codes, FRAMES_AT_ONCE, &frames, error);
    if (status) return status;
    // One more, for the final eos.
    if (!make_room(line, frames * wanted->levels + 1))
      return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
    for (size_t i = 0; i < frames; i++)
      for (size_t level = 0; level < wanted->levels; level++)
        line->tokens[line->count++] =
            (ario_token)(ario_codes_first(wanted, level) + codes[i * levels + level]);
  } while (frames);
  return ARIO_OK;
}

static ario_status encode(const uint8_t *bytes, size_t size, const ario_config *model, ario_token **tokens,
                          size_t *count, ario_error *error) {
  *tokens = NULL;
  *count = 0;
  if (!size) return ario_fail(error, ARIO_ERR_FORMAT, "is empty");
  FILE *stream = fmemopen((void *)bytes, size, "rb");
  struct line line = {.tokens = NULL};
  ario_tok file;
  if (!stream || !make_room(&line, 1)) {
    if (stream) fclose(stream);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  line.tokens[line.count++] = ARIO_CODES_BOS;
  ario_status status = ario_tok_read_head(&file, stream, error);
  ario_codes own = {0};
  if (!status) status = ario_codes_of(model, &own, error);
  const ario_codes *wanted = own.levels ? &own : &file.head;
  if (!status) status = check_head(&file.head, wanted, error);
  if (!status) status = read_frames(&file, wanted, &line, error);
  fclose(stream);
  if (status) {
    free(line.tokens);
    return status;
  }
  line.tokens[line.count++] = ARIO_CODES_EOS;
  *tokens = line.tokens;
  *count = line.count;
  return ARIO_OK;
}

// The codes of tokens [count], which must be whole frames, without bos and eos.
static ario_status read_tokens(const ario_token *tokens, size_t count, const ario_codes *codes, uint16_t *out,
                               ario_error *error) {
  for (size_t i = 0; i < count; i++) {
    size_t first = ario_codes_first(codes, i % codes->levels);
    if (tokens[i] < first || tokens[i] >= first + codes->codes)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "token %u is not a code of level %zu", tokens[i],
                       i % codes->levels);
    out[i] = (uint16_t)(tokens[i] - first);
  }
  if (count % codes->levels)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "the last frame has %zu of %zu codes", count % codes->levels,
                     codes->levels);
  return ARIO_OK;
}

static ario_status write_file(const ario_codes *head, const uint16_t *codes, size_t frames, uint8_t **bytes,
                              size_t *size) {
  char *text = NULL;
  ario_tok file;
  FILE *stream = open_memstream(&text, size);
  if (!stream) return ARIO_ERR_MEMORY;
  ario_status status = ario_tok_write_head(&file, stream, head);
  if (!status) status = ario_tok_write(&file, codes, frames);
  if (!status) status = ario_tok_write_end(&file, (uint64_t)frames * head->hop);
  if (fclose(stream) || status) {
    free(text);
    return ARIO_ERR_MEMORY; // a stream in memory fails for no other reason
  }
  *bytes = (uint8_t *)text;
  return ARIO_OK;
}

static ario_status decode(const ario_token *tokens, size_t count, const ario_config *model, uint8_t **bytes,
                          size_t *size, ario_error *error) {
  ario_codes own;
  const ario_codes *codes = &own;
  *bytes = NULL;
  *size = 0;
  ario_status status = ario_codes_of(model, &own, error);
  if (status) return status;
  if (!codes->levels)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "nothing says which audio codec's codes these are");
  if (count && tokens[0] == ARIO_CODES_BOS) tokens++, count--;
  if (count && tokens[count - 1] == ARIO_CODES_EOS) count--;
  uint16_t *out = malloc((count + 1) * sizeof *out);
  if (!out) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  status = read_tokens(tokens, count, codes, out, error);
  if (!status && write_file(codes, out, count / codes->levels, bytes, size))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  free(out);
  return status;
}

static void describe(ario_token token, const ario_config *model, char *text, size_t size) {
  static const char *const special[] = {"pad", "bos", "eos"};
  size_t codes = 0, code = token < ARIO_CODES_FIRST ? 0 : (size_t)token - ARIO_CODES_FIRST;
  if (token < ARIO_CODES_FIRST)
    snprintf(text, size, "%s", special[token]);
  else if (token < model->vocab_size && ario_config_codec_size(model, "codes", &codes) && codes)
    snprintf(text, size, "level %zu code %zu", code / codes, code % codes);
  else
    snprintf(text, size, "no token (%u)", token);
}

// ---- In token caches: uint64 hash, uint32 levels, codes, samples a frame, sample rate, little-endian ----

static const size_t identity_sizes[] = {8, 4, 4, 4, 4};

static ario_status identify(const ario_config *model, uint8_t identity[ARIO_IDENTITY_BYTES],
                            ario_error *error) {
  ario_codes codes;
  ario_status status = ario_codes_of(model, &codes, error);
  const uint64_t numbers[] = {codes.hash, codes.levels, codes.codes, codes.hop, codes.sample_rate};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; identity += identity_sizes[i++])
    for (size_t k = 0; k < identity_sizes[i]; k++) identity[k] = (uint8_t)(numbers[i] >> 8 * k);
  return status;
}

static uint64_t number_at(const uint8_t *bytes, size_t size) {
  uint64_t number = 0;
  for (size_t k = size; k-- > 0;) number = number << 8 | bytes[k];
  return number;
}

// The hash is of all but the levels.
static ario_status recognize(const uint8_t identity[ARIO_IDENTITY_BYTES], const ario_config *model,
                             ario_error *error) {
  ario_codes wanted;
  ario_status status = ario_codes_of(model, &wanted, error);
  if (status) return status;
  uint64_t hash = number_at(identity, 8), levels = number_at(identity + 8, 4);
  if (hash == wanted.hash && levels == wanted.levels) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT,
                   "its codes are of %zu levels of the audio codec %016llx, not of %zu of %016llx",
                   (size_t)levels, (unsigned long long)hash, wanted.levels, (unsigned long long)wanted.hash);
}

const ario_codec ario__audio_codec = {.name = "audio",
                                      .about = "sound files, or audio codes (*.tok)",
                                      .medium = ARIO_SOUND,
                                      .version = 1,
                                      .vocab_size = 0, // the model's: its levels and codes
                                      .suffix = ".tok",
                                      .encode = encode,
                                      .decode = decode,
                                      .describe = describe,
                                      .identify = identify,
                                      .recognize = recognize,
                                      .temperature = 1.08}; // below 1 the sound fades away
