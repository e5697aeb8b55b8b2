// SPDX-License-Identifier: MIT
//
// Draws piano rolls; the only file that knows Cairo. Lengths are in points: half a pixel of the picture each.
#include "apps/piano_roll.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arioso/file.h"

enum { DENSITY = 2, LABEL_ROOM = 26, KEYBOARD = 20, TOP = 92, RIGHT = 28, BOTTOM = 50, LEFT = 24 };

typedef struct colour {
  double r, g, b;
} colour;

// Blue and vermilion of Okabe and Ito's palette, which the colour-blind tell apart as well.
static const colour prompt_colour = {0.000, 0.447, 0.698}, new_colour = {0.835, 0.369, 0.000};
static const colour paper = {1, 1, 1}, ink = {0.13, 0.14, 0.16}, grey = {0.45, 0.46, 0.48};
static const colour black_row = {0.957, 0.957, 0.953}, octave_line = {0.84, 0.84, 0.83};
static const colour black_key = {0.25, 0.26, 0.28}, key_line = {0.62, 0.62, 0.62};
static const colour bar_line = {0.875, 0.872, 0.865}, new_paper = {0.998, 0.960, 0.928};

typedef struct roll {
  cairo_t *cr;
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

// Times, pitches and velocities of what is shown.
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
  double second = ARIO_MIDI_STEPS_PER_SECOND, air = (double)(last - first) / second / 100;
  r->from = fmax((double)first / second - fmax(air, 0.1), 0);
  r->to = fmax((double)last / second + fmax(air, 0.1), r->from + 1);
  r->boundary = o->track && begin >= 0 ? (double)begin / second : -1;
  while (r->loud - r->soft < 40) r->loud++, r->soft--; // even playing is neither soft nor loud
  low -= 2;                                            // air, and two octaves at least
  high += 2;
  while (high - low < 24) high++, low--;
  r->low = low < 0 ? 0 : low;
  r->high = high > 127 ? 127 : high;
}

// The size that shows this music well: up to 100 s as wide as a screen, longer music wider.
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

static void set_colour(roll *r, colour c) {
  cairo_set_source_rgb(r->cr, c.r, c.g, c.b);
}

static colour mix(colour a, colour b, double share) {
  return (colour){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

static void rectangle(roll *r, double x, double y, double width, double height, colour c) {
  set_colour(r, c);
  cairo_rectangle(r->cr, x, y, width, height);
  cairo_fill(r->cr);
}

static void line(roll *r, double x1, double y1, double x2, double y2, double width, colour c) {
  set_colour(r, c);
  cairo_set_line_width(r->cr, width);
  cairo_move_to(r->cr, x1, y1);
  cairo_line_to(r->cr, x2, y2);
  cairo_stroke(r->cr);
}

static void set_font(roll *r, double size, bool bold) {
  cairo_select_font_face(r->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(r->cr, size);
}

static double text_width(roll *r, const char *text) {
  cairo_text_extents_t extents;
  cairo_text_extents(r->cr, text, &extents);
  return extents.x_advance;
}

// Text in the font that is set, on the baseline y; `align` 0: starts at x, 0.5: centred, 1: ends there.
static void put(roll *r, double x, double y, double align, colour c, const char *text) {
  set_colour(r, c);
  cairo_move_to(r->cr, x - align * text_width(r, text), y);
  cairo_show_text(r->cr, text);
}

static bool is_black(int pitch) {
  return (1 << pitch % 12 & 0x54A) != 0;
}

static void draw_rows(roll *r) {
  for (int pitch = r->low; pitch <= r->high; pitch++)
    if (is_black(pitch)) rectangle(r, r->left, y_of(r, pitch), r->width, r->row, black_row);
  if (r->boundary >= 0 && r->boundary < r->to) {
    double x = x_of(r, fmax(r->boundary, r->from));
    cairo_set_operator(r->cr, CAIRO_OPERATOR_MULTIPLY); // the rows stay visible under the tint
    rectangle(r, x, r->top, r->left + r->width - x, r->height, new_paper);
    cairo_set_operator(r->cr, CAIRO_OPERATOR_OVER);
  }
  for (int pitch = r->low + 1; pitch <= r->high; pitch++) {
    double y = y_of(r, pitch) + r->row;
    if (pitch % 12 == 0) line(r, r->left, y, r->left + r->width, y, 1, octave_line);
    if (pitch % 12 == 5) line(r, r->left, y, r->left + r->width, y, 0.5, bar_line); // between E and F
  }
}

static void draw_keyboard(roll *r) {
  double x = r->left - KEYBOARD;
  rectangle(r, x, r->top, KEYBOARD, r->height, paper);
  set_font(r, 11, false);
  for (int pitch = r->low; pitch <= r->high; pitch++) {
    double y = y_of(r, pitch), end = y + r->row;
    if (is_black(pitch)) {
      rectangle(r, x, y + r->row * 0.08, KEYBOARD * 0.62, r->row * 0.84, black_key);
      line(r, x + KEYBOARD * 0.62, y + r->row / 2, r->left, y + r->row / 2, 0.5, key_line);
    } else if (pitch > r->low && !is_black(pitch - 1)) {
      line(r, x, end, r->left, end, 0.5, key_line);
    }
    if (pitch % 12) continue;
    char name[16];
    snprintf(name, sizeof name, "C%d", pitch / 12 - 1);
    put(r, x - 6, y + r->row / 2 + 4, 1, grey, name);
  }
  cairo_rectangle(r->cr, x, r->top, KEYBOARD, r->height);
  set_colour(r, key_line);
  cairo_set_line_width(r->cr, 0.75);
  cairo_stroke(r->cr);
}

// The smallest step of a list in which `step * scale` is at least `room`; past its end its last times a power
// of ten, however long a broken file claims to be.
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
  line(r, r->left, bottom, r->left + r->width, bottom, 1, grey);
  set_font(r, 12, false);
  for (int64_t t = (int64_t)ceil(r->from / (double)step) * step; (double)t <= r->to; t += step) {
    double x = x_of(r, (double)t);
    line(r, x, bottom, x, bottom + 5, 1, grey);
    format_time(text, sizeof text, t);
    if (fabs(x - mark) > 40) put(r, x, bottom + 20, 0.5, grey, text);
  }
}

static bool has_meter(const ario_song *song) {
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; i < count; i++)
    if (events[i].size >= 2 && events[i].bytes[0] == 0xFF && events[i].bytes[1] == 0x58) return true;
  return false;
}

static double bar_time(const roll *r, size_t bar) { // seconds; infinite where there is no such bar
  int64_t microseconds;
  return ario_song_bar(r->song, bar, &microseconds) ? INFINITY : (double)microseconds / 1e6;
}

// The first bar that begins at `seconds` or later; bars may be many, so it is searched by halving.
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
  line(r, x, number ? r->top - 5 : r->top, x, r->top + r->height, number ? 1 : 0.6, bar_line);
  snprintf(text, sizeof text, "%zu", bar);
  if (number) put(r, x, r->top - 10, 0.5, grey, text);
}

static void draw_bars(roll *r) {
  static const int steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
  if (!has_meter(r->song)) return;
  size_t first = bar_at(r, r->from), end = bar_at(r, r->to), n = sizeof steps / sizeof *steps;
  if (end <= first) return;
  double room = r->width / (double)(end - first);
  size_t stride = (size_t)choose_step(steps, n, room, 9), numbered = (size_t)choose_step(steps, n, room, 34);
  set_font(r, 10.5, false);
  put(r, r->left - 14, r->top - 10, 1, grey, "bar");
  for (size_t bar = (first + stride - 1) / stride * stride; bar < end; bar += stride)
    draw_bar(r, bar, bar % numbered == 0);
}

static colour shade(colour full, double strength) { // 0: soft, 1: loud
  colour light = mix(full, paper, 0.68), deep = mix(full, (colour){0, 0, 0}, 0.22);
  return strength < 0.6 ? mix(light, full, strength / 0.6) : mix(full, deep, (strength - 0.6) / 0.4);
}

static void rounded(roll *r, double x, double y, double width, double height, double radius) {
  const double quarter = 1.5707963267948966;
  cairo_new_sub_path(r->cr);
  cairo_arc(r->cr, x + width - radius, y + radius, radius, -quarter, 0);
  cairo_arc(r->cr, x + width - radius, y + height - radius, radius, 0, quarter);
  cairo_arc(r->cr, x + radius, y + height - radius, radius, quarter, 2 * quarter);
  cairo_arc(r->cr, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
  cairo_close_path(r->cr);
}

// A note pales towards its end, as its sound does; so the beginnings stay visible where notes are held long.
static void draw_note(roll *r, const ario_note *note) {
  double second = ARIO_MIDI_STEPS_PER_SECOND;
  double x = x_of(r, fmax((double)note->start / second, r->from));
  double width = fmax(x_of(r, fmin((double)note->end / second, r->to)) - x - 0.5, 1.5);
  double y = y_of(r, note->pitch) + 0.5, height = r->row - 1;
  bool fresh = r->options->track && note->track == r->options->track;
  double strength = (double)(note->velocity - r->soft) / (r->loud - r->soft);
  colour c = shade(fresh ? new_colour : prompt_colour, strength);
  if (width < 6) {
    rectangle(r, x, y, width, height, c);
    return;
  }
  cairo_pattern_t *fade = cairo_pattern_create_linear(x, 0, x + width, 0);
  cairo_pattern_add_color_stop_rgba(fade, 0, c.r, c.g, c.b, 1);
  cairo_pattern_add_color_stop_rgba(fade, 1, c.r, c.g, c.b, 0.5);
  cairo_set_source(r->cr, fade);
  cairo_pattern_destroy(fade);
  rounded(r, x, y, width, height, fmin(height * 0.3, 2.5));
  cairo_fill(r->cr);
}

static void draw_notes(roll *r) {
  cairo_save(r->cr);
  cairo_rectangle(r->cr, r->left, r->top, r->width, r->height);
  cairo_clip(r->cr);
  for (size_t i = 0; i < r->count; i++)
    if (is_shown(r, &r->notes[i])) draw_note(r, &r->notes[i]);
  cairo_restore(r->cr);
  if (r->shown) return;
  set_font(r, 15, false);
  put(r, r->left + r->width / 2, r->top + r->height / 2, 0.5, grey, "no notes");
}

static void draw_boundary(roll *r) {
  if (r->boundary < r->from || r->boundary > r->to) return;
  double x = x_of(r, r->boundary), bottom = r->top + r->height;
  line(r, x, r->top - 5, x, bottom + 7, 1.5, new_colour);
  char text[32];
  format_time(text, sizeof text, llround(r->boundary));
  set_font(r, 12, true);
  put(r, x, bottom + 20, 0.5, new_colour, text);
}

// ---- Texts ----

// Bytes of the UTF-8 character at `text`; 0 if it is none.
static size_t character(const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  size_t length = c[0] < 0x80 ? 1 : c[0] >> 5 == 6 ? 2 : c[0] >> 4 == 14 ? 3 : c[0] >> 3 == 30 ? 4 : 0;
  for (size_t i = 1; i < length; i++)
    if (c[i] >> 6 != 2) return 0;
  if (length == 2 && c[0] < 0xC2) return 0;
  if (length == 3 && ((c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xED && c[1] >= 0xA0))) return 0;
  if (length == 4 && ((c[0] == 0xF0 && c[1] < 0x90) || c[0] > 0xF4 || (c[0] == 0xF4 && c[1] >= 0x90)))
    return 0;
  return length;
}

// Shows text that came from outside: what is not UTF-8 as '?', cut with an ellipsis to `room`.
static void put_foreign(roll *r, double x, double y, double room, colour c, const char *text) {
  char clean[512] = "";
  size_t used = 0, ends[512], count = 0;
  while (*text && used + 8 < sizeof clean) {
    size_t length = character(text);
    bool good = length && (unsigned char)*text >= 0x20 && *text != 0x7F;
    memcpy(clean + used, good ? text : "?", good ? length : 1);
    used += good ? length : 1;
    ends[count++] = used;
    text += length ? length : 1;
  }
  clean[used] = 0;
  if (*text) strcpy(clean + used, "\u2026");
  while (count > 1 && text_width(r, clean) > room) strcpy(clean + ends[--count - 1], "\u2026");
  put(r, x, y, 0, c, clean);
}

// One swatch from soft to loud, and its name; `x` is where it ends. Returns where it begins.
static double draw_swatch(roll *r, double x, double y, colour c, const char *name) {
  const double width = 64, height = 10;
  double text = text_width(r, name), begin = x - text - 8 - width;
  put(r, x, y, 1, ink, name);
  cairo_pattern_t *shades = cairo_pattern_create_linear(begin, 0, begin + width, 0);
  for (int i = 0; i <= 10; i++) {
    colour at = shade(c, i / 10.0);
    cairo_pattern_add_color_stop_rgb(shades, i / 10.0, at.r, at.g, at.b);
  }
  cairo_set_source(r->cr, shades);
  cairo_pattern_destroy(shades);
  rounded(r, begin, y - height + 0.5, width, height, 2);
  cairo_fill(r->cr);
  return begin;
}

static void draw_heading(roll *r) {
  double right = r->left + r->width, left = right;
  set_font(r, 13, false);
  if (r->options->track) {
    left = draw_swatch(r, right, 38, new_colour, "continuation") - 22;
    left = draw_swatch(r, left, 38, prompt_colour, "prompt");
  } else {
    left = draw_swatch(r, right, 38, prompt_colour, "soft to loud");
  }
  double x = LEFT + 4;
  set_font(r, 21, true);
  if (r->options->title) put_foreign(r, x, 40, left - x - 24, ink, r->options->title);
  set_font(r, 13, false);
  if (r->options->subtitle) put_foreign(r, x, 60, left - x - 24, grey, r->options->subtitle);
}

static void draw(roll *r) {
  cairo_scale(r->cr, DENSITY, DENSITY);
  cairo_font_options_t *fonts = cairo_font_options_create();
  cairo_font_options_set_antialias(fonts, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(fonts, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(fonts, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(r->cr, fonts);
  cairo_font_options_destroy(fonts);
  set_colour(r, paper);
  cairo_paint(r->cr);
  draw_rows(r);
  draw_bars(r);
  draw_notes(r);
  draw_keyboard(r);
  draw_time_axis(r);
  draw_boundary(r);
  draw_heading(r);
}

static ario_status write_png(cairo_surface_t *surface, const char *path, ario_error *error) {
  ario_output *output;
  ario_status status = ario_output_create(path, true, &output, error);
  if (status) return status;
  cairo_status_t result = cairo_surface_write_to_png(surface, ario_output_path(output));
  if (result == CAIRO_STATUS_NO_MEMORY)
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  else if (result)
    status = ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", path, cairo_status_to_string(result));
  else
    status = ario_output_commit(output, error);
  ario_output_free(output);
  return status;
}

ario_status ario__roll_write(const ario_song *song, const char *path, const ario__roll_options *options,
                             ario_error *error) {
  roll r = {.song = song, .options = options};
  r.notes = ario_song_notes(song, &r.count);
  look_at_notes(&r);
  lay_out(&r);
  int width = (int)ceil(r.left + r.width + RIGHT) * DENSITY;
  int height = (int)ceil(r.top + r.height + BOTTOM) * DENSITY;
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  r.cr = cairo_create(surface);
  draw(&r);
  ario_status status = ARIO_OK;
  if (cairo_status(r.cr))
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s: cannot be drawn: %s", path,
                       cairo_status_to_string(cairo_status(r.cr)));
  cairo_destroy(r.cr);
  if (!status) status = write_png(surface, path, error);
  cairo_surface_destroy(surface);
  return status;
}
