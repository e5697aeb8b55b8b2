// SPDX-License-Identifier: MIT
//
// arioso continue for sound: a recording, and its continuation by audio codes.
#include "apps/audio/playback.h"
#include "apps/audio/recording.h"
#include "apps/audio/seam.h"
#include "apps/cli/print.h"
#include "apps/cli/times.h"
#include "apps/commands/continue.h"
#include "apps/generate/sampling.h"
#include "apps/live/limiter.h"
#include "arioso/sound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 }; // frames copied at a time
static const double DEFAULT_SECONDS = 10;

// ---- The prompt ----

static int settle(ario__continuing *c) {
  const char *option = ario__options_foreign(&c->line, ARIO_SOUND);
  if (option)
    return ario__usage_error(ARIO__CONTINUE, "--%s is for MIDI files, but %s is a model for sound", option,
                             c->model_folder);
  if (!c->input)
    return ario__usage_error(ARIO__CONTINUE, "a model for sound cannot begin by itself; name a sound file");
  if (c->seconds_given && c->tokens_given)
    return ario__usage_error(ARIO__CONTINUE, "give --seconds or --tokens, not both");
  if (!c->seconds_given) c->seconds = DEFAULT_SECONDS;
  const char *const kinds[] = {".wav", ".flac", ".ogg"};
  c->suffix = ".wav";
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (ario__has_suffix(c->input->path, kinds[i])) c->suffix = kinds[i];
  return ARIO__DONE;
}

static int prepare(ario__continuing *c) {
  int result = settle(c);
  if (result) return result;
  c->recording = calloc(1, sizeof *c->recording);
  if (!c->recording) return ario__complain(ARIO__CONTINUE, "%s", ario_strerror(ARIO_ERR_MEMORY));
  *c->recording = (ario__recording){.command = ARIO__CONTINUE,
                                    .input = c->input,
                                    .audio_codec = c->audio_codec,
                                    .from = c->music.from,
                                    .to = c->music.to,
                                    .threads = 1};
  result = ario__recording_hear(c->recording, ario_model_config(c->model));
  if (result) return result;
  const ario_codes *codes = &c->recording->codes;
  double frames = c->seconds * (double)codes->sample_rate / (double)codes->hop;
  if (c->tokens_given) frames = (double)c->tokens / (double)codes->levels;
  c->prompt = c->recording->tokens;
  c->prompt_count = c->recording->count;
  size_t ahead = ario_audio_codec_config(c->recording->codec)->lookahead;
  c->least = (ahead + 1) * codes->levels;
  c->tokens = ((size_t)ceil(frames - 1e-6) + ahead) * codes->levels;
  // The levels take turns. They start with level 0, since the prompt ends with a whole frame.
  const ario_constraint levels = ario_turns(ARIO_CODES_FIRST, codes->codes, codes->levels);
  if (ario_chain_add(&c->chain, &levels))
    return ario__complain(ARIO__CONTINUE, "%s", ario_strerror(ARIO_ERR_LIMIT));
  return ARIO__DONE;
}

static void finish(ario__continuing *c) {
  if (c->recording) ario__recording_free(c->recording);
  free(c->recording);
}

// ---- Writing ----

// Decodes a take at the file's sample rate to *samples [*count], whose first *before lie before the
// recording's end. The caller frees *samples.
static ario_status sound_of(const ario__recording *r, const ario__take *take, float **samples, size_t *before,
                            size_t *count) {
  size_t levels = r->codes.levels, frames = take->count / levels;
  // The rest of the buffer stays silent: new_frames may count one frame more than was made.
  size_t room = (size_t)ceil(ario__playback_samples(&r->codes, r->info.rate, frames)) + r->info.rate;
  ario__playback *playback;
  ario_status status =
      ario__playback_open(r->codec, &r->codes, r->info.rate, r->tokens, r->count, &playback, before);
  *count = 0;
  *samples = calloc(room + 1, sizeof **samples);
  if (!*samples && !status) status = ARIO_ERR_MEMORY;
  for (size_t i = 0; i < frames && !status; i++) {
    const float *made;
    size_t size;
    status = ario__playback_next(playback, take->tokens + i * levels, i + 1 == frames, &made, &size);
    if (status) break;
    if (size > room - *count) size = room - *count;
    if (size) memcpy(*samples + *count, made, size * sizeof *made);
    *count += size;
  }
  ario__playback_free(playback);
  if (!status && *before > *count) *before = *count;
  if (!status) return ARIO_OK;
  free(*samples);
  *samples = NULL;
  return status;
}

// The frames of new sound to write: as many as the user wants, though the last frame of codes may hold more.
// If the two sample rates do not divide evenly, the decoded sound may be one frame short.
static size_t new_frames(const ario__continuing *c, size_t made) {
  if (c->tokens_given) return made;
  double wanted = rint(c->seconds * c->recording->info.rate);
  return wanted <= (double)made + 1 ? (size_t)wanted : made;
}

// What is written for a take: the file's frames up to `end`, whose last `fade` frames fade into the decoder's
// sound; then that sound alone, which fades out at the end.
struct sheet {
  const ario__recording *recording;
  ario_sound_reader *reader;
  ario_sound_writer *writer;
  const float *voice;    // the new sound; before it lies the decoder's version of the end of the file
  size_t fade, end_fade; // frames of the fade at the seam, and of the fade at the end
  float *frames;         // [BLOCK, channels]
};

static ario_status copy_file(const struct sheet *s, ario_error *error) {
  const ario__recording *r = s->recording;
  size_t channels = r->info.channels, got = 1;
  for (uint64_t at = 0; at < r->end && got; at += got) {
    size_t most = r->end - at < BLOCK ? (size_t)(r->end - at) : BLOCK;
    ario_status status = ario_sound_reader_read_all(s->reader, s->frames, most, &got, error);
    if (status) return status;
    for (size_t i = 0; i < got; i++) {
      uint64_t left = r->end - (at + i);
      if (left <= s->fade)
        ario__seam_cross(s->frames + i * channels, channels, *(s->voice - left), (size_t)left, s->fade);
    }
    status = ario_sound_writer_write(s->writer, s->frames, got, error);
    if (status) return status;
  }
  return ARIO_OK;
}

static ario_status write_new(const struct sheet *s, size_t count, ario_error *error) {
  size_t channels = s->recording->info.channels;
  for (size_t at = 0, part; at < count; at += part) {
    part = count - at < BLOCK ? count - at : BLOCK;
    for (size_t i = 0; i < part; i++) {
      size_t left = count - (at + i);
      float sample = s->voice[at + i] * ario__seam_level(left, s->end_fade);
      for (size_t k = 0; k < channels; k++) s->frames[i * channels + k] = sample;
    }
    ario_status status = ario_sound_writer_write(s->writer, s->frames, part, error);
    if (status) return status;
  }
  return ARIO_OK;
}

// The file's sample format, but 24 bits instead of float for FLAC, which has no float.
static ario_sample_format format_of(const ario__continuing *c, const char *file) {
  ario_sample_format format = c->recording->info.format;
  return format == ARIO_SAMPLE_FLOAT && ario__has_suffix(file, ".flac") ? ARIO_SAMPLE_S24 : format;
}

static ario_status write_sheet(const ario__continuing *c, const ario__take *take, struct sheet *s,
                               size_t count, ario_error *error) {
  const ario_sound_info *info = &c->recording->info;
  s->frames = malloc(BLOCK * info->channels * sizeof *s->frames);
  if (!s->frames) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_status status =
      ario_sound_writer_create(take->names.file, c->output != NULL, format_of(c, take->names.file),
                               info->rate, info->channels, &s->writer, error);
  if (!status && !c->only_new) status = ario__input_sound(c->input, &s->reader, error);
  if (!status && !c->only_new) status = copy_file(s, error);
  if (!status) status = write_new(s, count, error);
  if (!status) status = ario_sound_writer_finish(s->writer, error);
  ario_sound_reader_free(s->reader);
  ario_sound_writer_free(s->writer);
  free(s->frames);
  return status;
}

static ario_status write_take(const ario__continuing *c, const ario__take *take, ario_error *error) {
  const ario__recording *r = c->recording;
  float *samples;
  size_t before, count;
  ario_status status = sound_of(r, take, &samples, &before, &count);
  if (status) return ario_fail(error, status, "%s: %s", take->names.file, ario_strerror(status));
  struct sheet sheet = {
      .recording = r, .voice = samples + before, .fade = before, .end_fade = r->info.rate / 100};
  if (sheet.fade > r->end) sheet.fade = (size_t)r->end;
  ario__limiter limiter = ario__limiter_make(r->info.rate);
  ario__limiter_apply(&limiter, samples, count, 1); // the recording itself stays as it is
  status = write_sheet(c, take, &sheet, new_frames(c, count - before), error);
  free(samples);
  return status;
}

// ---- Reporting the results ----

static void report_prompt(const ario__continuing *c, size_t used, ario__report *report) {
  const ario__recording *r = c->recording;
  double whole = (double)r->end / r->info.rate, heard = ario__recording_seconds(r, used / r->codes.levels);
  if (report) {
    ario__report_add_number(report, "seconds", whole);
    ario__report_add_number(report, "heard_seconds", heard);
    return;
  }
  char text[24];
  ario__print("%s: %s", c->input->name, ario__time_text(whole, text));
  if (heard < whole - 0.1) ario__print("; the model hears the newest %s", ario__time_text(heard, text));
  ario__print("\n");
}

static void report_take(const ario__continuing *c, const ario__take *take, ario__report *report) {
  size_t frames = ario__recording_new(c->recording, take->count / c->recording->codes.levels);
  double made = ario__recording_seconds(c->recording, frames);
  double seconds = c->tokens_given ? made : fmin(made, c->seconds);
  if (report) {
    ario__report_add_text(report, "file", take->names.file);
    ario__report_add_number(report, "seconds", seconds);
    return;
  }
  char text[24];
  ario__print("%s: %s new", take->names.file, ario__time_text(seconds, text));
}

// Seconds of the file, in which the prompt ends where the recording was cut.
static const char *units_of(const ario__continuing *c, const ario__take *take, size_t *units) {
  const ario__recording *r = c->recording;
  size_t levels = r->codes.levels;
  double end = (double)r->end / r->info.rate,
         begin = end - ario__recording_seconds(r, c->prompt_count / levels);
  for (size_t i = 0; i < c->prompt_count + take->count; i++)
    units[i] = 1 + (size_t)fmax(0, begin + ario__recording_seconds(r, i / levels));
  return "second";
}

const ario__continue_medium ario__continue_audio = {.prepare = prepare,
                                                    .write = write_take,
                                                    .report_prompt = report_prompt,
                                                    .report_take = report_take,
                                                    .units = units_of,
                                                    .finish = finish};
