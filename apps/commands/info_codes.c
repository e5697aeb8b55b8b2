// SPDX-License-Identifier: MIT
//
// arioso info for a file of audio codes: how long it sounds, what its codes are, and what it takes on disk.
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/times.h"
#include "apps/commands/info.h"
#include "apps/generate/models.h"
#include "arioso/audio_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct contents {
  ario_codes codes;
  size_t frames;
  uint64_t bytes;              // of the file
  double seconds;              // of sound
  double file_rate, code_rate; // bit/s: of the file (NAN without sound), and of codes of these sizes
  char codec[ARIO__PATH_MOST]; // the folder of the codec that is used by default; "": there is none
  bool fits;                   // that codec made them
} contents;

// Reads the whole file, so that damage is noticed.
static ario_status read_all(FILE *stream, contents *c, ario_error *error) {
  enum { AT_ONCE = 256 };
  ario_tok file;
  ario_status status = ario_tok_read_head(&file, stream, error);
  if (status) return status;
  uint16_t *codes = malloc(AT_ONCE * file.head.levels * sizeof *codes);
  if (!codes) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t got = 1; got && !status;) status = ario_tok_read(&file, codes, AT_ONCE, &got, error);
  free(codes);
  if (status) return status;
  off_t size = ftello(stream);
  const ario_codes *head = &file.head;
  double frame_rate = (double)head->sample_rate / (double)head->hop;
  c->codes = *head;
  c->frames = file.frames;
  c->bytes = size > 0 ? (uint64_t)size : 0;
  c->seconds = (double)file.samples / (double)head->sample_rate;
  c->file_rate = file.samples ? 8 * (double)c->bytes / c->seconds : NAN;
  c->code_rate = frame_rate * (double)head->levels * log2((double)head->codes);
  return ARIO_OK;
}

// Whether they are those of the codec that `decode` would take.
static void find_codec(contents *c) {
  ario_audio_codec *codec;
  ario_error error;
  ario_status status = ario__models_open_audio(NULL, &c->codes, &codec, c->codec, sizeof c->codec, &error);
  c->fits = !status;
  if (status && status != ARIO_ERR_FORMAT) *c->codec = 0;
  if (!status) ario_audio_codec_free(codec);
}

static void print_text(const char *name, const contents *c) {
  char text[24];
  ario__print("%s: audio codes, %s of sound at %zu Hz\n", name, ario__time_text(c->seconds, text),
              c->codes.sample_rate);
  ario__print("  codes     %zu frames of %zu level%s of %zu, %zu samples a frame\n", c->frames,
              c->codes.levels, c->codes.levels == 1 ? "" : "s", c->codes.codes, c->codes.hop);
  ario__print("  bit rate  %.2f kbit/s of codes", c->code_rate / 1000);
  if (!isnan(c->file_rate)) ario__print("; the file takes %.2f", c->file_rate / 1000);
  ario__print("\n");
  ario__print("  codec     hash %016" PRIx64, c->codes.hash);
  if (*c->codec) ario__print("%s %s", c->fits ? ", that of" : "; it is not", c->codec);
  ario__print("\n");
}

static int print_json(const char *name, const contents *c) {
  ario__report *root = ario__report_object();
  char hash[24];
  snprintf(hash, sizeof hash, "%016" PRIx64, c->codes.hash);
  ario__report_add_text(root, "file", name);
  ario__report_add_number(root, "seconds", c->seconds);
  ario__report_add_whole(root, "rate", c->codes.sample_rate);
  ario__report_add_whole(root, "frames", c->frames);
  ario__report_add_whole(root, "hop", c->codes.hop);
  ario__report_add_whole(root, "levels", c->codes.levels);
  ario__report_add_whole(root, "codes", c->codes.codes);
  ario__report_add_text(root, "hash", hash);
  ario__report_add_text(root, "codec", c->fits ? c->codec : NULL);
  ario__report_add_whole(root, "bytes", c->bytes);
  ario__report_add_number(root, "bits_per_second", c->file_rate);
  ario__report_add_number(root, "code_bits_per_second", c->code_rate);
  return ario__report_finish(root, ARIO__INFO);
}

int ario__info_codes(const ario__input *input, bool json) {
  contents c = {.frames = 0};
  ario_error error = {""};
  FILE *stream = ario__input_stream(input, &error);
  if (!stream) return ario__complain(ARIO__INFO, "%s", error.text);
  ario_status status = read_all(stream, &c, &error);
  fclose(stream);
  if (status) return ario__complain(ARIO__INFO, "%s: %s", input->name, error.text);
  find_codec(&c);
  if (json) return print_json(input->name, &c);
  print_text(input->name, &c);
  return ARIO__DONE;
}
