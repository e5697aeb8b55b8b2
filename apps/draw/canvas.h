// SPDX-License-Identifier: MIT
//
// The canvas of pictures. Lengths are in points from the upper left corner; a point is two pixels, twice the
// density of an ordinary screen. Drawing reports no errors; saving does.
#ifndef ARIO_APPS_CANVAS_H
#define ARIO_APPS_CANVAS_H

#include "arioso/status.h"

enum { ARIO__CANVAS_DENSITY = 2 }; // pixels a point

typedef struct ario__canvas ario__canvas;

typedef struct ario__colour {
  double r, g, b; // 0..1
} ario__colour;

typedef struct ario__point {
  double x, y;
} ario__point;

// A stop of a horizontal gradient.
typedef struct ario__stop {
  double at; // 0: left, 1: right
  ario__colour colour;
  double opacity; // 1: opaque
} ario__stop;

// A white canvas of so many points, rounded up. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__canvas_create(double width, double height, ario__canvas **out,
                                               ario_error *error);
void ario__canvas_free(ario__canvas *canvas); // safe on NULL

// Writes a PNG, whole or not at all; replaces an existing file; "-" is standard output. Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__canvas_save(ario__canvas *canvas, const char *path, ario_error *error);

// ---- Shapes ----

// Confines drawing to this rectangle, until unclip.
void ario__canvas_clip(ario__canvas *canvas, double x, double y, double width, double height);
void ario__canvas_unclip(ario__canvas *canvas);

void ario__draw_rectangle(ario__canvas *canvas, double x, double y, double width, double height,
                          ario__colour colour);
// Multiplies with what is beneath, like coloured glass.
void ario__draw_tint(ario__canvas *canvas, double x, double y, double width, double height,
                     ario__colour colour);
// The rectangle's outline, `line` wide.
void ario__draw_frame(ario__canvas *canvas, double x, double y, double width, double height, double line,
                      ario__colour colour);
// A rectangle with round corners and a gradient of stops [count].
void ario__draw_rounded(ario__canvas *canvas, double x, double y, double width, double height, double radius,
                        const ario__stop *stops, size_t count);
void ario__draw_disc(ario__canvas *canvas, double x, double y, double radius, ario__colour colour);

void ario__draw_line(ario__canvas *canvas, double x1, double y1, double x2, double y2, double width,
                     ario__colour colour);
// A line through points [count]; fewer than two draw nothing.
void ario__draw_polyline(ario__canvas *canvas, const ario__point *points, size_t count, double width,
                         ario__colour colour);

// ---- Text, in the font that was set last ----

void ario__set_font(ario__canvas *canvas, double size, bool bold);
double ario__text_width(ario__canvas *canvas, const char *text);

// UTF-8 on the baseline y; `align` 0: starts at x, 0.5: is centred there, 1: ends there.
void ario__draw_text(ario__canvas *canvas, double x, double y, double align, ario__colour colour,
                     const char *text);
// Text of unknown origin, starting at x: it is made fit to be shown (arioso/text.h), and an ellipsis cuts it to `room`.
void ario__draw_foreign(ario__canvas *canvas, double x, double y, double room, ario__colour colour,
                        const char *text);

#endif
