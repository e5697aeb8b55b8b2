// SPDX-License-Identifier: MIT
//
// midi-band continues songs: what stood in them stays, what is new begins where it should, on the band's channels.
#include "support/band.h"
#include "support/midi.h"

#include "arioso/symbolic.h"

static const ario_symbolic *music(void) {
  return ario_codec_find("midi-band")->symbolic;
}

static ario_token draw_any(chance *c, const bool *allowed) {
  ario_token choice = 0;
  size_t count = 0;
  bool bar = allowed[ARIO_BAND_BAR] && draw_below(c, 8) == 0; // now and then
  for (unsigned t = 0; t < ARIO_BAND_VOCAB && !bar; t++)
    if (allowed[t] && t != ARIO_BAND_BAR && draw_below(c, ++count) == 0) choice = (ario_token)t;
  if (!count && allowed[ARIO_BAND_BAR]) return ARIO_BAND_BAR;
  if (!count) fail_msg("no token is allowed");
  return choice;
}

// Tokens that go on from a passage for `microseconds`; the caller frees them.
static ario_token *go_on(chance *c, const ario_passage *passage, int64_t microseconds, size_t *count) {
  enum { MOST = 20000 };
  ario_constraint grammar = passage->grammar;
  ario_cursor cursor = passage->cursor;
  ario_token *tokens = malloc(MOST * sizeof *tokens);
  bool allowed[ARIO_BAND_VOCAB];
  assert_non_null(tokens);
  for (*count = 0; *count < MOST; ++*count) {
    ario_constraint_allowed(&grammar, ARIO_BAND_VOCAB, allowed);
    ario_token token = draw_any(c, allowed);
    bool last = music()->cut(&cursor, passage->begin + microseconds, &token);
    int64_t before = cursor.now;
    music()->pass(&cursor, &token, 1);
    assert_true(cursor.now >= before && cursor.now < passage->begin + microseconds);
    ario_constraint_feed(&grammar, &token, 1);
    tokens[*count] = token;
    if (last) {
      ++*count;
      return tokens;
    }
  }
  fail_msg("time does not pass");
  return NULL;
}

static bool is_onset(const ario_midi_event *event) {
  return (event->bytes[0] & 0xf0) == 0x90 && event->bytes[2] > 0;
}

// Everything of the song that lies before the cut is there, event by event, and all keys go up.
static void check(const char *name, const ario_song *song, const ario_song *out, int64_t to, int64_t begin) {
  size_t count, out_count, j = 0;
  const ario_midi_event *events = ario_song_events(song, &count), *got = ario_song_events(out, &out_count);
  unsigned tracks = ario_song_describe(song).tracks, down[16][128] = {{0}};
  for (size_t i = 0; i < count && events[i].microseconds < to; i++, j++) {
    while (j < out_count && got[j].track > tracks) j++;
    if (j == out_count || got[j].microseconds != events[i].microseconds || got[j].track != events[i].track ||
        got[j].size != events[i].size || memcmp(got[j].bytes, events[i].bytes, events[i].size))
      fail_msg("%s: event %zu of the song is not there", name, i);
  }
  for (size_t i = 0; i < out_count; i++) {
    unsigned kind = got[i].bytes[0] & 0xf0, channel = got[i].bytes[0] & 15;
    if (is_onset(&got[i]) && got[i].track > tracks && got[i].microseconds < begin - 11000)
      fail_msg("%s: an onset at %lld, before %lld", name, (long long)got[i].microseconds, (long long)begin);
    if (kind == 0x90 || kind == 0x80) down[channel][got[i].bytes[1]] = is_onset(&got[i]);
  }
  for (unsigned c = 0; c < 16; c++)
    for (unsigned p = 0; p < 128; p++)
      if (down[c][p]) fail_msg("%s: key %u of channel %u stays down", name, p, c);
}

// The instruments of new onsets must be those of the song.
static void check_band(const char *name, const ario_song *song, const ario_song *out) {
  bool heard[129] = {false};
  for (int pass = 0; pass < 2; pass++) {
    size_t count;
    const ario_song *from = pass ? out : song;
    const ario_midi_event *events = ario_song_events(from, &count);
    unsigned program[16] = {0}, tracks = ario_song_describe(song).tracks;
    for (size_t i = 0; i < count; i++) {
      unsigned channel = events[i].bytes[0] & 15, instrument = channel == 9 ? 128 : program[channel];
      if ((events[i].bytes[0] & 0xf0) == 0xc0) program[channel] = events[i].bytes[1];
      if (!is_onset(&events[i])) continue;
      if (pass == 0) heard[instrument] = true;
      if (pass && events[i].track > tracks && !heard[instrument])
        fail_msg("%s: a new instrument, %u", name, instrument);
    }
  }
}

static void continue_one(const char *name, const ario_song *song, uint64_t seed, bool cut) {
  chance c = {seed};
  ario_passage passage;
  ario_error error = {""};
  ario_passage_options options = ario_passage_options_default();
  int64_t end = ario_song_describe(song).microseconds;
  if (cut) options.part.to = 1 + (int64_t)draw_below(&c, (size_t)end + 1);
  ario_status status = music()->hear(song, &options, &passage, &error);
  if (status == ARIO_ERR_FORMAT || status == ARIO_ERR_UNSUPPORTED || status == ARIO_ERR_LIMIT) {
    assert_true(error.text[0]);
    return;
  }
  if (status) fail_msg("%s: %s", name, error.text);
  if (cut && options.part.to <= end && llabs(passage.begin - options.part.to) > 200000)
    fail_msg("%s: begins at %lld, cut at %lld", name, (long long)passage.begin, (long long)options.part.to);
  size_t count, size;
  ario_token *tokens = go_on(&c, &passage, 5000000, &count);
  for (int alone = 0; alone < 2; alone++) {
    uint8_t *bytes;
    if (music()->splice(song, &passage, alone, tokens, count, &bytes, &size, &error))
      fail_msg("%s: %s", name, error.text);
    ario_song *out = parse_song(bytes, size);
    if (ario_song_warning(out, 0)) fail_msg("%s: %s", name, ario_song_warning(out, 0));
    if (!alone) check(name, song, out, options.part.to <= end ? options.part.to : INT64_MAX, passage.begin);
    if (!alone) check_band(name, song, out);
    ario_song_free(out);
    free(bytes);
  }
  free(tokens);
  music()->forget(&passage);
  assert_null(passage.tokens);
}

static void songs_go_on(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 27);
  for (size_t i = 0; i < files.count; i++) {
    if (strstr(files.paths[i], "three_hours")) continue;
    ario_song *song = open_song(files.paths[i]);
    for (uint64_t seed = 0; seed < 60; seed++) continue_one(files.paths[i], song, seed, seed % 2);
    ario_song_free(song);
  }
  free_files(&files);
}

// Three bars of bass, drums and two hands on one program; the cut is at bar 3.
static ario_song *trio(void) {
  made m = {.division = 96};
  static const char names[][6] = {"right", "left", "bass", "drums"};
  for (unsigned t = 0; t < 4; t++) {
    uint8_t name[8] = {0xff, 3, (uint8_t)strlen(names[t])};
    memcpy(name + 3, names[t], strlen(names[t]));
    make_event(&m, t, 0, name, 3 + strlen(names[t]));
  }
  make_program(&m, 2, 0, 2, 33);
  for (unsigned bar = 0; bar < 3; bar++) {
    make_note(&m, 0, 384 * bar, 192, 0, 76, 80);
    make_note(&m, 1, 384 * bar, 384, 1, 48, 70);
    make_note(&m, 2, 384 * bar, 96, 2, 36, 90);
    make_note(&m, 3, 384 * bar, 10, 9, 36, 100);
  }
  size_t size;
  uint8_t *bytes = make_file(&m, &size);
  ario_song *song = parse_song(bytes, size);
  free(bytes);
  return song;
}

static void each_goes_on_in_its_place(void **state) {
  (void)state;
  ario_song *song = trio();
  ario_passage passage;
  ario_passage_options options = ario_passage_options_default();
  assert_ok(ario_song_bar(song, 3, &options.part.to));
  assert_ok(music()->hear(song, &options, &passage, NULL));
  assert_int_equal(passage.begin, options.part.to); // 4 s
  assert_int_equal(passage.notes, 8);
  char *words = band_words(passage.tokens, passage.count);
  assert_string_equal(
      words, "bos program 0 program 33 drums bar beats 4 unit 1/4 tempo 41 program 0 velocity 17 pitch "
             "48 length 192 velocity 19 pitch 76 length 96 program 33 velocity 22 pitch 36 length 48 "
             "drums velocity 24 drum 36 bar program 0 velocity 17 pitch 48 length 192 velocity 19 "
             "pitch 76 length 96 program 33 pitch 36 length 48 drums drum 36 bar");
  free(words);
  const ario_token tokens[] = {ARIO_BAND_INSTRUMENT,    ARIO_BAND_PITCH + 50, ARIO_BAND_LENGTH + 5,
                               ARIO_BAND_PITCH + 74,    ARIO_BAND_LENGTH + 5, ARIO_BAND_INSTRUMENT + 33,
                               ARIO_BAND_PITCH + 38,    ARIO_BAND_LENGTH + 5, ARIO_BAND_INSTRUMENT + 128,
                               ARIO_BAND_DRUM + 38,     ARIO_BAND_SHIFT + 47, ARIO_BAND_INSTRUMENT + 56,
                               ARIO_BAND_VELOCITY + 20, ARIO_BAND_PITCH + 60, ARIO_BAND_LENGTH + 24};
  uint8_t *bytes;
  size_t size, count;
  assert_ok(music()->splice(song, &passage, false, tokens, COUNT_OF(tokens), &bytes, &size, NULL));
  ario_song *out = parse_song(bytes, size);
  assert_int_equal(ario_song_describe(out).tracks, 4 + 5);
  static const struct {
    const char *name;
    uint8_t pitch, channel;
    int64_t milliseconds;
  } wanted[] = {{"right", 74, 0, 4000},
                {"left", 50, 1, 4000},
                {"bass", 38, 2, 4000},
                {"drums", 38, 9, 4000},
                {"program 57", 60, 3, 4500}};
  const ario_midi_event *events = ario_song_events(out, &count);
  for (unsigned t = 0; t < COUNT_OF(wanted); t++) {
    assert_string_equal(ario_song_track(out, 5 + t).name, wanted[t].name);
    size_t onsets = 0;
    for (size_t i = 0; i < count; i++) {
      if (events[i].track != 5 + t || !is_onset(&events[i])) continue;
      onsets++;
      assert_int_equal(events[i].bytes[0] & 15, wanted[t].channel);
      assert_int_equal(events[i].bytes[1], wanted[t].pitch);
      assert_int_equal(events[i].microseconds, wanted[t].milliseconds * 1000);
    }
    assert_int_equal(onsets, 1);
  }
  ario_song_free(out);
  free(bytes);
  music()->forget(&passage);
  ario_song_free(song);
}

static void what_cannot_go_on_is_said(void **state) {
  (void)state;
  ario_passage passage;
  ario_error error = {""};
  ario_passage_options options = ario_passage_options_default();
  ario_song *song = named_song("no_notes");
  assert_status(music()->hear(song, &options, &passage, &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "nothing to continue");
  ario_song_free(song);
  song = named_song("smpte25");
  assert_status(music()->hear(song, &options, &passage, &error), ARIO_ERR_UNSUPPORTED);
  assert_contains(error.text, "SMPTE");
  ario_song_free(song);
  song = trio();
  unsigned track = 7;
  options.part.tracks = &track;
  options.part.track_count = 1;
  assert_status(music()->hear(song, &options, &passage, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "track 7");
  ario_song_free(song);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(songs_go_on),
                                     cmocka_unit_test(each_goes_on_in_its_place),
                                     cmocka_unit_test(what_cannot_go_on_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
