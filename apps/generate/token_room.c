// SPDX-License-Identifier: MIT
//
// Growing a list of tokens.
#include "apps/generate/token_room.h"

#include <stdlib.h>

bool ario__make_token_room(ario_token **tokens, size_t count, size_t *room) {
  if (count < *room) return true;
  size_t more = 2 * *room + 1024;
  ario_token *grown = realloc(*tokens, more * sizeof *grown);
  if (!grown) return false;
  *tokens = grown;
  *room = more;
  return true;
}
