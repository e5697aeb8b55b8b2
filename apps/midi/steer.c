// SPDX-License-Identifier: MIT
//
// Options -> wishes -> constraints.
#include "apps/midi/steer.h"
#include "apps/cli/print.h"
#include "arioso/file.h"
#include "arioso/general_midi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHORD_FILE_MOST = 1 << 16 };

// ---- One by one ----

static ario_status read_key(const ario__steer_options *o, const ario_song *song,
                            const ario_prompt_options *part, ario__steer *out, ario_error *error) {
  if (o->key && o->scale) return ario_fail(error, ARIO_ERR_ARGUMENT, "give --key or --scale, not both");
  if (!o->key) return ARIO_OK;
  if (strcmp(o->key, "prompt") != 0) {
    ario_error detail = {""};
    ario_status status = ario_key_parse(o->key, &out->wishes.scale, &detail);
    return status ? ario_fail(error, status, "--key: %s", detail.text) : ARIO_OK;
  }
  if (!song) return ario_fail(error, ARIO_ERR_ARGUMENT, "--key prompt needs a MIDI file to begin with");
  if (ario_song_key(song, part, &out->wishes.scale, out->key, sizeof out->key))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "--key prompt: no note that has a pitch is in the piece");
  return ARIO_OK;
}

// The ranges of all instruments come first: those of one are exceptions.
static ario_status read_ranges(const ario__steer_options *o, ario_steering *wishes, ario_error *error) {
  ario_error detail = {""};
  ario_status status = ARIO_OK;
  for (int of_one = 0; of_one < 2; of_one++)
    for (size_t i = 0; i < o->ranges.count && !status; i++)
      if ((strchr(o->ranges.texts[i], ':') != NULL) == of_one)
        status = ario_range_parse(o->ranges.texts[i], wishes, &detail);
  return status ? ario_fail(error, status, "--range: %s", detail.text) : ARIO_OK;
}

// Marks who of the part plays.
static void mark_players(const ario_song *song, const ario_prompt_options *part, bool *plays) {
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  for (size_t i = 0; i < count; i++)
    for (size_t t = 0; t < (part->tracks ? part->track_count : 1); t++)
      if (!part->tracks || part->tracks[t] == notes[i].track) plays[notes[i].program] = true;
  plays[ARIO_STEER_DRUMS] = ario_song_describe(song).drum_notes > 0;
}

// Of a family those play on who have played, else the one that it is known for.
static ario_status add_instrument(const char *name, const bool *plays, bool *chosen, ario_error *error) {
  bool marked[ARIO_STEER_INSTRUMENTS] = {false}, any = false;
  unsigned typical;
  ario_error detail = {""};
  ario_status status = ario_instrument_parse(name, marked, &typical, &detail);
  if (status) return ario_fail(error, status, "--instruments: %s", detail.text);
  for (unsigned i = 0; i < ARIO_STEER_INSTRUMENTS; i++) {
    if (!marked[i] || !plays[i]) continue;
    chosen[i] = any = true;
  }
  if (!any) chosen[typical] = true;
  return ARIO_OK;
}

static ario_status read_instruments(const ario__steer_options *o, const ario_song *song,
                                    const ario_prompt_options *part, ario_steering *wishes,
                                    ario_error *error) {
  bool plays[ARIO_STEER_INSTRUMENTS] = {false};
  ario_status status = ARIO_OK;
  if (!o->instruments) return status;
  if (song) mark_players(song, part, plays);
  wishes->choose = true;
  for (const char *text = o->instruments; *text && !status;) {
    char name[64];
    size_t length = strcspn(text, ",");
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
    status = add_instrument(name, plays, wishes->instruments, error);
    text += length + (text[length] == ',');
  }
  return status;
}

static ario_status read_chord_file(const char *path, ario_progression *out, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_status status = ario_file_read(path, CHORD_FILE_MOST, &bytes, &size, error);
  if (status) return status;
  char *text = malloc(size + 1);
  if (text) {
    memcpy(text, bytes, size);
    text[size] = 0;
    status = ario_progression_parse(text, out, error);
  } else {
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  free(text);
  free(bytes);
  return status;
}

// Chords, or the name of a file of them.
static ario_status read_chords(const ario__steer_options *o, ario_steering *wishes, ario_error *error) {
  ario_error detail = {""}, of_file = {""};
  if (o->strict && !o->chords) return ario_fail(error, ARIO_ERR_ARGUMENT, "--strict is for --chords");
  wishes->strict = o->strict;
  if (!o->chords) return ARIO_OK;
  ario_status status = ario_progression_parse(o->chords, &wishes->chords, &detail);
  if (!status) return ARIO_OK;
  ario_status as_file = read_chord_file(o->chords, &wishes->chords, &of_file);
  bool is_name = strchr(o->chords, '.') || *o->chords == '/';
  if (as_file == ARIO_ERR_NOT_FOUND && !is_name) return ario_fail(error, status, "--chords: %s", detail.text);
  return as_file ? ario_fail(error, as_file, "--chords: %s", of_file.text) : ARIO_OK;
}

// The last chord: that of the progression, else that of the key or, where none was named, of the piece's.
static void find_rest(const ario__steer_options *o, const ario_song *song, const ario_prompt_options *part,
                      ario__steer *out) {
  char key[24];
  const char *name = o->key && !*out->key ? o->key : out->key;
  uint16_t classes;
  ario_steering *w = &out->wishes;
  out->ends = o->end;
  if (!o->end || w->chords.bars) return;
  if (!*name && song && !ario_song_key(song, part, &classes, key, sizeof key)) name = key;
  if (!*name || ario_key_chord(name, &classes, NULL)) return;
  w->last_chord = classes & w->scale ? classes : w->scale; // a scale need not be that of the piece
}

// ---- Grid and start ----

static bool is_bar(const ario__steer_options *o) {
  return o->start && strcmp(o->start, "bar") == 0;
}

static ario_status read_grid(const ario__steer_options *o, ario_steering *wishes, ario_error *error) {
  ario_error detail = {""};
  ario_status status = ARIO_OK;
  if (o->grid && strcmp(o->grid, "free") != 0) status = ario_grid_parse(o->grid, &wishes->grid, &detail);
  if (status) return ario_fail(error, status, "--grid: %s", detail.text);
  if (o->start && !is_bar(o) && strcmp(o->start, "now") != 0)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "--start: %.40s is neither bar nor now", o->start);
  wishes->from_bar = is_bar(o);
  return ARIO_OK;
}

// What has no bars of its own goes on with the song's, if the song is on them.
static void find_grid(const ario__steer_options *o, const ario_song *song, const ario_prompt_options *part,
                      ario__steer *out) {
  unsigned grid = ario_song_grid(song, part);
  if (!grid) return;
  out->on_its_grid = !o->grid;
  if (!o->grid) out->wishes.grid = grid;
  if (!o->start) out->wishes.from_bar = true;
}

// ---- All of them ----

static const char *name_of(const ario__steer_options *o, const char *wish) {
  return strcmp(wish, "scale") == 0 && o->key ? "key" : wish;
}

int ario__steer_settle(const char *command, const ario__steer_options *o, const ario_symbolic *symbolic,
                       const ario_song *song, const ario_prompt_options *part, ario__steer *out) {
  ario_error error = {""}, detail = {""};
  ario_quarrel quarrel;
  *out = (ario__steer){.wishes = ario_steering_default()};
  out->wishes.polyphony = (unsigned)o->polyphony;
  out->wishes.density = o->density;
  if (o->max_note_given) out->wishes.max_note = llround(o->max_note * 1e6);
  ario_status status = read_key(o, song, part, out, &error);
  if (!status && o->scale && (status = ario_scale_parse(o->scale, &out->wishes.scale, &detail)))
    ario_fail(&error, status, "--scale: %s", detail.text);
  if (!status) status = read_ranges(o, &out->wishes, &error);
  if (!status) status = read_instruments(o, song, part, &out->wishes, &error);
  if (!status) status = read_chords(o, &out->wishes, &error);
  if (!status) status = read_grid(o, &out->wishes, &error);
  if (status) return ario__usage_error(command, "%s", error.text);
  if (song && symbolic->free_time) find_grid(o, song, part, out);
  find_rest(o, song, part, out);
  out->wishes.end = out->ends; // it is not known yet, but whether it quarrels
  if (ario_steering_quarrel(&out->wishes, &quarrel))
    return ario__usage_error(command, "--%s and --%s cannot both hold: %s", name_of(o, quarrel.first),
                             name_of(o, quarrel.second), quarrel.why);
  out->wishes.end = 0;
  return ARIO__DONE;
}

int ario__steer_apply(const char *command, const ario__steer *steer, const ario_symbolic *symbolic,
                      const ario_song *song, const ario_passage *passage, ario_chain *chain) {
  ario_error error = {""};
  ario_steering wishes = steer->wishes;
  if (!symbolic->steer) wishes.max_note = 0; // it is a rule of the passage, too
  if (ario_steering_is_empty(&wishes)) return ARIO__DONE;
  if (!symbolic->steer) return ario__usage_error(command, "music of this model's codec cannot be steered");
  ario_status status = symbolic->steer(song, passage, &wishes, chain, &error);
  return status ? ario__usage_error(command, "--%s", error.text) : ARIO__DONE;
}

void ario__steer_say(const ario__steer *steer, const char *file) {
  if (*steer->key) ario__print("%s: %s\n", file, steer->key);
  if (steer->on_its_grid)
    ario__print("%s: continued on its grid of 1/%u; --grid free leaves it\n", file, 192 / steer->wishes.grid);
}

void ario__steer_report(const ario__steer *steer, ario__report *report) {
  const ario_steering *w = &steer->wishes;
  char text[64];
  ario__report *object = ario__report_add_object(report, "steering");
  ario_classes_text(w->scale, text, sizeof text);
  ario__report_add_text(object, "key", *steer->key ? steer->key : NULL);
  ario__report_add_text(object, "scale", w->scale == ARIO_ALL_CLASSES ? NULL : text);
  snprintf(text, sizeof text, "1/%u", w->grid ? 192 / w->grid : 0);
  ario__report_add_text(object, "grid", w->grid ? text : NULL);
  ario__report_add_bool(object, "from_bar", w->from_bar);
}
