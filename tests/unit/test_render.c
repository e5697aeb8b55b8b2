// SPDX-License-Identifier: MIT
//
// Rendering: events at their frames, the same samples every time, tails, loudness, and what is refused.
#include "apps/live/soundfont.h"
#include "apps/midi/renderer.h"

#include <math.h>
#include <sndfile.h>
#include <sys/resource.h>
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

// The song rendered to a float file and read back; the caller frees it.
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
  options.limit = false;
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

// What is loud stays below the ceiling, as it was in shape; what is not passes bit for bit; blocks do not matter.
static void test_limiter(void **state) {
  (void)state;
  enum { RATE = 8000, FRAMES = 4 * RATE };
  float *in = malloc(2 * FRAMES * sizeof *in), *out = malloc(2 * FRAMES * sizeof *out),
        *pieces = malloc(2 * FRAMES * sizeof *pieces);
  for (size_t i = 0; i < FRAMES; i++) { // a burst in the second second
    double level = i / RATE == 1 ? 5 : 0.5, angle = 2 * 3.14159265358979 * 100 * (double)i / RATE;
    in[2 * i] = (float)(level * sin(angle));
    in[2 * i + 1] = (float)(0.5 * level * cos(angle));
  }
  memcpy(out, in, 2 * FRAMES * sizeof *out);
  memcpy(pieces, in, 2 * FRAMES * sizeof *pieces);
  ario__limiter limiter = ario__limiter_make(RATE), other = limiter;
  ario__limiter_apply(&limiter, out, FRAMES, 2);
  for (size_t at = 0, step = 1; at < FRAMES; at += step, step = step % 97 + 1) {
    if (step > FRAMES - at) step = FRAMES - at;
    ario__limiter_apply(&other, pieces + 2 * at, step, 2);
  }
  assert_memory_equal(out, pieces, 2 * FRAMES * sizeof *out);
  assert_memory_equal(out, in, 2 * RATE * sizeof *out);
  assert_memory_equal(out + 2 * (FRAMES - RATE / 5), in + 2 * (FRAMES - RATE / 5),
                      2 * (RATE / 5) * sizeof *out);
  assert_below(fabs(limiter.peak - 5), 1e-3);
  for (size_t i = 0; i < 2 * FRAMES; i++)
    if (fabs((double)out[i]) > ario__limiter_ceiling + 1e-7) fail_msg("sample %zu is %g", i, (double)out[i]);
  // Once the gain has fallen it stays in the burst: the wave is a smaller one, not a clipped one.
  for (size_t i = RATE + 200; i < 2 * RATE; i++) {
    double wanted = in[2 * i] * ario__limiter_ceiling / 5;
    if (fabs(out[2 * i] - wanted) > 0.02) fail_msg("frame %zu is %g, not %g", i, (double)out[2 * i], wanted);
  }
  // One channel is limited as two alike are.
  for (size_t i = 0; i < FRAMES; i++) pieces[i] = out[2 * i] = out[2 * i + 1] = in[2 * i];
  limiter = other = ario__limiter_make(RATE);
  ario__limiter_apply(&limiter, out, FRAMES, 2);
  ario__limiter_apply(&other, pieces, FRAMES, 1);
  for (size_t i = 0; i < FRAMES; i++)
    if (pieces[i] != out[2 * i])
      fail_msg("frame %zu is %g, not %g", i, (double)pieces[i], (double)out[2 * i]);
  free(in), free(out), free(pieces);
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

// ---- The end ----

static size_t frames_of(const ario_song *song, ario__render_options options) {
  ario__render_report report;
  sound s = render(song, options, &report);
  free(s.samples);
  return s.frames;
}

// Notes without an end last as long as tokens say, to the end of the file; silence is not added where that is far.
static void test_hanging(void **state) {
  (void)state;
  static const small_event ended[] = {{0, 1, {0xC0, 19}, 2}, SMALL_ON(0, 1, 60, 90), SMALL_OFF(4000, 1, 60)};
  static const small_event hanging[] = {{0, 1, {0xC0, 19}, 2}, SMALL_ON(0, 1, 60, 90), SMALL_TEXT(4000, 1)};
  static const small_event piano[] = {SMALL_ON(0, 1, 96, 90), SMALL_TEXT(600000, 1)};
  static const small_event text[] = {SMALL_ON(0, 1, 96, 90), SMALL_OFF(500, 1, 96), SMALL_TEXT(600000, 1)};
  ario__render_options options = ario__render_options_default();
  ario__render_report a, b;
  ario_song *song = small_song(ended, COUNT_OF(ended)), *other = small_song(hanging, COUNT_OF(hanging));
  sound first = render(song, options, &a), second = render(other, options, &b);
  assert_int_equal(first.frames, second.frames);
  for (size_t i = 0; i < 2 * first.frames; i++) // an organ, let go at 4 s
    if (first.samples[i] != second.samples[i]) fail_msg("sample %zu differs", i);
  free(first.samples);
  free(second.samples);
  ario_song_free(song);
  ario_song_free(other);
  song = small_song(piano, COUNT_OF(piano)); // ten minutes, of which a high string sounds for a few seconds
  size_t frames = frames_of(song, options);
  if (frames < 44100 || frames > 60 * 44100) fail_msg("%zu frames", frames);
  ario_song_free(song);
  song = small_song(text, COUNT_OF(text));
  assert_true(frames_of(song, options) < 4 * 44100);
  ario_song_free(song);
}

static void test_length(void **state) {
  (void)state;
  static const small_event loop[] = {SMALL_ON(0, 1, 60, 90), SMALL_OFF(240, 1, 60), SMALL_METER(0, 2, 3),
                                     SMALL_TEXT(8500, 1)}; // bars of 1.5 s
  static const small_event exact[] = {SMALL_ON(0, 1, 60, 90), SMALL_OFF(240, 1, 60), SMALL_TEXT(8000, 1)};
  ario_song *song = small_song(loop, COUNT_OF(loop)), *whole = small_song(exact, COUNT_OF(exact));
  ario__render_options options = ario__render_options_default();
  options.length = ARIO__LENGTH_FILE;
  assert_int_equal(frames_of(song, options), 8.5 * 44100);
  options.tail = 0.5;
  assert_int_equal(frames_of(song, options), 9 * 44100);
  options.tail = -1;
  options.length = ARIO__LENGTH_BARS;
  assert_int_equal(frames_of(song, options), 9 * 44100);
  assert_int_equal(frames_of(whole, options), 8 * 44100);
  options.from = 1000000;
  options.to = 3000000;
  assert_int_equal(frames_of(whole, options), 2 * 44100);
  ario_song_free(song);
  ario_song_free(whole);
}

// A part sounds as in the whole, with the programs and pedals that were set before it; what began before it does not.
static void test_part(void **state) {
  (void)state;
  static const small_event events[] = {{0, 1, {0xC0, 19}, 2},    {0, 1, {0xB0, 7, 60}, 3},
                                       SMALL_ON(100, 1, 40, 90), SMALL_ON(2000, 1, 60, 90),
                                       SMALL_OFF(2500, 1, 60),   SMALL_OFF(5000, 1, 40)};
  static const small_event alone[] = {
      {0, 1, {0xC0, 19}, 2}, {0, 1, {0xB0, 7, 60}, 3}, SMALL_ON(1000, 1, 60, 90), SMALL_OFF(1500, 1, 60)};
  ario_song *song = small_song(events, COUNT_OF(events)), *same = small_song(alone, COUNT_OF(alone));
  ario__render_options part = ario__render_options_default(), whole = part;
  part.from = 1000000;
  part.to = 3000000;
  part.tail = 0;
  whole.to = 2000000;
  whole.length = ARIO__LENGTH_FILE;
  ario__render_report report;
  sound a = render(song, part, &report), b = render(same, whole, &report);
  assert_int_equal(a.frames, 2 * 44100);
  for (size_t i = 0; i < 2 * b.frames; i++)
    if (a.samples[i] != b.samples[i]) fail_msg("sample %zu differs", i);
  free(a.samples);
  free(b.samples);
  ario_song_free(song);
  ario_song_free(same);
}

// Three hours, at a low rate; the peak of memory does not grow with them.
static void test_long_song(void **state) {
  (void)state;
  static const small_event events[] = {SMALL_ON(0, 1, 60, 90), SMALL_OFF(1000, 1, 60),
                                       SMALL_ON(10799000, 1, 64, 90), SMALL_OFF(10800000, 1, 64)};
  ario_song *song = small_song(events, COUNT_OF(events));
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  ario_error error = {""};
  options.synth.rate = 8000;
  options.tail = 0;
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  if (ario__render(song, scratch_path("long.flac"), &options, &report, &error)) fail_msg("%s", error.text);
  getrusage(RUSAGE_SELF, &after);
  assert_int_equal(report.frames, 10800 * 8000);
  long grown = after.ru_maxrss - before.ru_maxrss; // kB; the samples would be 691 MB as floats
#ifdef __SANITIZE_ADDRESS__                        // keeps up to 256 MB of what was freed
  long most = 50000 + 256000;
#else
  long most = 50000;
#endif
  if (grown > most) fail_msg("%ld kB more, at most %ld are expected", grown, most);
  ario_song_free(song);
}

// ---- Channels ----

static void assert_same_sound(const ario_song *song, const ario_song *other, const char *what) {
  ario__render_report report;
  ario__render_options options = ario__render_options_default();
  options.length = ARIO__LENGTH_FILE;
  sound a = render(song, options, &report), b = render(other, options, &report);
  assert_int_equal(a.frames, b.frames);
  for (size_t i = 0; i < 2 * a.frames; i++)
    if (a.samples[i] != b.samples[i]) fail_msg("%s: sample %zu differs", what, i);
  free(a.samples);
  free(b.samples);
}

#define XG_RESET                                                                                             \
  { 0, 1, {0xF0, 8, 0x43, 0x10, 0x4C, 0, 0, 0x7E, 0, 0xF7}, 10 }
#define GS_RESET                                                                                             \
  { 0, 1, {0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41, 0xF7}, 12 }
#define GS_RHYTHM(part, map)                                                                                 \
  { 0, 1, {0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | (part), 0x15, map, 0, 0xF7}, 12 }

#define BEATS(channel)                                                                                       \
  {500, 1, {0x90 | (channel), 36, 99}, 3}, {700, 1, {0x90 | (channel), 42, 99}, 3}, {                        \
    1000, 1, {0x80 | (channel), 36, 0}, 3                                                                    \
  }

// Drums on channel 3, as XG and GS declare them, sound as those of channel 10, and channel 10 as a piano.
static void test_drums(void **state) {
  (void)state;
  static const small_event ten[] = {{0, 1, {0xC9, 0}, 2}, BEATS(9)};
  static const small_event xg[] = {XG_RESET, {0, 1, {0xB2, 0, 127}, 3}, {0, 1, {0xC2, 0}, 2}, BEATS(2)};
  static const small_event gs[] = {GS_RESET, {0, 1, {0xC2, 0}, 2}, GS_RHYTHM(3, 1), BEATS(2)};
  static const small_event piano[] = {{0, 1, {0xC2, 0}, 2}, BEATS(2)};
  static const small_event gs_piano[] = {GS_RESET, GS_RHYTHM(0, 0), BEATS(9)};
  static const small_event back[] = {GS_RESET, GS_RHYTHM(0, 0), GS_RESET, BEATS(9)};
  ario_song *songs[] = {small_song(ten, COUNT_OF(ten)),     small_song(xg, COUNT_OF(xg)),
                        small_song(gs, COUNT_OF(gs)),       small_song(back, COUNT_OF(back)),
                        small_song(piano, COUNT_OF(piano)), small_song(gs_piano, COUNT_OF(gs_piano))};
  assert_same_sound(songs[0], songs[1], "XG");
  assert_same_sound(songs[0], songs[2], "GS");
  assert_same_sound(songs[0], songs[3], "reset");
  assert_same_sound(songs[4], songs[5], "channel 10 as a piano");
  for (size_t i = 0; i < COUNT_OF(songs); i++) {
    ario_song_info info = ario_song_describe(songs[i]);
    assert_int_equal(info.drum_notes, i < 4 ? 2 : 0); // the model hears the same
    assert_int_equal(info.notes, i < 4 ? 0 : 2);
    ario_song_free(songs[i]);
  }
}

// Channel 1 of a second port is another channel: an organ there goes on where the piano's key goes up, with its own
// program.
static void test_ports(void **state) {
  (void)state;
  static const small_event two[] = {{0, 1, {0xFF, 0x21, 1, 0}, 4}, {0, 2, {0xFF, 0x21, 1, 1}, 4},
                                    {0, 1, {0xC0, 0}, 2},          {0, 2, {0xC0, 19}, 2},
                                    SMALL_ON(0, 1, 60, 90),        SMALL_OFF(500, 1, 60),
                                    SMALL_ON(100, 2, 60, 90),      SMALL_OFF(3000, 2, 60)};
  static const small_event same[] = {{0, 1, {0xC0, 0}, 2},        {0, 2, {0xC1, 19}, 2},
                                     SMALL_ON(0, 1, 60, 90),      SMALL_OFF(500, 1, 60),
                                     {100, 2, {0x91, 60, 90}, 3}, {3000, 2, {0x81, 60, 0}, 3}};
  ario_song *song = small_song(two, COUNT_OF(two)), *other = small_song(same, COUNT_OF(same));
  assert_same_sound(song, other, "ports");
  ario_song_free(song);
  ario_song_free(other);
}

// Random events: where by the channels' state a note sounds, FluidSynth sounds, and where none does it is silent.
static void test_what_sounds(void **state) {
  (void)state;
  enum { ROUNDS = 60, EVENTS = 30, RATE = 8000 };
  static const uint8_t controls[] = {64, 64, 64, 66, 66, 120, 121, 123, 124, 125, 126, 127};
  ario__synth_options options = ario__synth_options_default();
  options.rate = RATE;
  float *samples = calloc(2 * RATE, sizeof *samples);
  assert_non_null(samples);
  uint64_t chance = 1;
  for (int round = 0; round < ROUNDS; round++) {
    ario__synth *synth;
    ario_channels channels;
    ario_channels_init(&channels);
    assert_ok(ario__synth_create(&options, &synth, NULL));
    for (unsigned c = 0; c < 2; c++)
      ario__synth_send(synth, 0, (const uint8_t[]){(uint8_t)(0xC0 | c), 19}, 2);
    for (int i = 0; i < EVENTS; i++) {
#define DRAW(limit)                                                                                          \
  ((unsigned)((chance = chance * 6364136223846793005u + 1442695040888963407u) >> 33) % (limit))
      unsigned kind = DRAW(3), channel = DRAW(2), pitch = 60 + 4 * DRAW(3);
      uint8_t key = channels.channels[channel].keys[pitch];
      // FluidSynth holds what begins again under the sostenuto pedal, too; tokens are told by the oracle not to.
      if (kind == 0 && (key & ARIO_KEY_SOUNDS)) kind = 1;
      uint8_t bytes[3] = {(uint8_t)(0x90 | channel), (uint8_t)pitch, (uint8_t)(kind ? 0 : 90)};
      if (kind == 2) bytes[0] = (uint8_t)(0xB0 | channel), bytes[1] = controls[DRAW(COUNT_OF(controls))];
      if (kind == 2) bytes[2] = (uint8_t)(127 * DRAW(2));
      ario_channels_feed(&channels, 0, i, bytes, 3, NULL, NULL);
      ario__synth_send(synth, 0, bytes, 3);
      ario__synth_render(synth, samples, RATE); // an organ's note dies away in less
      bool sounds = channels.channels[0].sounding || channels.channels[1].sounding;
      if (sounds != (ario__synth_voices(synth) > 0))
        fail_msg("round %d, event %d (%02x %d %d): %zu voices, but notes %s", round, i, bytes[0], bytes[1],
                 bytes[2], ario__synth_voices(synth), sounds ? "sound" : "do not sound");
    }
#undef DRAW
    ario__synth_free(synth);
  }
  free(samples);
}

static void expect_refusal(const ario_song *song, const char *path, ario__render_options options,
                           ario_status expected, const char *part) {
  ario_error error = {""};
  ario__render_report report;
  assert_status(ario__render(song, path, &options, &report, &error), expected);
  assert_contains(error.text, part);
  if (access(path, F_OK) == 0) fail_msg("%s was written", path);
}

// A SoundFont's chunks: LISTs, of which `odd` adds a byte to the first. The last is the list of presets.
static size_t font_bytes(uint8_t *bytes, bool odd, bool padded) {
  uint8_t *p = bytes;
  memcpy(p, "RIFF\0\0\0\0sfbk", 12);
  p += 12;
  const char *const names[] = {"INFO", "sdta", "pdta"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    uint8_t size = (uint8_t)(10 + (odd && i < 2));
    memset(p, 0, 8u + size + 1);
    memcpy(p, "LIST", 4);
    p[4] = size;
    memcpy(p + 8, names[i], 4);
    p += 8 + size + (size % 2 && padded);
  }
  bytes[4] = (uint8_t)(p - bytes - 8);
  return (size_t)(p - bytes);
}

// A chunk of odd size may have no byte of padding, as in files that MuseScore's tools write.
static void test_chunks_without_padding(void **state) {
  (void)state;
  uint8_t bytes[128];
  const char *found;
  for (int k = 0; k < 4; k++) {
    size_t size = font_bytes(bytes, k & 1, k & 2);
    ario_error error = {""};
    assert_ok(ario_file_write(scratch_path("chunks.sf3"), true, bytes, size, NULL));
    if (ario__soundfont_find(scratch_path("chunks.sf3"), &found, &error))
      fail_msg("case %d: %s", k, error.text);
    assert_ok(ario_file_write(scratch_path("chunks.sf3"), true, bytes, size - 1, NULL)); // presets cut short
    assert_status(ario__soundfont_find(scratch_path("chunks.sf3"), &found, &error), ARIO_ERR_FORMAT);
  }
}

static void test_refusals(void **state) {
  (void)state;
  static const small_event silent[] = {SMALL_TEXT(100, 1)};
  static const small_event day[] = {SMALL_ON(0, 1, 60, 90), SMALL_OFF(25 * 3600 * 1000, 1, 60)};
  ario_song *song = small_song(chord, COUNT_OF(chord)), *no_notes = small_song(silent, 1),
            *long_song = small_song(day, COUNT_OF(day));
  ario__render_options options = ario__render_options_default();
  char path[300];
  snprintf(path, sizeof path, "%s", scratch_path("refused.wav"));
  expect_refusal(no_notes, path, options, ARIO_ERR_FORMAT, "no note");
  expect_refusal(long_song, path, options, ARIO_ERR_LIMIT, "25.0 hours");
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
  options = ario__render_options_default();
  options.from = 1500000;
  expect_refusal(song, path, options, ARIO_ERR_ARGUMENT, "the music ends at 1.50 s");
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
      ario__synth_send(synth, 0, bytes, size);
      ario__synth_render(synth, samples, 64);
      free(bytes);
    }
  ario__synth_free(synth);
  ario__synth_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_onset),       cmocka_unit_test(test_same_every_time),
      cmocka_unit_test(test_tail),        cmocka_unit_test(test_loudness),
      cmocka_unit_test(test_progress),    cmocka_unit_test(test_chunks_without_padding),
      cmocka_unit_test(test_refusals),    cmocka_unit_test(test_hostile_events),
      cmocka_unit_test(test_hanging),     cmocka_unit_test(test_length),
      cmocka_unit_test(test_part),        cmocka_unit_test(test_long_song),
      cmocka_unit_test(test_drums),       cmocka_unit_test(test_ports),
      cmocka_unit_test(test_what_sounds), cmocka_unit_test(test_limiter),
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
