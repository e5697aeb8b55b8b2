// SPDX-License-Identifier: MIT
//
// Parts beside others and bars between others: prompts are what training shows, what is given keeps its bytes, what is new
// is of those who were asked and within its place; pieces longer than the context are written to their end. ARIO_LONG:
// more files.
#include "support/band_draw.h"
#include "support/odd_songs.h"

#include "arioso/symbolic.h"

#include <glob.h>

enum { DRUMS = ARIO_FILL_DRUMS, CONTEXT = 8192, HALF_TICK = 6000 }; // microseconds, at most

static const char *codec_name = "midi-band";

static const ario_symbolic_fill *fill_of(void) {
  return ario_codec_find(codec_name)->symbolic->fill;
}

static ario_fill_options any_part(const ario_fill_ask *asks, size_t count) {
  const ario_passage_options rules = ario_passage_options_default();
  return (ario_fill_options){.part = ario_prompt_options_default(),
                             .asks = asks,
                             .ask_count = count,
                             .max_silence = rules.max_silence,
                             .max_note = rules.max_note,
                             .most = CONTEXT};
}

static ario_fill_ask ask_for(unsigned first, unsigned last) {
  ario_fill_ask ask = {{false}};
  for (unsigned i = first; i <= last; i++) ask.any[i] = true;
  return ask;
}

// What comes next in a take; false: it is complete.
static bool next_of(ario_draft *draft, ario_stretch *stretch) {
  assert_ok(fill_of()->next(draft, stretch));
  return stretch->count > 0;
}

// ---- What training shows ----

// Twelve bars of bass, two others and drums; the meter and the tempo change at bar lines.
static ario_song *band_song(void) {
  made m = {.division = 48};
  static const uint8_t programs[] = {0, 33, 48};
  for (unsigned t = 0; t < 3; t++) make_program(&m, t, 0, t, programs[t]);
  uint32_t line = 0;
  for (unsigned bar = 0; bar < 12; bar++) {
    unsigned beats = bar < 6 ? 4 : 3;
    if (bar == 6) make_meter(&m, line, 3, 2);
    if (bar == 8) make_tempo(&m, line, 400000);
    for (unsigned beat = 0; beat < beats; beat++)
      for (unsigned t = 0; t < 4; t++) {
        if (t != 3 && (beat + bar + t) % 3 == 1 && beat) continue;
        make_note(&m, t, line + 48 * beat, t == 3 ? 6 : 36, t == 3 ? 9 : t,
                  t == 3 ? 36 + beat : 40 + 10 * t + (bar * 5 + beat) % 9, 60 + 4 * ((bar + t) % 5));
      }
    line += 48 * beats;
  }
  size_t size;
  uint8_t *bytes = make_file(&m, &size);
  ario_song *song = parse_song(bytes, size);
  free(bytes);
  return song;
}

typedef struct laid_out {
  ario_token tokens[8192];
  size_t count;
  bool plays[ARIO_BAND_INSTRUMENTS], given[ARIO_BAND_INSTRUMENTS], named[ARIO_BAND_INSTRUMENTS];
  bool accompany, between, density, bars;
  size_t onsets, first, gap; // bars before the gap, and of it
} laid_out;

// What a variation has done.
static void look_at(laid_out *v) {
  int instrument = -1, section = 0;
  bool written = false, head = true;
  for (size_t i = 0; i < v->count; i++) {
    int token = v->tokens[i];
    if (token == ARIO_BAND_BAR) {
      head = written = false;
      v->first += section == ARIO_BAND_BEFORE;
      v->gap += section == ARIO_BAND_BETWEEN;
    }
    if (token >= ARIO_BAND_AFTER && token <= ARIO_BAND_BETWEEN) section = token;
    if (token == ARIO_BAND_WRITE) v->accompany = written = true;
    v->between |= token == ARIO_BAND_BETWEEN;
    v->density |= token >= ARIO_BAND_DENSITY && token < ARIO_BAND_BARS;
    v->bars |= token >= ARIO_BAND_BARS && token < ARIO_BAND_BEATS;
    if (token >= ARIO_BAND_INSTRUMENT && token < ARIO_BAND_PITCH) {
      instrument = token - ARIO_BAND_INSTRUMENT;
      if (head) v->named[instrument] = true;
    }
    if (token < ARIO_BAND_PITCH || token >= ARIO_BAND_VELOCITY) continue;
    v->plays[instrument] = true;
    v->given[instrument] |= !written;
    v->onsets++;
  }
}

static bool same_players(const bool *a, const bool *b) {
  return memcmp(a, b, ARIO_BAND_INSTRUMENTS * sizeof *a) == 0;
}

// Follows a take that writes what was laid out: what it feeds must be that, and what stands there must be allowed.
static void follow_take(const ario_song *song, const ario_fill_options *options, const laid_out *v) {
  ario_fill place;
  ario_draft *draft;
  ario_stretch stretch;
  ario_error error = {""};
  bool allowed[ARIO_BAND_VOCAB];
  if (fill_of()->open(song, options, &place, &error)) fail_msg("%s", error.text);
  assert_ok(fill_of()->begin(&place, &draft));
  size_t at = 0;
  while (next_of(draft, &stretch)) {
    assert_int_equal(stretch.anew, at == 0);
    for (size_t i = 0; i < stretch.count; i++, at++)
      if (at == v->count || v->tokens[at] != stretch.tokens[i]) {
        char *want = band_words(v->tokens, at + 4 < v->count ? at + 4 : v->count);
        char *have = band_words(stretch.tokens, stretch.count);
        fail_msg("token %zu of a stretch of %zu: got \"%s\", expected \"%s\"", i, stretch.count, have, want);
      }
    for (bool going = true; going;) {
      ario_token token = v->tokens[at];
      if (token != ARIO_BAND_EOS) {
        ario_constraint_allowed(&stretch.grammar, ARIO_BAND_VOCAB, allowed);
        if (!allowed[token]) {
          char *words = band_words(v->tokens, at + 1);
          fail_msg("its last token is not allowed: %s", words);
        }
      }
      going = fill_of()->take(draft, &token);
      if (going) ario_constraint_feed(&stretch.grammar, &token, 1);
      at += going;
    }
  }
  assert_int_equal(v->tokens[at], ARIO_BAND_EOS);
  assert_int_equal(at + 1, v->count);
  // The song with it is the song.
  ario_fill_file file;
  if (fill_of()->write(&place, draft, false, &file, &error)) fail_msg("%s", error.text);
  size_t count, again, size;
  ario_token *tokens = band_tokens(file.bytes, file.size, &again), *wanted;
  assert_ok(ario_band_encode(song, &wanted, &count, NULL));
  assert_int_equal(again, count);
  for (size = 0; size < count; size++) assert_int_equal(tokens[size], wanted[size]);
  free(tokens);
  free(wanted);
  free(file.bytes);
  fill_of()->end(draft);
  fill_of()->close(&place);
}

// Of a piece's variations those that leave the music as it is, with a head as prompts have it.
static size_t try_variation(const ario_song *song, const ario_token *tokens, size_t count, uint64_t seed,
                            bool between) {
  laid_out *v = calloc(1, sizeof *v), *whole = calloc(1, sizeof *whole);
  assert_true(v && whole);
  memcpy(whole->tokens, tokens, count * sizeof *tokens);
  whole->count = count;
  look_at(whole);
  v->count = ario_band_vary(tokens, count, &(ario_variation){.tempo = 1, .seed = seed}, v->tokens,
                            COUNT_OF(v->tokens));
  look_at(v);
  bool fits = same_players(v->plays, whole->plays) && v->onsets == whole->onsets &&
              same_players(v->named, v->plays) && v->bars && !v->density &&
              (between ? v->between : v->accompany);
  if (fits && between) {
    ario_fill_options options = any_part(NULL, 0);
    assert_ok(ario_song_bar(song, v->first + 1, &options.part.from));
    assert_ok(ario_song_bar(song, v->first + v->gap + 1, &options.part.to));
    follow_take(song, &options, v);
  } else if (fits) {
    ario_fill_ask asks[ARIO_FILL_ASKS];
    size_t asked = 0;
    for (unsigned i = 0; i < ARIO_BAND_INSTRUMENTS; i++)
      if (v->plays[i] && !v->given[i]) asks[asked++] = ask_for(i, i);
    ario_fill_options options = any_part(asks, asked);
    options.instead = true;
    follow_take(song, &options, v);
  }
  free(v);
  free(whole);
  return fits;
}

static void prompts_are_what_training_shows(bool between) {
  ario_song *song = band_song();
  ario_token *tokens;
  size_t count, found = 0;
  assert_ok(ario_band_encode(song, &tokens, &count, NULL));
  for (uint64_t seed = 1; seed < 400000 && found < 5; seed++)
    found += try_variation(song, tokens, count, seed, between);
  assert_int_equal(found, 5);
  free(tokens);
  ario_song_free(song);
}

static void accompany_is_as_trained(void **state) {
  (void)state;
  prompts_are_what_training_shows(false);
}

static void between_is_as_trained(void **state) {
  (void)state;
  prompts_are_what_training_shows(true);
}

// ---- What is given ----

// A token that a stretch allows.
static ario_token draw_next(chance *c, const ario_stretch *stretch) {
  bool allowed[ARIO_BAND_VOCAB], more[ARIO_BAND_VOCAB];
  size_t vocab = ario_codec_find(codec_name)->vocab_size;
  ario_constraint_allowed(&stretch->grammar, vocab, allowed);
  if (stretch->strikes) ario_constraint_allowed(&stretch->onset, vocab, more);
  for (size_t i = 0; i < vocab && stretch->strikes; i++) allowed[i] = allowed[i] && more[i];
  return vocab == ARIO_BAND_VOCAB ? draw_any(c, allowed) : draw_token(c, allowed);
}

// A take of random tokens; returns how often a sequence began anew.
static size_t draw_take(chance *c, const ario_fill *place, ario_draft **draft) {
  ario_stretch stretch;
  size_t anew = 0, drawn = 0;
  assert_ok(fill_of()->begin(place, draft));
  while (next_of(*draft, &stretch)) {
    anew += stretch.anew;
    for (bool going = true; going;) {
      ario_token token = draw_next(c, &stretch);
      going = fill_of()->take(*draft, &token);
      if (going) ario_constraint_feed(&stretch.grammar, &token, 1);
      if (going && stretch.strikes) ario_constraint_feed(&stretch.onset, &token, 1);
      assert_true(++drawn < 2000000);
    }
  }
  return anew;
}

static size_t length_at(const uint8_t *bytes) {
  return (size_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

// The size of a track's chunk, and where it begins; 0: there is none.
static size_t chunk_of(const uint8_t *bytes, size_t size, unsigned track, const uint8_t **begin) {
  size_t at = 0;
  while (memcmp(bytes + at, "MThd", 4) != 0) at++; // behind a RIFF wrapper
  for (at += 8 + length_at(bytes + at + 4); at + 8 <= size; at += 8 + length_at(bytes + at + 4)) {
    *begin = bytes + at + 8;
    if (memcmp(bytes + at, "MTrk", 4) == 0 && track-- == 0) return length_at(bytes + at + 4);
  }
  return 0;
}

// The song's chunks are in the file as they were; a file that was repaired, or whose ticks are too long, differs.
static void assert_given(const char *name, const uint8_t *bytes, size_t size, const ario_fill_file *file,
                         unsigned tracks) {
  for (unsigned t = 0; t < tracks; t++) {
    const uint8_t *had = NULL, *has = NULL;
    size_t before = chunk_of(bytes, size, t, &had), after = chunk_of(file->bytes, file->size, t, &has);
    if (before != after || memcmp(had, has, before) != 0)
      fail_msg("%s: track %u has %zu bytes, and had %zu", name, t + 1, after, before);
  }
}

static bool is_onset(const ario_midi_event *event) {
  return (event->bytes[0] & 0xf0) == 0x90 && event->bytes[2] > 0;
}

// New onsets are on tracks behind the song's, of those who may play, within the place.
static void assert_new(const char *name, const ario_song *out, unsigned tracks, const ario_fill *place,
                       const bool *may) {
  size_t count;
  const ario_midi_event *events = ario_song_events(out, &count);
  ario_channels channels;
  ario_channels_init(&channels);
  for (size_t i = 0; i < count; i++) {
    const ario_midi_event *event = &events[i];
    const ario_channel *channel = &channels.channels[16 * event->port + (event->bytes[0] & 15)];
    ario_channels_feed(&channels, event->port, event->tick, event->bytes, event->size, NULL, NULL);
    if (!is_onset(event) || event->track <= tracks) continue;
    int instrument = channel->drums ? DRUMS : channel->program < 0 ? 0 : channel->program;
    if (!may[instrument]) fail_msg("%s: instrument %d was not asked for", name, instrument);
    if (event->microseconds < place->begin - HALF_TICK || event->microseconds >= place->end)
      fail_msg("%s: an onset at %lld, outside %lld .. %lld", name, (long long)event->microseconds,
               (long long)place->begin, (long long)place->end);
  }
}

// Each new note ends within the place.
static void assert_ends(const char *name, const ario_song *out, unsigned tracks, const ario_fill *place) {
  size_t count;
  const ario_midi_event *events = ario_song_events(out, &count);
  for (size_t i = 0; i < count; i++) {
    if (!is_onset(&events[i]) || events[i].track <= tracks) continue;
    size_t j = i + 1;
    while (j < count && (events[j].track != events[i].track || (events[j].bytes[0] & 0xf0) != 0x80 ||
                         events[j].bytes[1] != events[i].bytes[1]))
      j++;
    if (j == count || events[j].microseconds > place->end + HALF_TICK)
      fail_msg("%s: the note at %lld ends at %lld, the place at %lld", name,
               (long long)events[i].microseconds, j == count ? -1LL : (long long)events[j].microseconds,
               (long long)place->end);
  }
}

// From a quarter of the song's bars to a half, as a part of it.
static void middle_part(const ario_song *song, ario_prompt_options *part) {
  size_t bars;
  ario_song_info info = ario_song_describe(song);
  if (ario_song_bar_at(song, info.microseconds, &bars) || bars < 4) return;
  assert_ok(ario_song_bar(song, 1 + bars / 4, &part->from));
  assert_ok(ario_song_bar(song, 1 + bars / 2, &part->to));
}

static unsigned first_silent(const ario_song *song, unsigned from) {
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  for (unsigned p = from; p < 128; p++) {
    bool plays = false;
    for (size_t i = 0; i < count; i++) plays |= notes[i].program == p;
    if (!plays) return p;
  }
  return from;
}

static void accompany_one(const char *name, const uint8_t *bytes, size_t size, bool part, uint64_t seed) {
  chance c = {seed};
  ario_error error = {""};
  ario_song *song = parse_song(bytes, size);
  ario_fill place;
  ario_draft *draft = NULL;
  const ario_fill_ask asks[] = {ask_for(first_silent(song, 33), first_silent(song, 33)),
                                ask_for(first_silent(song, 48), first_silent(song, 48))};
  ario_fill_options options = any_part(asks, COUNT_OF(asks));
  if (part) middle_part(song, &options.part);
  ario_status status = fill_of()->open(song, &options, &place, &error);
  if (status) {
    assert_true(error.text[0]);
  } else {
    bool may[ARIO_FILL_INSTRUMENTS] = {false};
    ario_fill_file file;
    unsigned tracks = ario_song_describe(song).tracks;
    draw_take(&c, &place, &draft);
    fill_of()->players(draft, may);
    if (fill_of()->write(&place, draft, false, &file, &error)) fail_msg("%s: %s", name, error.text);
    ario_song *out = parse_song(file.bytes, file.size);
    if (!ario_song_describe(song).warnings && ario_song_describe(song).division >= ARIO_BAND_STEPS)
      assert_given(name, bytes, size, &file, tracks);
    assert_new(name, out, tracks, &place, may);
    assert_ends(name, out, tracks, &place);
    ario_song_free(out);
    free(file.bytes);
    fill_of()->end(draft);
  }
  fill_of()->close(&place);
  ario_song_free(song);
}

// What of a song does not leave is there, and nothing else is in the gap but what is new.
static void assert_kept(const char *name, const ario_song *song, const ario_song *out,
                        const ario_fill *place) {
  size_t count, out_count, j = 0;
  const ario_midi_event *events = ario_song_events(song, &count), *got = ario_song_events(out, &out_count);
  unsigned tracks = ario_song_describe(song).tracks;
  for (size_t i = 0; i < count; i++) {
    if (!is_onset(&events[i])) continue;
    bool drum = strcmp(codec_name, "midi-band") != 0 && (events[i].bytes[0] & 15) == 9;
    bool leaves =
        !drum && events[i].microseconds >= place->begin - 1 && events[i].microseconds < place->end - 1;
    while (j < out_count && (!is_onset(&got[j]) || got[j].track > tracks)) j++;
    bool same = j < out_count && got[j].microseconds == events[i].microseconds &&
                got[j].track == events[i].track && memcmp(got[j].bytes, events[i].bytes, 3) == 0;
    // Within half a step of the border it may belong to either side.
    bool near = llabs(events[i].microseconds - place->begin) < 20000 ||
                llabs(events[i].microseconds - place->end) < 20000;
    if (same == leaves && !near)
      fail_msg("%s: the onset at %lld is%s there", name, (long long)events[i].microseconds,
               same ? "" : " not");
    j += same;
  }
}

static bool between_one(const char *name, const uint8_t *bytes, size_t size, uint64_t seed) {
  chance c = {seed};
  ario_error error = {""};
  ario_song *song = parse_song(bytes, size);
  ario_fill place;
  ario_draft *draft = NULL;
  ario_fill_options options = any_part(NULL, 0);
  middle_part(song, &options.part);
  ario_status status = fill_of()->open(song, &options, &place, &error);
  if (status) {
    assert_true(error.text[0]);
  } else {
    ario_fill_file file;
    bool all[ARIO_FILL_INSTRUMENTS];
    memset(all, true, sizeof all);
    draw_take(&c, &place, &draft);
    if (fill_of()->write(&place, draft, false, &file, &error)) fail_msg("%s: %s", name, error.text);
    ario_song *out = parse_song(file.bytes, file.size);
    assert_new(name, out, ario_song_describe(song).tracks, &place, all);
    assert_ends(name, out, ario_song_describe(song).tracks, &place);
    assert_kept(name, song, out, &place);
    int64_t first = INT64_MAX; // the first new onset is on the bar line
    size_t count;
    const ario_midi_event *events = ario_song_events(out, &count);
    for (size_t i = 0; i < count; i++)
      if (is_onset(&events[i]) && events[i].track > ario_song_describe(song).tracks &&
          events[i].microseconds < first)
        first = events[i].microseconds;
    if (llabs(first - place.begin) > 6000)
      fail_msg("%s: begins at %lld, the gap at %lld", name, (long long)first, (long long)place.begin);
    ario_song_free(out);
    free(file.bytes);
    fill_of()->end(draft);
  }
  fill_of()->close(&place);
  ario_song_free(song);
  return !status;
}

static void odd_songs_are_filled(void **state) {
  (void)state;
  size_t filled = 0;
  for (size_t i = 0; i < COUNT_OF(odd_songs); i++) {
    size_t size;
    uint8_t *bytes = odd_file(&odd_songs[i], &size);
    for (int part = 0; part < 2; part++) accompany_one(odd_songs[i].name, bytes, size, part, i + 1);
    filled += between_one(odd_songs[i].name, bytes, size, i + 1);
    free(bytes);
  }
  assert_true(filled >= 6);
}

static void given_files_are_filled(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 27);
  for (size_t i = 0; i < files.count; i++) {
    size_t size;
    if (strstr(files.paths[i], "three_hours")) continue;
    uint8_t *bytes = read_bytes(files.paths[i], &size);
    accompany_one(files.paths[i], bytes, size, i % 2, i + 1);
    between_one(files.paths[i], bytes, size, i + 1);
    free(bytes);
  }
  free_files(&files);
}

// The same by a model that only goes on: drums stay.
static void performances_are_filled(void **state) {
  (void)state;
  size_t filled = 0;
  codec_name = "midi-performance";
  for (size_t i = 0; i < COUNT_OF(odd_songs); i++) {
    size_t size;
    uint8_t *bytes = odd_file(&odd_songs[i], &size);
    filled += between_one(odd_songs[i].name, bytes, size, i + 1);
    free(bytes);
  }
  codec_name = "midi-band";
  assert_true(filled >= 5);
}

static void bands_are_filled(void **state) {
  (void)state;
  glob_t found;
  size_t most = getenv("ARIO_LONG") ? 40 : 4, filled = 0;
  if (glob(ARIO_SHARED "/multi/*/*.mid", 0, NULL, &found) || !found.gl_pathc) {
    print_message("SKIP: no files in " ARIO_SHARED "/multi\n");
    skip();
  }
  for (size_t i = 0; i < most; i++) {
    const char *path = found.gl_pathv[(2 * i + 1) * found.gl_pathc / (2 * most)];
    size_t size;
    uint8_t *bytes = read_bytes(path, &size);
    accompany_one(path, bytes, size, i % 2, i + 1);
    filled += between_one(path, bytes, size, i + 1);
    free(bytes);
  }
  globfree(&found);
  assert_true(2 * filled >= most);
}

// ---- Windows ----

// With little context a piece is written in windows, each of which has what was written before.
static void long_pieces_come_in_windows(void **state) {
  (void)state;
  ario_song *song = band_song();
  const ario_fill_ask ask = ask_for(64, 64);
  ario_fill_options options = any_part(&ask, 1);
  options.most = 400;
  ario_fill place;
  ario_draft *draft;
  ario_stretch stretch;
  assert_ok(fill_of()->open(song, &options, &place, NULL));
  assert_int_equal(place.bars, 12);
  assert_ok(fill_of()->begin(&place, &draft));
  size_t windows = 0, used = 0, bars = 0, most = 0, again = 0;
  while (next_of(draft, &stretch)) {
    windows += stretch.anew;
    used = stretch.anew ? stretch.count : used + stretch.count;
    most = used > most ? used : most;
    for (size_t i = 0; i < stretch.count && stretch.anew; i++)
      again += stretch.tokens[i] == ARIO_BAND_PITCH + 70 && stretch.tokens[i + 1] == ARIO_BAND_LENGTH + 11;
    ario_token bar[] = {ARIO_BAND_INSTRUMENT + 64, ARIO_BAND_VELOCITY + 15, ARIO_BAND_PITCH + 70,
                        ARIO_BAND_LENGTH + 11, ARIO_BAND_BAR};
    for (size_t i = 0; i < COUNT_OF(bar); i++) assert_int_equal(fill_of()->take(draft, &bar[i]), i < 4);
    used += 4;
    bars++;
  }
  assert_int_equal(bars, 12);
  assert_true(windows > 1 && most <= 400);
  assert_true(again > 0);
  assert_int_equal(fill_of()->progress(draft).notes, 12);
  fill_of()->end(draft);
  fill_of()->close(&place);
  ario_song_free(song);
}

// ---- What cannot be ----

static void refuse(const ario_song *song, const ario_fill_options *options, const char *part) {
  ario_fill place;
  ario_error error = {""};
  assert_true(fill_of()->open(song, options, &place, &error) != ARIO_OK);
  if (!strstr(error.text, part)) fail_msg("\"%s\" says nothing about \"%s\"", error.text, part);
  fill_of()->close(&place);
}

static void what_cannot_be_is_refused(void **state) {
  (void)state;
  ario_song *song = band_song();
  const ario_fill_ask bass = ask_for(33, 33);
  ario_fill_options options = any_part(&bass, 1);
  refuse(song, &options, "there already");
  options = any_part(NULL, 0);
  refuse(song, &options, "before the gap");
  assert_ok(ario_song_bar(song, 3, &options.part.from));
  refuse(song, &options, "after the gap");
  const ario_fill_ask all[] = {ask_for(0, 0), ask_for(33, 33), ask_for(48, 48), ask_for(DRUMS, DRUMS)};
  options = any_part(all, COUNT_OF(all));
  options.instead = true;
  refuse(song, &options, "nothing is left");
  ario_song_free(song);
  made m = {.division = 48}; // 14 of 15 channels are taken
  for (unsigned c = 0; c < 15; c++)
    if (c != 9) make_note(&m, c, 0, 48, c, 60, 80);
  size_t size;
  uint8_t *bytes = make_file(&m, &size);
  song = parse_song(bytes, size);
  const ario_fill_ask two[] = {ask_for(33, 33), ask_for(48, 48)};
  options = any_part(two, COUNT_OF(two));
  refuse(song, &options, "2 new instruments need a MIDI channel each, and 1 is free");
  free(bytes);
  ario_song_free(song);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accompany_is_as_trained),     cmocka_unit_test(between_is_as_trained),
      cmocka_unit_test(odd_songs_are_filled),        cmocka_unit_test(given_files_are_filled),
      cmocka_unit_test(performances_are_filled),     cmocka_unit_test(bands_are_filled),
      cmocka_unit_test(long_pieces_come_in_windows), cmocka_unit_test(what_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
