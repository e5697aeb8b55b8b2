// SPDX-License-Identifier: MIT
//
// Variations of tokens: nothing changes where nothing is to; otherwise the result is what decoding, moving
// the notes and encoding them gives, for whole pieces and for runs that begin inside one. ARIO_SEED=N draws
// otherwise; the seed is printed.
#include "support/midi.h"
#include "support/small_song.h"

#include <math.h>

typedef struct run {
  ario_token *tokens;
  size_t count;
} run;

static run encode(const uint8_t *bytes, size_t size) {
  run r;
  ario_error error = {{0}};
  if (ario_codec_find("midi-performance")
          ->encode(bytes, size, &(ario_config){0}, &r.tokens, &r.count, &error))
    fail_msg("%s", error.text);
  return r;
}

static run file_tokens(const char *path) {
  size_t size;
  uint8_t *bytes = read_bytes(path, &size);
  run r = encode(bytes, size);
  free(bytes);
  return r;
}

// A canonical piece by the grammar, from bos to eos.
static run random_piece(uint64_t seed) {
  enum { LONGEST = 6000 };
  chance c = {seed};
  run r = {malloc(LONGEST * sizeof *r.tokens), 1};
  assert_non_null(r.tokens);
  ario_midi_grammar_options options = {
      .max_silence = 1 + (int64_t)draw_below(&c, 300),
      .max_note =
          1 + (int64_t)draw_below(&c, draw_below(&c, 2) ? 5 : 500), // short ones come to lie on another
      .until_end = true};
  ario_constraint grammar;
  grammar = ario_midi_grammar(&options);
  r.tokens[0] = ARIO_MIDI_BOS;
  ario_constraint_feed(&grammar, r.tokens, 1);
  r.count += draw_tokens(&c, &grammar, draw_below(&c, 900), r.tokens + 1, LONGEST - 2);
  r.tokens[r.count++] = ARIO_MIDI_EOS;
  return r;
}

// The variation, in memory of just the size that the header asks for.
static run vary(const ario_token *tokens, size_t count, int semitones, double tempo) {
  size_t room = 3 * count;
  run r = {malloc(room * sizeof *r.tokens + !room), 0};
  assert_non_null(r.tokens);
  r.count = ario_midi_vary(tokens, count, &(ario_variation){semitones, tempo}, r.tokens, room);
  assert_true(r.count <= room);
  return r;
}

static bool is_shift(ario_token token) {
  return token >= ARIO_MIDI_SHIFT && token < ARIO_MIDI_VELOCITY;
}

static bool is_pitch(ario_token token, ario_token first) {
  return token >= first && token < first + 128;
}

// ---- The same by way of notes ----

static int by_time(const void *a, const void *b) {
  const small_event *x = a, *y = b;
  if (x->at != y->at) return x->at < y->at ? -1 : 1;
  return x->bytes[0] - y->bytes[0]; // note-offs, 0x8c, come first
}

// Notes of a pitch take turns on the channels, so that the encoder sees them all.
static run encode_notes(const ario_note *notes, size_t count) {
  unsigned turn[128] = {0};
  small_event *events = malloc((2 * count + !count) * sizeof *events);
  uint8_t *bytes = malloc(40 + 26 * count);
  assert_non_null(events);
  assert_non_null(bytes);
  for (size_t i = 0; i < count; i++) {
    unsigned pitch = notes[i].pitch, channel = turn[pitch]++ % 15;
    if (channel >= 9) channel++; // not the drums
    events[2 * i] = (small_event){
        (uint32_t)notes[i].start * 10, 1, {(uint8_t)(0x90 | channel), (uint8_t)pitch, notes[i].velocity}, 3};
    events[2 * i + 1] =
        (small_event){(uint32_t)notes[i].end * 10, 1, {(uint8_t)(0x80 | channel), (uint8_t)pitch, 64}, 3};
  }
  qsort(events, 2 * count, sizeof *events, by_time);
  memcpy(bytes, "MThd\0\0\0\6\0\0\0\1\1\xF4", 14);
  run r = encode(bytes, 14 + small_track(bytes + 14, 1, events, 2 * count));
  free(events);
  free(bytes);
  return r;
}

static int64_t scaled(int64_t step, double tempo) {
  return (int64_t)floor((double)step * tempo + 0.5);
}

// Notes that the tokens decode to, moved and encoded.
static run vary_notes(run piece, int semitones, double tempo) {
  ario_note *notes;
  size_t count;
  assert_ok(ario_midi_notes(piece.tokens, piece.count, &notes, &count));
  for (size_t i = 0; i < count; i++) {
    int64_t start = scaled(notes[i].start, tempo), end = scaled(notes[i].end, tempo);
    notes[i].start = start;
    notes[i].end = end > start ? end : start + 1;
    notes[i].pitch = (uint8_t)(notes[i].pitch + semitones);
  }
  run r = encode_notes(notes, count);
  free(notes);
  return r;
}

// How far the pitches of a run may go down and up.
static void pitch_room(run r, int *down, int *up) {
  int low = 127, high = 0;
  for (size_t i = 0; i < r.count; i++) {
    if (r.tokens[i] < ARIO_MIDI_NOTE_ON || r.tokens[i] >= ARIO_MIDI_SHIFT) continue;
    int pitch = (r.tokens[i] - ARIO_MIDI_NOTE_ON) % 128;
    if (pitch < low) low = pitch;
    if (pitch > high) high = pitch;
  }
  *down = low > high ? 0 : low;
  *up = low > high ? 0 : 127 - high;
}

static int random_transposition(chance *c, run r) {
  int down, up;
  pitch_room(r, &down, &up);
  return (int)draw_below(c, (size_t)(down + up + 1)) - down;
}

static double random_tempo(chance *c) {
  static const double tempos[] = {0.95, 1.05, 1, 0.5, 2, 0.3, 0.11, 1.01};
  size_t i = draw_below(c, 2 * COUNT_OF(tempos));
  return i < COUNT_OF(tempos) ? tempos[i] : 0.9 + (double)draw_below(c, 20000) / 1e5;
}

static void check_piece(const char *what, run piece, uint64_t seed) {
  chance c = {seed};
  int semitones = random_transposition(&c, piece);
  double tempo = random_tempo(&c);
  char name[512];
  snprintf(name, sizeof name, "%s, %+d semitones, tempo %.17g", what, semitones, tempo);
  run got = vary(piece.tokens, piece.count, semitones, tempo), want = vary_notes(piece, semitones, tempo);
  assert_tokens(name, got.tokens, got.count, want.tokens, want.count);
  free(got.tokens);
  free(want.tokens);
}

static void files_vary_as_their_notes(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 27);
  for (size_t i = 0; i < files.count; i++) {
    run piece = file_tokens(files.paths[i]);
    for (uint64_t k = 0; k < 6; k++) check_piece(files.paths[i], piece, first_seed() * 1000 + 6 * i + k);
    free(piece.tokens);
  }
  free_files(&files);
}

static void random_pieces_vary_as_their_notes(void **state) {
  (void)state;
  for (uint64_t seed = first_seed(), last = seed + 400; seed < last; seed++) {
    run piece = random_piece(seed);
    char what[64];
    snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
    check_piece(what, piece, seed);
    free(piece.tokens);
  }
}

// Not canonical: notes struck again, ends without notes, velocities that are none's or missing, in any order.
static run disorder(uint64_t seed) {
  enum { LONGEST = 400, PITCHES = 4 };
  static const ario_token kinds[] = {ARIO_MIDI_NOTE_ON, ARIO_MIDI_NOTE_OFF, ARIO_MIDI_SHIFT,
                                     ARIO_MIDI_VELOCITY};
  chance c = {seed};
  run r = {malloc((LONGEST + 200) * sizeof *r.tokens), 0};
  assert_non_null(r.tokens);
  r.tokens[r.count++] = ARIO_MIDI_BOS;
  r.tokens[r.count++] = ARIO_MIDI_NOTE_ON; // at time 0, in no velocity
  for (size_t i = draw_below(&c, LONGEST); i > 0; i--)
    r.tokens[r.count++] = (ario_token)(kinds[draw_below(&c, 4)] + draw_below(&c, PITCHES));
  r.tokens[r.count++] = ARIO_MIDI_NOTE_ON; // something sounds at the end
  r.tokens[r.count++] = ARIO_MIDI_SHIFT + 30;
  for (unsigned p = 0; p < 128; p++) r.tokens[r.count++] = (ario_token)(ARIO_MIDI_NOTE_OFF + 127 - p);
  r.tokens[r.count++] = ARIO_MIDI_EOS;
  return r;
}

static void disorder_is_put_in_order(void **state) {
  (void)state;
  for (uint64_t seed = first_seed(), last = seed + 300; seed < last; seed++) {
    run piece = disorder(seed), got = vary(piece.tokens, piece.count, 0, seed % 2 ? 1 : 0.7);
    run want = vary_notes(piece, 0, seed % 2 ? 1 : 0.7);
    char what[64];
    snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
    assert_tokens(what, got.tokens, got.count, want.tokens, want.count);
    free(piece.tokens);
    free(got.tokens);
    free(want.tokens);
  }
}

// ---- Nothing is to change ----

static void expect_unchanged(const char *what, const ario_token *tokens, size_t count) {
  run got = vary(tokens, count, 0, 1);
  assert_tokens(what, got.tokens, got.count, tokens, count);
  free(got.tokens);
}

// Whole, and runs that begin after time-shifts and end anywhere.
static void check_unchanged(const char *what, run piece, uint64_t seed) {
  chance c = {seed};
  expect_unchanged(what, piece.tokens, piece.count);
  for (unsigned k = 0; k < 60; k++) {
    size_t begin = draw_below(&c, piece.count), end = begin + draw_below(&c, piece.count - begin + 1);
    if (begin && !is_shift(piece.tokens[begin - 1])) continue;
    char name[512];
    snprintf(name, sizeof name, "%s, tokens %zu to %zu", what, begin, end);
    expect_unchanged(name, piece.tokens + begin, end - begin);
  }
}

static void nothing_changes_unasked(void **state) {
  (void)state;
  midi_files files = find_files("*.mid", 27);
  for (size_t i = 0; i < files.count; i++) {
    run piece = file_tokens(files.paths[i]);
    check_unchanged(files.paths[i], piece, first_seed() + i);
    free(piece.tokens);
  }
  free_files(&files);
  for (uint64_t seed = first_seed(), last = seed + 200; seed < last; seed++) {
    run piece = random_piece(seed);
    char what[64];
    snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
    check_unchanged(what, piece, seed);
    free(piece.tokens);
  }
}

static void pieces_in_a_row_and_padding(void **state) {
  (void)state;
  enum {
    BOS = ARIO_MIDI_BOS,
    EOS = ARIO_MIDI_EOS,
    ON = ARIO_MIDI_NOTE_ON + 60,
    OFF = ARIO_MIDI_NOTE_OFF + 60
  };
  enum { SHIFT = ARIO_MIDI_SHIFT, VELOCITY = ARIO_MIDI_VELOCITY };
  static const ario_token two[] = {OFF,          EOS, BOS,       VELOCITY + 9, ON,  SHIFT + 2, OFF, EOS, BOS,
                                   VELOCITY + 9, ON,  SHIFT + 9, OFF,          EOS, 0,         0,   0};
  static const ario_token slower[] = {OFF, EOS,          BOS, VELOCITY + 9, ON,  SHIFT + 4, OFF, EOS,
                                      BOS, VELOCITY + 9, ON,  SHIFT + 14,   OFF, EOS,       0,   0,
                                      0};
  expect_unchanged("two pieces", two, COUNT_OF(two));
  run got = vary(two, COUNT_OF(two), 0, 1.5); // 4.5 rounds up
  assert_tokens("two pieces, slower", got.tokens, got.count, slower, COUNT_OF(slower));
  free(got.tokens);
}

// ---- Runs from inside a piece ----

// A piece that goes on as the run does: bos, what sounds at the run's beginning, 16 seconds, the run. All of
// it but the run is `head`.
static run embed(run r, size_t *head) {
  enum { LONG = 16 };
  bool known[128] = {false}, open[128] = {false}, any = false;
  ario_token bin = ARIO_MIDI_VELOCITY + 1;
  for (size_t i = r.count; i-- > 0;)
    if (r.tokens[i] >= ARIO_MIDI_VELOCITY) bin = r.tokens[i];
  bin = bin == ARIO_MIDI_VELOCITY ? bin + 1 : bin - 1; // not the first of the run
  for (size_t i = 0; i < r.count; i++) {
    ario_token t = r.tokens[i];
    if (is_pitch(t, ARIO_MIDI_NOTE_OFF) && !known[t - 131]) any = open[t - 131] = true;
    if (is_pitch(t, ARIO_MIDI_NOTE_OFF)) known[t - 131] = true;
    if (is_pitch(t, ARIO_MIDI_NOTE_ON)) known[t - 3] = true;
  }
  run whole = {malloc((r.count + 134 + LONG) * sizeof *r.tokens), 0};
  assert_non_null(whole.tokens);
  whole.tokens[whole.count++] = ARIO_MIDI_BOS;
  whole.tokens[whole.count++] = bin;
  for (unsigned p = 0; p < 128; p++)
    if (open[p] || (p == 127 && !any)) whole.tokens[whole.count++] = (ario_token)(ARIO_MIDI_NOTE_ON + p);
  for (unsigned i = 0; i < LONG; i++) {
    whole.tokens[whole.count++] = ARIO_MIDI_SHIFT + ARIO_MIDI_MAX_SHIFT - 1;
    if (i == 0 && !any) whole.tokens[whole.count++] = ARIO_MIDI_NOTE_OFF + 127;
  }
  *head = whole.count;
  memcpy(whole.tokens + whole.count, r.tokens, r.count * sizeof *r.tokens);
  whole.count += r.count;
  return whole;
}

// Is the run's velocity told before its first note?
static bool velocity_first(run r) {
  for (size_t i = 0; i < r.count; i++) {
    if (r.tokens[i] >= ARIO_MIDI_VELOCITY) return true;
    if (is_pitch(r.tokens[i], ARIO_MIDI_NOTE_ON)) return false;
  }
  return true;
}

// At these tempos 16 seconds become whole ones, so that the run's times are rounded as within the piece.
static void runs_vary_as_within_a_piece(void **state) {
  (void)state;
  size_t checked = 0;
  for (uint64_t seed = first_seed(), last = seed + 1500; seed < last; seed++) {
    chance c = {seed};
    run piece = random_piece(seed), r = piece;
    size_t begin = draw_below(&c, piece.count), head;
    r.tokens += begin;
    r.count -= begin;
    if (begin && is_shift(r.tokens[-1]) && !is_shift(r.tokens[0]) && velocity_first(r)) {
      double tempo = draw_below(&c, 2) ? 15.0 / 16 : 17.0 / 16;
      run whole = embed(r, &head);
      int semitones = random_transposition(&c, whole);
      run want = vary_notes(whole, semitones, tempo), got = vary(r.tokens, r.count, semitones, tempo);
      char what[64];
      snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
      assert_true(want.count > got.count);
      head = want.count - got.count;
      assert_int_equal(ario_midi_duration(want.tokens, head), (int64_t)(1600 * tempo));
      assert_true(is_shift(want.tokens[head - 1]));
      assert_tokens(what, got.tokens, got.count, want.tokens + head, got.count);
      free(whole.tokens);
      free(want.tokens);
      free(got.tokens);
      checked++;
    }
    free(piece.tokens);
  }
  if (checked < 100) fail_msg("only %zu runs were checked", checked);
}

// ---- Pitches at the edges ----

static void pitches_stay_in_range(void **state) {
  (void)state;
  static const int wanted[] = {-100000, -13, -12, -6, -1, 0, 1, 6, 12, 13, 100000};
  for (uint64_t seed = first_seed(), last = seed + 30; seed < last; seed++) {
    run piece = random_piece(seed);
    chance c = {seed};
    size_t kept = 0, room = 1 + draw_below(&c, 64); // narrower, with room to move
    for (size_t i = 0; i < piece.count; i++) {
      ario_token t = piece.tokens[i];
      if (t >= ARIO_MIDI_NOTE_ON && t < ARIO_MIDI_SHIFT &&
          ((t - 3u) % 128 < room || (t - 3u) % 128 > 127 - room))
        continue;
      piece.tokens[kept++] = t;
    }
    piece.count = kept;
    int down, up;
    pitch_room(piece, &down, &up);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
      int within = wanted[i] < -down ? -down : wanted[i] > up ? up : wanted[i];
      run got = vary(piece.tokens, piece.count, wanted[i], 1),
          want = vary(piece.tokens, piece.count, within, 1);
      assert_tokens("nearest transposition", got.tokens, got.count, want.tokens, want.count);
      int got_down, got_up;
      pitch_room(got, &got_down, &got_up);
      if (down + up > 0 || got_down + got_up > 0) assert_int_equal(got_down - down, within);
      free(got.tokens);
      free(want.tokens);
    }
    free(piece.tokens);
  }
}

// ---- Anything at all ----

// Every token must be allowed by the grammar, with no limits on lengths, but for those of notes from before.
static void expect_canonical(const char *what, run r) {
  size_t head;
  run whole = embed(r, &head);
  ario_constraint grammar;
  grammar = ario_midi_grammar(&(ario_midi_grammar_options){INT64_MAX / 2, INT64_MAX / 2, true});
  bool allowed[ARIO_MIDI_VOCAB];
  for (size_t i = 0; i < whole.count; i++) {
    ario_constraint_allowed(&grammar, ARIO_MIDI_VOCAB, allowed);
    if (i >= head && !allowed[whole.tokens[i]])
      fail_msg("%s: token %zu, %u, is not canonical", what, i - head, whole.tokens[i]);
    ario_constraint_feed(&grammar, &whole.tokens[i], 1);
  }
  free(whole.tokens);
}

// Runs that begin anywhere, even between the tokens of a step.
static void runs_are_canonical(void **state) {
  (void)state;
  for (uint64_t seed = first_seed(), last = seed + 1000; seed < last; seed++) {
    chance c = {seed};
    run piece = random_piece(seed);
    size_t begin = 1 + draw_below(&c, piece.count - 1), end = begin + draw_below(&c, piece.count - begin) + 1;
    while (end > begin &&
           (piece.tokens[end - 1] >= ARIO_MIDI_VELOCITY || piece.tokens[end - 1] == ARIO_MIDI_EOS))
      end--; // these need what comes next or has been before
    run got = vary(piece.tokens + begin, end - begin, (int)draw_below(&c, 13) - 6, random_tempo(&c));
    char what[64];
    snprintf(what, sizeof what, "seed %llu", (unsigned long long)seed);
    expect_canonical(what, got);
    free(got.tokens);
    free(piece.tokens);
  }
}

static void garbage_gives_tokens(void **state) {
  (void)state;
  static const double tempos[] = {0.95, 1.05, 1, 2, 0.3, 0, -1, NAN, -INFINITY};
  for (uint64_t seed = first_seed(), last = seed + 3000; seed < last; seed++) {
    chance c = {seed};
    ario_token tokens[300];
    size_t count = draw_below(&c, COUNT_OF(tokens) + 1), kinds = 1 + draw_below(&c, ARIO_MIDI_VOCAB);
    for (size_t i = 0; i < count; i++) tokens[i] = (ario_token)draw_below(&c, ARIO_MIDI_VOCAB);
    for (size_t i = 0; i < count; i++)
      if (draw_below(&c, 9) == 0) tokens[i] = (ario_token)(draw_below(&c, 2) ? draw(&c) : tokens[i] % kinds);
    int semitones = (int)draw_below(&c, 300) - 150;
    run got = vary(tokens, count, semitones, tempos[draw_below(&c, COUNT_OF(tempos))]);
    for (size_t i = 0; i < got.count; i++)
      if (got.tokens[i] >= ARIO_MIDI_VOCAB)
        fail_msg("seed %llu: token %zu is %u", (unsigned long long)seed, i, got.tokens[i]);
    free(got.tokens);
  }
  ario_token long_time[1000];
  for (size_t i = 0; i < COUNT_OF(long_time); i++) long_time[i] = ARIO_MIDI_SHIFT + 99;
  ario_token few[7];
  assert_int_equal(ario_midi_vary(long_time, 1000, &(ario_variation){0, INFINITY}, few, 7), 7);
  assert_int_equal(ario_midi_vary(long_time, 0, &(ario_variation){0, 1}, few, 7), 0);
  assert_int_equal(ario_midi_vary(long_time, 1000, &(ario_variation){0, 1}, NULL, 0), 0);
}

static void short_room_gives_the_beginning(void **state) {
  (void)state;
  for (uint64_t seed = first_seed(), last = seed + 50; seed < last; seed++) {
    chance c = {seed};
    run piece = random_piece(seed), all = vary(piece.tokens, piece.count, 0, 1.04);
    size_t room = draw_below(&c, all.count + 1);
    run part = {malloc(room * sizeof *part.tokens + !room), 0};
    assert_non_null(part.tokens);
    part.count = ario_midi_vary(piece.tokens, piece.count, &(ario_variation){0, 1.04}, part.tokens, room);
    assert_tokens("a part", part.tokens, part.count, all.tokens, room);
    free(part.tokens);
    free(all.tokens);
    free(piece.tokens);
  }
}

static void the_codec_knows_it(void **state) {
  (void)state;
  const ario_codec *codec = ario_codec_find("midi-performance");
  assert_int_equal(codec->version, 2);
  assert_ptr_equal(codec->vary, ario_midi_vary);
}

int main(void) {
  printf("ARIO_SEED=%llu\n", (unsigned long long)first_seed());
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_changes_unasked),   cmocka_unit_test(pieces_in_a_row_and_padding),
      cmocka_unit_test(files_vary_as_their_notes), cmocka_unit_test(random_pieces_vary_as_their_notes),
      cmocka_unit_test(disorder_is_put_in_order),  cmocka_unit_test(runs_vary_as_within_a_piece),
      cmocka_unit_test(pitches_stay_in_range),     cmocka_unit_test(runs_are_canonical),
      cmocka_unit_test(garbage_gives_tokens),      cmocka_unit_test(short_room_gives_the_beginning),
      cmocka_unit_test(the_codec_knows_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
