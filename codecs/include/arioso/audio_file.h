// SPDX-License-Identifier: MIT
//
// Files of audio codes, named *.tok: written and read as a stream, so that they go through pipes. Numbers are
// little-endian:
//   8 bytes   "ariotok\n"
//   u32       version, 1
//   u32       levels; u32 codes a level; u32 samples a frame; u32 sample rate in Hz; u32 0
//   u64       the codec's hash (ario_audio_codec_codes): codes mean nothing to another one
//   blocks    u32 frames, 1..65535; u16 code [frames, levels]
//   u32 0     the end; u64 samples, without what fills up the last frame; u64 FNV-1a of all bytes before
#ifndef ARIOSO_AUDIO_FILE_H
#define ARIOSO_AUDIO_FILE_H

#include "arioso/audio.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

// A file on its way out or in. Plain data; the fields are its own. The stream is the caller's, and is to be
// closed by it after the end.
typedef struct ario_tok {
  FILE *stream;
  ario_codes head;
  uint64_t sum;
  size_t frames;  // so far
  size_t pending; // reading: frames of a block that are not taken yet
  bool ended;
  uint64_t samples; // reading, once it has ended
} ario_tok;

// Errors of these three: ERR_IO with errno as the stream left it.
ARIO_API ARIO_NODISCARD ario_status ario_tok_write_head(ario_tok *file, FILE *stream, const ario_codes *head);
// codes [frames, levels]; any number of frames.
ARIO_API ARIO_NODISCARD ario_status ario_tok_write(ario_tok *file, const uint16_t *codes, size_t frames);
ARIO_API ARIO_NODISCARD ario_status ario_tok_write_end(ario_tok *file, uint64_t samples);

// Errors: ERR_FORMAT with what is wrong and at which byte; ERR_IO.
ARIO_API ARIO_NODISCARD ario_status ario_tok_read_head(ario_tok *file, FILE *stream, ario_error *error);
// Up to `room` frames into codes [room, levels]; *frames is 0 only at the end, which has been checked then.
ARIO_API ARIO_NODISCARD ario_status ario_tok_read(ario_tok *file, uint16_t *codes, size_t room,
                                                  size_t *frames, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
