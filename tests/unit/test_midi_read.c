// SPDX-License-Identifier: MIT
//
// Reading MIDI: tokens equal to the vectors of the oracle, what a song says of itself, bars, prompts, and
// what is made of broken and hostile files.
#include "arioso/general_midi.h"
#include "support/midi.h"
#include "support/small_song.h"

#include <time.h>

static const ario_codec *codec(void) {
  const ario_codec *found = ario_codec_find("midi-performance");
  assert_non_null(found);
  return found;
}

static void encode_named(const char *name, ario_token **tokens, size_t *count) {
  char path[512];
  size_t size;
  ario_error error = {{0}};
  snprintf(path, sizeof path, "%s%s.mid", MIDI_FOLDER, name);
  uint8_t *bytes = read_bytes(path, &size);
  if (codec()->encode(bytes, size, &(ario_config){0}, tokens, count, &error))
    fail_msg("%s: %s", path, error.text);
  free(bytes);
}

static void tokens_equal_vectors(void **state) {
  (void)state;
  midi_files files = find_files("*.u16", 36);
  for (size_t i = 0; i < files.count; i++) {
    ario_token *got, *want;
    size_t got_count, want_count;
    ario_error error = {{0}};
    if (ario_tokens_read(files.paths[i], ARIO_MIDI_VOCAB, &want, &want_count, &error))
      fail_msg("%s", error.text);
    char name[256];
    snprintf(name, sizeof name, "%s", strrchr(files.paths[i], '/') + 1);
    *strrchr(name, '.') = 0;
    encode_named(name, &got, &got_count);
    assert_tokens(name, got, got_count, want, want_count);
    free(got);
    free(want);
  }
  free_files(&files);
}

static void good_files_need_no_repair(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 37);
  for (size_t i = 0; i < files.count; i++) {
    ario_song *song = open_song(files.paths[i]);
    const char *warning = ario_song_warning(song, 0);
    bool repaired = strstr(files.paths[i], "middle_end") != NULL;
    if (warning && !repaired) fail_msg("%s: %s", files.paths[i], warning);
    if (!warning && repaired) fail_msg("%s: no warning", files.paths[i]);
    ario_song_free(song);
  }
  free_files(&files);
}

static void codec_table(void **state) {
  (void)state;
  char text[32];
  assert_null(ario_codec_find("no-such"));
  assert_null(ario_codec_find(NULL));
  assert_int_equal(codec()->vocab_size, 391);
  static const struct {
    ario_token token;
    const char *text;
  } words[] = {{0, "pad"},         {1, "bos"},          {2, "eos"},           {3, "on 0"},
               {130, "on 127"},    {131, "off 0"},      {258, "off 127"},     {259, "shift 1"},
               {358, "shift 100"}, {359, "velocity 0"}, {390, "velocity 31"}, {391, "no token (391)"}};
  for (size_t i = 0; i < COUNT_OF(words); i++) {
    codec()->describe(words[i].token, &(ario_config){0}, text, sizeof text);
    assert_string_equal(text, words[i].text);
  }
  codec()->describe(390, &(ario_config){0}, text, 5);
  assert_string_equal(text, "velo");
}

static void a_song_describes_itself(void **state) {
  (void)state;
  ario_song *song = named_song("tempo");
  ario_song_info info = ario_song_describe(song);
  assert_int_equal(info.format, 1);
  assert_int_equal(info.tracks, 3);
  assert_int_equal(info.division, 480);
  assert_int_equal(info.frames, 0);
  assert_int_equal(info.notes, 24);
  assert_int_equal(info.drum_notes, 0);
  assert_int_equal(info.tempo_changes, 3);
  assert_int_equal(info.meter_numerator, 3);
  assert_int_equal(info.meter_denominator, 4);
  assert_int_equal(info.meter_changes, 2);
  assert_int_equal(info.warnings, 0);
  assert_true(info.first_tempo == 120);
  // 300 ticks at 500000, 420 at 333333, 1000 at 1234567, then 400001 up to the end of track 3: its last event
  // is the last chord's end at 240 + 4 * 481 - 5, and its End of Track comes 99 later.
  int64_t elapsed =
      300 * 500000LL + 420 * 333333LL + 1000 * 1234567LL + (240 + 4 * 481 - 5 + 99 - 1720) * 400001LL;
  int64_t end = ((777 + 1720 + 5) - 1720) * 400001LL + 300 * 500000LL + 420 * 333333LL + 1000 * 1234567LL;
  if (elapsed > end) end = elapsed;
  assert_int_equal(info.microseconds, (2 * end + 480) / 960);
  assert_string_equal(ario_song_track(song, 1).name, "Conductor");
  assert_string_equal(ario_song_track(song, 2).name, "Right");
  assert_int_equal(ario_song_track(song, 2).notes, 12);
  assert_int_equal(ario_song_track(song, 3).channels, 2);
  assert_int_equal(ario_song_track(song, 0).notes, 0);
  assert_int_equal(ario_song_track(song, 4).notes, 0);
  ario_song_free(song);
}

static void names_are_printable(void **state) {
  (void)state;
  ario_song *song = named_song("metas");
  assert_string_equal(ario_song_track(song, 1).name, "T\xc3\xa4nze");
  assert_string_equal(ario_song_track(song, 2).name, "Keys?and?strings");
  ario_song_free(song);
}

static void smpte_time(void **state) {
  (void)state;
  static const unsigned frames[] = {24, 25, 29, 30};
  for (size_t i = 0; i < COUNT_OF(frames); i++) {
    char name[32];
    snprintf(name, sizeof name, "smpte%u", frames[i]);
    ario_song *song = named_song(name);
    assert_int_equal(ario_song_describe(song).frames, frames[i]);
    int64_t time;
    assert_status(ario_song_bar(song, 1, &time), ARIO_ERR_UNSUPPORTED);
    ario_song_free(song);
  }
}

static void events_are_complete(void **state) {
  (void)state;
  ario_song *song = named_song("metas");
  size_t count, sysex = 0, escapes = 0;
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; i < count; i++) {
    const ario_midi_event *e = &events[i];
    assert_true(e->bytes[0] >= 0x80);
    if (i) assert_true(e->tick >= events[i - 1].tick);
    if (i && e->tick == events[i - 1].tick) assert_true(e->track >= events[i - 1].track);
    if (e->bytes[0] == 0xf0 && sysex++ == 0)
      assert_memory_equal(e->bytes, "\xf0\x7e\x7f\x09\x01\xf7", e->size);
    if (e->bytes[0] == 0xf7 && escapes++ == 0) assert_memory_equal(e->bytes, "\xf7\x43\x12\xf7", e->size);
    if (e->bytes[0] == 0xff && e->bytes[1] == 1) assert_int_equal(e->size, 2 + 300);
  }
  assert_int_equal(sysex, 2);
  assert_int_equal(escapes, 1);
  ario_song_free(song);
}

static int64_t bar(const ario_song *song, size_t number) {
  int64_t time;
  assert_ok(ario_song_bar(song, number, &time));
  return time;
}

static void bars_follow_meters_and_tempo(void **state) {
  (void)state;
  ario_song *song = named_song("tempo"); // 3/4; at 720: 6/8; at 2497: 2/2 (a half bar of 6/8 before)
  int64_t time, at720 = 300 * 500000LL + 420 * 333333LL, at1720 = at720 + 1000 * 1234567LL;
  assert_int_equal(bar(song, 1), 0);
  assert_status(ario_song_bar(song, 0, &time), ARIO_ERR_ARGUMENT);
  // The bar of 3/4 that began at 0 is 1440 ticks, but the meter changes at 720 already.
  assert_int_equal(bar(song, 2), (2 * at720 + 480) / 960);
  // 6/8 at 720 has bars of 1440: the next would begin at 2160, and at 2497 the meter changes.
  int64_t at2160 = at1720 + 440 * 400001LL, at2497 = at1720 + 777 * 400001LL;
  assert_int_equal(bar(song, 3), (2 * at2160 + 480) / 960);
  assert_int_equal(bar(song, 4), (2 * at2497 + 480) / 960);
  int64_t later = at2497 + 100 * 1920 * 400001LL; // past the end of the file
  assert_int_equal(bar(song, 104), (2 * later + 480) / 960);
  for (size_t number = 1; number < 120; number++) { // the bar of a time is the other way round
    size_t found[3];
    int64_t next = bar(song, number + 1);
    assert_ok(ario_song_bar_at(song, bar(song, number), &found[0]));
    assert_ok(ario_song_bar_at(song, next - 1, &found[1]));
    assert_ok(ario_song_bar_at(song, next, &found[2]));
    if (found[0] != number || found[1] != number || found[2] != number + 1)
      fail_msg("bar %zu: %zu to %zu, then %zu", number, found[0], found[1], found[2]);
  }
  size_t none;
  assert_status(ario_song_bar_at(song, -1, &none), ARIO_ERR_ARGUMENT);
  assert_status(ario_song_bar_at(song, INT64_MAX, &none), ARIO_ERR_LIMIT);
  assert_status(ario_song_bar(song, 1000000, &time), ARIO_ERR_LIMIT);
  assert_status(ario_song_bar(song, SIZE_MAX, &time), ARIO_ERR_LIMIT);
  ario_song_free(song);
}

// So many bars from somewhere on, as if the meter and tempo in force there stayed.
static void bars_go_on_in_what_is_in_force(void **state) {
  (void)state;
  ario_song *song = named_song("tempo");
  const struct {
    int64_t from;
    size_t bars;
    int64_t end;
  } cases[] = {{0, 1, 3 * 500000},
               {0, 8, 8 * 3 * 500000},
               {2 * 62500, 1, 3 * 500000}, // nearer to the first bar line
               {bar(song, 4), 2, bar(song, 4) + 2 * 4 * 400001},
               {bar(song, 4) + 900000, 1, bar(song, 4) + 2 * 4 * 400001}, // nearer to the next
               {bar(song, 4) + 5, 1, bar(song, 4) + 4 * 400001},
               {bar(song, 50) + 3, 1, bar(song, 51)}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    int64_t end;
    assert_ok(ario_song_bars(song, cases[i].from, cases[i].bars, &end));
    if (llabs(end - cases[i].end) > 1)
      fail_msg("case %zu: %lld, not %lld", i, (long long)end, (long long)cases[i].end);
  }
  int64_t time;
  assert_status(ario_song_bars(song, 0, 0, &time), ARIO_ERR_ARGUMENT);
  assert_status(ario_song_bars(song, 0, SIZE_MAX, &time), ARIO_ERR_LIMIT);
  ario_song_free(song);
  song = named_song("smpte25");
  assert_status(ario_song_bars(song, 0, 1, &time), ARIO_ERR_UNSUPPORTED);
  ario_song_free(song);
}

// ---- Prompts ----

static ario_status try_prompt(const ario_song *song, ario_prompt_options options, ario_prompt *prompt,
                              ario_error *error) {
  return ario_song_prompt(song, &options, prompt, error);
}

static void a_prompt_is_cut(void **state) {
  (void)state;
  ario_song *song = named_song("pedal"); // pitch 48 sounds from 0 to 2 s and, pedal down, to 2.5 s
  ario_prompt prompt = make_prompt(song, 0, 1300000);
  assert_int_equal(prompt.origin, 0);
  assert_int_equal(prompt.begin, 130);
  assert_int_equal(prompt.cut, 1300000);
  assert_int_equal(prompt.open, 1);
  assert_int_equal(prompt.notes, 6);
  assert_int_equal(prompt.open_on[48], 1);
  assert_int_equal(prompt.wait, 10); // the last token is at 1.2 s, where channel 2's pedal goes up
  ario_prompt_free(&prompt);
  prompt = make_prompt(song, 100000, INT64_MAX); // of the first two only the second, which starts there
  assert_int_equal(prompt.origin, 10);
  assert_int_equal(prompt.notes, 2);
  assert_int_equal(prompt.begin, 90);
  assert_int_equal(prompt.wait, 0);
  assert_int_equal(prompt.open, 0);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// A note that ends at the cut does not sound there; one that begins there is not heard.
static void a_cut_at_an_event(void **state) {
  (void)state;
  ario_song *song = named_song("coarse"); // 60 for 4 ticks of 93.75 ms, then 62
  ario_prompt prompt = make_prompt(song, 0, 375000);
  static const ario_token want[] = {1, 359 + 19, 3 + 60, 259 + 37, 131 + 60};
  assert_tokens("coarse", prompt.tokens, prompt.count, want, COUNT_OF(want));
  assert_int_equal(prompt.open, 0);
  assert_int_equal(prompt.begin, 38);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

static void a_prompt_hears_tracks(void **state) {
  (void)state;
  ario_song *song = named_song("pedal_track");
  ario_prompt_options options = ario_prompt_options_default();
  ario_prompt prompt;
  ario_error error = {{0}};
  unsigned tracks[] = {1, 3};
  options.tracks = tracks;
  options.track_count = 1;
  assert_ok(try_prompt(song, options, &prompt, &error));
  assert_int_equal(prompt.notes, 2);
  // track 2's pedal holds track 1's first note up to 450 ticks: 0.45 s
  static const ario_token want[] = {1, 378, 63, 259 + 44, 191, 259 + 4, 65, 259 + 9, 193};
  assert_tokens("pedal_track", prompt.tokens, prompt.count, want, COUNT_OF(want));
  ario_prompt_free(&prompt);
  options.track_count = 2;
  assert_status(try_prompt(song, options, &prompt, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "track 3");
  assert_null(prompt.tokens);
  tracks[0] = 2;
  options.track_count = 1;
  assert_status(try_prompt(song, options, &prompt, &error), ARIO_ERR_FORMAT);
  tracks[0] = 0;
  assert_status(try_prompt(song, options, &prompt, &error), ARIO_ERR_ARGUMENT);
  ario_song_free(song);
}

static void nothing_to_hear(void **state) {
  (void)state;
  static const struct {
    const char *name, *text;
  } songs[] = {{"no_notes", "no notes;"}, {"only_drums", "drums"}};
  for (size_t i = 0; i < COUNT_OF(songs); i++) {
    ario_song *song = named_song(songs[i].name);
    ario_prompt prompt;
    ario_error error = {{0}};
    assert_status(try_prompt(song, ario_prompt_options_default(), &prompt, &error), ARIO_ERR_FORMAT);
    assert_contains(error.text, songs[i].text);
    ario_song_free(song);
  }
}

// ---- Broken files ----

typedef struct broken_file {
  const char *name;
  ario_status status;
  size_t notes;     // that are left
  const char *text; // in the first warning or the error
} broken_file;

static const broken_file broken[] = {
    {"cut000", ARIO_ERR_FORMAT, 0, "byte 0: the file is empty"},
    {"cut003", ARIO_ERR_FORMAT, 0, "byte 0: no MIDI header"},
    {"cut013", ARIO_ERR_FORMAT, 0, "byte 13: the file ends inside"},
    {"cut014", ARIO_ERR_FORMAT, 0, "byte 14: no track"},
    {"cut045", ARIO_OK, 0, "byte 41: "},
    {"cut090", ARIO_OK, 6, "byte 45: track 2 is said to have"},
    {"cut150", ARIO_OK, 12, "byte 45: "},
    {"length_short", ARIO_OK, 12, "byte 45: track 2 is said to have 10 bytes"},
    {"length_zero", ARIO_OK, 12, "byte 45: track 2 is said to have 0 bytes"},
    {"length_long", ARIO_OK, 12, "byte 45: track 2 is said to have 5000 bytes"},
    {"length_huge", ARIO_OK, 12, "byte 45: track 2 is said to have 4294967295 bytes"},
    {"length_first", ARIO_OK, 12, "byte 18: track 1 is said to have 40 bytes"},
    {"garbage_before", ARIO_OK, 12, "byte 0: 136 bytes before"},
    {"garbage_after", ARIO_OK, 12, "13 bytes that are not a chunk"},
    {"garbage", ARIO_ERR_FORMAT, 0, "not a MIDI file"},
    {"text", ARIO_ERR_FORMAT, 0, "not a MIDI file"},
    {"type2", ARIO_ERR_UNSUPPORTED, 0, "byte 8: a MIDI file of type 2"},
    {"type7", ARIO_OK, 12, "byte 8: type 7"},
    {"type0_tracks", ARIO_OK, 12, "byte 8: type 0, but 2 tracks"},
    {"count_more", ARIO_OK, 12, "byte 10: the header says 9 tracks; there are 2"},
    {"count_less", ARIO_OK, 12, "byte 10: the header says 1 tracks; there are 2"},
    {"division0", ARIO_OK, 12, "byte 12: the time base is 0"},
    {"smpte0", ARIO_OK, 12, "byte 12: the time base is 0"},
    {"header_short", ARIO_OK, 12, "byte 4: a header of 4 bytes"},
    {"header_lying", ARIO_OK, 12, "byte 4: a header of 2147483647 bytes"},
    {"header_twice", ARIO_OK, 12, "a second header"},
    {"riff_lying", ARIO_OK, 12, "byte 16: RIFF data"},
    {"stray_data", ARIO_OK, 1, "byte 23: 2 data bytes"},
    {"high_data", ARIO_OK, 1, "byte 25: c8 is not a data byte"},
    {"status_in_data", ARIO_OK, 1, "byte 25: status ff where data"},
    {"realtime", ARIO_OK, 2, "byte 23: a system message (f8)"},
    {"system", ARIO_OK, 1, "byte 23: a system message (f1)"},
    {"no_end", ARIO_OK, 1, "no End of Track"},
    {"long_vlq", ARIO_OK, 1, "byte 22: a number of 6 bytes"},
    {"huge_vlq", ARIO_OK, 1, "byte 22: a number of 13 bytes"},
    {"overflow", ARIO_OK, 13, "past tick 2147483647"},
    {"centuries", ARIO_OK, 4, NULL},
    {"tempo0", ARIO_OK, 1, "byte 23: a tempo of 0"},
    {"tempo_long", ARIO_OK, 1, "byte 23: a tempo of 4 bytes"},
    {"tempo_short", ARIO_OK, 1, "byte 23: a tempo of less than 3 bytes"},
    {"meter_odd", ARIO_OK, 1, "byte 23: a meter in beats of 1/2^77"},
    {"meta_lying", ARIO_OK, 1, "the track ends inside a meta event"},
    {"sysex_lying", ARIO_OK, 1, "the track ends inside a system exclusive event"},
    {"data_ff", ARIO_OK, 8, "byte 25: ff is not a data byte"},
    {"data_f0", ARIO_OK, 8, "byte 25: f0 is not a data byte"},
    {"data_f2", ARIO_OK, 8, "byte 25: f2 is not a data byte"},
    {"data_f8", ARIO_OK, 8, "byte 25: f8 is not a data byte"},
    {"data_90", ARIO_OK, 8, "byte 25: 90 is not a data byte"},
    {"data_all", ARIO_OK, 8, "byte 24: ff is not a data byte"},
    {"data_16", ARIO_OK, 8, "byte 25: ff is not a data byte"},
    {"data_mixed", ARIO_OK, 12, "byte 25: ff is not a data byte"},
    {"slack_track", ARIO_OK, 12, "byte 153: 271 bytes that are not a chunk, after the last track"},
    {"track_again", ARIO_OK, 12, "byte 126: a track more than the header says, the same as one before"},
    {"type2_slack", ARIO_OK, 12, "byte 126: 121 bytes that are not a chunk, after the last track"},
    {"end_data", ARIO_OK, 1, "an End of Track with data"},
    {"after_end", ARIO_OK, 1, "End of Track in the middle of track 1"},
    {"empty_track", ARIO_ERR_FORMAT, 0, "no event can be read; byte 22: track 1 has no End of Track"},
    {"no_track", ARIO_ERR_FORMAT, 0, "byte 14: no track"},
};

static void broken_files_are_salvaged(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(broken); i++) {
    const broken_file *b = &broken[i];
    char path[512];
    snprintf(path, sizeof path, "%sbroken/%s.mid", MIDI_FOLDER, b->name);
    ario_song *song;
    ario_error error = {{0}};
    ario_status status = ario_song_open(path, &song, &error);
    if (status != b->status) fail_msg("%s: %s: %s", b->name, ario_strerror(status), error.text);
    const char *text = status ? error.text : ario_song_warning(song, 0);
    if (b->text && (!text || !strstr(text, b->text)))
      fail_msg("%s: \"%s\" does not contain \"%s\"", b->name, text ? text : "", b->text);
    if (!b->text && text) fail_msg("%s: %s", b->name, text);
    size_t notes = status ? 0 : ario_song_describe(song).notes;
    if (notes != b->notes) fail_msg("%s: %zu notes, expected %zu", b->name, notes, b->notes);
    if (status) assert_contains(error.text, path);
    ario_song_free(song);
  }
}

// Warnings beyond the first few are counted; all files of the folder end one way or the other.
static void every_broken_file_ends_well(void **state) {
  (void)state;
  midi_files files = find_files("broken/*.mid", 68);
  for (size_t i = 0; i < files.count; i++) {
    ario_song *song;
    ario_error error = {{0}};
    if (ario_song_open(files.paths[i], &song, &error)) continue;
    ario_song_info info = ario_song_describe(song);
    for (size_t k = 0; k < 12; k++) {
      const char *warning = ario_song_warning(song, k);
      assert_int_equal(warning != NULL, k < info.warnings && k < 8);
      if (warning) assert_contains(warning, "byte ");
    }
    ario_song_free(song);
  }
  free_files(&files);
}

// Where bytes are data and where they are a status, events before and after are whole and on time.
static void bytes_above_7f(void **state) {
  (void)state;
  ario_song *song = named_song("broken/data_mixed");
  size_t count, tempos = 0, controls = 0, programs = 0;
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; i < count; i++) {
    tempos += events[i].bytes[0] == 0xff && events[i].bytes[1] == 0x51;
    controls += events[i].bytes[0] == 0xb0 && events[i].bytes[2] == 127;
    programs += events[i].bytes[0] == 0xc0 && events[i].bytes[1] == 127;
  }
  assert_int_equal(tempos, 1); // its first byte was a status
  assert_int_equal(controls, 1);
  assert_int_equal(programs, 1);
  assert_int_equal(ario_song_describe(song).microseconds, 4 * 500000 + 8 * 400000);
  ario_song_free(song);
}

static void ports_are_told_apart(void **state) {
  (void)state;
  ario_song *song = named_song("ports");
  ario_song_info info = ario_song_describe(song);
  assert_int_equal(info.ports, 2);
  assert_int_equal(info.notes, 4);
  assert_int_equal(info.drum_notes, 1); // channel 10 of the second port
  assert_true(ario_song_track(song, 3).channels == ((uint64_t)1 << 16 | (uint64_t)1 << 25));
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  static const ario_note want[] = {
      {0, 100, 60, 80, 0, 2}, {20, 50, 60, 60, 16, 3}, {120, 130, 64, 80, 0, 2}, {140, 160, 65, 80, 16, 3}};
  assert_int_equal(count, COUNT_OF(want));
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(notes[i].start, want[i].start);
    assert_int_equal(notes[i].end, want[i].end); // the last is held by the pedal of its port up to the end
    assert_int_equal(notes[i].channel, want[i].channel);
    assert_int_equal(notes[i].track, want[i].track);
  }
  assert_int_equal(info.hanging, 1);
  ario_prompt prompt = make_prompt(song, 0, 300000); // pitch 60 sounds on both
  assert_true(prompt.open_on[60] == ((uint64_t)1 << 16 | 1));
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

static void notes_have_programs_and_drums_are_listed(void **state) {
  (void)state;
  static const small_event events[] = {
      SMALL_ON(0, 1, 60, 80),      {500, 1, {0xC0, 40}, 2},    SMALL_ON(500, 1, 62, 80),
      SMALL_OFF(900, 1, 62),       {0, 2, {0xC9, 25}, 2},      {700, 2, {0x99, 38, 90}, 3},
      {700, 2, {0x99, 36, 70}, 3}, {800, 2, {0x89, 36, 0}, 3},
  };
  ario_song *song = small_song(events, COUNT_OF(events));
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  assert_int_equal(count, 2);
  assert_int_equal(notes[0].program, 0); // none was chosen
  assert_int_equal(notes[1].program, 40);
  const ario_note *drums = ario_song_drums(song, &count);
  assert_int_equal(count, 2);
  assert_int_equal(count, ario_song_describe(song).drum_notes);
  static const ario_note want[] = {{70, 70, 36, 70, 9, 2, 25}, {70, 70, 38, 90, 9, 2, 25}};
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(drums[i].start, want[i].start);
    assert_int_equal(drums[i].end, want[i].end);
    assert_int_equal(drums[i].pitch, want[i].pitch);
    assert_int_equal(drums[i].velocity, want[i].velocity);
    assert_int_equal(drums[i].channel, want[i].channel);
    assert_int_equal(drums[i].track, want[i].track);
    assert_int_equal(drums[i].program, want[i].program);
  }
  ario_song_free(song);
}

static void instruments_have_names(void **state) {
  (void)state;
  for (unsigned i = 0; i < ARIO_PROGRAMS; i++) assert_non_null(ario_program_name(i));
  assert_null(ario_program_name(ARIO_PROGRAMS));
  for (unsigned i = 0; i < 128; i++)
    assert_int_equal(ario_drum_name(i) != NULL, i >= ARIO_LOWEST_DRUM && i <= ARIO_HIGHEST_DRUM);
  assert_string_equal(ario_program_name(0), "acoustic grand piano");
  assert_string_equal(ario_program_name(32), "acoustic bass");
  assert_string_equal(ario_program_name(73), "flute");
  assert_string_equal(ario_program_name(127), "gunshot");
  assert_string_equal(ario_drum_name(36), "bass drum 1");
  assert_string_equal(ario_drum_name(46), "open hi-hat");
  assert_string_equal(ario_drum_name(81), "open triangle");
}

#define TEMPO(at, tempo)                                                                                     \
  { at, 1, {0xff, 0x51, 3, (tempo) >> 16, (tempo) >> 8 & 255, (tempo)&255}, 6 }

// A tempo or a meter that is said again is no change, and of several in one tick the last counts.
static void what_is_said_again_is_no_change(void **state) {
  (void)state;
  static const small_event events[] = {
      TEMPO(0, 500000),    SMALL_METER(0, 1, 4),      TEMPO(500, 500000),      SMALL_METER(500, 1, 4),
      TEMPO(1000, 900000), TEMPO(1000, 250000),       SMALL_METER(2000, 1, 7), SMALL_METER(2000, 1, 3),
      TEMPO(2000, 250000), SMALL_ON(2000, 1, 60, 80), SMALL_OFF(3000, 1, 60)};
  ario_song *song = small_song(events, COUNT_OF(events));
  ario_song_info info = ario_song_describe(song);
  assert_int_equal(info.tempo_changes, 1);
  assert_int_equal(info.meter_changes, 1);
  assert_int_equal(info.meter_numerator, 4);
  assert_int_equal(info.microseconds,
                   1000000 + 1000000); // 1000 ticks at 500000 a quarter of 500, 2000 at 250000
  assert_int_equal(bar(song, 2), 1000000 + 500000);
  assert_int_equal(bar(song, 3), 1000000 + 500000 + 750000);
  ario_song_free(song);
}
#undef TEMPO

// Four ports are told apart; those past the fourth are heard with the first ones.
static void many_ports_are_four(void **state) {
  (void)state;
  enum { PORTS = 7 };
  small_event events[3 * PORTS];
  for (unsigned i = 0; i < PORTS; i++) {
    events[3 * i] = (small_event){0, i + 1, {0xff, 0x21, 1, (uint8_t)(10 + 3 * i)}, 4};
    events[3 * i + 1] = (small_event)SMALL_ON(100 * i, i + 1, 60, 80);
    events[3 * i + 2] = (small_event)SMALL_OFF(100 * i + 50, i + 1, 60);
  }
  ario_song *song = small_song(events, COUNT_OF(events));
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  assert_int_equal(ario_song_describe(song).ports, ARIO_MIDI_PORTS);
  assert_int_equal(count, PORTS);
  for (size_t i = 0; i < PORTS; i++) assert_int_equal(notes[i].channel, 16 * (i % ARIO_MIDI_PORTS));
  ario_song_free(song);
  events[3] = (small_event)SMALL_TEXT(0, 2); // this track names none: it has the first one, not that before
  song = small_song(events, 6);
  notes = ario_song_notes(song, &count);
  assert_int_equal(ario_song_describe(song).ports, 2);
  assert_int_equal(notes[0].channel, 16);
  assert_int_equal(notes[1].channel, 0);
  ario_song_free(song);
}

static void late_note_offs_are_marked(void **state) {
  (void)state;
  ario_song *song = named_song("again");
  size_t count, late = 0;
  const ario_midi_event *events = ario_song_events(song, &count);
  for (size_t i = 0; i < count; i++) late += events[i].late;
  assert_int_equal(late, 4); // at 200, 800, 1000 and, from another track, 2200
  ario_song_free(song);
}

static void centuries_are_refused(void **state) {
  (void)state;
  ario_song *song = named_song("broken/centuries");
  ario_prompt prompt;
  ario_error error = {{0}};
  assert_status(try_prompt(song, ario_prompt_options_default(), &prompt, &error), ARIO_ERR_LIMIT);
  assert_contains(error.text, "days");
  ario_song_free(song);
}

// ---- Hostile files ----

typedef struct builder {
  uint8_t *bytes;
  size_t size;
} builder;

static builder build(size_t room, unsigned format, unsigned tracks, unsigned division) {
  builder b = {malloc(room), 14};
  assert_non_null(b.bytes);
  memcpy(b.bytes, "MThd\0\0\0\6", 8);
  const unsigned fields[] = {format, tracks, division};
  for (unsigned i = 0; i < 3; i++) {
    b.bytes[8 + 2 * i] = (uint8_t)(fields[i] >> 8);
    b.bytes[9 + 2 * i] = (uint8_t)fields[i];
  }
  return b;
}

static void put(builder *b, const void *bytes, size_t size) {
  memcpy(b->bytes + b->size, bytes, size);
  b->size += size;
}

static size_t begin_track(builder *b) {
  put(b, "MTrk\0\0\0\0", 8);
  return b->size;
}

static void end_track(builder *b, size_t begin) {
  put(b, "\0\xff\x2f\0", 4);
  for (unsigned i = 0; i < 4; i++) b->bytes[begin - 4 + i] = (uint8_t)((b->size - begin) >> (24 - 8 * i));
}

// Parses, encodes and, where that goes, continues; must not take long. Returns the status of parsing.
static ario_status within_seconds(const char *what, builder *b, ario_error *error) {
  clock_t begin = clock();
  ario_song *song;
  *error = (ario_error){{0}};
  ario_status status = ario_song_parse(b->bytes, b->size, &song, error);
  ario_prompt prompt = {.tokens = NULL};
  ario_prompt_options options = ario_prompt_options_default();
  if (!status && !ario_song_prompt(song, &options, &prompt, NULL)) {
    uint8_t *bytes = NULL;
    size_t size;
    const ario_token tokens[] = {359, 3 + 60, 259, 131 + 60};
    (void)!ario_song_continue(song, &prompt, tokens, 4, &bytes, &size, NULL);
    free(bytes);
  }
  ario_prompt_free(&prompt);
  ario_song_free(song);
  free(b->bytes);
  double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
  printf("%s: %.2f s\n", what, seconds);
  assert_below(seconds, 5 * ARIO_TEST_SLOWNESS);
  return status;
}

// A track's first event cannot have the running status of the track before it.
static void running_status_ends_with_its_track(void **state) {
  (void)state;
  builder b = build(200, 1, 2, 96);
  size_t begin = begin_track(&b);
  put(&b, (const uint8_t[]){0, 0x90, 60, 80, 96, 60, 0}, 7); // its second event has no status of its own
  end_track(&b, begin);
  begin = begin_track(&b);
  put(&b, (const uint8_t[]){0, 62, 80, 96, 62, 0}, 6);
  put(&b, (const uint8_t[]){0, 0x90, 64, 80, 96, 64, 0}, 7);
  end_track(&b, begin);
  ario_song *song = parse_song(b.bytes, b.size);
  free(b.bytes);
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  assert_int_equal(count, 2);
  assert_int_equal(notes[0].pitch, 60);
  assert_int_equal(notes[1].pitch, 64);
  assert_contains(ario_song_warning(song, 0), "data bytes without a status");
  ario_song_free(song);
}

static void many_notes_at_once(void **state) {
  (void)state;
  builder b = build(1000000, 0, 1, 96);
  size_t begin = begin_track(&b);
  for (unsigned i = 0; i < 100000; i++)
    put(&b, (const uint8_t[]){0, 0x90 | (i >> 7 & 15), i & 127, 1 + i % 127}, 4);
  end_track(&b, begin);
  ario_error error;
  assert_ok(within_seconds("100,000 notes at once", &b, &error));
}

static void many_tempos_and_many_events(void **state) {
  (void)state;
  builder b = build(3000000, 1, 3, 96);
  size_t begin = begin_track(&b);
  for (unsigned i = 0; i < 100000; i++)
    put(&b, (const uint8_t[]){1, 0xff, 0x51, 3, 5, (uint8_t)(i >> 8), (uint8_t)i}, 7);
  end_track(&b, begin);
  begin = begin_track(&b);
  for (unsigned i = 0; i < 100000; i++)
    put(&b, (const uint8_t[]){1, 0xff, 0x58, 4, (uint8_t)(1 + i % 200), (uint8_t)(i % 6), 24, 8}, 8);
  end_track(&b, begin);
  begin = begin_track(&b);
  for (unsigned i = 0; i < 100000; i++)
    put(&b, (const uint8_t[]){1, i & 1 ? 0x80 : 0x90, 60 + i / 2 % 9, 64}, 4);
  end_track(&b, begin);
  ario_error error;
  assert_ok(within_seconds("100,000 tempos, meters and events", &b, &error));
}

static void many_tracks(void **state) {
  (void)state;
  builder b = build(13000000, 1, 65535, 96);
  for (unsigned i = 0; i < 1000000; i++) end_track(&b, begin_track(&b));
  ario_error error;
  assert_status(within_seconds("1,000,000 empty tracks", &b, &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "more than 65535 tracks");
  b = build(17000000, 1, 65535, 96);
  for (unsigned i = 0; i < 1000000; i++) {
    size_t begin = begin_track(&b);
    put(&b, "\0\x90\x3c\x40", 4);
    end_track(&b, begin);
  }
  assert_ok(within_seconds("1,000,000 tracks of a note", &b, &error));
}

static void a_hundred_megabytes(void **state) {
  (void)state;
  enum { SIZE = 100000000 };
  static const char *const fills[] = {"\0\x90\x3c\x40", "\0\x3c\x40",           "\xff\xff\xff\xff",
                                      "MTrk\0\0\0\0",   "MTrk\xff\xff\xff\xff", "\xf0\x00\x90\x80",
                                      "\x7f\xf7\1\x20", "abcd\0\0\0\0"};
  static const size_t sizes[] = {4, 3, 4, 8, 8, 4, 4, 8};
  for (size_t i = 0; i < COUNT_OF(fills); i++) {
    builder b = build(SIZE + 100, 1, 1, 96);
    begin_track(&b);
    memcpy(b.bytes + b.size - 4, "\x05\xf5\xe0\x00", 4);
    if (i == 1) put(&b, "\0\x90\x3c\x40", 4);
    while (b.size < SIZE) put(&b, fills[i], sizes[i]);
    ario_error error;
    char what[32];
    snprintf(what, sizeof what, "100 MB, fill %zu", i);
    ario_status status = within_seconds(what, &b, &error);
    if (status && status != ARIO_ERR_LIMIT && status != ARIO_ERR_FORMAT)
      fail_msg("%s: %s", ario_strerror(status), error.text);
    if (status) assert_contains(error.text, "byte ");
  }
}

static void too_many_bytes(void **state) {
  (void)state;
  ario_song *song;
  ario_error error;
  assert_status(ario_song_parse((const uint8_t *)"", (size_t)1 << 29, &song, &error), ARIO_ERR_LIMIT);
  assert_status(ario_song_open("/no/such/file.mid", &song, &error), ARIO_ERR_NOT_FOUND);
  assert_contains(error.text, "/no/such/file.mid");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_equal_vectors),
      cmocka_unit_test(good_files_need_no_repair),
      cmocka_unit_test(codec_table),
      cmocka_unit_test(a_song_describes_itself),
      cmocka_unit_test(names_are_printable),
      cmocka_unit_test(smpte_time),
      cmocka_unit_test(events_are_complete),
      cmocka_unit_test(bars_follow_meters_and_tempo),
      cmocka_unit_test(bars_go_on_in_what_is_in_force),
      cmocka_unit_test(a_prompt_is_cut),
      cmocka_unit_test(a_cut_at_an_event),
      cmocka_unit_test(a_prompt_hears_tracks),
      cmocka_unit_test(nothing_to_hear),
      cmocka_unit_test(broken_files_are_salvaged),
      cmocka_unit_test(every_broken_file_ends_well),
      cmocka_unit_test(bytes_above_7f),
      cmocka_unit_test(ports_are_told_apart),
      cmocka_unit_test(notes_have_programs_and_drums_are_listed),
      cmocka_unit_test(instruments_have_names),
      cmocka_unit_test(many_ports_are_four),
      cmocka_unit_test(what_is_said_again_is_no_change),
      cmocka_unit_test(late_note_offs_are_marked),
      cmocka_unit_test(centuries_are_refused),
      cmocka_unit_test(running_status_ends_with_its_track),
      cmocka_unit_test(many_notes_at_once),
      cmocka_unit_test(many_tempos_and_many_events),
      cmocka_unit_test(many_tracks),
      cmocka_unit_test(a_hundred_megabytes),
      cmocka_unit_test(too_many_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
