// SPDX-License-Identifier: MIT
//
// The only file that includes PortAudio.
#include "apps/live/speaker.h"
#include "apps/cli/stderr_guard.h"
#include "apps/cli/stopwatch.h"

#include <ctype.h>
#include <portaudio.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A device that asks for nothing this long is gone: no buffer is as long.
static const double longest_rest = 2;
static const double most_latency = 5; // seconds; a device that reports more is wrong

struct ario__speaker {
  PaStream *stream;
  ario__ring *ring;
  unsigned rate;
  double latency;
  char name[160];
  _Atomic bool last;
  _Atomic size_t underruns, late, calls;
  size_t calls_seen;
  double seen_at;
  bool lost;
};

static ario_status begin(ario_error *error) {
  // Use a JACK server that runs, but start none.
  setenv("JACK_NO_START_SERVER", "1", 0);
  ario__stderr_guard();
  PaError result = Pa_Initialize();
  if (result == paNoError) return ARIO_OK;
  ario__stderr_unguard();
  return ario_fail(error, ARIO_ERR_NOT_FOUND, "the sound system cannot be used: %s", Pa_GetErrorText(result));
}

static void finish(void) {
  Pa_Terminate();
  ario__stderr_unguard();
}

static void name_device(PaDeviceIndex index, char *name, size_t size) {
  const PaDeviceInfo *device = Pa_GetDeviceInfo(index);
  const PaHostApiInfo *api = Pa_GetHostApiInfo(device->hostApi);
  snprintf(name, size, "%s: %s", api ? api->name : "?", device->name);
}

static bool is_output(PaDeviceIndex index) {
  const PaDeviceInfo *device = Pa_GetDeviceInfo(index);
  return device && device->maxOutputChannels >= 2;
}

// The system's default, else any at all.
static PaDeviceIndex standard_device(void) {
  PaDeviceIndex index = Pa_GetDefaultOutputDevice();
  if (index != paNoDevice && is_output(index)) return index;
  for (index = 0; index < Pa_GetDeviceCount(); index++)
    if (is_output(index)) return index;
  return paNoDevice;
}

ario_status ario__speaker_list(ario__speaker_show show, void *context, ario_error *error) {
  ario_status status = begin(error);
  if (status) return status;
  PaDeviceIndex standard = standard_device();
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
    char name[160];
    if (!is_output(i)) continue;
    name_device(i, name, sizeof name);
    show(context, i, name, Pa_GetDeviceInfo(i)->defaultSampleRate, i == standard);
  }
  finish();
  return standard == paNoDevice
             ? ario_fail(error, ARIO_ERR_NOT_FOUND, "there is no device for sound on this system")
             : ARIO_OK;
}

static bool contains(const char *text, const char *part) {
  for (size_t length = strlen(part); *text; text++)
    if (strncasecmp(text, part, length) == 0) return true;
  return false;
}

static PaDeviceIndex find_device(const char *wanted, ario_status *status, ario_error *error) {
  PaDeviceIndex found = standard_device();
  if (found == paNoDevice)
    *status = ario_fail(error, ARIO_ERR_NOT_FOUND, "there is no device for sound on this system");
  if (found == paNoDevice || !wanted) return found;
  char *end;
  long number = strtol(wanted, &end, 10);
  if (isdigit((unsigned char)*wanted) && !*end && number < Pa_GetDeviceCount() &&
      is_output((PaDeviceIndex)number))
    return (PaDeviceIndex)number;
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
    char name[160];
    if (!is_output(i)) continue;
    name_device(i, name, sizeof name);
    if (contains(name, wanted)) return i;
  }
  *status = ario_fail(error, ARIO_ERR_NOT_FOUND, "there is no sound device \"%s\"; --list-devices shows them",
                      wanted);
  return paNoDevice;
}

static int play(const void *input, void *output, unsigned long frames, const PaStreamCallbackTimeInfo *times,
                PaStreamCallbackFlags flags, void *context) {
  (void)input, (void)times;
  ario__speaker *speaker = context;
  float *samples = output;
  size_t there = ario__ring_read(speaker->ring, samples, frames);
  bool missing = there < frames;
  if (missing) memset(samples + 2 * there, 0, 2 * (frames - there) * sizeof *samples);
  bool late = flags & paOutputUnderflow && !(flags & paPrimingOutput);
  bool counts = !atomic_load_explicit(&speaker->last, memory_order_relaxed);
  if (missing && counts) atomic_fetch_add_explicit(&speaker->underruns, 1, memory_order_relaxed);
  if (late && counts) atomic_fetch_add_explicit(&speaker->late, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&speaker->calls, 1, memory_order_relaxed);
  return paContinue;
}

static ario_status open_stream(ario__speaker *speaker, const ario__speaker_options *options,
                               ario_error *error) {
  ario_status status = ARIO_OK;
  PaDeviceIndex device = find_device(options->device, &status, error);
  if (status) return status;
  name_device(device, speaker->name, sizeof speaker->name);
  speaker->rate = options->rate ? options->rate : (unsigned)Pa_GetDeviceInfo(device)->defaultSampleRate;
  const PaStreamParameters parameters = {
      .device = device, .channelCount = 2, .sampleFormat = paFloat32, .suggestedLatency = options->latency};
  PaError result = Pa_OpenStream(&speaker->stream, NULL, &parameters, speaker->rate,
                                 paFramesPerBufferUnspecified, paClipOff | paDitherOff, play, speaker);
  if (result != paNoError) {
    speaker->stream = NULL;
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "%s: cannot play stereo at %u Hz: %s", speaker->name,
                     speaker->rate, Pa_GetErrorText(result));
  }
  const PaStreamInfo *info = Pa_GetStreamInfo(speaker->stream);
  // JACK reports four billion frames while it freewheels.
  bool told = info && info->outputLatency > 0 && info->outputLatency < most_latency;
  speaker->latency = told ? info->outputLatency : options->latency;
  return ARIO_OK;
}

ario_status ario__speaker_open(const ario__speaker_options *options, ario__speaker **out, ario_error *error) {
  *out = NULL;
  ario__speaker *speaker = calloc(1, sizeof *speaker);
  if (!speaker) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_status status = begin(error);
  if (status) {
    free(speaker);
    return status;
  }
  status = open_stream(speaker, options, error);
  if (status)
    ario__speaker_free(speaker);
  else
    *out = speaker;
  return status;
}

unsigned ario__speaker_rate(const ario__speaker *speaker) {
  return speaker->rate;
}

double ario__speaker_latency(const ario__speaker *speaker) {
  return speaker->latency;
}

const char *ario__speaker_name(const ario__speaker *speaker) {
  return speaker->name;
}

ario_status ario__speaker_start(ario__speaker *speaker, ario__ring *ring, ario_error *error) {
  speaker->ring = ring;
  speaker->seen_at = ario__seconds_now();
  PaError result = Pa_StartStream(speaker->stream);
  if (result == paNoError) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_IO, "%s: cannot be started: %s", speaker->name, Pa_GetErrorText(result));
}

void ario__speaker_last(ario__speaker *speaker) {
  atomic_store_explicit(&speaker->last, true, memory_order_relaxed);
}

size_t ario__speaker_underruns(const ario__speaker *speaker) {
  return atomic_load_explicit(&speaker->underruns, memory_order_relaxed);
}

size_t ario__speaker_late(const ario__speaker *speaker) {
  return atomic_load_explicit(&speaker->late, memory_order_relaxed);
}

bool ario__speaker_lost(ario__speaker *speaker) {
  size_t calls = atomic_load_explicit(&speaker->calls, memory_order_relaxed);
  double now = ario__seconds_now();
  if (calls != speaker->calls_seen) {
    speaker->calls_seen = calls;
    speaker->seen_at = now;
  }
  if (Pa_IsStreamActive(speaker->stream) != 1 || now - speaker->seen_at > longest_rest) speaker->lost = true;
  return speaker->lost;
}

void ario__speaker_free(ario__speaker *speaker) {
  if (!speaker || speaker->lost) return;
  if (speaker->stream) {
    Pa_StopStream(speaker->stream);
    Pa_CloseStream(speaker->stream);
  }
  finish();
  free(speaker);
}
