// SPDX-License-Identifier: MIT
//
// A thousand continuations by models that know nothing (random weights) are valid MIDI all the same: the file
// reads without a repair, each note begins and ends once, nothing is silent for longer than allowed, and
// reading the file as a whole gives the prompt's tokens and the new ones.
#include "arioso/arioso.h"
#include "arioso/generator.h"
#include "tests/support/tiny_model.h"

enum { CONTINUATIONS = 1000, MAX_SILENCE = 50, MAX_NOTE = 300 };

static const char *const prompts[] = {"bach-prelude-c.mid", "beethoven-elise.mid", "satie-gymnopedie.mid"};

// Every note-on has its note-off on its channel, none comes twice, and no pedal stays down.
static void check_events(const ario_song *song) {
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  bool sounding[16][128] = {{false}};
  for (size_t i = 0; i < count; i++) {
    const uint8_t *b = events[i].bytes;
    unsigned kind = b[0] & 0xf0, channel = b[0] & 15;
    if (kind == 0x90 && b[2]) {
      assert_false(sounding[channel][b[1]]);
      sounding[channel][b[1]] = true;
    } else if (kind == 0x80 || kind == 0x90) {
      assert_true(sounding[channel][b[1]]);
      sounding[channel][b[1]] = false;
    }
  }
  for (size_t c = 0; c < 16; c++)
    for (size_t pitch = 0; pitch < 128; pitch++) assert_false(sounding[c][pitch]);
}

// The longest time that nothing sounds after `begin`, in steps.
static int64_t longest_silence(const ario_song *song, int64_t begin) {
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  int64_t sounded_until = begin, longest = 0;
  for (size_t i = 0; i < count; i++) {
    if (notes[i].start > begin && notes[i].start - sounded_until > longest)
      longest = notes[i].start - sounded_until;
    if (notes[i].end > sounded_until) sounded_until = notes[i].end;
  }
  return longest;
}

// The longest note that begins at `begin` or later, in steps.
static int64_t longest_note(const ario_song *song, int64_t begin) {
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  int64_t longest = 0;
  for (size_t i = 0; i < count; i++)
    if (notes[i].start >= begin && notes[i].end - notes[i].start > longest)
      longest = notes[i].end - notes[i].start;
  return longest;
}

// The tokens of the whole file are those of the prompt and the new ones, and what ends the notes that were
// left open.
static void check_tokens(const ario_song *song, const ario_prompt *prompt, const ario_token *tokens,
                         size_t count) {
  ario_prompt whole;
  ario_prompt_options everything = ario_prompt_options_default();
  ario_error error = {""};
  if (ario_song_prompt(song, &everything, &whole, &error)) fail_msg("%s", error.text);
  assert_true(whole.count >= prompt->count + count);
  assert_memory_equal(whole.tokens, prompt->tokens, prompt->count * sizeof *tokens);
  assert_memory_equal(whole.tokens + prompt->count, tokens, count * sizeof *tokens);
  ario_prompt_free(&whole);
}

// Cut anywhere, or not at all.
static ario_prompt hear(const ario_song *song, unsigned number) {
  ario_prompt prompt;
  ario_prompt_options options = ario_prompt_options_default();
  if (number % 4) options.to = 1500000 + (int64_t)number * 7919 % 15000 * 1000;
  ario_error error = {""};
  if (ario_song_prompt(song, &options, &prompt, &error)) fail_msg("%s", error.text);
  return prompt;
}

enum { TOKENS = 150, STEPS = 3000 };

struct heard { // of the first voice
  ario_token tokens[TOKENS];
  size_t count;
};

static bool hear_token(void *context, size_t voice, ario_token *token) {
  struct heard *heard = context;
  if (voice) return true;
  heard->tokens[heard->count++] = *token;
  return ario_midi_duration(heard->tokens, heard->count) < STEPS;
}

// Every fourth in company.
static void generate(ario_session *session, const ario_prompt *prompt, const ario_constraint *grammar,
                     unsigned number, struct heard *heard) {
  const ario_constraint limit = ario_limit(TOKENS);
  static ario_chain chain;
  chain.count = 0;
  assert_ok(ario_chain_add(&chain, grammar));
  assert_ok(ario_chain_add(&chain, &limit));
  ario_session_reset(session);
  assert_ok(ario_session_feed(session, prompt->tokens, prompt->count));
  ario_generator_options options = ario_generator_options_default();
  options.session = session;
  options.voices = number % 4 ? 1 : 2;
  options.room = TOKENS;
  options.sampling.seed = number;
  options.sampling.temperature = number % 3 ? 1 : 3;
  options.chain = &chain;
  ario_generator *generator;
  assert_ok(ario_generator_create(&options, &generator, NULL));
  for (size_t going = 1; going;) assert_ok(ario_generator_step(generator, hear_token, heard, &going));
  ario_generator_free(generator);
}

static void continue_once(const ario_song *song, ario_session *session, unsigned number, size_t *notes) {
  ario_prompt prompt = hear(song, number);
  size_t size, note_count;
  uint8_t *bytes;
  ario_error error = {""};
  ario_song *out;
  ario_constraint grammar = ario_midi_grammar(&(ario_midi_grammar_options){
      .max_silence = MAX_SILENCE, .max_note = MAX_NOTE, .until_end = number % 5 == 0});
  ario_constraint_feed(&grammar, prompt.tokens, prompt.count);
  ario_midi_grammar_wait(&grammar, prompt.wait);
  struct heard heard = {.count = 0};
  generate(session, &prompt, &grammar, number, &heard);
  const ario_token *tokens = heard.tokens;
  size_t count = heard.count;
  assert_true(count > 0);
  if (ario_song_continue(song, &prompt, tokens, count, &bytes, &size, &error)) fail_msg("%s", error.text);
  assert_ok(ario_song_parse(bytes, size, &out, NULL));
  assert_int_equal(ario_song_describe(out).warnings, 0);
  check_events(out);
  // What happens in the last step mixes with the ends of what was left open.
  while (count && (tokens[count - 1] < ARIO_MIDI_SHIFT || tokens[count - 1] >= ARIO_MIDI_VELOCITY)) count--;
  if (count) count--;
  // What a pedal holds at a cut ends when the pedal goes up, which reading folds into the notes' ends.
  if (!prompt.open) check_tokens(out, &prompt, tokens, count);
  assert_true(longest_silence(out, prompt.begin) <= MAX_SILENCE);
  assert_true(longest_note(out, prompt.begin) <= MAX_NOTE);
  ario_song_notes(out, &note_count);
  *notes += note_count;
  free(bytes);
  ario_song_free(out);
  ario_prompt_free(&prompt);
}

static void random_models_make_valid_midi(void **state) {
  (void)state;
  size_t notes = 0;
  for (unsigned number = 0; number < CONTINUATIONS;) {
    char path[512];
    ario_song *song;
    ario_session *session;
    ario_model *model = tiny_model(number);
    snprintf(path, sizeof path, "%s/../samples/%s", ARIO_TESTS, prompts[number / 50 % COUNT_OF(prompts)]);
    assert_ok(ario_song_open(path, &song, NULL));
    assert_ok(ario_session_create(model, NULL, &session, NULL));
    for (unsigned i = 0; i < 50; i++) continue_once(song, session, number++, &notes);
    ario_session_free(session);
    ario_model_free(model);
    ario_song_free(song);
  }
  print_message("%d continuations, %zu notes in all\n", CONTINUATIONS, notes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_models_make_valid_midi)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
