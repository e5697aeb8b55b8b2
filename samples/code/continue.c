// SPDX-License-Identifier: MIT
//
// Continues a MIDI file with libarioso, by its public headers alone: continue MODEL_DIR IN.mid OUT.mid [SEED]
#include <arioso/arioso.h>

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 10 * ARIO_MIDI_STEPS_PER_SECOND, MOST_TOKENS = 4000 };

static int fail(const ario_error *error) {
  fprintf(stderr, "continue: %s\n", error->text);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: continue MODEL_DIR IN.mid OUT.mid [SEED]\n");
    return 2;
  }
  ario_error error = {""};
  ario_model *model;
  ario_session *session;
  ario_sampler *sampler;
  ario_song *song;
  ario_prompt prompt;

  // Immutable: the model and the song. Mutable: a session with its caches, and a sampler.
  if (ario_model_open(argv[1], &model, &error)) return fail(&error);
  if (ario_song_open(argv[2], &song, &error)) return fail(&error);
  if (ario_session_create(model, NULL, &session, &error)) return fail(&error);
  ario_sampler_options sampling = ario_sampler_options_default();
  sampling.temperature = 0.95;
  sampling.seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
  if (ario_sampler_create(ARIO_MIDI_VOCAB, &sampling, &sampler, &error)) return fail(&error);

  // What the model hears: all of the song. The grammar keeps what follows valid.
  ario_prompt_options everything = ario_prompt_options_default();
  if (ario_song_prompt(song, &everything, &prompt, &error)) return fail(&error);
  ario_constraint grammar;
  grammar = ario_midi_grammar(NULL);
  ario_constraint_feed(&grammar, prompt.tokens, prompt.count);
  ario_midi_grammar_wait(&grammar, prompt.wait);

  // Token by token: logits of the next, a draw among those that are allowed, and on.
  static ario_token music[MOST_TOKENS];
  size_t count = 0;
  ario_status status = ario_session_feed(session, prompt.tokens, prompt.count);
  while (!status && count < MOST_TOKENS && ario_midi_duration(music, count) < prompt.wait + STEPS) {
    const float *logits;
    bool allowed[ARIO_MIDI_VOCAB];
    ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
    status = ario_session_logits(session, &logits);
    if (!status) status = ario_sampler_draw(sampler, logits, allowed, &music[count]);
    if (!status) status = ario_session_feed(session, &music[count], 1);
    if (!status) ario_constraint_feed(&grammar, &music[count++], 1);
  }
  if (status) ario_fail(&error, status, "%s", ario_strerror(status));

  // The song's own tracks, and one more.
  uint8_t *bytes = NULL;
  size_t size;
  if (!status) status = ario_song_continue(song, &prompt, music, count, &bytes, &size, &error);
  if (!status) status = ario_file_write(argv[3], true, bytes, size, &error);

  free(bytes);
  ario_prompt_free(&prompt);
  ario_sampler_free(sampler);
  ario_session_free(session);
  ario_song_free(song);
  ario_model_free(model);
  return status ? fail(&error) : 0;
}
