// SPDX-License-Identifier: MIT
//
// Finds and opens models. A name may be the path of a folder. Otherwise a model of that name is
// looked for in $ARIOSO_MODELS, then in the folder `models` beside the program, which a build folder
// has, then where the program is installed: that place is relative to the program, so that the
// tree may be moved.
#ifndef ARIO_APPS_MODELS_H
#define ARIO_APPS_MODELS_H

#include "arioso/audio.h"
#include "arioso/codec.h"
#include "arioso/model.h"
#include "arioso/precision.h"

#define ARIO__DEFAULT_MODEL       "piano"
#define ARIO__DEFAULT_BAND_MODEL  "band"
#define ARIO__DEFAULT_AUDIO_MODEL "audio-piano"
#define ARIO__DEFAULT_AUDIO_CODEC "audio-codec"

// Opens a model. If `name` is NULL, it is the model `standard`, which is never looked for in the
// working directory. found [size] is the model's folder. Errors: those of ario_model_open;
// ERR_NOT_FOUND names the places searched.
ARIO_NODISCARD ario_status ario__models_open(const char *name, const char *standard, ario_model **out,
                                             char *found, size_t size, ario_error *error);

// The same without the weights: ario_model_inspect.
ARIO_NODISCARD ario_status ario__models_inspect(const char *name, const char *standard, ario_model **out,
                                                char *found, size_t size, ario_error *error);

// Whether there is a model of this name.
bool ario__models_have(const char *name);

// Which model a command is to generate with, as its user named it or did not.
typedef struct ario__model_wish {
  const char *command;   // for messages
  const char *name;      // NULL: `standard`
  const char *standard;  // see ario__models_open
  const char *precision; // NULL: that of the model's file
} ario__model_wish;

// Opens the model; finds its codec and the precision to compute in. Returns the exit status, with the reason printed.
// The caller frees *model in any case.
int ario__models_use(const ario__model_wish *wish, ario_model **model, const ario_codec **codec,
                     ario_precision *precision, char *found, size_t size);

// Opens an audio codec as ario__models_open does. It must be the codec of these codes, unless `codes` is NULL or has no
// levels. Errors: those of ario_audio_codec_open; ERR_NOT_FOUND; ERR_FORMAT for another codec.
ARIO_NODISCARD ario_status ario__models_open_audio(const char *name, const ario_codes *codes,
                                                   ario_audio_codec **out, char *found, size_t size,
                                                   ario_error *error);

// The option --audio-codec; `place` points to a const char * that is NULL at first.
#define ARIO__AUDIO_CODEC_OPTION(place)                                                                      \
  {                                                                                                          \
    .name = "audio-codec", .kind = ARIO__TEXT, .value = (place), .argument = "DIR",                          \
    .help = "for sound: the codec, a folder or a name; " ARIO__DEFAULT_AUDIO_CODEC " by default",            \
    .only = ARIO__FOR(ARIO_SOUND)                                                                            \
  }

// The codec that a model's configuration names. NULL, with the error set, if this program has no such codec
// or its vocabulary differs from the model's.
const ario_codec *ario__codec_of(const ario_model *model, ario_error *error);

// True if the model's tokens are the bytes of files.
bool ario__of_bytes(const ario_model *model);

// Finds a precision by its name; false for a name that is none.
bool ario__precision_find(const char *name, ario_precision *precision);

// The precision of the model's file; bf16 for every 16-bit format.
ario_precision ario__precision_of(const ario_model *model);

// The precision that --precision names; if `name` is NULL, that of the model's file. Returns the exit status,
// with the reason printed.
int ario__precision_choose(const char *command, const char *name, const ario_model *model,
                           ario_precision *precision);

// The option --precision; `name` points to a const char * that is NULL at first.
#define ARIO__PRECISION_OPTION(name)                                                                         \
  {                                                                                                          \
    "precision", 0, ARIO__TEXT, name, "fp32|bf16|int8",                                                      \
        "the number format to compute in: bf16 and int8 are faster and take less memory; by default that "   \
        "of the model's file"                                                                                \
  }

#endif
