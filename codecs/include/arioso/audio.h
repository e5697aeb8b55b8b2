// SPDX-License-Identifier: MIT
//
// The audio codec: sound <-> codes, by a causal convolutional encoder, a residual vector quantizer, and a
// decoder that mirrors the encoder (SoundStream: Zeghidour et al. 2021, arXiv 2107.03312; with an LSTM and
// reflected padding EnCodec: Défossez et al. 2022, arXiv 2210.13438) or makes spectra (Vocos: Siuzdak 2023,
// arXiv 2306.00814).
//
// Frames and levels. A frame is `hop` samples, the product of the ratios. It becomes one code of each level,
// 0 .. codes - 1. A level encodes what the levels before it left over, so the first q levels alone are a
// sound, of lower quality (except with a predictor, below).
//
// Lookahead. With a lookahead of k, a frame is encoded once k more frames have been heard, so that it may be
// a part of waves that end later, as the windows of transform codecs overlap. Decoding does not wait, unless the
// decoder is spectral and has a lookahead of its own.
//
// Predictor. With a predictor of n frames, a linear function of the n frames before, as they were decoded,
// predicts each frame, and only the difference is quantized (predictive vector quantization: Cuperman and
// Gersho 1985): a sustained tone costs little. Codes then depend on the number of levels they were made with,
// and a decoder that starts amid them takes some seconds to synchronise.
//
// Streaming. Encoder and decoder stream: however the signal is cut into chunks, the result is that of the
// whole. With the plain kernels it is equal bit for bit; with the fast ones codes are equal but for ties, and
// samples within 1e-6.
//
// A codec's directory holds config.json and model.safetensors. Tensors are named as the modules nest: stage I
// from 0 (the encoder has the ratios in reverse order), unit J of a stage from 0, level Q from 0, layer K of
// the LSTM from 0. Every convolution has weight [out, in, kernel] (transposed: [in, out, kernel]) and bias
// [out]; weight_g and weight_v may stand for the weight (weight normalisation over all but the first axis)
// and are folded.
//
//   encoder.first                       1 -> filters, `kernel`
//   encoder.stages.I.units.J.conv1      `residual_kernel`, dilation dilation_base^J
//   encoder.stages.I.units.J.conv2      kernel 1
//   encoder.stages.I.units.J.shortcut   kernel 1; only if shortcut is "conv"
//   encoder.stages.I.down               doubles the channels; kernel 2 ratio, stride ratio
//   encoder.lstm.weight_ih_lK           [4 out, in]; only if lstm > 0; its output is added to its input
//   encoder.lstm.weight_hh_lK           [4 out, out]
//   encoder.lstm.bias_ih_lK, bias_hh_lK [4 out]
//   encoder.last                        -> dimension, `last_kernel`
//   decoder.first, decoder.lstm, decoder.stages.I.up, decoder.stages.I.units.J, decoder.last    the mirror
//   quantizer.levels.Q.codebook         [codes, dimension]
//   quantizer.predictor                 [predictor, dimension out, dimension in], the newest frame first;
//                                       only if predictor > 0
//
// ELU is applied before each convolution of a unit, and before down, up and last. If norm is "rms", the input
// of encoder.last is divided, frame by frame, by its root mean square (1e-6 is added under the root): quiet
// music is quantized as finely as loud, and the loudness shows in how large the share of the biases is.
//
// A spectral decoder takes the place of the mirror if config.json has
//   "decoder": {"kind": "spectral", "channels": 384, "blocks": 8, "kernel": 7, "hidden": 1152, "window": 1920,
//               "hop": 480, "lookahead": 2}
// ("kind": "seanet", or no "decoder", is the mirror). It has one row a frame, and ends in a short-time Fourier
// transform turned back, so that it makes no harmonics of the frame rate. Block I from 0:
//
//   decoder.first                 a convolution, dimension -> channels, `kernel`
//   decoder.first_norm            LayerNorm: weight, bias [channels]; 1e-5 is added to the variance
//   decoder.blocks.I.depthwise    a convolution of each channel: weight [channels, 1, kernel], bias [channels]
//   decoder.blocks.I.norm         LayerNorm
//   decoder.blocks.I.up           linear: weight [hidden, channels], bias [hidden]; then GELU
//   decoder.blocks.I.down         linear: weight [channels, hidden], bias [channels]
//   decoder.blocks.I.scale        [channels]: what down says is multiplied by it, and added to the block's input
//   decoder.last_norm             LayerNorm
//   decoder.head                  linear: weight [window + 2, channels], bias [window + 2]
//
// All convolutions are causal and begin with zeros. `lookahead` zero frames follow the last one, and the first `lookahead`
// rows of the head are dropped: row t is made once frame t + lookahead was seen. A row is the natural logarithms of the
// magnitudes of window / 2 + 1 bins (above 10 they count as 10), then their phases in radians. Its inverse Fourier
// transform (divided by the window) is multiplied by a Hann window, whose middle is the middle of the frame, and added to
// the sound, which is divided by the sum of the squares of all windows over a sample.
//
// A tensor of two or more dimensions may be I8, with NAME_scale [first dimension] in F32 beside it (arioso/tensors.h).
#ifndef ARIOSO_AUDIO_H
#define ARIOSO_AUDIO_H

#include "arioso/audio_codes.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ARIO_AUDIO_RATIOS = 8, ARIO_AUDIO_LEVELS = ARIO_CODES_LEVELS };

// The shape of a spectral decoder.
typedef struct ario_audio_spectral {
  size_t channels, blocks, kernel, hidden; // channels 0: the decoder is the encoder's mirror
  size_t window;                           // samples, even, from two hops to 4,096
  size_t hop;                              // samples a frame, the product of the ratios
  size_t lookahead;                        // frames, 0..16
} ario_audio_spectral;

// The shape of a codec's networks, as its config.json states it.
typedef struct ario_audio_config {
  size_t sample_rate;               // Hz; the signal is mono
  size_t filters;                   // channels of the first convolution
  size_t ratios[ARIO_AUDIO_RATIOS]; // of the decoder's stages, in order; the encoder has them reversed
  size_t ratio_count;
  size_t kernel, last_kernel; // of the first and the last convolution, of encoder and decoder
  size_t residual_kernel;
  size_t residual_layers; // units per stage
  size_t dilation_base;   // of the units' first convolutions
  size_t compress;        // the inside of a unit has channels / compress channels
  bool shortcut;          // a convolution bypasses each unit; false: the unit's input is added to its output
  size_t lstm;            // LSTM layers; 0: none
  bool reflect;           // convolutions start with the signal mirrored; false: with silence
  bool norm;              // frames are normalized before the encoder's last convolution
  size_t dimension;       // of the vectors that are quantized
  size_t levels, codes;   // of the quantizer; codes per level
  size_t lookahead;       // frames, 0..16
  size_t predictor;       // frames, 0..16
  ario_audio_spectral spectral;
} ario_audio_config;

typedef struct ario_audio_codec ario_audio_codec; // immutable; any thread

// Opens a codec's directory. Errors: those of ario_tensors_open, and ERR_FORMAT for a configuration or a
// tensor that does not fit.
ARIO_API ARIO_NODISCARD ario_status ario_audio_codec_open(const char *directory, ario_audio_codec **out,
                                                          ario_error *error);
ARIO_API void ario_audio_codec_free(ario_audio_codec *codec); // safe on NULL
// Valid as long as the codec.
ARIO_API const ario_audio_config *ario_audio_codec_config(const ario_audio_codec *codec);

// The kind of codes that the codec makes with this many levels (arioso/audio_codes.h), as files of codes and
// models of them state it. The hash differs for codecs whose codes mean different things: it covers the
// configuration, the encoder and the quantizer, and with a predictor the number of levels. It does not cover
// the decoder: one that was trained further reads older codes, and models of them stay valid.
ARIO_API ario_codes ario_audio_codec_codes(const ario_audio_codec *codec, size_t levels);

// Samples per frame.
ARIO_API size_t ario_audio_codec_hop(const ario_audio_codec *codec);

// By how many samples decoding is behind: of n frames at least n hop - latency samples have come out. A mirror of the encoder
// is not behind (0), except that one with mirrored padding begins late; a spectral decoder waits for its lookahead and for
// the windows that overlap: lookahead hop + (window - hop) / 2.
ARIO_API size_t ario_audio_codec_latency(const ario_audio_codec *codec);

// Cost of a second of sound with all levels: floating-point operations of matrix products.
typedef struct ario_audio_cost {
  double encode_flops, decode_flops;
} ario_audio_cost;
ARIO_API ario_audio_cost ario_audio_codec_cost(const ario_audio_codec *codec);

// ---- Streams: one signal each. Mutable; one thread at a time; all memory is taken at creation ----

// How a stream computes.
typedef struct ario_audio_stream_options {
  size_t levels;  // levels of codes, 1..config.levels; 0: all
  size_t chunk;   // most frames per push; 0: 50
  size_t threads; // 1..64; 0: 1
  ario_kernels kernels;
} ario_audio_stream_options;

typedef struct ario_audio_encoder ario_audio_encoder;

// NULL options are all 0. The codec must outlive the encoder. Errors: ERR_ARGUMENT, ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_audio_encoder_create(const ario_audio_codec *codec,
                                                              const ario_audio_stream_options *options,
                                                              ario_audio_encoder **out);
ARIO_API void ario_audio_encoder_free(ario_audio_encoder *encoder); // safe on NULL

// Encodes samples [count], full scale +-1, count <= chunk * hop. Writes *frames frames to codes [room,
// levels], room being ario_audio_encoder_room. With `end` these are the last samples: the last frame and the
// lookahead are filled up with silence, and the encoder then starts anew. Errors: ERR_ARGUMENT for too many
// samples, ERR_NUMBER for one that is not finite; the state is then unchanged. ERR_NUMBER, too, for samples so far
// beyond full scale that the network's numbers overflow; the encoder can then only be freed.
ARIO_API ARIO_NODISCARD ario_status ario_audio_encoder_push(ario_audio_encoder *encoder, const float *samples,
                                                            size_t count, bool end, uint16_t *codes,
                                                            size_t *frames);
ARIO_API size_t ario_audio_encoder_room(const ario_audio_encoder *encoder); // in frames

typedef struct ario_audio_decoder ario_audio_decoder;

// The same for decoding. The codec must outlive the decoder.
ARIO_API ARIO_NODISCARD ario_status ario_audio_decoder_create(const ario_audio_codec *codec,
                                                              const ario_audio_stream_options *options,
                                                              ario_audio_decoder **out);
ARIO_API void ario_audio_decoder_free(ario_audio_decoder *decoder); // safe on NULL

// Decodes codes [frames, levels], frames <= chunk. *samples [*count] is the sound, full scale +-1, valid
// until the next call; they may be fewer than the frames' (ario_audio_codec_latency). With `end` these are the last codes:
// the rest comes out, so that all frames have become `hop` samples each, and the decoder then starts anew. Errors:
// ERR_ARGUMENT for too many frames or a code >= codes; the state is then unchanged.
ARIO_API ARIO_NODISCARD ario_status ario_audio_decoder_push(ario_audio_decoder *decoder,
                                                            const uint16_t *codes, size_t frames, bool end,
                                                            const float **samples, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
