// SPDX-License-Identifier: MIT
//
// Rendering: events at their frames, the same samples every time, tails, loudness, and what is refused.
#include "apps/midi/renderer.h"

#include <math.h>
#include <sndfile.h>
#include <unistd.h>

#include "arioso/file.h"
#include "support/small_song.h"

static const small_event chord[] = {
    SMALL_ON(500, 1, 60, 90), SMALL_ON(500, 1, 64, 90), SMALL_ON(500, 1, 67, 90), SMALL_OFF(1500, 1, 60),
    SMALL_OFF(1500, 1, 64),   SMALL_OFF(1500, 1, 67),   SMALL_TEXT(60000, 1),
};

typedef struct sound {
  float *samples;
  size_t frames;
} sound;

// The song rendered to a float file and read back; to be freed.
static sound render(const ario_song *song, ario__render_options options, ario__render_report *report) {
  ario_error error = {""};
  const char *path = scratch_path("render.wav");
  options.format = ARIO_SAMPLE_FLOAT;
  if (ario__render(song, path, &options, report, &error)) fail_msg("%s", error.text);
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  assert_non_null(file);
  sound s = {malloc((size_t)info.frames * 2 * sizeof(float)), (size_t)info.frames};
  assert_non_null(s.samples);
  assert_int_equal(sf_readf_float(file, s.samples, info.frames), info.frames);
  assert_int_equal(info.samplerate, options.synth.rate);
  assert_int_equal(info.frames, report->frames);
  sf_close(file);
  return s;
}

// The first frame that is as loud as `level`; s.frames if none is.
static size_t first_sound(sound s, double level) {
  for (size_t i = 0; i < s.frames; i++)
    if (fabs((double)s.samples[2 * i]) >= level || fabs((double)s.samples[2 * i + 1]) >= level) return i;
  return s.frames;
}

static void test_onset(void **state) {
  (void)state;
  static const unsigned rates[] = {44100, 48000, 22050};
  ario_song *song = small_song(chord, COUNT_OF(chord));
  for (size_t i = 0; i < COUNT_OF(rates); i++) {
    ario__render_options options = ario__render_options_default();
    ario__render_report report;
    options.synth.rate = rates[i];
    sound s = render(song, options, &report);
    size_t onset = rates[i] / 2, first = first_sound(s, 1e-6), heard = first_sound(s, 1e-3);
    if (first < onset) fail_msg("sound at frame %zu, before the note at %zu", first, onset);
    if (heard > onset + rates[i] / 100) fail_msg("sound at frame %zu, 10 ms after %zu", heard, onset);
    free(s.samples);
  }
  ario_song_free(song);
}

static void test_same_every_time(void **state) {
  (void)state;
  ario_song *song = small_song(chord, COUNT_OF(chord));
  ario__render_report report;
  sound a = render(song, ario__render_options_default(), &report);
  sound b = render(song, ario__render_options_default(), &report);
  assert_int_equal(a.frames, b.frames);
  assert_memory_equal(a.samples, b.samples, 2 * sizeof(float) * a.frames);
  free(a.samples);
  free(b.samples);
  ario_song_free(song);
}

static void test_tail(void **state) {
  (void)state;
  ario_song *song = small_song(chord, COUNT_OF(chord)); // the music ends at 1.5 s; the text at 60 s is none
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  sound s = render(song, options, &report);
  size_t end = 44100 * 3 / 2;
  assert_true(s.frames > end && s.frames <= end + 3 * 44100);
  for (size_t i = s.frames - 100; i < s.frames; i++) assert_below(fabs((double)s.samples[2 * i]), 1e-3);
  free(s.samples);
  static const double tails[] = {0, 0.1, 2};
  for (size_t i = 0; i < COUNT_OF(tails); i++) {
    options.tail = tails[i];
    s = render(song, options, &report);
    assert_int_equal(s.frames, end + (size_t)lround(44100 * tails[i]));
    assert_below(fabs((double)s.samples[2 * s.frames - 1]), tails[i] > 0 ? 1e-3 : 1); // faded out
    free(s.samples);
  }
  ario_song_free(song);
}

static void test_loudness(void **state) {
  (void)state;
  ario_song *song = small_song(chord, COUNT_OF(chord));
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  sound s = render(song, options, &report);
  assert_int_equal(report.clipped, 0);
  assert_true(report.safe_gain == 0);
  free(s.samples);

  options.synth.gain = 10;
  s = render(song, options, &report);
  size_t beyond = 0;
  double peak = 0;
  for (size_t i = 0; i < 2 * s.frames; i++) {
    beyond += fabs((double)s.samples[i]) > 1;
    peak = fmax(peak, fabs((double)s.samples[i]));
  }
  assert_true(beyond > 0);
  assert_int_equal(report.clipped, beyond);
  assert_below(fabs(report.peak - peak), 1e-6);
  free(s.samples);

  options.synth.gain = report.safe_gain;
  s = render(song, options, &report);
  assert_int_equal(report.clipped, 0);
  assert_below(report.peak, 1);
  assert_below(0.9, report.peak);
  free(s.samples);

  options = ario__render_options_default();
  options.normalize = true;
  s = render(song, options, &report);
  assert_below(fabs(report.peak - pow(10, -0.05)), 1e-5);
  free(s.samples);
  ario_song_free(song);
}

static void note_progress(void *context, double fraction) {
  double *last = context;
  if (fraction < *last || fraction > 1) fail_msg("progress %g after %g", fraction, *last);
  *last = fraction;
}

static void test_progress(void **state) {
  (void)state;
  for (int normalize = 0; normalize < 2; normalize++) {
    ario_song *song = small_song(chord, COUNT_OF(chord));
    ario__render_options options = ario__render_options_default();
    ario__render_report report;
    double last = 0;
    options.normalize = normalize;
    options.progress = note_progress;
    options.context = &last;
    free(render(song, options, &report).samples);
    assert_true(last == 1);
    ario_song_free(song);
  }
}

static void expect_refusal(const ario_song *song, const char *path, ario__render_options options,
                           ario_status expected, const char *part) {
  ario_error error = {""};
  ario__render_report report;
  assert_status(ario__render(song, path, &options, &report, &error), expected);
  assert_contains(error.text, part);
  if (access(path, F_OK) == 0) fail_msg("%s was written", path);
}

static void test_refusals(void **state) {
  (void)state;
  static const small_event silent[] = {SMALL_TEXT(100, 1)};
  static const small_event day[] = {SMALL_ON(0, 1, 60, 90), SMALL_OFF(24 * 3600 * 1000, 1, 60)};
  ario_song *song = small_song(chord, COUNT_OF(chord)), *no_notes = small_song(silent, 1),
            *long_song = small_song(day, COUNT_OF(day));
  ario__render_options options = ario__render_options_default();
  char path[300];
  snprintf(path, sizeof path, "%s", scratch_path("refused.wav"));
  expect_refusal(no_notes, path, options, ARIO_ERR_FORMAT, "no note");
  expect_refusal(long_song, path, options, ARIO_ERR_LIMIT, "24.0 hours");
  expect_refusal(song, "/nowhere/at/all.wav", options, ARIO_ERR_IO, "/nowhere/at/all.wav");
  options.synth.soundfont = "/nowhere/font.sf2";
  expect_refusal(song, path, options, ARIO_ERR_NOT_FOUND, "/nowhere/font.sf2");
  char font[300];
  snprintf(font, sizeof font, "%s", scratch_path("font.sf2"));
  assert_ok(ario_file_write(font, true, "RIFF\4\0\0\0sfbk", 12, NULL));
  options.synth.soundfont = font;
  expect_refusal(song, path, options, ARIO_ERR_FORMAT, "SoundFont");
  options = ario__render_options_default();
  options.synth.rate = 96001;
  expect_refusal(song, path, options, ARIO_ERR_ARGUMENT, "96001");
  options = ario__render_options_default();
  options.synth.gain = NAN;
  expect_refusal(song, path, options, ARIO_ERR_ARGUMENT, "gain");
  options = ario__render_options_default();
  options.tail = 61;
  expect_refusal(song, path, options, ARIO_ERR_ARGUMENT, "tail");
  ario_song_free(song);
  ario_song_free(no_notes);
  ario_song_free(long_song);
}

// Every event that MIDI has, and halves of some; and many more notes than voices.
static void test_hostile_events(void **state) {
  (void)state;
  enum { NOTES = 100000 };
  small_event *events = calloc(NOTES + 1, sizeof *events);
  assert_non_null(events);
  for (size_t i = 0; i < NOTES; i++)
    events[i] = (small_event){0, 1, {(uint8_t)(0x90 | (i / 128) % 16), i % 128, (uint8_t)(1 + i % 127)}, 3};
  events[NOTES] = (small_event){100, 1, {0xB0, 123, 0}, 3};
  ario_song *song = small_song(events, NOTES + 1);
  ario__render_report report;
  sound s = render(song, ario__render_options_default(), &report);
  for (size_t i = 0; i < 2 * s.frames; i++)
    if (!isfinite(s.samples[i])) fail_msg("sample %zu is %g", i, (double)s.samples[i]);
  free(s.samples);
  ario_song_free(song);
  free(events);

  ario__synth *synth;
  ario__synth_options options = ario__synth_options_default();
  float samples[128];
  assert_ok(ario__synth_create(&options, &synth, NULL));
  for (int status = 0; status < 256; status++)
    for (uint8_t size = 0; size <= 6; size++) {
      uint8_t *bytes = malloc(size ? size : 1); // its own block, so that reading past it is seen
      assert_non_null(bytes);
      memset(bytes, size % 2 ? 0xFF : 0x7F, size ? size : 1);
      bytes[0] = (uint8_t)status;
      if (size > 1 && status == 0xF0) bytes[size - 1] = 0xF7;
      ario__synth_send(synth, bytes, size);
      ario__synth_render(synth, samples, 64);
      free(bytes);
    }
  ario__synth_free(synth);
  ario__synth_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_onset),          cmocka_unit_test(test_same_every_time),
      cmocka_unit_test(test_tail),           cmocka_unit_test(test_loudness),
      cmocka_unit_test(test_progress),       cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_hostile_events),
  };
  ario__synth_options options = ario__synth_options_default();
  ario__synth *synth;
  ario_error error;
  ario_status status = ario__synth_create(&options, &synth, &error);
  ario__synth_free(synth);
  if (status == ARIO_ERR_NOT_FOUND) {
    printf("SKIP: %s\n", error.text);
    return 77;
  }
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
