// SPDX-License-Identifier: MIT
//
// Small grey pictures for samples/picture.sh, which a model of bytes is trained on:
//   pictures make FOLDER COUNT SEED       COUNT files of 20 x 20 bytes, row by row: 0 black, 255 white
//   pictures show OUT.png COLUMNS FILE... such files side by side, COLUMNS a row; below the first row the lower
//                                         half of each is tinted: the model made it
// In each picture a disc or a regular polygon, full or hollow, lies on a shaded ground; of 16 greys.
#include <math.h>
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 20, PIXELS = SIDE * SIDE, FINE = 4, GREYS = 16, SCALE = 6, MARGIN = 4 };

static int fail(const char *what, const char *why) {
  fprintf(stderr, "pictures: %s: %s\n", what, why);
  return 1;
}

// ---- Making ----

// A number from low to high (splitmix64).
static double draw(uint64_t *state, double low, double high) {
  uint64_t x = (*state += 0x9e3779b97f4a7c15u);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return low + (high - low) * (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

struct shape {
  int corners;                     // 0: a disc
  double x, y, radius, turn, hole; // hole: the share of the radius that is hollow
  double ink, ground, slope_x, slope_y;
};

static struct shape draw_shape(uint64_t *state) {
  static const int corners[] = {0, 3, 4, 6};
  struct shape s;
  s.corners = corners[(int)draw(state, 0, 4)];
  s.radius = draw(state, 4.5, 8.5);
  s.x = draw(state, 8, SIDE - 8);
  s.y = draw(state, 8, SIDE - 8);
  s.turn = draw(state, 0, 2 * M_PI);
  s.hole = draw(state, 0, 1) < 0.5 ? 0 : draw(state, 0.5, 0.7);
  s.ground = draw(state, 0.2, 0.8);
  s.slope_x = draw(state, -0.2, 0.2);
  s.slope_y = draw(state, -0.2, 0.2);
  s.ink = s.ground < 0.5 ? draw(state, 0.8, 1) : draw(state, 0, 0.2);
  return s;
}

// How far out a point lies: below 1 inside.
static double distance(const struct shape *s, double x, double y) {
  double across = hypot(x - s->x, y - s->y) / s->radius;
  if (!s->corners) return across;
  double side = 2 * M_PI / s->corners;
  double angle = fmod(atan2(y - s->y, x - s->x) + s->turn + 4 * M_PI, side) - side / 2;
  return across * cos(angle) / cos(side / 2);
}

static uint8_t grey_at(const struct shape *s, int column, int row) {
  double sum = 0;
  for (int i = 0; i < FINE * FINE; i++) {
    double x = column + (i % FINE + 0.5) / FINE, y = row + (i / FINE + 0.5) / FINE;
    double out = distance(s, x, y);
    double ground = s->ground + s->slope_x * (x / SIDE - 0.5) * 2 + s->slope_y * (y / SIDE - 0.5) * 2;
    sum += out < 1 && out >= s->hole ? s->ink : ground;
  }
  double level = round(sum / (FINE * FINE) * (GREYS - 1));
  return (uint8_t)(fmin(fmax(level, 0), GREYS - 1) * 255 / (GREYS - 1));
}

static int make(const char *folder, long count, uint64_t seed) {
  for (long number = 1; number <= count; number++) {
    char path[4096];
    uint8_t picture[PIXELS];
    struct shape shape = draw_shape(&seed);
    for (int i = 0; i < PIXELS; i++) picture[i] = grey_at(&shape, i % SIDE, i / SIDE);
    snprintf(path, sizeof path, "%s/%05ld.grey", folder, number);
    FILE *file = fopen(path, "wb");
    if (!file) return fail(path, "cannot be written");
    size_t written = fwrite(picture, 1, PIXELS, file);
    if (fclose(file) != 0 || written != PIXELS) return fail(path, "cannot be written");
  }
  return 0;
}

// ---- Showing ----

static int read_picture(const char *path, uint8_t *picture) {
  FILE *file = fopen(path, "rb");
  if (!file) return fail(path, "cannot be read");
  size_t count = fread(picture, 1, PIXELS, file);
  fclose(file);
  return count == PIXELS ? 0 : fail(path, "is too short");
}

// Puts a picture into rgb [.., width, 3] with its upper left corner at (left, top).
static void put(const uint8_t *picture, uint8_t *rgb, size_t width, size_t left, size_t top, int tinted) {
  for (size_t y = 0; y < SIDE * SCALE; y++)
    for (size_t x = 0; x < SIDE * SCALE; x++) {
      unsigned grey = picture[y / SCALE * SIDE + x / SCALE];
      uint8_t *pixel = rgb + ((top + y) * width + left + x) * 3;
      int model = tinted && y >= SIDE * SCALE / 2;
      pixel[0] = (uint8_t)(model ? 40 + grey * 215 / 255 : grey);
      pixel[1] = (uint8_t)(model ? 20 + grey * 200 / 255 : grey);
      pixel[2] = (uint8_t)(model ? grey * 170 / 255 : grey);
    }
}

static int show(const char *out, size_t columns, char **paths, size_t count) {
  size_t cell = SIDE * SCALE + MARGIN, rows = (count + columns - 1) / columns;
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)(columns * cell + MARGIN),
                     .height = (png_uint_32)(rows * cell + MARGIN),
                     .format = PNG_FORMAT_RGB};
  uint8_t *rgb = malloc((size_t)image.width * image.height * 3);
  if (!rgb) return fail(out, "not enough memory");
  memset(rgb, 255, (size_t)image.width * image.height * 3);
  int result = 0;
  for (size_t i = 0; i < count && !result; i++) {
    uint8_t picture[PIXELS];
    result = read_picture(paths[i], picture);
    if (!result)
      put(picture, rgb, image.width, MARGIN + i % columns * cell, MARGIN + i / columns * cell, i >= columns);
  }
  if (!result && !png_image_write_to_file(&image, out, 0, rgb, 0, NULL)) result = fail(out, image.message);
  free(rgb);
  return result;
}

int main(int argc, char **argv) {
  long number = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
  if (argc == 5 && strcmp(argv[1], "make") == 0 && number > 0)
    return make(argv[2], number, strtoull(argv[4], NULL, 10));
  if (argc > 4 && strcmp(argv[1], "show") == 0 && number > 0)
    return show(argv[2], (size_t)number, argv + 4, (size_t)argc - 4);
  fprintf(stderr, "usage: pictures make FOLDER COUNT SEED | show OUT.png COLUMNS FILE...\n");
  return 2;
}
