// SPDX-License-Identifier: MIT
//
// Tokens in files, read and written through a codec.
#ifndef ARIO_APPS_TOKEN_IO_H
#define ARIO_APPS_TOKEN_IO_H

#include "apps/cli/input.h"
#include "arioso/codec.h"

enum { ARIO__CODECS_TEXT = 400 };

// For the help of an option --codec: names all codecs and what they read, and which is the default, into text
// [ARIO__CODECS_TEXT]. Returns text.
const char *ario__codecs_text(const char *standard, char *text);

// Reads a file's tokens [*count], all below the model's V; the caller frees them. A file named *.u16 holds
// tokens as they are; any other is read by `codec`; one of sound takes sound files, too. Errors name the
// file.
ARIO_NODISCARD ario_status ario__read_tokens(const ario_codec *codec, const ario_config *model,
                                             const ario__input *input, ario_token **tokens, size_t *count,
                                             ario_error *error);

// Writes tokens, by the same rule for the name; `replace` as for ario_file_write, and "-" is standard output.
ARIO_NODISCARD ario_status ario__write_tokens(const ario_codec *codec, const ario_config *model,
                                              const char *path, bool replace, const ario_token *tokens,
                                              size_t count, ario_error *error);

#endif
