// SPDX-License-Identifier: MIT
//
// Piano rolls: valid pictures of sane size that show the notes, who plays them, drums and what is new, whatever the
// song.
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
  if (p.height < 350 || p.height > 1900) fail_msg("%u pixels high", p.height);
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

enum { GIVEN = 5 }; // of music, before its second track

// Draws events [count], of which the first `given` were given.
static picture draw_events(const small_event *events, size_t count, size_t given) {
  ario_song *song = small_song(events, count), *before = small_song(events, given);
  ario__roll_options options = ario__roll_options_default();
  options.continued = true;
  options.given = before;
  picture p = draw(song, options);
  ario_song_free(song);
  ario_song_free(before);
  return p;
}

static picture draw_changed(size_t index, small_event event) {
  small_event changed[COUNT_OF(music)];
  memcpy(changed, music, sizeof music);
  changed[index] = event;
  return draw_events(changed, COUNT_OF(changed), GIVEN);
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
  ario_song *song = small_song(music, COUNT_OF(music)), *given = small_song(music, GIVEN);
  ario__roll_options plain = ario__roll_options_default(), other = plain;
  other.continued = true;
  expect_same(draw(song, plain), draw(song, other), false);
  ario__roll_options all_new = other;
  other.given = given;
  expect_same(draw(song, all_new), draw(song, other), false);
  ario__roll_options moved = other;
  moved.boundary = 150;
  expect_same(draw(song, other), draw(song, moved), false);
  moved.boundary = 200; // where the first new note is
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
  ario_song_free(given);
}

#define PROGRAM(at, track, channel, program)                                                                 \
  { at, track, {0xC0 | (channel), program}, 2 }
#define HIT(at, track, drum, velocity)                                                                       \
  { at, track, {0x99, drum, velocity}, 3 }

enum { SECOND_PROGRAM = 3, SNARE = 6, BAND_GIVEN = 7 };
static const small_event band[] = {
    PROGRAM(0, 1, 0, 33),      SMALL_ON(0, 1, 40, 80),     SMALL_OFF(900, 1, 40), PROGRAM(0, 2, 1, 48),
    {0, 2, {0x91, 64, 70}, 3}, {900, 2, {0x81, 64, 0}, 3}, HIT(500, 3, 38, 90),   HIT(1000, 4, 36, 90),
};

static picture draw_band(size_t index, small_event event, size_t given) {
  small_event changed[COUNT_OF(band)];
  memcpy(changed, band, sizeof band);
  changed[index] = event;
  return draw_events(changed, COUNT_OF(changed), given);
}

static void test_shows_who_plays(void **state) {
  (void)state;
  picture as_it_is = draw_band(SNARE, band[SNARE], BAND_GIVEN), other;
  expect_same(draw_band(SNARE, band[SNARE], BAND_GIVEN), draw_band(SNARE, band[SNARE], COUNT_OF(band)),
              false);
  other = draw_band(SECOND_PROGRAM, (small_event)PROGRAM(0, 2, 1, 49), BAND_GIVEN); // another name
  expect_same(other, draw_band(SNARE, band[SNARE], BAND_GIVEN), false);
  other =
      draw_band(SECOND_PROGRAM, (small_event)PROGRAM(0, 2, 1, 33), BAND_GIVEN); // one instrument and drums
  expect_same(other, draw_band(SNARE, band[SNARE], BAND_GIVEN), false);
  other = draw_band(SNARE, (small_event)HIT(500, 3, 40, 90), BAND_GIVEN); // another drum
  expect_same(other, draw_band(SNARE, band[SNARE], BAND_GIVEN), false);
  other = draw_band(SNARE, (small_event)HIT(500, 3, 38, 60), BAND_GIVEN); // softer
  expect_same(other, draw_band(SNARE, band[SNARE], BAND_GIVEN), false);
  other = draw_band(SNARE, (small_event)SMALL_TEXT(500, 3), BAND_GIVEN); // one drum less, so one row
  if (other.height >= as_it_is.height)
    fail_msg("%u pixels high, with a drum more %u", other.height, as_it_is.height);
  expect_same(other, as_it_is, false);
}

// A song of one instrument looks the same whichever it is: it has no legend.
static void test_one_instrument(void **state) {
  (void)state;
  static const small_event piano[] = {SMALL_ON(0, 1, 60, 60), SMALL_OFF(900, 1, 60)};
  static const small_event flute[] = {PROGRAM(0, 1, 0, 73), SMALL_ON(0, 1, 60, 60), SMALL_OFF(900, 1, 60)};
  expect_same(draw_events(piano, COUNT_OF(piano), COUNT_OF(piano)),
              draw_events(flute, COUNT_OF(flute), COUNT_OF(flute)), true);
}

static void test_many_instruments(void **state) {
  (void)state;
  enum { PROGRAMS = 128, DRUMS = 128, EVENTS = 3 * PROGRAMS + DRUMS };
  small_event *events = calloc(EVENTS, sizeof *events);
  assert_non_null(events);
  for (unsigned i = 0; i < PROGRAMS; i++) {
    uint8_t pitch = (uint8_t)(i % 128);
    events[3 * i] = (small_event)PROGRAM(i * 100, 1, 0, (uint8_t)i);
    events[3 * i + 1] = (small_event)SMALL_ON(i * 100, 1, pitch, 80);
    events[3 * i + 2] = (small_event)SMALL_OFF(i * 100 + 90, 1, pitch);
  }
  for (unsigned i = 0; i < DRUMS; i++) events[3 * PROGRAMS + i] = (small_event)HIT(i * 90, 2, (uint8_t)i, 80);
  size_t pitched = 3 * (size_t)PROGRAMS;
  picture none = draw_events(events, pitched, pitched);
  picture few = draw_events(events, pitched + 12, pitched + 12);
  picture many = draw_events(events, EVENTS, EVENTS); // in groups, of which there are six
  if (few.height <= many.height || many.height <= none.height)
    fail_msg("%u pixels high without drums, %u with 12, %u with 128", none.height, few.height, many.height);
  free(events);
  free(none.bytes);
  free(few.bytes);
  free(many.bytes);
}

static void test_drums_alone(void **state) {
  (void)state;
  static const small_event one[] = {HIT(500, 1, 38, 90)};
  static const small_event two[] = {HIT(500, 1, 38, 90), HIT(900, 1, 0, 90)}; // 0 has no name
  picture p = draw_events(one, 1, 1);
  expect_same(draw_events(one, 1, 1), draw_events(one, 1, 0), false); // given, or new
  expect_same(p, draw_events(two, 2, 2), false);
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
    options.continued = true;
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
      cmocka_unit_test(test_shows_notes),      cmocka_unit_test(test_options),
      cmocka_unit_test(test_shows_who_plays),  cmocka_unit_test(test_one_instrument),
      cmocka_unit_test(test_many_instruments), cmocka_unit_test(test_drums_alone),
      cmocka_unit_test(test_odd_songs),        cmocka_unit_test(test_unwritable),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
