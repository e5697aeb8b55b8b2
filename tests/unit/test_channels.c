// SPDX-License-Identifier: MIT
//
// The state of MIDI channels after some messages: parameters, drums, and what a reset sets back.
#include "arioso/channels.h"
#include "support/test.h"

static ario_channels channels;

static void feed(const uint8_t *bytes, size_t size) {
  ario_channels_feed(&channels, 0, 0, bytes, size, NULL, NULL);
}

static void control(unsigned channel, unsigned number, unsigned value) {
  feed((const uint8_t[]){(uint8_t)(0xb0 | channel), (uint8_t)number, (uint8_t)value}, 3);
}

static void program(unsigned channel, unsigned bank, unsigned number) {
  control(channel, 0, bank);
  feed((const uint8_t[]){(uint8_t)(0xc0 | channel), (uint8_t)number}, 2);
}

static void expect_drums(unsigned channel, bool wanted) {
  if (channels.channels[channel].drums != wanted) fail_msg("channel %u: drums are %d", channel + 1, !wanted);
}

// Data entry changes the registered parameter that was chosen last, and none while an NRPN is.
static void parameters(void **state) {
  (void)state;
  ario_channels_init(&channels);
  const ario_channel *c = &channels.channels[2];
  control(2, 6, 5); // nothing is chosen
  control(2, 101, 0);
  control(2, 100, ARIO_RPN_FINE_TUNING);
  assert_int_equal(c->rpn[ARIO_RPN_BEND_RANGE], -1);
  control(2, 38, 7);
  assert_int_equal(c->rpn[ARIO_RPN_FINE_TUNING], 7);
  control(2, 6, 65);
  assert_int_equal(c->rpn[ARIO_RPN_FINE_TUNING], 65 << 7 | 7); // the coarse half leaves the fine one
  control(2, 38, 9);
  assert_int_equal(c->rpn[ARIO_RPN_FINE_TUNING], 65 << 7 | 9);
  control(2, 99, 1);
  control(2, 98, 8);
  control(2, 6, 3); // an NRPN's
  assert_int_equal(c->rpn[ARIO_RPN_FINE_TUNING], 65 << 7 | 9);
  control(2, 100, ARIO_RPN_BEND_RANGE); // registered again; 101 still stands
  control(2, 6, 12);
  assert_int_equal(c->rpn[ARIO_RPN_BEND_RANGE], 12 << 7);
  control(2, 101, 127); // none
  control(2, 100, 127);
  control(2, 6, 1);
  control(2, 101, 0);
  control(2, 100, ARIO_RPN_COUNT); // one that is not kept
  control(2, 6, 1);
  assert_int_equal(c->rpn[ARIO_RPN_BEND_RANGE], 12 << 7);
  assert_int_equal(c->rpn[ARIO_RPN_COARSE_TUNING], -1);
}

static const uint8_t gm[] = {0xf0, 0x7e, 0x7f, 9, 1, 0xf7}, gm2[] = {0xf0, 0x7e, 0x7f, 9, 3, 0xf7};
static const uint8_t xg[] = {0xf0, 0x43, 0x10, 0x4c, 0, 0, 0x7e, 0, 0xf7};
static const uint8_t gs[] = {0xf0, 0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7f, 0, 0x41, 0xf7};

static void banks_of_drums(void **state) {
  (void)state;
  static const struct {
    const uint8_t *reset;
    size_t size;
    unsigned bank;
    bool drums;
  } cases[] = {{gm, sizeof gm, 127, false},   {gm, sizeof gm, 120, false},   {gs, sizeof gs, 127, false},
               {xg, sizeof xg, 126, true},    {xg, sizeof xg, 127, true},    {xg, sizeof xg, 125, false},
               {xg, sizeof xg, 120, false},   {gm2, sizeof gm2, 120, true},  {gm2, sizeof gm2, 121, false},
               {gm2, sizeof gm2, 127, false}, {gm2, sizeof gm2, 126, false}, {xg, sizeof xg, 0, false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario_channels_init(&channels);
    assert_true(ario_channels_is_reset(cases[i].reset, cases[i].size));
    feed(cases[i].reset, cases[i].size);
    control(3, 0, cases[i].bank);
    expect_drums(3, false); // the program comes first
    feed((const uint8_t[]){0xc3, 5}, 2);
    expect_drums(3, cases[i].drums);
    assert_int_equal(ario_channels_drum_bank(&channels, 3, (int)cases[i].bank), cases[i].drums);
    program(3, 0, 5);
    expect_drums(3, false);
    expect_drums(9, true);
  }
}

// GS: a part's "use for rhythm". Part 0 is channel 10, parts 1 to 9 are channels 1 to 9, the others their own.
static void parts_of_rhythm(void **state) {
  (void)state;
  for (unsigned part = 0; part < 16; part++) {
    ario_channels_init(&channels);
    feed(gs, sizeof gs);
    const unsigned wanted = part == 0 ? 9 : part <= 9 ? part - 1 : part;
    for (unsigned on = 2; on-- > 0;) {
      const uint8_t message[] = {0xf0, 0x41,        0x10, 0x42, 0x12, 0x40, (uint8_t)(0x10 | part),
                                 0x15, (uint8_t)on, 0,    0xf7};
      feed(message, sizeof message);
      for (unsigned c = 0; c < 16; c++) expect_drums(c, c == wanted ? on : c == 9);
    }
    feed(gm, sizeof gm);
    expect_drums(wanted, wanted == 9); // a reset sets them back
  }
}

// CC 121 sets back what it should, where it was ever set, and leaves volume, pan, programs and parameters.
static void what_is_reset(void **state) {
  (void)state;
  for (unsigned high = 0; high < 2; high++) {
    ario_channels_init(&channels);
    const ario_channel *c = &channels.channels[0];
    static const uint8_t numbers[] = {1, 11, 64, 66, 67, 7, 10, 91};
    control(0, 121, 0);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) assert_int_equal(c->control[numbers[i]], -1);
    assert_int_equal(c->bend, -1);
    assert_int_equal(c->pressure, -1);
    program(0, 3, 40);
    control(0, 101, 0);
    control(0, 100, 0);
    control(0, 6, 12);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) control(0, numbers[i], 70);
    feed((const uint8_t[]){0xe0, 0, high ? 127 : 1}, 3);
    feed((const uint8_t[]){0xd0, 99}, 2);
    feed((const uint8_t[]){0xa0, 60, 99}, 3);
    assert_true(c->pedal && c->key_pressure);
    control(0, 121, 0);
    static const int16_t after[] = {0, 127, 0, 0, 0, 70, 70, 70};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) assert_int_equal(c->control[numbers[i]], after[i]);
    assert_int_equal(c->bend, ARIO_MIDI_BEND_CENTER);
    assert_int_equal(c->pressure, 0);
    assert_false(c->pedal || c->key_pressure);
    assert_int_equal(c->program, 40);
    assert_int_equal(c->bank, 3);
    assert_int_equal(c->rpn[ARIO_RPN_BEND_RANGE], 12 << 7);
    control(0, 6, 2); // no parameter is chosen any more
    assert_int_equal(c->rpn[ARIO_RPN_BEND_RANGE], 12 << 7);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(parameters), cmocka_unit_test(banks_of_drums),
                                     cmocka_unit_test(parts_of_rhythm), cmocka_unit_test(what_is_reset)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
