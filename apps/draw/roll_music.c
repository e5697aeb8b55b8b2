// SPDX-License-Identifier: MIT
//
// Looks at a song for a piano roll.
#include "apps/draw/roll_music.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ario__roll_shows(const ario__roll_options *options, const ario_note *note) {
  return note->start < options->to && (note->end > options->from || note->start >= options->from);
}

// ---- What is new ----

static int compare(const ario_note *a, const ario_note *b) {
  if (a->start != b->start) return a->start < b->start ? -1 : 1;
  return a->pitch != b->pitch ? a->pitch - b->pitch : a->channel - b->channel;
}

// Marks the notes that are not among those that were given; both lists are in order.
static void mark_fresh(ario__roll_notes *notes, const ario_note *given, size_t given_count) {
  size_t g = 0;
  for (size_t i = 0; i < notes->count; i++) {
    while (g < given_count && compare(&given[g], &notes->notes[i]) < 0) g++;
    bool old = g < given_count && !compare(&given[g], &notes->notes[i]);
    notes->fresh[i] = !old;
    g += old;
  }
}

static bool find_fresh(const ario_song *song, const ario__roll_options *options, ario__roll_music *m) {
  const ario_note *given = NULL, *given_drums = NULL;
  size_t given_count = 0, given_drum_count = 0;
  m->notes.notes = ario_song_notes(song, &m->notes.count);
  m->drums.notes = ario_song_drums(song, &m->drums.count);
  m->notes.fresh = calloc(m->notes.count + 1, sizeof *m->notes.fresh);
  m->drums.fresh = calloc(m->drums.count + 1, sizeof *m->drums.fresh);
  if (!m->notes.fresh || !m->drums.fresh) return false;
  if (!options->continued) return true;
  if (options->given) {
    given = ario_song_notes(options->given, &given_count);
    given_drums = ario_song_drums(options->given, &given_drum_count);
  }
  mark_fresh(&m->notes, given, given_count);
  mark_fresh(&m->drums, given_drums, given_drum_count);
  return true;
}

// ---- Times, pitches and velocities ----

static void look_at(const ario__roll_options *options, ario__roll_notes *notes, ario__roll_music *m) {
  for (size_t i = 0; i < notes->count; i++) {
    const ario_note *note = &notes->notes[i];
    if (notes->fresh[i] && (m->first_fresh < 0 || note->start < m->first_fresh)) m->first_fresh = note->start;
    if (!ario__roll_shows(options, note)) continue;
    notes->shown++;
    if (note->start < m->first) m->first = note->start;
    if (note->end > m->last) m->last = note->end;
    if (note->velocity < m->soft) m->soft = note->velocity;
    if (note->velocity > m->loud) m->loud = note->velocity;
  }
}

static void find_range(const ario__roll_options *options, ario__roll_music *m) {
  m->first_fresh = -1;
  m->first = INT64_MAX;
  m->low = m->soft = 127;
  look_at(options, &m->notes, m);
  look_at(options, &m->drums, m);
  for (size_t i = 0; i < m->notes.count; i++) {
    const ario_note *note = &m->notes.notes[i];
    if (!ario__roll_shows(options, note)) continue;
    if (note->pitch < m->low) m->low = note->pitch;
    if (note->pitch > m->high) m->high = note->pitch;
  }
  if (!m->notes.shown && !m->drums.shown) m->first = 0;
  if (!m->notes.shown) m->low = 60, m->high = 72;
  if (m->first < options->from) m->first = options->from;
  if (m->last > options->to) m->last = options->to;
}

// ---- Who plays ----

static void find_voices(const ario__roll_options *options, ario__roll_music *m) {
  size_t notes[ARIO_PROGRAMS] = {0}, left = m->notes.shown;
  for (size_t i = 0; i < m->notes.count; i++)
    if (ario__roll_shows(options, &m->notes.notes[i])) notes[m->notes.notes[i].program]++;
  for (unsigned p = 0; p < ARIO_PROGRAMS; p++) m->programs += notes[p] > 0;
  memset(m->voice, ARIO__ROLL_VOICES - 1, sizeof m->voice);
  while (left && m->voice_count < ARIO__ROLL_VOICES) {
    unsigned most = 0;
    for (unsigned p = 1; p < ARIO_PROGRAMS; p++)
      if (notes[p] > notes[most]) most = p;
    char *name = m->voice_names[m->voice_count];
    if (m->voice_count == ARIO__ROLL_VOICES - 1 && left > notes[most]) {
      snprintf(name, ARIO__ROLL_NAME, "%zu others", m->programs - m->voice_count);
      m->voice_count++;
      return;
    }
    snprintf(name, ARIO__ROLL_NAME, "%s", ario_program_name(most));
    m->voice[most] = (uint8_t)m->voice_count++;
    left -= notes[most];
    notes[most] = 0;
  }
}

// ---- Drums ----

enum { GROUPS = 6 };
static const char *const group_names[GROUPS] = {"bass drum", "snare",   "toms",
                                                "hi-hat",    "cymbals", "percussion"};

// From the bottom up, as drummers' parts are written.
static unsigned group_of(unsigned pitch) {
  switch (pitch) {
  case 35:
  case 36: return 0;
  case 37:
  case 38:
  case 39:
  case 40: return 1;
  case 41:
  case 43:
  case 45:
  case 47:
  case 48:
  case 50: return 2;
  case 42:
  case 44:
  case 46: return 3;
  case 49:
  case 51:
  case 52:
  case 53:
  case 55:
  case 57:
  case 59: return 4;
  default: return GROUPS - 1;
  }
}

static void name_drum(char *name, unsigned pitch) {
  const char *known = ario_drum_name(pitch);
  if (known)
    snprintf(name, ARIO__ROLL_NAME, "%s", known);
  else
    snprintf(name, ARIO__ROLL_NAME, "drum %u", pitch);
}

static void find_drum_rows(const ario__roll_options *options, ario__roll_music *m) {
  bool struck[128] = {false};
  size_t drums = 0;
  for (size_t i = 0; i < m->drums.count; i++)
    if (ario__roll_shows(options, &m->drums.notes[i])) struck[m->drums.notes[i].pitch & 127] = true;
  for (unsigned p = 0; p < 128; p++) drums += struck[p];
  for (unsigned group = 0; group < GROUPS; group++) {
    bool any = false;
    for (unsigned p = 0; p < 128; p++) {
      if (!struck[p] || group_of(p) != group) continue;
      if (drums <= ARIO__ROLL_DRUM_ROWS) name_drum(m->row_names[m->row_count], p);
      m->row[p] = (uint8_t)m->row_count;
      m->row_count += drums <= ARIO__ROLL_DRUM_ROWS;
      any = true;
    }
    if (any && drums > ARIO__ROLL_DRUM_ROWS)
      snprintf(m->row_names[m->row_count++], ARIO__ROLL_NAME, "%s", group_names[group]);
  }
}

// ---- All of it ----

ario_status ario__roll_look(const ario_song *song, const ario__roll_options *options,
                            ario__roll_music *music) {
  *music = (ario__roll_music){.voice_count = 0};
  if (!find_fresh(song, options, music)) return ARIO_ERR_MEMORY;
  find_range(options, music);
  find_voices(options, music);
  find_drum_rows(options, music);
  return ARIO_OK;
}

void ario__roll_music_free(ario__roll_music *music) {
  free(music->notes.fresh);
  free(music->drums.fresh);
}
