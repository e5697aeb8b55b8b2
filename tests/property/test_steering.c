// SPDX-License-Identifier: MIT
//
// What is wished of new music holds in what is written, whatever the model: each wish alone and many at a time, over
// continuations by models that know nothing and some by one that does. The files are read by a reader that shares nothing
// with the library. 24 continuations a wish and codec; with ARIO_LONG 200.
#include "support/band.h"
#include "support/midi.h"
#include "support/plain_smf.h"

#include "arioso/generator.h"
#include "arioso/model.h"
#include "arioso/symbolic.h"

#include <math.h>

enum { TOKENS = 160, TO_THE_END = 4000, QUARTER = 480 };

static size_t continuations(void) {
  return getenv("ARIO_LONG") ? 200 : 24;
}

// ---- Songs ----

typedef struct meter {
  unsigned beats, log2_unit;
} meter;

// Eight bars of a piano, a bass and drums on the grid of sixteenths, with a change of tempo.
static ario_song *make_song(meter m) {
  static const unsigned pitches[] = {60, 64, 67, 72, 62, 65, 69, 71};
  made file = {.division = QUARTER};
  unsigned unit = 4 * QUARTER >> m.log2_unit;
  make_meter(&file, 0, m.beats, m.log2_unit);
  make_tempo(&file, 0, 500000);
  make_tempo(&file, 4 * m.beats * unit, 631579);
  make_program(&file, 1, 0, 0, 0);
  make_program(&file, 2, 0, 1, 33);
  for (unsigned i = 0; i < 8 * m.beats; i++) {
    make_note(&file, 1, i * unit, unit / 2, 0, pitches[i % 8], 80);
    make_note(&file, 1, i * unit + unit / 2, unit / 2, 0, pitches[(i + 3) % 8] + 12, 70);
    if (i % m.beats == 0) make_note(&file, 2, i * unit, unit, 1, pitches[i / m.beats % 8] - 24, 90);
    make_note(&file, 3, i * unit, unit / 4, 9, i % 2 ? 38 : 36, 100);
  }
  size_t size;
  uint8_t *bytes = make_file(&file, &size);
  ario_song *song = parse_song(bytes, size);
  free(bytes);
  return song;
}

// ---- Continuing ----

typedef struct piece { // one continuation
  const ario_symbolic *codec;
  const ario_song *song; // NULL: a new piece
  const ario_steering *wishes;
  ario_passage passage;
  plain_smf file;
  unsigned first_track; // of the new ones
  double begin;         // its tick
  bool free_time;       // its times are rounded to steps of 10 ms
  bool together;        // there are other wishes
  const char *what;     // for messages
} piece;

struct taken {
  const piece *piece;
  ario_cursor cursor;
  ario_token tokens[TO_THE_END];
  size_t count;
};

static bool take(void *context, size_t voice, ario_token *token) {
  struct taken *taken = context;
  (void)voice;
  const piece *p = taken->piece;
  int64_t until = p->wishes->end ? p->wishes->end - 500 : INT64_MAX; // as `continue` does it
  bool last = p->codec->cut(&taken->cursor, until, token);
  p->codec->pass(&taken->cursor, token, 1);
  taken->tokens[taken->count++] = *token;
  return taken->count < (p->wishes->end ? TO_THE_END : TOKENS) && !last;
}

static void generate(const piece *p, ario_session *session, uint64_t seed, struct taken *taken) {
  static ario_chain chain;
  ario_error error = {""};
  chain.count = 0;
  assert_ok(ario_chain_add(&chain, &p->passage.grammar));
  if (p->codec->steer(p->song, &p->passage, p->wishes, &chain, &error))
    fail_msg("%s: %s", p->what, error.text);
  ario_session_reset(session);
  assert_ok(ario_session_feed(session, p->passage.tokens, p->passage.count));
  ario_generator_options options = ario_generator_options_default();
  options.session = session;
  options.sampling.seed = seed;
  options.chain = &chain;
  options.measure = true;
  ario_generator *generator;
  assert_ok(ario_generator_create(&options, &generator, NULL));
  *taken = (struct taken){.piece = p, .cursor = p->passage.cursor};
  for (size_t going = 1; going;) {
    ario_status status = ario_generator_step(generator, take, taken, &going);
    if (status)
      fail_msg("%s, seed %llu: %s after %zu tokens", p->what, (unsigned long long)seed, ario_strerror(status),
               taken->count);
  }
  double cost = ario_generator_cost(generator, 0);
  if (!isfinite(cost) || cost < -1e-9) fail_msg("%s: the wishes cost %g nats", p->what, cost);
  ario_generator_free(generator);
}

// The tick nearest to where the new music begins.
static double begin_tick(const piece *p) {
  double tick = 0, step = p->file.division;
  for (; step >= 1; step /= 2)
    while (plain_time(&p->file, tick + step) <= (double)p->passage.begin + 1) tick += step;
  return p->song ? round(tick) : 0;
}

static void write_piece(piece *p, const struct taken *taken) {
  uint8_t *bytes;
  size_t size;
  ario_error error = {""};
  if (p->codec->splice(p->song, &p->passage, false, taken->tokens, taken->count, &bytes, &size, &error))
    fail_msg("%s: %s", p->what, error.text);
  p->file = plain_read(bytes, size);
  free(bytes);
  p->first_track = p->song ? ario_song_describe(p->song).tracks + 1 : 1;
  p->begin = begin_tick(p);
}

// ---- Checks, of what is written ----

static uint16_t class_bit(unsigned pitch) {
  return (uint16_t)(1u << pitch % 12);
}

#define VIOLATED(p, n, text)                                                                                 \
  fail_msg("%s: %s: pitch %u of program %u at tick %u to %u, track %u (begin %g)", (p)->what, text,          \
           (n)->pitch, (n)->program, (n)->start, (n)->end, (n)->track, (p)->begin)

static void check_pitch(const piece *p, const plain_note *n) {
  const ario_steering *w = p->wishes;
  if (!(w->scale & class_bit(n->pitch))) VIOLATED(p, n, "not in the scale");
  unsigned player = p->free_time ? 0 : n->program;
  if (n->pitch < w->lowest[player] || n->pitch > w->highest[player]) VIOLATED(p, n, "not in the range");
}

// How far a time may be off, in ticks: half a step of 10 ms, and a tick.
static double tolerance(const piece *p, const plain_note *n) {
  double tick = plain_time(&p->file, n->start + 1.0) - plain_time(&p->file, n->start);
  return p->free_time ? 5000 / tick + 1 : 0;
}

static void check_grid(const piece *p, const plain_note *n) {
  double line = p->file.division * p->wishes->grid / 48.0, off = tolerance(p, n) + 1e-6;
  plain_place at = plain_place_of(&p->file, n->start);
  double nearest = line * floor(at.in / line + 0.5);
  if (fabs(at.in - nearest) > off && at.length - at.in > off) VIOLATED(p, n, "off the grid");
}

static void check_length(const piece *p, const plain_note *n) {
  double lasts = plain_time(&p->file, n->end) - plain_time(&p->file, n->start);
  double tick = plain_time(&p->file, n->end + 1.0) - plain_time(&p->file, n->end);
  if (lasts > (double)p->wishes->max_note + tick) VIOLATED(p, n, "too long");
}

// The ticks by which the end of a prompt may be rounded: a step of 10 ms.
static double rounding(const piece *p) {
  return 10000 / (plain_time(&p->file, p->begin + 1) - plain_time(&p->file, p->begin)) + 1;
}

// The first bar line that is not before the beginning; what is rounded away does not count.
static double first_line(const piece *p) {
  plain_place at = plain_place_of(&p->file, p->begin);
  return p->begin - at.in + (at.in <= rounding(p) ? 0 : at.length);
}

static bool strong(const plain_place *at, double window) {
  bool compound = at->beats > 3 && at->beats % 3 == 0;
  unsigned every = compound ? 3 : at->beats >= 4 && at->beats % 2 == 0 ? at->beats / 2 : at->beats;
  for (unsigned beat = 0; beat < at->beats; beat += every)
    if (at->in >= beat * at->length / at->beats - 1e-6 &&
        at->in < beat * at->length / at->beats + window - 1e-6)
      return true;
  return false;
}

// Whether a chord lets a pitch begin at a tick; a note is of the beat that it is within a thirty-second of.
static bool fits_chord(const piece *p, double tick, unsigned pitch) {
  const ario_progression *c = &p->wishes->chords;
  double half = p->file.division / 8.0;
  plain_place at = plain_place_of(&p->file, tick + half);
  double from = p->wishes->from_bar ? first_line(p) : p->begin;
  long bar = at.bar - plain_place_of(&p->file, from + rounding(p)).bar;
  if (bar < 0) return true;
  unsigned first = 0, number = (unsigned)bar % c->bars;
  for (unsigned i = 0; i < number; i++) first += c->chords[i];
  double part = at.length / c->chords[number];
  unsigned chord = (unsigned)(at.in / part + 1e-9);
  bool begins = at.in - chord * part < 2 * half - 1e-6;
  if (!p->wishes->strict && !begins && !strong(&at, 2 * half)) return true;
  return c->classes[first + chord] & class_bit(pitch);
}

static void check_chord(const piece *p, const plain_note *n) {
  double off = p->free_time ? 1 : 0; // a moment is rounded to a tick
  if (!fits_chord(p, n->start, n->pitch) && !fits_chord(p, n->start - off, n->pitch) &&
      !fits_chord(p, n->start + off, n->pitch))
    VIOLATED(p, n, "not of the chord");
}

static void check_polyphony(const piece *p) {
  const plain_note *notes = p->file.notes;
  for (size_t i = 0; i < p->file.count; i++) {
    unsigned count = 0;
    for (size_t j = 0; j < p->file.count; j++)
      count += notes[j].track >= p->first_track && !notes[j].drum && notes[j].start <= notes[i].start &&
               notes[j].end > notes[i].start;
    if (notes[i].track >= p->first_track && count > p->wishes->polyphony)
      VIOLATED(p, &notes[i], "too many at a time");
  }
}

static int by_start(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// Notes of the prompt a unit of time give the rate; a bar of them, or two seconds, is to spare. Where other wishes let
// nothing begin there may be fewer.
static void check_density(const piece *p) {
  static double times[100000];
  size_t before = 0, count = 0;
  double begin = p->wishes->from_bar ? first_line(p) : p->begin, end = p->begin;
  double spare = plain_place_of(&p->file, end).length;
  if (p->free_time) begin = plain_time(&p->file, begin), end = plain_time(&p->file, end), spare = 2e6;
  for (size_t i = 0; i < p->file.count; i++) {
    const plain_note *n = &p->file.notes[i];
    bool given = n->track < p->first_track;
    before += given && (!n->drum || !p->free_time);
    if (!given) times[count++] = p->free_time ? plain_time(&p->file, n->start) : n->start;
  }
  qsort(times, count, sizeof *times, by_start);
  double rate = p->wishes->density * (double)before / end, off = p->free_time ? 0.4 : 0.1;
  double more = fmax(rate * spare, 1) + off;
  for (size_t i = 0; i < count; i++) {
    double due = rate * (times[i] - begin);
    if ((double)i + 1 > due + more || (!p->together && (double)i < due - more))
      fail_msg("%s: %zu notes at %g, not %g (%g more or less)", p->what, i, times[i], due, more);
  }
}

// The last bar has onsets at its line alone, at least one, of the last chord; what sounds there ends with it.
static void check_end(const piece *p) {
  double end = 0, at_line = 0;
  for (double step = p->file.division; step >= 1; step /= 2)
    while (plain_time(&p->file, end + step) <= (double)p->wishes->end + 1000) end += step;
  plain_place at = plain_place_of(&p->file, end - p->file.division / 8.0);
  double line = end - p->file.division / 8.0 - at.in;
  for (size_t i = 0; i < p->file.count; i++) {
    const plain_note *n = &p->file.notes[i];
    if (n->track < p->first_track) continue;
    double off = tolerance(p, n) + 1;
    if (n->start > line + off || (!n->drum && n->end > end + off)) VIOLATED(p, n, "after the end");
    if (n->drum || n->start < line - off) continue;
    if (!(p->wishes->last_chord & class_bit(n->pitch))) VIOLATED(p, n, "not of the last chord");
    at_line++;
  }
  if (at_line < 1 && !p->together) fail_msg("%s: no last chord (begin %g, end %g)", p->what, p->begin, end);
}

static size_t check(const piece *p) {
  const ario_steering *w = p->wishes;
  size_t found = 0;
  for (size_t i = 0; i < p->file.count; i++) {
    const plain_note *n = &p->file.notes[i];
    if (n->track < p->first_track) continue;
    found++;
    if (w->choose && !w->instruments[n->drum ? ARIO_STEER_DRUMS : n->program])
      VIOLATED(p, n, "does not play");
    if (w->grid) check_grid(p, n);
    if (w->from_bar && n->start + tolerance(p, n) < first_line(p)) VIOLATED(p, n, "before the bar line");
    if (n->drum) continue;
    check_pitch(p, n);
    if (w->max_note) check_length(p, n);
    if (w->chords.bars) check_chord(p, n);
  }
  if (w->polyphony) check_polyphony(p);
  if (w->density > 0) check_density(p);
  if (w->end) check_end(p);
  return found;
}

// ---- Wishes ----

typedef void wish(chance *c, ario_steering *s);

static void a_scale(chance *c, ario_steering *s) {
  static const char *const keys[] = {"C minor", "f#m", "Es-Dur", "D dorian", "A blues", "c pentatonic"};
  assert_ok(ario_key_parse(keys[draw_below(c, COUNT_OF(keys))], &s->scale, NULL));
}

static void a_range(chance *c, ario_steering *s) {
  static const char *const ranges[] = {"A2-C6", "C3-C4", "C2-C7,bass:E1-G3", "bass:E1-D#2"};
  assert_ok(ario_range_parse(ranges[draw_below(c, COUNT_OF(ranges))], s, NULL));
}

static void a_polyphony(chance *c, ario_steering *s) {
  s->polyphony = 1 + (unsigned)draw_below(c, 5);
}

static void a_longest(chance *c, ario_steering *s) {
  s->max_note = 100000 + (int64_t)draw_below(c, 2000000);
}

static void a_grid(chance *c, ario_steering *s) {
  static const unsigned grids[] = {48, 24, 12, 16, 8, 6};
  s->grid = grids[draw_below(c, COUNT_OF(grids))];
}

static void a_start(chance *c, ario_steering *s) {
  (void)c;
  s->from_bar = true;
}

static void chords(chance *c, ario_steering *s) {
  static const char *const texts[] = {"Am F C G", "Dm7 G7 | Cmaj7 | Bdim E7 | Am", "C",
                                      "F#m7b5 B7 | Em | NC | %"};
  assert_ok(ario_progression_parse(texts[draw_below(c, COUNT_OF(texts))], &s->chords, NULL));
  s->strict = draw_below(c, 2);
}

static void instruments(chance *c, ario_steering *s) {
  static const unsigned sets[][2] = {{0, 33}, {0, 128}, {33, 33}, {48, 128}, {128, 128}};
  const unsigned *set = sets[draw_below(c, COUNT_OF(sets))];
  s->choose = true;
  s->instruments[set[0]] = s->instruments[set[1]] = true;
}

static void a_density(chance *c, ario_steering *s) {
  s->density = 0.5 + (double)draw_below(c, 16) / 10;
}

static void an_end(chance *c, ario_steering *s) {
  s->end = 1 + (int64_t)draw_below(c, 3); // bars: the song says when that is
  assert_ok(ario_key_chord("A minor", &s->last_chord, NULL));
  s->last_chord &= s->scale;
  if (!s->last_chord) s->last_chord = s->scale;
}

static const struct {
  const char *name;
  wish *make;
  bool with_bars, of_bands;
} wishes[] = {{"scale", a_scale, false, false},
              {"range", a_range, false, false},
              {"polyphony", a_polyphony, false, false},
              {"max-note", a_longest, false, false},
              {"grid", a_grid, true, false},
              {"start", a_start, true, false},
              {"chords", chords, true, false},
              {"density", a_density, true, false},
              {"end", an_end, true, false},
              {"instruments", instruments, false, true}};

// ---- All of it ----

typedef struct stage {
  const ario_codec *codec;
  ario_model *model;
  ario_session *session;
  ario_song *songs[4];
  size_t notes;
} stage;

static ario_model *random_model(const ario_codec *codec, uint64_t seed) {
  ario_config config = ario_config_default();
  ario_model *model;
  config.channels = 16;
  config.heads = 2;
  config.layers = 1;
  config.max_context = 256;
  config.max_latents = 64;
  config.vocab_size =
      codec == ario_codec_find("midi-band") ? (size_t)ARIO_BAND_VOCAB : (size_t)ARIO_MIDI_VOCAB;
  snprintf(config.codec, sizeof config.codec, "%s", codec->name);
  assert_ok(ario_model_random(&config, seed, &model, NULL));
  return model;
}

static void continue_once(stage *s, uint64_t seed, const ario_steering *w, bool new_piece, const char *what) {
  piece p = {.codec = s->codec->symbolic,
             .song = new_piece ? NULL : s->songs[seed % COUNT_OF(s->songs)],
             .wishes = w,
             .free_time = s->codec->symbolic->free_time,
             .together = strcmp(what, "together") == 0,
             .what = what};
  static struct taken taken;
  ario_passage_options options = ario_passage_options_default();
  ario_error error = {""};
  if (p.song && seed % 7 == 1)
    options.part.to = 8000000; // at the change of tempo of the first song
  else if (p.song && seed % 3)
    options.part.to = 3000000 + (int64_t)(seed * 7919 % 6000) * 1000;
  if (w->max_note) options.max_note = w->max_note;
  if (w->choose) options.instruments = w->instruments;
  if (w->end) options.part.to = 10500000; // behind the last change of tempo, which bars are counted by
  if (p.codec->hear(p.song, &options, &p.passage, &error)) fail_msg("%s: %s", what, error.text);
  ario_steering timed = *w;
  if (w->end) assert_ok(ario_song_bars(p.song, p.passage.begin, 1 + (size_t)w->end, &timed.end));
  p.wishes = &timed;
  generate(&p, s->session, seed, &taken);
  write_piece(&p, &taken);
  s->notes += check(&p);
  plain_free(&p.file);
  p.codec->forget(&p.passage);
}

static void open_stage(stage *s, const char *codec, const char *model) {
  static const meter meters[] = {{4, 2}, {3, 2}, {6, 3}, {5, 2}};
  *s = (stage){.codec = ario_codec_find(codec)};
  for (size_t i = 0; i < COUNT_OF(meters); i++) s->songs[i] = make_song(meters[i]);
  if (!model) s->model = random_model(s->codec, first_seed());
  if (model) assert_ok(ario_model_open(model, &s->model, NULL));
  ario_session_options options = ario_session_options_default();
  options.threads = 1;
  assert_ok(ario_session_create(s->model, &options, &s->session, NULL));
}

static void close_stage(stage *s) {
  ario_session_free(s->session);
  ario_model_free(s->model);
  for (size_t i = 0; i < COUNT_OF(s->songs); i++) ario_song_free(s->songs[i]);
}

static void each_wish_alone(stage *s, size_t count) {
  for (size_t k = 0; k < COUNT_OF(wishes); k++) {
    if (wishes[k].of_bands && s->codec->symbolic->free_time) continue;
    s->notes = 0;
    for (uint64_t i = 0; i < count; i++) {
      chance c = {1000 * first_seed() + i};
      ario_steering w = ario_steering_default();
      wishes[k].make(&c, &w);
      bool new_piece = i % 5 == 4 && !(wishes[k].with_bars && s->codec->symbolic->free_time) &&
                       wishes[k].make != a_density && wishes[k].make != an_end;
      continue_once(s, first_seed() + i, &w, new_piece, wishes[k].name);
    }
    print_message("%s, %s: %zu continuations, %zu notes\n", s->codec->name, wishes[k].name, count, s->notes);
    assert_true(s->notes > count);
  }
}

// Random wishes together, but those that quarrel.
static void many_wishes(stage *s, size_t count) {
  size_t quarrels = 0;
  s->notes = 0;
  for (uint64_t i = 0; i < count + quarrels && i < 10 * count; i++) {
    chance c = {2000 * first_seed() + i};
    ario_steering w = ario_steering_default();
    ario_quarrel quarrel;
    bool with_bars = false;
    for (size_t k = 0; k < COUNT_OF(wishes); k++) {
      if (draw_below(&c, 3) == 0 || (wishes[k].of_bands && s->codec->symbolic->free_time)) continue;
      wishes[k].make(&c, &w);
      with_bars |= wishes[k].with_bars;
    }
    if (ario_steering_quarrel(&w, &quarrel)) {
      quarrels++;
      continue;
    }
    bool new_piece = i % 5 == 4 && w.density <= 0 && !w.end && !(with_bars && s->codec->symbolic->free_time);
    continue_once(s, first_seed() + i, &w, new_piece, "together");
  }
  print_message("%s, together: %zu notes; %zu quarrels\n", s->codec->name, s->notes, quarrels);
  assert_true(s->notes > count);
}

static void wishes_hold(const char *codec) {
  stage s;
  open_stage(&s, codec, NULL);
  each_wish_alone(&s, continuations());
  many_wishes(&s, 2 * continuations());
  close_stage(&s);
}

static void wishes_hold_in_performances(void **state) {
  (void)state;
  wishes_hold("midi-performance");
}

static void wishes_hold_in_bands(void **state) {
  (void)state;
  wishes_hold("midi-band");
}

static void wishes_hold_with_a_trained_model(void **state) {
  (void)state;
  stage s;
  open_stage(&s, "midi-performance", ARIO_TESTS "/../models/piano");
  many_wishes(&s, getenv("ARIO_LONG") ? 40 : 4);
  close_stage(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(wishes_hold_in_performances),
                                     cmocka_unit_test(wishes_hold_in_bands),
                                     cmocka_unit_test(wishes_hold_with_a_trained_model)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
