// SPDX-License-Identifier: MIT
//
// Sound files: every kind reads back as what was written; failures leave nothing behind.
#include "arioso/sound.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

// Every number of channels that a file may have, in blocks that are no multiple of it.
static void test_surround(void **state) {
  (void)state;
  static float samples[8 * FRAMES], got[8 * FRAMES];
  for (size_t i = 0; i < COUNT_OF(samples); i++) samples[i] = 0.9f * sinf((float)i * 0.37f);
  for (unsigned channels = 1; channels <= 8; channels++) {
    ario_sound_writer *writer;
    ario_error error = {""};
    SF_INFO info = {0};
    assert_ok(ario_sound_writer_create(scratch_path("s.wav"), true, ARIO_SAMPLE_FLOAT, 44100, channels,
                                       &writer, NULL));
    if (ario_sound_writer_write(writer, samples, FRAMES, &error))
      fail_msg("%u channels: %s", channels, error.text);
    assert_ok(ario_sound_writer_finish(writer, NULL));
    ario_sound_writer_free(writer);
    SNDFILE *file = sf_open(scratch_path("s.wav"), SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.channels, channels);
    assert_int_equal(sf_readf_float(file, got, FRAMES + 1), FRAMES);
    assert_memory_equal(got, samples, FRAMES * channels * sizeof *got);
    sf_close(file);
  }
}

// ---- Reading what is odd ----

// Reads a file as mono, in pieces of `step` frames; returns how many there are. *warning: the first, or "".
static size_t read_mono(const char *path, size_t step, float *samples, size_t room, char *warning) {
  ario_sound_reader *reader;
  ario_error error = {""};
  size_t count = 0;
  if (ario_sound_reader_open(path, &reader, &error)) fail_msg("%s", error.text);
  for (size_t got = 1; got && count < room; count += got)
    if (ario_sound_reader_read(reader, samples + count, step < room - count ? step : room - count, &got,
                               &error))
      fail_msg("%s", error.text);
  const char *text = ario_sound_reader_warning(reader, 0);
  snprintf(warning, 160, "%s", text ? text : "");
  if (text) assert_null(ario_sound_reader_warning(reader, 1));
  ario_sound_reader_free(reader);
  return count;
}

// A WAV file of 16 bits as its writer left it that never came to its end: both sizes are `sizes`.
static size_t unfinished_wav(uint8_t *bytes, uint32_t sizes, size_t frames) {
  static const uint8_t head[] =
      "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\1\0\xc0\x5d\0\0\x80\xbb\0\0\2\0\20\0data\0\0\0\0";
  memcpy(bytes, head, 44);
  for (size_t i = 0; i < 4; i++) bytes[4 + i] = bytes[40 + i] = (uint8_t)(sizes >> 8 * i);
  for (size_t i = 0; i < frames; i++) {
    bytes[44 + 2 * i] = (uint8_t)i;
    bytes[45 + 2 * i] = (uint8_t)(i >> 8);
  }
  return 44 + 2 * frames;
}

static void test_unfinished_header(void **state) {
  (void)state;
  static uint8_t bytes[44 + 2 * FRAMES];
  static float samples[FRAMES + 1];
  char warning[160];
  const char *path = scratch_path("size0.wav");
  size_t size = unfinished_wav(bytes, 0, FRAMES);
  assert_ok(ario_file_write(path, true, bytes, size, NULL));
  assert_int_equal(read_mono(path, 777, samples, FRAMES + 1, warning), FRAMES);
  assert_contains(warning, "empty");
  for (size_t i = 0; i < FRAMES; i++) assert_true(samples[i] == (float)i / 32768);
  // One that has no sound indeed: there is nothing to be said.
  assert_ok(ario_file_write(path, true, bytes, 44, NULL));
  assert_int_equal(read_mono(path, 777, samples, FRAMES + 1, warning), 0);
  assert_string_equal(warning, "");
  // What follows the samples is not sound, if the file says that it holds it.
  size = unfinished_wav(bytes, 0, 0);
  bytes[4] = 36 + 12;
  memcpy(bytes + 44, "LIST\4\0\0\0INFO", 12);
  assert_ok(ario_file_write(path, true, bytes, size + 12, NULL));
  assert_int_equal(read_mono(path, 777, samples, FRAMES + 1, warning), 0);
  assert_string_equal(warning, "");
}

static void write_stereo(const char *path, ario_sample_format format, const float *samples, size_t frames) {
  ario_sound_writer *writer;
  assert_ok(ario_sound_writer_create(path, true, format, 44100, 2, &writer, NULL));
  assert_ok(ario_sound_writer_write(writer, samples, frames, NULL));
  assert_ok(ario_sound_writer_finish(writer, NULL));
  ario_sound_writer_free(writer);
}

// Where one channel is the other upside down, one is taken, also if it begins with silence and is read in any pieces.
static void test_opposite_channels(void **state) {
  (void)state;
  static float samples[2 * FRAMES], mono[FRAMES + 1];
  char warning[160];
  const char *path = scratch_path("anti.wav");
  for (size_t i = 0; i < FRAMES; i++) {
    samples[2 * i] = i < 3000 ? 0 : 0.5f * sinf((float)i * 0.05f);
    samples[2 * i + 1] = -samples[2 * i];
  }
  for (size_t step = 1; step <= FRAMES + 1; step += 1234) {
    write_stereo(path, ARIO_SAMPLE_FLOAT, samples, FRAMES);
    assert_int_equal(read_mono(path, step, mono, FRAMES + 1, warning), FRAMES);
    assert_contains(warning, "cancel");
    for (size_t i = 0; i < FRAMES; i++) assert_true(mono[i] == samples[2 * i]);
  }
  // A wide stereo picture is none of these.
  for (size_t i = 0; i < FRAMES; i++) samples[2 * i + 1] *= 0.9f;
  write_stereo(path, ARIO_SAMPLE_FLOAT, samples, FRAMES);
  assert_int_equal(read_mono(path, 100, mono, FRAMES + 1, warning), FRAMES);
  assert_string_equal(warning, "");
  assert_true(fabsf(mono[3500] - 0.05f * samples[7000]) < 1e-6f);
}

// What is silent for longer than anybody looks is mixed: the first channel is not taken alone.
static void test_long_silence(void **state) {
  (void)state;
  enum { SILENT = 61 * 8000 };
  static float samples[2 * (SILENT + FRAMES)], mono[SILENT + FRAMES + 1];
  char warning[160];
  ario_sound_writer *writer;
  const char *path = scratch_path("late.wav");
  for (size_t i = SILENT; i < SILENT + FRAMES; i++) samples[2 * i] = -(samples[2 * i + 1] = 0.25f);
  assert_ok(ario_sound_writer_create(path, true, ARIO_SAMPLE_S16, 8000, 2, &writer, NULL));
  assert_ok(ario_sound_writer_write(writer, samples, SILENT + FRAMES, NULL));
  assert_ok(ario_sound_writer_finish(writer, NULL));
  ario_sound_writer_free(writer);
  assert_int_equal(read_mono(path, 5000, mono, SILENT + FRAMES + 1, warning), SILENT + FRAMES);
  assert_string_equal(warning, "");
  for (size_t i = 0; i < SILENT + FRAMES; i++) assert_true(mono[i] == 0);
}

static void test_huge_floats(void **state) {
  (void)state;
  static float samples[2 * FRAMES], mono[FRAMES + 1];
  char warning[160];
  const char *path = scratch_path("huge.wav");
  for (size_t i = 0; i < 2 * FRAMES; i++)
    samples[i] = 30000; // floats on the scale of integers are left alone
  samples[2 * 1000] = samples[2 * 1000 + 1] = 3e38f;
  samples[2 * 1001] = samples[2 * 1001 + 1] = -3e38f;
  write_stereo(path, ARIO_SAMPLE_FLOAT, samples, FRAMES);
  assert_int_equal(read_mono(path, 100, mono, FRAMES + 1, warning), FRAMES);
  assert_contains(warning, "3e+38 times full scale");
  assert_true(mono[999] == 30000 && mono[1000] == 65536 && mono[1001] == -65536 && mono[1002] == 30000);
}

// ---- Pipes ----

// Lets a child write bytes into a pipe that has this name.
static pid_t feed_pipe(const char *path, const uint8_t *bytes, size_t size) {
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0);
  pid_t child = fork();
  if (child) return child;
  int fd = open(path, O_WRONLY);
  while (size) {
    ssize_t n = write(fd, bytes, size < 100 ? size : 100);
    if (n <= 0) _exit(1);
    bytes += n;
    size -= (size_t)n;
  }
  _exit(0);
}

enum { LONG = 100000 }; // more than is kept of a stream

// Writes one tone, with two channels the second upside down.
static void write_tone(const char *path, int format, unsigned channels) {
  static float samples[2 * LONG];
  for (size_t i = 0; i < (size_t)LONG * channels; i++)
    samples[i] = (i % channels ? -0.5f : 0.5f) * sinf((float)(i / channels) * 0.05f);
  SF_INFO info = {.samplerate = 24000, .channels = (int)channels, .format = format};
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  assert_int_equal(sf_writef_float(file, samples, LONG), LONG);
  sf_close(file);
}

// What comes through a pipe, and from memory, is what comes from the file; and so is the warning.
static void check_pipe(const char *path, bool streamed) {
  static float from_file[LONG + 1], from_pipe[LONG + 1];
  char fifo[300], said[160], warning[160];
  uint8_t *bytes;
  size_t size, got;
  int status;
  snprintf(fifo, sizeof fifo, "%s", scratch_path("fifo"));
  assert_int_equal(read_mono(path, 999, from_file, LONG + 1, said), LONG);
  assert_true(fabsf(from_file[100] - 0.5f * sinf(100 * 0.05f)) < 0.1f);
  assert_ok(ario_file_read(path, 1 << 21, &bytes, &size, NULL));
  pid_t child = feed_pipe(fifo, bytes, size);
  size_t count = read_mono(fifo, 1234, from_pipe, LONG + 1, warning);
  if (count != LONG) fail_msg("%s: %zu samples through a pipe, not %d", path, count, LONG);
  assert_memory_equal(from_pipe, from_file, LONG * sizeof *from_file);
  assert_string_equal(warning, said);
  assert_int_equal(waitpid(child, &status, 0), child);
  ario_sound_reader *reader;
  assert_ok(ario_sound_reader_wrap("memory", bytes, size, &reader, NULL));
  assert_int_equal(ario_sound_reader_info(reader).frames, LONG);
  assert_ok(ario_sound_reader_read(reader, from_pipe, LONG + 1, &got, NULL));
  assert_int_equal(got, LONG);
  assert_memory_equal(from_pipe, from_file, LONG * sizeof *from_file);
  ario_sound_reader_free(reader);
  // The length of a stream is not known.
  child = feed_pipe(fifo, bytes, size);
  assert_ok(ario_sound_reader_open(fifo, &reader, NULL));
  assert_true((ario_sound_reader_info(reader).frames == UINT64_MAX) == streamed);
  ario_sound_reader_free(reader);
  assert_int_equal(waitpid(child, &status, 0), child);
  free(bytes);
}

// Whatever the kind, and also where one channel is the other upside down.
static void test_pipes(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int format;
    bool streamed;
  } kinds[] = {{"k.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, true},
               {"k.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, true},
               {"k.au", SF_FORMAT_AU | SF_FORMAT_FLOAT, true},
               {"k.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, false},
               {"k.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, false},
               {"k.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, false},
               {"k.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, false},
               {"k.w64", SF_FORMAT_W64 | SF_FORMAT_FLOAT, false},
               {"k.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, false}};
  for (size_t k = 0; k < COUNT_OF(kinds); k++)
    for (unsigned channels = 1; channels <= 2; channels++) {
      char path[300];
      snprintf(path, sizeof path, "%s", scratch_path(kinds[k].name));
      write_tone(path, kinds[k].format, channels);
      check_pipe(path, kinds[k].streamed);
    }
}

// A recorder's stream, whose header cannot know the length: 0, or as large as it gets.
static void test_streams_without_length(void **state) {
  (void)state;
  static uint8_t bytes[44 + 2 * FRAMES];
  static float samples[FRAMES + 1];
  static const uint32_t sizes[] = {0, 0x7fffffff, 0xffffffff, 0x80000000};
  char fifo[300], warning[160];
  snprintf(fifo, sizeof fifo, "%s", scratch_path("fifo"));
  for (size_t k = 0; k < COUNT_OF(sizes); k++) {
    size_t size = unfinished_wav(bytes, sizes[k], FRAMES);
    int status;
    pid_t child = feed_pipe(fifo, bytes, size);
    size_t count = read_mono(fifo, 500, samples, FRAMES + 1, warning);
    if (count != FRAMES) fail_msg("size %08x: %zu samples, not %d", (unsigned)sizes[k], count, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) assert_true(samples[i] == (float)i / 32768);
    assert_int_equal(waitpid(child, &status, 0), child);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_integers),
      cmocka_unit_test(test_float),
      cmocka_unit_test(test_no_peak_chunk),
      cmocka_unit_test(test_vorbis),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_unfinished),
      cmocka_unit_test(test_wav_limit),
      cmocka_unit_test(test_full_disk),
      cmocka_unit_test(test_surround),
      cmocka_unit_test(test_unfinished_header),
      cmocka_unit_test(test_opposite_channels),
      cmocka_unit_test(test_long_silence),
      cmocka_unit_test(test_huge_floats),
      cmocka_unit_test(test_pipes),
      cmocka_unit_test(test_streams_without_length),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
