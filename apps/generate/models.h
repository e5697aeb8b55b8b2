// SPDX-License-Identifier: MIT
//
// Finding models: a folder that is named is taken; else a model of that name in $ARIOSO_MODELS, then beside
// the sources that the program was built from, then where it was installed.
#ifndef ARIO_APPS_MODELS_H
#define ARIO_APPS_MODELS_H

#include "arioso/audio.h"
#include "arioso/codec.h"
#include "arioso/model.h"
#include "arioso/precision.h"

#define ARIO__DEFAULT_MODEL       "piano"
#define ARIO__DEFAULT_AUDIO_MODEL "audio-piano"
#define ARIO__DEFAULT_AUDIO_CODEC "audio-codec"

// Opens a model; name NULL stands for the standard one, which is not looked for in the working directory.
// found [size] is the folder it came from. Errors: as ario_model_open; ERR_NOT_FOUND says where was looked.
ARIO_NODISCARD ario_status ario__models_open(const char *name, const char *standard, ario_model **out,
                                             char *found, size_t size, ario_error *error);

// The same for an audio codec, which must be the one of these codes; codes NULL or without levels: any.
// Errors: as ario_audio_codec_open; ERR_NOT_FOUND; ERR_FORMAT for another one.
ARIO_NODISCARD ario_status ario__models_open_audio(const char *name, const ario_codes *codes,
                                                   ario_audio_codec **out, char *found, size_t size,
                                                   ario_error *error);

// --audio-codec, into a const char * that is NULL at first.
#define ARIO__AUDIO_CODEC_OPTION(place)                                                                      \
  {                                                                                                          \
    .name = "audio-codec", .kind = ARIO__TEXT, .value = (place), .argument = "DIR",                          \
    .help = "of sound: the codec's folder, or its name; " ARIO__DEFAULT_AUDIO_CODEC " by default",           \
    .only = ARIO__FOR_SOUND                                                                                  \
  }

// The codec that a model's configuration names; NULL with an error if there is none here, or if its
// vocabulary is another.
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

// --precision, into a const char * that is NULL at first.
#define ARIO__PRECISION_OPTION(name)                                                                         \
  {                                                                                                          \
    "precision", 0, ARIO__TEXT, name, "fp32|bf16|int8",                                                      \
        "what is multiplied: less is faster and takes less memory; as the model's file is by default"        \
  }

#endif
