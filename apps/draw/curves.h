// SPDX-License-Identifier: MIT
//
// Curves of measurements in a picture, such as those of a training run.
#ifndef ARIO_APPS_CURVES_H
#define ARIO_APPS_CURVES_H

#include "arioso/status.h"

// Points are joined in order. Points that are not finite are left out, and on a logarithmic axis those that
// are not above 0.
typedef struct ario__curve {
  const char *name;    // for the legend
  const double *x, *y; // [count]
  size_t count;
  bool marked; // draw a mark at each point, if there is room; otherwise a thin line
} ario__curve;

// Texts are UTF-8; NULL: none. Title and subtitle may be anything and are cut where they do not fit.
typedef struct ario__curves {
  const char *title, *subtitle;
  const char *x_label, *y_label; // what the axes show, with units
  const ario__curve *curves;     // [count], drawn in this order
  size_t count;
  double x_base, y_base; // the base of a logarithmic axis; 0: a linear one
  // Larger values are cut off if there are smaller ones, so that a run's first steps do not flatten the rest.
  double ceiling; // 0: none; only for a linear axis
} ario__curves;

// Writes a PNG of 2000 x 1120 pixels, whole or not at all. Without points the picture says so. Errors:
// ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__curves_save(const char *path, const ario__curves *curves, ario_error *error);

#endif
