// SPDX-License-Identifier: MIT
//
// A list of tokens that grows while they are generated.
#ifndef ARIO_APPS_TOKEN_ROOM_H
#define ARIO_APPS_TOKEN_ROOM_H

#include "arioso/status.h"

// Makes room for one token more behind tokens [count]; *room is how many fit. False if memory is short.
bool ario__make_token_room(ario_token **tokens, size_t count, size_t *room);

#endif
