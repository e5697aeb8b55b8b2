// SPDX-License-Identifier: MIT
//
// Layout, grid, notes and texts.
#include "apps/draw/piano_roll.h"

#include <math.h>
#include <stdio.h>

#include "apps/draw/canvas.h"

enum { LABEL_ROOM = 26, KEYBOARD = 20, TOP = 92, RIGHT = 28, BOTTOM = 50, LEFT = 24 };

typedef ario__colour colour;

// Blue and vermilion of Okabe and Ito's palette, which colour-blind people can tell apart, too.
static const colour prompt_colour = {0.000, 0.447, 0.698}, new_colour = {0.835, 0.369, 0.000};
static const colour paper = {1, 1, 1}, ink = {0.13, 0.14, 0.16}, grey = {0.45, 0.46, 0.48};
static const colour black_row = {0.957, 0.957, 0.953}, octave_line = {0.84, 0.84, 0.83};
static const colour black_key = {0.25, 0.26, 0.28}, key_line = {0.62, 0.62, 0.62};
static const colour bar_line = {0.875, 0.872, 0.865}, new_paper = {0.998, 0.960, 0.928};

typedef struct roll {
  ario__canvas *canvas;
  const ario_song *song;
  const ario__roll_options *options;
  const ario_note *notes;
  size_t count, shown;
  double from, to;                      // seconds
  double boundary;                      // seconds; negative: none
  int low, high;                        // pitches of the lowest and the highest row
  int soft, loud;                       // least and greatest velocity shown
  double left, top, width, height, row; // the plot, and the height of a row
} roll;

ario__roll_options ario__roll_options_default(void) {
  return (ario__roll_options){.boundary = -1, .from = 0, .to = INT64_MAX};
}

// ---- Layout ----

static bool is_shown(const roll *r, const ario_note *note) {
  const ario__roll_options *o = r->options;
  return note->start < o->to && (note->end > o->from || note->start >= o->from);
}

// Finds the times, pitches and velocities that are shown.
static void look_at_notes(roll *r) {
  const ario__roll_options *o = r->options;
  int64_t first = INT64_MAX, last = 0, begin = o->boundary;
  int low = 127, high = 0;
  r->soft = 127;
  for (size_t i = 0; i < r->count; i++) {
    const ario_note *note = &r->notes[i];
    if (o->track && note->track == o->track && begin < 0) begin = note->start; // ordered by start
    if (!is_shown(r, note)) continue;
    r->shown++;
    if (note->start < first) first = note->start;
    if (note->end > last) last = note->end;
    if (note->pitch < low) low = note->pitch;
    if (note->pitch > high) high = note->pitch;
    if (note->velocity < r->soft) r->soft = note->velocity;
    if (note->velocity > r->loud) r->loud = note->velocity;
  }
  if (!r->shown) first = 0, low = 60, high = 72;
  if (first < o->from) first = o->from;
  if (last > o->to) last = o->to;
  double second = ARIO_SONG_STEPS_PER_SECOND, air = (double)(last - first) / second / 100;
  r->from = fmax((double)first / second - fmax(air, 0.1), 0);
  r->to = fmax((double)last / second + fmax(air, 0.1), r->from + 1);
  r->boundary = o->track && begin >= 0 ? (double)begin / second : -1;
  while (r->loud - r->soft < 40) r->loud++, r->soft--; // even playing is drawn in a middle shade
  low -= 2;                                            // a margin, and at least two octaves
  high += 2;
  while (high - low < 24) high++, low--;
  r->low = low < 0 ? 0 : low;
  r->high = high > 127 ? 127 : high;
}

// Up to 100 s the picture is as wide as a screen, for longer music wider.
static void lay_out(roll *r) {
  int rows = r->high - r->low + 1;
  r->row = fmin(fmax(540.0 / rows, 4.5), 14);
  r->height = r->row * rows;
  double total = fmin(fmax((r->to - r->from) * 12, 1200), 2000);
  r->left = LEFT + LABEL_ROOM + KEYBOARD;
  r->top = TOP;
  r->width = floor(total) - r->left - RIGHT;
}

static double x_of(const roll *r, double seconds) {
  return r->left + (seconds - r->from) / (r->to - r->from) * r->width;
}

static double y_of(const roll *r, int pitch) { // the upper edge of its row
  return r->top + (r->high - pitch) * r->row;
}

// ---- Drawing ----

static colour mix(colour a, colour b, double share) {
  return (colour){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

static bool is_black(int pitch) {
  return (1 << pitch % 12 & 0x54A) != 0;
}

static void draw_rows(roll *r) {
  for (int pitch = r->low; pitch <= r->high; pitch++)
    if (is_black(pitch))
      ario__draw_rectangle(r->canvas, r->left, y_of(r, pitch), r->width, r->row, black_row);
  if (r->boundary >= 0 && r->boundary < r->to) {
    double x = x_of(r, fmax(r->boundary, r->from));
    ario__draw_tint(r->canvas, x, r->top, r->left + r->width - x, r->height, new_paper);
  }
  for (int pitch = r->low + 1; pitch <= r->high; pitch++) {
    double y = y_of(r, pitch) + r->row;
    if (pitch % 12 == 0) ario__draw_line(r->canvas, r->left, y, r->left + r->width, y, 1, octave_line);
    if (pitch % 12 == 5)
      ario__draw_line(r->canvas, r->left, y, r->left + r->width, y, 0.5, bar_line); // between E and F
  }
}

static void draw_keyboard(roll *r) {
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
  double bottom = r->top + r->height, mark = r->boundary >= r->from ? x_of(r, r->boundary) : -1e9;
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

static bool has_meter(const ario_song *song) {
  size_t count;
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
  ario__draw_line(r->canvas, x, number ? r->top - 5 : r->top, x, r->top + r->height, number ? 1 : 0.6,
                  bar_line);
  snprintf(text, sizeof text, "%zu", bar);
  if (number) ario__draw_text(r->canvas, x, r->top - 10, 0.5, grey, text);
}

static void draw_bars(roll *r) {
  static const int steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
  if (!has_meter(r->song)) return;
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

// A note fades towards its end, as its sound does, so that onsets stay visible where notes are held long.
static void draw_note(roll *r, const ario_note *note) {
  double second = ARIO_SONG_STEPS_PER_SECOND;
  double x = x_of(r, fmax((double)note->start / second, r->from));
  double width = fmax(x_of(r, fmin((double)note->end / second, r->to)) - x - 0.5, 1.5);
  double y = y_of(r, note->pitch) + 0.5, height = r->row - 1;
  bool fresh = r->options->track && note->track == r->options->track;
  double strength = (double)(note->velocity - r->soft) / (r->loud - r->soft);
  colour c = shade(fresh ? new_colour : prompt_colour, strength);
  if (width < 6) {
    ario__draw_rectangle(r->canvas, x, y, width, height, c);
    return;
  }
  const ario__stop fade[] = {{0, c, 1}, {1, c, 0.5}};
  ario__draw_rounded(r->canvas, x, y, width, height, fmin(height * 0.3, 2.5), fade, 2);
}

static void draw_notes(roll *r) {
  ario__canvas_clip(r->canvas, r->left, r->top, r->width, r->height);
  for (size_t i = 0; i < r->count; i++)
    if (is_shown(r, &r->notes[i])) draw_note(r, &r->notes[i]);
  ario__canvas_unclip(r->canvas);
  if (r->shown) return;
  ario__set_font(r->canvas, 15, false);
  ario__draw_text(r->canvas, r->left + r->width / 2, r->top + r->height / 2, 0.5, grey, "no notes");
}

static void draw_boundary(roll *r) {
  if (r->boundary < r->from || r->boundary > r->to) return;
  double x = x_of(r, r->boundary), bottom = r->top + r->height;
  ario__draw_line(r->canvas, x, r->top - 5, x, bottom + 7, 1.5, new_colour);
  char text[32];
  format_time(text, sizeof text, llround(r->boundary));
  ario__set_font(r->canvas, 12, true);
  ario__draw_text(r->canvas, x, bottom + 20, 0.5, new_colour, text);
}

// ---- Texts ----

// Draws a swatch from soft to loud and its name, ending at x. Returns where it begins.
static double draw_swatch(roll *r, double x, double y, colour c, const char *name) {
  const double width = 64, height = 10;
  double text = ario__text_width(r->canvas, name), begin = x - text - 8 - width;
  ario__draw_text(r->canvas, x, y, 1, ink, name);
  ario__stop stops[11];
  for (int i = 0; i <= 10; i++) stops[i] = (ario__stop){i / 10.0, shade(c, i / 10.0), 1};
  ario__draw_rounded(r->canvas, begin, y - height + 0.5, width, height, 2, stops, 11);
  return begin;
}

static void draw_heading(roll *r) {
  double right = r->left + r->width, left = right;
  ario__set_font(r->canvas, 13, false);
  if (r->options->track) {
    left = draw_swatch(r, right, 38, new_colour, "continuation") - 22;
    left = draw_swatch(r, left, 38, prompt_colour, "prompt");
  } else {
    left = draw_swatch(r, right, 38, prompt_colour, "soft to loud");
  }
  double x = LEFT + 4;
  ario__set_font(r->canvas, 21, true);
  if (r->options->title) ario__draw_foreign(r->canvas, x, 40, left - x - 24, ink, r->options->title);
  ario__set_font(r->canvas, 13, false);
  if (r->options->subtitle) ario__draw_foreign(r->canvas, x, 60, left - x - 24, grey, r->options->subtitle);
}

static void draw(roll *r) {
  draw_rows(r);
  draw_bars(r);
  draw_notes(r);
  draw_keyboard(r);
  draw_time_axis(r);
  draw_boundary(r);
  draw_heading(r);
}

ario_status ario__roll_write(const ario_song *song, const char *path, const ario__roll_options *options,
                             ario_error *error) {
  roll r = {.song = song, .options = options};
  r.notes = ario_song_notes(song, &r.count);
  look_at_notes(&r);
  lay_out(&r);
  ario_status status =
      ario__canvas_create(r.left + r.width + RIGHT, r.top + r.height + BOTTOM, &r.canvas, error);
  if (status) return status;
  draw(&r);
  status = ario__canvas_save(r.canvas, path, error);
  ario__canvas_free(r.canvas);
  return status;
}
