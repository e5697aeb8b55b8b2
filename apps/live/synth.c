// SPDX-License-Identifier: MIT
//
// The only file that includes FluidSynth: its synthesizer, and its drivers for MIDI input.
#include "apps/live/synth.h"
#include "apps/live/soundfont.h"
#include "arioso/channels.h"

#include <fluidsynth.h>
#include <stdlib.h>
#include <string.h>

struct ario__synth {
  char *soundfont;
  fluid_settings_t *settings;
  fluid_synth_t *fluid;
  ario_channels channels;
  int64_t fed;                    // events
  bool drums[ARIO_MIDI_CHANNELS]; // as FluidSynth has them
};

enum { POLYPHONY = 256, DRUM_BANK = 128 };

ario__synth_options ario__synth_options_default(void) {
  return (ario__synth_options){.soundfont = NULL, .rate = 44100, .gain = ARIO__SYNTH_GAIN};
}

// All that decides about the samples is set here, whatever the defaults of this FluidSynth's version.
static bool set_all(fluid_settings_t *settings, const ario__synth_options *options) {
  static const struct {
    const char *name;
    int value;
  } integers[] = {
      {"synth.cpu-cores", 1},     {"synth.polyphony", POLYPHONY}, {"synth.reverb.active", 1},
      {"synth.chorus.active", 1}, {"synth.lock-memory", 0},       {"synth.midi-channels", ARIO_MIDI_CHANNELS},
      {"synth.device-id", 0},     {"synth.min-note-length", 10},
  };
  bool good = true;
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
    good = fluid_settings_setint(settings, integers[i].name, integers[i].value) == FLUID_OK && good;
  good = fluid_settings_setnum(settings, "synth.sample-rate", options->rate) == FLUID_OK && good;
  good = fluid_settings_setnum(settings, "synth.gain", options->gain) == FLUID_OK && good;
  good = fluid_settings_setstr(settings, "synth.midi-bank-select", "gs") == FLUID_OK && good;
  return good;
}

// FluidSynth would print; what a person has to know comes back as an error.
static void keep_quiet(void) {
  for (int level = FLUID_PANIC; level < LAST_LOG_LEVEL; level++) fluid_set_log_function(level, NULL, NULL);
}

static ario_status check(const ario__synth_options *options, ario_error *error) {
  if (options->rate < 8000 || options->rate > 96000)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "a rate of %u Hz is not from 8000 to 96000", options->rate);
  if (!(options->gain >= 0 && options->gain <= 10))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "a gain of %g is not from 0 to 10", options->gain);
  return ARIO_OK;
}

// Makes a channel of FluidSynth's drums or not, as its state says.
static void set_drums(ario__synth *synth, unsigned number, int program) {
  const ario_channel *channel = &synth->channels.channels[number];
  int c = (int)number, bank = channel->control[0] > 0 ? channel->control[0] : 0;
  fluid_synth_set_channel_type(synth->fluid, c, channel->drums ? CHANNEL_TYPE_DRUM : CHANNEL_TYPE_MELODIC);
  fluid_synth_bank_select(synth->fluid, c, channel->drums ? DRUM_BANK : bank);
  fluid_synth_program_change(synth->fluid, c, program);
  synth->drums[number] = channel->drums;
}

static void follow_drums(ario__synth *synth) {
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    const ario_channel *channel = &synth->channels.channels[c];
    if (synth->drums[c] != channel->drums) set_drums(synth, c, channel->program > 0 ? channel->program : 0);
  }
}

ario_status ario__synth_create(const ario__synth_options *options, ario__synth **out, ario_error *error) {
  *out = NULL;
  ario_status status = check(options, error);
  if (status) return status;
  const char *path;
  status = ario__soundfont_find(options->soundfont, &path, error);
  if (status) return status;
  keep_quiet();
  ario__synth *synth = calloc(1, sizeof *synth);
  if (synth) synth->soundfont = strdup(path);
  if (synth && synth->soundfont) synth->settings = new_fluid_settings();
  if (synth && synth->settings && set_all(synth->settings, options))
    synth->fluid = new_fluid_synth(synth->settings);
  if (!synth || !synth->fluid) {
    ario__synth_free(synth);
    return ario_fail(error, ARIO_ERR_MEMORY, "FluidSynth cannot be started: %s",
                     ario_strerror(ARIO_ERR_MEMORY));
  }
  fluid_synth_set_interp_method(synth->fluid, -1, FLUID_INTERP_4THORDER);
  if (fluid_synth_sfload(synth->fluid, path, 1) == FLUID_FAILED) {
    ario__synth_free(synth);
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a SoundFont that FluidSynth can read", path);
  }
  synth->drums[ARIO_MIDI_DRUM_CHANNEL] = true; // of all ports, FluidSynth makes drums of the first one's only
  ario_channels_init(&synth->channels);
  follow_drums(synth);
  *out = synth;
  return ARIO_OK;
}

void ario__synth_free(ario__synth *synth) {
  if (!synth) return;
  if (synth->fluid) delete_fluid_synth(synth->fluid);
  if (synth->settings) delete_fluid_settings(synth->settings);
  free(synth->soundfont);
  free(synth);
}

const char *ario__synth_soundfont(const ario__synth *synth) {
  return synth->soundfont;
}

// FluidSynth ends all notes of all ports at a GM reset, which by the channels' rules ends none: it gets one only where
// there is nothing that it could spoil. Those of GS and XG, of which it knows more or less by its version, it never gets.
static bool may_reset(const ario__synth *synth, unsigned port) {
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    const ario_channel *channel = &synth->channels.channels[c];
    if (channel->sounding || channel->pedal || (channel->used && c / 16 != port)) return false;
  }
  return true;
}

// The message is handed over without its first and last byte.
static void send_sysex(ario__synth *synth, unsigned port, const uint8_t *bytes, size_t size) {
  if (size < 3 || size >= 65536 || bytes[size - 1] != 0xF7) return;
  bool reset = ario_channels_is_reset(bytes, size), gm = bytes[1] == 0x7E;
  if (reset && !(gm && may_reset(synth, port))) return;
  fluid_synth_sysex(synth->fluid, (const char *)bytes + 1, (int)size - 2, NULL, NULL, NULL, 0);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS && reset; c++)
    if (c % 16 == ARIO_MIDI_DRUM_CHANNEL || synth->drums[c]) set_drums(synth, c, 0);
}

// FluidSynth's failures here are events that this SoundFont or synthesizer has nothing for, and are ignored.
void ario__synth_send(ario__synth *synth, unsigned port, const uint8_t *bytes, size_t size) {
  if (!size || port >= ARIO_MIDI_PORTS) return;
  ario_channels_feed(&synth->channels, port, ++synth->fed, bytes, size, NULL, NULL);
  if (bytes[0] == 0xF0) send_sysex(synth, port, bytes, size);
  follow_drums(synth);
  if (bytes[0] >= 0xF0) return;
  int kind = bytes[0] >> 4, channel = (int)(16 * port) + (bytes[0] & 15);
  size_t wanted = kind == 0xC || kind == 0xD ? 2 : 3;
  if (kind < 8 || kind == 0xF || size < wanted) return;
  int first = bytes[1] & 127, second = wanted == 3 ? bytes[2] & 127 : 0;
  switch (kind) {
  case 0x8: fluid_synth_noteoff(synth->fluid, channel, first); break;
  case 0x9: fluid_synth_noteon(synth->fluid, channel, first, second); break; // velocity 0 is a note-off
  case 0xA: fluid_synth_key_pressure(synth->fluid, channel, first, second); break;
  case 0xB: // CC 124 to 127 would change the mode of FluidSynth's channels; what they are is a note-off for all keys
    fluid_synth_cc(synth->fluid, channel, first > 123 ? 123 : first, second);
    break;
  case 0xC: fluid_synth_program_change(synth->fluid, channel, first); break;
  case 0xD: fluid_synth_channel_pressure(synth->fluid, channel, first); break;
  default: fluid_synth_pitch_bend(synth->fluid, channel, second << 7 | first); break;
  }
}

void ario__synth_release(ario__synth *synth) {
  for (int channel = 0; channel < ARIO_MIDI_CHANNELS; channel++) {
    fluid_synth_cc(synth->fluid, channel, 64, 0); // sustain and sostenuto pedals hold notes
    fluid_synth_cc(synth->fluid, channel, 66, 0);
    fluid_synth_all_notes_off(synth->fluid, channel);
  }
}

void ario__synth_render(ario__synth *synth, float *samples, size_t frames) {
  while (frames) {
    int count = frames < 65536 ? (int)frames : 65536;
    fluid_synth_write_float(synth->fluid, count, samples, 0, 2, samples, 1, 2);
    samples += 2 * (size_t)count;
    frames -= (size_t)count;
  }
}

size_t ario__synth_voices(ario__synth *synth) {
  int count = fluid_synth_get_active_voice_count(synth->fluid);
  return count > 0 ? (size_t)count : 0;
}

// ---- MIDI input ----

struct ario__midi_input {
  fluid_settings_t *settings;
  fluid_midi_driver_t *driver;
  ario__midi_hear hear;
  void *context;
};

static int handle(void *context, fluid_midi_event_t *event) {
  ario__midi_input *input = context;
  int kind = fluid_midi_event_get_type(event), channel = fluid_midi_event_get_channel(event);
  int first = 0, second = 0;
  size_t size = 3;
  switch (kind) {
  case 0x80:
  case 0x90:
    first = fluid_midi_event_get_key(event);
    second = fluid_midi_event_get_velocity(event);
    break;
  case 0xA0:
    first = fluid_midi_event_get_key(event);
    second = fluid_midi_event_get_value(event);
    break;
  case 0xB0:
    first = fluid_midi_event_get_control(event);
    second = fluid_midi_event_get_value(event);
    break;
  case 0xC0:
    first = fluid_midi_event_get_program(event);
    size = 2;
    break;
  case 0xD0:
    first = fluid_midi_event_get_program(event); // where FluidSynth keeps a channel's pressure
    size = 2;
    break;
  case 0xE0:
    first = fluid_midi_event_get_pitch(event) & 127;
    second = fluid_midi_event_get_pitch(event) >> 7 & 127;
    break;
  default: return FLUID_OK;
  }
  const uint8_t bytes[] = {(uint8_t)(kind | (channel & 15)), (uint8_t)(first & 127), (uint8_t)(second & 127)};
  input->hear(input->context, bytes, size);
  return FLUID_OK;
}

static bool choose_driver(fluid_settings_t *settings, const char *driver, const char *device) {
  const char *jack = getenv("JACK_DEFAULT_SERVER");
  fluid_settings_setstr(settings, "midi.portname", "Arioso");
  fluid_settings_setint(settings, "midi.autoconnect", 1);
  fluid_settings_setstr(settings, "midi.jack.id", "arioso");
  if (jack) fluid_settings_setstr(settings, "midi.jack.server", jack);
  if (device) fluid_settings_setstr(settings, "midi.oss.device", device);
  return !driver || fluid_settings_setstr(settings, "midi.driver", driver) == FLUID_OK;
}

ario_status ario__midi_input_open(const char *driver, const char *device, ario__midi_hear hear, void *context,
                                  ario__midi_input **out) {
  *out = NULL;
  keep_quiet();
  ario__midi_input *input = calloc(1, sizeof *input);
  if (input) input->settings = new_fluid_settings();
  if (!input || !input->settings) {
    free(input);
    return ARIO_ERR_MEMORY;
  }
  input->hear = hear;
  input->context = context;
  ario_status status = ARIO_OK;
  if (!choose_driver(input->settings, driver, device)) status = ARIO_ERR_UNSUPPORTED;
  if (!status) input->driver = new_fluid_midi_driver(input->settings, handle, input);
  if (!status && !input->driver) status = ARIO_ERR_NOT_FOUND;
  if (status)
    ario__midi_input_free(input);
  else
    *out = input;
  return status;
}

struct shower {
  void (*show)(void *context, const char *name);
  void *context;
};

static void show_system(void *data, const char *name, const char *option) {
  const struct shower *shower = data;
  (void)name;
  shower->show(shower->context, option);
}

void ario__midi_systems(void (*show)(void *context, const char *name), void *context) {
  struct shower shower = {show, context};
  keep_quiet();
  fluid_settings_t *settings = new_fluid_settings();
  if (settings) fluid_settings_foreach_option(settings, "midi.driver", &shower, show_system);
  delete_fluid_settings(settings);
}

void ario__midi_input_free(ario__midi_input *input) {
  if (!input) return;
  if (input->driver) delete_fluid_midi_driver(input->driver);
  if (input->settings) delete_fluid_settings(input->settings);
  free(input);
}
