// SPDX-License-Identifier: MIT
//
// midi-band: what its grammar allows is canonical, and what its variations make is music of the same piece.
#include "support/band.h"

#include "arioso/midi.h"

typedef struct chance {
  uint64_t state;
} chance;

static size_t draw_below(chance *c, size_t limit) {
  uint64_t x = (c->state += 0x9e3779b97f4a7c15u);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (size_t)((x ^ x >> 31) % limit);
}

static const unsigned kinds[] = {ARIO_BAND_BAR,   ARIO_BAND_WRITE,    ARIO_BAND_BEATS,      ARIO_BAND_UNIT,
                                 ARIO_BAND_TEMPO, ARIO_BAND_SHIFT,    ARIO_BAND_INSTRUMENT, ARIO_BAND_PITCH,
                                 ARIO_BAND_DRUM,  ARIO_BAND_VELOCITY, ARIO_BAND_LENGTH,     ARIO_BAND_VOCAB};

// A kind first, then one of it; some kinds are rare, so that music comes about.
static ario_token draw_token(chance *c, const bool *allowed) {
  for (unsigned tries = 0; tries < 10000; tries++) {
    size_t kind = draw_below(c, COUNT_OF(kinds) - 1), count = 0;
    bool rare =
        kinds[kind] == ARIO_BAND_BEATS || kinds[kind] == ARIO_BAND_TEMPO || kinds[kind] == ARIO_BAND_BAR;
    if (rare && tries < 1000 && draw_below(c, 4)) continue;
    ario_token choice = 0;
    for (unsigned t = kinds[kind]; t < kinds[kind + 1]; t++)
      if (allowed[t] && draw_below(c, ++count) == 0) choice = (ario_token)t;
    if (count) return choice;
  }
  fail_msg("no token is allowed");
  return 0;
}

enum { ROOM = 4000 };

// A random piece of `least` tokens or more, whole.
static size_t walk(chance *c, size_t least, ario_token *tokens) {
  bool allowed[ARIO_BAND_VOCAB];
  ario_band_grammar grammar;
  ario_band_grammar_options options = ario_band_grammar_options_default();
  options.until_end = true;
  options.new_ones = true;
  options.max_empty = 1 + (unsigned)draw_below(c, 3);
  ario_band_grammar_init(&grammar, &options);
  size_t used = 0;
  tokens[used++] = ARIO_BAND_BOS;
  ario_band_grammar_feed(&grammar, tokens, 1);
  for (;;) {
    ario_band_grammar_allowed(&grammar, allowed);
    bool end = allowed[ARIO_BAND_EOS] && used >= least;
    if (used == ROOM) fail_msg("the piece does not end");
    tokens[used] = end ? ARIO_BAND_EOS : draw_token(c, allowed);
    ario_band_grammar_feed(&grammar, tokens + used++, 1);
    if (end) return used;
  }
}

static void random_pieces_are_canonical(void **state) {
  (void)state;
  static ario_token tokens[ROOM];
  for (uint64_t seed = 0; seed < 1000; seed++) {
    chance c = {seed};
    size_t count = walk(&c, 10 + draw_below(&c, 1500), tokens);
    assert_canonical(tokens, count);
  }
}

// The grammar must allow what it is fed of a canonical piece of its own options.
static void a_constraint_is_the_grammar(void **state) {
  (void)state;
  static ario_token tokens[ROOM];
  bool mine[ARIO_BAND_VOCAB + 8], theirs[ARIO_BAND_VOCAB + 8];
  for (uint64_t seed = 0; seed < 20; seed++) {
    chance c = {seed};
    size_t count = walk(&c, 200, tokens);
    ario_band_grammar grammar;
    ario_band_grammar_init(&grammar, NULL);
    ario_constraint constraint = ario_band_constraint(&grammar);
    for (size_t i = 0; i < count; i++) {
      assert_false(ario_constraint_ended(&constraint));
      ario_band_grammar_feed(&grammar, tokens + i, 1);
      ario_constraint_feed(&constraint, tokens + i, 1);
      memset(mine, 0, sizeof mine);
      ario_band_grammar_allowed(&grammar, mine);
      ario_constraint_allowed(&constraint, COUNT_OF(theirs), theirs);
      assert_memory_equal(mine, theirs, sizeof mine);
    }
    assert_true(ario_constraint_ended(&constraint));
  }
}

static size_t count_of(const ario_token *tokens, size_t count, unsigned first, unsigned end) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) found += tokens[i] >= first && tokens[i] < end;
  return found;
}

// After a prompt of whole bars, time passes until something may begin; tempo and meter stay.
static void a_grammar_waits(void **state) {
  (void)state;
  static ario_token tokens[ROOM];
  for (uint64_t seed = 0; seed < 200; seed++) {
    chance c = {seed};
    size_t count = walk(&c, 100, tokens) - 1, used = count;
    int64_t wait = (int64_t)draw_below(&c, 1000), now = 0;
    ario_band_grammar_options options = ario_band_grammar_options_default();
    ario_band_grammar grammar;
    bool allowed[ARIO_BAND_VOCAB];
    options.steady = true;
    ario_band_grammar_init(&grammar, &options);
    ario_band_grammar_feed(&grammar, tokens, count);
    int64_t from = grammar.line + grammar.position;
    ario_band_grammar_wait(&grammar, wait);
    for (; used < count + 100; used++) {
      ario_band_grammar_allowed(&grammar, allowed);
      tokens[used] = draw_token(&c, allowed);
      now = grammar.line + grammar.position - from;
      if (tokens[used] >= ARIO_BAND_INSTRUMENT && now < wait)
        fail_msg("seed %d: an onset after %d steps, not %d", (int)seed, (int)now, (int)wait);
      ario_band_grammar_feed(&grammar, tokens + used, 1);
    }
    assert_true(now >= wait);
    assert_int_equal(count_of(tokens + count, used - count, ARIO_BAND_BEATS, ARIO_BAND_SHIFT), 0);
  }
}

static void any_tokens_are_a_file(void **state) {
  (void)state;
  ario_token tokens[600];
  for (uint64_t seed = 0; seed < 1000; seed++) {
    chance c = {seed};
    size_t count = draw_below(&c, COUNT_OF(tokens)), size;
    for (size_t i = 0; i < count; i++) {
      size_t kind = draw_below(&c, COUNT_OF(kinds) - 1);
      tokens[i] = draw_below(&c, 5)
                      ? (ario_token)(kinds[kind] + draw_below(&c, kinds[kind + 1] - kinds[kind]))
                      : (ario_token)draw_below(&c, ARIO_BAND_VOCAB);
    }
    uint8_t *bytes;
    ario_song *song;
    ario_error error = {""};
    if (ario_band_write(tokens, count, &bytes, &size, &error)) fail_msg("seed %d: %s", (int)seed, error.text);
    if (ario_song_parse(bytes, size, &song, &error)) fail_msg("seed %d: %s", (int)seed, error.text);
    if (ario_song_warning(song, 0)) fail_msg("seed %d: %s", (int)seed, ario_song_warning(song, 0));
    ario_song_free(song);
    free(bytes);
  }
}

// ---- Variations ----

static size_t vary(const ario_token *tokens, size_t from, size_t count, size_t all, uint64_t seed,
                   size_t most, ario_token *out, bool *given) {
  ario_variation variation = {
      .tempo = 1, .seed = seed, .before = from, .after = all - from - count, .most = most, .given = given};
  if (given) memset(given, 0, 3 * ROOM * sizeof *given);
  return ario_band_vary(tokens + from, count, &variation, out, 3 * ROOM);
}

// Whole pieces, varied whatever way: they decode, and encode to what has as many onsets as any of their layouts.
static void variations_are_pieces(void **state) {
  (void)state;
  static ario_token tokens[ROOM], out[3 * ROOM];
  static bool given[3 * ROOM];
  size_t heads = 0, accompanied = 0, between = 0, continued = 0;
  for (uint64_t seed = 1; seed <= 400; seed++) {
    chance c = {seed};
    size_t count = walk(&c, 300, tokens), all = count_of(tokens, count, ARIO_BAND_PITCH, ARIO_BAND_VELOCITY);
    size_t used = vary(tokens, 0, count, count, seed, 0, out, given), size, again;
    size_t onsets = count_of(out, used, ARIO_BAND_PITCH, ARIO_BAND_VELOCITY), marked = 0;
    for (size_t i = 0; i < used; i++) marked += given[i];
    bool is_between = count_of(out, used, ARIO_BAND_BETWEEN, ARIO_BAND_FREE);
    bool is_accompanied = count_of(out, used, ARIO_BAND_WRITE, ARIO_BAND_AFTER);
    between += is_between;
    accompanied += is_accompanied;
    continued += !is_between && !is_accompanied;
    heads += used > 1 && out[0] == ARIO_BAND_BOS && out[1] != ARIO_BAND_BAR;
    assert_true(onsets > 0 && onsets <= all);
    assert_true((marked > 0) == (is_between || is_accompanied) || onsets < all);
    uint8_t *bytes;
    assert_ok(ario_band_write(out, used, &bytes, &size, NULL));
    ario_token *got = band_tokens(bytes, size, &again);
    assert_int_equal(count_of(got, again, ARIO_BAND_PITCH, ARIO_BAND_VELOCITY), onsets);
    free(got);
    free(bytes);
    assert_int_equal(vary(tokens, 0, count, count, seed, 0, out, NULL), used); // the same again
  }
  if (heads < 50 || accompanied < 30 || between < 15 || continued < 200)
    fail_msg("of 400: %zu with a head, %zu accompanied, %zu between, %zu continued", heads, accompanied,
             between, continued);
}

// What a head says is so.
static void heads_are_true(void **state) {
  (void)state;
  static const unsigned bars_of[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40};
  static ario_token tokens[ROOM], out[3 * ROOM];
  size_t bars_said = 0, density_said = 0, players_said = 0;
  for (uint64_t seed = 1; seed <= 300; seed++) {
    chance c = {seed};
    size_t count = walk(&c, 300, tokens), used = vary(tokens, 0, count, count, seed, 0, out, NULL), head = 1;
    if (out[0] != ARIO_BAND_BOS || count_of(out, used, ARIO_BAND_BETWEEN, ARIO_BAND_FREE)) continue;
    bool plays[ARIO_BAND_INSTRUMENTS] = {false};
    size_t bars = count_of(out, used, ARIO_BAND_BAR, ARIO_BAND_WRITE), steps = 0, onsets = 0, beats = 0,
           length = 0;
    while (out[head] != ARIO_BAND_BAR) head++;
    for (size_t i = head; i < used; i++) {
      if (out[i] >= ARIO_BAND_INSTRUMENT && out[i] < ARIO_BAND_PITCH)
        plays[out[i] - ARIO_BAND_INSTRUMENT] = true;
      if (out[i] >= ARIO_BAND_PITCH && out[i] < ARIO_BAND_VELOCITY) onsets++;
      if (out[i] >= ARIO_BAND_BEATS && out[i] < ARIO_BAND_UNIT) beats = out[i] - ARIO_BAND_BEATS + 1u;
      if (out[i] >= ARIO_BAND_UNIT && out[i] < ARIO_BAND_TEMPO)
        length = beats * (192u >> (out[i] - ARIO_BAND_UNIT));
      bool line = i + 1 == used || out[i + 1] == ARIO_BAND_BAR || out[i + 1] == ARIO_BAND_EOS;
      if (line && out[i] != ARIO_BAND_EOS) steps += length;
    }
    for (size_t i = 1; i < head; i++) {
      if (out[i] >= ARIO_BAND_INSTRUMENT) {
        assert_true(plays[out[i] - ARIO_BAND_INSTRUMENT]);
        players_said++;
      } else if (out[i] >= ARIO_BAND_BARS) {
        unsigned said = out[i] - ARIO_BAND_BARS;
        assert_true(bars_of[said] <= bars && (said + 1 == COUNT_OF(bars_of) || bars < bars_of[said + 1]));
        bars_said++;
      } else if (out[i] >= ARIO_BAND_DENSITY) {
        static const double limits[] = {0, 0.5, 1, 2, 3, 4.5, 7, 11, 1e9};
        double density = 48 * (double)onsets / (double)steps;
        unsigned said = out[i] - ARIO_BAND_DENSITY;
        if (density < limits[said] || density >= limits[said + 1])
          fail_msg("seed %d: %g onsets a quarter are class %u", (int)seed, density, said);
        density_said++;
      }
    }
  }
  if (bars_said < 30 || density_said < 30 || players_said < 100)
    fail_msg("said: bars %zu, density %zu, players %zu", bars_said, density_said, players_said);
}

// Where nothing is left out or swapped and the layout continues, a run is what it was, from its first bar line on.
static void a_run_goes_on_as_it_was(void **state) {
  (void)state;
  static ario_token tokens[ROOM], out[3 * ROOM];
  size_t same = 0, fitting = 0;
  for (uint64_t seed = 1; seed <= 400; seed++) {
    chance c = {seed};
    size_t count = walk(&c, 600, tokens), from = 1 + draw_below(&c, 200), most = 150;
    size_t used = vary(tokens, from, count - from, count, seed, most, out, NULL), line = from;
    while (tokens[line] != ARIO_BAND_BAR) line++;
    same += used == count - line && memcmp(out, tokens + line, used * sizeof *out) == 0;
    if (out[0] != ARIO_BAND_BOS) continue;
    size_t bars = count_of(out, used, ARIO_BAND_BAR, ARIO_BAND_WRITE);
    if (used > most && bars > 1) fail_msg("seed %d: %zu tokens of %zu bars", (int)seed, used, bars);
    fitting++;
  }
  if (same < 20 || fitting < 100) fail_msg("of 400: %zu as they were, %zu from bos", same, fitting);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_pieces_are_canonical),
      cmocka_unit_test(a_constraint_is_the_grammar),
      cmocka_unit_test(a_grammar_waits),
      cmocka_unit_test(any_tokens_are_a_file),
      cmocka_unit_test(variations_are_pieces),
      cmocka_unit_test(heads_are_true),
      cmocka_unit_test(a_run_goes_on_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
