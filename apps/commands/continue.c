// SPDX-License-Identifier: MIT
//
// arioso continue: the command line, and the model, which decides what is continued.
#include "apps/commands/continue.h"
#include "apps/audio/sound_input.h"
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"
#include "apps/generate/sampling.h"

// The options that are the same for all tokens.
static int settle(ario__continuing *c) {
  if (!c->seed_given) c->sampling.seed = ario__drawn_seed();
  return ario__sampling_check(ARIO__CONTINUE, &c->sampling);
}

static const ario__medium *const media[] = {
    [ARIO_MUSIC] = &ario__midi_medium, [ARIO_SOUND] = &ario__audio_medium, [ARIO_RAW] = &ario__raw_medium};

static int open_model(ario__continuing *c) {
  ario_error error = {""};
  const char *standard =
      c->input && ario__is_sound(c->input) ? ARIO__DEFAULT_AUDIO_MODEL : ARIO__DEFAULT_MODEL;
  if (ario__models_open(c->model_name, standard, &c->model, c->model_folder, sizeof c->model_folder, &error))
    return ario__complain(ARIO__CONTINUE, "%s", error.text);
  int result = ario__precision_choose(ARIO__CONTINUE, c->precision_name, c->model, &c->precision);
  if (result) return result;
  c->codec = ario__codec_of(c->model, &error);
  if (!c->codec) return ario__complain(ARIO__CONTINUE, "%s: %s", c->model_folder, error.text);
  c->medium = media[c->codec->medium];
  c->suffix = c->codec->suffix;
  return ARIO__DONE;
}

static int run(ario__continuing *c) {
  if (c->json) c->report = ario__report_object();
  int result = open_model(c);
  if (!result) result = c->medium->prepare(c);
  if (!result) result = ario__takes_make(c);
  if (!result && c->json) result = ario__report_print(c->report, ARIO__CONTINUE);
  if (c->medium) c->medium->finish(c);
  ario__report_free(c->report);
  ario_model_free(c->model);
  return result;
}

int ario__continue_main(int argc, char **argv) {
  ario__continuing c = {
      .takes = 1, .sampling = ario__sampling_default(), .music = ario__music_default(ARIO__CONTINUE)};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &c.output, "OUT",
       "the file to write, replacing what is there; by default IN-continued.mid, and nothing is replaced"},
      {"seconds", 's', ARIO__REAL, &c.seconds, "S", "how much new music; 30 by default, of sound 10",
       .least = 0.1, .most = 36000, .given = &c.seconds_given, .only = ARIO__FOR_MIDI | ARIO__FOR_SOUND},
      {"tokens", 0, ARIO__SIZE, &c.tokens, "N",
       "instead: how many new tokens (three or four make a note); 1000 by default of raw tokens", .least = 1,
       .most = 1e9, .given = &c.tokens_given},
      {"takes", 'k', ARIO__SIZE, &c.takes, "K",
       "make K different ones, OUT-1 to OUT-K, with the seeds N+1 to N+K", .least = 1, .most = 999,
       .given = &c.takes_given},
      {"seed", 0, ARIO__SEED, &c.sampling.seed, "N",
       "the same seed gives the same continuation; drawn, and said, by default", .given = &c.seed_given},
      ARIO__PART_OPTIONS(&c.music),
      {"wav", 0, ARIO__TEXT, &c.wav, "OUT.wav", "a sound file of the whole, too (or .flac, .ogg)",
       .only = ARIO__FOR_MIDI},
      {"png", 0, ARIO__TEXT, &c.png, "OUT.png", "a picture of it, too", .only = ARIO__FOR_MIDI},
      {"only-new", 0, ARIO__FLAG, &c.only_new, NULL,
       "write the continuation alone, without what it continues"},
      {"until-end", 0, ARIO__FLAG, &c.music.until_end, NULL,
       "let the model end the piece where it likes; --seconds is then 600 by default",
       .only = ARIO__FOR_MIDI},
      ARIO__GRAMMAR_OPTIONS(&c.music),
      ARIO__SAMPLING_OPTIONS(&c.sampling, &c.temperature_given),
      {"model", 'm', ARIO__TEXT, &c.model_name, "DIR",
       "a model's folder, or its name; " ARIO__DEFAULT_MODEL
       " by default, of sound " ARIO__DEFAULT_AUDIO_MODEL},
      ARIO__AUDIO_CODEC_OPTION(&c.audio_codec),
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
                 "Without a file it makes a piece from nothing. A sound file is continued as sound, and what "
                 "is there stays as it is. With a model of raw tokens it continues any file by more bytes; "
                 "the options about time, tracks, sound and pictures are for music.",
      .notes = "Examples:\n"
               "  arioso continue song.mid --takes 3           three to choose from\n"
               "  arioso continue song.mid --to bar:17         another way to go on after bar 16\n"
               "  arioso continue song.mid -t 0.8 --wav x.wav  a little tamer, and as sound\n"
               "  arioso continue take.wav -s 20 -o longer.wav  a recording, by 20 seconds\n"
               "\n"
               "Models are looked for in $ARIOSO_MODELS, then where Arioso was built, then where it was\n"
               "installed.",
      .operands = {{"file", 0, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  int result = ario__options_parse(&command, argc, argv, &c.line);
  if (result || c.line.finished) return result;
  c.input = c.line.count ? c.line.operands[0] : NULL;
  result = settle(&c);
  return result ? result : run(&c);
}
