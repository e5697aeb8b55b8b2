// SPDX-License-Identifier: MIT
//
// Layout, axes, curves and legend.
#include "apps/draw/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "apps/draw/canvas.h"

enum { WIDTH = 1000, HEIGHT = 560, LEFT = 62, RIGHT = 26, TOP = 40, BOTTOM = 58, MARGIN = 24 };

typedef ario__colour colour;

// Okabe and Ito's palette, which colour-blind people can tell apart, too.
static const colour palette[] = {{0.000, 0.447, 0.698}, {0.835, 0.369, 0.000}, {0.000, 0.620, 0.451},
                                 {0.800, 0.475, 0.655}, {0.902, 0.624, 0.000}, {0.337, 0.706, 0.914}};
static const colour paper = {1, 1, 1}, ink = {0.13, 0.14, 0.16}, grey = {0.45, 0.46, 0.48};
static const colour grid = {0.905, 0.905, 0.9};

typedef struct range {
  double low, high;
} range;

typedef struct plot {
  ario__canvas *canvas;
  const ario__curves *curves;
  range x, y; // the visible part; on a logarithmic axis exponents
  double left, top, width, height;
  size_t shown; // points
} plot;

// ---- Layout ----

// The place of a value along an axis.
static double along(double base, double value) {
  return base > 0 ? log(value) / log(base) : value;
}

static double x_along(const plot *p, double x) {
  return along(p->curves->x_base, x);
}

static double y_along(const plot *p, double y) {
  return along(p->curves->y_base, y);
}

static bool is_shown(const plot *p, const ario__curve *curve, size_t i) {
  const double most = 1e100; // so that differences stay finite
  return fabs(x_along(p, curve->x[i])) < most && fabs(y_along(p, curve->y[i])) < most;
}

static void include(range *r, double value) {
  r->low = fmin(r->low, value);
  r->high = fmax(r->high, value);
}

// A range that is not empty, widened by this share on both sides.
static range widen(range r, double air) {
  double least = 1e-9 * fmax(fabs(r.low), fabs(r.high)), extra = (r.high - r.low) * air;
  if (!(r.high - r.low > least)) extra = fmax(0.05 * fabs(r.high), 0.5);
  return (range){r.low - extra, r.high + extra};
}

static void look_at_points(plot *p) {
  range x = {INFINITY, -INFINITY}, y = x;
  for (size_t c = 0; c < p->curves->count; c++) {
    const ario__curve *curve = &p->curves->curves[c];
    for (size_t i = 0; i < curve->count; i++) {
      if (!is_shown(p, curve, i)) continue;
      include(&x, x_along(p, curve->x[i]));
      include(&y, y_along(p, curve->y[i]));
      p->shown++;
    }
  }
  if (!p->shown) x = y = (range){0, 1};
  double ceiling = p->curves->ceiling;
  bool cut = ceiling > 0 && y.high > ceiling && y.low < ceiling;
  if (cut) y.high = ceiling;
  bool even = !(p->curves->x_base > 0);
  if (even && x.low > 0 && x.low < 0.1 * x.high) x.low = 0; // a run begins at 0, before its first point
  p->x = widen(x, 0.012);
  if (even && x.low == 0) p->x.low = 0;
  p->y = widen(y, 0.05);
  if (cut) p->y.high = ceiling;
}

static double x_of(const plot *p, double x) {
  return p->left + (x - p->x.low) / (p->x.high - p->x.low) * p->width;
}

static double y_of(const plot *p, double y) {
  double from_top = (p->y.high - y) / (p->y.high - p->y.low) * p->height;
  return p->top + fmax(from_top, -10000); // a point far outside would overflow Cairo's numbers
}

// ---- Axes ----

// The smallest of 1, 2, 5, 10, ... times a power of ten that is at least `least`.
static double round_step(double least) {
  double power = pow(10, floor(log10(least)));
  return power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
}

// The distance between marks, for about `count` of them.
static double mark_step(range r, double base, double count) {
  double least = (r.high - r.low) / count;
  return base > 0 ? fmax(1, ceil(least)) : round_step(least);
}

static void format_tick(char *text, size_t size, double base, double value, double step) {
  if (base > 0)
    snprintf(text, size, "%.10g", pow(base, value));
  else if (value == 0)
    snprintf(text, size, "0");
  else if (step >= 1e5)
    snprintf(text, size, "%.10gM", value / 1e6);
  else if (step >= 1e3)
    snprintf(text, size, "%.10gk", value / 1e3);
  else if (step >= 1e-6)
    snprintf(text, size, "%.*f", step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0, value);
  else
    snprintf(text, size, "%.10g", value);
}

static void draw_x_axis(plot *p) {
  double base = p->curves->x_base, step = mark_step(p->x, base, 11), bottom = p->top + p->height;
  char text[64];
  for (int64_t k = (int64_t)ceil(p->x.low / step); (double)k * step <= p->x.high; k++) {
    double x = x_of(p, (double)k * step);
    ario__draw_line(p->canvas, x, p->top, x, bottom, 0.75, grid);
    ario__draw_line(p->canvas, x, bottom, x, bottom + 5, 1, grey);
    format_tick(text, sizeof text, base, (double)k * step, step);
    ario__draw_text(p->canvas, x, bottom + 19, 0.5, grey, text);
  }
  ario__draw_line(p->canvas, p->left, bottom, p->left + p->width, bottom, 1, grey);
  if (p->curves->x_label)
    ario__draw_text(p->canvas, p->left + p->width / 2, bottom + 42, 0.5, ink, p->curves->x_label);
}

static void draw_y_axis(plot *p) {
  double base = p->curves->y_base, step = mark_step(p->y, base, 9);
  char text[64];
  for (int64_t k = (int64_t)ceil(p->y.low / step); (double)k * step <= p->y.high; k++) {
    double y = y_of(p, (double)k * step);
    ario__draw_line(p->canvas, p->left, y, p->left + p->width, y, 0.75, grid);
    format_tick(text, sizeof text, base, (double)k * step, step);
    ario__draw_text(p->canvas, p->left - 8, y + 4, 1, grey, text);
  }
  if (p->curves->y_label) ario__draw_text(p->canvas, MARGIN, p->top - 13, 0, ink, p->curves->y_label);
}

// ---- Curves ----

static colour colour_of(size_t curve) {
  return palette[curve % (sizeof palette / sizeof *palette)];
}

static void draw_mark(plot *p, double x, double y, colour c) {
  ario__draw_disc(p->canvas, x, y, 4.2, paper); // a gap to the lines beneath
  ario__draw_disc(p->canvas, x, y, 3, c);
}

static void draw_points(plot *p, const ario__curve *curve, const ario__point *points, size_t count,
                        colour c) {
  const double room = 9;
  bool marks = count == 1 || (curve->marked && (double)count * room <= p->width);
  ario__draw_polyline(p->canvas, points, count, curve->marked ? 2 : 1.1, c);
  for (size_t i = 0; marks && i < count; i++)
    if (points[i].y >= p->top) draw_mark(p, points[i].x, points[i].y, c);
}

static ario_status draw_curve(plot *p, size_t index, ario_error *error) {
  const ario__curve *curve = &p->curves->curves[index];
  size_t count = 0;
  ario__point *points = calloc(curve->count + !curve->count, sizeof *points);
  if (!points) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < curve->count; i++)
    if (is_shown(p, curve, i))
      points[count++] = (ario__point){x_of(p, x_along(p, curve->x[i])), y_of(p, y_along(p, curve->y[i]))};
  draw_points(p, curve, points, count, colour_of(index));
  free(points);
  return ARIO_OK;
}

static ario_status draw_curves(plot *p, ario_error *error) {
  ario_status status = ARIO_OK;
  const double beyond = 6; // marks at the other edges are whole
  ario__canvas_clip(p->canvas, p->left - beyond, p->top, p->width + 2 * beyond, p->height + beyond);
  for (size_t i = 0; i < p->curves->count && !status; i++) status = draw_curve(p, i, error);
  ario__canvas_unclip(p->canvas);
  if (p->shown) return status;
  ario__set_font(p->canvas, 15, false);
  ario__draw_text(p->canvas, p->left + p->width / 2, p->top + p->height / 2, 0.5, grey, "no points");
  return status;
}

// ---- Heading ----

// On the line of the upper axis label, its end at `right`.
static void draw_legend(plot *p, double right, double y) {
  const double sample = 26;
  ario__set_font(p->canvas, 13, false);
  for (size_t i = p->curves->count; i-- > 0;) {
    const ario__curve *curve = &p->curves->curves[i];
    double text = right - ario__text_width(p->canvas, curve->name), begin = text - 8 - sample;
    ario__draw_text(p->canvas, text, y, 0, ink, curve->name);
    ario__draw_line(p->canvas, begin, y - 4.5, begin + sample, y - 4.5, curve->marked ? 2 : 1.5,
                    colour_of(i));
    if (curve->marked) draw_mark(p, begin + sample / 2, y - 4.5, colour_of(i));
    right = begin - 22;
  }
}

static void draw_heading(plot *p) {
  const ario__curves *c = p->curves;
  double right = p->left + p->width;
  draw_legend(p, right, p->top - 13);
  ario__set_font(p->canvas, 19, true);
  if (c->title) ario__draw_foreign(p->canvas, MARGIN, 36, right - MARGIN, ink, c->title);
  ario__set_font(p->canvas, 13, false);
  if (c->subtitle) ario__draw_foreign(p->canvas, MARGIN, p->top - 40, right - MARGIN, grey, c->subtitle);
}

ario_status ario__curves_save(const char *path, const ario__curves *curves, ario_error *error) {
  plot p = {.curves = curves, .left = LEFT, .top = TOP};
  if (curves->title) p.top += 36;
  if (curves->subtitle) p.top += 20;
  p.width = WIDTH - LEFT - RIGHT;
  p.height = HEIGHT - p.top - BOTTOM;
  look_at_points(&p);
  ario_status status = ario__canvas_create(WIDTH, HEIGHT, &p.canvas, error);
  if (status) return status;
  ario__set_font(p.canvas, 12, false);
  draw_x_axis(&p);
  draw_y_axis(&p);
  draw_heading(&p);
  status = draw_curves(&p, error);
  if (!status) status = ario__canvas_save(p.canvas, path, error);
  ario__canvas_free(p.canvas);
  return status;
}
