// SPDX-License-Identifier: MIT
//
// Names of files, and tokens in files.
#ifndef ARIO_APPS_FILES_H
#define ARIO_APPS_FILES_H

#include "arioso/codec.h"
#include "arioso/sound.h"

enum { ARIO__PATH_MOST = 4096, ARIO__INPUT_MOST = 256 << 20 };

// True if the name ends in `suffix` (".u16"), in any case of letters.
bool ario__has_suffix(const char *path, const char *suffix);

// A format of samples by its name: s16, s24, float. False for another.
bool ario__format_find(const char *name, ario_sample_format *format);

// True if both names lead to one file that exists.
bool ario__same_file(const char *a, const char *b);

// name [ARIO__PATH_MOST] = path with another suffix: ("a.csv", ".png") -> "a.png". False if that is too long.
bool ario__with_suffix(const char *path, const char *suffix, char *name);

// name [ARIO__PATH_MOST] = path with "-N" put before its suffix: ("a.mid", 2) -> "a-2.mid". False if that is
// too long.
bool ario__numbered_name(const char *path, size_t number, char *name);

// name [ARIO__PATH_MOST] = a name that no file has, nor any of its `takes` numbered ones: STEM-continued
// beside `path`, else STEM-continued-2 and so on, with `suffix`, or path's own where that is "". path NULL:
// new-piece in the working directory. False if there is none.
bool ario__free_name(const char *path, const char *suffix, size_t takes, char *name);

// A file's tokens, to be freed, all below V, for a model: of a token file, named *.u16, whatever the codec;
// of any other by `codec`, where that is "audio" also of a sound file. The error names the file.
ARIO_NODISCARD ario_status ario__read_tokens(const ario_codec *codec, const ario_config *model,
                                             const char *path, ario_token **tokens, size_t *count,
                                             ario_error *error);

// The other way, by the same rule for the name; `replace` as ario_file_write has it.
ARIO_NODISCARD ario_status ario__write_tokens(const ario_codec *codec, const ario_config *model,
                                              const char *path, bool replace, const ario_token *tokens,
                                              size_t count, ario_error *error);

// The codec that a model's configuration names; NULL with an error if there is none here, or if its
// vocabulary is another.
struct ario_model;
const ario_codec *ario__codec_of(const struct ario_model *model, ario_error *error);

// True if the model's tokens are the bytes of files.
bool ario__of_bytes(const struct ario_model *model);

#endif
