// SPDX-License-Identifier: MIT
//
// arioso continue: the command line, and the model, whose codec decides what is continued.
#include "apps/commands/continue.h"
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"

// Checks the options that all media share.
static int settle(ario__continuing *c) {
  if (!c->seed_given) c->sampling.seed = ario__drawn_seed();
  return ario__sampling_check(ARIO__CONTINUE, &c->sampling);
}

static const ario__continue_medium *const media[] = {[ARIO_MUSIC] = &ario__continue_midi,
                                                     [ARIO_SOUND] = &ario__continue_audio,
                                                     [ARIO_RAW] = &ario__continue_raw};

// The model where none is named: what the input is says which.
static int choose_standard(ario__continuing *c, const char **standard) {
  *standard = ARIO__DEFAULT_MODEL;
  if (c->model_name || !c->input) return ARIO__DONE;
  if (c->input->kind == ARIO__INPUT_SOUND) {
    *standard = ARIO__DEFAULT_AUDIO_MODEL;
    return ARIO__DONE;
  }
  c->music.input = c->input;
  return ario__music_choose_model(&c->music, standard);
}

static int open_model(ario__continuing *c) {
  ario__model_wish wish = {.command = ARIO__CONTINUE, .name = c->model_name, .precision = c->precision_name};
  int result = choose_standard(c, &wish.standard);
  if (!result)
    result =
        ario__models_use(&wish, &c->model, &c->codec, &c->precision, c->model_folder, sizeof c->model_folder);
  if (result) return result;
  c->medium = media[c->codec->medium];
  ario__sampling_suit(&c->sampling, c->codec, &c->temperatures);
  c->suffix = c->codec->suffix;
  return ARIO__DONE;
}

static int open_input(ario__continuing *c, const char *path) {
  ario_error error = {""};
  if (ario__input_open(path, &c->source, &error)) return ario__complain(ARIO__CONTINUE, "%s", error.text);
  c->input = &c->source;
  return ARIO__DONE;
}

static int run(ario__continuing *c) {
  if (c->json) c->report = ario__report_object();
  if (c->looked) c->looks = ario__report_array();
  int result = open_model(c);
  if (!result) result = c->medium->prepare(c);
  if (!result) result = ario__takes_make(c);
  if (!result && c->looked) result = ario__looked_write(c);
  if (!result && c->json) result = ario__report_print(c->report, ARIO__CONTINUE);
  if (!result && c->interrupted) result = ARIO__FAILED;
  if (c->medium && c->medium->finish) c->medium->finish(c);
  ario__music_free(&c->music);
  ario__report_free(c->report);
  ario__report_free(c->looks);
  ario_model_free(c->model);
  return result;
}

int ario__continue_main(int argc, char **argv) {
  ario__continuing c = {
      .takes = 1, .sampling = ario__sampling_default(), .music = ario__music_default(ARIO__CONTINUE)};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &c.output, "OUT",
       "the file to write; it replaces an existing one. By default IN-continued.mid, or the next free name"},
      {"seconds", 's', ARIO__TIME, &c.seconds, "S",
       "seconds of new music, or m:ss; 30 by default, for sound 10", .least = 0.1, .most = 36000,
       .given = &c.seconds_given, .only = ARIO__FOR(ARIO_MUSIC) | ARIO__FOR(ARIO_SOUND)},
      ARIO__BARS_OPTION(&c.music),
      {"tokens", 0, ARIO__SIZE, &c.tokens, "N",
       "the length in tokens instead (three or four make a note); for raw tokens 1000 by default", .least = 1,
       .most = 1e9, .given = &c.tokens_given},
      {"takes", 'k', ARIO__SIZE, &c.takes, "K",
       "make K different continuations, OUT-1 to OUT-K, with the seeds N+1 to N+K", .least = 1, .most = 999,
       .given = &c.takes_given},
      {"seed", 0, ARIO__SEED, &c.sampling.seed, "N",
       "the same seed gives the same continuation; by default a random seed is printed",
       .given = &c.seed_given},
      ARIO__PART_OPTIONS(&c.music),
      {"wav", 0, ARIO__TEXT, &c.wav, "OUT.wav", "also write the piece as sound (.wav, .flac or .ogg)",
       .only = ARIO__FOR(ARIO_MUSIC)},
      {"gain", 0, ARIO__REAL, &c.gain, "G", "factor on the volume of --wav; 1 by default", .least = 0,
       .most = 10, .given = &c.gain_given, .only = ARIO__FOR(ARIO_MUSIC)},
      {"normalize", 0, ARIO__FLAG, &c.normalize, NULL, "scale the peak of --wav to -1 dBFS",
       .only = ARIO__FOR(ARIO_MUSIC)},
      {"png", 0, ARIO__TEXT, &c.png, "OUT.png", "also draw the piece as a piano roll",
       .only = ARIO__FOR(ARIO_MUSIC)},
      {"only-new", 0, ARIO__FLAG, &c.only_new, NULL, "write the continuation alone, without the original"},
      {"until-end", 0, ARIO__FLAG, &c.music.until_end, NULL,
       "let the model decide where the piece ends; --seconds is then 600 by default",
       .only = ARIO__FOR(ARIO_MUSIC)},
      ARIO__STEER_OPTIONS(&c.music.steering),
      ARIO__GRAMMAR_OPTIONS(&c.music),
      ARIO__SAMPLING_OPTIONS(&c.sampling, &c.temperatures),
      {"model", 'm', ARIO__TEXT, &c.model_name, "DIR",
       "the model, a folder or a name; by default " ARIO__DEFAULT_BAND_MODEL
       " for a file with drums or several instruments, " ARIO__DEFAULT_AUDIO_MODEL
       " for sound, otherwise " ARIO__DEFAULT_MODEL},
      ARIO__AUDIO_CODEC_OPTION(&c.audio_codec),
      ARIO__PRECISION_OPTION(&c.precision_name),
      ARIO__LATENTS_OPTION(&c.latents),
      ARIO__THREADS_OPTION(&c.threads),
      {"looked", 0, ARIO__TEXT, &c.looked, "OUT.json",
       "also write where the model looked: for each new bar (of sound: second) the bars whose notes it was "
       "made "
       "from, with their share"},
      {"json", 0, ARIO__FLAG, &c.json, NULL, "print the results as JSON"}};
  const ario__command command = {
      .name = ARIO__CONTINUE,
      .usage = "[IN] [-o OUT] [options]",
      .summary = "Continues a MIDI file or a recording. In a MIDI file your tracks stay as they are, and the "
                 "new music is one more track, or with a model of bands one for each instrument. A recording "
                 "is continued as sound. Without a file it makes a "
                 "new piece. With a model of raw tokens it adds bytes to any file; the options about time, "
                 "tracks, sound and pictures do not apply then.",
      .notes = "IN and OUT may be -: standard input and standard output. Examples:\n"
               "  arioso continue song.mid --takes 3            three to choose from\n"
               "  arioso continue song.mid --to bar:17          goes on differently after bar 16\n"
               "  arioso continue song.mid --bars 8              eight more bars\n"
               "  arioso continue song.mid --bars 8 --end        eight more, and an end\n"
               "  arioso continue song.mid -t 0.8 --wav x.wav   a little tamer, and as sound too\n"
               "  arioso continue take.wav -s 20 -o longer.wav  20 more seconds of a recording\n"
               "\n"
               "Ctrl-C ends it, and keeps what was made until then.\n"
               "\n"
               "A model's name is looked up in $ARIOSO_MODELS, then beside the program:\n"
               "where it was built, or ../share/arioso/models where it is installed.",
      .operands = {{"file", 0, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  int result = ario__options_parse(&command, argc, argv, &c.line);
  if (result || c.line.finished) return result;
  result = settle(&c);
  if (!result && c.line.count) result = open_input(&c, c.line.operands[0]);
  if (!result) result = run(&c);
  ario__input_free(&c.source);
  return result;
}
