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

static ario_status draw(ario__generation *generation, const ario_midi_grammar *grammar, ario_token *token) {
  bool allowed[ARIO_MIDI_VOCAB];
  const float *logits;
  if (grammar) ario_midi_grammar_allowed(grammar, allowed);
  ario_status status = ario_session_logits(generation->session, &logits);
  if (!status) status = ario_sampler_draw(generation->sampler, logits, grammar ? allowed : NULL, token);
  return status;
}

// Where the music ends within a shift, the shift does: *token may become shorter. Returns the steps it takes.
static int64_t cut(ario_token *token, int64_t left) {
  int64_t passed = ario_midi_duration(token, 1);
  if (passed <= left) return passed;
  *token = (ario_token)(ARIO_MIDI_SHIFT + left - 1);
  return left;
}

static void show(const ario__generation *generation, size_t tokens, int64_t steps) {
  if (!generation->progress) return;
  double fraction = (double)tokens / (double)generation->tokens;
  double by_time = generation->grammar ? (double)steps / (double)generation->steps : 0;
  generation->progress(generation->context, tokens, fraction > by_time ? fraction : by_time);
}

ario_status ario__generate(ario__generation *generation, ario_token **tokens, size_t *count) {
  struct list list = {0};
  ario_midi_grammar own, *grammar = NULL; // goes on with the music
  if (generation->grammar) *(grammar = &own) = *generation->grammar;
  int64_t steps = 0;
  ario_status status = ARIO_OK;
  while (list.count < generation->tokens && !(grammar && steps >= generation->steps)) {
    ario_token token;
    status = ario__interrupt_check(NULL);
    if (!status) status = draw(generation, grammar, &token);
    if (status) break;
    if (grammar) steps += cut(&token, generation->steps - steps);
    if (!append(&list, token)) status = ARIO_ERR_MEMORY;
    if (!status) status = ario_session_feed(generation->session, &token, 1);
    if (status || (grammar && token == ARIO_MIDI_EOS)) break;
    if (grammar) ario_midi_grammar_feed(grammar, &token, 1);
    show(generation, list.count, steps);
  }
  if (status) {
    free(list.tokens);
    list = (struct list){0};
  }
  *tokens = list.tokens;
  *count = list.count;
  return status;
}
