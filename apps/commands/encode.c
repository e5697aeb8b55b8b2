// SPDX-License-Identifier: MIT
//
// arioso encode: sound to audio codes.
#include "apps/audio/listener.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/progress.h"
#include "apps/cli/threads.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"
#include "arioso/audio_file.h"
#include "arioso/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const self = "encode";
enum { FILE_CHUNK = 150, PIPE_CHUNK = 1 }; // frames; a pipe gets its codes at once

typedef struct encoding {
  ario__input input; // a pipe is encoded as it comes
  const char *output, *model_name;
  size_t levels, threads;
  bool piped; // the output is standard output

  char model_folder[ARIO__PATH_MOST];
  ario_audio_codec *codec;
  ario__listener *listener;
  ario_file_output *file;
  FILE *stream;
  ario_tok tok;
  ario__progress progress;
} encoding;

static int fail_write(const encoding *e, ario_status status) {
  return ario__complain(self, "%s: cannot be written: %s", e->piped ? "standard output" : e->output,
                        errno && status == ARIO_ERR_IO ? strerror(errno) : ario_strerror(status));
}

static int open_codec(encoding *e) {
  ario_error error = {""};
  if (ario__models_open_audio(e->model_name, NULL, &e->codec, e->model_folder, sizeof e->model_folder,
                              &error))
    return ario__complain(self, "%s; name the codec's folder with --model", error.text);
  size_t levels = ario_audio_codec_config(e->codec)->levels;
  if (e->levels > levels)
    return ario__usage_error(self, "--levels: %s has %zu levels", e->model_folder, levels);
  if (!e->levels) e->levels = levels;
  return ARIO__DONE;
}

static int open_sound(encoding *e) {
  ario_error error = {""};
  const ario__listening how = {.codec = e->codec,
                               .levels = e->levels,
                               .chunk = e->piped ? PIPE_CHUNK : FILE_CHUNK,
                               .threads = ario__threads(e->threads)};
  if (ario__listener_open(&e->input, &how, &e->listener, &error))
    return ario__complain(self, "%s", error.text);
  ario_sound_info info = ario__listener_info(e->listener);
  unsigned rate = (unsigned)ario_audio_codec_config(e->codec)->sample_rate;
  if (info.channels > 1 || info.rate != rate)
    ario__warn("%s: %u channel%s at %u Hz become 1 at %u Hz", e->input.name, info.channels,
               info.channels == 1 ? "" : "s", info.rate, rate);
  return ARIO__DONE;
}

static int open_output(encoding *e) {
  ario_error error = {""};
  e->stream = stdout;
  if (!e->piped) {
    if (ario_file_output_create(e->output, true, &e->file, &error))
      return ario__complain(self, "%s", error.text);
    e->stream = fopen(ario_file_output_path(e->file), "wb");
  }
  if (!e->stream) return ario__complain(self, "%s: cannot be written: %s", e->output, strerror(errno));
  const ario_codes head = ario_audio_codec_codes(e->codec, e->levels);
  ario_status status = ario_tok_write_head(&e->tok, e->stream, &head);
  return status ? fail_write(e, status) : ARIO__DONE;
}

static int encode_all(encoding *e) {
  ario_sound_info info = ario__listener_info(e->listener);
  for (bool end = false; !end;) {
    ario_error error = {""};
    const uint16_t *codes;
    size_t frames;
    if (ario__listener_next(e->listener, &codes, &frames, &end, &error))
      return ario__complain(self, "%s", error.text);
    ario_status status = ario_tok_write(&e->tok, codes, frames);
    if (!status && e->piped && fflush(e->stream)) status = ARIO_ERR_IO;
    if (status) return fail_write(e, status);
    if (info.frames != UINT64_MAX && info.frames)
      ario__progress_show(&e->progress, (double)ario__listener_read(e->listener) / (double)info.frames, NULL);
  }
  return ARIO__DONE;
}

static int finish(encoding *e) {
  ario_error error = {""};
  uint64_t samples = ario__listener_samples(e->listener);
  ario_status status = ario_tok_write_end(&e->tok, samples);
  if (status) return fail_write(e, status);
  int closed = e->piped ? fflush(e->stream) : fclose(e->stream);
  e->stream = NULL;
  if (closed) return fail_write(e, ARIO_ERR_IO);
  if (e->file && ario_file_output_commit(e->file, &error)) return ario__complain(self, "%s", error.text);
  const ario_audio_config *config = ario_audio_codec_config(e->codec);
  double seconds = (double)samples / (double)config->sample_rate;
  char text[24];
  ario__print("%s: %s, %zu frames of %zu levels, %.1f kbit/s\n", e->output, ario__time_text(seconds, text),
              e->tok.frames, e->levels, samples ? 8 * (double)e->tok.bytes / seconds / 1000 : 0);
  return ARIO__DONE;
}

static int run(encoding *e) {
  e->piped = ario__is_pipe_name(e->output);
  if (e->piped) ario__print_aside();
  int result = open_codec(e);
  if (!result) result = open_sound(e);
  if (!result) result = open_output(e);
  ario__progress_start(&e->progress, "encoding");
  if (!result) result = encode_all(e);
  ario__progress_end(&e->progress);
  if (!result) result = finish(e);
  if (e->stream && !e->piped) fclose(e->stream);
  ario_file_output_free(e->file);
  ario__listener_free(e->listener);
  ario_audio_codec_free(e->codec);
  return result;
}

int ario__encode_main(int argc, char **argv) {
  encoding e = {.output = NULL};
  const ario__option options[] = {{"output", 'o', ARIO__TEXT, &e.output, "X.tok",
                                   "the file of codes, which is replaced if it exists; -: standard output"},
                                  {"levels", 'q', ARIO__SIZE, &e.levels, "Q",
                                   "levels of codes a frame: fewer are smaller and rougher; all by default",
                                   .least = 1, .most = ARIO_AUDIO_LEVELS},
                                  {"model", 'm', ARIO__TEXT, &e.model_name, "DIR",
                                   "the audio codec: a folder or a name; " ARIO__DEFAULT_AUDIO_CODEC
                                   " by default"},
                                  ARIO__THREADS_OPTION(&e.threads)};
  const ario__command command = {
      .name = self,
      .usage = "IN.wav -o X.tok [options]",
      .summary = "Encodes a sound file, of any rate and number of channels, as audio codes.",
      .notes = "IN is WAV, FLAC, Ogg or anything else that libsndfile reads; - is standard\n"
               "input, of which WAV and AU are encoded as they come.",
      .operands = {{"sound file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (!e.output) return ario__usage_error(self, "name the output with -o X.tok");
  e.input = ario__input_named(line.operands[0]);
  return run(&e);
}
