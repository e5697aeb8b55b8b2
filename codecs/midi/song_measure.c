// SPDX-License-Identifier: MIT
//
// What a part of a song keeps to: meter and tempo, a grid, a key.
#include "codecs/midi/song_measure.h"
#include "arioso/steering.h"
#include "codecs/midi/pitch_names.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- Meter and tempo ----

bool ario__song_pulse(const ario_song *song, int64_t from, ario__pulse *pulse) {
  if (song->smf.frames) return false;
  double division = (double)song->division, elapsed = (double)from * division;
  size_t t = 0, m = 0;
  while (t + 1 < song->tempo_count && ario__microseconds(song->tempos[t + 1].elapsed, song->division) <= from)
    t++;
  double tempo = fmax(song->tempos[t].tempo, 1), moment = division / tempo; // a tick's share of a microsecond
  double tick = song->tempos[t].tick + (elapsed - (double)song->tempos[t].elapsed) / tempo;
  while (m + 1 < song->meter_count && song->meters[m + 1].tick <= tick + moment) m++;
  const ario__meter *meter = &song->meters[m];
  double bar = 4 * division * meter->numerator / (1u << meter->log2_denominator);
  *pulse = (ario__pulse){.bars = (tick - meter->tick) / bar,
                         .bar = bar * tempo / division,
                         .quarter = tempo,
                         .beats = meter->numerator};
  return true;
}

// The changes of tempo that count: that in force at `from`, and those behind it before the cut.
static void take_tempos(const ario_song *song, int64_t from, int64_t cut, ario__bars *bars) {
  for (size_t i = 0; i < song->tempo_count; i++) {
    const ario__tempo *tempo = &song->tempos[i];
    int64_t time = ario__microseconds(tempo->elapsed, song->division);
    if (i && time >= cut) return;
    if (time <= from) bars->tempo_count = 0;
    if (bars->tempo_count == sizeof bars->tempos / sizeof *bars->tempos) return;
    bars->tempos[bars->tempo_count].tick = tempo->tick;
    bars->tempos[bars->tempo_count].time = (double)tempo->elapsed / (double)song->division;
    bars->tempos[bars->tempo_count++].length = fmax(tempo->tempo, 1) / (double)song->division;
  }
}

bool ario__bars_of_song(const ario_song *song, int64_t from, int64_t cut, ario__bars *bars) {
  *bars = (ario__bars){.quarter = (double)song->division};
  if (song->smf.frames) return false;
  take_tempos(song, from, cut, bars);
  for (size_t i = 0; i < song->meter_count; i++) {
    const ario__meter *meter = &song->meters[i];
    double time = ario__bars_time(bars, meter->tick);
    if (i && meter->tick >= bars->tempos[0].tick && time + 0.5 >= (double)cut) break;
    if (ario__bars_tick(bars, (double)from) + 1e-6 >= meter->tick) bars->meter_count = 0;
    if (bars->meter_count == sizeof bars->meters / sizeof *bars->meters) break;
    bars->meters[bars->meter_count].tick = meter->tick;
    bars->meters[bars->meter_count].beats = meter->numerator;
    bars->meters[bars->meter_count++].length =
        4 * bars->quarter * meter->numerator / (1u << meter->log2_denominator);
  }
  return true;
}

double ario__bars_tick(const ario__bars *bars, double microseconds) {
  size_t i = 0;
  while (i + 1 < bars->tempo_count && bars->tempos[i + 1].time <= microseconds) i++;
  return bars->tempos[i].tick + (microseconds - bars->tempos[i].time) / bars->tempos[i].length;
}

double ario__bars_time(const ario__bars *bars, double tick) {
  size_t i = 0;
  while (i + 1 < bars->tempo_count && bars->tempos[i + 1].tick <= tick) i++;
  return bars->tempos[i].time + (tick - bars->tempos[i].tick) * bars->tempos[i].length;
}

// A change of meter begins a bar.
ario__bar_place ario__bars_place(const ario__bars *bars, double tick) {
  int64_t number = 0;
  for (size_t i = 0;; i++) {
    double begin = bars->meters[i].tick, length = bars->meters[i].length;
    bool more = i + 1 < bars->meter_count && bars->meters[i + 1].tick <= tick + 1e-6;
    if (more) {
      number += (int64_t)ceil((bars->meters[i + 1].tick - begin) / length - 1e-9);
      continue;
    }
    double bar = floor((tick - begin) / length + 1e-9);
    return (ario__bar_place){number + (int64_t)bar, tick - begin - bar * length, length,
                             bars->meters[i].beats};
  }
}

// ---- A part ----

static int64_t nearest_step(int64_t microseconds) {
  enum { STEP = 1000000 / ARIO_SONG_STEPS_PER_SECOND };
  return (microseconds + STEP / 2) / STEP;
}

static bool hears(const ario_prompt_options *part, unsigned track) {
  bool heard = !part->tracks;
  for (size_t i = 0; i < part->track_count && !heard; i++) heard = part->tracks[i] == track;
  return heard;
}

bool ario__in_part(const ario_prompt_options *part, const ario_note *note) {
  bool before = part->to == INT64_MAX || note->start < nearest_step(part->to);
  return hears(part, note->track) && before && note->start >= nearest_step(part->from);
}

// ---- A grid ----

enum { GRIDS = 3, FEWEST = 8, PERCENT = 95 };

// How far a tick is from the nearest line of a grid of `steps`, counted from the bar line.
static double off_grid(const ario_song *song, int64_t tick, unsigned steps) {
  size_t m = 0;
  while (m + 1 < song->meter_count && song->meters[m + 1].tick <= tick) m++;
  const ario__meter *meter = &song->meters[m];
  double quarter = song->smf.division, line = quarter * steps / 48;
  double bar = 4 * quarter * meter->numerator / (1u << meter->log2_denominator);
  double place = fmod((double)(tick - meter->tick), bar);
  return fmin(fabs(place - line * floor(place / line + 0.5)), bar - place);
}

unsigned ario_song_grid(const ario_song *song, const ario_prompt_options *part) {
  static const unsigned grids[GRIDS] = {12, 8, 4};
  size_t count, onsets = 0, on[GRIDS] = {0};
  const ario_midi_event *events = ario_song_events(song, &count);
  if (song->smf.frames) return 0;
  for (size_t i = 0; i < count; i++) {
    const ario_midi_event *e = &events[i];
    if ((e->bytes[0] & 0xf0) != 0x90 || !e->bytes[2]) continue;
    if (e->microseconds < part->from || e->microseconds >= part->to || !hears(part, e->track)) continue;
    onsets++;
    for (unsigned g = 0; g < GRIDS; g++) on[g] += off_grid(song, e->tick, grids[g]) <= 1;
  }
  for (unsigned g = 0; g < GRIDS && onsets >= FEWEST; g++)
    if (100 * on[g] >= PERCENT * onsets) return grids[g];
  return 0;
}

// ---- A key ----

// Correlation of how long the classes sound, from `tonic` on, with a key's profile.
static double fit(const double *sounds, const double *profile, int tonic) {
  double sum = 0, mean = 0, ideal = 0, square = 0, norm = 0;
  for (int i = 0; i < ARIO__CLASSES; i++)
    mean += sounds[i] / ARIO__CLASSES, ideal += profile[i] / ARIO__CLASSES;
  for (int i = 0; i < ARIO__CLASSES; i++) {
    double a = sounds[(tonic + i) % ARIO__CLASSES] - mean, b = profile[i] - ideal;
    sum += a * b, square += a * a, norm += b * b;
  }
  return square > 0 ? sum / sqrt(square * norm) : 0;
}

ario_status ario_song_key(const ario_song *song, const ario_prompt_options *part, uint16_t *classes,
                          char *text, size_t room) {
  // Krumhansl, Cognitive Foundations of Musical Pitch, 1990: how well each class fits a major and a minor key.
  static const double profiles[2][ARIO__CLASSES] = {
      {6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88},
      {6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17}};
  static const char *const names[2][ARIO__CLASSES] = {
      {"C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"},
      {"C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"}};
  double sounds[ARIO__CLASSES] = {0}, best = -2;
  size_t count, heard = 0;
  const ario_note *notes = ario_song_notes(song, &count);
  for (size_t i = 0; i < count; i++) {
    if (!ario__in_part(part, &notes[i])) continue;
    sounds[notes[i].pitch % ARIO__CLASSES] += (double)(notes[i].end - notes[i].start) + 1;
    heard++;
  }
  if (!heard) return ARIO_ERR_FORMAT;
  for (int minor = 0; minor < 2; minor++)
    for (int tonic = 0; tonic < ARIO__CLASSES; tonic++) {
      double now = fit(sounds, profiles[minor], tonic);
      if (now <= best) continue;
      best = now;
      snprintf(text, room, "%s %s", names[minor][tonic], minor ? "minor" : "major");
    }
  return ario_key_parse(text, classes, NULL);
}
