// SPDX-License-Identifier: MIT
//
// arioso info: what a MIDI file or a model contains.
#include "apps/cli/input.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"
#include "arioso/session.h"
#include "arioso/symbolic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const self = "info";

static int print_json(ario__report *root) {
  int result = ario__report_print(root, self);
  ario__report_free(root);
  return result;
}

// ---- A model ----

enum { PRECISIONS = 3 };

// Bytes of a session in each precision, with the packed weights that sessions share.
static ario_status session_sizes(const ario_model *model, size_t sizes[PRECISIONS], ario_error *error) {
  ario_status status = ARIO_OK;
  for (int p = 0; p < PRECISIONS && !status; p++) {
    ario_session_options options = ario_session_options_default();
    size_t shared = 0;
    options.precision = (ario_precision)p;
    status = ario_session_bytes(model, &options, &sizes[p], error);
    if (!status) status = ario_session_shared_bytes(model, options.precision, &shared);
    sizes[p] += shared;
  }
  return status;
}

static void model_json(ario__report *root, const char *folder, const ario_model *model, const size_t *sizes) {
  const ario_config *config = ario_model_config(model);
  ario_precision precision = ario__precision_of(model);
  const struct {
    const char *key;
    size_t number;
  } numbers[] = {{"parameters", ario_model_parameters(model)},
                 {"vocab_size", config->vocab_size},
                 {"channels", config->channels},
                 {"heads", config->heads},
                 {"layers", config->layers},
                 {"max_context", config->max_context},
                 {"max_latents", config->max_latents},
                 {"session_bytes", sizes[precision]}};
  ario__report_add_text(root, "model", folder);
  ario__report_add_text(root, "codec", config->codec);
  ario__report_add_text(root, "dtype", ario_dtype_name(ario_model_dtype(model)));
  ario__report_add_text(root, "precision", ario_precision_name(precision));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    ario__report_add_whole(root, numbers[i].key, numbers[i].number);
}

static void print_model(const char *folder, const ario_model *model, const size_t *sizes) {
  const ario_config *config = ario_model_config(model);
  ario__print("%s: Perceiver AR, %.1f million parameters (%s on disk)\n", folder,
              (double)ario_model_parameters(model) / 1e6, ario_dtype_name(ario_model_dtype(model)));
  ario__print("  tokens    %s, vocabulary %zu%s\n", config->codec, config->vocab_size,
              ario__of_bytes(model) ? ": bytes" : "");
  ario__print("  context   %zu tokens, %zu latents\n", config->max_context, config->max_latents);
  ario__print("  size      %zu channels, %zu heads, 1 cross-attention and %zu layers\n", config->channels,
              config->heads, config->layers);
  ario__print("  session  ");
  for (int p = 0; p < PRECISIONS; p++)
    ario__print("%s %.1f MB in %s", p ? "," : "", (double)sizes[p] / 1e6,
                ario_precision_name((ario_precision)p));
  ario__print(", beside the model's %.1f MB\n", (double)ario_model_parameters(model) * sizeof(float) / 1e6);
}

static int describe_model(const char *name, bool json) {
  char folder[ARIO__PATH_MOST];
  ario_model *model;
  size_t sizes[PRECISIONS];
  ario_error error = {""};
  ario_status status = ario__models_inspect(name, ARIO__DEFAULT_MODEL, &model, folder, sizeof folder, &error);
  if (status) return ario__complain(self, "%s", error.text);
  int result = ARIO__DONE;
  if (session_sizes(model, sizes, &error)) {
    result = ario__complain(self, "%s: %s", folder, error.text);
  } else if (json) {
    ario__report *root = ario__report_object();
    model_json(root, folder, model, sizes);
    result = print_json(root);
  } else {
    print_model(folder, model, sizes);
  }
  ario_model_free(model);
  return result;
}

// ---- A MIDI file ----

static void song_json(ario__report *root, const char *path, const ario_song *song, size_t tokens) {
  ario_song_info info = ario_song_describe(song);
  ario__report_add_text(root, "file", path);
  ario__report_add_number(root, "format", info.format);
  ario__report_add_number(root, "division", info.division);
  ario__report_add_number(root, "smpte_frames", info.frames);
  ario__report_add_number(root, "seconds", (double)info.microseconds / 1e6);
  ario__report_add_number(root, "notes", (double)info.notes);
  ario__report_add_number(root, "drum_notes", (double)info.drum_notes);
  ario__report_add_number(root, "tokens", (double)tokens);
  ario__report_add_number(root, "tempo", info.first_tempo);
  ario__report_add_number(root, "tempo_changes", (double)info.tempo_changes);
  char meter[32];
  snprintf(meter, sizeof meter, "%u/%u", info.meter_numerator, info.meter_denominator);
  ario__report_add_text(root, "meter", meter);
  ario__report_add_number(root, "meter_changes", (double)info.meter_changes);
  ario__report *tracks = ario__report_add_array(root, "tracks");
  for (unsigned t = 1; t <= info.tracks; t++) {
    ario_track_info track = ario_song_track(song, t);
    ario__report *entry = ario__report_add_object(tracks, NULL);
    ario__report_add_number(entry, "track", t);
    ario__report_add_text(entry, "name", track.name);
    ario__report_add_number(entry, "notes", (double)track.notes);
    ario__report *channels = ario__report_add_array(entry, "channels");
    for (unsigned ch = 0; ch < ARIO_MIDI_CHANNELS; ch++)
      if (track.channels >> ch & 1) ario__report_add_number(channels, NULL, ch + 1);
  }
  ario__report *warnings = ario__report_add_array(root, "warnings");
  for (size_t i = 0; ario_song_warning(song, i); i++)
    ario__report_add_text(warnings, NULL, ario_song_warning(song, i));
}

static void print_track(unsigned number, const ario_track_info *track) {
  ario__print("  track %-3u %6zu notes", number, track->notes);
  for (unsigned ch = 0, shown = 0; ch < ARIO_MIDI_CHANNELS; ch++)
    if (track->channels >> ch & 1) ario__print("%s%u", shown++ ? ", " : ", channel ", ch + 1);
  ario__print("%s%s\n", *track->name ? "  " : "", track->name);
}

static void print_song(const char *path, const ario_song *song, size_t tokens) {
  ario_song_info info = ario_song_describe(song);
  char text[24];
  ario__print("%s: MIDI type %u, %s, %zu notes", path, info.format,
              ario__time_text((double)info.microseconds / 1e6, text), info.notes);
  if (info.drum_notes) ario__print(" and %zu drum beats", info.drum_notes);
  ario__print("\n");
  if (info.frames)
    ario__print("  time      %u frames a second, %u ticks a frame\n", info.frames, info.division);
  else
    ario__print("  time      %.1f quarters a minute%s, %u/%u%s, %u ticks a quarter\n", info.first_tempo,
                info.tempo_changes ? " at first" : "", info.meter_numerator, info.meter_denominator,
                info.meter_changes ? " at first" : "", info.division);
  ario__print("  tokens    %zu\n", tokens);
  for (unsigned t = 1; t <= info.tracks; t++) {
    ario_track_info track = ario_song_track(song, t);
    print_track(t, &track);
  }
  for (size_t i = 0; ario_song_warning(song, i); i++)
    ario__print("  repaired  %s\n", ario_song_warning(song, i));
}

// Tokens of the whole piece, as in training; 0 for a file without notes.
static size_t count_tokens(const ario_song *song) {
  const ario_symbolic *symbolic = ario_codec_standard(ARIO_MUSIC)->symbolic;
  const ario_passage_options everything = ario_passage_options_default();
  ario_passage passage;
  if (symbolic->hear(song, &everything, &passage, NULL)) return 0;
  size_t count = passage.count + 1; // and eos
  symbolic->forget(&passage);
  return count;
}

static int describe_song(const char *path, bool json) {
  const ario__input input = ario__input_named(path);
  ario_song *song;
  ario_error error = {""};
  if (ario__input_song(&input, ario_codec_standard(ARIO_MUSIC)->symbolic, &song, &error))
    return ario__complain(self, "%s", error.text);
  int result = ARIO__DONE;
  if (json) {
    ario__report *root = ario__report_object();
    song_json(root, input.name, song, count_tokens(song));
    result = print_json(root);
  } else {
    print_song(input.name, song, count_tokens(song));
  }
  ario_song_free(song);
  return result;
}

int ario__info_main(int argc, char **argv) {
  bool json = false;
  const ario__option options[] = {{"json", 0, ARIO__FLAG, &json, NULL, "print JSON"}};
  const ario__command command = {.name = self,
                                 .usage = "FILE.mid | MODEL",
                                 .summary = "Shows what a MIDI file or a model contains.",
                                 .operands = {{"file or model", 1, 1}},
                                 .options = options,
                                 .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  struct stat info;
  bool is_file = stat(line.operands[0], &info) == 0
                     ? !S_ISDIR(info.st_mode)
                     : ario__has_suffix(line.operands[0], ".mid") || ario__is_pipe_name(line.operands[0]);
  return is_file ? describe_song(line.operands[0], json) : describe_model(line.operands[0], json);
}
