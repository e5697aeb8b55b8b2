// SPDX-License-Identifier: MIT
//
// Continues a MIDI file with libarioso, by its public headers alone: continue MODEL_DIR IN.mid OUT.mid [SEED]
#include <arioso/arioso.h>

#include <stdio.h>
#include <stdlib.h>

enum { SECONDS = 10, MOST_TOKENS = 4000 };

// The new music: tokens, and where they stand in the song.
struct music {
  const ario_symbolic *codec;
  ario_cursor cursor;
  int64_t until; // microseconds of the song
  ario_token tokens[MOST_TOKENS];
  size_t count;
};

// A token that was drawn: it is cut where it takes more time than is left. False if it is the last.
static bool add(void *context, size_t voice, ario_token *token) {
  struct music *music = context;
  (void)voice;
  bool last = music->codec->cut(&music->cursor, music->until, token);
  music->codec->pass(&music->cursor, token, 1);
  music->tokens[music->count++] = *token;
  return !last && music->count < MOST_TOKENS;
}

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
  ario_generator *generator;
  ario_song *song;
  ario_passage passage;

  // Immutable: the model and the song. The model's codec knows how to read and write music.
  if (ario_model_open(argv[1], &model, &error)) return fail(&error);
  const ario_codec *codec = ario_codec_find(ario_model_config(model)->codec);
  static struct music music;
  if (!codec || !(music.codec = codec->symbolic)) return fail(&(ario_error){"the model is not of music"});
  if (music.codec->open(argv[2], &song, &error)) return fail(&error);

  // What the model hears: all of the song. Its grammar keeps what follows valid.
  ario_passage_options everything = ario_passage_options_default();
  if (music.codec->hear(song, &everything, &passage, &error)) return fail(&error);
  music.cursor = passage.cursor;
  music.until = passage.begin + SECONDS * 1000000;
  static ario_chain chain;
  ario_status status = ario_chain_add(&chain, &passage.grammar);

  // Mutable: a session with its caches, which reads the prompt, and a generator that goes on with it.
  if (ario_session_create(model, NULL, &session, &error)) return fail(&error);
  if (!status) status = ario_session_feed(session, passage.tokens, passage.count);
  ario_generator_options options = ario_generator_options_default();
  options.session = session;
  options.sampling.temperature = codec->temperature > 0 ? codec->temperature : 0.95;
  if (codec->kinds) options.sampling.kinds = *codec->kinds;
  options.sampling.seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
  options.chain = &chain;
  if (ario_generator_create(&options, &generator, &error)) return fail(&error);
  for (size_t going = 1; going && !status;) status = ario_generator_step(generator, add, &music, &going);
  if (status) ario_fail(&error, status, "%s", ario_strerror(status));

  // The song's own tracks, and one more.
  uint8_t *bytes = NULL;
  size_t size;
  if (!status)
    status = music.codec->splice(song, &passage, false, music.tokens, music.count, &bytes, &size, &error);
  if (!status) status = ario_file_write(argv[3], true, bytes, size, &error);

  free(bytes);
  ario_generator_free(generator);
  ario_session_free(session);
  music.codec->forget(&passage);
  ario_song_free(song);
  ario_model_free(model);
  return status ? fail(&error) : 0;
}
