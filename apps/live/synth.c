// SPDX-License-Identifier: MIT
//
// The only file that knows FluidSynth: the synthesizer, and MIDI keyboards by its drivers.
#include "apps/live/synth.h"
#include "apps/live/keyboard.h"

#include <fcntl.h>
#include <fluidsynth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ario__synth {
  char *soundfont;
  fluid_settings_t *settings;
  fluid_synth_t *fluid;
};

enum { POLYPHONY = 256, CHANNELS = 16 };

// Where systems keep a General MIDI SoundFont. The small one first: it is what the default gain was measured
// with, and it loads in 20 ms.
static const char *const places[] = {
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/share/soundfonts/GeneralUser.sf2",
    "/usr/share/soundfonts/freepats-general-midi.sf2",
    "/usr/local/share/sounds/sf2/default-GM.sf2",
    "/usr/local/share/fluidsynth/sf2/VintageDreamsWaves-v2.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
    "/opt/homebrew/share/fluid-synth/sf2/VintageDreamsWaves-v2.sf2",
    "/usr/local/share/fluid-synth/sf2/VintageDreamsWaves-v2.sf2",
    "/usr/local/share/soundfonts/default.sf2",
};

ario__synth_options ario__synth_options_default(void) {
  return (ario__synth_options){.soundfont = NULL, .rate = 44100, .gain = ARIO__SYNTH_GAIN};
}

// The path to use, by option, environment and places; NULL with *error filled.
static const char *find_soundfont(const char *option, ario_status *status, ario_error *error) {
  const char *variable = getenv("ARIOSO_SOUNDFONT");
  const char *named = option ? option : variable && *variable ? variable : NULL;
  if (named && access(named, R_OK) == 0) return named;
  if (named) {
    *status = ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: SoundFont%s cannot be read", named,
                        option ? "" : " (from ARIOSO_SOUNDFONT)");
    return NULL;
  }
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (access(places[i], R_OK) == 0) return places[i];
  *status = ario_fail(error, ARIO_ERR_NOT_FOUND,
                      "no SoundFont found; install one (Debian: apt install timgm6mb-soundfont) or name "
                      "one with --soundfont FILE.sf2 or in ARIOSO_SOUNDFONT");
  return NULL;
}

// All that decides about the samples is set here, whatever the defaults of this FluidSynth's version.
static bool set_all(fluid_settings_t *settings, const ario__synth_options *options) {
  static const struct {
    const char *name;
    int value;
  } integers[] = {
      {"synth.cpu-cores", 1},     {"synth.polyphony", POLYPHONY}, {"synth.reverb.active", 1},
      {"synth.chorus.active", 1}, {"synth.lock-memory", 0},       {"synth.midi-channels", CHANNELS},
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

static uint32_t little_endian(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

// A RIFF file of kind "sfbk" whose list of presets is all there. FluidSynth checks what is inside; but to
// files that are none of its own, other loaders of its print complaints.
static bool is_soundfont(const char *path) {
  uint8_t head[12];
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  bool found = false;
  bool good = fread(head, 1, 12, file) == 12 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "sfbk", 4);
  while (good && !found && fread(head, 1, 12, file) == 12) {
    uint32_t size = little_endian(head + 4);
    found = memcmp(head, "LIST", 4) == 0 && memcmp(head + 8, "pdta", 4) == 0;
    // 4 of it are read; on to the next chunk, or to the last byte of this, which must be there.
    off_t skip = (off_t)size - 4 + (found ? -1 : (off_t)(size & 1));
    good = skip >= 0 && fseeko(file, skip, SEEK_CUR) == 0;
  }
  good = good && found && fgetc(file) != EOF;
  fclose(file);
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

ario_status ario__synth_create(const ario__synth_options *options, ario__synth **out, ario_error *error) {
  *out = NULL;
  ario_status status = check(options, error);
  if (status) return status;
  const char *path = find_soundfont(options->soundfont, &status, error);
  if (!path) return status;
  keep_quiet();
  if (!is_soundfont(path))
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a SoundFont (.sf2, .sf3)", path);
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

// FluidSynth's failures here are events that this SoundFont or synthesizer has nothing for, and are ignored.
void ario__synth_send(ario__synth *synth, const uint8_t *bytes, size_t size) {
  if (!size) return;
  if (bytes[0] == 0xF0) { // handed over without its first and last byte
    if (size > 2 && size < 65536 && bytes[size - 1] == 0xF7)
      fluid_synth_sysex(synth->fluid, (const char *)bytes + 1, (int)size - 2, NULL, NULL, NULL, 0);
    return;
  }
  int kind = bytes[0] >> 4, channel = bytes[0] & 15;
  size_t wanted = kind == 0xC || kind == 0xD ? 2 : 3;
  if (kind < 8 || kind == 0xF || size < wanted) return;
  int first = bytes[1] & 127, second = wanted == 3 ? bytes[2] & 127 : 0;
  switch (kind) {
  case 0x8: fluid_synth_noteoff(synth->fluid, channel, first); break;
  case 0x9: fluid_synth_noteon(synth->fluid, channel, first, second); break; // velocity 0 is a note-off
  case 0xA: fluid_synth_key_pressure(synth->fluid, channel, first, second); break;
  case 0xB: fluid_synth_cc(synth->fluid, channel, first, second); break;
  case 0xC: fluid_synth_program_change(synth->fluid, channel, first); break;
  case 0xD: fluid_synth_channel_pressure(synth->fluid, channel, first); break;
  default: fluid_synth_pitch_bend(synth->fluid, channel, second << 7 | first); break;
  }
}

void ario__synth_release(ario__synth *synth) {
  for (int channel = 0; channel < CHANNELS; channel++) {
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

// ---- Keyboards ----

struct ario__keyboard {
  fluid_settings_t *settings;
  fluid_midi_driver_t *driver;
  int held; // the file of a FIFO, or -1
  ario__keyboard_hear hear;
  void *context;
};

static int handle(void *context, fluid_midi_event_t *event) {
  ario__keyboard *keyboard = context;
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
  keyboard->hear(keyboard->context, bytes, size);
  return FLUID_OK;
}

// Fills in the settings for a port; a FIFO is held open, since a driver whose last writer goes away would
// never sleep again.
static ario_status choose_port(ario__keyboard *keyboard, const char *port, ario_error *error) {
  struct stat status;
  fluid_settings_t *settings = keyboard->settings;
  fluid_settings_setstr(settings, "midi.portname", "Arioso");
  fluid_settings_setint(settings, "midi.autoconnect", 1);
  fluid_settings_setstr(settings, "midi.jack.id", "arioso");
  if (getenv("JACK_DEFAULT_SERVER"))
    fluid_settings_setstr(settings, "midi.jack.server", getenv("JACK_DEFAULT_SERVER"));
  if (!port) return ARIO_OK;
  if (!strchr(port, '/')) {
    if (fluid_settings_setstr(settings, "midi.driver", port) == FLUID_OK) return ARIO_OK;
    return ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: there is no MIDI system of this name here", port);
  }
  if (stat(port, &status))
    return ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: there is no such MIDI port", port);
  if (S_ISFIFO(status.st_mode)) keyboard->held = open(port, O_RDWR | O_NONBLOCK);
  fluid_settings_setstr(settings, "midi.driver", "oss");
  fluid_settings_setstr(settings, "midi.oss.device", port);
  return ARIO_OK;
}

ario_status ario__keyboard_open(const char *port, ario__keyboard_hear hear, void *context,
                                ario__keyboard **out, ario_error *error) {
  *out = NULL;
  keep_quiet();
  ario__keyboard *keyboard = calloc(1, sizeof *keyboard);
  if (keyboard) keyboard->settings = new_fluid_settings();
  if (!keyboard || !keyboard->settings) {
    free(keyboard);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  keyboard->held = -1;
  keyboard->hear = hear;
  keyboard->context = context;
  ario_status status = choose_port(keyboard, port, error);
  if (!status) keyboard->driver = new_fluid_midi_driver(keyboard->settings, handle, keyboard);
  if (!status && !keyboard->driver)
    status = ario_fail(error, ARIO_ERR_NOT_FOUND, "no MIDI keyboard can be listened to%s%s",
                       port ? " by " : "; is one plugged in? --midi-in names a port", port ? port : "");
  if (status)
    ario__keyboard_free(keyboard);
  else
    *out = keyboard;
  return status;
}

void ario__keyboard_free(ario__keyboard *keyboard) {
  if (!keyboard) return;
  if (keyboard->driver) delete_fluid_midi_driver(keyboard->driver);
  if (keyboard->settings) delete_fluid_settings(keyboard->settings);
  if (keyboard->held >= 0) close(keyboard->held);
  free(keyboard);
}
