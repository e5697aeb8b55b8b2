// SPDX-License-Identifier: MIT
//
// Sound files, written and read as streams, by libsndfile. A name's suffix gives the format: .wav, .flac or
// .ogg (Vorbis).
#ifndef ARIOSO_SOUND_H
#define ARIOSO_SOUND_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a file holds a sample in.
typedef enum ario_sample_format { ARIO_SAMPLE_S16, ARIO_SAMPLE_S24, ARIO_SAMPLE_FLOAT } ario_sample_format;

typedef struct ario_sound_writer ario_sound_writer;

// Starts a sound file, which appears when it is finished. With `replace` it replaces an existing one, without
// such a file is ERR_STATE, here and at the end. "-" is standard output, as AU. rate in Hz, 8000..192000;
// channels 1..8. .flac holds s16 or s24; .ogg ignores the format. Equal samples give equal files, except for
// .ogg, whose stream has a random serial number. One thread at a time. Errors: ERR_ARGUMENT (an unknown
// suffix, a format that the file cannot hold), ERR_IO, ERR_STATE, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_sound_writer_create(const char *path, bool replace,
                                                             ario_sample_format format, unsigned rate,
                                                             unsigned channels, ario_sound_writer **out,
                                                             ario_error *error);

// Frames that still fit into the file: a WAV file holds at most 4 GiB. SIZE_MAX: no limit.
ARIO_API size_t ario_sound_writer_room(const ario_sound_writer *writer);

// Appends samples [frames, channels], interleaved, full scale +-1. Integers are rounded to nearest, without
// dither, and what exceeds full scale is clipped (not in float). Errors: ERR_IO, ERR_LIMIT (more than fits),
// ERR_STATE (finished already).
ARIO_API ARIO_NODISCARD ario_status ario_sound_writer_write(ario_sound_writer *writer, const float *samples,
                                                            size_t frames, ario_error *error);

// Ends the file and puts it in place. The caller frees the writer afterwards; one that is freed without this
// leaves nothing behind. Errors: ERR_IO, ERR_STATE (finished already; the file exists).
ARIO_API ARIO_NODISCARD ario_status ario_sound_writer_finish(ario_sound_writer *writer, ario_error *error);
ARIO_API void ario_sound_writer_free(ario_sound_writer *writer); // safe on NULL

// ---- Reading ----

typedef struct ario_sound_reader ario_sound_reader;

// What a sound file holds.
typedef struct ario_sound_info {
  unsigned rate; // Hz
  unsigned channels;
  uint64_t frames;           // UINT64_MAX: unknown, as for a pipe
  ario_sample_format format; // that keeps these samples bit for bit; s16 for lossy compression
} ario_sound_info;

// Opens a file of any kind that libsndfile reads; "-" is standard input. From a pipe WAV and AU are read as they
// come, and any other kind is read to its end first, up to 1 GiB. The first seconds of more than one channel are read
// here already, and kept until they are asked for. One thread at a time. Errors: ERR_NOT_FOUND, ERR_IO,
// ERR_FORMAT, ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_sound_reader_open(const char *path, ario_sound_reader **out,
                                                           ario_error *error);
// The same for the bytes [size] of a file, which must outlive the reader; `name` is for messages.
ARIO_API ARIO_NODISCARD ario_status ario_sound_reader_wrap(const char *name, const uint8_t *bytes,
                                                           size_t size, ario_sound_reader **out,
                                                           ario_error *error);
// What the file holds.
ARIO_API ario_sound_info ario_sound_reader_info(const ario_sound_reader *reader);

enum { ARIO_SOUND_WARNINGS = 3 }; // most of a reader

// Warning `index` (from 0) of those so far: what is odd about the file, and how it is read all the same; NULL if there
// is none. Valid as long as the reader.
ARIO_API const char *ario_sound_reader_warning(const ario_sound_reader *reader, size_t index);

// Reads up to `room` frames, each as the mean of its channels, into samples [room], full scale +-1. *frames
// is 0 only at the end. Where the channels cancel each other out in the first two seconds that sound (of at most 60),
// the first is taken alone, with a warning; samples beyond 65,536 times full scale are limited to that, with a
// warning. Errors: ERR_NUMBER for a sample that is not finite (the message gives the time), ERR_IO.
ARIO_API ARIO_NODISCARD ario_status ario_sound_reader_read(ario_sound_reader *reader, float *samples,
                                                           size_t room, size_t *frames, ario_error *error);

// Reads up to `room` frames with all their channels into frames [room, channels]; samples may be infinite or
// NaN. *count is 0 only at the end. Errors: ERR_IO.
ARIO_API ARIO_NODISCARD ario_status ario_sound_reader_read_all(ario_sound_reader *reader, float *frames,
                                                               size_t room, size_t *count, ario_error *error);
ARIO_API void ario_sound_reader_free(ario_sound_reader *reader); // safe on NULL

#ifdef __cplusplus
}
#endif

#endif
