// SPDX-License-Identifier: MIT
//
// Sound files, written as they are made. The format follows the name: .wav, .flac or .ogg (Vorbis).
#ifndef ARIOSO_SOUND_H
#define ARIOSO_SOUND_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ario_sample_format { ARIO_S16, ARIO_S24, ARIO_FLOAT } ario_sample_format;

typedef struct ario_sound_writer ario_sound_writer;

// Starts a file that replaces `path` when it is finished. rate in Hz, 8000..192000; channels 1 or 2. .flac
// holds s16 or s24; .ogg ignores the format. Errors: ERR_ARGUMENT (a name of no known kind, a format it
// cannot hold), ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_sound_writer_create(const char *path, ario_sample_format format,
                                                             unsigned rate, unsigned channels,
                                                             ario_sound_writer **out, ario_error *error);

// Appends samples [frames, channels], interleaved, full scale +-1; what lies beyond is clipped (float
// excepted). Errors: ERR_IO.
ARIO_API ARIO_NODISCARD ario_status ario_sound_writer_write(ario_sound_writer *writer, const float *samples,
                                                            size_t frames, ario_error *error);

// Ends the file and puts it in place. The writer is to be freed afterwards, as always; without this nothing
// is left behind.
ARIO_API ARIO_NODISCARD ario_status ario_sound_writer_finish(ario_sound_writer *writer, ario_error *error);
ARIO_API void ario_sound_writer_free(ario_sound_writer *writer); // safe on NULL

#ifdef __cplusplus
}
#endif

#endif
