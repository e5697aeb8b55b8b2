// SPDX-License-Identifier: MIT
//
// arioso continue: the command line, and the model, which decides what is continued.
#include "apps/continue.h"
#include "apps/commands.h"
#include "apps/models.h"
#include "apps/threads.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

// Found by comparing continuations with originals; see the card of piano-small.
static const double DEFAULT_TEMPERATURE = 0.9, DEFAULT_TOP_P = 1;

// A seed that nobody chose: short enough to be typed again.
static uint64_t drawn_seed(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return ((uint64_t)now.tv_nsec * 2654435761u ^ (uint64_t)now.tv_sec * 40503u ^ (uint64_t)getpid()) % 1000000;
}

// The options that are the same for all tokens.
static int settle(ario__continuing *c) {
  if (!c->seed_given) c->sampling.seed = drawn_seed();
  ario_sampler *sampler; // only to learn whether its options are in range
  ario_error error = {""};
  if (ario_sampler_create(1, &c->sampling, &sampler, &error))
    return ario__usage_error(ARIO__CONTINUE, "--%s", error.text);
  ario_sampler_free(sampler);
  return ARIO__DONE;
}

static const struct {
  const char *codec;
  const ario__medium *medium;
} media[] = {{"midi-performance", &ario__midi_medium}, {"raw", &ario__raw_medium}};

static int open_model(ario__continuing *c) {
  ario_error error = {""};
  if (ario__models_open(c->model_name, &c->model, c->model_folder, sizeof c->model_folder, &error))
    return ario__complain(ARIO__CONTINUE, "%s", error.text);
  if (!ario__precision_of(c->precision_name, c->model, &c->precision))
    return ario__usage_error(ARIO__CONTINUE, "--precision: %s is none of fp32, bf16 and int8",
                             c->precision_name);
  c->codec = ario__codec_of(c->model, &error);
  if (!c->codec) return ario__complain(ARIO__CONTINUE, "%s: %s", c->model_folder, error.text);
  for (size_t i = 0; i < sizeof media / sizeof *media; i++)
    if (strcmp(media[i].codec, c->codec->name) == 0) c->medium = media[i].medium;
  if (c->medium) return ARIO__DONE;
  return ario__complain(ARIO__CONTINUE,
                        "%s: the model's tokens are of the codec %s, which cannot be continued",
                        c->model_folder, c->codec->name);
}

static int run(ario__continuing *c) {
  if (c->json) c->report = ario__report_object();
  int result = open_model(c);
  if (!result) result = c->medium->prepare(c);
  if (!result) result = ario__takes_make(c);
  if (!result && c->json && !ario__report_print(c->report))
    result = ario__complain(ARIO__CONTINUE, "standard output: cannot be written");
  if (c->medium) c->medium->finish(c);
  ario__report_free(c->report);
  ario_model_free(c->model);
  return result;
}

int ario__continue_main(int argc, char **argv) {
  ario__continuing c = {.takes = 1, .music = {.max_silence = 5, .max_note = 10}};
  c.sampling = ario_sampler_options_default();
  c.sampling.temperature = DEFAULT_TEMPERATURE;
  c.sampling.top_p = DEFAULT_TOP_P;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &c.output, "OUT",
       "the file to write, replacing what is there; by default IN-continued.mid, and nothing is replaced"},
      {"seconds", 's', ARIO__REAL, &c.music.seconds, "S", "how much new music; 30 by default", .least = 0.1,
       .most = 36000, .given = &c.music.seconds_given},
      {"tokens", 0, ARIO__SIZE, &c.tokens, "N",
       "instead: how many new tokens (three or four make a note); 1000 by default of raw tokens", .least = 1,
       .most = 1e9, .given = &c.tokens_given},
      {"takes", 'k', ARIO__SIZE, &c.takes, "K",
       "make K different ones, OUT-1 to OUT-K, with the seeds N+1 to N+K", .least = 1, .most = 999,
       .given = &c.takes_given},
      {"seed", 0, ARIO__SEED, &c.sampling.seed, "N",
       "the same seed gives the same continuation; drawn, and said, by default", .given = &c.seed_given},
      {"from", 0, ARIO__TEXT, &c.music.from, "T",
       "the model hears only what begins at T or later: seconds, m:ss, or bar:17"},
      {"to", 0, ARIO__TEXT, &c.music.to, "T", "cut the piece at T and continue from there"},
      {"tracks", 0, ARIO__LIST, &c.music.tracks, "1,3",
       "the model hears only these tracks (arioso info lists them); the others stay in the file"},
      {"wav", 0, ARIO__TEXT, &c.wav, "OUT.wav", "a sound file of the whole, too (or .flac, .ogg)"},
      {"png", 0, ARIO__TEXT, &c.png, "OUT.png", "a picture of it, too"},
      {"only-new", 0, ARIO__FLAG, &c.only_new, NULL,
       "write the continuation alone, without what it continues"},
      {"until-end", 0, ARIO__FLAG, &c.music.until_end, NULL,
       "let the model end the piece where it likes; --seconds is then 600 by default"},
      {"max-silence", 0, ARIO__REAL, &c.music.max_silence, "S",
       "no silence longer than this; 5 seconds by default", .least = 0.01, .most = 3600,
       .given = &c.music.max_silence_given},
      {"max-note", 0, ARIO__REAL, &c.music.max_note, "S",
       "no new note longer than this; 10 seconds by default", .least = 0.01, .most = 3600,
       .given = &c.music.max_note_given},
      {"temperature", 't', ARIO__REAL, &c.sampling.temperature, "X",
       "below 1 more predictable, above 1 wilder, 0 always the likeliest; 0.9 by default", .least = 0,
       .most = 100},
      {"top-k", 0, ARIO__SIZE, &c.sampling.top_k, "K",
       "choose among the K likeliest tokens only; 0: all, the default", .least = 0, .most = 65536},
      {"top-p", 0, ARIO__REAL, &c.sampling.top_p, "P",
       "choose among the likeliest tokens that make up this share of probability; 1: all, the default",
       .least = 0, .most = 1},
      {"min-p", 0, ARIO__REAL, &c.sampling.min_p, "P",
       "leave out tokens less than P times as likely as the likeliest; 0 by default", .least = 0, .most = 1},
      {"model", 'm', ARIO__TEXT, &c.model_name, "DIR",
       "a model's folder, or its name; " ARIO__DEFAULT_MODEL " by default"},
      ARIO__PRECISION_OPTION(&c.precision_name),
      {"latents", 0, ARIO__SIZE, &c.latents, "M",
       "newest positions that are thought through at once: fewer is faster; the model's own by default",
       .least = 1, .most = 1 << 30},
      ARIO__THREADS_OPTION(&c.threads),
      {"json", 0, ARIO__FLAG, &c.json, NULL, "print what was done as JSON"}};
  const ario__command command = {
      .name = ARIO__CONTINUE,
      .usage = "[IN] [-o OUT] [options]",
      .summary = "Continues a MIDI file: your tracks stay as they are, and the new music is one track more. "
                 "Without a file it makes a piece from nothing. With a model of raw tokens it continues any "
                 "file by more bytes; the options about time, tracks, sound and pictures are for music.",
      .notes = "Examples:\n"
               "  arioso continue song.mid --takes 3           three to choose from\n"
               "  arioso continue song.mid --to bar:17         another way to go on after bar 16\n"
               "  arioso continue song.mid -t 0.8 --wav x.wav  a little tamer, and as sound\n"
               "\n"
               "Models are looked for in $ARIOSO_MODELS, then where Arioso was built, then where it was\n"
               "installed.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  char **operands;
  size_t count;
  bool finished;
  int result = ario__options_parse(&command, argc, argv, &operands, &count, &finished);
  if (result || finished) return result;
  if (count > 1) return ario__usage_error(ARIO__CONTINUE, "one file is wanted, %zu were named", count);
  c.input = count ? operands[0] : NULL;
  result = settle(&c);
  return result ? result : run(&c);
}
