// SPDX-License-Identifier: MIT
//
// The inner loops of all matrix products: a table of functions for each instruction set. Both factors are
// first packed into units of the sum, which is over k:
//
//          a unit of a, 32 bits                  a unit of b
//   fp32   number k                              number k
//   bf16   numbers k and k + 1                   numbers k and k + 1
//   int8   numbers k and k + 1, 16 bits each     numbers k and k + 1, 8 bits each: 16 bits in all
//   f16    number k, fp32                        number k, 16 bits
//
//   strip  rows of a, STRIP units apart; or, turned, [units][STRIP_WIDTH]
//   panel  `width` columns of b, [units][width]; width is a multiple of 16
//
// The end of a last unit, and the columns beyond the last, are filled with zeros. A strip has UNITS units at
// most; longer sums take several. Every number of c is a sum in the order of k, whatever other rows and
// columns are computed with it: one row at a time gives the same bits as a thousand.
#ifndef ARIO_MICRO_H
#define ARIO_MICRO_H

#include "arioso/precision.h"

enum {
  ARIO__PANEL = 64,  // the usual width: what one row is multiplied with is read as one stream
  ARIO__VECTOR = 16, // widths are multiples of it
  ARIO__UNITS = 512,
  ARIO__STRIP = 528, // not a power of two: rows would share few sets of the cache
  ARIO__STRIP_WIDTH = 16,
  ARIO__STRIP_ROWS = 14,        // rows multiplied at a time: their sums fill 28 of 32 registers
  ARIO__INT8_ACTIVATION = 16383 // the largest number in a strip: 1,024 products with 127 stay below 2^31
};

// The formats: those of ario_precision, and fp32 numbers times weights that f16 holds without loss.
enum { ARIO__MICRO_F16 = ARIO_PRECISION_INT8 + 1, ARIO__MICRO_FORMATS };

// c [rows, cols] = alpha * a b
//                = c + alpha * a b         with `add`
//                = bias + alpha * a b      with a bias
struct ario__micro_job {
  size_t rows, cols, units;
  const void *a; // a strip; turned only in fp32 and bf16, if rows <= STRIP_ROWS and a panel has 32 columns
  bool turned;
  const void *b;       // panels
  size_t width;        // of a panel, at most PANEL
  size_t panel_stride; // units times columns from one panel to the next
  float alpha;
  bool add;
  const float *bias; // [cols]; NULL: none; not together with `add`
  float *c;
  size_t ldc;
  const float *a_scale, *b_scale; // int8: [rows], [cols], what a 1 stands for; b_scale NULL: 1
};

struct ario__micro {
  const char *name;
  void (*multiply[ARIO__MICRO_FORMATS])(const struct ario__micro_job *job);

  // Packing of fp32 numbers, `count` along the sum, for products in fp32 and bf16.

  // x [rows, count] into a strip
  void (*strip[2])(void *to, const float *x, size_t ldx, size_t rows, size_t count);
  // x [cols, count], and x [count, cols], into [units][width]; width is a multiple of VECTOR, cols <= width
  void (*columns[2])(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count);
  void (*across[2])(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count);
};

extern const struct ario__micro ario__micro_plain;
#ifdef ARIO_WITH_X86
extern const struct ario__micro ario__micro_avx2, ario__micro_avx512;
#endif

// True if this processor has the instructions.
bool ario__micro_runs(const struct ario__micro *micro);

// The fastest table that it can run.
const struct ario__micro *ario__micro_best(void);

// Those, or the plain ones.
const struct ario__micro *ario__micro_of(ario_kernels kernels);

// The most numbers of a row in one strip, and the units of `count` numbers.
static inline size_t ario__strip_numbers(ario_precision precision) {
  return precision == ARIO_PRECISION_FP32 ? ARIO__UNITS : 2 * ARIO__UNITS;
}

static inline size_t ario__units(ario_precision precision, size_t count) {
  return precision == ARIO_PRECISION_FP32 ? count : (count + 1) / 2;
}

#endif
