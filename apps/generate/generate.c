// SPDX-License-Identifier: MIT
//
// The loop of generation.
#include "apps/generate/generate.h"
#include "apps/cli/interrupt.h"

#include <stdlib.h>

// A voice under way.
struct part {
  ario__voice *voice;
  ario_midi_grammar grammar; // goes on with the music
  size_t room;               // in voice->tokens
  int64_t steps;
  bool done;
};

struct run {
  const ario__generation *g;
  ario_takes *takes; // NULL: one voice, which goes on with the session
  struct part *parts;
};

bool ario__make_token_room(ario_token **tokens, size_t count, size_t *room) {
  if (count < *room) return true;
  size_t more = 2 * *room + 1024;
  ario_token *grown = realloc(*tokens, more * sizeof *grown);
  if (!grown) return false;
  *tokens = grown;
  *room = more;
  return true;
}

static bool append(struct part *part, ario_token token) {
  ario__voice *voice = part->voice;
  if (!ario__make_token_room(&voice->tokens, voice->count, &part->room)) return false;
  voice->tokens[voice->count++] = token;
  return true;
}

static ario_status draw(const struct run *run, size_t number, ario_token *token) {
  struct part *part = &run->parts[number];
  const ario__generation *g = run->g;
  bool allowed[ARIO_MIDI_VOCAB];
  const float *logits;
  if (g->grammar) ario_midi_grammar_allowed(&part->grammar, allowed);
  ario_status status =
      run->takes ? ario_takes_logits(run->takes, number, &logits) : ario_session_logits(g->session, &logits);
  size_t first = g->codes ? ario_codes_first(g->codes, part->voice->count % g->codes->levels) : 0;
  if (!status)
    status = ario_sampler_draw(part->voice->sampler, logits + first, g->grammar ? allowed : NULL, token);
  *token = (ario_token)(*token + first);
  return status;
}

ario_status ario__generate_frame(ario_session *session, ario_sampler *sampler, const ario_codes *codes,
                                 ario_token *tokens) {
  ario_status status = ARIO_OK;
  for (size_t level = 0; level < codes->levels && !status; level++) {
    const float *logits;
    size_t first = ario_codes_first(codes, level);
    status = ario_session_logits(session, &logits);
    if (!status) status = ario_sampler_draw(sampler, logits + first, NULL, &tokens[level]);
    if (status) return status;
    tokens[level] = (ario_token)(tokens[level] + first);
    status = ario_session_feed(session, &tokens[level], 1);
  }
  return status;
}

int64_t ario__shift_cut(ario_token *token, int64_t left) {
  int64_t passed = ario_midi_duration(token, 1);
  if (passed <= left) return passed;
  *token = (ario_token)(ARIO_MIDI_SHIFT + left - 1);
  return left;
}

// The next token of a voice.
static ario_status advance(const struct run *run, size_t number, ario_token *token) {
  const ario__generation *g = run->g;
  struct part *part = &run->parts[number];
  ario_status status = draw(run, number, token);
  if (status) return status;
  if (g->grammar) part->steps += ario__shift_cut(token, g->steps - part->steps);
  if (!append(part, *token)) return ARIO_ERR_MEMORY;
  if (g->grammar && *token != ARIO_MIDI_EOS) ario_midi_grammar_feed(&part->grammar, token, 1);
  part->done =
      part->voice->count >= g->tokens || (g->grammar && (part->steps >= g->steps || *token == ARIO_MIDI_EOS));
  return ARIO_OK;
}

// One token of each voice that has not ended, which is fed to it if it goes on.
static ario_status advance_all(const struct run *run, size_t *under_way) {
  size_t which[ARIO_TAKES_MOST];
  ario_token tokens[ARIO_TAKES_MOST];
  *under_way = 0;
  for (size_t i = 0; i < run->g->voice_count; i++) {
    if (run->parts[i].done) continue;
    ario_status status = advance(run, i, &tokens[*under_way]);
    if (status) return status;
    if (!run->parts[i].done) which[(*under_way)++] = i;
  }
  if (run->takes) return ario_takes_feed(run->takes, which, tokens, *under_way);
  return ario_session_feed(run->g->session, tokens, *under_way);
}

static void show(const struct run *run) {
  const ario__generation *g = run->g;
  if (!g->progress) return;
  size_t tokens = 0;
  double sum = 0;
  for (size_t i = 0; i < g->voice_count; i++) {
    const struct part *part = &run->parts[i];
    double by_tokens = (double)part->voice->count / (double)g->tokens;
    double by_time = g->grammar ? (double)part->steps / (double)g->steps : 0;
    sum += part->done ? 1 : by_tokens > by_time ? by_tokens : by_time;
    tokens += part->voice->count;
  }
  g->progress(g->context, tokens, sum / (double)g->voice_count);
}

static ario_status go_on(const struct run *run) {
  ario_status status = ARIO_OK;
  size_t under_way = 1;
  while (!status && under_way) {
    status = ario__interrupt_check(NULL);
    if (!status) status = advance_all(run, &under_way);
    if (!status) show(run);
  }
  return status;
}

ario_status ario__generate(const ario__generation *g) {
  struct run run = {.g = g, .parts = calloc(g->voice_count, sizeof *run.parts)};
  ario_status status = run.parts ? ARIO_OK : ARIO_ERR_MEMORY;
  for (size_t i = 0; i < g->voice_count && !status; i++) {
    run.parts[i] = (struct part){.voice = &g->voices[i], .done = !g->tokens || (g->grammar && g->steps <= 0)};
    if (g->grammar) run.parts[i].grammar = *g->grammar;
    g->voices[i].tokens = NULL;
    g->voices[i].count = 0;
  }
  if (!status && (g->voice_count > 1 || g->keep))
    status = ario_takes_create(g->session, g->voice_count, ario__generation_room(g), &run.takes, NULL);
  if (!status) status = go_on(&run);
  for (size_t i = 0; status && i < g->voice_count; i++) {
    free(g->voices[i].tokens);
    g->voices[i] = (ario__voice){.sampler = g->voices[i].sampler};
  }
  ario_takes_free(run.takes);
  free(run.parts);
  return status;
}

size_t ario__generation_room(const ario__generation *g) {
  size_t most = SIZE_MAX - ario_session_length(g->session);
  return g->tokens < most ? g->tokens : most;
}
