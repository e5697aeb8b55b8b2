// SPDX-License-Identifier: MIT
//
// Figures, histograms and faults of small pieces whose numbers are known, and shared runs against a search in
// all places.
#include "arioso/statistics.h"
#include "core/base/rng.h"
#include "tests/support/test.h"

#include <math.h>

static ario_note note(int64_t start, int64_t end, int pitch, int velocity) {
  return (ario_note){
      .start = start, .end = end, .pitch = (uint8_t)pitch, .velocity = (uint8_t)velocity, .track = 1};
}

static ario_statistics statistics(const ario_note *notes, size_t count) {
  ario_statistics s;
  assert_ok(ario_statistics_of(notes, count, 0, INT64_MAX, &s));
  return s;
}

#define ASSERT_NEAR(x, wanted) assert_below(fabs((x) - (wanted)), 1e-9)

static const ario_note triad[] = {{.start = 0, .end = 100, .pitch = 60, .velocity = 64, .track = 1},
                                  {.start = 50, .end = 150, .pitch = 64, .velocity = 80, .track = 1},
                                  {.start = 200, .end = 300, .pitch = 67, .velocity = 96, .track = 1}};

static void figures_of_three_notes(void **state) {
  (void)state;
  ario_statistics s = statistics(triad, COUNT_OF(triad));
  assert_int_equal(s.onsets, 3);
  assert_int_equal(s.steps, 300);
  ASSERT_NEAR(s.figures.notes_per_s, 1);
  ASSERT_NEAR(s.figures.polyphony, 1.2);
  ASSERT_NEAR(s.figures.pitch_range, 7);
  ASSERT_NEAR(s.figures.pitch_entropy, log2(3));
  ASSERT_NEAR(s.figures.in_scale, 100);
  ASSERT_NEAR(s.figures.velocity, 80);
  ASSERT_NEAR(s.figures.velocity_spread, sqrt(512.0 / 3));
  ASSERT_NEAR(s.figures.overlap, 100 * 50.0 / 300);
  ASSERT_NEAR(s.figures.silence, 0.5);
  ASSERT_NEAR(s.figures.similarity, 0);
  ASSERT_NEAR(s.figures.same_pitch, 1);
  assert_int_equal(s.faults.first, -1);
}

static void histograms_of_three_notes(void **state) {
  (void)state;
  ario_statistics s = statistics(triad, COUNT_OF(triad));
  const struct {
    ario_histogram histogram;
    size_t bin;
    double count;
  } wanted[] = {{ARIO_HISTOGRAM_PITCH, 64, 1},          {ARIO_HISTOGRAM_PITCH_CLASS, 7, 1},
                {ARIO_HISTOGRAM_ONSET_INTERVAL, 12, 1}, {ARIO_HISTOGRAM_ONSET_INTERVAL, 15, 1},
                {ARIO_HISTOGRAM_DURATION, 14, 3},       {ARIO_HISTOGRAM_VELOCITY, 16, 1},
                {ARIO_HISTOGRAM_VELOCITY, 24, 1},       {ARIO_HISTOGRAM_POLYPHONY, 1, 200},
                {ARIO_HISTOGRAM_POLYPHONY, 2, 50},      {ARIO_HISTOGRAM_DENSITY, 2, 1},
                {ARIO_HISTOGRAM_DENSITY, 0, 1},         {ARIO_HISTOGRAM_DENSITY, 1, 1}};
  for (size_t i = 0; i < COUNT_OF(wanted); i++)
    if (s.histograms[wanted[i].histogram][wanted[i].bin] != wanted[i].count)
      fail_msg("%s, bin %zu: %g", ario_histogram_text(wanted[i].histogram), wanted[i].bin,
               s.histograms[wanted[i].histogram][wanted[i].bin]);
}

static void a_stretch_is_cut_out(void **state) {
  (void)state;
  ario_statistics s;
  assert_ok(ario_statistics_of(triad, COUNT_OF(triad), 50, 120, &s));
  assert_int_equal(s.onsets, 1);
  assert_int_equal(s.steps, 70);
  ASSERT_NEAR(s.figures.velocity, 80);
  assert_ok(ario_statistics_of(triad, COUNT_OF(triad), 400, 500, &s));
  assert_int_equal(s.onsets, 0);
  ASSERT_NEAR(s.figures.polyphony, 0);
  assert_ok(ario_statistics_of(NULL, 0, 0, 1, &s));
  assert_status(ario_statistics_of(triad, 3, 5, 5, &s), ARIO_ERR_ARGUMENT);
  const ario_note disordered[] = {triad[1], triad[0]};
  assert_status(ario_statistics_of(disordered, 2, 0, 100, &s), ARIO_ERR_ARGUMENT);
}

// The pitch range is from the 5th to the 95th percentile: one note in twenty at either end does not count.
static void rare_pitches_are_not_in_the_range(void **state) {
  (void)state;
  ario_note notes[41];
  for (int i = 0; i < 41; i++)
    notes[i] = note(i * 10, i * 10 + 10, i < 2 ? 30 : i < 39 ? 60 + i % 5 : 100, 64);
  ASSERT_NEAR(statistics(notes, 41).figures.pitch_range, 4);
  notes[5].pitch = 30; // three of 41
  notes[6].pitch = 100;
  ASSERT_NEAR(statistics(notes, 41).figures.pitch_range, 70);
}

// A note has one step at least.
static void a_note_of_no_length_has_a_step(void **state) {
  (void)state;
  const ario_note notes[] = {note(0, 0, 60, 64), note(5, 5, 62, 64)};
  ario_statistics s = statistics(notes, 2);
  assert_int_equal(s.steps, 6);
  ASSERT_NEAR(s.figures.polyphony, 1);
  ASSERT_NEAR(s.histograms[ARIO_HISTOGRAM_DURATION][1], 2);
}

static void notes_of_a_chord_do_not_overlap_each_other(void **state) {
  (void)state;
  const ario_note chords[] = {note(0, 100, 60, 64), note(0, 100, 64, 64), note(80, 180, 67, 64)};
  ASSERT_NEAR(statistics(chords, 3).figures.overlap, 100 * 40.0 / 300);
  const ario_note again[] = {note(0, 10, 60, 64), note(10, 20, 60, 64), note(20, 30, 61, 64)};
  ASSERT_NEAR(statistics(again, 3).figures.same_pitch, 2);
}

static void scales_are_those_of_each_ten_seconds(void **state) {
  (void)state;
  ario_note notes[24];
  static const int major[] = {0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 4};
  for (int i = 0; i < 24; i++) // C major, then a semitone higher
    notes[i] = note(i < 12 ? i * 10 : 1000 + i * 10, (i < 12 ? i * 10 : 1000 + i * 10) + 10,
                    60 + major[i % 12] + i / 12, 64);
  ASSERT_NEAR(statistics(notes, 24).figures.in_scale, 100);
  for (int i = 0; i < 24; i++) notes[i] = note(i * 10, i * 10 + 10, 60 + i, 64); // all twelve
  ASSERT_NEAR(statistics(notes, 24).figures.in_scale, 100 * 7.0 / 12);
}

// `times` times `period` notes of different pitches, a quarter of a second apart.
static size_t repeat(ario_note *notes, size_t period, size_t times) {
  for (size_t i = 0; i < period * times; i++)
    notes[i] = note((int64_t)i * 25, (int64_t)i * 25 + 20, 40 + (int)(i % period * 7 % 40), 64);
  return period * times;
}

static void faults_are_found(void **state) {
  (void)state;
  ario_note notes[200];
  assert_int_equal(statistics(notes, repeat(notes, 8, 3)).faults.loops, 0);
  assert_int_equal(statistics(notes, repeat(notes, 8, 4)).faults.loops, 1);
  assert_int_equal(statistics(notes, repeat(notes, 8, 4)).faults.first, 0);
  assert_int_equal(statistics(notes, repeat(notes, 8, 8)).faults.loops, 2);
  assert_int_equal(statistics(notes, repeat(notes, 4, 7)).faults.loops,
                   0); // of 1 s: 2 s, three and a half times
  assert_int_equal(statistics(notes, repeat(notes, 13, 4)).faults.loops, 1);
  const ario_note quiet[] = {note(0, 100, 60, 64), note(600, 700, 60, 64), note(1201, 1300, 60, 64)};
  assert_int_equal(statistics(quiet, 3).faults.silences, 1); // 5.01 s, and not 5 s
  assert_int_equal(statistics(quiet, 3).faults.first, 700);
  const ario_note off[] = {note(0, 1, 21, 64), note(5, 6, 108, 64), note(7, 8, 20, 64), note(9, 10, 109, 64)};
  assert_int_equal(statistics(off, 4).faults.off_keyboard, 2);
  assert_int_equal(statistics(off, 4).faults.first, 7);
}

static void what_returns_is_counted(void **state) {
  (void)state;
  ario_note notes[48];
  for (int i = 0; i < 16; i++) notes[i] = note(i * 10, i * 10 + 10, 40 + i * i % 31, 64);
  for (int i = 16; i < 32; i++) notes[i] = note(i * 10, i * 10 + 10, notes[i - 16].pitch, 64);
  for (int i = 32; i < 48; i++) notes[i] = note(i * 10, i * 10 + 10, 90 - i, 64);
  ASSERT_NEAR(statistics(notes, 48).figures.similarity, 100 * 9.0 / 48);
}

static void sets_are_compared(void **state) {
  (void)state;
  ario_note notes[64], higher[64];
  struct ario__rng rng;
  ario__rng_seed(&rng, 3);
  for (int i = 0; i < 64; i++) {
    notes[i] = note(i * 9, i * 9 + 4 + (int64_t)(30 * ario__rng_uniform(&rng)),
                    50 + (int)(20 * ario__rng_uniform(&rng)), 64);
    higher[i] = notes[i];
    higher[i].pitch += 12;
  }
  ario_statistics a = statistics(notes, 64), b = statistics(higher, 64), both = a;
  double overlap, divergence;
  for (int h = 0; h < ARIO_HISTOGRAM_INSTRUMENT; h++) {
    ario_histogram_compare(&a, &a, (ario_histogram)h, &overlap, &divergence);
    ASSERT_NEAR(overlap, 1);
    ASSERT_NEAR(divergence, 0);
    ario_histogram_compare(&a, &b, (ario_histogram)h, &overlap, &divergence);
    if (h == ARIO_HISTOGRAM_PITCH)
      assert_true(overlap < 0.6 && divergence > 0.1);
    else
      ASSERT_NEAR(overlap, 1);
  }
  ASSERT_NEAR(a.figures.pitch_range, b.figures.pitch_range);
  ario_statistics_add(&both, &b);
  assert_int_equal(both.onsets, 128);
  ASSERT_NEAR(both.figures.notes_per_s, a.figures.notes_per_s);
  ASSERT_NEAR(both.histograms[ARIO_HISTOGRAM_PITCH_CLASS][3],
              2 * a.histograms[ARIO_HISTOGRAM_PITCH_CLASS][3]);
  // Two bins by hand: 3 and 1 against 1 and 3.
  const ario_note low[] = {note(0, 1, 60, 64), note(1, 2, 60, 64), note(2, 3, 60, 64), note(3, 4, 61, 64)};
  const ario_note high[] = {note(0, 1, 60, 64), note(1, 2, 61, 64), note(2, 3, 61, 64), note(3, 4, 61, 64)};
  a = statistics(low, 4), b = statistics(high, 4);
  ario_histogram_compare(&a, &b, ARIO_HISTOGRAM_PITCH_CLASS, &overlap, &divergence);
  ASSERT_NEAR(overlap, 0.5);
  ASSERT_NEAR(divergence, 0.35 * log(3.5 / 1.5) + 0.15 * log(1.5 / 3.5));
}

// Four notes in the first ten seconds, two in the last, one of which is held from before the window.
static void windows_of_a_piece(void **state) {
  (void)state;
  const ario_note notes[] = {note(0, 100, 60, 64),     note(0, 300, 61, 64),     note(500, 600, 62, 64),
                             note(500, 600, 64, 64),   note(1900, 2500, 60, 64), note(2100, 2200, 66, 64),
                             note(2999, 3200, 68, 64), note(3000, 3100, 70, 64)};
  ario_course c;
  assert_ok(ario_course_of(notes, COUNT_OF(notes), 0, 3000, 0, &c));
  ASSERT_NEAR(c.first.notes_per_s, 0.4);
  ASSERT_NEAR(c.first.length, (1 + 3 + 1 + 1) / 4.0);
  ASSERT_NEAR(c.first.polyphony, (100 + 300 + 200) / 400.0);
  ASSERT_NEAR(c.first.silence, 60);
  ASSERT_NEAR(c.first.in_scale, 75); // 60, 62, 64
  ASSERT_NEAR(c.last.notes_per_s, 0.2);
  ASSERT_NEAR(c.last.length, (1 + 2.01) / 2);             // past the end, too
  ASSERT_NEAR(c.last.polyphony, (500 + 100 + 1) / 501.0); // with 60 from before
  ASSERT_NEAR(c.last.silence, 49.9);
  ASSERT_NEAR(c.end.notes_per_s, 0.15);
  assert_ok(ario_course_of(notes, COUNT_OF(notes), 0, INT64_MAX, 0, &c)); // to the end at 3200
  ASSERT_NEAR(c.last.notes_per_s, 0.2);                                   // 2200 is not in [2200, 3200)
  assert_ok(ario_course_of(notes, 0, 0, 3000, 0, &c));
  ASSERT_NEAR(c.last.notes_per_s, 0);
  assert_int_equal(c.limit, 300);
  assert_status(ario_course_of(notes, 2, 7, 7, 0, &c), ARIO_ERR_ARGUMENT);
  const ario_note disordered[] = {notes[7], notes[0]};
  assert_status(ario_course_of(disordered, 2, 0, 9999, 0, &c), ARIO_ERR_ARGUMENT);
}

// Of 401 lengths the 99.5th percentile is the third longest.
static void notes_that_do_not_end_are_stuck(void **state) {
  (void)state;
  ario_note notes[401];
  ario_course c;
  int64_t limit;
  for (int i = 0; i < 401; i++) notes[i] = note(i * 10, i * 10 + 20 + (i == 7 ? 180 : 0), 40 + i % 30, 64);
  assert_ok(ario_note_limit(notes, 401, &limit));
  assert_int_equal(limit, 300); // at least 3 s
  notes[100].end = notes[100].start + 1000;
  notes[300].end = notes[300].start + 401;
  assert_ok(ario_note_limit(notes, 401, &limit));
  assert_int_equal(limit, 400);
  assert_ok(ario_course_of(notes, 401, 0, INT64_MAX, 0, &c));
  assert_int_equal(c.limit, 400);
  assert_int_equal(c.stuck, 2);
  assert_ok(ario_course_of(notes, 401, 0, INT64_MAX, 401, &c));
  assert_int_equal(c.stuck, 1);
  notes[100].instrument = ARIO_NOTE_DRUMS; // drums have no length
  assert_ok(ario_course_of(notes, 401, 0, INT64_MAX, 400, &c));
  assert_int_equal(c.stuck, 1);
}

// 16 notes, of which six come back once: two of eleven runs are equal.
static void runs_return(void **state) {
  (void)state;
  ario_note notes[16];
  ario_course c;
  for (int i = 0; i < 16; i++) notes[i] = note(i * 10, i * 10 + 10, 40 + (i < 10 ? i : i - 10), 64);
  assert_ok(ario_course_of(notes, 16, 0, INT64_MAX, 0, &c));
  ASSERT_NEAR(c.returns, 100 * 2.0 / 11);
  notes[12].pitch++;
  assert_ok(ario_course_of(notes, 16, 0, INT64_MAX, 0, &c));
  ASSERT_NEAR(c.returns, 0);
  for (int i = 0; i < 16; i++) notes[i].pitch = 60;
  assert_ok(ario_course_of(notes, 16, 0, INT64_MAX, 0, &c));
  ASSERT_NEAR(c.returns, 100);
  assert_ok(ario_course_of(notes, 5, 0, INT64_MAX, 0, &c));
  ASSERT_NEAR(c.returns, 0);
}

// Two instruments and drums, whose onsets count, but not their pitches and lengths.
static void a_band_is_described(void **state) {
  (void)state;
  ario_note notes[] = {note(0, 50, 60, 64), note(0, 6, 36, 100), note(50, 100, 64, 64),
                       note(75, 80, 42, 100)};
  static const unsigned told[][2] = {{1, 0}, {129, 1}, {34, 53}, {129, 78}};
  for (size_t i = 0; i < COUNT_OF(notes); i++) {
    notes[i].instrument = (uint8_t)told[i][0];
    notes[i].place = (uint16_t)(told[i][1] + 1);
  }
  ario_statistics s = statistics(notes, COUNT_OF(notes)), twice = {.onsets = 0};
  assert_true(s.told);
  ASSERT_NEAR(s.band.instruments, 3);
  ASSERT_NEAR(s.band.drums, 50);
  ASSERT_NEAR(s.band.on_grid, 50); // 0 and 1; 53 is 5 off 48, 78 is 2 off 80
  ASSERT_NEAR(s.figures.notes_per_s, 4);
  ASSERT_NEAR(s.figures.polyphony, 1);
  ASSERT_NEAR(s.figures.velocity, 82);
  ASSERT_NEAR(s.figures.pitch_range, 4);
  const struct {
    ario_histogram histogram;
    size_t bin;
    double count;
  } wanted[] = {{ARIO_HISTOGRAM_PITCH, 36, 0},       {ARIO_HISTOGRAM_PITCH, 60, 1},
                {ARIO_HISTOGRAM_INSTRUMENT, 0, 1},   {ARIO_HISTOGRAM_INSTRUMENT, 33, 1},
                {ARIO_HISTOGRAM_INSTRUMENT, 128, 2}, {ARIO_HISTOGRAM_DRUM, 36, 1},
                {ARIO_HISTOGRAM_DRUM, 42, 1},        {ARIO_HISTOGRAM_GRID, 0, 1},
                {ARIO_HISTOGRAM_GRID, 5, 1},         {ARIO_HISTOGRAM_GRID, 30, 1},
                {ARIO_HISTOGRAM_BAR, 0, 2},          {ARIO_HISTOGRAM_BAR, 4, 1},
                {ARIO_HISTOGRAM_BAR, 6, 1},          {ARIO_HISTOGRAM_VELOCITY, 25, 2}};
  for (size_t i = 0; i < COUNT_OF(wanted); i++)
    if (s.histograms[wanted[i].histogram][wanted[i].bin] != wanted[i].count)
      fail_msg("%s, bin %zu: %g", ario_histogram_text(wanted[i].histogram), wanted[i].bin,
               s.histograms[wanted[i].histogram][wanted[i].bin]);
  ario_statistics_add(&twice, &s);
  ario_statistics_add(&twice, &s);
  assert_true(twice.told);
  ASSERT_NEAR(twice.band.drums, 50);
  ario_statistics untold = statistics(triad, COUNT_OF(triad));
  assert_false(untold.told);
  ario_statistics_add(&twice, &untold);
  assert_false(twice.told);
  // Drums alone: no pitch, no silence.
  s = statistics(notes + 1, 1);
  ASSERT_NEAR(s.figures.polyphony, 0);
  ASSERT_NEAR(s.figures.pitch_range, 0);
  ASSERT_NEAR(s.band.drums, 100);
}

static size_t longest_everywhere(const ario_note *a, size_t na, const ario_note *b, size_t nb, size_t *end) {
  size_t longest = 0;
  *end = 0;
  for (size_t j = 1; j <= nb; j++) // by where it ends in b, the first first
    for (size_t i = 1; i <= na; i++) {
      size_t length = 0;
      while (length < i && length < j && a[i - 1 - length].pitch == b[j - 1 - length].pitch) length++;
      if (length <= longest) continue;
      longest = length;
      *end = j;
    }
  return longest;
}

static void shared_runs_are_the_longest(void **state) {
  (void)state;
  struct ario__rng rng;
  ario__rng_seed(&rng, 5);
  for (int trial = 0; trial < 400; trial++) {
    ario_note a[80], b[80];
    size_t na = (size_t)(80 * ario__rng_uniform(&rng)), nb = (size_t)(80 * ario__rng_uniform(&rng)), end,
           wanted_end;
    double pitches = 1 + 6 * ario__rng_uniform(&rng);
    for (size_t i = 0; i < 80; i++) {
      a[i] = note((int64_t)i, (int64_t)i + 1, (int)(pitches * ario__rng_uniform(&rng)), 64);
      b[i] = note((int64_t)i, (int64_t)i + 1, (int)(pitches * ario__rng_uniform(&rng)), 64);
    }
    ario_pitch_runs *runs;
    assert_ok(ario_pitch_runs_create(a, na, &runs));
    size_t wanted = longest_everywhere(a, na, b, nb, &wanted_end);
    assert_int_equal(ario_pitch_runs_longest(runs, b, nb, &end), wanted);
    assert_int_equal(end, wanted_end);
    assert_int_equal(ario_pitch_runs_longest(runs, a, na, &end), na);
    ario_pitch_runs_free(runs);
  }
  ario_pitch_runs_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_of_three_notes),
      cmocka_unit_test(histograms_of_three_notes),
      cmocka_unit_test(a_stretch_is_cut_out),
      cmocka_unit_test(rare_pitches_are_not_in_the_range),
      cmocka_unit_test(a_note_of_no_length_has_a_step),
      cmocka_unit_test(notes_of_a_chord_do_not_overlap_each_other),
      cmocka_unit_test(scales_are_those_of_each_ten_seconds),
      cmocka_unit_test(faults_are_found),
      cmocka_unit_test(what_returns_is_counted),
      cmocka_unit_test(sets_are_compared),
      cmocka_unit_test(windows_of_a_piece),
      cmocka_unit_test(notes_that_do_not_end_are_stuck),
      cmocka_unit_test(runs_return),
      cmocka_unit_test(a_band_is_described),
      cmocka_unit_test(shared_runs_are_the_longest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
