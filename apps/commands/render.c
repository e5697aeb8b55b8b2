// SPDX-License-Identifier: MIT
//
// arioso render: a MIDI file to a sound file.
#include "apps/cli/input.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/progress.h"
#include "apps/cli/report.h"
#include "apps/cli/sample_format.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/midi/renderer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const self = "render";

static void show_progress(void *context, double fraction) {
  ario__progress_show(context, fraction, NULL);
}

static double decibels(double level) {
  return 20 * log10(fmax(level, 1e-6));
}

static int report_json(const char *input, const char *output, const ario__render_report *done) {
  ario__report *root = ario__report_object();
  ario__report_add_text(root, "midi", input);
  ario__report_add_text(root, "wav", output);
  ario__report_add_number(root, "seconds", done->seconds);
  ario__report_add_number(root, "frames", (double)done->frames);
  ario__report_add_number(root, "peak_dbfs", decibels(done->peak));
  ario__report_add_number(root, "limited_db", done->limited);
  if (done->safe_gain > 0) ario__report_add_number(root, "safe_gain", done->safe_gain);
  ario__report_add_text(root, "soundfont", done->soundfont);
  return ario__report_finish(root, self);
}

static void print_report(const char *output, const ario__render_report *done) {
  char text[24];
  ario__print("%s: %s, peak %.1f dBFS", output, ario__time_text(done->seconds, text), decibels(done->peak));
  if (done->limited > 0)
    ario__print("; the loudest are turned down by %.1f dB, --gain %.2f or --normalize avoids it",
                done->limited, done->safe_gain);
  ario__print("\n");
}

// What the user asked for.
struct job {
  const char *input, *output;
  const char *from, *to; // the part of the song, as text
  bool json;
};

static int render(const ario__input *input, const char *output, const ario_song *song,
                  ario__render_options *options, ario__render_report *done) {
  ario_error error = {""};
  ario__progress progress;
  ario__progress_start(&progress, "rendering");
  options->progress = show_progress;
  options->context = &progress;
  ario_status status = ario__render(song, output, options, done, &error);
  ario__progress_end(&progress);
  if (status == ARIO_ERR_FORMAT || status == ARIO_ERR_LIMIT || status == ARIO_ERR_ARGUMENT ||
      status == ARIO_ERR_UNSUPPORTED)
    return ario__complain(self, "%s: %s", input->name, error.text);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(const struct job *job, ario__render_options *options) {
  const ario__input input = ario__input_named(job->input);
  char name[ARIO__PATH_MOST];
  const char *output = job->output ? job->output : name;
  ario_song *song;
  ario_error error = {""};
  if (ario__is_pipe_name(job->output)) ario__print_aside();
  options->replace = job->output != NULL;
  if (ario__input_song(&input, ario_codec_standard(ARIO_MUSIC)->symbolic, &song, &error))
    return ario__complain(self, "%s", error.text);
  int result = ARIO__DONE;
  ario__render_report done;
  if (ario__parse_part(job->from, job->to, song, &options->from, &options->to, &error))
    result = ario__usage_error(self, "%s", error.text);
  else if (!job->output && !ario__free_beside(job->input, "rendered", ".wav", name))
    result = ario__complain(self, "no free name for the output; name one with -o");
  if (!result) result = render(&input, output, song, options, &done);
  ario_song_free(song);
  if (result) return result;
  if (job->json) return report_json(input.name, output, &done);
  print_report(output, &done);
  return ARIO__DONE;
}

static bool find_length(const char *name, ario__render_length *length) {
  static const char *const names[] = {
      [ARIO__LENGTH_MUSIC] = "music", [ARIO__LENGTH_FILE] = "file", [ARIO__LENGTH_BARS] = "bars"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) {
      *length = (ario__render_length)i;
      return true;
    }
  return false;
}

int ario__render_main(int argc, char **argv) {
  ario__render_options render = ario__render_options_default();
  const char *format = "s16", *length = "music";
  struct job job = {.input = NULL};
  size_t rate = render.synth.rate;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &job.output, "OUT.wav",
       "the sound file (.wav, .flac or .ogg), which is replaced if it exists; by default IN.wav, or the next "
       "free "
       "name; -: standard output, as AU"},
      {"rate", 0, ARIO__SIZE, &rate, "HZ", "sample rate; 44100 by default", .least = 8000, .most = 96000},
      {"format", 0, ARIO__TEXT, &format, "F", "s16 (the default), s24, or float (.wav only)"},
      {"soundfont", 0, ARIO__TEXT, &render.synth.soundfont, "FILE.sf2",
       "the SoundFont; by default $ARIOSO_SOUNDFONT, or one that is installed"},
      {"gain", 0, ARIO__REAL, &render.synth.gain, "G",
       "factor on the volume; 1 by default. What would exceed full scale is turned down", .least = 0,
       .most = 10},
      {"normalize", 0, ARIO__FLAG, &render.normalize, NULL, "scale the peak to -1 dBFS"},
      {"length", 0, ARIO__TEXT, &length, "L",
       "music (the default): to the last event; file: to the End of Track; bars: on to the bar line, as a "
       "loop"},
      {"from", 0, ARIO__TEXT, &job.from, "T",
       "begin here: seconds, 1:30 or bar:17; notes that sound already are left out"},
      {"to", 0, ARIO__TEXT, &job.to, "T", "end here"},
      {"tail", 0, ARIO__REAL, &render.tail, "S",
       "seconds after the end; by default until the sound has died away, at most 3; none with file and bars",
       .least = 0, .most = ARIO__PERFORMER_MAX_TAIL},
      {"json", 0, ARIO__FLAG, &job.json, NULL, "print the results as JSON"}};
  const ario__command command = {
      .name = self,
      .usage = "IN.mid [-o OUT.wav] [options]",
      .summary = "Renders a MIDI file to a stereo sound file, with FluidSynth.",
      .notes = "The first sample is time 0 of the MIDI file, or --from. The same file always\n"
               "gives the same samples. IN may be -: standard input.",
      .operands = {{"MIDI file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (!ario__format_find(format, &render.format))
    return ario__usage_error(self, "--format: %s is none of s16, s24 and float", format);
  if (!find_length(length, &render.length))
    return ario__usage_error(self, "--length: %s is none of music, file and bars", length);
  render.synth.rate = (unsigned)rate;
  job.input = line.operands[0];
  return run(&job, &render);
}
