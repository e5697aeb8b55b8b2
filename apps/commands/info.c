// SPDX-License-Identifier: MIT
//
// arioso info: what a MIDI file or a model contains.
#include "apps/cli/input.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/sample_format.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"
#include "apps/midi/contents.h"
#include "arioso/session.h"
#include "arioso/symbolic.h"

#include <math.h>
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
  ario__print(", beside the model's %.1f MB\n", (double)ario_model_bytes(model) / 1e6);
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

static void instruments_json(ario__report *entry, const ario__track_contents *track) {
  ario__report *list = ario__report_add_array(entry, "instruments");
  for (unsigned p = 0; p < ARIO_PROGRAMS; p++)
    if (track->programs[p]) ario__report_add_text(list, NULL, ario_program_name(p));
  if (track->drums) ario__report_add_text(list, NULL, "drums");
}

static void contents_json(ario__report *root, const ario_song *song, const ario__contents *contents) {
  if (contents->bars) ario__report_add_whole(root, "bars", contents->bars);
  ario__report *keys = ario__report_add_array(root, "keys");
  for (size_t i = 0; i < contents->key_count; i++) {
    ario__report *key = ario__report_add_object(keys, NULL);
    size_t bar;
    ario__report_add_text(key, "key", ario__key_name(&contents->keys[i]));
    ario__report_add_number(key, "seconds", (double)contents->keys[i].microseconds / 1e6);
    if (!ario_song_bar_at(song, contents->keys[i].microseconds, &bar))
      ario__report_add_whole(key, "bar", bar);
  }
  ario__report_add_whole(root, "syllables", contents->syllables);
  ario__report *lyrics = ario__report_add_array(root, "lyrics");
  for (size_t i = 0; i < contents->line_count; i++) ario__report_add_text(lyrics, NULL, contents->lines[i]);
}

static void song_json(ario__report *root, const char *path, const ario_song *song,
                      const ario__contents *contents, size_t tokens) {
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
  contents_json(root, song, contents);
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
    instruments_json(entry, &contents->tracks[t - 1]);
  }
  ario__report *warnings = ario__report_add_array(root, "warnings");
  for (size_t i = 0; ario_song_warning(song, i); i++)
    ario__report_add_text(warnings, NULL, ario_song_warning(song, i));
}

static void print_instruments(const ario__track_contents *track) {
  const char *before = ": ";
  for (unsigned p = 0; p < ARIO_PROGRAMS; p++) {
    if (!track->programs[p]) continue;
    ario__print("%s%s", before, ario_program_name(p));
    before = ", ";
  }
  if (track->drums) ario__print("%sdrums", before);
}

static void print_keys(const ario_song *song, const ario__contents *contents) {
  enum { SHOWN = 3 };
  for (size_t i = 0; i < contents->key_count && i < SHOWN; i++) {
    size_t bar;
    ario__print("%s%s", i ? ", " : "  key       ", ario__key_name(&contents->keys[i]));
    if (contents->keys[i].microseconds && !ario_song_bar_at(song, contents->keys[i].microseconds, &bar))
      ario__print(" from bar %zu", bar);
  }
  if (contents->key_count > SHOWN) ario__print(", %zu more", contents->key_count - SHOWN);
  if (contents->key_count) ario__print("\n");
}

static void print_lyrics(const ario__contents *contents) {
  enum { SHOWN = 4 };
  for (size_t i = 0; i < contents->line_count && i < SHOWN; i++)
    ario__print("%s%.68s\n", i ? "            " : "  lyrics    ", contents->lines[i]);
  if (contents->line_count > SHOWN)
    ario__print("            and %zu more lines; --json has them all\n", contents->line_count - SHOWN);
}

static void print_track(unsigned number, const ario_track_info *track, const ario__track_contents *contents) {
  ario__print("  track %-3u %6zu notes", number, track->notes);
  for (unsigned ch = 0, shown = 0; ch < ARIO_MIDI_CHANNELS; ch++)
    if (track->channels >> ch & 1) ario__print("%s%u", shown++ ? ", " : ", channel ", ch + 1);
  print_instruments(contents);
  ario__print("%s%s\n", *track->name ? "  " : "", track->name);
}

static void print_song(const char *path, const ario_song *song, const ario__contents *contents,
                       size_t tokens) {
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
  if (contents->bars) ario__print("  bars      %zu\n", contents->bars);
  print_keys(song, contents);
  ario__print("  tokens    %zu\n", tokens);
  for (unsigned t = 1; t <= info.tracks; t++) {
    ario_track_info track = ario_song_track(song, t);
    print_track(t, &track, &contents->tracks[t - 1]);
  }
  print_lyrics(contents);
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

static int describe_song(const ario__input *input, bool json) {
  ario_song *song;
  ario__contents contents;
  ario_error error = {""};
  if (ario__input_song(input, ario_codec_standard(ARIO_MUSIC)->symbolic, &song, &error))
    return ario__complain(self, "%s", error.text);
  int result = ARIO__DONE;
  if (!ario__contents_find(song, &contents)) {
    result = ario__complain(self, "%s: %s", input->name, ario_strerror(ARIO_ERR_MEMORY));
  } else if (json) {
    ario__report *root = ario__report_object();
    song_json(root, input->name, song, &contents, count_tokens(song));
    result = print_json(root);
  } else {
    print_song(input->name, song, &contents, count_tokens(song));
  }
  ario__contents_free(&contents);
  ario_song_free(song);
  return result;
}

// ---- A sound file ----

static int describe_sound(const ario__input *input, bool json) {
  ario_sound_reader *reader;
  ario_error error = {""};
  if (ario__input_sound(input, &reader, &error)) return ario__complain(self, "%s", error.text);
  ario_sound_info info = ario_sound_reader_info(reader);
  ario_sound_reader_free(reader);
  double seconds = info.frames == UINT64_MAX ? NAN : (double)info.frames / info.rate; // NAN: it is not told
  if (json) {
    ario__report *root = ario__report_object();
    ario__report_add_text(root, "file", input->name);
    ario__report_add_number(root, "seconds", seconds);
    ario__report_add_number(root, "rate", info.rate);
    ario__report_add_number(root, "channels", info.channels);
    ario__report_add_text(root, "format", ario__format_name(info.format));
    return print_json(root);
  }
  char text[24];
  ario__print("%s: sound, %s, %u Hz, %u channel%s, %s\n", input->name,
              isnan(seconds) ? "of unknown length" : ario__time_text(seconds, text), info.rate, info.channels,
              info.channels == 1 ? "" : "s", ario__format_name(info.format));
  return ARIO__DONE;
}

// ---- What it is ----

static int describe_file(const char *path, bool json) {
  ario__input input;
  ario_error error = {""};
  ario_status status = ario__input_open(path, &input, &error);
  int result = status                            ? ario__complain(self, "%s", error.text)
               : input.kind == ARIO__INPUT_SOUND ? describe_sound(&input, json)
                                                 : describe_song(&input, json);
  ario__input_free(&input);
  return result;
}

int ario__info_main(int argc, char **argv) {
  bool json = false;
  const ario__option options[] = {{"json", 0, ARIO__FLAG, &json, NULL, "print JSON"}};
  const ario__command command = {.name = self,
                                 .usage = "FILE | MODEL",
                                 .summary = "Shows what a MIDI file, a sound file or a model contains.",
                                 .operands = {{"file or model", 1, 1}},
                                 .options = options,
                                 .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  const char *name = line.operands[0], *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
  struct stat info;
  bool there = stat(name, &info) == 0, is_file = there ? !S_ISDIR(info.st_mode) : ario__is_pipe_name(name);
  // What looks like a file's name and is no model is a file that is missing.
  if (!there && dot && dot[1] && !ario__models_have(name)) is_file = true;
  return is_file ? describe_file(name, json) : describe_model(name, json);
}
