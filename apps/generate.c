// SPDX-License-Identifier: MIT
//
// The loop of generation.
#include "apps/generate.h"
#include "apps/interrupt.h"

#include <stdlib.h>

// A growing list of tokens.
struct list {
  ario_token *tokens;
  size_t count, room;
};

static bool append(struct list *list, ario_token token) {
  if (list->count == list->room) {
    size_t room = list->room ? 2 * list->room : 1024;
    ario_token *grown = realloc(list->tokens, room * sizeof *grown);
    if (!grown) return false;
    list->tokens = grown;
    list->room = room;
  }
  list->tokens[list->count++] = token;
  return true;
}

static ario_status draw(ario__generation *generation, ario_token *token) {
  bool allowed[ARIO_MIDI_VOCAB];
  const float *logits;
  ario_midi_grammar_allowed(&generation->grammar, allowed);
  ario_status status = ario_session_logits(generation->session, &logits);
  if (!status) status = ario_sampler_draw(generation->sampler, logits, allowed, token);
  return status;
}

ario_status ario__generate(ario__generation *generation, ario_token **tokens, size_t *count) {
  struct list list = {0};
  int64_t steps = 0;
  ario_status status = ARIO_OK;
  while (list.count < generation->tokens && steps < generation->steps) {
    ario_token token;
    status = ario__interrupt_check(NULL);
    if (!status) status = draw(generation, &token);
    if (status) break;
    int64_t passed = ario_midi_duration(&token, 1), left = generation->steps - steps;
    if (passed > left) token = (ario_token)(ARIO_MIDI_SHIFT + left - 1);
    steps += passed < left ? passed : left;
    if (!append(&list, token)) status = ARIO_ERR_MEMORY;
    if (!status) status = ario_session_feed(generation->session, &token, 1);
    if (status || token == ARIO_MIDI_EOS) break;
    ario_midi_grammar_feed(&generation->grammar, &token, 1);
    if (generation->progress) generation->progress(generation->context, list.count, steps);
  }
  if (status) {
    free(list.tokens);
    list = (struct list){0};
  }
  *tokens = list.tokens;
  *count = list.count;
  return status;
}
