// SPDX-License-Identifier: MIT
//
// bench of sound: how many seconds of sound are encoded, decoded or generated in a second.
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "apps/cli/report.h"
#include "apps/cli/stopwatch.h"
#include "apps/commands/bench.h"
#include "arioso/generator.h"
#include "arioso/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000, FRAMES = 200, WARM_FRAMES = 4, LONG_CHUNK = 150 };

bool ario__bench_of_sound(const char *work) {
  return strcmp(work, "encode") == 0 || strcmp(work, "decode") == 0 || strcmp(work, "audio") == 0;
}

// One kind of work being measured.
struct sound {
  const ario__bench_setup *setup;
  const ario_audio_codec *codec;
  ario_codes codes;
  const char *work;
  size_t chunk; // frames at a time
  double peak;  // of fp32 products, FLOP/s

  ario_audio_encoder *encoder;
  ario_audio_decoder *decoder;
  ario_session *session;
  ario_generator *generator;
  float *samples;      // [chunk hop]
  uint16_t *code_room; // [encoder's room, levels], [chunk, levels]
};

static bool is(const struct sound *s, const char *work) {
  return strcmp(s->work, work) == 0;
}

static void close_sound(struct sound *s) {
  ario_audio_encoder_free(s->encoder);
  ario_audio_decoder_free(s->decoder);
  ario_session_free(s->session);
  ario_generator_free(s->generator);
  free(s->samples);
  free(s->code_room);
}

// A linear congruential generator (Knuth's MMIX): the times do not depend on the sound.
static uint32_t draw(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

static ario_status open_generator(struct sound *s) {
  const ario_constraint levels = ario_turns(ARIO_CODES_FIRST, s->codes.codes, s->codes.levels);
  ario_chain chain = {.count = 0};
  ario_status status = ario_chain_add(&chain, &levels);
  ario_generator_options options = ario_generator_options_default();
  options.session = s->session;
  options.chain = &chain;
  return status ? status : ario_generator_create(&options, &s->generator, NULL);
}

static ario_status open_model(struct sound *s, ario_precision precision) {
  ario_session_options options = ario_session_options_default();
  options.threads = s->setup->threads;
  options.precision = precision;
  ario_status status = ario_session_create(s->setup->model, &options, &s->session, NULL);
  uint64_t state = 1;
  for (size_t i = 0; i < s->setup->config.max_context && !status; i++) {
    size_t first = ario_codes_first(&s->codes, i % s->codes.levels);
    ario_token token = (ario_token)(first + draw(&state) % s->codes.codes);
    status = ario_session_feed(s->session, &token, 1);
  }
  return status ? status : open_generator(s);
}

static ario_status open_sound(struct sound *s, ario_precision precision) {
  const ario_audio_stream_options options = {
      .levels = s->codes.levels, .chunk = s->chunk, .threads = s->setup->threads};
  ario_status status = is(s, "encode") ? ario_audio_encoder_create(s->codec, &options, &s->encoder)
                                       : ario_audio_decoder_create(s->codec, &options, &s->decoder);
  if (status) return status;
  size_t room = s->encoder ? ario_audio_encoder_room(s->encoder) : s->chunk;
  s->samples = malloc(s->chunk * s->codes.hop * sizeof *s->samples);
  s->code_room = malloc(room * s->codes.levels * sizeof *s->code_room);
  if (!s->samples || !s->code_room) return ARIO_ERR_MEMORY;
  uint64_t state = 2;
  for (size_t i = 0; i < s->chunk * s->codes.hop; i++)
    s->samples[i] = (float)(draw(&state) % 2001) / 10000 - 0.1f;
  for (size_t i = 0; i < room * s->codes.levels; i++)
    s->code_room[i] = (uint16_t)(draw(&state) % s->codes.codes);
  return is(s, "audio") ? open_model(s, precision) : ARIO_OK;
}

// The codes of a frame, one of each level.
static ario_status generate(struct sound *s) {
  ario_status status = ARIO_OK;
  for (size_t level = 0; level < s->codes.levels && !status; level++) {
    ario_token token;
    status = ario_generator_next(s->generator, &token);
    if (!status) s->code_room[level] = (uint16_t)(token - ario_codes_first(&s->codes, level));
  }
  return status;
}

static ario_status run_chunk(struct sound *s) {
  size_t count;
  const float *samples;
  if (is(s, "encode"))
    return ario_audio_encoder_push(s->encoder, s->samples, s->chunk * s->codes.hop, false, s->code_room,
                                   &count);
  ario_status status = is(s, "audio") ? generate(s) : ARIO_OK;
  return status ? status
                : ario_audio_decoder_push(s->decoder, s->code_room, s->chunk, false, &samples, &count);
}

// The median time of a chunk, over at least FRAMES frames and as long as the setup says.
static ario_status measure(struct sound *s, double *seconds) {
  double spent[MOST], total = 0;
  size_t count = 0;
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < WARM_FRAMES && !status; i++) status = run_chunk(s);
  while (!status && count < MOST && (count * s->chunk < FRAMES || total < s->setup->enough)) {
    double began = ario__seconds_now();
    status = ario__interrupt_check(NULL);
    if (!status) status = run_chunk(s);
    spent[count] = ario__seconds_now() - began;
    total += spent[count++];
  }
  if (!status) *seconds = ario__bench_median(spent, count);
  return status;
}

// Seconds of sound a second that matrix products would allow; 0 where they are not the limit.
static double limit_of(const struct sound *s) {
  if (is(s, "audio")) return 0;
  ario_audio_cost cost = ario_audio_codec_cost(s->codec);
  return s->peak / (is(s, "encode") ? cost.encode_flops : cost.decode_flops);
}

static void say(const struct sound *s, ario_precision precision, double seconds, ario__report *rows) {
  double sound = (double)(s->chunk * s->codes.hop) / (double)s->codes.sample_rate, limit = limit_of(s);
  double codes = (double)(s->chunk * s->codes.levels);
  if (rows) {
    ario__report *entry = ario__report_add_object(rows, NULL);
    ario__report_add_text(entry, "work", s->work);
    ario__report_add_text(entry, "precision", ario_precision_name(precision));
    ario__report_add_whole(entry, "threads", s->setup->threads);
    ario__report_add_whole(entry, "levels", s->codes.levels);
    ario__report_add_whole(entry, "frames", s->chunk);
    ario__report_add_number(entry, "seconds", seconds);
    ario__report_add_number(entry, "real_time", sound / seconds);
    ario__report_add_number(entry, "tokens_per_s", codes / seconds);
    ario__report_add_number(entry, "limit_real_time", limit > 0 ? limit : NAN);
    return;
  }
  char share[16] = "-";
  if (limit > 0) snprintf(share, sizeof share, "%.0f %%", 100 * sound / seconds / limit);
  printf("%-10s  %-9s  %6zu  %9.4g  %9.4g  %9.4g  %5s\n", s->work, ario_precision_name(precision), s->chunk,
         seconds, sound / seconds, codes / seconds, share);
  fflush(stdout);
}

static int run(const struct sound *kind, ario_precision precision, ario__report *rows) {
  struct sound s = *kind;
  double seconds;
  ario_status status = open_sound(&s, precision);
  if (!status) status = measure(&s, &seconds);
  if (!status) say(&s, precision, seconds, rows);
  close_sound(&s);
  ario_error error = {""};
  if (status && ario__interrupt_check(&error)) return ario__complain(ARIO__BENCH, "%s", error.text);
  return status ? ario__complain(ARIO__BENCH, "%s: %s", kind->work, ario_strerror(status)) : ARIO__DONE;
}

static int run_all(struct sound *s, const bool wanted[ARIO__PRECISIONS], ario__report *rows) {
  int result = ARIO__DONE;
  if (is(s, "audio")) {
    for (int p = 0; p < ARIO__PRECISIONS && !result; p++)
      if (wanted[p]) result = run(s, (ario_precision)p, rows);
    return result;
  }
  // As files are read, and as live sound is.
  const size_t chunks[] = {LONG_CHUNK, 1};
  for (size_t i = 0; i < 2 && !result; i++) {
    s->chunk = chunks[i];
    result = run(s, ARIO_PRECISION_FP32, rows);
  }
  return result;
}

int ario__bench_audio(const ario__bench_setup *setup, const bool wanted[ARIO__PRECISIONS], const char *work,
                      const ario_audio_codec *codec, bool json) {
  ario_error error = {""};
  struct sound s = {.setup = setup, .codec = codec, .work = work, .chunk = 1};
  s.codes = ario_audio_codec_codes(codec, ario_audio_codec_config(codec)->levels);
  if (is(&s, "audio") && ario_codes_of(&setup->config, &s.codes, &error))
    return ario__complain(ARIO__BENCH, "%s", error.text);
  if (ario_machine_products(ARIO_PRECISION_FP32, setup->threads, &s.peak))
    return ario__complain(ARIO__BENCH, "%s", ario_strerror(ARIO_ERR_MEMORY));
  char processor[128];
  ario__bench_processor(processor, sizeof processor);
  if (!json)
    printf("%.60s, %zu thread%s\n  kernels          %s; fp32 products %.0f GFLOP/s\n\n%-10s  %-9s  %6s  %9s  "
           "%9s  %9s  "
           "%5s\n",
           processor, setup->threads, setup->threads == 1 ? "" : "s", ario_kernels_name(ARIO_KERNELS_FAST),
           s.peak / 1e9, "work", "precision", "frames", "seconds", "real time", "codes/s", "share");
  ario__report *rows = json ? ario__report_array() : NULL;
  int result = run_all(&s, wanted, rows);
  if (!result && rows) result = ario__report_print(rows, ARIO__BENCH);
  ario__report_free(rows);
  return result;
}
