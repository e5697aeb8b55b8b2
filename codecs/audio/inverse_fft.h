// SPDX-License-Identifier: MIT
//
// The inverse Fourier transform of spectra of real signals: by KissFFT where Arioso was built with it, else, and with the
// plain kernels, as a product with a matrix. At a window of 1,920 KissFFT takes a thirteenth of the
// time of the product (11 and 146 us a frame on a Zen 3 with AVX2).
#ifndef ARIO_INVERSE_FFT_H
#define ARIO_INVERSE_FFT_H

#include "arioso/products.h"

enum { ARIO__FFT_MOST = 4096 }; // longest window: the matrix has window * (window + 2) numbers

typedef struct ario__inverse_fft ario__inverse_fft; // one thread; allocates nothing after creation

// Creates a transform of windows of `window` samples, even and at most FFT_MOST, for about `rows` of them at a time.
// The multiplier must outlive it. Errors: ERR_MEMORY, ERR_LIMIT.
ario_status ario__inverse_fft_create(size_t window, size_t rows, ario_kernels kernels,
                                     ario_multiplier *multiplier, ario__inverse_fft **out);
void ario__inverse_fft_free(ario__inverse_fft *fft); // safe on NULL

// frames [rows, window] of spectra [rows, window / 2 + 1, 2], real and imaginary parts from 0 Hz to half the sample rate,
// whose imaginary parts do not count. Sums are not divided by the window.
void ario__inverse_fft_run(ario__inverse_fft *fft, const float *spectra, size_t rows, float *frames);

#endif
