// SPDX-License-Identifier: MIT
//
// General MIDI's names.
#include "arioso/general_midi.h"

// Two rows are a family.
// clang-format off
static const char *const programs[ARIO_PROGRAMS] = {
    "acoustic grand piano", "bright acoustic piano", "electric grand piano", "honky-tonk piano",
    "electric piano 1", "electric piano 2", "harpsichord", "clavinet",
    "celesta", "glockenspiel", "music box", "vibraphone",
    "marimba", "xylophone", "tubular bells", "dulcimer",
    "drawbar organ", "percussive organ", "rock organ", "church organ",
    "reed organ", "accordion", "harmonica", "tango accordion",
    "nylon guitar", "steel guitar", "jazz guitar", "clean guitar",
    "muted guitar", "overdriven guitar", "distortion guitar", "guitar harmonics",
    "acoustic bass", "fingered bass", "picked bass", "fretless bass",
    "slap bass 1", "slap bass 2", "synth bass 1", "synth bass 2",
    "violin", "viola", "cello", "contrabass",
    "tremolo strings", "pizzicato strings", "harp", "timpani",
    "string ensemble 1", "string ensemble 2", "synth strings 1", "synth strings 2",
    "choir aahs", "voice oohs", "synth voice", "orchestra hit",
    "trumpet", "trombone", "tuba", "muted trumpet",
    "French horn", "brass section", "synth brass 1", "synth brass 2",
    "soprano sax", "alto sax", "tenor sax", "baritone sax",
    "oboe", "English horn", "bassoon", "clarinet",
    "piccolo", "flute", "recorder", "pan flute",
    "blown bottle", "shakuhachi", "whistle", "ocarina",
    "square lead", "sawtooth lead", "calliope lead", "chiff lead",
    "charang lead", "voice lead", "fifths lead", "bass and lead",
    "new age pad", "warm pad", "polysynth pad", "choir pad",
    "bowed pad", "metallic pad", "halo pad", "sweep pad",
    "rain", "soundtrack", "crystal", "atmosphere",
    "brightness", "goblins", "echoes", "sci-fi",
    "sitar", "banjo", "shamisen", "koto",
    "kalimba", "bagpipe", "fiddle", "shanai",
    "tinkle bell", "agogo", "steel drums", "woodblock",
    "taiko drum", "melodic tom", "synth drum", "reverse cymbal",
    "fret noise", "breath noise", "seashore", "bird tweet",
    "telephone ring", "helicopter", "applause", "gunshot",
};

static const char *const drums[] = {
    "high Q", "slap", "scratch push", "scratch pull", "sticks", "square click",
    "metronome click", "metronome bell", "bass drum 2", "bass drum 1", "side stick", "snare 1",
    "hand clap", "snare 2", "low floor tom", "closed hi-hat", "high floor tom", "pedal hi-hat",
    "low tom", "open hi-hat", "low-mid tom", "high-mid tom", "crash cymbal 1", "high tom",
    "ride cymbal 1", "Chinese cymbal", "ride bell", "tambourine", "splash cymbal", "cowbell",
    "crash cymbal 2", "vibraslap", "ride cymbal 2", "high bongo", "low bongo", "muted high conga",
    "open high conga", "low conga", "high timbale", "low timbale", "high agogo", "low agogo",
    "cabasa", "maracas", "short whistle", "long whistle", "short guiro", "long guiro",
    "claves", "high woodblock", "low woodblock", "muted cuica", "open cuica", "muted triangle",
    "open triangle", "shaker", "jingle bell", "bell tree", "castanets", "muted surdo",
    "open surdo",
};
// clang-format on

const char *ario_program_name(unsigned program) {
  return program < ARIO_PROGRAMS ? programs[program] : NULL;
}

const char *ario_drum_name(unsigned pitch) {
  return pitch >= ARIO_LOWEST_DRUM && pitch <= ARIO_HIGHEST_DRUM ? drums[pitch - ARIO_LOWEST_DRUM] : NULL;
}
