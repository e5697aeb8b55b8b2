// SPDX-License-Identifier: MIT
//
// Draws with Cairo; the only file that includes it.
#include "apps/draw/canvas.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arioso/file.h"
#include "arioso/text.h"

struct ario__canvas {
  cairo_surface_t *surface;
  cairo_t *cr;
};

// ---- The canvas ----

// Without hinting, letters keep their shapes and distances; the density is high enough for that.
static void set_up_text(cairo_t *cr) {
  cairo_font_options_t *fonts = cairo_font_options_create();
  cairo_font_options_set_antialias(fonts, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(fonts, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(fonts, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cr, fonts);
  cairo_font_options_destroy(fonts);
}

ario_status ario__canvas_create(double width, double height, ario__canvas **out, ario_error *error) {
  ario__canvas *canvas = *out = malloc(sizeof *canvas);
  if (!canvas) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  canvas->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(width) * ARIO__CANVAS_DENSITY,
                                               (int)ceil(height) * ARIO__CANVAS_DENSITY);
  canvas->cr = cairo_create(canvas->surface);
  cairo_scale(canvas->cr, ARIO__CANVAS_DENSITY, ARIO__CANVAS_DENSITY);
  set_up_text(canvas->cr);
  cairo_set_source_rgb(canvas->cr, 1, 1, 1);
  cairo_paint(canvas->cr);
  return ARIO_OK;
}

void ario__canvas_free(ario__canvas *canvas) {
  if (!canvas) return;
  cairo_destroy(canvas->cr);
  cairo_surface_destroy(canvas->surface);
  free(canvas);
}

static cairo_status_t write_out(void *context, const unsigned char *bytes, unsigned size) {
  (void)context;
  return fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0 ? CAIRO_STATUS_SUCCESS
                                                                       : CAIRO_STATUS_WRITE_ERROR;
}

ario_status ario__canvas_save(ario__canvas *canvas, const char *path, ario_error *error) {
  cairo_status_t drawn = cairo_status(canvas->cr);
  if (drawn)
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: cannot be drawn: %s", path, cairo_status_to_string(drawn));
  ario_file_output *output = NULL;
  bool piped = strcmp(path, "-") == 0;
  ario_status status = piped ? ARIO_OK : ario_file_output_create(path, true, &output, error);
  if (status) return status;
  cairo_status_t result = piped ? cairo_surface_write_to_png_stream(canvas->surface, write_out, NULL)
                                : cairo_surface_write_to_png(canvas->surface, ario_file_output_path(output));
  if (result == CAIRO_STATUS_NO_MEMORY)
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  else if (result)
    status = ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", path, cairo_status_to_string(result));
  else if (output)
    status = ario_file_output_commit(output, error);
  ario_file_output_free(output);
  return status;
}

// ---- Shapes ----

static void set_colour(ario__canvas *canvas, ario__colour c) {
  cairo_set_source_rgb(canvas->cr, c.r, c.g, c.b);
}

void ario__canvas_clip(ario__canvas *canvas, double x, double y, double width, double height) {
  cairo_save(canvas->cr);
  cairo_rectangle(canvas->cr, x, y, width, height);
  cairo_clip(canvas->cr);
}

void ario__canvas_unclip(ario__canvas *canvas) {
  cairo_restore(canvas->cr);
}

void ario__draw_rectangle(ario__canvas *canvas, double x, double y, double width, double height,
                          ario__colour colour) {
  set_colour(canvas, colour);
  cairo_rectangle(canvas->cr, x, y, width, height);
  cairo_fill(canvas->cr);
}

void ario__draw_tint(ario__canvas *canvas, double x, double y, double width, double height,
                     ario__colour colour) {
  cairo_set_operator(canvas->cr, CAIRO_OPERATOR_MULTIPLY);
  ario__draw_rectangle(canvas, x, y, width, height, colour);
  cairo_set_operator(canvas->cr, CAIRO_OPERATOR_OVER);
}

void ario__draw_frame(ario__canvas *canvas, double x, double y, double width, double height, double line,
                      ario__colour colour) {
  set_colour(canvas, colour);
  cairo_set_line_width(canvas->cr, line);
  cairo_rectangle(canvas->cr, x, y, width, height);
  cairo_stroke(canvas->cr);
}

void ario__draw_rounded(ario__canvas *canvas, double x, double y, double width, double height, double radius,
                        const ario__stop *stops, size_t count) {
  const double quarter = 1.5707963267948966;
  cairo_t *cr = canvas->cr;
  cairo_pattern_t *fade = cairo_pattern_create_linear(x, 0, x + width, 0);
  for (size_t i = 0; i < count; i++) {
    ario__colour c = stops[i].colour;
    cairo_pattern_add_color_stop_rgba(fade, stops[i].at, c.r, c.g, c.b, stops[i].opacity);
  }
  cairo_set_source(cr, fade);
  cairo_pattern_destroy(fade);
  cairo_new_sub_path(cr);
  cairo_arc(cr, x + width - radius, y + radius, radius, -quarter, 0);
  cairo_arc(cr, x + width - radius, y + height - radius, radius, 0, quarter);
  cairo_arc(cr, x + radius, y + height - radius, radius, quarter, 2 * quarter);
  cairo_arc(cr, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
  cairo_close_path(cr);
  cairo_fill(cr);
}

void ario__draw_disc(ario__canvas *canvas, double x, double y, double radius, ario__colour colour) {
  set_colour(canvas, colour);
  cairo_new_sub_path(canvas->cr);
  cairo_arc(canvas->cr, x, y, radius, 0, 6.283185307179586);
  cairo_fill(canvas->cr);
}

void ario__draw_line(ario__canvas *canvas, double x1, double y1, double x2, double y2, double width,
                     ario__colour colour) {
  set_colour(canvas, colour);
  cairo_set_line_width(canvas->cr, width);
  cairo_move_to(canvas->cr, x1, y1);
  cairo_line_to(canvas->cr, x2, y2);
  cairo_stroke(canvas->cr);
}

// Strokes in parts: Cairo's time grows with the square of the length of a path that crosses itself.
void ario__draw_polyline(ario__canvas *canvas, const ario__point *points, size_t count, double width,
                         ario__colour colour) {
  enum { PART = 200 };
  cairo_t *cr = canvas->cr;
  cairo_save(cr);
  set_colour(canvas, colour);
  cairo_set_line_width(cr, width);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND); // parts meet as if joined
  for (size_t i = 1; i < count; i++) {
    if (i % PART == 1) cairo_move_to(cr, points[i - 1].x, points[i - 1].y);
    cairo_line_to(cr, points[i].x, points[i].y);
    if (i % PART == 0 || i + 1 == count) cairo_stroke(cr);
  }
  cairo_restore(cr);
}

// ---- Text ----

void ario__set_font(ario__canvas *canvas, double size, bool bold) {
  cairo_select_font_face(canvas->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(canvas->cr, size);
}

double ario__text_width(ario__canvas *canvas, const char *text) {
  cairo_text_extents_t extents;
  cairo_text_extents(canvas->cr, text, &extents);
  return extents.x_advance;
}

void ario__draw_text(ario__canvas *canvas, double x, double y, double align, ario__colour colour,
                     const char *text) {
  set_colour(canvas, colour);
  cairo_move_to(canvas->cr, x - align * ario__text_width(canvas, text), y);
  cairo_show_text(canvas->cr, text);
}

void ario__draw_foreign(ario__canvas *canvas, double x, double y, double room, ario__colour colour,
                        const char *text) {
  char clean[512];
  size_t used = ario_text_clean(text, strlen(text), clean, sizeof clean - strlen("\u2026"));
  size_t ends[512], count = 0;
  for (size_t i = 1; i <= used; i++)
    if ((clean[i] & 0xC0) != 0x80) ends[count++] = i;          // a character ends before this one
  if (used + 8 > sizeof clean) strcpy(clean + used, "\u2026"); // perhaps not all of it
  while (count > 1 && ario__text_width(canvas, clean) > room) strcpy(clean + ends[--count - 1], "\u2026");
  ario__draw_text(canvas, x, y, 0, colour, clean);
}
