// SPDX-License-Identifier: MIT
//
// midi-band: each rule of encoding on a file made for it, what it writes, variations, and files that are odd.
#include "support/odd_songs.h"

#include "arioso/symbolic.h"

#include <time.h>

// By how much limits on time are widened: sanitizers slow everything down.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWNESS = 6 };
#else
enum { SLOWNESS = 1 };
#endif

// The file becomes these words, and they are canonical.
static void assert_words(made *m, const char *expected) {
  size_t count;
  ario_token *tokens = made_tokens(m, &count);
  char *words = band_words(tokens, count);
  if (strcmp(words, expected)) fail_msg("got\n\"%s\", expected\n\"%s\"", words, expected);
  assert_canonical(tokens, count);
  free(words);
  free(tokens);
}

#define START "bos bar beats 4 unit 1/4 tempo 41 "

// ---- Rules ----

static void a_note(void **state) {
  (void)state;
  made m = {.division = 480};
  make_note(&m, 0, 0, 480, 0, 60, 64);
  assert_words(&m, START "program 0 velocity 15 pitch 60 length 48 eos");
}

static void no_notes_are_an_empty_piece(void **state) {
  (void)state;
  made m = {.division = 480};
  make_program(&m, 0, 960, 0, 5);
  assert_words(&m, "bos eos");
}

static void steps_are_rounded_once(void **state) {
  (void)state;
  made m = {.division = 96}; // a step is two ticks
  for (unsigned i = 0; i < 5; i++) make_note(&m, 0, 96 * i + i, 40, 0, 60 + i, 64);
  // 0, 1/2 -> 0, 1, 3/2 -> 2, 2
  assert_words(&m,
               START "program 0 velocity 15 pitch 60 length 20 shift 48 pitch 61 length 20 shift 49 pitch 62 "
                     "length 20 shift 49 pitch 63 length 20 bar shift 2 program 0 pitch 64 length 20 eos");
}

static void time_passes_in_shifts(void **state) {
  (void)state;
  made m = {.division = 48};
  make_note(&m, 0, 100, 1, 9, 36, 127);
  make_note(&m, 0, 384 + 191, 1, 9, 36, 127); // a bar is empty
  assert_words(&m, START
               "shift 96 shift 4 drums velocity 31 drum 36 bar bar shift 96 shift 95 drums drum 36 eos");
}

static void instruments_ascend_and_are_left_out(void **state) {
  (void)state;
  made m = {.division = 48};
  make_program(&m, 1, 0, 0, 33);
  make_program(&m, 2, 0, 1, 4);
  MAKE(&m, 3, 0, 0x99, 38, 100);
  MAKE(&m, 3, 0, 0x99, 36, 100);
  make_note(&m, 1, 0, 24, 0, 40, 80);
  make_note(&m, 1, 24, 24, 0, 43, 80);
  MAKE(&m, 2, 0, 0x91, 64, 50);
  MAKE(&m, 2, 0, 0x91, 60, 54);
  MAKE(&m, 2, 48, 0x81, 60, 0);
  MAKE(&m, 2, 48, 0x81, 64, 0);
  make_note(&m, 2, 72, 24, 1, 60, 50);
  assert_words(&m, START "program 4 velocity 13 pitch 60 length 48 velocity 12 pitch 64 length 48 "
                         "program 33 velocity 19 pitch 40 length 24 drums velocity 24 drum 36 drum 38 "
                         "shift 24 program 33 pitch 43 length 24 shift 48 program 4 pitch 60 length 24 eos");
}

static void channels_of_a_program_are_one_instrument(void **state) {
  (void)state;
  made m = {.division = 48};
  make_program(&m, 1, 0, 0, 40);
  make_program(&m, 2, 0, 1, 40);
  make_note(&m, 1, 0, 96, 0, 70, 64);
  make_note(&m, 2, 24, 24, 1, 70, 64); // in the other's note
  make_note(&m, 2, 96, 24, 1, 72, 64);
  make_note(&m, 1, 96, 48, 0, 72, 60); // not as loud
  assert_words(&m, START "program 40 velocity 15 pitch 70 length 96 shift 24 pitch 70 length 24 "
                         "shift 72 pitch 72 length 24 eos");
}

static void a_unison_on_one_channel_leaves_two_notes(void **state) {
  (void)state;
  made m = {.division = 48};
  MAKE(&m, 1, 0, 0x90, 60, 64);
  MAKE(&m, 1, 0, 0x90, 60, 64);
  MAKE(&m, 1, 48, 0x80, 60, 0);
  assert_words(&m, START "program 0 velocity 15 pitch 60 length 48 pitch 60 length 1 eos");
}

static void drums_are_where_a_file_declares_them(void **state) {
  (void)state;
  made m = {.division = 48}; // GS: channel 2 is a part for rhythm, channel 10 is none
  MAKE(&m, 0, 0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x12, 0x15, 1, 0x18, 0xf7);
  MAKE(&m, 0, 0, 0xf0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x10, 0x15, 0, 0x1b, 0xf7);
  make_note(&m, 1, 0, 24, 1, 36, 64);
  make_note(&m, 1, 24, 24, 9, 60, 64);
  assert_words(&m, START "drums velocity 15 drum 36 shift 24 program 0 velocity 15 pitch 60 length 24 eos");
  MAKE(&m, 0, 0, 0xf0, 8, 0x43, 0x10, 0x4c, 0, 0, 0x7e, 0, 0xf7); // XG: by bank and program
  MAKE(&m, 1, 0, 0xb3, 0, 127);
  make_program(&m, 1, 0, 3, 25);
  make_note(&m, 1, 0, 24, 3, 42, 64);
  assert_words(&m, START "drums velocity 15 drum 42 eos");
}

static void ports_have_channels_of_their_own(void **state) {
  (void)state;
  made m = {.division = 48};
  for (unsigned port = 0; port < 2; port++) {
    MAKE(&m, 1 + port, 0, 0xff, 0x21, 1, (uint8_t)port);
    make_program(&m, 1 + port, 0, 0, 10 + port);
    make_note(&m, 1 + port, 0, 48 + 48 * port, 0, 60, 64);
    make_note(&m, 1 + port, 96, 12, 9, 36 + port, 64);
  }
  assert_words(&m,
               START "program 10 velocity 15 pitch 60 length 48 program 11 velocity 15 pitch 60 length 96 "
                     "shift 96 drums velocity 15 drum 36 drum 37 eos");
}

static void a_late_end_is_the_older_note_s(void **state) {
  (void)state;
  made m = {.division = 48};
  MAKE(&m, 0, 0, 0x90, 60, 64);
  MAKE(&m, 0, 48, 0x90, 60, 64);
  MAKE(&m, 0, 48, 0x80, 60, 0);
  MAKE(&m, 0, 96, 0x80, 60, 0);
  assert_words(&m, START "program 0 velocity 15 pitch 60 length 48 shift 48 pitch 60 length 48 eos");
}

static void lengths_fold_the_pedal(void **state) {
  (void)state;
  made m = {.division = 48};
  MAKE(&m, 0, 0, 0xb0, 64, 127);
  make_note(&m, 0, 0, 6, 0, 60, 64);
  make_note(&m, 0, 24, 6, 0, 60, 64); // ends the first
  MAKE(&m, 0, 96, 0xb0, 64, 0);
  make_note(&m, 0, 96, 6, 0, 62, 64);
  MAKE(&m, 0, 144, 0x90, 64, 64); // until the file ends
  MAKE(&m, 0, 144 + 4000, 0xb0, 7, 100);
  assert_words(&m, START "program 0 velocity 15 pitch 60 length 24 shift 24 pitch 60 length 72 "
                         "shift 72 pitch 62 length 6 shift 48 pitch 64 length 768 eos");
}

static void meters_and_cut_bars(void **state) {
  (void)state;
  made m = {.division = 48};
  make_meter(&m, 0, 3, 2);
  make_note(&m, 1, 0, 12, 0, 60, 64);
  make_meter(&m, 144 + 36, 6, 3); // after three of six eighths
  make_note(&m, 1, 144, 12, 0, 62, 64);
  make_note(&m, 1, 180, 12, 0, 64, 64);
  make_meter(&m, 180 + 144, 13, 2); // cut into six and seven
  make_note(&m, 1, 324 + 290, 12, 0, 65, 64);
  assert_words(&m, "bos bar beats 3 unit 1/4 tempo 41 program 0 velocity 15 pitch 60 length 12 "
                   "bar beats 3 unit 1/16 program 0 pitch 62 length 12 "
                   "bar beats 6 unit 1/8 program 0 pitch 64 length 12 "
                   "bar beats 6 unit 1/4 bar beats 7 unit 1/4 shift 2 program 0 pitch 65 length 12 eos");
}

static void tempo_is_said_where_it_changes(void **state) {
  (void)state;
  made m = {.division = 48};
  make_tempo(&m, 0, 500000);
  make_tempo(&m, 48, 495000);                                                         // 1 %
  make_tempo(&m, 96, 470000);                                                         // 6 %
  for (unsigned i = 0; i < 48; i++) make_tempo(&m, 144 + i, i % 2 ? 400000 : 600000); // 500000 on the mean
  make_tempo(&m, 192, 500000);
  make_tempo(&m, 384, 250000); // after the last onset
  make_note(&m, 1, 0, 12, 0, 60, 64);
  make_note(&m, 1, 190, 12, 0, 60, 64);
  assert_words(&m,
               START "program 0 velocity 15 pitch 60 length 12 shift 96 tempo 43 shift 48 tempo 41 shift 46 "
                     "pitch 60 length 12 eos");
}

static void lengths_are_the_nearest(void **state) {
  (void)state;
  unsigned last = 0;
  for (unsigned i = 0; i < ARIO_BAND_LENGTHS; i++) {
    unsigned steps = ario_band_length(i);
    assert_true(steps > last && ario_band_length_index(steps) == i);
    if (i) assert_int_equal(ario_band_length_index((steps + last) / 2), i - 1); // of two as near the shorter
    if (i && steps > 12) assert_below((steps - last) / (double)last, 0.201);
    last = steps;
  }
  assert_int_equal(last, 16 * ARIO_BAND_STEPS);
  assert_int_equal(ario_band_length_index(INT64_MAX / 4), ARIO_BAND_LENGTHS - 1);
  assert_int_equal(ario_band_length_index(0), 0);
}

static void tokens_have_words(void **state) {
  (void)state;
  char words[ARIO_BAND_VOCAB + 1][32];
  const ario_codec *codec = ario_codec_find("midi-band");
  for (unsigned t = 0; t <= ARIO_BAND_VOCAB; t++) {
    codec->describe((ario_token)t, NULL, words[t], sizeof words[t]);
    for (unsigned u = 0; u < t; u++) assert_string_not_equal(words[t], words[u]);
  }
  assert_string_equal(words[ARIO_BAND_FREE], "free");
  assert_string_equal(words[ARIO_BAND_SHIFT + 95], "shift 96");
  assert_string_equal(words[ARIO_BAND_UNIT], "unit 1/1");
  assert_string_equal(words[ARIO_BAND_INSTRUMENT + ARIO_BAND_DRUMS], "drums");
  assert_string_equal(words[ARIO_BAND_VOCAB - 1], "length 768");
}

// ---- Writing ----

// A piece of n instruments that each play a note a quarter, all at once, and drums.
static ario_token *orchestra(unsigned instruments, size_t *count) {
  made m = {.division = 48};
  for (unsigned quarter = 0; quarter < 16; quarter++)
    for (unsigned i = 0; i < instruments; i++) {
      make_program(&m, i, 48 * quarter, i % 9, 2 * i);
      MAKE(&m, i, 48 * quarter, (uint8_t)(0x90 | i % 9), (uint8_t)(30 + i), 64);
      MAKE(&m, i, 48 * quarter + 40, (uint8_t)(0x80 | i % 9), (uint8_t)(30 + i), 0);
    }
  make_note(&m, instruments, 0, 3, 9, 36, 100);
  return made_tokens(&m, count);
}

static void tokens_have_kinds(void **state) {
  (void)state;
  const ario_codec *codec = ario_codec_find("midi-band");
  const ario_kinds *kinds = codec->kinds;
  const struct {
    unsigned token;
    const char *kind;
  } expected[] = {{ARIO_BAND_BAR, "word"},
                  {ARIO_BAND_SHIFT + 95, "time"},
                  {ARIO_BAND_INSTRUMENT + ARIO_BAND_DRUMS, "instrument"},
                  {ARIO_BAND_PITCH, "pitch"},
                  {ARIO_BAND_DRUM - 1, "pitch"},
                  {ARIO_BAND_DRUM, "drum"},
                  {ARIO_BAND_VELOCITY + 31, "velocity"},
                  {ARIO_BAND_LENGTH, "length"},
                  {ARIO_BAND_VOCAB - 1, "length"}};
  for (size_t i = 0; i < COUNT_OF(expected); i++)
    assert_string_equal(kinds->each[kinds->of((ario_token)expected[i].token)].name, expected[i].kind);
  ario_sampler_options options = ario_sampler_options_default();
  options.kinds = *kinds;
  ario_sampler *sampler; // checks the kind of every token
  assert_ok(ario_sampler_create(codec->vocab_size, &options, &sampler, NULL));
  ario_sampler_free(sampler);
}

static void a_band_has_a_track_and_a_channel_each(void **state) {
  (void)state;
  size_t count, size, events;
  ario_token *tokens = orchestra(15, &count);
  uint8_t *bytes;
  ario_song *song;
  assert_ok(ario_band_write(tokens, count, &bytes, &size, NULL));
  assert_ok(ario_song_parse(bytes, size, &song, NULL));
  ario_song_info info = ario_song_describe(song);
  assert_int_equal(info.format, 1);
  assert_int_equal(info.tracks, 1 + 15 + 1);
  assert_int_equal(info.warnings, 0);
  const ario_midi_event *event = ario_song_events(song, &events);
  uint8_t program[16] = {0};
  for (size_t i = 0; i < events; i++) {
    unsigned channel = event[i].bytes[0] & 15;
    if ((event[i].bytes[0] & 0xf0) == 0xc0) program[channel] = event[i].bytes[1];
    if ((event[i].bytes[0] & 0xf0) != 0x90) continue;
    assert_int_equal(event[i].bytes[1] == 36 && event[i].track == 17, channel == 9);
    if (channel != 9) assert_int_equal(program[channel], 2 * (event[i].bytes[1] - 30));
  }
  assert_int_equal(ario_song_track(song, 17).channels, 1 << 9);
  assert_canonical(tokens, count);
  ario_song_free(song);
  free(bytes);
  free(tokens);
}

static void more_instruments_than_channels_share(void **state) {
  (void)state;
  size_t count;
  ario_token *tokens = orchestra(40, &count); // all at once
  assert_canonical(tokens, count);
  free(tokens);
}

static void layouts_are_one_music(void **state) {
  (void)state;
  static const char *const words[] = {
      "bos program 0 drums bar beats 4 unit 1/4 tempo 41 program 0 velocity 15 pitch 60 length 48 drums "
      "velocity 20 "
      "drum 36 shift 48 tempo 43 program 0 pitch 62 length 24 bar program 0 pitch 64 length 96 bar drums "
      "drum 38 eos",
      "bos bar beats 4 unit 1/4 tempo 41 drums velocity 20 drum 36 shift 48 tempo 43 write program 0 "
      "velocity 15 pitch "
      "60 length 48 shift 48 pitch 62 length 24 bar write program 0 pitch 64 length 96 bar drums drum 38 "
      "write eos",
      "bos free after bar beats 4 unit 1/4 tempo 43 drums velocity 20 drum 38 before bar beats 4 unit 1/4 "
      "tempo 41 "
      "program 0 velocity 15 pitch 60 length 48 drums velocity 20 drum 36 shift 48 tempo 43 program 0 pitch "
      "62 length "
      "24 between bar beats 4 unit 1/4 tempo 43 program 0 velocity 15 pitch 64 length 96 eos"};
  uint8_t *bytes[3];
  size_t sizes[3];
  for (unsigned layout = 0; layout < 3; layout++) {
    ario_token tokens[100];
    size_t count = 0;
    char word[64];
    for (const char *at = words[layout]; *at; count++) { // from words to tokens
      size_t length = 0;
      unsigned t = 0;
      for (; t < ARIO_BAND_VOCAB; t++) {
        ario_codec_find("midi-band")->describe((ario_token)t, NULL, word, sizeof word);
        length = strlen(word);
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || !at[length])) break;
      }
      if (t == ARIO_BAND_VOCAB) fail_msg("no token: %s", at);
      tokens[count] = (ario_token)t;
      at += length + (at[length] == ' ');
    }
    assert_ok(ario_band_write(tokens, count, &bytes[layout], &sizes[layout], NULL));
  }
  for (unsigned layout = 0; layout < 3; layout++) {
    assert_int_equal(sizes[layout], sizes[0]);
    assert_memory_equal(bytes[layout], bytes[0], sizes[0]);
  }
  for (unsigned layout = 0; layout < 3; layout++) free(bytes[layout]);
}

static void what_cannot_be_written_is_said(void **state) {
  (void)state;
  uint8_t *bytes;
  size_t size;
  ario_error error = {""};
  assert_status(ario_band_write((const ario_token[]){ARIO_BAND_VOCAB}, 1, &bytes, &size, &error),
                ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "712");
  assert_null(bytes);
  size_t count = ARIO_BAND_MAX_QUARTERS / 4 + 1;
  ario_token *bars = malloc(count * sizeof *bars);
  assert_non_null(bars);
  for (size_t i = 0; i < count; i++) bars[i] = ARIO_BAND_BAR;
  assert_status(ario_band_write(bars, count, &bytes, &size, &error), ARIO_ERR_LIMIT);
  assert_ok(ario_band_write(bars, count - 1, &bytes, &size, &error));
  free(bytes);
  free(bars);
}

// ---- Variations ----

static void pitch_and_tempo_vary(void **state) {
  (void)state;
  made m = {.division = 48};
  make_note(&m, 0, 0, 48, 0, 60, 64);
  make_note(&m, 1, 0, 48, 0, 126, 64);
  make_note(&m, 2, 48, 1, 9, 120, 64);
  size_t count;
  ario_token *tokens = made_tokens(&m, &count), out[64];
  ario_variation variation = {.semitones = 5, .tempo = 0.9}; // one semitone is what there is room for
  assert_int_equal(ario_band_vary(tokens, count, &variation, out, COUNT_OF(out)), count);
  char *words = band_words(out, count);
  assert_string_equal(words,
                      "bos bar beats 4 unit 1/4 tempo 43 program 0 velocity 15 pitch 61 length 48 pitch 127 "
                      "length 48 shift 48 drums velocity 15 drum 120 eos");
  free(words);
  variation = (ario_variation){.semitones = -70, .tempo = 10}; // and the slowest tempo is as slow as it gets
  ario_band_vary(tokens, count, &variation, out, COUNT_OF(out));
  assert_int_equal(out[4], ARIO_BAND_TEMPO);
  assert_int_equal(out[7], ARIO_BAND_PITCH);
  assert_int_equal(out[9], ARIO_BAND_PITCH + 66);
  variation = (ario_variation){.tempo = 1};
  assert_int_equal(ario_band_vary(tokens, count, &variation, out, 5), 5);
  assert_memory_equal(out, tokens, 5 * sizeof *out);
  assert_ptr_equal(ario_codec_find("midi-band")->vary, ario_band_vary);
  free(tokens);
}

// Programs stay in their family, and at least one instrument stays.
// Of an accompaniment some onsets are given and some are to be written.
static void a_part_is_given_and_a_part_is_not(void **state) {
  (void)state;
  size_t count, accompanied = 0;
  ario_token *tokens = orchestra(2, &count), *out = malloc(3 * count * sizeof *out);
  assert_non_null(out);
  for (uint64_t seed = 1; seed < 1000; seed++) {
    ario_variation variation = {.tempo = 1, .seed = seed};
    size_t used = ario_band_vary(tokens, count, &variation, out, 3 * count), onsets[2] = {0};
    bool writes = false, any = false; // behind the mark, in this bar; anywhere
    for (size_t i = 0; i < used; i++) {
      if (out[i] == ARIO_BAND_BETWEEN) break; // another layout
      if (out[i] == ARIO_BAND_BAR) writes = false;
      if (out[i] == ARIO_BAND_WRITE) writes = any = true;
      onsets[writes] += out[i] >= ARIO_BAND_PITCH && out[i] < ARIO_BAND_VELOCITY;
    }
    if (any && (!onsets[0] || !onsets[1]))
      fail_msg("seed %d: %zu onsets are given, %zu are not", (int)seed, onsets[0], onsets[1]);
    accompanied += any;
  }
  assert_true(accompanied > 50);
  free(out);
  free(tokens);
}

// A run that becomes a piece of its own begins with the tempo that is in force there.
static void a_run_says_its_tempo(void **state) {
  (void)state;
  made m = {.division = 48};
  make_tempo(&m, 0, 500000);
  make_tempo(&m, 3 * 192, 250000);
  for (unsigned i = 0; i < 8; i++) make_note(&m, 1, 192 * i, 48, 0, 60 + i, 64);
  size_t count, from = 0, pieces = 0;
  ario_token *tokens = made_tokens(&m, &count), out[200];
  for (unsigned bars = 0; from < count && bars < 5; from++) bars += tokens[from] == ARIO_BAND_BAR;
  from--; // the fifth bar's
  for (uint64_t seed = 1; seed < 60; seed++) {
    const ario_variation variation = {.tempo = 1, .seed = seed, .before = from};
    size_t used = ario_band_vary(tokens + from, count - from, &variation, out, COUNT_OF(out)), i = 0;
    if (!used || out[0] != ARIO_BAND_BOS) continue;
    while (i < used && (out[i] < ARIO_BAND_TEMPO || out[i] >= ARIO_BAND_SHIFT)) i++;
    assert_true(i < used);
    assert_int_equal(out[i], ARIO_BAND_TEMPO + 57);
    pieces++;
  }
  assert_true(pieces > 10);
  free(tokens);
}

// Where as many notes sound as may, none begins but of drums.
static void no_more_notes_than_may_sound(void **state) {
  (void)state;
  ario_band_grammar_options options = ario_band_grammar_options_default();
  ario_band_grammar grammar;
  options.new_ones = true;
  ario_band_grammar_init(&grammar, &options);
  const ario_token start[] = {ARIO_BAND_BOS,          ARIO_BAND_BAR,        ARIO_BAND_BEATS + 3,
                              ARIO_BAND_UNIT + 2,     ARIO_BAND_TEMPO + 41, ARIO_BAND_INSTRUMENT,
                              ARIO_BAND_VELOCITY + 15};
  ario_band_grammar_feed(&grammar, start, COUNT_OF(start));
  for (unsigned i = 0; i < ARIO_BAND_MOST_SOUNDING; i++) {
    const ario_token note[] = {(ario_token)(ARIO_BAND_PITCH + i), ARIO_BAND_LENGTH + 20};
    bool allowed[ARIO_BAND_VOCAB];
    ario_band_grammar_allowed(&grammar, allowed);
    assert_true(allowed[note[0]]);
    ario_band_grammar_feed(&grammar, note, 2);
    ario_band_grammar_allowed(&grammar, allowed);
    bool more = i + 1 < ARIO_BAND_MOST_SOUNDING;
    assert_int_equal(allowed[ARIO_BAND_PITCH + i + 1], more);
    assert_int_equal(allowed[ARIO_BAND_INSTRUMENT + 1], more);
    assert_true(allowed[ARIO_BAND_INSTRUMENT + ARIO_BAND_DRUMS]);
  }
}

// A bar that is cut after a step is left out: no meter could say that.
static void a_step_is_no_bar(void **state) {
  (void)state;
  made m = {.division = 48};
  make_meter(&m, 0, 4, 2);
  make_meter(&m, 193, 3, 2);
  make_note(&m, 1, 0, 12, 0, 60, 64);
  make_note(&m, 1, 337, 12, 0, 62, 64);
  assert_words(&m, START
               "program 0 velocity 15 pitch 60 length 12 bar beats 3 unit 1/4 bar shift 1 program 0 pitch "
               "62 length 12 eos");
}

// Where instruments share a channel, a note-off never ends the note of another that begins in its tick.
static void one_after_the_other_on_a_channel(void **state) {
  (void)state;
  enum { INSTRUMENTS = 24 };
  made m = {.division = 48};
  for (unsigned i = 0; i < INSTRUMENTS; i++) {
    make_program(&m, 0, 48 * i, 0, INSTRUMENTS - 1 - i);
    make_note(&m, 0, 48 * i, 48, 0, 60, 64);
  }
  size_t count, size;
  ario_token *tokens = made_tokens(&m, &count);
  assert_canonical(tokens, count);
  uint8_t *bytes;
  ario_song *song;
  bool down[16][128] = {{false}};
  assert_ok(ario_band_write(tokens, count, &bytes, &size, NULL));
  assert_ok(ario_song_parse(bytes, size, &song, NULL));
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; i < count; i++) { // as a program hears it that knows nothing of whose a note-off is
    const uint8_t *e = events[i].bytes;
    if (e[0] >= 0xa0) continue;
    assert_int_equal(down[e[0] & 15][e[1]], (e[0] & 0xf0) == 0x80);
    down[e[0] & 15][e[1]] = (e[0] & 0xf0) == 0x90;
  }
  ario_song_free(song);
  free(bytes);
  free(tokens);
}

// A metronome's clocks, 24 a quarter, are those of a beat.
static void meters_have_their_clocks(void **state) {
  (void)state;
  for (unsigned unit = 0; unit < ARIO_BAND_TEMPO - ARIO_BAND_UNIT; unit++) {
    const ario_token tokens[] = {
        ARIO_BAND_BOS,        ARIO_BAND_BAR,      ARIO_BAND_BEATS, (ario_token)(ARIO_BAND_UNIT + unit),
        ARIO_BAND_INSTRUMENT, ARIO_BAND_VELOCITY, ARIO_BAND_PITCH, ARIO_BAND_LENGTH,
        ARIO_BAND_EOS};
    uint8_t *bytes;
    size_t size, count, meters = 0;
    ario_song *song;
    assert_ok(ario_band_write(tokens, COUNT_OF(tokens), &bytes, &size, NULL));
    assert_ok(ario_song_parse(bytes, size, &song, NULL));
    const ario_midi_event *events = ario_song_events(song, &count);
    for (size_t i = 0; i < count; i++) {
      if (events[i].bytes[0] != 0xff || events[i].bytes[1] != 0x58) continue;
      const uint8_t wanted[] = {1, (uint8_t)unit, (uint8_t)(unit < 6 ? 96 >> unit : 1), 8};
      assert_memory_equal(events[i].bytes + 2, wanted, 4);
      meters++;
    }
    assert_int_equal(meters, 1);
    ario_song_free(song);
    free(bytes);
  }
}

// A meter stands where its bar begins; within the bar it is none.
static void a_meter_within_a_bar_is_none(void **state) {
  (void)state;
  const ario_token note[] = {ARIO_BAND_INSTRUMENT, ARIO_BAND_VELOCITY + 15, ARIO_BAND_PITCH + 60,
                             ARIO_BAND_LENGTH + 9};
  const ario_token four[] = {ARIO_BAND_BEATS + 3, ARIO_BAND_UNIT + 2},
                   three[] = {ARIO_BAND_BEATS + 2, ARIO_BAND_UNIT + 2};
  ario_token tokens[32] = {ARIO_BAND_BOS, ARIO_BAND_BAR};
  size_t count = 2, size;
  uint8_t *bytes;
  for (int bar = 0; bar < 2; bar++) {
    if (!bar) memcpy(tokens + count, four, sizeof four), count += 2;
    memcpy(tokens + count, note, sizeof note), count += 4;
    if (!bar) tokens[count++] = ARIO_BAND_SHIFT + 23;
    if (!bar) memcpy(tokens + count, three, sizeof three), count += 2;
    tokens[count++] = bar ? ARIO_BAND_EOS : ARIO_BAND_BAR;
  }
  assert_ok(ario_band_write(tokens, count, &bytes, &size, NULL));
  ario_song *song;
  assert_ok(ario_song_parse(bytes, size, &song, NULL));
  ario_song_info info = ario_song_describe(song);
  assert_int_equal(info.meter_numerator, 4);
  assert_int_equal(info.meter_changes, 0);
  int64_t second;
  assert_ok(ario_song_bar(song, 2, &second));
  assert_int_equal(ario_song_notes(song, &count)[1].start, second / 10000);
  ario_song_free(song);
  free(bytes);
}

static void players_vary(void **state) {
  (void)state;
  size_t count, left_out = 0, swapped = 0;
  ario_token *tokens = orchestra(4, &count), *out = malloc(3 * count * sizeof *out);
  assert_non_null(out);
  for (uint64_t seed = 1; seed < 200; seed++) {
    ario_variation variation = {.tempo = 1, .seed = seed};
    size_t used = ario_band_vary(tokens, count, &variation, out, 3 * count);
    bool plays[ARIO_BAND_INSTRUMENTS] = {false}, any = false;
    unsigned players = 0;
    for (size_t i = 0; i < used; i++)
      if (out[i] >= ARIO_BAND_INSTRUMENT && out[i] < ARIO_BAND_PITCH)
        plays[out[i] - ARIO_BAND_INSTRUMENT] = true;
    for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++) {
      players += plays[i];
      if (plays[i] && i != ARIO_BAND_DRUMS && i > 7) fail_msg("seed %d: program %u", (int)seed, i);
      any |= plays[i] && i != ARIO_BAND_DRUMS && i % 2;
    }
    assert_true(players >= 1 && players <= 5);
    left_out += players < 5;
    swapped += any;
  }
  if (left_out < 15 || swapped < 30)
    fail_msg("of 199: %zu with less players, %zu with others", left_out, swapped);
  free(out);
  free(tokens);
}

// ---- Odd files ----

// It becomes tokens, and they are canonical, in time.
static void assert_survives(const char *what, made *m, size_t least) {
  size_t count;
  clock_t begin = clock();
  ario_token *tokens = made_tokens(m, &count);
  if (count < least) fail_msg("%s: %zu tokens, expected %zu or more", what, count, least);
  assert_canonical(tokens, count);
  double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
  if (seconds > 5 * SLOWNESS) fail_msg("%s: %.1f s", what, seconds);
  free(tokens);
}

// Notes in seconds by the tempos, from the first onset on, with who plays and where in the bar.
static void notes_tell_who_and_where(void **state) {
  (void)state;
  static const ario_token tokens[] = {ARIO_BAND_BOS,
                                      ARIO_BAND_BAR,
                                      ARIO_BAND_BEATS + 2,
                                      ARIO_BAND_UNIT + 2,
                                      ARIO_BAND_TEMPO + 16,
                                      ARIO_BAND_SHIFT + 23,
                                      ARIO_BAND_INSTRUMENT + 33,
                                      ARIO_BAND_VELOCITY + 20,
                                      ARIO_BAND_PITCH + 40,
                                      ARIO_BAND_LENGTH + 0,
                                      ARIO_BAND_SHIFT + 23,
                                      ARIO_BAND_TEMPO + 32,
                                      ARIO_BAND_PITCH + 45,
                                      ARIO_BAND_LENGTH + 26,
                                      ARIO_BAND_BAR,
                                      ARIO_BAND_INSTRUMENT + 128,
                                      ARIO_BAND_DRUM + 38,
                                      ARIO_BAND_EOS};
  // 40 quarters a minute, 1.5 s each, then 80, 0.75 s each.
  static const ario_note wanted[] = {
      {.start = 0, .end = 3, .pitch = 40, .velocity = 83, .track = 1, .instrument = 34, .place = 25},
      {.start = 75, .end = 169, .pitch = 45, .velocity = 83, .track = 1, .instrument = 34, .place = 49},
      {.start = 225,
       .end = 234,
       .pitch = 38,
       .velocity = 63,
       .channel = 9,
       .track = 1,
       .instrument = 129,
       .place = 1}};
  assert_int_equal(ario_band_length(26), 60);
  ario_note *notes;
  size_t count;
  assert_ok(ario_codec_find("midi-band")->symbolic->notes(tokens, COUNT_OF(tokens), &notes, &count));
  assert_int_equal(count, COUNT_OF(wanted));
  for (size_t i = 0; i < count; i++) {
    const ario_note *n = &notes[i], *w = &wanted[i];
    if (n->start != w->start || n->end != w->end || n->pitch != w->pitch || n->velocity != w->velocity ||
        n->channel != w->channel || n->instrument != w->instrument || n->place != w->place)
      fail_msg("note %zu: %d..%d, pitch %u, velocity %u, channel %u, instrument %u, place %u", i,
               (int)n->start, (int)n->end, n->pitch, n->velocity, n->channel, n->instrument, n->place);
  }
  free(notes);
  const ario_token none = ARIO_BAND_VOCAB;
  assert_status(ario_codec_find("midi-band")->symbolic->notes(&none, 1, &notes, &count), ARIO_ERR_ARGUMENT);
}

static void odd_files_are_read(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(odd_songs); i++) {
    made m = {.division = 480};
    odd_songs[i].make(&m);
    if (odd_songs[i].least)
      assert_survives(odd_songs[i].name, &m, odd_songs[i].least);
    else
      free(make_file(&m, &(size_t){0}));
  }
}

static void files_without_beats_are_refused(void **state) {
  (void)state;
  made m = {.division = 0xe728}; // 25 frames a second of 40 ticks
  make_note(&m, 0, 0, 40, 0, 60, 64);
  size_t size, count;
  uint8_t *bytes = make_file(&m, &size);
  ario_token *tokens;
  ario_error error = {""};
  assert_status(ario_codec_find("midi-band")->encode(bytes, size, &(ario_config){0}, &tokens, &count, &error),
                ARIO_ERR_UNSUPPORTED);
  assert_contains(error.text, "SMPTE");
  assert_contains(error.text, "midi-performance");
  free(bytes);
  m.division = 1; // a note two billion quarters later
  make_note(&m, 0, 200000000, 1, 0, 60, 64);
  bytes = make_file(&m, &size);
  assert_status(ario_codec_find("midi-band")->encode(bytes, size, &(ario_config){0}, &tokens, &count, &error),
                ARIO_ERR_LIMIT);
  assert_contains(error.text, "262144 quarters");
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_note),
      cmocka_unit_test(no_notes_are_an_empty_piece),
      cmocka_unit_test(steps_are_rounded_once),
      cmocka_unit_test(time_passes_in_shifts),
      cmocka_unit_test(instruments_ascend_and_are_left_out),
      cmocka_unit_test(channels_of_a_program_are_one_instrument),
      cmocka_unit_test(a_unison_on_one_channel_leaves_two_notes),
      cmocka_unit_test(drums_are_where_a_file_declares_them),
      cmocka_unit_test(ports_have_channels_of_their_own),
      cmocka_unit_test(a_late_end_is_the_older_note_s),
      cmocka_unit_test(lengths_fold_the_pedal),
      cmocka_unit_test(meters_and_cut_bars),
      cmocka_unit_test(tempo_is_said_where_it_changes),
      cmocka_unit_test(lengths_are_the_nearest),
      cmocka_unit_test(tokens_have_words),
      cmocka_unit_test(tokens_have_kinds),
      cmocka_unit_test(a_band_has_a_track_and_a_channel_each),
      cmocka_unit_test(more_instruments_than_channels_share),
      cmocka_unit_test(layouts_are_one_music),
      cmocka_unit_test(what_cannot_be_written_is_said),
      cmocka_unit_test(pitch_and_tempo_vary),
      cmocka_unit_test(a_part_is_given_and_a_part_is_not),
      cmocka_unit_test(a_run_says_its_tempo),
      cmocka_unit_test(no_more_notes_than_may_sound),
      cmocka_unit_test(a_step_is_no_bar),
      cmocka_unit_test(one_after_the_other_on_a_channel),
      cmocka_unit_test(meters_have_their_clocks),
      cmocka_unit_test(a_meter_within_a_bar_is_none),
      cmocka_unit_test(players_vary),
      cmocka_unit_test(notes_tell_who_and_where),
      cmocka_unit_test(odd_files_are_read),
      cmocka_unit_test(files_without_beats_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
