// SPDX-License-Identifier: MIT
//
// Curves: their colours are where the data say, on the axes' own scale, whatever the data.
#include "apps/draw/curves.h"

#include <cairo.h>
#include <math.h>

#include "arioso/file.h"
#include "support/test.h"

enum { WIDTH = 2000, HEIGHT = 1120, PLOT_LEFT = 124, PLOT_TOP = 80, PLOT_BOTTOM = 1004 }; // without titles

static const uint32_t blue = 0x0072b2, vermilion = 0xd55e00, grid = 0xe7e7e6;

static cairo_surface_t *draw(ario__curves curves) {
  ario_error error = {""};
  const char *path = scratch_path("curves.png");
  if (ario__curves_save(path, &curves, &error)) fail_msg("%s", error.text);
  cairo_surface_t *picture = cairo_image_surface_create_from_png(path);
  assert_int_equal(cairo_surface_status(picture), CAIRO_STATUS_SUCCESS);
  assert_int_equal(cairo_image_surface_get_width(picture), WIDTH);
  assert_int_equal(cairo_image_surface_get_height(picture), HEIGHT);
  return picture;
}

static cairo_surface_t *draw_one(const double *x, const double *y, size_t count, bool marked) {
  const ario__curve curve = {"a", x, y, count, marked};
  return draw((ario__curves){.curves = &curve, .count = 1});
}

static uint32_t pixel(cairo_surface_t *picture, int x, int y) {
  const unsigned char *row =
      cairo_image_surface_get_data(picture) + (ptrdiff_t)y * cairo_image_surface_get_stride(picture);
  uint32_t value;
  memcpy(&value, row + 4 * (ptrdiff_t)x, sizeof value);
  return value & 0xffffff;
}

static bool is_colour(uint32_t got, uint32_t want) { // but for what smoothing does
  int distance = 0;
  for (int shift = 0; shift < 24; shift += 8)
    distance += abs((int)(got >> shift & 255) - (int)(want >> shift & 255));
  return distance < 40;
}

// The middle of this colour in a column of the plot; -1 where there is none.
static double height_at(cairo_surface_t *picture, int x, uint32_t colour) {
  double sum = 0, count = 0;
  for (int y = PLOT_TOP; y < PLOT_BOTTOM; y++)
    if (is_colour(pixel(picture, x, y), colour)) sum += y, count++;
  return count > 0 ? sum / count : -1;
}

typedef struct box {
  int left, right, top, bottom;
  size_t count; // pixels
} box;

// Where this colour is in the plot.
static box find(cairo_surface_t *picture, uint32_t colour) {
  box b = {WIDTH, -1, HEIGHT, -1, 0};
  for (int y = PLOT_TOP; y < PLOT_BOTTOM + 12; y++)
    for (int x = PLOT_LEFT - 12; x < WIDTH; x++) {
      if (!is_colour(pixel(picture, x, y), colour)) continue;
      if (x < b.left) b.left = x;
      if (x > b.right) b.right = x;
      if (y < b.top) b.top = y;
      if (y > b.bottom) b.bottom = y;
      b.count++;
    }
  return b;
}

static void expect_near(const char *what, double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance)) fail_msg("%s is %g, expected %g +- %g", what, got, want, tolerance);
}

static void a_straight_line_is_straight(void **state) {
  (void)state;
  const double x[] = {0, 10}, y[] = {1, 3};
  cairo_surface_t *picture = draw_one(x, y, 2, false);
  box b = find(picture, blue);
  assert_true(b.right - b.left > 1700);
  assert_true(b.bottom - b.top > 750);
  for (int i = 1; i < 8; i++) {
    int at = b.left + (b.right - b.left) * i / 8;
    expect_near("the height", height_at(picture, at, blue), b.bottom - (b.bottom - b.top) * i / 8.0, 3);
  }
  cairo_surface_destroy(picture);
}

// On logarithmic axes a power law is; and what has no logarithm is left out.
static void a_power_law_is_straight_on_logarithmic_axes(void **state) {
  (void)state;
  double x[8], y[8];
  for (int i = 0; i < 8; i++) x[i] = pow(2, 10 + i), y[i] = 3e-4 * pow(x[i], 1.5);
  x[3] = 0, y[5] = -1;
  const ario__curve curve = {"a", x, y, 8, false};
  cairo_surface_t *picture = draw((ario__curves){.curves = &curve, .count = 1, .x_base = 2, .y_base = 10});
  box b = find(picture, blue);
  assert_true(b.right - b.left > 1700);
  assert_true(b.bottom - b.top > 750);
  for (int i = 1; i < 7; i++) {
    int at = b.left + (b.right - b.left) * i / 7;
    expect_near("the height", height_at(picture, at, blue), b.bottom - (b.bottom - b.top) * i / 7.0, 3);
    bool line = false; // at each power
    for (int x_near = at - 2; x_near <= at + 2; x_near++)
      line = line || is_colour(pixel(picture, x_near, PLOT_TOP + (i < 4 ? 60 : 700)), grid);
    assert_true(line);
  }
  cairo_surface_destroy(picture);
}

// Where a curve of value 2 lies is the grid's line of 2, and so for the other direction.
static void curves_lie_on_the_grid(void **state) {
  (void)state;
  const double ends[] = {0, 100}, range[] = {0.1, 3.9}, half[] = {60, 100}, two[] = {2, 2};
  const double sixty[] = {60, 60}, up[] = {2, 3};
  const ario__curve curves[] = {
      {"range", ends, range, 2, false}, {"flat", half, two, 2, true}, {"steep", sixty, up, 2, true}};
  cairo_surface_t *picture = draw((ario__curves){.curves = curves, .count = 3});
  box flat = find(picture, vermilion), steep = find(picture, 0x009e73);
  int row = (int)lround(height_at(picture, flat.right - 60, vermilion));
  int grid_row = -1, grid_column = -1;
  for (int y = row - 3; y <= row + 3; y++)
    if (is_colour(pixel(picture, PLOT_LEFT + 30, y), grid)) grid_row = y;
  expect_near("the grid's row", grid_row, row, 1.5);
  int column = (steep.left + steep.right) / 2;
  for (int x = column - 3; x <= column + 3; x++)
    if (is_colour(pixel(picture, x, PLOT_BOTTOM - 60), grid)) grid_column = x;
  expect_near("the grid's column", grid_column, column, 1.5);
  expect_near("the flat curve's begin", flat.left, column, 14);
  assert_true(steep.top < flat.top - 100); // upwards is more
  cairo_surface_destroy(picture);
}

static void expect_same(cairo_surface_t *a, cairo_surface_t *b) {
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      if (pixel(a, x, y) != pixel(b, x, y))
        fail_msg("pixel %d, %d is %06x, expected %06x", x, y, pixel(a, x, y), pixel(b, x, y));
  cairo_surface_destroy(a);
  cairo_surface_destroy(b);
}

static void points_that_are_no_numbers_are_left_out(void **state) {
  (void)state;
  const double x[] = {NAN, 0, 1, 2, INFINITY, 3, 4}, y[] = {1, 5, NAN, 6, 2, -INFINITY, 4};
  const double good_x[] = {0, 2, 4}, good_y[] = {5, 6, 4};
  expect_same(draw_one(x, y, COUNT_OF(x), true), draw_one(good_x, good_y, 3, true));
  const double none[] = {NAN, NAN};
  expect_same(draw_one(none, none, 2, false), draw_one(NULL, NULL, 0, false));
}

static void little_is_shown(void **state) {
  (void)state;
  cairo_surface_t *picture = draw_one(NULL, NULL, 0, true);
  assert_int_equal(find(picture, blue).count, 0);
  cairo_surface_destroy(picture);
  cairo_surface_destroy(draw((ario__curves){.count = 0}));
  const double values[] = {2.5, 2.5, 2.5}, x[] = {1, 2, 3};
  for (unsigned marked = 0; marked < 2; marked++) { // one point is a disc, in the middle
    picture = draw_one(values, values, 1, marked);
    box b = find(picture, blue);
    assert_true(b.count > 60);
    expect_near("its width", b.right - b.left, 12, 3);
    expect_near("its middle", (b.left + b.right) / 2.0, (PLOT_LEFT + WIDTH - 52) / 2.0, 10);
    expect_near("its height", (b.top + b.bottom) / 2.0, (PLOT_TOP + PLOT_BOTTOM) / 2.0, 3);
    cairo_surface_destroy(picture);
  }
  picture = draw_one(x, values, 3, false); // equal values, and equal places
  expect_near("the height", height_at(picture, WIDTH / 2, blue), (PLOT_TOP + PLOT_BOTTOM) / 2.0, 3);
  cairo_surface_destroy(picture);
  picture = draw_one(values, x, 3, false);
  assert_true(find(picture, blue).bottom - find(picture, blue).top > 700);
  cairo_surface_destroy(picture);
}

// With the titles above it, the plot ends where it does without.
static void titles_take_their_room(void **state) {
  (void)state;
  const double x[] = {0, 10}, y[] = {1, 3};
  const ario__curve curve = {"a", x, y, 2, false};
  const ario__curves titles[] = {
      {NULL, NULL}, {.title = "title"}, {.title = "title", .subtitle = "subtitle"}, {.subtitle = "subtitle"}};
  const int rooms[] = {0, 72, 112, 40},
            columns[] = {PLOT_LEFT + 100, WIDTH / 2}; // the legend is at the right
  double shares[COUNT_OF(columns)];
  for (size_t i = 0; i < COUNT_OF(titles); i++) {
    ario__curves curves = titles[i];
    curves.curves = &curve;
    curves.count = 1;
    cairo_surface_t *picture = draw(curves);
    double top = PLOT_TOP + rooms[i], height = PLOT_BOTTOM - top;
    for (size_t k = 0; k < COUNT_OF(columns); k++) {
      double got = height_at(picture, columns[k], blue);
      if (i == 0) shares[k] = (got - top) / height;
      expect_near("the height", got, top + shares[k] * height, 2);
    }
    cairo_surface_destroy(picture);
  }
}

static void the_ceiling_cuts(void **state) {
  (void)state;
  const double x[] = {0, 1, 2, 3}, y[] = {1e90, 2, 2.5, 2.5}, high[] = {7, 8, 9, 9};
  ario__curve curve = {"a", x, y, 4, true};
  cairo_surface_t *picture = draw((ario__curves){.curves = &curve, .count = 1, .ceiling = 3.5});
  box b = find(picture, blue);
  assert_true(b.top <= PLOT_TOP + 2);
  double share = (3.5 - 2.5) / (3.5 - 2 + 0.05 * 1.5); // with air below
  expect_near("the end", height_at(picture, b.right - 100, blue), PLOT_TOP + share * (PLOT_BOTTOM - PLOT_TOP),
              3);
  cairo_surface_destroy(picture);
  curve.y = high; // all above: nothing to cut for
  picture = draw((ario__curves){.curves = &curve, .count = 1, .ceiling = 3.5});
  assert_true(find(picture, blue).bottom - find(picture, blue).top > 700);
  cairo_surface_destroy(picture);
}

static bool has_grid_at(cairo_surface_t *picture, double x) {
  for (int at = (int)x - 2; at <= (int)x + 2; at++)
    if (is_colour(pixel(picture, at, PLOT_TOP + 60), grid)) return true;
  return false;
}

// A run begins at 0, before its first point, if that is near; and marks are at 1, 2, 5, 10, ...
static void the_axis_begins_at_zero(void **state) {
  (void)state;
  const double near[] = {5, 100}, far[] = {20, 100}, whole[] = {0, 40}, y[] = {1, 2}, width = WIDTH - 176;
  cairo_surface_t *picture = draw_one(near, y, 2, false);
  expect_near("the near begin", find(picture, blue).left, PLOT_LEFT + width * 5 / 101.2, 4);
  cairo_surface_destroy(picture);
  picture = draw_one(far, y, 2, false);
  expect_near("the far begin", find(picture, blue).left, PLOT_LEFT + width * 0.012 / 1.024, 4);
  cairo_surface_destroy(picture);
  picture = draw_one(whole, y, 2, false);
  for (double x = 5; x < 40; x += 5) assert_true(has_grid_at(picture, PLOT_LEFT + width * x / 40.48));
  for (double x = 2.5; x < 40; x += 5) assert_false(has_grid_at(picture, PLOT_LEFT + width * x / 40.48));
  cairo_surface_destroy(picture);
}

// A point just above the ceiling has no mark, of which half would be seen.
static void no_mark_is_above_the_ceiling(void **state) {
  (void)state;
  const double x[] = {0, 1, 2, 3, 4}, above[] = {2, 3.502, 3.502, 3.502, 2},
               below[] = {2, 3.498, 3.498, 3.502, 2};
  for (int marked = 0; marked < 2; marked++) {
    const ario__curve curve = {"a", x, marked ? below : above, 5, true};
    cairo_surface_t *picture = draw((ario__curves){.curves = &curve, .count = 1, .ceiling = 3.5});
    int column = (int)(PLOT_LEFT + (WIDTH - 176) * 2 / 4.048);
    assert_int_equal(is_colour(pixel(picture, column, PLOT_TOP + 3), blue), marked);
    cairo_surface_destroy(picture);
  }
}

static void any_numbers_and_texts(void **state) {
  (void)state;
  static const double values[][2] = {{0, 1e-90},  {-1e99, 1e99}, {1e15, 1e15 + 1}, {1e6, 1.0000001e6},
                                     {-3, -2.99}, {0, 7e6},      {-1e5, 2e5},      {1, 1 + 1e-12}};
  for (size_t i = 0; i < COUNT_OF(values); i++)
    cairo_surface_destroy(draw_one(values[i], values[COUNT_OF(values) - 1 - i], 2, true));
  enum { MANY = 100000 };
  double *x = malloc(2 * MANY * sizeof *x), *y = x + MANY;
  assert_non_null(x);
  for (size_t i = 0; i < MANY; i++) x[i] = (double)i, y[i] = (double)(i * 7919 % 104729);
  cairo_surface_destroy(draw_one(x, y, MANY, true));
  free(x);
  char endless[3000];
  memset(endless, 'W', sizeof endless - 1);
  endless[sizeof endless - 1] = 0;
  cairo_surface_destroy(draw((ario__curves){.title = "\xff\xc0\n", .subtitle = endless}));
}

static void an_unwritable_place_is_named(void **state) {
  (void)state;
  ario_error error;
  assert_status(ario__curves_save("/nowhere/at/all.png", &(ario__curves){.count = 0}, &error), ARIO_ERR_IO);
  assert_contains(error.text, "/nowhere/at/all.png");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_straight_line_is_straight),
      cmocka_unit_test(a_power_law_is_straight_on_logarithmic_axes),
      cmocka_unit_test(curves_lie_on_the_grid),
      cmocka_unit_test(points_that_are_no_numbers_are_left_out),
      cmocka_unit_test(little_is_shown),
      cmocka_unit_test(titles_take_their_room),
      cmocka_unit_test(the_ceiling_cuts),
      cmocka_unit_test(the_axis_begins_at_zero),
      cmocka_unit_test(no_mark_is_above_the_ceiling),
      cmocka_unit_test(any_numbers_and_texts),
      cmocka_unit_test(an_unwritable_place_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
