// SPDX-License-Identifier: MIT
//
// Sound files: every kind reads back as what was written; failures leave nothing behind.
#include "arioso/sound.h"

#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "arioso/file.h"
#include "support/test.h"

enum { FRAMES = 5000 };

// Two channels; the first samples are the edges of the integers.
static void fill(float *samples) {
  static const float edges[] = {0, 1, -1, 1.5f, -2, 0.5f / 32768, 0.51f / 32768, -0.51f / 32768};
  for (size_t i = 0; i < 2 * FRAMES; i++)
    samples[i] = i < COUNT_OF(edges) ? edges[i] : 0.4f * sinf((float)i * 0.01f);
}

static ario_status write_sound(const char *path, ario_sample_format format, const float *samples,
                               ario_error *error) {
  ario_sound_writer *writer;
  ario_status status = ario_sound_writer_create(path, true, format, 44100, 2, &writer, error);
  if (!status) status = ario_sound_writer_write(writer, samples, 1234, error);
  if (!status) status = ario_sound_writer_write(writer, samples + 2 * 1234, FRAMES - 1234, error);
  if (!status) status = ario_sound_writer_finish(writer, error);
  ario_sound_writer_free(writer);
  return status;
}

// Reads FRAMES frames of the expected format back as 32-bit integers.
static void read_back(const char *path, int format, int32_t *integers) {
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  if (!file) fail_msg("%s: %s", path, sf_strerror(NULL));
  assert_int_equal(info.format, format);
  assert_int_equal(info.samplerate, 44100);
  assert_int_equal(info.channels, 2);
  assert_int_equal(info.frames, FRAMES);
  assert_int_equal(sf_readf_int(file, integers, FRAMES), FRAMES);
  sf_close(file);
}

static int32_t expected_integer(float sample, int bits) {
  double scale = ldexp(1, bits - 1), value = rint(sample * scale);
  value = fmax(-scale, fmin(scale - 1, value));
  return (int32_t)(value * ldexp(1, 32 - bits));
}

static void test_integers(void **state) {
  (void)state;
  static const struct {
    const char *name;
    ario_sample_format format;
    int file_format, bits;
  } kinds[] = {
      {"a.wav", ARIO_SAMPLE_S16, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16},
      {"a.WAV", ARIO_SAMPLE_S24, SF_FORMAT_WAV | SF_FORMAT_PCM_24, 24},
      {"a.flac", ARIO_SAMPLE_S16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16},
      {"b.flac", ARIO_SAMPLE_S24, SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 24},
  };
  static float samples[2 * FRAMES];
  static int32_t integers[2 * FRAMES];
  fill(samples);
  for (size_t k = 0; k < COUNT_OF(kinds); k++) {
    assert_ok(write_sound(scratch_path(kinds[k].name), kinds[k].format, samples, NULL));
    read_back(scratch_path(kinds[k].name), kinds[k].file_format, integers);
    for (size_t i = 0; i < 2 * FRAMES; i++)
      if (integers[i] != expected_integer(samples[i], kinds[k].bits))
        fail_msg("%s: sample %zu is %d, expected %d", kinds[k].name, i, (int)integers[i],
                 (int)expected_integer(samples[i], kinds[k].bits));
  }
}

static void test_float(void **state) {
  (void)state;
  static float samples[2 * FRAMES], got[2 * FRAMES];
  fill(samples);
  assert_ok(write_sound(scratch_path("f.wav"), ARIO_SAMPLE_FLOAT, samples, NULL));
  SF_INFO info = {0};
  SNDFILE *file = sf_open(scratch_path("f.wav"), SFM_READ, &info);
  assert_non_null(file);
  assert_int_equal(sf_readf_float(file, got, FRAMES), FRAMES);
  sf_close(file);
  assert_memory_equal(got, samples, sizeof got); // beyond full scale too
}

static void test_no_peak_chunk(void **state) { // it would hold the time of day
  (void)state;
  static float samples[2 * FRAMES];
  uint8_t *bytes;
  size_t size;
  fill(samples);
  assert_ok(write_sound(scratch_path("p.wav"), ARIO_SAMPLE_FLOAT, samples, NULL));
  assert_ok(ario_file_read(scratch_path("p.wav"), 1 << 20, &bytes, &size, NULL));
  assert_true(size > 200);
  for (size_t i = 0; i < 200; i++)
    if (memcmp(bytes + i, "PEAK", 4) == 0) fail_msg("a PEAK chunk at byte %zu", i);
  free(bytes);
}

static void test_vorbis(void **state) {
  (void)state;
  static float samples[2 * FRAMES], got[2 * FRAMES];
  for (size_t i = 0; i < 2 * FRAMES; i++) samples[i] = 0.4f * sinf((float)(i / 2) * 0.05f);
  assert_ok(write_sound(scratch_path("a.ogg"), ARIO_SAMPLE_S16, samples, NULL));
  SF_INFO info = {0};
  SNDFILE *file = sf_open(scratch_path("a.ogg"), SFM_READ, &info);
  assert_non_null(file);
  assert_int_equal(info.format, SF_FORMAT_OGG | SF_FORMAT_VORBIS);
  assert_int_equal(sf_readf_float(file, got, FRAMES), FRAMES);
  sf_close(file);
  double noise = 0, signal = 0;
  for (size_t i = 0; i < 2 * FRAMES; i++) {
    noise += (double)(got[i] - samples[i]) * (got[i] - samples[i]);
    signal += (double)samples[i] * samples[i];
  }
  assert_below(noise / signal, 0.01); // lossy, but the same sound
}

static bool exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

static size_t files_in_scratch(void) {
  char command[256];
  unsigned count = 0;
  snprintf(command, sizeof command, "ls -A '%s' | wc -l", scratch_folder());
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  assert_int_equal(fscanf(pipe, "%u", &count), 1);
  pclose(pipe);
  return count;
}

static void expect_refusal(const char *path, ario_sample_format format, unsigned rate, unsigned channels,
                           ario_status expected, const char *part) {
  ario_sound_writer *writer;
  ario_error error;
  size_t before = files_in_scratch();
  assert_status(ario_sound_writer_create(path, true, format, rate, channels, &writer, &error), expected);
  assert_null(writer);
  assert_contains(error.text, part);
  assert_int_equal(files_in_scratch(), before);
}

static void test_refusals(void **state) {
  (void)state;
  expect_refusal(scratch_path("a.mp3"), ARIO_SAMPLE_S16, 44100, 2, ARIO_ERR_ARGUMENT, ".flac");
  expect_refusal(scratch_path("a"), ARIO_SAMPLE_S16, 44100, 2, ARIO_ERR_ARGUMENT, ".wav");
  expect_refusal(scratch_path("x.wav/a"), ARIO_SAMPLE_S16, 44100, 2, ARIO_ERR_ARGUMENT, ".wav");
  expect_refusal(scratch_path("a.flac"), ARIO_SAMPLE_FLOAT, 44100, 2, ARIO_ERR_ARGUMENT, "FLAC");
  expect_refusal(scratch_path("a.wav"), ARIO_SAMPLE_S16, 7999, 2, ARIO_ERR_ARGUMENT, "7999");
  expect_refusal(scratch_path("a.wav"), ARIO_SAMPLE_S16, 44100, 9, ARIO_ERR_ARGUMENT, "9 channels");
  expect_refusal("/nowhere/at/all.wav", ARIO_SAMPLE_S16, 44100, 2, ARIO_ERR_IO, "/nowhere/at/all.wav");
}

static void test_unfinished(void **state) {
  (void)state;
  float samples[20] = {0};
  ario_sound_writer *writer;
  size_t before = files_in_scratch();
  assert_ok(ario_sound_writer_create(scratch_path("u.wav"), true, ARIO_SAMPLE_S16, 44100, 2, &writer, NULL));
  assert_ok(ario_sound_writer_write(writer, samples, 10, NULL));
  ario_sound_writer_free(writer);
  assert_int_equal(files_in_scratch(), before);
  ario_sound_writer_free(NULL);
}

static void test_wav_limit(void **state) {
  (void)state;
  float sample = 0;
  ario_sound_writer *writer;
  ario_error error;
  assert_ok(ario_sound_writer_create(scratch_path("l.wav"), true, ARIO_SAMPLE_S16, 44100, 2, &writer, NULL));
  size_t room = ario_sound_writer_room(writer);
  assert_true(room > 1000000000 && room < UINT32_MAX / 4);
  assert_status(ario_sound_writer_write(writer, &sample, room + 1, &error), ARIO_ERR_LIMIT);
  assert_contains(error.text, "4 GiB");
  ario_sound_writer_free(writer);
}

// A limit on the size of files stands for a full disk: 2 kB fit.
static void test_full_disk(void **state) {
  (void)state;
  static const char *const names[] = {"full.wav", "full.flac", "full.ogg"};
  static float samples[2 * FRAMES];
  for (size_t i = 0; i < 2 * FRAMES; i++) samples[i] = (float)(rand() % 2001 - 1000) / 1001; // no compression
  struct rlimit before, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    const char *path = scratch_path(names[i]);
    ario_error error = {""};
    assert_ok(ario_file_write(path, true, "kept", 4, NULL));
    size_t files = files_in_scratch();
    small = before;
    small.rlim_cur = 2000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    ario_status status = write_sound(path, ARIO_SAMPLE_S16, samples, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_status(status, ARIO_ERR_IO);
    assert_contains(error.text, names[i]);
    assert_contains(error.text, "too large");
    assert_true(exists(path));
    assert_int_equal(files_in_scratch(), files);
    uint8_t *bytes;
    size_t size;
    assert_ok(ario_file_read(path, 100, &bytes, &size, NULL));
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "kept", 4);
    free(bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_integers),      cmocka_unit_test(test_float),
      cmocka_unit_test(test_no_peak_chunk), cmocka_unit_test(test_vorbis),
      cmocka_unit_test(test_refusals),      cmocka_unit_test(test_unfinished),
      cmocka_unit_test(test_wav_limit),     cmocka_unit_test(test_full_disk),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
