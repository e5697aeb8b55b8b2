// SPDX-License-Identifier: MIT
//
// The networks of the audio codec as a line of nodes through which a signal streams: convolutions, transposed
// convolutions, residual units, an LSTM (SEANet; Zeghidour et al. 2021, arXiv 2107.03312; with an LSTM as in
// Défossez et al. 2022, arXiv 2210.13438); depthwise convolutions, LayerNorm, GELU and overlapping frames (ConvNeXt
// blocks; Siuzdak 2023, arXiv 2306.00814). All nodes are causal: chunk by chunk gives what the whole gives.
//
// Signals are [time, channels], row-major. So the window of a convolution is one row of numbers, and a
// convolution is a product whose rows overlap.
#ifndef ARIO_SEANET_H
#define ARIO_SEANET_H

#include "codecs/audio/overlap.h"

typedef enum ario__node_kind {
  ARIO__CONV, // kernel, stride, dilation; padded on the left by (kernel - 1) dilation + 1 - stride
  ARIO__ELU,
  ARIO__NORM,  // each row divided by its root mean square
  ARIO__SPLIT, // a residual unit begins
  ARIO__JOIN,  // and ends: adds the input of its SPLIT, multiplied by the weight [out, in] if it has one; no
               // bias
  ARIO__LSTM,  // one layer
  ARIO__DEPTHWISE,  // a CONV of each channel by itself; stride, dilation and spread are 1
  ARIO__LAYER_NORM, // each row
  ARIO__GELU,
  ARIO__OVERLAP, // the last node: spectra -> sound, one channel
} ario__node_kind;

// A transposed convolution of stride s and kernel 2 s is computed as a convolution of kernel 2 with s times
// as many channels, which then become s rows: each row contributes to its own s rows and to the s rows after
// them.
typedef struct ario__node {
  ario__node_kind kind;
  size_t in, out; // channels
  size_t kernel, stride, dilation;
  size_t spread;          // CONV: rows that each window becomes; 1: a plain convolution
  const float *weight;    // CONV: [spread out, kernel in], or [kernel, out, in] if it is dilated; JOIN: [out,
                          // in]; LSTM: [4 out, in]; DEPTHWISE: [kernel, in]; LAYER_NORM: [in]
  const float *recurrent; // LSTM: [4 out, out]; gates are in, forget, cell, out
  const float *bias;      // [spread out]; LSTM: [4 out]
  size_t split;           // JOIN: the index of its SPLIT
  ario__overlap_shape overlap;
} ario__node;

typedef struct ario__net {
  const ario__node *nodes; // [count]
  size_t count;
  // Nodes first .. last - 1, which have many rows and few weights, process a few frames at a time, so that
  // signals stay in the cache. A frame is piece_rows rows. first == last: none.
  size_t first, last, piece_rows;
  bool reflect; // convolutions are padded with the beginning of the signal mirrored; otherwise, and if they
                // spread, with zeros
} ario__net;

typedef struct ario__stream ario__stream; // one signal; one thread

// Creates a stream for pushes of at most `most` rows. The net must outlive it. Errors: ERR_LIMIT, ERR_MEMORY,
// ERR_ARGUMENT.
ario_status ario__stream_create(const ario__net *net, size_t most, ario_kernels kernels, size_t threads,
                                ario__stream **out);
void ario__stream_free(ario__stream *stream); // safe on NULL
// Starts another signal.
void ario__stream_reset(ario__stream *stream);

// Pushes the next rows of x [rows, in]; with `end` they are the last. Returns how many rows came out; they
// are *y [returned, out], valid until the next push. Allocates nothing.
size_t ario__stream_push(ario__stream *stream, const float *x, size_t rows, bool end, const float **y);

#endif
