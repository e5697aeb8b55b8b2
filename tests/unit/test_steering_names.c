// SPDX-License-Identifier: MIT
//
// Keys, chords, ranges, grids and instruments as people write them; what cannot hold together; what a song keeps to.
#include "support/band.h"
#include "support/midi.h"

#include "arioso/steering.h"

static const char *classes_of(uint16_t classes) {
  static char text[64];
  ario_classes_text(classes, text, sizeof text);
  return text;
}

#define CHECK(text, wanted)                                                                                  \
  if (strcmp(classes_of(got), wanted) != 0) fail_msg("%s is %s, not %s", text, classes_of(got), wanted)

static void keys(void **state) {
  (void)state;
  static const char *const table[][2] = {{"C minor", "C D Eb F G Ab Bb B"},
                                         {"C", "C D E F G A B"},
                                         {"c", "C D Eb F G Ab Bb B"},
                                         {"c-moll", "C D Eb F G Ab Bb B"},
                                         {"H-moll", "Db D E F# G A Bb B"},
                                         {"B minor", "Db D E F# G A Bb B"},
                                         {"B-Dur", "C D Eb F G A Bb"},
                                         {"Bb major", "C D Eb F G A Bb"},
                                         {"Es-Dur", "C D Eb F G Ab Bb"},
                                         {"es", "Db D Eb F F# Ab Bb B"},
                                         {"As-Dur", "C Db Eb F G Ab Bb"},
                                         {"f#m", "Db D E F F# Ab A B"},
                                         {"Fis-Moll", "Db D E F F# Ab A B"},
                                         {"F\u266f minor", "Db D E F F# Ab A B"},
                                         {"G Major", "C D E F# G A B"},
                                         {"A natural minor", "C D E F G A B"},
                                         {"A harmonic minor", "C D E F Ab A B"},
                                         {"A melodic minor", "C D E F F# G Ab A B"},
                                         {"D dorian", "C D E F G A B"},
                                         {"d dorisch", "C D E F G A B"},
                                         {"E blues", "D E G A Bb B"},
                                         {"C pentatonic", "C D E G A"},
                                         {"Cb", "Db Eb E F# Ab Bb B"}};
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    uint16_t got;
    ario_error error = {""};
    if (ario_key_parse(table[i][0], &got, &error)) fail_msg("%s", error.text);
    CHECK(table[i][0], table[i][1]);
  }
  static const char *const wrong[] = {"", "X", "C minorish", "Cis Dur moll", "13", "do majeur"};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    uint16_t got = 7;
    ario_error error = {""};
    assert_status(ario_key_parse(wrong[i], &got, &error), ARIO_ERR_ARGUMENT);
    assert_contains(error.text, "is not a key; write C minor, Es-Dur, f#m");
    assert_int_equal(got, 7);
    assert_null(strchr(error.text, '\n'));
  }
}

static void last_chords(void **state) {
  (void)state;
  static const char *const table[][2] = {{"C minor", "C Eb G"},
                                         {"D", "D F# A"},
                                         {"h-moll", "D F# B"},
                                         {"B locrian", "D F B"},
                                         {"A blues", "C E A"}};
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    uint16_t got;
    assert_ok(ario_key_chord(table[i][0], &got, NULL));
    CHECK(table[i][0], table[i][1]);
  }
}

static void scales(void **state) {
  (void)state;
  uint16_t got;
  ario_error error = {""};
  assert_ok(ario_scale_parse("C,D,Eb", &got, &error));
  CHECK("C,D,Eb", "C D Eb");
  assert_ok(ario_scale_parse("c es g h b", &got, &error)); // where there is an H, B is its neighbour
  CHECK("c es g h b", "C Eb G Bb B");
  assert_status(ario_scale_parse("C,X", &got, &error), ARIO_ERR_ARGUMENT);
  assert_string_equal(error.text, "X is not a note; write them like C,D,Eb,F#");
  assert_status(ario_scale_parse(",", &got, &error), ARIO_ERR_ARGUMENT);
}

static void chords(void **state) {
  (void)state;
  static const char *const table[][2] = {
      {"C", "C E G"},       {"Am", "C E A"},    {"A-", "C E A"},     {"F#m7", "Db E F# A"},
      {"Bb", "D F Bb"},     {"Bbm", "Db F Bb"}, {"Hm", "D F# B"},    {"Es7", "Db Eb G Bb"},
      {"Cmaj7", "C E G B"}, {"CM7", "C E G B"}, {"Gdim", "Db G Bb"}, {"G\u00b0", "Db G Bb"},
      {"Caug", "C E Ab"},   {"Asus4", "D E A"}, {"Esus2", "E F# B"}, {"D6", "D F# A B"},
      {"C9", "C D E G Bb"}, {"C/G", "C E G"},   {"C/D", "C D E G"},  {"Dm7b5", "C D F Ab"},
      {"Fis", "Db F# Bb"},  {"Abm", "Eb Ab B"}, {"Asm", "Eb Ab B"},  {"Cm6", "C Eb G A"}};
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    uint16_t got;
    ario_error error = {""};
    if (ario_chord_parse(table[i][0], &got, &error)) fail_msg("%s", error.text);
    CHECK(table[i][0], table[i][1]);
  }
  uint16_t got;
  ario_error error = {""};
  assert_status(ario_chord_parse("Cfoo", &got, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "Cfoo is not a chord; write a root and m, 5, 6");
  assert_status(ario_chord_parse("C/", &got, &error), ARIO_ERR_ARGUMENT);
}

static void progressions(void **state) {
  (void)state;
  ario_progression p;
  ario_error error = {""};
  assert_ok(ario_progression_parse("Am F C G", &p, &error));
  assert_int_equal(p.bars, 4);
  assert_int_equal(p.chords[3], 1);
  assert_ok(ario_progression_parse("# a song\n| Am F | C |\n| Dm G7 NC | % |\n", &p, &error));
  assert_int_equal(p.bars, 4);
  assert_int_equal(p.chords[0], 2);
  assert_int_equal(p.chords[1], 1);
  assert_int_equal(p.chords[2], 3);
  assert_int_equal(p.classes[5], ARIO_ALL_CLASSES);
  assert_int_equal(p.classes[6], ARIO_ALL_CLASSES); // as the one before
  uint16_t got = p.classes[4];
  CHECK("the fifth", "D F G B");
  assert_status(ario_progression_parse("Am Fx", &p, &error), ARIO_ERR_ARGUMENT);
  assert_status(ario_progression_parse("%", &p, &error), ARIO_ERR_ARGUMENT);
  assert_status(ario_progression_parse(" | # nothing", &p, &error), ARIO_ERR_ARGUMENT);
  char many[2 * 129 + 1] = "";
  for (size_t i = 0; i < 129; i++) strcat(many, "C ");
  assert_status(ario_progression_parse(many, &p, &error), ARIO_ERR_LIMIT);
}

static void pitches_and_ranges(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned pitch;
  } table[] = {{"C4", 60},  {"A0", 21},  {"c-1", 0},  {"G9", 127}, {"Bb2", 46},
               {"Es3", 51}, {"B#3", 60}, {"Cb4", 59}, {"60", 60},  {"F#3", 54}};
  unsigned pitch;
  ario_error error = {""};
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    assert_ok(ario_pitch_parse(table[i].text, &pitch, &error));
    if (pitch != table[i].pitch) fail_msg("%s is %u, not %u", table[i].text, pitch, table[i].pitch);
  }
  static const char *const wrong[] = {"", "C", "G#9", "128", "C4x", "X4", "C--1"};
  for (size_t i = 0; i < COUNT_OF(wrong); i++)
    assert_status(ario_pitch_parse(wrong[i], &pitch, &error), ARIO_ERR_ARGUMENT);

  ario_steering s = ario_steering_default();
  assert_ok(ario_range_parse("A2-C6,bass:E1-G3", &s, &error));
  assert_int_equal(s.lowest[0], 45);
  assert_int_equal(s.highest[0], 84);
  assert_int_equal(s.lowest[33], 28);
  assert_int_equal(s.highest[33], 55);
  assert_ok(ario_range_parse("violin:36-40", &s, &error));
  assert_int_equal(s.lowest[40], 36);
  assert_int_equal(s.lowest[41], 45);
  assert_status(ario_range_parse("C6-A2", &s, &error), ARIO_ERR_ARGUMENT);
  assert_string_equal(error.text, "C6-A2: the lower pitch comes first");
  assert_status(ario_range_parse("drums:C1-C2", &s, &error), ARIO_ERR_ARGUMENT);
  assert_status(ario_range_parse("kazoo:C3-C4", &s, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "kazoo is not an instrument");
}

static void grids_and_instruments(void **state) {
  (void)state;
  unsigned steps, typical;
  ario_error error = {""};
  assert_ok(ario_grid_parse("1/16", &steps, &error));
  assert_int_equal(steps, 12);
  assert_ok(ario_grid_parse("12", &steps, &error));
  assert_int_equal(steps, 16);
  static const char *const wrong[] = {"1/5", "1/0", "1/128", "x", "1/", "-4", "1/16x"};
  for (size_t i = 0; i < COUNT_OF(wrong); i++)
    assert_status(ario_grid_parse(wrong[i], &steps, &error), ARIO_ERR_ARGUMENT);
  static const struct {
    const char *text;
    unsigned typical, count;
  } table[] = {{"violin", 40, 1},   {"Bass", 33, 8}, {"drums", 128, 1},
               {"strings", 48, 10}, {"1", 0, 1},     {"128", 127, 1},
               {"guitars", 25, 8},  {"tuba", 58, 1}, {"french horn", 60, 1},
               {"marimba", 12, 1},  {"alto", 65, 1}, {"piano", 0, 8}};
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    bool marked[ARIO_STEER_INSTRUMENTS] = {false};
    unsigned count = 0;
    assert_ok(ario_instrument_parse(table[i].text, marked, &typical, &error));
    for (unsigned p = 0; p < ARIO_STEER_INSTRUMENTS; p++) count += marked[p];
    if (typical != table[i].typical || count != table[i].count)
      fail_msg("%s: %u of %u, not %u of %u", table[i].text, typical, count, table[i].typical, table[i].count);
  }
  bool marked[ARIO_STEER_INSTRUMENTS] = {false};
  assert_status(ario_instrument_parse("theremin", marked, &typical, &error), ARIO_ERR_ARGUMENT);
  assert_status(ario_instrument_parse("0", marked, &typical, &error), ARIO_ERR_ARGUMENT);
  assert_status(ario_instrument_parse("", marked, &typical, &error), ARIO_ERR_ARGUMENT);
}

static ario_steering wishes(const char *key, const char *range, const char *progression, bool strict) {
  ario_steering s = ario_steering_default();
  if (key) assert_ok(ario_key_parse(key, &s.scale, NULL));
  if (range) assert_ok(ario_range_parse(range, &s, NULL));
  if (progression) assert_ok(ario_progression_parse(progression, &s.chords, NULL));
  s.strict = strict;
  return s;
}

static void quarrels(void **state) {
  (void)state;
  static const struct {
    const char *key, *range, *chords;
    bool strict;
    const char *first, *second, *why; // NULL: they go together
  } table[] = {{"C major", "C#4-C#4", NULL, false, "range", "scale", "has no pitch of the scale"},
               {"C major", "bass:F#1-F#1", NULL, false, "range", "scale", "acoustic bass has no pitch"},
               {"C major", "C4-C5", "C F G", false, NULL, NULL, NULL},
               {"A natural minor", NULL, "Am E", true, "chords", "scale", "Ab of E Ab B is not in the scale"},
               {"A natural minor", NULL, "Am E", false, NULL, NULL, NULL},
               {"C pentatonic", NULL, "Ebm", false, "chords", "scale", "nothing of Eb F# Bb is in the scale"},
               {NULL, "D4-E4", "C F", false, "chords", "range", "has nothing of C F A"},
               {NULL, "D4-E4", "NC", true, NULL, NULL, NULL}};
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    const ario_steering s = wishes(table[i].key, table[i].range, table[i].chords, table[i].strict);
    ario_quarrel quarrel;
    bool found = ario_steering_quarrel(&s, &quarrel);
    if (found != (table[i].first != NULL)) fail_msg("row %zu: %s", i, found ? quarrel.why : "no quarrel");
    if (!found) continue;
    assert_string_equal(quarrel.first, table[i].first);
    assert_string_equal(quarrel.second, table[i].second);
    assert_contains(quarrel.why, table[i].why);
  }
  const ario_steering nothing = ario_steering_default();
  assert_true(ario_steering_is_empty(&nothing));
  const ario_steering something = wishes(NULL, "bass:E1-G3", NULL, false);
  assert_false(ario_steering_is_empty(&something));
}

static ario_song *scale_of(unsigned tonic, const unsigned *steps, unsigned tick, unsigned shift) {
  made file = {.division = 480};
  size_t size;
  for (unsigned i = 0; i < 16; i++)
    make_note(&file, 0, i * tick + (i % 4 ? shift : 0), tick, 0, tonic + steps[i % 8], 80);
  uint8_t *bytes = make_file(&file, &size);
  ario_song *song = parse_song(bytes, size);
  free(bytes);
  return song;
}

static void what_songs_keep_to(void **state) {
  (void)state;
  static const unsigned major[] = {0, 2, 4, 5, 7, 9, 11, 12}, minor[] = {0, 2, 3, 5, 7, 8, 11, 12};
  const ario_prompt_options all = ario_prompt_options_default();
  char text[24];
  uint16_t classes;
  ario_song *song = scale_of(62, major, 120, 0);
  assert_ok(ario_song_key(song, &all, &classes, text, sizeof text));
  assert_string_equal(text, "D major");
  assert_int_equal(ario_song_grid(song, &all), 12);
  ario_song_free(song);
  song = scale_of(69, minor, 160, 0);
  assert_ok(ario_song_key(song, &all, &classes, text, sizeof text));
  assert_string_equal(text, "A minor");
  assert_int_equal(ario_song_grid(song, &all), 8);
  const ario_prompt_options few = {.from = 0, .to = 1000000};
  assert_int_equal(ario_song_grid(song, &few), 0);
  const ario_prompt_options none = {.from = 900000000, .to = INT64_MAX};
  assert_status(ario_song_key(song, &none, &classes, text, sizeof text), ARIO_ERR_FORMAT);
  ario_song_free(song);
  song = scale_of(60, major, 120, 7);
  assert_int_equal(ario_song_grid(song, &all), 0);
  ario_song_free(song);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(keys),
                                     cmocka_unit_test(last_chords),
                                     cmocka_unit_test(scales),
                                     cmocka_unit_test(chords),
                                     cmocka_unit_test(progressions),
                                     cmocka_unit_test(pitches_and_ranges),
                                     cmocka_unit_test(grids_and_instruments),
                                     cmocka_unit_test(quarrels),
                                     cmocka_unit_test(what_songs_keep_to)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
