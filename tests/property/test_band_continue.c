// SPDX-License-Identifier: MIT
//
// midi-band continues songs: what stood in them stays, what is new begins where it should, on the band's channels.
#include "support/band_draw.h"
#include "support/odd_songs.h"

#include "arioso/symbolic.h"

#include <math.h>
#include <time.h>

static const ario_symbolic *music(void) {
  return ario_codec_find("midi-band")->symbolic;
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
  unsigned tracks = ario_song_describe(song).tracks;
  for (size_t i = 0; i < count && events[i].microseconds < to; i++, j++) {
    while (j < out_count && got[j].track > tracks) j++;
    if (j == out_count || got[j].microseconds != events[i].microseconds || got[j].track != events[i].track ||
        got[j].size != events[i].size || memcmp(got[j].bytes, events[i].bytes, events[i].size))
      fail_msg("%s: event %zu of the song is not there", name, i);
  }
  for (size_t i = 0; i < out_count; i++)
    if (is_onset(&got[i]) && got[i].track > tracks && got[i].microseconds < begin - 11000)
      fail_msg("%s: an onset at %lld, before %lld", name, (long long)got[i].microseconds, (long long)begin);
  assert_nothing_stuck(name, out);
}

// The instruments of new onsets must be those of the song.
static void check_band(const char *name, const ario_song *song, const ario_song *out, bool alone) {
  bool heard[129] = {false};
  for (int pass = 0; pass < 2; pass++) {
    size_t count;
    const ario_song *from = pass ? out : song;
    const ario_midi_event *events = ario_song_events(from, &count);
    unsigned tracks = alone ? 1 : ario_song_describe(song).tracks;
    ario_channels channels;
    ario_channels_init(&channels);
    for (size_t i = 0; i < count; i++) {
      const ario_channel *channel = &channels.channels[16 * events[i].port + (events[i].bytes[0] & 15)];
      ario_channels_feed(&channels, events[i].port, events[i].tick, events[i].bytes, events[i].size, NULL,
                         NULL);
      if (!is_onset(&events[i])) continue;
      int instrument = channel->drums ? 128 : channel->program < 0 ? 0 : channel->program;
      if (pass == 0) heard[instrument] = true;
      if (pass && events[i].track > tracks && !heard[instrument])
        fail_msg("%s: a new instrument, %d", name, instrument);
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
    check_band(name, song, out, alone);
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

// Of two who play the same instrument, a note goes to the one who has played nearer to it of late, whatever the very
// last notes were.
static void hands_keep_their_places(void **state) {
  (void)state;
  made m = {.division = 48};
  for (unsigned i = 0; i < 16; i++) {
    make_note(&m, 0, 48 * i, 40, 0, i == 15 ? 50 : 74, 80);
    make_note(&m, 1, 48 * i, 40, 1, i == 15 ? 70 : 46, 80);
  }
  size_t size, count, onsets = 0;
  uint8_t *bytes = make_file(&m, &size);
  ario_song *song = parse_song(bytes, size);
  free(bytes);
  ario_passage passage;
  ario_passage_options options = ario_passage_options_default();
  assert_ok(ario_song_bar(song, 5, &options.part.to));
  assert_ok(music()->hear(song, &options, &passage, NULL));
  const ario_token tokens[] = {ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH + 48, ARIO_BAND_LENGTH + 5,
                               ARIO_BAND_PITCH + 72, ARIO_BAND_LENGTH + 5};
  assert_ok(music()->splice(song, &passage, false, tokens, COUNT_OF(tokens), &bytes, &size, NULL));
  ario_song *out = parse_song(bytes, size);
  const ario_midi_event *events = ario_song_events(out, &count);
  for (size_t i = 0; i < count; i++) {
    if (!is_onset(&events[i]) || events[i].microseconds < passage.begin) continue;
    assert_int_equal(events[i].bytes[0] & 15, events[i].bytes[1] == 48);
    onsets++;
  }
  assert_int_equal(onsets, 2);
  ario_song_free(out);
  free(bytes);
  music()->forget(&passage);
  ario_song_free(song);
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
                {"trumpet", 60, 3, 4500}};
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

// ---- Songs made for a rule ----

static ario_song *made_song(made *m) {
  size_t size;
  uint8_t *bytes = make_file(m, &size);
  ario_song *song = parse_song(bytes, size);
  free(bytes);
  return song;
}

// What becomes of a song that is cut where bar `bar` begins (0: not cut) and goes on with these tokens.
static ario_song *gone_on(const ario_song *song, size_t bar, bool alone, const ario_token *tokens,
                          size_t count, size_t *sharing) {
  ario_passage passage;
  ario_error error = {""};
  ario_passage_options options = ario_passage_options_default();
  if (bar) assert_ok(ario_song_bar(song, bar, &options.part.to));
  if (music()->hear(song, &options, &passage, &error)) fail_msg("%s", error.text);
  if (bar) assert_int_equal(passage.begin, options.part.to);
  size_t size;
  uint8_t *bytes;
  assert_ok(music()->splice(song, &passage, alone, tokens, count, &bytes, &size, &error));
  if (sharing) *sharing = music()->sharing(song, &passage, alone, tokens, count);
  ario_song *out = parse_song(bytes, size);
  assert_null(ario_song_warning(out, 0));
  assert_nothing_stuck("what goes on", out);
  music()->forget(&passage);
  free(bytes);
  return out;
}

// The channels' state at the first onset of a pitch at or after a time; *channel is its channel.
static ario_channels state_at(const ario_song *song, unsigned pitch, int64_t from, unsigned *channel,
                              int64_t *at) {
  size_t count;
  ario_channels channels;
  const ario_midi_event *events = ario_song_events(song, &count);
  ario_channels_init(&channels);
  for (size_t i = 0; i < count; i++) {
    *channel = 16u * events[i].port + (events[i].bytes[0] & 15);
    *at = events[i].microseconds;
    if (is_onset(&events[i]) && events[i].bytes[1] == pitch && *at >= from) return channels;
    ario_channels_feed(&channels, events[i].port, events[i].tick, events[i].bytes, events[i].size, NULL,
                       NULL);
  }
  fail_msg("pitch %u does not begin after %lld", pitch, (long long)from);
  return channels;
}

// A channel that two instruments use in turn: each comes back with what it had.
static void instruments_of_a_channel_take_turns(void **state) {
  (void)state;
  made m = {.division = 96};
  for (unsigned bar = 0; bar < 4; bar++) {
    MAKE(&m, 0, 384 * bar, 0xb4, 0, (uint8_t)(bar % 2));
    MAKE(&m, 0, 384 * bar, 0xb4, 7, (uint8_t)(90 + bar % 2));
    MAKE(&m, 0, 384 * bar, 0xb4, 10, (uint8_t)(20 + bar % 2));
    make_program(&m, 0, 384 * bar, 4, 40 + bar % 2);
    make_note(&m, 0, 384 * bar, 192, 4, 60 + bar % 2, 80);
  }
  ario_song *song = made_song(&m);
  static const ario_token tokens[] = {
      ARIO_BAND_INSTRUMENT + 41, ARIO_BAND_PITCH + 70, ARIO_BAND_LENGTH + 24, ARIO_BAND_SHIFT + 47,
      ARIO_BAND_INSTRUMENT + 40, ARIO_BAND_PITCH + 71, ARIO_BAND_LENGTH + 24, ARIO_BAND_SHIFT + 47,
      ARIO_BAND_INSTRUMENT + 41, ARIO_BAND_PITCH + 72, ARIO_BAND_LENGTH + 24};
  for (int alone = 0; alone < 2; alone++) {
    ario_song *out = gone_on(song, 5, alone, tokens, COUNT_OF(tokens), NULL);
    for (unsigned i = 0; i < 3; i++) {
      unsigned channel;
      int64_t at;
      ario_channels channels = state_at(out, 70 + i, 0, &channel, &at);
      assert_int_equal(channel, 4);
      assert_int_equal(at, (alone ? 0 : 8000000) + 500000 * i);
      assert_int_equal(channels.channels[4].program, 41 - i % 2);
      assert_int_equal(channels.channels[4].program_bank, 1 - i % 2);
      assert_int_equal(channels.channels[4].control[7], 91 - i % 2);
      assert_int_equal(channels.channels[4].control[10], 21 - i % 2);
    }
    ario_song_free(out);
  }
  ario_song_free(song);
}

// Tempo and meter that stand at the cut are those of what follows; what comes later is cut off.
static void the_map_at_the_cut_goes_on(void **state) {
  (void)state;
  made m = {.division = 96};
  for (unsigned bar = 0; bar < 4; bar++) make_note(&m, 1, 384 * bar, 384, 0, 60, 80);
  make_tempo(&m, 0, 600000);
  make_tempo(&m, 384, 800000); // it slows down
  make_tempo(&m, 768, 500001);
  make_meter(&m, 768, 3, 2);
  make_tempo(&m, 768 + 96, 300000);
  make_meter(&m, 768 + 288, 5, 2);
  ario_song *song = made_song(&m);
  static const ario_token tokens[] = {ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH + 70, ARIO_BAND_LENGTH + 24,
                                      ARIO_BAND_BAR,        ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH + 71,
                                      ARIO_BAND_LENGTH + 24};
  for (int alone = 0; alone < 2; alone++) {
    ario_song *out = gone_on(song, 3, alone, tokens, COUNT_OF(tokens), NULL);
    int64_t begin = alone ? 0 : 4 * 600000 + 4 * 800000, at;
    unsigned channel;
    (void)state_at(out, 70, 0, &channel, &at);
    assert_int_equal(at, begin);
    (void)state_at(out, 71, 0, &channel, &at);
    assert_int_equal(at, begin + 3 * 500001);
    int64_t bar;
    assert_ok(ario_song_bar(out, alone ? 2 : 4, &bar));
    assert_int_equal(bar, at);
    ario_song_info info = ario_song_describe(out);
    assert_int_equal(info.tempo_changes, alone ? 0 : 2);
    assert_int_equal(info.meter_changes, alone ? 0 : 1);
    ario_song_free(out);
  }
  ario_song_free(song);
}

// A cut within a bar: the continuation alone begins at the bar line before it.
static void a_bar_that_is_cut_is_filled(void **state) {
  (void)state;
  made m = {.division = 96};
  make_meter(&m, 0, 3, 2);
  for (unsigned bar = 0; bar < 4; bar++) make_note(&m, 0, 288 * bar, 96, 0, 60, 80);
  ario_song *song = made_song(&m);
  ario_passage passage;
  ario_passage_options options = ario_passage_options_default();
  options.part.to = 2 * 1500000 + 500000; // bar 3, beat 2
  assert_ok(music()->hear(song, &options, &passage, NULL));
  assert_int_equal(passage.begin, options.part.to);
  assert_int_equal(passage.line, 2 * 1500000);
  bool allowed[ARIO_BAND_VOCAB];
  ario_constraint_allowed(&passage.grammar, ARIO_BAND_VOCAB, allowed);
  for (unsigned steps = 1; steps < 96; steps++)
    assert_int_equal(allowed[ARIO_BAND_SHIFT + steps - 1], steps >= 48);
  const ario_token tokens[] = {ARIO_BAND_SHIFT + 47, ARIO_BAND_PITCH + 64, ARIO_BAND_LENGTH + 24};
  uint8_t *bytes;
  size_t size;
  assert_ok(music()->splice(song, &passage, true, tokens, COUNT_OF(tokens), &bytes, &size, NULL));
  ario_song *out = parse_song(bytes, size);
  unsigned channel;
  int64_t at;
  (void)state_at(out, 64, 0, &channel, &at);
  assert_int_equal(at, 500000);
  assert_int_equal(ario_song_describe(out).meter_numerator, 3);
  ario_song_free(out);
  free(bytes);
  music()->forget(&passage);
  ario_song_free(song);
}

// Volume after a fade-out; bends and pedals that are down.
static void a_faded_band_is_heard(void **state) {
  (void)state;
  made m = {.division = 96};
  MAKE(&m, 0, 0, 0xb0, 7, 110);
  MAKE(&m, 0, 0, 0xb0, 64, 127);
  for (unsigned bar = 0; bar < 16; bar++) {
    if (bar > 10) MAKE(&m, 0, 384 * bar, 0xb0, 7, (uint8_t)(110 - 20 * (bar - 10)));
    make_note(&m, 0, 384 * bar, 380, 0, 60, 80);
  }
  MAKE(&m, 0, 384 * 16 - 1, 0xe0, 0, 80);
  ario_song *song = made_song(&m);
  static const ario_token tokens[] = {ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH + 70, ARIO_BAND_LENGTH + 24};
  ario_song *out = gone_on(song, 17, false, tokens, COUNT_OF(tokens), NULL);
  unsigned channel;
  int64_t at;
  ario_channels channels = state_at(out, 70, 0, &channel, &at);
  assert_int_equal(channels.channels[0].control[7], 110);
  assert_int_equal(channels.channels[0].bend, ARIO_MIDI_BEND_CENTER);
  assert_false(channels.channels[0].pedal);
  ario_song_free(out);
  ario_song_free(song);
}

// New instruments: a channel, program, volume and pan of their own; those that are too many share the channel that has
// the fewest notes.
static void new_instruments_get_channels(void **state) {
  (void)state;
  made m = {.division = 96};
  for (unsigned c = 0; c < 13; c++) { // 14 channels with the drums: two are free
    MAKE(&m, 0, 0, (uint8_t)(0xb0 | (c + (c > 8))), 7, 60);
    make_program(&m, 0, 0, c + (c > 8), c);
  }
  for (unsigned bar = 0; bar < 2; bar++)
    for (unsigned c = 0; c < 13; c++)
      for (unsigned i = 0; i < 2 + (c != 5); i++)
        make_note(&m, 0, 384 * bar + 20 * (3 * c + i), 18, c + (c > 8), 40 + c, 80);
  ario_song *song = made_song(&m);
  ario_token tokens[9];
  for (unsigned i = 0; i < 3; i++) {
    tokens[3 * i] = (ario_token)(ARIO_BAND_INSTRUMENT + 100 + i);
    tokens[3 * i + 1] = (ario_token)(ARIO_BAND_PITCH + 90 + i);
    tokens[3 * i + 2] = ARIO_BAND_LENGTH + 24;
  }
  size_t sharing;
  ario_song *out = gone_on(song, 3, false, tokens, 6, &sharing);
  assert_int_equal(sharing, 0);
  ario_song_free(out);
  out = gone_on(song, 3, false, tokens, 9, &sharing);
  assert_int_equal(sharing, 1);
  for (unsigned i = 0; i < 3; i++) {
    unsigned channel;
    int64_t at;
    ario_channels channels = state_at(out, 90 + i, 0, &channel, &at);
    assert_int_equal(channel, i < 2 ? 14 + i : 5); // the other has two notes a bar, this one three
    assert_int_equal(channels.channels[channel].program, 100 + i);
    assert_int_equal(channels.channels[channel].control[7], 100);
    assert_int_equal(channels.channels[channel].control[10], 64);
  }
  ario_song_free(out);
  ario_song_free(song);
}

// Drums go on where each of them is played, and where a file declares them.
static void drums_go_on_where_they_are(void **state) {
  (void)state;
  made m = {.division = 96};
  MAKE(&m, 0, 0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x12, 0x15, 1, 0x18, 0xf7);
  make_note(&m, 1, 0, 10, 1, 36, 80);
  make_note(&m, 2, 0, 10, 9, 42, 80);
  make_note(&m, 2, 96, 10, 9, 42, 80);
  ario_song *song = made_song(&m);
  static const ario_token tokens[] = {ARIO_BAND_INSTRUMENT + ARIO_BAND_DRUMS, ARIO_BAND_DRUM + 36,
                                      ARIO_BAND_DRUM + 42, ARIO_BAND_DRUM + 50};
  for (int alone = 0; alone < 2; alone++) {
    ario_song *out = gone_on(song, 2, alone, tokens, COUNT_OF(tokens), NULL);
    static const unsigned wanted[][2] = {{36, 1}, {42, 9}, {50, 9}};
    for (unsigned i = 0; i < COUNT_OF(wanted); i++) {
      unsigned channel;
      int64_t at;
      ario_channels channels = state_at(out, wanted[i][0], alone ? 0 : 2000000, &channel, &at);
      assert_int_equal(channel, wanted[i][1]);
      assert_true(channels.channels[channel].drums);
    }
    ario_song_free(out);
  }
  ario_song_free(song);
}

// Behind a song it is the bar line that its notes have come to.
static void a_song_goes_on_behind_its_notes(void **state) {
  (void)state;
  static const struct {
    uint32_t length;
    int64_t bars;
  } cases[] = {{96, 1}, {384, 1}, {400, 1}, {470, 1}, {481, 2}, {384 * 3, 3}};
  for (unsigned i = 0; i < COUNT_OF(cases); i++) {
    made m = {.division = 96};
    make_note(&m, 0, 0, cases[i].length, 0, 60, 80);
    ario_song *song = made_song(&m);
    ario_passage passage;
    const ario_passage_options options = ario_passage_options_default();
    assert_ok(music()->hear(song, &options, &passage, NULL));
    assert_int_equal(passage.begin, cases[i].bars * 2000000);
    music()->forget(&passage);
    ario_song_free(song);
  }
}

// ---- Prompts that are too long ----

// What may come next, also after one of the instruments [129].
static void assert_same_ways(const ario_passage *a, const ario_passage *b, const bool *instruments) {
  for (int i = -1; i < ARIO_BAND_INSTRUMENTS; i++) {
    if (i >= 0 && !instruments[i]) continue;
    ario_constraint one = a->grammar, two = b->grammar;
    bool may_one[ARIO_BAND_VOCAB], may_two[ARIO_BAND_VOCAB];
    const ario_token token = (ario_token)(ARIO_BAND_INSTRUMENT + (i < 0 ? 0 : i));
    if (i >= 0) ario_constraint_feed(&one, &token, 1);
    if (i >= 0) ario_constraint_feed(&two, &token, 1);
    ario_constraint_allowed(&one, ARIO_BAND_VOCAB, may_one);
    ario_constraint_allowed(&two, ARIO_BAND_VOCAB, may_two);
    for (unsigned t = 0; t < ARIO_BAND_VOCAB; t++)
      if (may_one[t] != may_two[t]) fail_msg("after instrument %d token %u may or may not come", i, t);
  }
}

// Onsets of tokens [count], without a head's instruments, from the newest on; those that play are marked.
static size_t newest_onsets(const ario_token *tokens, size_t count, ario_token *out, bool *plays) {
  size_t used = 0, begin = 0;
  int instrument = -1;
  while (begin < count && tokens[begin] != ARIO_BAND_BAR) begin++;
  for (size_t i = begin; i < count; i++) {
    if (tokens[i] >= ARIO_BAND_INSTRUMENT && tokens[i] < ARIO_BAND_PITCH)
      instrument = tokens[i] - ARIO_BAND_INSTRUMENT;
    if (tokens[i] >= ARIO_BAND_PITCH && tokens[i] < ARIO_BAND_VELOCITY) plays[instrument] = true;
    if (tokens[i] < ARIO_BAND_VELOCITY || tokens[i] >= ARIO_BAND_LENGTH) used++;
  }
  for (size_t i = begin, at = used; i < count; i++)
    if (tokens[i] < ARIO_BAND_VELOCITY || tokens[i] >= ARIO_BAND_LENGTH) out[--at] = tokens[i];
  return used;
}

// A prompt that is too long is a crop as in training: bos, the head, and bars with all that is in force in them. What
// follows may be the same, and what is heard is the end of the whole.
static void check_crop(const char *name, const ario_song *song, const ario_passage *whole, size_t most) {
  ario_passage crop;
  ario_passage_options options = ario_passage_options_default();
  options.most = most;
  assert_ok(music()->hear(song, &options, &crop, NULL));
  size_t head = 1, last_bar = 0, heads = 1;
  while (whole->tokens[heads] != ARIO_BAND_BAR) heads++;
  while (crop.tokens[head] != ARIO_BAND_BAR) head++;
  for (size_t i = 0; i < whole->count; i++)
    if (whole->tokens[i] == ARIO_BAND_BAR) last_bar = i;
  // One bar is left where even that is too long: with its meter, tempo and velocities.
  size_t least = heads + whole->count - last_bar + 3 + ARIO_BAND_INSTRUMENTS;
  if (crop.count > most && crop.count > least) fail_msg("%s: %zu tokens, not %zu", name, crop.count, most);
  assert_int_equal(head, heads);
  assert_memory_equal(crop.tokens, whole->tokens, head * sizeof *crop.tokens);
  assert_in_range(crop.tokens[head + 1], ARIO_BAND_BEATS, ARIO_BAND_UNIT - 1);
  assert_in_range(crop.tokens[head + 3], ARIO_BAND_TEMPO, ARIO_BAND_SHIFT - 1);
  assert_int_equal(crop.notes, whole->notes);
  assert_int_equal(crop.begin, whole->begin);
  assert_int_equal(crop.count + crop.left_out, whole->count);
  bool plays[ARIO_BAND_INSTRUMENTS] = {false}, all[ARIO_BAND_INSTRUMENTS] = {false};
  ario_token *a = malloc(whole->count * sizeof *a), *b = malloc(whole->count * sizeof *b);
  size_t na = newest_onsets(whole->tokens, whole->count, a, all),
         nb = newest_onsets(crop.tokens, crop.count, b, plays);
  // The first bar says meter and tempo, which the whole may have said before.
  size_t same = 0;
  while (same < nb && same < na && a[same] == b[same]) same++;
  if (same + 4 < nb) fail_msg("%s: of %zu tokens %zu are the newest", name, nb, same);
  double lasts = (double)(music()->lasts(&crop, crop.count) + crop.skipped);
  assert_below(fabs(lasts - (double)music()->lasts(whole, whole->count)), 1e5 + 0.04 * lasts);
  if (crop.count <= most) assert_same_ways(whole, &crop, plays);
  free(a);
  free(b);
  music()->forget(&crop);
}

static void long_prompts_are_crops(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 40; seed++) {
    chance c = {seed};
    made m = {.division = 96};
    make_tempo(&m, 0, 400000 + (uint32_t)draw_below(&c, 300000));
    for (unsigned t = 1; t < 5; t++) make_program(&m, t, 0, t, (unsigned)draw_below(&c, 128));
    for (unsigned bar = 0, at = 0, beats = 4; bar < 60; bar++, at += 96 * beats) {
      if (draw_below(&c, 6) == 0) make_meter(&m, at, beats = 2 + (unsigned)draw_below(&c, 4), 2);
      if (draw_below(&c, 8) == 0) make_tempo(&m, at, 400000 + (uint32_t)draw_below(&c, 300000));
      for (unsigned beat = 0; beat < beats; beat++)
        for (unsigned t = 1; t < 6; t++)
          if (draw_below(&c, 3) == 0)
            make_note(&m, t, at + 96 * beat, 30, t == 5 ? 9 : t, 40 + (unsigned)draw_below(&c, 40),
                      60 + 4 * (unsigned)draw_below(&c, 5));
    }
    ario_song *song = made_song(&m);
    ario_passage whole;
    const ario_passage_options options = ario_passage_options_default();
    assert_ok(music()->hear(song, &options, &whole, NULL));
    assert_int_equal(whole.left_out, 0);
    assert_int_equal(whole.skipped, 0);
    for (unsigned i = 0; i < 12; i++)
      check_crop("a song", song, &whole, 1 + draw_below(&c, whole.count + 50));
    music()->forget(&whole);
    ario_song_free(song);
  }
}

// Each is continued or refused, whole and cut, in little time: what a model takes is the program's test
// (end_to_end/band.sh).
static void odd_songs_go_on(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(odd_songs); i++) {
    size_t size;
    uint8_t *bytes = odd_file(&odd_songs[i], &size);
    clock_t began = clock();
    ario_song *song = parse_song(bytes, size);
    for (uint64_t seed = 0; seed < 4; seed++) continue_one(odd_songs[i].name, song, seed, seed % 2);
    ario_passage passage;
    ario_error error = {""};
    const ario_passage_options options = ario_passage_options_default();
    ario_status status = music()->hear(song, &options, &passage, &error);
    if (odd_songs[i].refused ? !strstr(error.text, odd_songs[i].refused) : status != ARIO_OK)
      fail_msg("%s: %s", odd_songs[i].name, error.text);
    music()->forget(&passage);
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (seconds > 4 * 5 * ARIO_TEST_SLOWNESS) fail_msg("%s: %.1f s", odd_songs[i].name, seconds);
    if (getenv("ARIO_TIMES")) print_message("%s: %.2f s\n", odd_songs[i].name, seconds);
    ario_song_free(song);
    free(bytes);
  }
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
                                     cmocka_unit_test(hands_keep_their_places),
                                     cmocka_unit_test(each_goes_on_in_its_place),
                                     cmocka_unit_test(instruments_of_a_channel_take_turns),
                                     cmocka_unit_test(the_map_at_the_cut_goes_on),
                                     cmocka_unit_test(a_bar_that_is_cut_is_filled),
                                     cmocka_unit_test(a_faded_band_is_heard),
                                     cmocka_unit_test(new_instruments_get_channels),
                                     cmocka_unit_test(drums_go_on_where_they_are),
                                     cmocka_unit_test(a_song_goes_on_behind_its_notes),
                                     cmocka_unit_test(long_prompts_are_crops),
                                     cmocka_unit_test(odd_songs_go_on),
                                     cmocka_unit_test(what_cannot_go_on_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
