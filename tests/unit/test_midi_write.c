// SPDX-License-Identifier: MIT
//
// Writing MIDI: the song's bytes stay, the new track is where and what it should be, nothing is stuck.
#include "arioso/symbolic.h"
#include "support/midi.h"
#include "support/small_song.h"

typedef struct bytes {
  uint8_t *data;
  size_t size;
} bytes;

static bytes read_named(const char *name) {
  char path[512];
  bytes b;
  snprintf(path, sizeof path, "%s%s.mid", MIDI_FOLDER, name);
  b.data = read_bytes(path, &b.size);
  return b;
}

static uint32_t be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// The chunk of track `number`, from 1, its head included.
static bytes find_track(bytes file, unsigned number) {
  for (size_t at = 0; at + 8 <= file.size; at += 8 + be32(file.data + at + 4))
    if (memcmp(file.data + at, "MTrk", 4) == 0 && --number == 0)
      return (bytes){file.data + at, 8 + be32(file.data + at + 4)};
  fail_msg("no track %u", number);
  return (bytes){NULL, 0};
}

static void assert_same_track(const char *what, bytes a, bytes b, unsigned number) {
  bytes x = find_track(a, number), y = find_track(b, number);
  if (x.size != y.size) fail_msg("%s: track %u: %zu bytes, expected %zu", what, number, x.size, y.size);
  for (size_t i = 0; i < x.size; i++)
    if (x.data[i] != y.data[i])
      fail_msg("%s: track %u: byte %zu is %02x, expected %02x", what, number, i, x.data[i], y.data[i]);
}

static bytes write_continuation(const ario_song *song, const ario_prompt *prompt, const ario_token *tokens,
                                size_t count) {
  bytes b;
  ario_error error = {{0}};
  if (ario_song_continue(song, prompt, tokens, count, &b.data, &b.size, &error)) fail_msg("%s", error.text);
  return b;
}

// Velocity 83, middle C for half a second, then D for as long, held by nothing.
static const ario_token tune[] = {359 + 20, 3 + 60, 259 + 49, 131 + 60, 3 + 62, 259 + 49, 131 + 62};

static void every_byte_of_a_track_stays(void **state) {
  (void)state;
  static const char *const names[] = {"metas",   "tempo",       "running",  "running_meta", "smpte25",
                                      "smpte29", "hanging",     "crowded",  "pedal",        "doubled",
                                      "halves",  "performance", "two_hands"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    bytes in = read_named(names[i]);
    ario_song *song = parse_song(in.data, in.size);
    unsigned tracks = ario_song_describe(song).tracks;
    ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
    bytes out = write_continuation(song, &prompt, tune, COUNT_OF(tune));
    assert_memory_equal(out.data, "MThd\0\0\0\6\0\1", 10);
    assert_int_equal(out.data[11], tracks + 1);
    assert_memory_equal(out.data + 12, in.data + 12, 2);
    for (unsigned t = 1; t <= tracks; t++) assert_same_track(names[i], out, in, t);
    bytes added = find_track(out, tracks + 1);
    assert_memory_equal(added.data + 8, "\0\xff\3\6Arioso", 10);
    assert_ptr_equal(added.data + added.size, out.data + out.size);
    ario_prompt_free(&prompt);
    ario_song_free(song);
    free(in.data);
    free(out.data);
  }
}

// With a finer time base deltas change, the events' bytes do not.
static void a_coarse_time_base_is_multiplied(void **state) {
  (void)state;
  static const struct {
    const char *name;
    unsigned division;
  } files[] = {{"coarse", 8 * 38}, {"smpte24", 0xe800 | 4 * 3}};
  for (size_t i = 0; i < COUNT_OF(files); i++) {
    ario_song *song = named_song(files[i].name);
    ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
    bytes out = write_continuation(song, &prompt, tune, COUNT_OF(tune));
    assert_int_equal(out.data[12] << 8 | out.data[13], files[i].division);
    ario_song *again = parse_song(out.data, out.size);
    assert_null(ario_song_warning(again, 0));
    size_t count, again_count, found = 0;
    const ario_midi_event *a = ario_song_events(song, &count), *b = ario_song_events(again, &again_count);
    for (size_t k = 0; k < again_count; k++) {
      if (b[k].track > ario_song_describe(song).tracks) continue;
      assert_true(found < count);
      assert_int_equal(b[k].microseconds, a[found].microseconds);
      assert_int_equal(b[k].size, a[found].size);
      assert_memory_equal(b[k].bytes, a[found].bytes, a[found].size);
      found++;
    }
    assert_int_equal(found, count);
    ario_song_free(song);
    ario_song_free(again);
    ario_prompt_free(&prompt);
    free(out.data);
  }
}

typedef struct expected {
  int64_t step;
  uint8_t bytes[3];
} expected;

// The new track's channel messages must be these.
static void assert_new_track(const ario_song *out, const expected *want, size_t want_count) {
  unsigned last = ario_song_describe(out).tracks;
  size_t count, found = 0;
  const ario_midi_event *events = ario_song_events(out, &count);
  for (size_t i = 0; i < count; i++) {
    const ario_midi_event *e = &events[i];
    if (e->track != last || e->bytes[0] >= 0xf0) continue;
    if (found == want_count) fail_msg("one more event than the %zu expected: %02x", want_count, e->bytes[0]);
    const expected *w = &want[found++];
    if (e->step != w->step || memcmp(e->bytes, w->bytes, e->size) != 0)
      fail_msg("event %zu: step %lld: %02x %d %d, expected step %lld: %02x %d %d", found - 1,
               (long long)e->step, e->bytes[0], e->bytes[1], e->size > 2 ? e->bytes[2] : 0,
               (long long)w->step, w->bytes[0], w->bytes[1], w->bytes[2]);
  }
  if (found != want_count) fail_msg("%zu events, expected %zu", found, want_count);
}

static void the_new_track_takes_over_the_sound(void **state) {
  (void)state;
  ario_song *song = named_song("metas"); // bank, program, volume, pan and reverb on channel 1
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  // Pitch 50 of channel 4 is last: it ends at tick 500, 120 a quarter of 0.5 s.
  static const expected want[] = {
      {208, {0xb1, 0, 1}},   {208, {0xb1, 7, 90}}, {208, {0xb1, 10, 30}}, {208, {0xb1, 32, 2}},
      {208, {0xb1, 91, 50}}, {208, {0xc1, 5, 0}},  {208, {0x91, 60, 83}}, {258, {0x81, 60, 0}},
      {258, {0x91, 62, 83}}, {308, {0x81, 62, 0}},
  };
  assert_int_equal(prompt.begin, 208);
  assert_int_equal(prompt.lead, 0);
  assert_new_track(out, want, COUNT_OF(want));
  assert_nothing_stuck("metas", out);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// Continues the song `name`, heard by `tracks` (NULL: all) up to `cut`, and checks the new track.
static void check_new_track(const char *name, int64_t cut, const unsigned *tracks, const ario_token *tokens,
                            size_t count, const expected *want, size_t want_count) {
  ario_song *song = named_song(name);
  ario_prompt_options options = ario_prompt_options_default();
  ario_prompt prompt;
  ario_error error = {{0}};
  options.to = cut;
  options.tracks = tracks;
  options.track_count = 1;
  if (ario_song_prompt(song, &options, &prompt, &error)) fail_msg("%s", error.text);
  ario_song *out = continue_song(song, &prompt, tokens, count);
  assert_new_track(out, want, want_count);
  assert_nothing_stuck(name, out);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// Where all channels are in use, the one with the fewest notes is taken; its pedal goes up first.
static void a_crowded_song_lends_a_channel(void **state) {
  (void)state;
  static const expected want[] = {{240, {0xb5, 64, 0}},
                                  {240, {0x95, 60, 83}},
                                  {290, {0x85, 60, 0}},
                                  {290, {0x95, 62, 83}},
                                  {340, {0x85, 62, 0}}};
  check_new_track("crowded", INT64_MAX, NULL, tune, COUNT_OF(tune), want, COUNT_OF(want));
}

// What the song leaves on ends where the song ends.
static void hanging_notes_end(void **state) {
  (void)state;
  static const expected want[] = {{135, {0x80, 60, 0}},  {135, {0x80, 67, 0}}, {135, {0xb0, 64, 0}},
                                  {135, {0x91, 60, 83}}, {185, {0x81, 60, 0}}, {185, {0x91, 62, 83}},
                                  {235, {0x81, 62, 0}}};
  check_new_track("hanging", INT64_MAX, NULL, tune, COUNT_OF(tune), want, COUNT_OF(want));
}

// A note that sounds at the cut ends on its own channel when a token ends it.
static void open_notes_end_on_their_channel(void **state) {
  (void)state;
  static const ario_token off48[] = {259 + 29, 131 + 48, 359, 3 + 70, 259, 131 + 70};
  static const expected key[] = {{150, {0x80, 48, 0}}, {150, {0x92, 70, 3}}, {151, {0x82, 70, 0}}};
  check_new_track("pedal", 1300000, NULL, off48, COUNT_OF(off48), key, COUNT_OF(key));
  // The pedal went down at 1.5 s: it goes up with the note.
  static const ario_token later[] = {259 + 49, 131 + 48};
  static const expected pedal[] = {{170, {0x80, 48, 0}}, {170, {0xb0, 64, 0}}};
  check_new_track("pedal", 1600000, NULL, later, COUNT_OF(later), pedal, COUNT_OF(pedal));
  // At 0.5 s both pedals hold notes; each goes up with the first of its channel that ends.
  static const ario_token many[] = {259 + 24, 131 + 64, 259 + 9, 131 + 60, 259 + 9, 131 + 48, 131 + 67};
  static const expected both[] = {
      {55, {0xb0, 64, 0}}, {65, {0x81, 60, 0}}, {65, {0xb1, 64, 0}}, {75, {0x80, 48, 0}}};
  check_new_track("pedal", 500000, NULL, many, COUNT_OF(many), both, COUNT_OF(both));
  // No token ends anything: the continuation's end does, which is the cut.
  static const expected none[] = {
      {50, {0x80, 48, 0}}, {50, {0x81, 60, 0}}, {50, {0xb0, 64, 0}}, {50, {0xb1, 64, 0}}};
  check_new_track("pedal", 500000, NULL, many, 0, none, COUNT_OF(none));
}

// Notes that the model did not hear end at the cut.
static void unheard_notes_end_at_the_cut(void **state) {
  (void)state;
  static const unsigned first = 1, second = 2;
  static const ario_token offs[] = {259 + 9, 131 + 65, 131 + 69, 131 + 72};
  static const expected drums[] = {
      {55, {0x89, 40, 0}}, {60, {0x80, 65, 0}}, {60, {0x80, 69, 0}}, {60, {0x80, 72, 0}}};
  check_new_track("drums", 550000, &first, offs, COUNT_OF(offs), drums, COUNT_OF(drums));
  // Pitch 60 sounds on both tracks' channels; only the second track was heard.
  static const ario_token off60[] = {259 + 19, 131 + 60};
  static const expected doubled[] = {{95, {0x80, 60, 0}}, {110, {0x81, 60, 0}}};
  check_new_track("doubled", 950000, &second, off60, COUNT_OF(off60), doubled, COUNT_OF(doubled));
}

// ---- What others left on a channel ----

// A song of one channel that fades from 8 s to 12 s by a controller, note after note of a quarter of a second.
static ario_song *fading_song(unsigned number, unsigned least) {
  small_event events[160];
  size_t count = 0;
  events[count++] = (small_event){0, 1, {0xb0, 7, 100}, 3};
  events[count++] = (small_event){0, 1, {0xb0, 11, 120}, 3};
  unsigned full = number == 7 ? 100 : 120;
  for (unsigned i = 0; i < 48; i++) {
    unsigned left = i < 32 ? full : full - (full - least) * (i - 31) / 16;
    events[count++] = (small_event)SMALL_ON(250 * i, 1, 60 + i % 12, 80);
    if (i >= 32) events[count++] = (small_event){250 * i + 100, 1, {0xb0, (uint8_t)number, (uint8_t)left}, 3};
    events[count++] = (small_event)SMALL_OFF(250 * i + 240, 1, 60 + i % 12);
  }
  return small_song(events, count);
}

// The last values of volume and expression on the new track.
static void last_levels(const ario_song *out, int *volume, int *expression) {
  size_t count;
  const ario_midi_event *events = ario_song_events(out, &count);
  unsigned last = ario_song_describe(out).tracks;
  *volume = *expression = -1;
  for (size_t i = 0; i < count; i++) {
    if (events[i].track != last || (events[i].bytes[0] & 0xf0) != 0xb0) continue;
    if (events[i].bytes[1] == 7) *volume = events[i].bytes[2];
    if (events[i].bytes[1] == 11) *expression = events[i].bytes[2];
  }
}

// Wherever it is cut, and to what it fades: the new notes are as loud as the passage was.
static void a_fade_out_does_not_go_on(void **state) {
  (void)state;
  static const unsigned least[] = {0, 1, 3, 20};
  for (unsigned number = 7; number <= 11; number += 4)
    for (size_t k = 0; k < COUNT_OF(least); k++)
      for (int64_t cut = 1000000; cut <= 13000000; cut += 330000) {
        ario_song *song = fading_song(number, least[k]);
        ario_prompt prompt = make_prompt(song, 0, cut > 12000000 ? INT64_MAX : cut);
        ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
        int volume, expression;
        last_levels(out, &volume, &expression);
        if (volume != 100 || expression != 120)
          fail_msg("CC %u to %u, cut at %lld ms: volume %d, expression %d", number, least[k],
                   (long long)cut / 1000, volume, expression);
        ario_song_free(out);
        ario_prompt_free(&prompt);
        ario_song_free(song);
      }
}

// Notes of a quarter of a second each, with these volumes (CC 7), one for each second.
static void expect_volume(const uint8_t *volumes, size_t seconds, int wanted) {
  small_event events[400];
  size_t count = 0;
  for (unsigned i = 0; i < 4 * seconds; i++) {
    if (i % 4 == 0) events[count++] = (small_event){250 * i, 1, {0xb0, 7, volumes[i / 4]}, 3};
    events[count++] = (small_event)SMALL_ON(250 * i, 1, 60 + i % 12, 80);
    events[count++] = (small_event)SMALL_OFF(250 * i + 240, 1, 60 + i % 12);
  }
  ario_song *song = small_song(events, count);
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  int volume, expression;
  last_levels(out, &volume, &expression);
  assert_int_equal(volume, wanted);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// A fade that is longer than the eight seconds that are looked at first, and one at whose end it stays faint.
static void long_and_faint_ends_are_fades(void **state) {
  (void)state;
  uint8_t volumes[32];
  for (size_t i = 0; i < 32; i++) volumes[i] = (uint8_t)(i < 12 ? 100 : 100 - 4 * (i - 12));
  expect_volume(volumes, 32, 100);
  for (size_t i = 0; i < 32; i++) volumes[i] = i < 20 ? 100 : 5;
  expect_volume(volumes, 32, 100);
  for (size_t i = 0; i < 32; i++) volumes[i] = i < 20 ? 100 : 40; // soft, but not faint
  expect_volume(volumes, 32, 40);
}

// What is played softly to its end is no fade, and goes on so.
static void a_soft_passage_goes_on(void **state) {
  (void)state;
  small_event events[200];
  size_t count = 0;
  for (unsigned i = 0; i < 80; i++) {
    if (i == 0 || i == 40) events[count++] = (small_event){250 * i, 1, {0xb0, 11, i ? 60 : 127}, 3};
    events[count++] = (small_event)SMALL_ON(250 * i, 1, 60 + i % 12, 80);
    events[count++] = (small_event)SMALL_OFF(250 * i + 200, 1, 60 + i % 12);
  }
  ario_song *song = small_song(events, count);
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  int volume, expression;
  last_levels(out, &volume, &expression);
  assert_int_equal(expression, 60);
  assert_int_equal(volume, -1);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// In XG a channel is drums by its bank, from its next program change on. Notes that were heard before it are continued as
// notes, whether that program change comes after them or never.
static void a_bank_of_drums_is_not_taken_over(void **state) {
  (void)state;
  for (int later = 0; later < 2; later++) {
    small_event events[40] = {{0, 1, {0xf0, 8, 0x43, 0x10, 0x4c, 0, 0, 0x7e, 0, 0xf7}, 10},
                              {0, 1, {0xb2, 0, 127}, 3}};
    size_t count = 2;
    for (unsigned i = 0; i < 12; i++) {
      events[count++] = (small_event){250 * i, 1, {0x92, (uint8_t)(60 + i), 80}, 3};
      events[count++] = (small_event){250 * i + 200, 1, {0x82, (uint8_t)(60 + i), 0}, 3};
    }
    if (later) events[count++] = (small_event){3000, 1, {0xc2, 80}, 2};
    ario_song *song = small_song(events, count);
    ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
    ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
    assert_int_equal(ario_song_describe(song).notes, 12);
    assert_int_equal(ario_song_describe(out).drum_notes, 0);
    assert_int_equal(ario_song_describe(out).notes, 12 + 2);
    ario_song_free(out);
    ario_prompt_free(&prompt);
    ario_song_free(song);
  }
}

// Bend, modulation, pressure, tuning and pedals that stand on the channel that is written to.
static void a_used_channel_is_reset(void **state) {
  (void)state;
  small_event events[80];
  size_t count = 0;
  for (uint8_t c = 0; c < 16; c++)
    for (uint8_t i = 0; i < (c == 4 ? 1 : 2); i++) {
      events[count++] = (small_event){100, 1, {(uint8_t)(0x90 | c), (uint8_t)(40 + c + 20 * i), 80}, 3};
    }
  events[count++] = (small_event){300, 1, {0xe4, 0, 127}, 3};
  events[count++] = (small_event){300, 1, {0xd4, 99}, 2};
  static const uint8_t left[][2] = {{1, 127}, {101, 0}, {100, 0}, {6, 12},
                                    {101, 0}, {100, 2}, {6, 66},  {66, 127}};
  for (size_t i = 0; i < COUNT_OF(left); i++)
    events[count++] = (small_event){300, 1, {0xb4, left[i][0], left[i][1]}, 3};
  for (uint8_t c = 0; c < 16; c++) events[count++] = (small_event){400, 1, {(uint8_t)(0xb0 | c), 120, 0}, 3};
  ario_song *song = small_song(events, count);
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  size_t all;
  const ario_midi_event *heard = ario_song_events(out, &all);
  ario_channels channels;
  ario_channels_init(&channels);
  for (size_t i = 0; i < all && heard[i].step < 90; i++)
    ario_channels_feed(&channels, heard[i].port, heard[i].tick, heard[i].bytes, heard[i].size, NULL, NULL);
  const ario_channel *target = &channels.channels[4];
  assert_int_equal(target->sounding, 1); // of the tune, whose notes last half a second
  assert_int_equal(target->bend, ARIO_MIDI_BEND_CENTER);
  assert_int_equal(target->pressure, 0);
  assert_int_equal(target->control[1], 0);
  assert_int_equal(target->control[66], 0);
  assert_int_equal(target->rpn[ARIO_RPN_BEND_RANGE], 2 << 7);
  assert_int_equal(target->rpn[ARIO_RPN_COARSE_TUNING], 64 << 7);
  assert_int_equal(target->control[100], 127);
  assert_nothing_stuck("used", out);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// A channel that nothing uses comes before one that has controllers, but no notes, and that one before those with notes.
static void an_unused_channel_comes_first(void **state) {
  (void)state;
  static const unsigned unused[] = {5, 16}; // 16: there is none
  for (size_t k = 0; k < COUNT_OF(unused); k++) {
    small_event events[64];
    size_t count = 0;
    for (uint8_t c = 0; c < 16; c++) {
      if (c == unused[k]) continue;
      bool notes = c == 0 || c > 5; // channels 2 to 6 have a controller only
      events[count++] = notes ? (small_event){0, 1, {(uint8_t)(0x90 | c), 60, 80}, 3}
                              : (small_event){0, 1, {(uint8_t)(0xb0 | c), 7, 90}, 3};
    }
    for (uint8_t c = 0; c < 16; c++)
      if (c == 0 || c > 5) events[count++] = (small_event){200, 1, {(uint8_t)(0x80 | c), 60, 0}, 3};
    ario_song *song = small_song(events, count);
    ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
    ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
    unsigned last = ario_song_describe(out).tracks, wanted = unused[k] == 16 ? 1 : unused[k];
    const ario_midi_event *written = ario_song_events(out, &count);
    for (size_t i = 0; i < count; i++)
      if (written[i].track == last && written[i].bytes[0] < 0xf0)
        assert_int_equal(written[i].bytes[0] & 15, wanted);
    ario_song_free(out);
    ario_prompt_free(&prompt);
    ario_song_free(song);
  }
}

// The new track is on the port of the channel that it takes after, and what hangs on another port ends there.
static void a_track_names_its_ports(void **state) {
  (void)state;
  ario_song *song = named_song("ports");
  ario_prompt prompt = make_prompt(song, 150000, INT64_MAX); // two notes of the second port, one of the first
  assert_int_equal(prompt.lead, 16);
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  assert_int_equal(ario_song_describe(out).ports, 2);
  size_t count, notes = 0;
  const ario_midi_event *events = ario_song_events(out, &count);
  for (size_t i = 0; i < count; i++) {
    if (events[i].track != 4 || events[i].bytes[0] >= 0xf0) continue;
    assert_int_equal(events[i].port, 1);
    notes += (events[i].bytes[0] & 0xf0) == 0x90;
  }
  assert_int_equal(notes, 2);
  assert_nothing_stuck("ports", out);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// A note that begins again in the last tick hangs: the first note-off there is the older note's.
static void what_begins_again_at_the_end_ends(void **state) {
  (void)state;
  static const small_event events[] = {SMALL_ON(0, 1, 60, 80), SMALL_ON(500, 1, 60, 90)};
  ario_song *song = small_song(events, COUNT_OF(events));
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  assert_nothing_stuck("again", out);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

// Up to the cut a track's bytes stay; there End of Track takes the place of the rest.
static void a_cut_track_keeps_its_beginning(void **state) {
  (void)state;
  bytes in = read_named("metas");
  ario_song *song = parse_song(in.data, in.size);
  ario_prompt prompt = make_prompt(song, 0, 250000); // 60 ticks
  bytes out = write_continuation(song, &prompt, tune, COUNT_OF(tune));
  ario_song *again = parse_song(out.data, out.size);
  assert_null(ario_song_warning(again, 0));
  for (unsigned t = 1; t <= 3; t++) {
    bytes whole = find_track(in, t), part = find_track(out, t);
    assert_true(part.size < whole.size);
    assert_memory_equal(part.data + 8, whole.data + 8, part.size - 12);
    assert_memory_equal(part.data + part.size - 4, "\0\xff\x2f\0", 4);
  }
  size_t count, again_count, found = 0;
  const ario_midi_event *a = ario_song_events(song, &count), *b = ario_song_events(again, &again_count);
  for (size_t i = 0; i < again_count; i++) {
    if (b[i].track == 4) continue;
    assert_true(b[i].microseconds < 250000);
    assert_memory_equal(a[found].bytes, b[i].bytes, b[i].size);
    found++;
  }
  assert_true(a[found].microseconds >= 250000);
  ario_song_free(song);
  ario_song_free(again);
  ario_prompt_free(&prompt);
  free(in.data);
  free(out.data);
}

// A track whose last event is before the cut, but whose End of Track is after it, ends with that event.
static void a_cut_track_has_no_late_end(void **state) {
  (void)state;
  static const uint8_t file[] = "MThd\0\0\0\6\0\1\0\1\1\xf4" // 500 ticks a quarter
                                "MTrk\0\0\0\x0e"
                                "\0\x90\x3c\x50\x83\x74\x80\x3c\x40\x8f\x50\xff\x2f"; // 500 ticks, then 2000
  ario_song *song = parse_song(file, sizeof file);
  assert_null(ario_song_warning(song, 0));
  for (int cut = 0; cut < 2; cut++) {
    ario_prompt prompt = make_prompt(song, 0, cut ? 1000000 : INT64_MAX);
    bytes out = write_continuation(song, &prompt, tune, COUNT_OF(tune));
    bytes track = find_track(out, 1);
    assert_int_equal(track.size, 8 + (cut ? 13 : 14));
    assert_memory_equal(track.data + 8, file + 22, 9);
    if (cut) assert_memory_equal(track.data + 17, "\0\xff\x2f\0", 4);
    ario_prompt_free(&prompt);
    free(out.data);
  }
  ario_song_free(song);
}

// A repaired song is written as it was read, without the faults.
static void repaired_songs_come_out_clean(void **state) {
  (void)state;
  midi_files files = find_files("broken/*.mid", 57);
  size_t written = 0;
  for (size_t i = 0; i < files.count; i++) {
    ario_song *song;
    ario_prompt prompt;
    ario_prompt_options options = ario_prompt_options_default();
    if (ario_song_open(files.paths[i], &song, NULL)) continue;
    bytes out = {NULL, 0};
    ario_error error = {{0}};
    if (!ario_song_prompt(song, &options, &prompt, NULL)) {
      ario_status status =
          ario_song_continue(song, &prompt, tune, COUNT_OF(tune), &out.data, &out.size, &error);
      if (status && (status != ARIO_ERR_LIMIT || !error.text[0]))
        fail_msg("%s: %s", files.paths[i], error.text);
    }
    if (out.data) {
      ario_song *again = parse_song(out.data, out.size);
      if (ario_song_warning(again, 0)) fail_msg("%s: %s", files.paths[i], ario_song_warning(again, 0));
      assert_nothing_stuck(files.paths[i], again);
      ario_song_free(again);
      written++;
    }
    free(out.data);
    ario_prompt_free(&prompt);
    ario_song_free(song);
  }
  if (written < 35) fail_msg("only %zu files were written", written);
  free_files(&files);
}

static void tempo_changes_after_the_beginning_count(void **state) {
  (void)state;
  ario_song *song = named_song("tempo"); // as if only the beginning had been heard
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  prompt.begin = 40;
  prompt.origin = 0;
  prompt.count = 1;
  ario_song *out = continue_song(song, &prompt, tune, COUNT_OF(tune));
  unsigned last = ario_song_describe(out).tracks;
  size_t count, on = 0;
  const ario_midi_event *events = ario_song_events(out, &count);
  for (size_t i = 0; i < count; i++)
    if (events[i].track == last && events[i].bytes[0] < 0xf0) {
      static const int64_t steps[] = {40, 50, 50, 100};
      assert_true(on < 4);
      assert_int_equal(events[i].step, steps[on++]);
    }
  assert_int_equal(on, 4);
  ario_song_free(out);
  ario_prompt_free(&prompt);
  ario_song_free(song);
}

static void a_file_of_its_own(void **state) {
  (void)state;
  static const uint8_t want[] = {'M',  'T',  'h',  'd',  0,    0,    0,  6,    0,    0,    0,    1,    1,
                                 0xf4, 'M',  'T',  'r',  'k',  0,    0,  0,    29,   0,    0xff, 0x51, 3,
                                 0x07, 0xa1, 0x20, 0,    0x90, 60,   83, 0x83, 0x74, 0x80, 60,   0,    0,
                                 0x90, 62,   83,   0x83, 0x74, 0x80, 62, 0,    0,    0xff, 0x2f, 0};
  bytes out;
  assert_ok(ario_midi_write(tune, COUNT_OF(tune), &out.data, &out.size, NULL));
  assert_int_equal(out.size, sizeof want);
  assert_memory_equal(out.data, want, sizeof want);
  free(out.data);
  assert_ok(ario_midi_write(NULL, 0, &out.data, &out.size, NULL)); // nothing: an empty song
  assert_int_equal(out.size, 33);
  free(out.data);
  static const ario_token wrong[] = {1, 391};
  ario_error error = {{0}};
  assert_status(ario_midi_write(wrong, 2, &out.data, &out.size, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "391");
  assert_null(out.data);
}

static void tokens_have_kinds(void **state) {
  (void)state;
  const ario_codec *codec = ario_codec_standard(ARIO_MUSIC);
  const ario_kinds *kinds = codec->kinds;
  const struct {
    unsigned token;
    const char *kind;
  } wanted[] = {{ARIO_MIDI_PAD, "word"},          {ARIO_MIDI_EOS, "word"},
                {ARIO_MIDI_NOTE_ON, "pitch"},     {ARIO_MIDI_NOTE_OFF - 1, "pitch"},
                {ARIO_MIDI_NOTE_OFF, "length"},   {ARIO_MIDI_SHIFT - 1, "length"},
                {ARIO_MIDI_SHIFT, "time"},        {ARIO_MIDI_VELOCITY - 1, "time"},
                {ARIO_MIDI_VELOCITY, "velocity"}, {ARIO_MIDI_VOCAB - 1, "velocity"}};
  for (size_t i = 0; i < COUNT_OF(wanted); i++)
    assert_string_equal(kinds->each[kinds->of((ario_token)wanted[i].token)].name, wanted[i].kind);
  ario_sampler_options options = ario_sampler_options_default();
  options.kinds = *kinds;
  ario_sampler *sampler; // checks the kind of every token
  assert_ok(ario_sampler_create(codec->vocab_size, &options, &sampler, NULL));
  ario_sampler_free(sampler);
}

// The longest note that may follow a prompt of `count` notes, the lengths of which are 1 s but for each `every`th one's.
// Draws out every shift while the last note sounds.
static int64_t longest_after(size_t count, size_t every, int64_t steps, int64_t most, bool usual) {
  const ario_symbolic *music = ario_codec_standard(ARIO_MUSIC)->symbolic;
  size_t used = 0;
  ario_token *tokens = malloc((8 * count + 16) * sizeof *tokens);
  assert_non_null(tokens);
  tokens[used++] = ARIO_MIDI_BOS;
  tokens[used++] = ARIO_MIDI_VELOCITY;
  for (size_t i = 0; i < count; i++) {
    tokens[used++] = ARIO_MIDI_NOTE_ON + 60;
    for (int64_t left = i % every ? 100 : steps; left > 0; left -= 100)
      tokens[used++] = (ario_token)(ARIO_MIDI_SHIFT + (left < 100 ? left : 100) - 1);
    tokens[used++] = ARIO_MIDI_NOTE_OFF + 60;
    assert_true(used < 8 * count + 16);
  }
  bytes file;
  ario_song *song;
  assert_ok(ario_midi_write(tokens, used, &file.data, &file.size, NULL));
  assert_ok(ario_song_parse(file.data, file.size, &song, NULL));
  ario_passage_options options = ario_passage_options_default();
  options.max_note = most * 10000;
  options.usual_notes = usual;
  ario_passage passage;
  assert_ok(music->hear(song, &options, &passage, NULL));
  const ario_token on = ARIO_MIDI_NOTE_ON + 72;
  ario_constraint_feed(&passage.grammar, &on, 1);
  int64_t lasted = 0;
  for (bool allowed[ARIO_MIDI_VOCAB];;) {
    ario_constraint_allowed(&passage.grammar, ARIO_MIDI_VOCAB, allowed);
    ario_token shift = ARIO_MIDI_VELOCITY - 1;
    while (shift >= ARIO_MIDI_SHIFT && !allowed[shift]) shift--;
    if (shift < ARIO_MIDI_SHIFT) break;
    lasted += shift - ARIO_MIDI_SHIFT + 1;
    ario_constraint_feed(&passage.grammar, &shift, 1);
  }
  music->forget(&passage);
  ario_song_free(song);
  free(file.data);
  free(tokens);
  return lasted;
}

static void notes_are_as_long_as_is_usual(void **state) {
  (void)state;
  assert_int_equal(longest_after(400, 100, 400, 1000, true), 800);   // four of 400: twice their length
  assert_int_equal(longest_after(400, 400, 400, 1000, true), 300);   // one of 400 is rare: 3 s
  assert_int_equal(longest_after(400, 100, 400, 1000, false), 1000); // not asked for
  assert_int_equal(longest_after(400, 100, 400, 500, true), 500);    // the user's limit is lower
  assert_int_equal(longest_after(100, 200, 100, 1000, true), 1000);  // too few to tell
}

// Alone the new notes are where they are in the whole song, but from the bar line on: in time, in the bar, in the same
// meter and tempos.
static void alone_it_keeps_its_place(void **state) {
  (void)state;
  static const char *const names[] = {"tempo", "performance", "coarse", "smpte25"};
  static const int64_t cuts[] = {700000, 1900000, INT64_MAX};
  const ario_symbolic *music = ario_codec_standard(ARIO_MUSIC)->symbolic;
  for (size_t k = 0; k < COUNT_OF(names) * COUNT_OF(cuts); k++) {
    ario_song *song = named_song(names[k / COUNT_OF(cuts)]), *files[2];
    ario_passage_options options = ario_passage_options_default();
    ario_passage passage;
    options.part.to = cuts[k % COUNT_OF(cuts)];
    if (music->hear(song, &options, &passage, NULL)) { // no note so early
      ario_song_free(song);
      continue;
    }
    for (int alone = 0; alone < 2; alone++) {
      bytes file;
      assert_ok(music->splice(song, &passage, alone, tune, COUNT_OF(tune), &file.data, &file.size, NULL));
      assert_ok(ario_song_parse(file.data, file.size, &files[alone], NULL));
      free(file.data);
    }
    size_t whole_count, count, bar_whole, bar_alone;
    const ario_note *whole = ario_song_notes(files[0], &whole_count),
                    *notes = ario_song_notes(files[1], &count);
    unsigned last = ario_song_describe(files[0]).tracks;
    assert_int_equal(count, 2);
    assert_int_equal(ario_song_describe(files[1]).tracks, 2);
    for (size_t i = 0, at = 0; i < count; i++, at++) {
      while (at < whole_count && whole[at].track != last) at++;
      assert_true(at < whole_count);
      int64_t start = (notes[i].start - whole[at].start) * 10000 + passage.line;
      int64_t end = (notes[i].end - whole[at].end) * 10000 + passage.line;
      if (llabs(start) > 10000 || llabs(end) > 10000)
        fail_msg("%s, cut %zu: note %zu is %lld us off", names[k / COUNT_OF(cuts)], k % COUNT_OF(cuts), i,
                 (long long)start);
      assert_int_equal(notes[i].pitch, whole[at].pitch);
      assert_int_equal(notes[i].velocity, whole[at].velocity);
      if (ario_song_bar_at(files[0], whole[at].start * 10000 + 20000, &bar_whole)) continue; // SMPTE: no bars
      assert_ok(ario_song_bar_at(song, passage.line + 20000, &bar_alone));
      bar_whole -= bar_alone - 1;
      assert_ok(ario_song_bar_at(files[1], notes[i].start * 10000 + 20000, &bar_alone));
      assert_int_equal(bar_alone, bar_whole);
    }
    ario_song_free(files[0]);
    ario_song_free(files[1]);
    music->forget(&passage);
    ario_song_free(song);
  }
}

static void decoding_is_kind(void **state) {
  (void)state;
  // An off without its note; a pitch struck again; no velocity; two ends in one step; what follows eos.
  static const ario_token odd[] = {0,      1,        131 + 9, 3 + 60, 259 + 9, 3 + 60,   359 + 31,
                                   3 + 62, 131 + 62, 259,     3 + 64, 2,       259 + 99, 131 + 60};
  static const ario_note want[] = {{.start = 0, .end = 10, .pitch = 60, .velocity = 64, .track = 1},
                                   {.start = 10, .end = 11, .pitch = 60, .velocity = 64, .track = 1},
                                   {.start = 10, .end = 11, .pitch = 62, .velocity = 127, .track = 1},
                                   {.start = 11, .end = 12, .pitch = 64, .velocity = 127, .track = 1}};
  ario_note *notes;
  size_t count;
  assert_ok(ario_midi_notes(odd, COUNT_OF(odd), &notes, &count));
  assert_int_equal(count, COUNT_OF(want));
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(notes[i].start, want[i].start);
    assert_int_equal(notes[i].end, want[i].end);
    assert_int_equal(notes[i].pitch, want[i].pitch);
    assert_int_equal(notes[i].velocity, want[i].velocity);
    assert_int_equal(notes[i].track, want[i].track);
  }
  free(notes);
  assert_int_equal(ario_midi_duration(odd, COUNT_OF(odd)), 111);
}

// Three days of silence are more than a delta can hold.
static void too_long_a_silence(void **state) {
  (void)state;
  enum { COUNT = 300000 };
  ario_token *tokens = malloc(COUNT * sizeof *tokens);
  assert_non_null(tokens);
  for (size_t i = 0; i < COUNT; i++) tokens[i] = ARIO_MIDI_SHIFT + 99;
  tokens[0] = ARIO_MIDI_NOTE_ON;
  tokens[1] = ARIO_MIDI_NOTE_OFF;
  tokens[COUNT - 1] = ARIO_MIDI_NOTE_ON;
  bytes out;
  ario_error error = {{0}};
  assert_status(ario_midi_write(tokens, COUNT, &out.data, &out.size, &error), ARIO_ERR_LIMIT);
  assert_contains(error.text, "too long");
  ario_song *song = named_song("one_note");
  ario_prompt prompt = make_prompt(song, 0, INT64_MAX);
  assert_status(ario_song_continue(song, &prompt, tokens, COUNT, &out.data, &out.size, &error),
                ARIO_ERR_LIMIT);
  assert_null(out.data);
  ario_prompt_free(&prompt);
  ario_song_free(song);
  free(tokens);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_byte_of_a_track_stays),
      cmocka_unit_test(a_coarse_time_base_is_multiplied),
      cmocka_unit_test(the_new_track_takes_over_the_sound),
      cmocka_unit_test(a_crowded_song_lends_a_channel),
      cmocka_unit_test(hanging_notes_end),
      cmocka_unit_test(open_notes_end_on_their_channel),
      cmocka_unit_test(unheard_notes_end_at_the_cut),
      cmocka_unit_test(a_fade_out_does_not_go_on),
      cmocka_unit_test(long_and_faint_ends_are_fades),
      cmocka_unit_test(a_soft_passage_goes_on),
      cmocka_unit_test(a_bank_of_drums_is_not_taken_over),
      cmocka_unit_test(a_used_channel_is_reset),
      cmocka_unit_test(an_unused_channel_comes_first),
      cmocka_unit_test(a_track_names_its_ports),
      cmocka_unit_test(what_begins_again_at_the_end_ends),
      cmocka_unit_test(a_cut_track_keeps_its_beginning),
      cmocka_unit_test(a_cut_track_has_no_late_end),
      cmocka_unit_test(repaired_songs_come_out_clean),
      cmocka_unit_test(tempo_changes_after_the_beginning_count),
      cmocka_unit_test(a_file_of_its_own),
      cmocka_unit_test(tokens_have_kinds),
      cmocka_unit_test(notes_are_as_long_as_is_usual),
      cmocka_unit_test(alone_it_keeps_its_place),
      cmocka_unit_test(decoding_is_kind),
      cmocka_unit_test(too_long_a_silence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
