// SPDX-License-Identifier: MIT
//
// arioso play: plays a piece and continues it live.
#include "apps/commands/play.h"
#include "apps/cli/print.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"

#include <math.h>
#include <stdio.h>

ario__producer_options ario__play_producer_options(const ario__playing *p) {
  return (ario__producer_options){.model = p->live.model,
                                  .session = ario__live_session(&p->live),
                                  .sampling = p->live.sampling,
                                  .ahead = p->ahead,
                                  .stage = p->live.stage};
}

// ---- Reporting the results ----

static void print_report(const ario__playing *p, const ario__producer_state *made,
                         const ario__stage_state *stage, double seconds, unsigned long long seed,
                         int result) {
  char text[24], pauses[40] = "";
  if (p->medium->medium == ARIO_MUSIC) snprintf(pauses, sizeof pauses, " %zu pauses,", made->pauses);
  ario__print("%s%s of %s, seed %llu%s%s; %zu underruns,%s at least %zu latents\n",
              result ? "ended after " : "", ario__time_text(seconds, text), p->medium->kind, seed,
              p->saved ? ", saved as " : "", p->saved ? p->saved : "", stage->underruns + stage->late, pauses,
              made->latents_least);
}

static void report(const ario__playing *p, int result) {
  ario__stage_state stage = ario__stage_look(p->live.stage);
  ario__producer_state made = ario__producer_look(p->producer);
  double seconds = (double)stage.frame / ario__stage_rate(p->live.stage);
  uint64_t seed = p->live.sampling.seed + made.take - 1;
  if (!p->live.json) {
    print_report(p, &made, &stage, seconds, seed, result);
    return;
  }
  ario__report *root = ario__live_report(&p->live, &stage);
  ario__report_add_number(root, "seconds", seconds);
  ario__report_add_whole(root, "seed", seed);
  ario__report_add_number(root, "tokens", (double)made.tokens);
  ario__report_add_number(root, "refills", (double)made.refills);
  ario__report_add_number(root, "latents", (double)made.latents);
  ario__report_add_number(root, "latents_least", (double)made.latents_least);
  ario__report_add_number(root, "latents_changes", (double)made.changes);
  ario__report_add_number(root, "waits", (double)stage.waits);
  p->medium->report(p, &made, root);
  ario__report_finish(root, ARIO__PLAY);
}

// ---- All of it ----

static int begin(ario__playing *p) {
  ario_error error = {""};
  ario_status status = p->medium->open(p, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(ARIO__PLAY, "--%s", error.text);
  if (!status) status = ario__producer_start(p->producer, &error);
  if (!status && p->medium->wait) status = p->medium->wait(p, &error);
  if (!status) status = ario__stage_start(p->live.stage, &error);
  return status ? ario__complain(ARIO__PLAY, "%s", error.text) : ARIO__DONE;
}

static int listen(ario__playing *p) {
  int result = ario__listen_to(&p->live, p->producer, p->medium->describe, p, &p->end);
  ario__producer_stop(p->producer);
  int saved = p->medium->save(p);
  if (!saved) saved = ario__live_save_sound(&p->live);
  report(p, result);
  return result ? result : saved;
}

static int run(ario__playing *p) {
  p->live.medium = p->medium->medium;
  if (!p->seconds_given) p->seconds = INFINITY;
  int result = p->medium->settle(p);
  if (!result) result = ario__live_open_model(&p->live);
  if (!result) result = p->medium->prepare(p);
  if (!result) result = ario__live_open_stage(&p->live);
  if (!result) result = begin(p);
  if (!result) result = listen(p);
  p->medium->finish(p);
  ario__live_close(&p->live);
  return result;
}

static int play(ario__playing *p, const ario__command_line *line) {
  bool sound = p->source.kind == ARIO__INPUT_SOUND;
  const char *foreign = ario__options_foreign(line, sound ? ARIO_SOUND : ARIO_MUSIC);
  if (foreign && sound)
    return ario__usage_error(ARIO__PLAY, "--%s is for MIDI files, but %s is sound", foreign, p->source.name);
  if (foreign) return ario__usage_error(ARIO__PLAY, "--%s is for sound files", foreign);
  if (ario__is_pipe_name(p->output) && ario__is_pipe_name(p->live.stage_options.wav))
    return ario__usage_error(ARIO__PLAY, "standard output (-) takes one file; name the other");
  p->medium = sound ? &ario__play_audio : &ario__play_midi;
  return run(p);
}

int ario__play_main(int argc, char **argv) {
  ario__playing p = {.ahead = 4,
                     .end = INT64_MAX,
                     .live = ario__live_default(ARIO__PLAY),
                     .music = ario__music_default(ARIO__PLAY)};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &p.output, "OUT",
       "save what was heard as .mid, for a sound file as .wav or .flac; it replaces an existing file"},
      {"seconds", 's', ARIO__TIME, &p.seconds, "S",
       "seconds of new music, or m:ss; by default it goes on until you end it", .least = 0.1, .most = 36000,
       .given = &p.seconds_given},
      ARIO__BARS_OPTION(&p.music),
      {"until-end", 0, ARIO__FLAG, &p.music.until_end, NULL, "let the model decide where the piece ends",
       .only = ARIO__FOR(ARIO_MUSIC)},
      {"no-prompt", 0, ARIO__FLAG, &p.no_prompt, NULL, "play the continuation alone, without the original"},
      {"ahead", 0, ARIO__REAL, &p.ahead, "S", "generate S seconds ahead of what is heard; 4 by default",
       .least = 0.5, .most = 600},
      ARIO__LIVE_OPTIONS(&p.live),
      ARIO__PART_OPTIONS(&p.music),
      ARIO__STEER_OPTIONS(&p.music.steering),
      ARIO__GRAMMAR_OPTIONS(&p.music),
      ARIO__SAMPLING_OPTIONS(&p.live.sampling, &p.live.temperatures),
      ARIO__AUDIO_CODEC_OPTION(&p.audio_codec),
      ARIO__LIVE_MODEL_OPTIONS(&p.live,
                               "the model, a folder or a name; by default " ARIO__DEFAULT_BAND_MODEL
                               " for a file with drums or several instruments, " ARIO__DEFAULT_AUDIO_MODEL
                               " for sound, otherwise " ARIO__DEFAULT_MODEL)};
  const ario__command command = {
      .name = ARIO__PLAY,
      .usage = "[IN] [options]",
      .summary =
          "Plays a MIDI file or a recording and continues it past its end: the new music is made while you "
          "listen, until you end it. Without a file it plays a new piece.",
      .notes = "Keys while it plays:\n"
               "  space   pause, or go on\n"
               "  n       another continuation from here on\n"
               "  q       end with a fade; Ctrl-C does the same\n"
               "\n"
               "With -o the file holds what you heard; arioso render gives the same sound from\n"
               "it. If you press n, the continuation that is replaced is saved, too, as\n"
               "OUT-1.mid, OUT-2.mid and so on.",
      .operands = {{"file", 0, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (p.live.list_devices) return ario__live_list_devices(ARIO__PLAY);
  ario_error error = {""};
  if (line.count && ario__input_open(line.operands[0], &p.source, &error))
    return ario__complain(ARIO__PLAY, "%s", error.text);
  p.music.input = line.count ? &p.source : NULL;
  result = play(&p, &line);
  ario__input_free(&p.source);
  return result;
}
