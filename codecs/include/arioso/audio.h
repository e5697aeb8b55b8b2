// SPDX-License-Identifier: MIT
//
// The audio codec: sound <-> codes, by a causal convolutional encoder, a residual vector quantizer and a
// decoder that mirrors the encoder (SoundStream: Zeghidour et al. 2021, arXiv 2107.03312; with an LSTM and
// other padding EnCodec: Défossez et al. 2022, arXiv 2210.13438).
//
// A frame is the product of the ratios in samples. Each frame becomes one code of each level, 0 .. codes - 1;
// a level describes what those before it left over, so that the first q levels are a sound of their own
// (but see the predictor).
// With a lookahead of k a frame is described when k more have been heard, so that it may be a part of waves
// that end later (as the windows of transform codecs overlap); decoding does not wait.
//
// With a predictor of n frames what is quantized is what a linear function of the n frames before it, as they
// were decoded, leaves over (predictive vector quantization: Cuperman and Gersho 1985): a tone that goes on
// costs little. Codes then go with the number of levels that they were made in, and a decoder that begins
// amid them is some seconds in finding what they mean.
//
// Both ways stream: any cutting of the signal into chunks gives what the whole gives, bit for bit with the
// plain kernels, and with the fast ones the same codes but for ties and samples within 1e-6.
//
// A codec's directory holds config.json and model.safetensors. Tensors, named as the modules nest; every
// convolution has weight [out, in, kernel] (transposed: [in, out, kernel]) and bias [out], or in place of the
// weight weight_g and weight_v (weight normalisation over all but the first axis), which are folded:
//   encoder.first                                 1 -> filters, `kernel`
//   encoder.stages.I.units.J.conv1, .conv2        I from 0, by rising ratios; J from 0; conv1 has
//                                                 `residual_kernel` and dilation dilation_base^J, conv2
//                                                 kernel 1
//   encoder.stages.I.units.J.shortcut             kernel 1, where shortcut is "conv"
//   encoder.stages.I.down                         doubles the channels; kernel 2 ratio, stride ratio
//   encoder.lstm.weight_ih_lK [4 out, in], weight_hh_lK, bias_ih_lK, bias_hh_lK    where lstm > 0; added to
//                                                 what goes in
//   encoder.last                                  -> dimension, `last_kernel`
//   decoder.first, decoder.lstm, decoder.stages.I.up, decoder.stages.I.units.J..., decoder.last    the mirror
//   quantizer.levels.Q.codebook                   [codes, dimension]
//   quantizer.predictor                           [predictor, dimension out, dimension in], the last frame's
//                                                 first, where predictor > 0
// Between them ELU: before each convolution of a unit, before down, up and last. Where norm is "rms", what
// then goes into encoder.last is divided, frame by frame, by its root mean square (and 1e-6 under the root):
// quiet music is quantized as finely as loud, and how loud it is shows in how large the biases' part is.
#ifndef ARIOSO_AUDIO_H
#define ARIOSO_AUDIO_H

#include "arioso/audio_codes.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ARIO_AUDIO_RATIOS = 8, ARIO_AUDIO_LEVELS = ARIO_CODES_LEVELS };

typedef struct ario_audio_config {
  size_t sample_rate;               // Hz; the signal is mono
  size_t filters;                   // channels of the first convolution
  size_t ratios[ARIO_AUDIO_RATIOS]; // of the decoder, in its order; the encoder has them backwards
  size_t ratio_count;
  size_t kernel, last_kernel; // of the first and last convolution of the encoder, and of the decoder
  size_t residual_kernel;
  size_t residual_layers; // units of a stage
  size_t dilation_base;
  size_t compress;  // a unit has channels / compress inside
  bool shortcut;    // a unit has a convolution beside it; otherwise what came in is added
  size_t lstm;      // layers; 0: none
  bool reflect;     // convolutions begin with the signal mirrored; otherwise with silence
  bool norm;        // frames are normalized before the encoder's last convolution
  size_t dimension; // of what is quantized
  size_t levels, codes;
  size_t lookahead; // frames, 0..16
  size_t predictor; // frames, 0..16
} ario_audio_config;

typedef struct ario_audio_codec ario_audio_codec; // immutable; any thread

// Errors: those of ario_tensors_open, and ERR_FORMAT for a configuration or a tensor that does not fit.
ARIO_API ARIO_NODISCARD ario_status ario_audio_codec_open(const char *directory, ario_audio_codec **out,
                                                          ario_error *error);
ARIO_API void ario_audio_codec_free(ario_audio_codec *codec); // safe on NULL
ARIO_API const ario_audio_config *ario_audio_codec_config(const ario_audio_codec *codec);

// What its codes are when this many levels are used (arioso/audio_codes.h): what files of codes and models of them
// say. Their hash tells codecs apart whose codes mean different things: it is of the configuration, the
// encoder and the quantizer, and with a predictor of the number of levels. A decoder that has learned more
// reads the codes of before, and models of them stay what they are.
ARIO_API ario_codes ario_audio_codec_codes(const ario_audio_codec *codec, size_t levels);

// Samples a frame.
ARIO_API size_t ario_audio_codec_hop(const ario_audio_codec *codec);

// What a second of sound costs, in all levels: floating-point operations of products.
typedef struct ario_audio_cost {
  double encode_flops, decode_flops;
} ario_audio_cost;
ARIO_API ario_audio_cost ario_audio_codec_cost(const ario_audio_codec *codec);

// ---- Streams: one signal on its way. Mutable, one thread; all memory is taken when they are made ----

typedef struct ario_audio_stream_options {
  size_t levels;  // of codes, 1..levels; 0: all
  size_t chunk;   // frames at most that are put in at a time; 0: 50
  size_t threads; // 1..64; 0: 1
  ario_kernels kernels;
} ario_audio_stream_options;

typedef struct ario_audio_encoder ario_audio_encoder;

// NULL options stand for all 0. Errors: ERR_ARGUMENT, ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_audio_encoder_create(const ario_audio_codec *codec,
                                                              const ario_audio_stream_options *options,
                                                              ario_audio_encoder **out);
ARIO_API void ario_audio_encoder_free(ario_audio_encoder *encoder); // safe on NULL

// Puts in samples [count], full scale +-1, count <= chunk * hop. codes [room, levels], room being
// ario_audio_encoder_room: the frames that came out, *frames of them. With `end` these were the last samples:
// they are filled up to a whole frame with silence, and so is the lookahead, and the encoder begins anew.
// Errors: ERR_ARGUMENT for too many samples, ERR_NUMBER for one that is not finite; nothing was put in then.
ARIO_API ARIO_NODISCARD ario_status ario_audio_encoder_push(ario_audio_encoder *encoder, const float *samples,
                                                            size_t count, bool end, uint16_t *codes,
                                                            size_t *frames);
ARIO_API size_t ario_audio_encoder_room(const ario_audio_encoder *encoder); // frames

typedef struct ario_audio_decoder ario_audio_decoder;

// As the encoder.
ARIO_API ARIO_NODISCARD ario_status ario_audio_decoder_create(const ario_audio_codec *codec,
                                                              const ario_audio_stream_options *options,
                                                              ario_audio_decoder **out);
ARIO_API void ario_audio_decoder_free(ario_audio_decoder *decoder); // safe on NULL

// Puts in codes [frames, levels], frames <= chunk. *samples [*count], valid until the next call, is what came
// out. With `end` they were the last, and the decoder begins anew. Errors: ERR_ARGUMENT for too many frames
// or a code that there is not; nothing was put in then.
ARIO_API ARIO_NODISCARD ario_status ario_audio_decoder_push(ario_audio_decoder *decoder,
                                                            const uint16_t *codes, size_t frames, bool end,
                                                            const float **samples, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
