// SPDX-License-Identifier: MIT
//
// A recording that goes on live, without a sound card: the tape, the reel, and the sounder into a file.
#include "apps/audio/playback.h"
#include "apps/audio/reel.h"
#include "apps/audio/sounder.h"
#include "apps/live/tape.h"
#include "support/midi.h"

#include <math.h>
#include <time.h>

enum { RATE = 24000, FRAMES = 12007 };

// ---- The tape ----

// Frame n holds n; what is cut is written anew, with another sign on the left.
static void a_tape_keeps_what_is_ahead(void **state) {
  (void)state;
  ario__tape *tape = ario__tape_create();
  assert_non_null(tape);
  chance c = {1};
  int64_t end = 0, played = 0;
  for (int round = 0; round < 2000; round++) {
    float samples[2 * 100];
    size_t count = draw_below(&c, 100);
    for (size_t i = 0; i < count; i++) {
      samples[2 * i] = (float)(end + (int64_t)i);
      samples[2 * i + 1] = -(float)(end + (int64_t)i);
    }
    assert_true(ario__tape_append(tape, samples, count, played));
    end += (int64_t)count;
    assert_int_equal(ario__tape_end(tape), end);
    if (draw_below(&c, 5) == 0) {
      int64_t at = played + (int64_t)draw_below(&c, 60);
      end = at < end ? at : end;
      assert_int_equal(ario__tape_cut(tape, at), end);
    }
    size_t wanted = draw_below(&c, 60);
    ario__tape_read(tape, played, samples, wanted);
    for (size_t i = 0; i < wanted; i++) {
      float want = played + (int64_t)i < end ? (float)(played + (int64_t)i) : 0;
      assert_true(samples[2 * i] == want && samples[2 * i + 1] == -want);
    }
    played = played + (int64_t)wanted < end ? played + (int64_t)wanted : end;
  }
  ario__tape_free(tape);
  ario__tape_free(NULL);
}

static void rest(double seconds) {
  const struct timespec time = {.tv_nsec = (long)(1e9 * seconds)};
  nanosleep(&time, NULL);
}

// ---- A recording ----

static float wave_at(size_t i, size_t side) {
  return (float)(int)(8000 * sin(0.03 * (double)i) + 100 * (double)side) / 32768;
}

static void write_recording(const char *path) {
  ario_sound_writer *writer;
  static float samples[2 * FRAMES];
  for (size_t i = 0; i < FRAMES; i++)
    for (size_t side = 0; side < 2; side++) samples[2 * i + side] = wave_at(i, side);
  assert_ok(ario_sound_writer_create(path, true, ARIO_SAMPLE_S16, RATE, 2, &writer, NULL));
  assert_ok(ario_sound_writer_write(writer, samples, FRAMES, NULL));
  assert_ok(ario_sound_writer_finish(writer, NULL));
  ario_sound_writer_free(writer);
}

// Performs samples [frames, 2] from a tape into a file of 16 bits, and reads them back from it.
static void perform_tape(const float *samples, size_t frames, float *heard) {
  ario__stage_options options = ario__stage_options_default();
  char wav[256];
  snprintf(wav, sizeof wav, "%s", scratch_path("tape.wav"));
  options.speaker = false;
  options.tape = true;
  options.tail = 0;
  options.wav = wav;
  options.synth.rate = RATE;
  ario__stage *stage;
  ario_sound_reader *reader;
  size_t count;
  assert_ok(ario__stage_create(&options, &stage, NULL));
  assert_ok(ario__stage_append(stage, samples, frames));
  ario__stage_finish(stage, (int64_t)frames);
  assert_ok(ario__stage_start(stage, NULL));
  while (!ario__stage_look(stage).ended) rest(0.002);
  assert_ok(ario__stage_save(stage, NULL));
  ario__stage_free(stage);
  assert_ok(ario_sound_reader_open(wav, &reader, NULL));
  assert_ok(ario_sound_reader_read_all(reader, heard, frames + 1, &count, NULL));
  assert_int_equal(count, frames);
  ario_sound_reader_free(reader);
}

// What exceeds full scale is turned down, not clipped: the sides keep their ratio. What does not, passes as it is.
static void a_loud_recording_is_limited(void **state) {
  (void)state;
  static float samples[2 * FRAMES], heard[2 * (FRAMES + 1)];
  const double least = 1.0 / 16384; // twice the step of 16 bits
  for (size_t i = 0; i < 2 * FRAMES; i++) samples[i] = wave_at(i / 2, i % 2) * (i % 2 ? 4 : 8);
  perform_tape(samples, FRAMES, heard);
  double peak = 0;
  for (size_t i = 0; i < FRAMES; i++) {
    double left = heard[2 * i], right = heard[2 * i + 1], loud = samples[2 * i];
    peak = fmax(peak, fmax(fabs(left), fabs(right)));
    if (fabs(left * samples[2 * i + 1] - right * loud) > 2 * least)
      fail_msg("frame %zu: %g and %g became %g and %g", i, loud, (double)samples[2 * i + 1], left, right);
  }
  if (peak > ario__limiter_ceiling + least || peak < 0.98) fail_msg("the peak is %g", peak);
  for (size_t i = 0; i < 2 * FRAMES; i++) samples[i] = wave_at(i / 2, i % 2) * 3;
  perform_tape(samples, FRAMES, heard);
  assert_memory_equal(heard, samples, sizeof samples);
}

static ario_model *code_model(void) {
  ario_audio_codec *codec;
  ario_config config = ario_config_default();
  assert_ok(ario_audio_codec_open(ARIO_TESTS "/parity/audio/zero", &codec, NULL));
  const ario_codes codes = ario_audio_codec_codes(codec, ario_audio_codec_config(codec)->levels);
  ario_codes_set(&codes, &config);
  config.channels = 16;
  config.heads = 2;
  config.layers = 1;
  config.max_context = 256;
  config.max_latents = 64;
  ario_audio_codec_free(codec);
  ario_model *model;
  assert_ok(ario_model_random(&config, 1, &model, NULL));
  return model;
}

// Plays it and `seconds` more into a file, with so many other takes on the way.
static ario__producer_state play(const ario__recording *recording, const ario_model *model, double seconds,
                                 int others, const char *wav) {
  ario__stage_options stage_options = ario__stage_options_default();
  stage_options.speaker = false;
  stage_options.tape = true;
  stage_options.tail = 0;
  stage_options.wav = wav;
  stage_options.synth.rate = RATE;
  ario__sounder_options options = {.producer = {.model = model,
                                                .session = ario_session_options_default(),
                                                .sampling = ario_sampler_options_default(),
                                                .ahead = others ? 0.5 : 4},
                                   .recording = recording,
                                   .seconds = seconds};
  ario__sounder *sounder;
  assert_ok(ario__stage_create(&stage_options, &options.producer.stage, NULL));
  ario__stage *stage = options.producer.stage;
  assert_ok(ario__sounder_create(&options, &sounder, NULL));
  ario__producer *producer = ario__sounder_producer(sounder);
  assert_ok(ario__producer_start(producer, NULL));
  while (!ario__producer_look(producer).ready) rest(0.002);
  assert_ok(ario__stage_start(stage, NULL));
  for (int i = 0; i < others; i++) {
    rest(0.05);
    ario__producer_another(producer);
  }
  while (!ario__stage_look(stage).ended) rest(0.005);
  ario__producer_stop(producer);
  ario__producer_state end = ario__producer_look(producer);
  assert_int_equal(end.status, ARIO_OK);
  assert_ok(ario__stage_save(stage, NULL));
  ario__sounder_free(sounder);
  ario__stage_free(stage);
  return end;
}

// What was there before the last 10 ms, and how long it is in all.
static void check_file(const char *wav, double seconds) {
  ario_sound_reader *reader;
  static float frames[2 * 8 * RATE];
  size_t count, kept = FRAMES - RATE / 100;
  assert_ok(ario_sound_reader_open(wav, &reader, NULL));
  assert_ok(ario_sound_reader_read_all(reader, frames, 8 * RATE, &count, NULL));
  ario_sound_reader_free(reader);
  assert_int_equal(count, FRAMES + (size_t)llround(seconds * RATE));
  for (size_t i = 0; i < kept; i++)
    for (size_t side = 0; side < 2; side++) assert_true(frames[2 * i + side] == wave_at(i, side));
  for (size_t i = kept; i < count; i++) assert_true(isfinite(frames[2 * i]) && isfinite(frames[2 * i + 1]));
}

static void a_recording_goes_on(void **state) {
  (void)state;
  char input[256], wav[256];
  snprintf(input, sizeof input, "%s", scratch_path("recording.wav"));
  snprintf(wav, sizeof wav, "%s", scratch_path("heard.wav"));
  write_recording(input);
  const ario__input source = ario__input_named(input);
  ario_model *model = code_model();
  ario__recording recording = {
      .command = "test", .input = &source, .audio_codec = ARIO_TESTS "/parity/audio/zero", .threads = 1};
  assert_int_equal(ario__recording_hear(&recording, ario_model_config(model)), 0);
  assert_int_equal(recording.end, FRAMES);
  assert_int_equal(play(&recording, model, 1, 0, wav).take, 1);
  check_file(wav, 1);
  ario__producer_state end = play(&recording, model, 3, 3, wav);
  assert_true(end.take > 1 && end.done);
  check_file(wav, 3);
  ario__recording_free(&recording);
  ario_model_free(model);
}

// The samples of all of a recording's tokens.
static float *decode(const ario__recording *r, size_t *count) {
  size_t levels = r->codes.levels, frames = r->count / levels;
  const ario_audio_stream_options options = {.chunk = frames};
  ario_audio_decoder *decoder;
  const float *made;
  uint16_t codes[1024];
  const ario_token *tokens = r->tokens + r->count % levels;
  assert_true(frames * levels <= COUNT_OF(codes));
  for (size_t i = 0; i < frames * levels; i++)
    codes[i] = (uint16_t)(tokens[i] - ario_codes_first(&r->codes, i % levels));
  assert_ok(ario_audio_decoder_create(r->codec, &options, &decoder));
  assert_ok(ario_audio_decoder_push(decoder, codes, frames, true, &made, count));
  float *samples = malloc(*count * sizeof *samples);
  assert_non_null(samples);
  memcpy(samples, made, *count * sizeof *samples);
  ario_audio_decoder_free(decoder);
  return samples;
}

// If a model says of half a recording what it goes on with, its sound is that of the whole, to the sample.
static void what_follows_lies_where_it_belongs(void **state) {
  (void)state;
  char input[256];
  snprintf(input, sizeof input, "%s", scratch_path("recording.wav"));
  write_recording(input);
  const ario__input source = ario__input_named(input);
  ario_model *model = code_model();
  ario__recording whole = {
      .command = "test", .input = &source, .audio_codec = ARIO_TESTS "/parity/audio/zero", .threads = 1};
  ario__recording half = whole;
  whole.to = "0.02", half.to = "0.012";
  assert_int_equal(ario__recording_hear(&whole, ario_model_config(model)), 0);
  assert_int_equal(ario__recording_hear(&half, ario_model_config(model)), 0);
  assert_true(ario_audio_codec_config(half.codec)->lookahead > 0 && half.count < whole.count);
  assert_memory_equal(whole.tokens, half.tokens, half.count * sizeof *half.tokens);
  ario__playback *playback;
  size_t before, count;
  float *all = decode(&whole, &count);
  assert_ok(ario__playback_open(half.codec, &half.codes, RATE, half.tokens, half.count, &playback, &before));
  size_t at = half.end - before, levels = half.codes.levels;
  for (size_t i = half.count; i < whole.count; i += levels) {
    const float *samples;
    size_t made;
    assert_ok(ario__playback_next(playback, whole.tokens + i, i + levels == whole.count, &samples, &made));
    assert_true(at + made <= count);
    for (size_t k = 0; k < made; k++) assert_true(fabs((double)samples[k] - all[at + k]) <= 1e-5);
    at += made;
  }
  assert_int_equal(at, count);
  ario__playback_free(playback);
  free(all);
  ario__recording_free(&whole);
  ario__recording_free(&half);
  ario_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tape_keeps_what_is_ahead), cmocka_unit_test(a_loud_recording_is_limited),
      cmocka_unit_test(what_follows_lies_where_it_belongs), cmocka_unit_test(a_recording_goes_on)};
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
