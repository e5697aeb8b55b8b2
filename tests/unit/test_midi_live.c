// SPDX-License-Identifier: MIT
//
// Tokens of music as it is played: those of encoding it whole, whenever they come out; and recordings.
#include "support/midi.h"

typedef struct list {
  ario_token *tokens;
  size_t count, room;
} list;

static void take(void *context, ario_token token) {
  list *l = context;
  if (l->count == l->room) {
    l->room = 2 * l->room + 256;
    l->tokens = realloc(l->tokens, l->room * sizeof *l->tokens);
    assert_non_null(l->tokens);
  }
  l->tokens[l->count++] = token;
}

// Plays a song's events; with `often`, time passes step by step between them.
static list play(const ario_song *song, bool often) {
  list l = {.tokens = NULL};
  size_t count;
  const ario_midi_event *events = ario_song_events(song, &count);
  ario_midi_live live;
  ario_midi_live_init(&live);
  int64_t now = 0;
  for (size_t i = 0; i < count; i++) {
    const ario_midi_event *event = &events[i];
    for (; often && now < event->step && event->step - now < 100000; now++)
      ario_midi_live_pass(&live, now, take, &l);
    now = event->step;
    ario_midi_live_event(&live, event, take, &l);
  }
  int64_t end = ario_song_describe(song).music_end;
  ario_midi_live_end(&live, end > now ? end : now, take, &l);
  return l;
}

static void compare(const char *path, const ario_song *song) {
  ario_prompt_options options = ario_prompt_options_default();
  ario_prompt prompt;
  if (ario_song_prompt(song, &options, &prompt, NULL)) return; // nothing to hear, or too long
  for (int often = 0; often < 2; often++) {
    list l = play(song, often);
    assert_tokens(path, l.tokens, l.count, prompt.tokens, prompt.count);
    free(l.tokens);
  }
  ario_prompt_free(&prompt);
}

static void live_tokens_are_those_of_the_whole(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 20);
  for (size_t i = 0; i < files.count; i++) {
    ario_song *song = open_song(files.paths[i]);
    compare(files.paths[i], song);
    ario_song_free(song);
  }
  free_files(&files);
}

// Onsets, ends, pedals and the controllers from 120 on, on two channels at random, many in one step.
static void random_playing_is_encoded_alike(void **state) {
  (void)state;
  chance c = {7};
  static const char *const names[] = {"one"};
  for (int round = 0; round < 300; round++) {
    ario_midi_message messages[120];
    int64_t time = 0;
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
      uint8_t channel = (uint8_t)draw_below(&c, 2), pitch = (uint8_t)(60 + draw_below(&c, 3));
      static const uint8_t controls[] = {64, 64, 66, 66, 120, 121, 123, 126};
      size_t kind = draw_below(&c, 5);
      time += 10 * (int64_t)draw_below(&c, 3);
      messages[i] = (ario_midi_message){.milliseconds = time, .size = 3};
      uint8_t *b = messages[i].bytes;
      b[0] = (uint8_t)((kind < 2 ? 0x90 : kind < 4 ? 0x80 : 0xb0) | channel);
      b[1] = kind < 4 ? pitch : controls[draw_below(&c, round % 2 ? 2 : COUNT_OF(controls))];
      b[2] = (uint8_t)(kind < 2 ? 1 + draw_below(&c, 127) : kind == 4 ? 127 * draw_below(&c, 2) : 0);
    }
    uint8_t *bytes;
    size_t size;
    assert_int_equal(
        ario_midi_write_messages(messages, COUNT_OF(messages), names, 1, time, &bytes, &size, NULL), ARIO_OK);
    ario_song *song = parse_song(bytes, size);
    assert_null(ario_song_warning(song, 0));
    compare("random", song);
    ario_song_free(song);
    free(bytes);
  }
}

static void a_recording_is_read_as_it_was(void **state) {
  (void)state;
  static const char *const names[] = {"player", "answer"};
  static const ario_midi_message messages[] = {{0, 0, 3, {0x90, 60, 64}},
                                               {250, 1, 2, {0xc1, 5}},
                                               {250, 1, 3, {0x91, 67, 80}},
                                               {251, 0, 3, {0x80, 60, 0}},
                                               {900, 1, 3, {0x81, 67, 0}}};
  uint8_t *bytes;
  size_t size, count;
  assert_int_equal(
      ario_midi_write_messages(messages, COUNT_OF(messages), names, 2, 1000, &bytes, &size, NULL), ARIO_OK);
  ario_song *song = parse_song(bytes, size);
  const ario_midi_event *events = ario_song_events(song, &count);
  assert_string_equal(ario_song_track(song, 2).name, "player");
  assert_string_equal(ario_song_track(song, 3).name, "answer");
  assert_int_equal(ario_song_describe(song).microseconds, 1000000);
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    if (events[i].bytes[0] == 0xff) continue;
    const ario_midi_message *m = &messages[found++];
    assert_int_equal(events[i].microseconds, 1000 * m->milliseconds);
    assert_int_equal(events[i].track, m->track + 2);
    assert_memory_equal(events[i].bytes, m->bytes, m->size);
  }
  assert_int_equal(found, COUNT_OF(messages));
  ario_song_free(song);
  free(bytes);
}

static void what_no_recording_can_hold_is_refused(void **state) {
  (void)state;
  static const char *const names[] = {"one"};
  uint8_t *bytes;
  size_t size;
  ario_midi_message message = {0, 1, 3, {0x90, 60, 64}};
  assert_int_equal(ario_midi_write_messages(&message, 1, names, 1, 0, &bytes, &size, NULL),
                   ARIO_ERR_ARGUMENT);
  message.track = 0;
  message.milliseconds = INT64_MAX / 2;
  assert_int_equal(ario_midi_write_messages(&message, 1, names, 1, 0, &bytes, &size, NULL), ARIO_ERR_LIMIT);
  message.milliseconds = -1;
  assert_int_equal(ario_midi_write_messages(&message, 1, names, 1, 0, &bytes, &size, NULL), ARIO_ERR_LIMIT);
  assert_null(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(live_tokens_are_those_of_the_whole),
                                     cmocka_unit_test(random_playing_is_encoded_alike),
                                     cmocka_unit_test(a_recording_is_read_as_it_was),
                                     cmocka_unit_test(what_no_recording_can_hold_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
