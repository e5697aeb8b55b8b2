// SPDX-License-Identifier: MIT
//
// Every allocation fails once: reading, prompting, continuing and decoding end with ERR_MEMORY, and (with the
// address sanitizer) nothing leaks. Linked with --wrap for the allocating functions.
#include "support/midi.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations_left = -1; // until one fails; below 0: none does

static bool fails(void) {
  if (allocations_left < 0) return false;
  return allocations_left-- == 0;
}

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
  return fails() ? NULL : __real_realloc(old, size);
}

static ario_status everything(const uint8_t *bytes, size_t size) {
  static const ario_token tokens[] = {359, 3 + 60, 259 + 9, 131 + 60, 3 + 62};
  ario_song *song = NULL;
  ario_prompt prompt = {.tokens = NULL};
  ario_prompt_options options = ario_prompt_options_default();
  unsigned track = 0;
  uint8_t *out = NULL, *own = NULL;
  ario_token *encoded = NULL, *band = NULL;
  uint8_t *band_file = NULL;
  size_t out_size, count;
  ario_error error;
  options.tracks = &track;
  options.track_count = 1;
  ario_status status = ario_song_parse(bytes, size, &song, &error);
  if (!status) track = ario_song_describe(song).tracks;
  if (!status) status = ario_song_prompt(song, &options, &prompt, &error);
  if (!status) status = ario_song_continue(song, &prompt, tokens, COUNT_OF(tokens), &out, &out_size, &error);
  if (!status) status = ario_midi_write(tokens, COUNT_OF(tokens), &own, &out_size, &error);
  if (!status)
    status =
        ario_codec_find("midi-performance")->encode(bytes, size, &(ario_config){0}, &encoded, &count, &error);
  if (!status)
    status = ario_codec_find("midi-band")->encode(bytes, size, &(ario_config){0}, &band, &count, &error);
  if (!status)
    status =
        ario_codec_find("midi-band")->decode(band, count, &(ario_config){0}, &band_file, &out_size, &error);
  ario_song_free(song);
  ario_prompt_free(&prompt);
  free(out);
  free(own);
  free(band);
  free(band_file);
  free(encoded);
  return status;
}

static void every_allocation_fails_once(void **state) {
  (void)state;
  static const char *const names[] = {"performance", "metas", "broken/after_end", "only_drums"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    char path[512];
    snprintf(path, sizeof path, "%s%s.mid", MIDI_FOLDER, names[i]);
    size_t size;
    uint8_t *bytes = read_bytes(path, &size);
    ario_status expected = everything(bytes, size);
    long count = 0;
    for (bool failed = true; failed; count++) {
      allocations_left = count;
      ario_status status = everything(bytes, size);
      failed = allocations_left < 0;
      allocations_left = -1;
      // (a warning's text may be missing without harm)
      if (status != (failed ? ARIO_ERR_MEMORY : expected))
        fail_msg("%s: allocation %ld failing: %s", names[i], count, ario_strerror(status));
    }
    printf("%s: %ld allocations\n", names[i], count - 1);
    assert_true(count > 10);
    free(bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
