// SPDX-License-Identifier: MIT
//
// The inside of a session, for takes of it.
#ifndef ARIO_SESSION_INTERNAL_H
#define ARIO_SESSION_INTERNAL_H

#include "arioso/session.h"
#include "core/session/lanes.h"

struct ario_session {
  const ario_model *model;
  ario_session_options options; // with every default resolved
  struct ario__crew crew;
  struct ario__lane lane;
  char *block; // all that crew and lane point to
  size_t block_size;
};

// A crew like a session's, for this many lanes.
struct ario__crew ario__crew_of(const ario_session *session, size_t lanes);

#endif
