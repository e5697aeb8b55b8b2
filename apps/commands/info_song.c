// SPDX-License-Identifier: MIT
//
// arioso info for a MIDI file: its music, its tracks, and what was repaired in it.
#include "apps/cli/options.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/times.h"
#include "apps/commands/info.h"
#include "apps/midi/contents.h"
#include "arioso/symbolic.h"

#include <stdio.h>

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

int ario__info_song(const ario__input *input, bool json) {
  ario_song *song;
  ario__contents contents;
  ario_error error = {""};
  if (ario__input_song(input, ario_codec_standard(ARIO_MUSIC)->symbolic, &song, &error))
    return ario__complain(ARIO__INFO, "%s", error.text);
  int result = ARIO__DONE;
  if (!ario__contents_find(song, &contents)) {
    result = ario__complain(ARIO__INFO, "%s: %s", input->name, ario_strerror(ARIO_ERR_MEMORY));
  } else if (json) {
    ario__report *root = ario__report_object();
    song_json(root, input->name, song, &contents, count_tokens(song));
    result = ario__report_finish(root, ARIO__INFO);
  } else {
    print_song(input->name, song, &contents, count_tokens(song));
  }
  ario__contents_free(&contents);
  ario_song_free(song);
  return result;
}
