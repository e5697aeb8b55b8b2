// SPDX-License-Identifier: MIT
//
// Files of audio codes, named *.tok. They are written and read as streams, so they go through pipes. All
// numbers are little-endian:
//
//   8 bytes   "ariotok\n"
//   u32       version, 2
//   u32       levels
//   u32       codes per level
//   u32       samples per frame
//   u32       sample rate, Hz
//   u32       0
//   u64       the codec's hash (ario_audio_codec_codes): to another codec the codes mean nothing
//   blocks    u32 frames, 1..65535, then codes [frames, levels], each of as many bits as the largest code takes (10 of
//             1,024), the lowest first, without gaps; zeros fill up the last byte
//   u32       0, the end of the blocks
//   u64       samples, not counting what fills up the last frame
//   u64       FNV-1a of all bytes before
//
// Version 1 has 16 bits for each code. It is read, and not written any more.
#ifndef ARIOSO_AUDIO_FILE_H
#define ARIOSO_AUDIO_FILE_H

#include "arioso/audio.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

// A file that is being written or read. Plain data; all but version, head, frames, bytes, ended and samples is
// private, and nothing is to be changed. A whole file has 8 bytes sample_rate / samples bits a second. The caller
// owns the stream and closes it after the end. One thread at a time.
typedef struct ario_tok {
  FILE *stream;
  unsigned version;
  ario_codes head;
  uint64_t sum;
  uint64_t bytes;   // so far; of the whole file once `ended`
  uint32_t bits;    // reading: bits of the current block that are in no code yet
  unsigned held;    // reading: how many
  size_t frames;    // so far
  size_t pending;   // reading: frames of the current block that have not been read yet
  bool ended;       // reading: the end has been read and checked
  uint64_t samples; // reading: the file's number of samples, once `ended`
} ario_tok;

// Writing: the head, any number of writes, the end. Errors: ERR_IO, with errno as the stream left it.
ARIO_API ARIO_NODISCARD ario_status ario_tok_write_head(ario_tok *file, FILE *stream, const ario_codes *head);
// codes [frames, levels], any number of frames, each code below the head's `codes`.
ARIO_API ARIO_NODISCARD ario_status ario_tok_write(ario_tok *file, const uint16_t *codes, size_t frames);
ARIO_API ARIO_NODISCARD ario_status ario_tok_write_end(ario_tok *file, uint64_t samples);

// Reading, of both versions. Errors: ERR_FORMAT (the message says what is wrong and in which frame), ERR_UNSUPPORTED for
// another version, ERR_IO.
ARIO_API ARIO_NODISCARD ario_status ario_tok_read_head(ario_tok *file, FILE *stream, ario_error *error);
// Reads up to `room` frames into codes [room, levels]. *frames is 0 only at the end; the checksum has then
// been checked.
ARIO_API ARIO_NODISCARD ario_status ario_tok_read(ario_tok *file, uint16_t *codes, size_t room,
                                                  size_t *frames, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
