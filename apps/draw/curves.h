// SPDX-License-Identifier: MIT
//
// Measurements as a picture: one or more curves over a common axis, as of a training run.
#ifndef ARIO_APPS_CURVES_H
#define ARIO_APPS_CURVES_H

#include "arioso/status.h"

// Points are joined in their order; those that are not finite are left out, and those that are not above 0
// where an axis is logarithmic.
typedef struct ario__curve {
  const char *name;    // for the legend
  const double *x, *y; // [count]
  size_t count;
  bool marked; // measured at few places: each gets a mark, if there is room for it; otherwise a thin line
} ario__curve;

// Texts are UTF-8; NULL: none. Title and subtitle may hold anything; what does not fit of them is cut off.
typedef struct ario__curves {
  const char *title, *subtitle;
  const char *x_label, *y_label; // what the axes show, with units
  const ario__curve *curves;     // [count], the later ones above the earlier
  size_t count;
  double x_base, y_base; // of a logarithmic axis, which is marked at powers of this; 0: an even one
  // Larger values are cut off if there are smaller ones, so that a run's first steps do not flatten the rest.
  double ceiling; // 0: there is none; of an even axis
} ario__curves;

// Writes a PNG of 2000 x 1120 pixels; the file appears whole or not at all. Without points it says so.
// Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__curves_save(const char *path, const ario__curves *curves, ario_error *error);

#endif
