// SPDX-License-Identifier: MIT
//
// Tokens in files, read and written through a codec.
#ifndef ARIO_APPS_TOKEN_IO_H
#define ARIO_APPS_TOKEN_IO_H

#include "arioso/codec.h"

// A file's tokens, all below V, for a model; the caller frees them: of a token file, named *.u16, whatever the codec;
// of any other by `codec`, where that is "audio" also of a sound file. The error names the file.
ARIO_NODISCARD ario_status ario__read_tokens(const ario_codec *codec, const ario_config *model,
                                             const char *path, ario_token **tokens, size_t *count,
                                             ario_error *error);

// The other way, by the same rule for the name; `replace` as ario_file_write has it.
ARIO_NODISCARD ario_status ario__write_tokens(const ario_codec *codec, const ario_config *model,
                                              const char *path, bool replace, const ario_token *tokens,
                                              size_t count, ario_error *error);

#endif
