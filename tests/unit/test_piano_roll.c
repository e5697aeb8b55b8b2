// SPDX-License-Identifier: MIT
//
// Piano rolls: valid pictures of sane size that show the notes, whatever the song.
#include "apps/draw/piano_roll.h"

#include <unistd.h>

#include "arioso/file.h"
#include "support/small_song.h"

typedef struct picture {
  uint8_t *bytes;
  size_t size;
  unsigned width, height;
} picture;

static unsigned big_endian(const uint8_t *bytes) {
  return (unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16 | (unsigned)bytes[2] << 8 | bytes[3];
}

static picture draw(const ario_song *song, ario__roll_options options) {
  ario_error error = {""};
  const char *path = scratch_path("roll.png");
  picture p;
  if (ario__roll_write(song, path, &options, &error)) fail_msg("%s", error.text);
  if (ario_file_read(path, 1 << 26, &p.bytes, &p.size, &error)) fail_msg("%s", error.text);
  assert_true(p.size > 100);
  assert_memory_equal(p.bytes, "\x89PNG\r\n\x1a\n", 8);
  assert_memory_equal(p.bytes + 12, "IHDR", 4);
  assert_memory_equal(p.bytes + p.size - 8, "IEND", 4);
  p.width = big_endian(p.bytes + 16);
  p.height = big_endian(p.bytes + 20);
  if (p.width < 2400 || p.width > 4000) fail_msg("%u pixels wide", p.width);
  if (p.height < 600 || p.height > 1600) fail_msg("%u pixels high", p.height);
  return p;
}

static void expect_same(picture a, picture b, bool same) {
  bool equal = a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
  if (equal != same) fail_msg("the pictures are %s", equal ? "equal" : "different");
  free(a.bytes);
  free(b.bytes);
}

static const small_event music[] = {
    SMALL_METER(0, 1, 3),   SMALL_ON(0, 1, 60, 60),    SMALL_OFF(900, 1, 60),  SMALL_ON(1000, 1, 64, 90),
    SMALL_OFF(1900, 1, 64), SMALL_ON(2000, 2, 67, 60), SMALL_OFF(2900, 2, 67),
};

static picture draw_changed(size_t index, small_event event) {
  small_event changed[COUNT_OF(music)];
  memcpy(changed, music, sizeof music);
  changed[index] = event;
  ario_song *song = small_song(changed, COUNT_OF(changed));
  ario__roll_options options = ario__roll_options_default();
  options.track = 2;
  picture p = draw(song, options);
  ario_song_free(song);
  return p;
}

static void test_shows_notes(void **state) {
  (void)state;
  expect_same(draw_changed(0, music[0]), draw_changed(0, music[0]), true);
  expect_same(draw_changed(0, music[0]), draw_changed(0, (small_event)SMALL_METER(0, 1, 4)), false);
  expect_same(draw_changed(0, music[0]), draw_changed(2, (small_event)SMALL_OFF(800, 1, 60)), false);
  expect_same(draw_changed(0, music[0]), draw_changed(3, (small_event)SMALL_ON(1000, 1, 64, 75)), false);
  expect_same(draw_changed(0, music[0]), draw_changed(3, (small_event)SMALL_ON(1000, 1, 65, 90)), false);
}

static void test_options(void **state) {
  (void)state;
  ario_song *song = small_song(music, COUNT_OF(music));
  ario__roll_options plain = ario__roll_options_default(), other = plain;
  other.track = 2;
  expect_same(draw(song, plain), draw(song, other), false);
  ario__roll_options moved = other;
  moved.boundary = 150;
  expect_same(draw(song, other), draw(song, moved), false);
  moved.boundary = 200; // where the first note of track 2 is
  expect_same(draw(song, other), draw(song, moved), true);
  other = plain;
  other.from = 50;
  other.to = 150;
  expect_same(draw(song, plain), draw(song, other), false);
  other = plain;
  other.title = "\u00c9tude \xff\xc0\x80\n in C"; // what is not text must not spoil the picture
  ario__roll_options same = plain;
  same.title = "\u00c9tude \u00ff\u00c0?? in C"; // Latin-1, and two controls
  expect_same(draw(song, other), draw(song, same), true);
  char endless[3000];
  memset(endless, 'W', sizeof endless - 1);
  endless[sizeof endless - 1] = 0;
  other.title = other.subtitle = endless;
  free(draw(song, other).bytes);
  ario_song_free(song);
}

static void test_odd_songs(void **state) {
  (void)state;
  enum { NOTES = 100000 };
  static const small_event text[] = {SMALL_TEXT(0, 1)};
  static const small_event one[] = {SMALL_ON(0, 1, 127, 1)};
  static const small_event long_note[] = {SMALL_METER(0, 1, 1), SMALL_ON(0, 1, 0, 1),
                                          SMALL_OFF(200000000, 1, 0)};
  struct {
    const small_event *events;
    size_t count;
  } songs[] = {{text, 1}, {one, 1}, {long_note, COUNT_OF(long_note)}, {NULL, NOTES}};
  small_event *many = calloc(NOTES, sizeof *many);
  assert_non_null(many);
  for (size_t i = 0; i < NOTES; i++)
    many[i] = (small_event){(uint32_t)i / 3, 1, {0x90, i % 128, (uint8_t)(1 + i % 127)}, 3};
  songs[3].events = many;
  for (size_t i = 0; i < COUNT_OF(songs); i++) {
    ario_song *song = small_song(songs[i].events, songs[i].count);
    ario__roll_options options = ario__roll_options_default();
    free(draw(song, options).bytes);
    options.track = 9; // no such track
    options.from = 1000000;
    options.to = 1000001;
    free(draw(song, options).bytes);
    ario_song_free(song);
  }
  free(many);
}

static void test_unwritable(void **state) {
  (void)state;
  ario_song *song = small_song(music, COUNT_OF(music));
  ario__roll_options options = ario__roll_options_default();
  ario_error error;
  assert_status(ario__roll_write(song, "/nowhere/at/all.png", &options, &error), ARIO_ERR_IO);
  assert_contains(error.text, "/nowhere/at/all.png");
  ario_song_free(song);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shows_notes),
      cmocka_unit_test(test_options),
      cmocka_unit_test(test_odd_songs),
      cmocka_unit_test(test_unwritable),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
