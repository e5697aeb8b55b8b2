// SPDX-License-Identifier: MIT
//
// arioso decode: audio codes to sound.
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/sample_format.h"
#include "apps/cli/threads.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"
#include "arioso/audio_file.h"
#include "arioso/sound.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "decode";
enum { FILE_CHUNK = 150, PIPE_CHUNK = 1 }; // frames; a pipe gets its sound at once

typedef struct decoding {
  const char *input, *output, *model_name, *format_name;
  size_t threads;

  const char *input_text; // the input in messages
  char model_folder[ARIO__PATH_MOST];
  ario_audio_codec *codec;
  ario_audio_decoder *decoder;
  ario_sound_writer *writer;
  FILE *stream;
  ario_tok tok;
  size_t chunk;    // frames
  uint16_t *codes; // [chunk, levels]
  float *held;     // [held_room]: samples of the last frame: only the file's end says how many of them count
  size_t held_count, held_room;
} decoding;

static int open_codes(decoding *d) {
  bool piped = ario__is_pipe_name(d->input);
  ario_error error = {""};
  d->input_text = piped ? "standard input" : d->input;
  d->chunk = ario__is_pipe_name(d->output) ? PIPE_CHUNK : FILE_CHUNK;
  d->stream = piped ? stdin : fopen(d->input, "rb");
  if (!d->stream) return ario__complain(self, "%s: cannot be opened: %s", d->input, strerror(errno));
  if (ario_tok_read_head(&d->tok, d->stream, &error))
    return ario__complain(self, "%s: %s", d->input_text, error.text);
  return ARIO__DONE;
}

static int open_codec(decoding *d) {
  ario_error error = {""};
  const ario_codes *head = &d->tok.head;
  if (ario__models_open_audio(d->model_name, head, &d->codec, d->model_folder, sizeof d->model_folder,
                              &error))
    return ario__complain(self, "%s: %s; name the codec's folder with --model", d->input_text, error.text);
  const ario_audio_stream_options options = {
      .levels = head->levels, .chunk = d->chunk, .threads = ario__threads(d->threads)};
  ario_status status = ario_audio_decoder_create(d->codec, &options, &d->decoder);
  d->codes = malloc(d->chunk * head->levels * sizeof *d->codes);
  if (!status && !d->codes) status = ARIO_ERR_MEMORY;
  return status ? ario__complain(self, "%s: %s", d->model_folder, ario_strerror(status)) : ARIO__DONE;
}

static int open_output(decoding *d) {
  ario_sample_format format = ARIO_SAMPLE_S16;
  if (!ario__format_find(d->format_name, &format))
    return ario__usage_error(self, "--format: %s is none of s16, s24 and float", d->format_name);
  ario_error error = {""};
  unsigned rate = (unsigned)d->tok.head.sample_rate;
  if (ario_sound_writer_create(d->output, true, format, rate, 1, &d->writer, &error))
    return ario__complain(self, "%s", error.text);
  return ARIO__DONE;
}

// Writes all but the newest frame; once the number of samples is known, all up to it.
static int write_on(decoding *d, const float *made, size_t count, uint64_t *written, uint64_t samples) {
  ario_error error = {""};
  size_t all = d->held_count + count, hop = d->tok.head.hop;
  if (all > d->held_room) {
    float *grown = realloc(d->held, all * sizeof *grown);
    if (!grown) return ario__complain(self, "%s", ario_strerror(ARIO_ERR_MEMORY));
    d->held = grown;
    d->held_room = all;
  }
  if (count) memcpy(d->held + d->held_count, made, count * sizeof *made);
  size_t part = all > hop ? all - hop : 0;
  if (samples != UINT64_MAX) part = samples - *written < all ? (size_t)(samples - *written) : all;
  if (part && ario_sound_writer_write(d->writer, d->held, part, &error))
    return ario__complain(self, "%s", error.text);
  *written += part;
  d->held_count = all - part;
  if (d->held_count) memmove(d->held, d->held + part, d->held_count * sizeof *d->held);
  return ARIO__DONE;
}

static int decode_all(decoding *d) {
  uint64_t written = 0;
  for (bool end = false; !end;) {
    ario_error error = {""};
    size_t frames, count;
    const float *samples;
    if (ario__interrupt_check(&error)) return ario__complain(self, "%s", error.text);
    if (ario_tok_read(&d->tok, d->codes, d->chunk, &frames, &error))
      return ario__complain(self, "%s: %s", d->input_text, error.text);
    end = d->tok.ended;
    ario_status status = ario_audio_decoder_push(d->decoder, d->codes, frames, end, &samples, &count);
    if (status) return ario__complain(self, "%s: %s", d->input_text, ario_strerror(status));
    int result = write_on(d, samples, count, &written, end ? d->tok.samples : UINT64_MAX);
    if (result) return result;
  }
  return ARIO__DONE;
}

static int run(decoding *d) {
  ario_error error = {""};
  if (ario__is_pipe_name(d->output)) ario__print_aside();
  int result = open_codes(d);
  if (!result) result = open_codec(d);
  if (!result) result = open_output(d);
  if (!result) result = decode_all(d);
  if (!result && ario_sound_writer_finish(d->writer, &error)) result = ario__complain(self, "%s", error.text);
  if (!result) {
    char text[24];
    double seconds = (double)d->tok.samples / (double)d->tok.head.sample_rate;
    ario__print("%s: %s, %zu Hz\n", d->output, ario__time_text(seconds, text), d->tok.head.sample_rate);
  }
  if (d->stream && d->stream != stdin) fclose(d->stream);
  ario_sound_writer_free(d->writer);
  ario_audio_decoder_free(d->decoder);
  ario_audio_codec_free(d->codec);
  free(d->codes);
  free(d->held);
  return result;
}

int ario__decode_main(int argc, char **argv) {
  decoding d = {.format_name = "s16"};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &d.output, "OUT.wav",
       "the sound file (.wav, .flac or .ogg), which is replaced if it exists; -: standard output, as AU"},
      {"format", 0, ARIO__TEXT, &d.format_name, "F", "s16 (the default), s24, or float (.wav only)"},
      {"model", 'm', ARIO__TEXT, &d.model_name, "DIR",
       "the audio codec that made the codes: a folder or a name; " ARIO__DEFAULT_AUDIO_CODEC " by default"},
      ARIO__THREADS_OPTION(&d.threads)};
  const ario__command command = {.name = self,
                                 .usage = "X.tok -o OUT.wav [options]",
                                 .summary = "Decodes audio codes to a sound file.",
                                 .notes = "X.tok may be -: standard input, decoded as it comes.",
                                 .operands = {{"file of codes", 1, 1}},
                                 .options = options,
                                 .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (!d.output) return ario__usage_error(self, "name the output with -o OUT.wav");
  d.input = line.operands[0];
  return run(&d);
}
