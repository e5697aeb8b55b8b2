// SPDX-License-Identifier: MIT
//
// Layout, grid, notes and texts.
#include "apps/draw/piano_roll.h"

#include <math.h>
#include <stdio.h>

#include "apps/draw/canvas.h"
#include "apps/draw/roll_music.h"

enum { LABEL_ROOM = 26, KEYBOARD = 20, TOP = 92, RIGHT = 28, BOTTOM = 50, LEFT = 24 };
enum { DRUM_LABELS = 92, LANE_GAP = 12, LEGEND_LINE = 20, LEGEND_GAP = 4 };

typedef ario__colour colour;

// Blue and vermilion of Okabe and Ito's palette, which colour-blind people can tell apart, too.
static const colour prompt_colour = {0.000, 0.447, 0.698}, new_colour = {0.835, 0.369, 0.000};
static const colour paper = {1, 1, 1}, ink = {0.13, 0.14, 0.16}, grey = {0.45, 0.46, 0.48};
static const colour black_row = {0.957, 0.957, 0.953}, octave_line = {0.84, 0.84, 0.83};
static const colour black_key = {0.25, 0.26, 0.28}, key_line = {0.62, 0.62, 0.62};
static const colour bar_line = {0.875, 0.872, 0.865}, new_paper = {0.998, 0.960, 0.928};

// Of instruments. Any two differ by 24 or more in CIELAB, also as people see them who have no red or no green cones
// (simulated as Machado et al. 2009 do). The last is for what has no colour of its own.
static const colour voice_colours[ARIO__ROLL_VOICES] = {
    {0.043, 0.384, 0.839}, {0.878, 0.675, 0.000}, {0.000, 0.478, 0.314},
    {0.627, 0.361, 0.596}, {0.251, 0.737, 0.961}, {0.361, 0.055, 0.251},
    {0.478, 0.431, 0.063}, {0.200, 0.133, 0.533}, {0.650, 0.650, 0.650}};
static const colour drum_colour = {0.33, 0.34, 0.36};

typedef struct roll {
  ario__canvas *canvas;
  const ario_song *song;
  const ario__roll_options *options;
  ario__roll_music music;
  bool many;                            // instruments: they have colours
  double from, to;                      // seconds
  double boundary;                      // seconds; negative: none
  int low, high;                        // pitches of the lowest and the highest row
  int soft, loud;                       // least and greatest velocity of the shades
  double left, top, width, height, row; // the pitches' plot, and the height of a row
  double lane, lane_row;                // the upper edge of the drums' lane, and the height of a row
  double bottom;                        // of both
} roll;

ario__roll_options ario__roll_options_default(void) {
  return (ario__roll_options){.boundary = -1, .from = 0, .to = INT64_MAX};
}

// ---- Layout ----

static void place(roll *r) {
  const ario__roll_options *o = r->options;
  const ario__roll_music *m = &r->music;
  int low = m->low - 2, high = m->high + 2; // a margin, and at least two octaves
  double second = ARIO_SONG_STEPS_PER_SECOND, air = (double)(m->last - m->first) / second / 100;
  int64_t begin = o->boundary < 0 ? m->first_fresh : o->boundary;
  r->from = fmax((double)m->first / second - fmax(air, 0.1), 0);
  r->to = fmax((double)m->last / second + fmax(air, 0.1), r->from + 1);
  r->boundary = o->continued && begin >= 0 ? (double)begin / second : -1;
  r->soft = m->soft;
  r->loud = m->loud;
  while (r->loud - r->soft < 40) r->loud++, r->soft--; // even playing is drawn in a middle shade
  while (high - low < 24) high++, low--;
  r->low = low < 0 ? 0 : low;
  r->high = high > 127 ? 127 : high;
  r->many = m->programs + (m->row_count > 0) > 1;
}

// Up to 100 s the picture is as wide as a screen, for longer music wider.
static void lay_out(roll *r) {
  const ario__roll_music *m = &r->music;
  double drums = (double)m->row_count;
  bool pitches = m->notes.shown || !m->row_count;
  int rows = pitches ? r->high - r->low + 1 : 0;
  double total = fmin(fmax((r->to - r->from) * 12, 1200), 2000);
  r->left = LEFT + (m->row_count ? DRUM_LABELS : LABEL_ROOM + KEYBOARD);
  r->width = floor(total) - r->left - RIGHT;
  r->top = TOP;
  r->row = pitches ? fmin(fmax(540.0 / rows, 4.5), 14) : 0;
  r->height = r->row * rows;
  r->lane_row = pitches ? 13 : fmin(fmax(300 / drums, 20), 50);
  r->lane = r->top + r->height + (pitches ? LANE_GAP : 0);
  r->bottom = m->row_count ? r->lane + r->lane_row * drums : r->top + r->height;
}

// Room for the legend's lines, above all else.
static void move_down(roll *r, double by) {
  r->top += by;
  r->lane += by;
  r->bottom += by;
}

static double x_of(const roll *r, double seconds) {
  return r->left + (seconds - r->from) / (r->to - r->from) * r->width;
}

static double y_of(const roll *r, int pitch) { // the upper edge of its row
  return r->top + (r->high - pitch) * r->row;
}

static double lane_y_of(const roll *r, size_t row) {
  return r->lane + (double)(r->music.row_count - 1 - row) * r->lane_row;
}

// ---- Drawing ----

static colour mix(colour a, colour b, double share) {
  return (colour){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

static bool is_black(int pitch) {
  return (1 << pitch % 12 & 0x54A) != 0;
}

static void draw_rows(roll *r) {
  double lane_height = r->lane_row * (double)r->music.row_count;
  for (int pitch = r->low; pitch <= r->high && r->height > 0; pitch++)
    if (is_black(pitch))
      ario__draw_rectangle(r->canvas, r->left, y_of(r, pitch), r->width, r->row, black_row);
  for (size_t row = 0; row < r->music.row_count; row += 2)
    ario__draw_rectangle(r->canvas, r->left, lane_y_of(r, row), r->width, r->lane_row, black_row);
  if (r->boundary >= 0 && r->boundary < r->to) {
    double x = x_of(r, fmax(r->boundary, r->from));
    ario__draw_tint(r->canvas, x, r->top, r->left + r->width - x, r->height, new_paper);
    ario__draw_tint(r->canvas, x, r->lane, r->left + r->width - x, lane_height, new_paper);
  }
  if (r->height <= 0) return;
  for (int pitch = r->low + 1; pitch <= r->high; pitch++) {
    double y = y_of(r, pitch) + r->row;
    if (pitch % 12 == 0) ario__draw_line(r->canvas, r->left, y, r->left + r->width, y, 1, octave_line);
    if (pitch % 12 == 5)
      ario__draw_line(r->canvas, r->left, y, r->left + r->width, y, 0.5, bar_line); // between E and F
  }
}

static void draw_drum_names(roll *r) {
  ario__set_font(r->canvas, r->height > 0 ? 9.5 : 11, false);
  for (size_t row = 0; row < r->music.row_count; row++)
    ario__draw_text(r->canvas, r->left - 6, lane_y_of(r, row) + r->lane_row / 2 + 3.5, 1, grey,
                    r->music.row_names[row]);
  if (r->music.row_count)
    ario__draw_frame(r->canvas, r->left, r->lane, r->width, r->lane_row * (double)r->music.row_count, 0.5,
                     bar_line);
}

static void draw_keyboard(roll *r) {
  if (r->height <= 0) return;
  double x = r->left - KEYBOARD;
  ario__draw_rectangle(r->canvas, x, r->top, KEYBOARD, r->height, paper);
  ario__set_font(r->canvas, 11, false);
  for (int pitch = r->low; pitch <= r->high; pitch++) {
    double y = y_of(r, pitch), end = y + r->row;
    if (is_black(pitch)) {
      ario__draw_rectangle(r->canvas, x, y + r->row * 0.08, KEYBOARD * 0.62, r->row * 0.84, black_key);
      ario__draw_line(r->canvas, x + KEYBOARD * 0.62, y + r->row / 2, r->left, y + r->row / 2, 0.5, key_line);
    } else if (pitch > r->low && !is_black(pitch - 1)) {
      ario__draw_line(r->canvas, x, end, r->left, end, 0.5, key_line);
    }
    if (pitch % 12) continue;
    char name[16];
    snprintf(name, sizeof name, "C%d", pitch / 12 - 1);
    ario__draw_text(r->canvas, x - 6, y + r->row / 2 + 4, 1, grey, name);
  }
  ario__draw_frame(r->canvas, x, r->top, KEYBOARD, r->height, 0.75, key_line);
}

// The smallest step of a list for which `step * scale` is at least `room`. Past its end: the last step times
// a power of ten, however long a broken file claims to be.
static int64_t choose_step(const int *steps, size_t count, double scale, double room) {
  for (size_t i = 0; i < count; i++)
    if (steps[i] * scale >= room) return steps[i];
  double step = steps[count - 1];
  while (step * scale < room) step *= 10;
  return (int64_t)step;
}

static void format_time(char *text, size_t size, int64_t seconds) {
  if (seconds < 3600)
    snprintf(text, size, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
  else
    snprintf(text, size, "%lld:%02d:%02d", (long long)(seconds / 3600), (int)(seconds / 60 % 60),
             (int)(seconds % 60));
}

static void draw_time_axis(roll *r) {
  static const int steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600};
  int64_t step = choose_step(steps, sizeof steps / sizeof *steps, r->width / (r->to - r->from), 64);
  double bottom = r->bottom, mark = r->boundary >= r->from ? x_of(r, r->boundary) : -1e9;
  char text[32];
  ario__draw_line(r->canvas, r->left, bottom, r->left + r->width, bottom, 1, grey);
  ario__set_font(r->canvas, 12, false);
  for (int64_t t = (int64_t)ceil(r->from / (double)step) * step; (double)t <= r->to; t += step) {
    double x = x_of(r, (double)t);
    ario__draw_line(r->canvas, x, bottom, x, bottom + 5, 1, grey);
    format_time(text, sizeof text, t);
    if (fabs(x - mark) > 40) ario__draw_text(r->canvas, x, bottom + 20, 0.5, grey, text);
  }
}

// A band's song without a meter is in 4/4, as the standard says; a pianist's has none.
static bool has_bars(const roll *r) {
  size_t count;
  const ario_song *song = r->song;
  if (r->many || r->music.row_count) return !ario_song_describe(song).frames;
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; i < count; i++)
    if (events[i].size >= 2 && events[i].bytes[0] == 0xFF && events[i].bytes[1] == 0x58) return true;
  return false;
}

static double bar_time(const roll *r, size_t bar) { // seconds; INFINITY: there is no such bar
  int64_t microseconds;
  return ario_song_bar(r->song, bar, &microseconds) ? INFINITY : (double)microseconds / 1e6;
}

// The first bar that begins at `seconds` or later, by binary search: there may be many bars.
static size_t bar_at(const roll *r, double seconds) {
  size_t low = 0, high = 1;
  while (bar_time(r, high) < seconds) low = high, high *= 2;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (bar_time(r, middle) < seconds)
      low = middle;
    else
      high = middle;
  }
  return high;
}

static void draw_bar(roll *r, size_t bar, bool number) {
  double x = x_of(r, bar_time(r, bar));
  char text[32];
  ario__draw_line(r->canvas, x, number ? r->top - 5 : r->top, x, r->bottom, number ? 1 : 0.6, bar_line);
  snprintf(text, sizeof text, "%zu", bar);
  if (number) ario__draw_text(r->canvas, x, r->top - 10, 0.5, grey, text);
}

static void draw_bars(roll *r) {
  static const int steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
  if (!has_bars(r)) return;
  size_t first = bar_at(r, r->from), end = bar_at(r, r->to), n = sizeof steps / sizeof *steps;
  if (end <= first) return;
  double room = r->width / (double)(end - first);
  size_t stride = (size_t)choose_step(steps, n, room, 9), numbered = (size_t)choose_step(steps, n, room, 34);
  ario__set_font(r->canvas, 10.5, false);
  ario__draw_text(r->canvas, r->left - 14, r->top - 10, 1, grey, "bar");
  for (size_t bar = (first + stride - 1) / stride * stride; bar < end; bar += stride)
    draw_bar(r, bar, bar % numbered == 0);
}

static colour shade(colour full, double strength) { // 0: soft, 1: loud
  colour light = mix(full, paper, 0.68), deep = mix(full, (colour){0, 0, 0}, 0.22);
  return strength < 0.6 ? mix(light, full, strength / 0.6) : mix(full, deep, (strength - 0.6) / 0.4);
}

// The shade of a velocity, and of what was given or is new.
static double strength_of(const roll *r, const ario_note *note, bool fresh) {
  double strength = (double)(note->velocity - r->soft) / (r->loud - r->soft);
  if (!r->many || !r->options->continued) return strength;
  return fresh ? 0.5 + 0.5 * strength : 0.4 * strength;
}

static colour colour_of(const roll *r, const ario_note *note, bool fresh, bool drum) {
  colour full = drum ? drum_colour : voice_colours[r->music.voice[note->program]];
  if (!r->many) full = fresh ? new_colour : prompt_colour;
  return shade(full, strength_of(r, note, fresh));
}

// A note fades towards its end, as its sound does, so that onsets stay visible where notes are held long.
static void draw_note(roll *r, const ario_note *note, bool fresh) {
  double second = ARIO_SONG_STEPS_PER_SECOND;
  double x = x_of(r, fmax((double)note->start / second, r->from));
  double width = fmax(x_of(r, fmin((double)note->end / second, r->to)) - x - 0.5, 1.5);
  double y = y_of(r, note->pitch) + 0.5, height = r->row - 1;
  colour c = colour_of(r, note, fresh, false);
  if (width < 6) {
    ario__draw_rectangle(r->canvas, x, y, width, height, c);
    return;
  }
  const ario__stop fade[] = {{0, c, 1}, {1, c, 0.5}};
  ario__draw_rounded(r->canvas, x, y, width, height, fmin(height * 0.3, 2.5), fade, 2);
}

static void draw_drum(roll *r, const ario_note *drum, bool fresh) {
  double x = x_of(r, (double)drum->start / ARIO_SONG_STEPS_PER_SECOND), height = fmin(r->lane_row - 3, 20);
  double y = lane_y_of(r, r->music.row[drum->pitch]) + (r->lane_row - height) / 2;
  ario__draw_rectangle(r->canvas, x, y, 3, height, colour_of(r, drum, fresh, true));
}

static void draw_notes(roll *r) {
  const ario__roll_notes *notes = &r->music.notes, *drums = &r->music.drums;
  ario__canvas_clip(r->canvas, r->left, r->top, r->width, r->bottom - r->top);
  for (size_t i = 0; i < notes->count; i++)
    if (ario__roll_shows(r->options, &notes->notes[i])) draw_note(r, &notes->notes[i], notes->fresh[i]);
  for (size_t i = 0; i < drums->count; i++)
    if (ario__roll_shows(r->options, &drums->notes[i])) draw_drum(r, &drums->notes[i], drums->fresh[i]);
  ario__canvas_unclip(r->canvas);
  if (notes->shown || drums->shown) return;
  ario__set_font(r->canvas, 15, false);
  ario__draw_text(r->canvas, r->left + r->width / 2, r->top + r->height / 2, 0.5, grey, "no notes");
}

static void draw_boundary(roll *r) {
  if (r->boundary < r->from || r->boundary > r->to) return;
  double x = x_of(r, r->boundary), bottom = r->bottom;
  ario__draw_line(r->canvas, x, r->top - 5, x, bottom + 7, 1.5, new_colour);
  char text[32];
  format_time(text, sizeof text, llround(r->boundary));
  ario__set_font(r->canvas, 12, true);
  ario__draw_text(r->canvas, x, bottom + 20, 0.5, new_colour, text);
}

// ---- Texts ----

// Draws a swatch of the shades between two strengths and its name, ending at x. Returns where it begins.
static double draw_swatch(roll *r, double x, double y, colour c, double soft, double loud, const char *name) {
  const double width = 64, height = 10;
  double text = ario__text_width(r->canvas, name), begin = x - text - 8 - width;
  ario__draw_text(r->canvas, x, y, 1, ink, name);
  ario__stop stops[11];
  for (int i = 0; i <= 10; i++) stops[i] = (ario__stop){i / 10.0, shade(c, soft + (loud - soft) * i / 10), 1};
  ario__draw_rounded(r->canvas, begin, y - height + 0.5, width, height, 2, stops, 11);
  return begin;
}

static void draw_heading(roll *r) {
  double left = r->left + r->width;
  bool pale = r->many && r->options->continued;
  ario__set_font(r->canvas, 13, false);
  if (r->options->continued) {
    left =
        draw_swatch(r, left, 38, r->many ? drum_colour : new_colour, pale ? 0.5 : 0, 1, "continuation") - 22;
    if (r->options->given)
      left = draw_swatch(r, left, 38, r->many ? drum_colour : prompt_colour, 0, pale ? 0.4 : 1, "prompt");
  } else {
    left = draw_swatch(r, left, 38, r->many ? drum_colour : prompt_colour, 0, 1, "soft to loud");
  }
  double x = LEFT + 4;
  ario__set_font(r->canvas, 21, true);
  if (r->options->title) ario__draw_foreign(r->canvas, x, 40, left - x - 24, ink, r->options->title);
  ario__set_font(r->canvas, 13, false);
  if (r->options->subtitle) ario__draw_foreign(r->canvas, x, 60, left - x - 24, grey, r->options->subtitle);
}

// Draws the instruments' names and colours, or only measures them. Returns how many lines they take.
static size_t draw_legend(roll *r, bool draw) {
  const double box = 11, gap = 20, begin = LEFT + 4;
  double x = begin;
  size_t line = 0;
  if (!r->many) return 0;
  ario__set_font(r->canvas, 12, false);
  for (size_t i = 0; i < r->music.voice_count; i++) {
    const char *name = r->music.voice_names[i];
    double width = box + 6 + ario__text_width(r->canvas, name);
    if (x > begin && x + width > r->left + r->width) x = begin, line++;
    double y = 84 + (double)line * LEGEND_LINE;
    if (draw) {
      const ario__stop full[] = {{0, shade(voice_colours[i], 0.75), 1},
                                 {1, shade(voice_colours[i], 0.75), 1}};
      ario__draw_rounded(r->canvas, x, y - box + 1, box, box, 2, full, 2);
      ario__draw_text(r->canvas, x + box + 6, y, 0, ink, name);
    }
    x += width + gap;
  }
  return r->music.voice_count ? line + 1 : 0;
}

static void draw(roll *r) {
  draw_rows(r);
  draw_bars(r);
  draw_notes(r);
  draw_keyboard(r);
  draw_drum_names(r);
  draw_time_axis(r);
  draw_boundary(r);
  draw_heading(r);
  draw_legend(r, true);
}

// Text is measured on a canvas; how tall the picture's is depends on it.
static ario_status measure(roll *r, ario_error *error) {
  ario_status status = ario__canvas_create(1, 1, &r->canvas, error);
  if (status) return status;
  size_t lines = draw_legend(r, false);
  move_down(r, lines ? (double)lines * LEGEND_LINE + LEGEND_GAP : 0);
  ario__canvas_free(r->canvas);
  r->canvas = NULL;
  return ARIO_OK;
}

static ario_status write_roll(roll *r, const char *path, ario_error *error) {
  place(r);
  lay_out(r);
  ario_status status = measure(r, error);
  if (!status)
    status = ario__canvas_create(r->left + r->width + RIGHT, r->bottom + BOTTOM, &r->canvas, error);
  if (status) return status;
  draw(r);
  status = ario__canvas_save(r->canvas, path, error);
  ario__canvas_free(r->canvas);
  return status;
}

ario_status ario__roll_write(const ario_song *song, const char *path, const ario__roll_options *options,
                             ario_error *error) {
  roll r = {.song = song, .options = options};
  ario_status status = ario__roll_look(song, options, &r.music);
  status = status ? ario_fail(error, status, "%s", ario_strerror(status)) : write_roll(&r, path, error);
  ario__roll_music_free(&r.music);
  return status;
}
