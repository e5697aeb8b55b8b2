// SPDX-License-Identifier: MIT
//
// arioso render: a MIDI file to a sound file.
#include "apps/cli/options.h"
#include "apps/cli/progress.h"
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

static void report(const char *output, const ario__render_report *done) {
  char text[24];
  printf("%s: %s, peak %.1f dBFS\n", output, ario__time_text(done->seconds, text),
         20 * log10(fmax(done->peak, 1e-6)));
  if (done->clipped)
    ario__warn("%s: %zu samples are clipped; --gain %.2f avoids it, or --normalize", output, done->clipped,
               done->safe_gain);
}

static int run(const char *input, const char *output, ario__render_options *options) {
  ario_song *song;
  ario_error error = {""};
  if (ario_song_open(input, &song, &error)) return ario__complain(self, "%s", error.text);
  ario__progress progress;
  ario__progress_start(&progress, "rendering");
  options->progress = show_progress;
  options->context = &progress;
  ario__render_report done;
  ario_status status = ario__render(song, output, options, &done, &error);
  ario__progress_end(&progress);
  ario_song_free(song);
  if (status == ARIO_ERR_FORMAT || status == ARIO_ERR_LIMIT)
    return ario__complain(self, "%s: %s", input, error.text);
  if (status) return ario__complain(self, "%s", error.text);
  report(output, &done);
  return ARIO__DONE;
}

int ario__render_main(int argc, char **argv) {
  ario__render_options render = ario__render_options_default();
  const char *output = NULL, *format = "s16";
  size_t rate = render.synth.rate;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &output, "OUT.wav",
       "the sound file (.wav, .flac or .ogg), which is replaced if it exists"},
      {"rate", 0, ARIO__SIZE, &rate, "HZ", "sample rate; 44100 by default", .least = 8000, .most = 96000},
      {"format", 0, ARIO__TEXT, &format, "F", "s16 (the default), s24, or float (.wav only)"},
      {"soundfont", 0, ARIO__TEXT, &render.synth.soundfont, "FILE.sf2",
       "the SoundFont; by default $ARIOSO_SOUNDFONT, or one that is installed"},
      {"gain", 0, ARIO__REAL, &render.synth.gain, "G", "factor on the volume; 1 by default", .least = 0,
       .most = 10},
      {"normalize", 0, ARIO__FLAG, &render.normalize, NULL, "scale the peak to -1 dBFS"},
      {"tail", 0, ARIO__REAL, &render.tail, "S",
       "seconds after the last event; by default until the sound has died away, at most 3", .least = 0,
       .most = ARIO__PERFORMER_MAX_TAIL}};
  const ario__command command = {
      .name = self,
      .usage = "IN.mid -o OUT.wav [options]",
      .summary = "Renders a MIDI file to a stereo sound file, with FluidSynth.",
      .notes = "The first sample is time 0 of the MIDI file. The same file always gives the same\n"
               "samples.",
      .operands = {{"MIDI file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (!output) return ario__usage_error(self, "name the output with -o OUT.wav");
  if (!ario__format_find(format, &render.format))
    return ario__usage_error(self, "--format: %s is none of s16, s24 and float", format);
  render.synth.rate = (unsigned)rate;
  return run(line.operands[0], output, &render);
}
