// SPDX-License-Identifier: MIT
//
// The state of MIDI channels.
#include "arioso/channels.h"

#include <string.h>

enum { PITCHES = 128, CHANNELS = 16 };
enum {
  NOTE_OFF = 0x80,
  NOTE_ON = 0x90,
  KEY_PRESSURE = 0xa0,
  CONTROL = 0xb0,
  PROGRAM = 0xc0,
  PRESSURE = 0xd0,
  BEND = 0xe0
};
enum {
  CC_BANK = 0,
  CC_MODULATION = 1,
  CC_DATA = 6,
  CC_EXPRESSION = 11,
  CC_DATA_LSB = 38,
  CC_PEDAL = 64,
  CC_SOSTENUTO = 66,
  CC_NRPN_LSB = 98,
  CC_NRPN = 99,
  CC_RPN_LSB = 100,
  CC_RPN = 101,
  CC_SOUND_OFF = 120,
  CC_RESET = 121,
  CC_NOTES_OFF = 123, // and all above it
};
enum { MODE_GM, MODE_GM2, MODE_GS, MODE_XG };

// The event that is fed.
typedef struct feeding {
  ario_channel *channel;
  unsigned number;
  ario_note_change change;
  void *context;
} feeding;

static void init_drums(ario_channels *channels, unsigned port, uint8_t mode) {
  channels->mode[port] = mode;
  for (unsigned c = 0; c < CHANNELS; c++) {
    ario_channel *channel = &channels->channels[CHANNELS * port + c];
    channel->drums = c == ARIO_MIDI_DRUM_CHANNEL;
    channel->bank = -1;
  }
}

void ario_channels_init(ario_channels *channels) {
  ario_channel *first = &channels->channels[0];
  *first = (ario_channel){.program = -1, .program_bank = -1, .pressure = -1, .bend = -1};
  for (unsigned i = 0; i < PITCHES; i++) first->control[i] = -1;
  for (unsigned i = 0; i < ARIO_RPN_COUNT; i++) first->rpn[i] = -1;
  for (unsigned c = 1; c < ARIO_MIDI_CHANNELS; c++) channels->channels[c] = *first;
  for (unsigned port = 0; port < ARIO_MIDI_PORTS; port++) init_drums(channels, port, MODE_GM);
}

// ---- Notes ----

static void stop(const feeding *f, unsigned pitch) {
  f->channel->keys[pitch] &= (uint8_t) ~(ARIO_KEY_SOUNDS | ARIO_KEY_UP | ARIO_KEY_HELD);
  f->channel->sounding--;
  if (f->change) f->change(f->context, f->number, pitch, 0);
}

// A key goes up; a pedal may hold its note.
static void release(const feeding *f, unsigned pitch) {
  if (f->channel->pedal || (f->channel->keys[pitch] & ARIO_KEY_HELD))
    f->channel->keys[pitch] |= ARIO_KEY_UP;
  else
    stop(f, pitch);
}

static bool is_down(const ario_channel *channel, unsigned pitch) {
  return (channel->keys[pitch] & (ARIO_KEY_SOUNDS | ARIO_KEY_UP)) == ARIO_KEY_SOUNDS;
}

// Remembers for this moment whether the last onset of a pitch ended an older note.
static void mark_again(ario_channel *channel, unsigned pitch, bool again, int64_t moment) {
  if (again && channel->moment != moment) {
    for (unsigned p = 0; p < PITCHES; p++) channel->keys[p] &= (uint8_t)~ARIO_KEY_AGAIN;
    channel->moment = moment;
  }
  if (again)
    channel->keys[pitch] |= ARIO_KEY_AGAIN;
  else
    channel->keys[pitch] &= (uint8_t)~ARIO_KEY_AGAIN;
}

static void note_on(const feeding *f, unsigned pitch, unsigned velocity, int64_t moment) {
  uint8_t *key = &f->channel->keys[pitch];
  if (f->channel->drums) {
    mark_again(f->channel, pitch, *key & ARIO_KEY_DRUM, moment);
    *key |= ARIO_KEY_DRUM;
    return;
  }
  mark_again(f->channel, pitch, *key & ARIO_KEY_SOUNDS, moment);
  if (*key & ARIO_KEY_SOUNDS) stop(f, pitch);
  *key |= ARIO_KEY_SOUNDS;
  f->channel->sounding++;
  if (f->change) f->change(f->context, f->number, pitch, velocity);
}

static bool note_off(const feeding *f, unsigned pitch, int64_t moment) {
  uint8_t *key = &f->channel->keys[pitch];
  if ((*key & ARIO_KEY_AGAIN) && f->channel->moment == moment) {
    *key &= (uint8_t)~ARIO_KEY_AGAIN;
    return false;
  }
  *key &= (uint8_t)~ARIO_KEY_DRUM;
  if (is_down(f->channel, pitch)) release(f, pitch);
  return true;
}

// A pedal went up: what nothing holds any more ends.
static void lift(const feeding *f) {
  const ario_channel *channel = f->channel;
  if (channel->pedal || !channel->sounding) return;
  for (unsigned p = 0; p < PITCHES; p++)
    if ((channel->keys[p] & (ARIO_KEY_UP | ARIO_KEY_HELD)) == ARIO_KEY_UP) stop(f, p);
}

static void sostenuto(const feeding *f, bool down) {
  for (unsigned p = 0; p < PITCHES && f->channel->sounding; p++) {
    if (!down)
      f->channel->keys[p] &= (uint8_t)~ARIO_KEY_HELD;
    else if (is_down(f->channel, p))
      f->channel->keys[p] |= ARIO_KEY_HELD;
  }
  lift(f);
}

// All keys go up, or (`silence`) all notes end.
static void end_all(const feeding *f, bool silence) {
  for (unsigned p = 0; p < PITCHES; p++) {
    f->channel->keys[p] &= (uint8_t)~ARIO_KEY_DRUM;
    if (silence && (f->channel->keys[p] & ARIO_KEY_SOUNDS))
      stop(f, p);
    else if (is_down(f->channel, p))
      release(f, p);
  }
}

// ---- Controllers ----

// What CC 121 sets back (MIDI Association RP-015): not volume, pan, bank, program, nor the values of RPN.
static void reset_controllers(const feeding *f) {
  static const struct {
    uint8_t number, normal;
  } reset[] = {
      {CC_MODULATION, 0}, {CC_EXPRESSION, 127}, {CC_PEDAL, 0}, {65, 0},          {CC_SOSTENUTO, 0}, {67, 0},
      {CC_NRPN_LSB, 127}, {CC_NRPN, 127},       {CC_RPN, 127}, {CC_RPN_LSB, 127}};
  ario_channel *channel = f->channel;
  for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
    if (channel->control[reset[i].number] >= 0) channel->control[reset[i].number] = reset[i].normal;
  if (channel->bend >= 0) channel->bend = ARIO_MIDI_BEND_CENTER;
  if (channel->pressure >= 0) channel->pressure = 0;
  channel->key_pressure = false;
  channel->pedal = false;
  sostenuto(f, false);
}

static void enter_data(ario_channel *channel, bool low, uint8_t value) {
  if (channel->nrpn || channel->control[CC_RPN] != 0) return;
  int number = channel->control[CC_RPN_LSB];
  if (number < 0 || number >= ARIO_RPN_COUNT) return;
  int16_t *rpn = &channel->rpn[number];
  int before = *rpn < 0 ? 0 : *rpn;
  *rpn = (int16_t)(low ? (before & ~127) | value : value << 7 | (before & 127));
}

static void control(const feeding *f, unsigned number, uint8_t value) {
  ario_channel *channel = f->channel;
  channel->control[number] = value;
  if (number >= CC_NOTES_OFF) {
    end_all(f, false);
    return;
  }
  switch (number) {
  case CC_BANK: channel->bank = value; break;
  case CC_DATA:
  case CC_DATA_LSB: enter_data(channel, number == CC_DATA_LSB, value); break;
  case CC_RPN:
  case CC_RPN_LSB: channel->nrpn = false; break;
  case CC_NRPN:
  case CC_NRPN_LSB: channel->nrpn = true; break;
  case CC_PEDAL:
    if (channel->pedal == (value >= 64)) break;
    channel->pedal = value >= 64;
    lift(f);
    break;
  case CC_SOSTENUTO: sostenuto(f, value >= 64); break;
  case CC_SOUND_OFF: end_all(f, true); break;
  case CC_RESET: reset_controllers(f); break;
  default: break;
  }
}

static bool is_drum_bank(uint8_t mode, int bank) {
  return (mode == MODE_XG && bank >= 126) || (mode == MODE_GM2 && bank == 120);
}

bool ario_channels_drum_bank(const ario_channels *channels, unsigned channel, int bank) {
  return is_drum_bank(channels->mode[channel / CHANNELS], bank);
}

static void program(ario_channel *channel, uint8_t mode, uint8_t number) {
  channel->program = number;
  channel->program_bank = channel->bank;
  if (channel->bank >= 0 && (mode == MODE_XG || mode == MODE_GM2))
    channel->drums = is_drum_bank(mode, channel->bank);
}

// ---- System exclusive ----

// The message between F0 (or an escape that holds all of it) and F7.
static const uint8_t *sysex_data(const uint8_t *bytes, size_t size, size_t *length) {
  size_t begin = 1, end = size;
  if (begin < end && bytes[begin] == 0xf0) begin++;
  if (end > begin && bytes[end - 1] == 0xf7) end--;
  *length = end - begin;
  return bytes + begin;
}

// The mode that a reset sets; -1: it is none.
static int reset_mode(const uint8_t *d, size_t length) {
  if (length == 4 && d[0] == 0x7e && d[1] == 0x7f && d[2] == 9 && (d[3] == 1 || d[3] == 3))
    return d[3] == 1 ? MODE_GM : MODE_GM2;
  if (length == 7 && d[0] == 0x43 && (d[1] & 0xf0) == 0x10 && memcmp(d + 2, "\x4c\0\0\x7e\0", 5) == 0)
    return MODE_XG;
  if (length == 9 && d[0] == 0x41 && d[2] == 0x42 && memcmp(d + 3, "\x12\x40\0\x7f", 4) == 0) return MODE_GS;
  return -1;
}

bool ario_channels_is_reset(const uint8_t *bytes, size_t size) {
  if (!size || (bytes[0] != 0xf0 && bytes[0] != 0xf7)) return false;
  size_t length;
  const uint8_t *data = sysex_data(bytes, size, &length);
  return reset_mode(data, length) >= 0;
}

static void hear_sysex(ario_channels *channels, unsigned port, const uint8_t *bytes, size_t size) {
  size_t length;
  const uint8_t *d = sysex_data(bytes, size, &length);
  int mode = reset_mode(d, length);
  if (mode >= 0) {
    init_drums(channels, port, (uint8_t)mode);
  } else if (length == 9 && d[0] == 0x41 && d[2] == 0x42 && d[3] == 0x12 && d[4] == 0x40 &&
             (d[5] & 0xf0) == 0x10 && d[6] == 0x15) { // GS: use for rhythm part
    unsigned part = d[5] & 15, channel = part == 0 ? ARIO_MIDI_DRUM_CHANNEL : part <= 9 ? part - 1 : part;
    channels->channels[CHANNELS * port + channel].drums = d[7] != 0;
  }
}

// ---- Events ----

bool ario_channels_feed(ario_channels *channels, unsigned port, int64_t moment, const uint8_t *bytes,
                        size_t size, ario_note_change change, void *context) {
  port %= ARIO_MIDI_PORTS;
  if (!size || bytes[0] < 0x80 || bytes[0] >= 0xf0) {
    if (size && (bytes[0] == 0xf0 || bytes[0] == 0xf7)) hear_sysex(channels, port, bytes, size);
    return true;
  }
  unsigned kind = bytes[0] & 0xf0, number = CHANNELS * port + (bytes[0] & 15);
  ario_channel *channel = &channels->channels[number];
  if (size < (kind == PROGRAM || kind == PRESSURE ? 2 : 3)) return true;
  const feeding f = {channel, number, change, context};
  uint8_t first = bytes[1] & 127, second = size > 2 ? bytes[2] & 127 : 0;
  channel->used = true;
  if (kind == NOTE_ON && second)
    note_on(&f, first, second, moment);
  else if (kind == NOTE_ON || kind == NOTE_OFF)
    return note_off(&f, first, moment);
  else if (kind == CONTROL)
    control(&f, first, second);
  else if (kind == PROGRAM)
    program(channel, channels->mode[port], first);
  else if (kind == KEY_PRESSURE)
    channel->key_pressure = true;
  else if (kind == PRESSURE)
    channel->pressure = first;
  else if (kind == BEND)
    channel->bend = (int16_t)(second << 7 | first);
  return true;
}
