// SPDX-License-Identifier: MIT
//
// Writes and reads sound files, by libsndfile. Samples are converted to integers here: rounded to nearest,
// where libsndfile would round down, and the same with all its versions.
#include "arioso/sound.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arioso/file.h"
#include "codecs/audio/sound_source.h"

enum { BLOCK = 2048, MOST_CHANNELS = 8 }; // samples converted at a time; the channels of FLAC

struct ario_sound_writer {
  char *path; // the final name, or "standard output"; for messages
  ario_file_output *output;
  FILE *stream; // the temporary file; its sticky error flag catches what libsndfile does not report
  int number;   // errno of the first write that failed
  SNDFILE *file;
  int major, minor; // of SF_INFO.format
  unsigned channels;
  size_t room; // frames that still fit
  int32_t integers[BLOCK];
  float floats[BLOCK];
};

// ---- What libsndfile reads and writes through ----

static sf_count_t stream_length(void *data) {
  ario_sound_writer *writer = data;
  off_t here = ftello(writer->stream);
  if (here < 0 || fseeko(writer->stream, 0, SEEK_END) != 0) return -1;
  off_t length = ftello(writer->stream);
  return fseeko(writer->stream, here, SEEK_SET) == 0 ? length : -1;
}

static sf_count_t stream_seek(sf_count_t offset, int whence, void *data) {
  ario_sound_writer *writer = data;
  return fseeko(writer->stream, offset, whence) == 0 ? ftello(writer->stream) : -1;
}

static sf_count_t stream_read(void *bytes, sf_count_t count, void *data) {
  ario_sound_writer *writer = data;
  return (sf_count_t)fread(bytes, 1, (size_t)count, writer->stream);
}

static sf_count_t stream_write(const void *bytes, sf_count_t count, void *data) {
  ario_sound_writer *writer = data;
  errno = 0;
  size_t written = fwrite(bytes, 1, (size_t)count, writer->stream);
  if (written != (size_t)count && !writer->number) writer->number = errno ? errno : EIO;
  return (sf_count_t)written;
}

static sf_count_t stream_tell(void *data) {
  ario_sound_writer *writer = data;
  return ftello(writer->stream);
}

// ---- The writer ----

static bool is_pipe(const char *path) {
  return strcmp(path, "-") == 0;
}

// The SF_INFO.format of a name and a sample format; 0 for an unknown suffix. Devices get WAV. A pipe is AU, whose header need
// not state the length.
static int format_of(const char *path, ario_sample_format format) {
  const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
  int minor = format == ARIO_SAMPLE_S16   ? SF_FORMAT_PCM_16
              : format == ARIO_SAMPLE_S24 ? SF_FORMAT_PCM_24
                                          : SF_FORMAT_FLOAT;
  if (is_pipe(path)) return SF_FORMAT_AU | minor;
  if (dot && strcasecmp(dot, ".wav") == 0) return SF_FORMAT_WAV | minor;
  if (dot && strcasecmp(dot, ".flac") == 0) return SF_FORMAT_FLAC | minor;
  if (dot && strcasecmp(dot, ".ogg") == 0) return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  struct stat info;
  bool device = stat(path, &info) == 0 && S_ISCHR(info.st_mode); // /dev/null
  return device ? SF_FORMAT_WAV | minor : 0;
}

static ario_status check(const char *path, ario_sample_format format, unsigned rate, unsigned channels,
                         ario_error *error) {
  int kind = format_of(path, format);
  if (!kind)
    return ario_fail(error, ARIO_ERR_ARGUMENT,
                     "%s: unknown kind of sound file; end the name in .wav, .flac or .ogg", path);
  if (kind == (SF_FORMAT_FLAC | SF_FORMAT_FLOAT))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: FLAC holds no float samples; use s16 or s24, or .wav",
                     path);
  if (rate < 8000 || rate > 192000)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: the rate is %u Hz; it must be from 8000 to 192000", path,
                     rate);
  if (channels < 1 || channels > MOST_CHANNELS)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: there are %u channels; there must be from 1 to %d", path,
                     channels, MOST_CHANNELS);
  return ARIO_OK;
}

static ario_status fail_write(const ario_sound_writer *writer, ario_error *error) {
  return ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", writer->path,
                   strerror(writer->number ? writer->number : EIO));
}

// What went wrong with standard output, to which libsndfile itself writes.
static void keep_reason(ario_sound_writer *writer) {
  if (!writer->output && !writer->number) writer->number = errno;
}

// Opens libsndfile on top of the stream; false if it refuses.
static bool open_file(ario_sound_writer *writer, int format, unsigned rate) {
  SF_VIRTUAL_IO io = {stream_length, stream_seek, stream_read, stream_write, stream_tell};
  SF_INFO info = {.samplerate = (int)rate, .channels = (int)writer->channels, .format = format};
  double quality = 0.6; // of Vorbis: about 190 kbit/s
  errno = 0;
  writer->file = writer->output ? sf_open_virtual(&io, SFM_WRITE, &info, writer)
                                : sf_open_fd(STDOUT_FILENO, SFM_WRITE, &info, 0);
  if (!writer->file) {
    keep_reason(writer);
    return false;
  }
  // The PEAK chunk holds the time of day: equal samples would not give equal files.
  sf_command(writer->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
  if (writer->major == SF_FORMAT_OGG)
    sf_command(writer->file, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof quality);
  return true;
}

ario_status ario_sound_writer_create(const char *path, bool replace, ario_sample_format format, unsigned rate,
                                     unsigned channels, ario_sound_writer **out, ario_error *error) {
  *out = NULL;
  ario_status status = check(path, format, rate, channels, error);
  if (status) return status;
  ario_sound_writer *writer = calloc(1, sizeof *writer);
  if (writer) writer->path = strdup(is_pipe(path) ? "standard output" : path);
  if (!writer || !writer->path) {
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
    goto fail;
  }
  int kind = format_of(path, format);
  writer->major = kind & SF_FORMAT_TYPEMASK;
  writer->minor = kind & SF_FORMAT_SUBMASK;
  writer->channels = channels;
  size_t width = format == ARIO_SAMPLE_S16 ? 2 : format == ARIO_SAMPLE_S24 ? 3 : 4;
  // Sizes in WAV have 32 bits; some bytes are left for the header.
  writer->room =
      writer->major == SF_FORMAT_WAV ? (size_t)(UINT32_MAX - 4096u) / (width * channels) : SIZE_MAX;
  if (!is_pipe(path)) {
    status = ario_file_output_create(path, replace, &writer->output, error);
    if (status) goto fail;
    writer->stream = fopen(ario_file_output_path(writer->output), "w+b");
    if (!writer->stream) writer->number = errno;
  }
  if (writer->number || !open_file(writer, kind, rate)) {
    status = fail_write(writer, error);
    goto fail;
  }
  *out = writer;
  return ARIO_OK;
fail:
  ario_sound_writer_free(writer);
  return status;
}

size_t ario_sound_writer_room(const ario_sound_writer *writer) {
  return writer->room;
}

// Scales to the full range of 32 bits, rounded to nearest at the 16 or 24 bits that the file keeps.
static int32_t to_integer(float sample, int minor) {
  int bits = minor == SF_FORMAT_PCM_16 ? 16 : 24;
  double scale = (double)(1 << (bits - 1)), value = rint(sample * scale);
  if (!(value > -scale)) value = -scale;
  if (value > scale - 1) value = scale - 1;
  return (int32_t)value * (1 << (32 - bits));
}

// Writes at most BLOCK samples. Returns how many were written.
static sf_count_t write_block(ario_sound_writer *writer, const float *samples, size_t count) {
  if (writer->minor == SF_FORMAT_FLOAT) return sf_write_float(writer->file, samples, (sf_count_t)count);
  if (writer->minor == SF_FORMAT_VORBIS) {
    for (size_t i = 0; i < count; i++) writer->floats[i] = fminf(fmaxf(samples[i], -1), 1);
    return sf_write_float(writer->file, writer->floats, (sf_count_t)count);
  }
  for (size_t i = 0; i < count; i++) writer->integers[i] = to_integer(samples[i], writer->minor);
  return sf_write_int(writer->file, writer->integers, (sf_count_t)count);
}

ario_status ario_sound_writer_write(ario_sound_writer *writer, const float *samples, size_t frames,
                                    ario_error *error) {
  if (!writer->file) return ario_fail(error, ARIO_ERR_STATE, "%s: is finished already", writer->path);
  if (frames > writer->room)
    return ario_fail(error, ARIO_ERR_LIMIT, "%s: a WAV file holds at most 4 GiB; use .flac", writer->path);
  if (writer->room != SIZE_MAX) writer->room -= frames;
  size_t block = BLOCK / writer->channels * writer->channels; // libsndfile takes whole frames only
  for (size_t left = frames * writer->channels; left;) {
    size_t count = left < block ? left : block;
    errno = 0;
    bool whole = write_block(writer, samples, count) == (sf_count_t)count;
    if (!whole) keep_reason(writer);
    if (!whole || writer->number) return fail_write(writer, error);
    samples += count;
    left -= count;
  }
  return ARIO_OK;
}

// Closes libsndfile, with its last writes, and the stream.
static bool close_all(ario_sound_writer *writer) {
  bool good = !writer->file || sf_close(writer->file) == 0;
  writer->file = NULL;
  if (writer->stream) {
    good = !ferror(writer->stream) && good;
    errno = 0;
    if (fclose(writer->stream) != 0) {
      if (!writer->number) writer->number = errno;
      good = false;
    }
    writer->stream = NULL;
  }
  return good && !writer->number;
}

ario_status ario_sound_writer_finish(ario_sound_writer *writer, ario_error *error) {
  if (!writer->file) return ario_fail(error, ARIO_ERR_STATE, "%s: is finished already", writer->path);
  if (!close_all(writer)) return fail_write(writer, error);
  return writer->output ? ario_file_output_commit(writer->output, error) : ARIO_OK;
}

void ario_sound_writer_free(ario_sound_writer *writer) {
  if (!writer) return;
  (void)close_all(writer);
  ario_file_output_free(writer->output);
  free(writer->path);
  free(writer);
}

// ---- The reader ----

// Far beyond full scale there is no sound, only damage, which no network can be given; files of floats in the range of
// 16-bit integers are still read.
static const float LOUDEST = 65536;
// What is looked at before the first sample is read: until so many seconds sound, at most so many seconds and samples.
static const double PROBE_SOUND = 2, PROBE_SECONDS = 60;
static const size_t PROBE_SAMPLES = (size_t)1 << 24;

struct ario_sound_reader {
  char *path;
  ario__sound_source source; // what libsndfile reads from, unless that is a path
  SNDFILE *file;
  SF_INFO info;
  uint64_t at;   // frames so far
  float *frames; // [BLOCK / channels or 1, channels]
  size_t frames_at_once;
  float *probed; // [probed_count, channels] that were looked at, and are still to be read from probed_at on
  size_t probed_count, probed_at;
  bool first_alone; // mono is the first channel: the mean of all is silent
  bool limited;     // a sample was beyond LOUDEST
  char warnings[ARIO_SOUND_WARNINGS][160];
  size_t warning_count;
};

static sf_count_t source_length(void *data) {
  return (sf_count_t)((ario_sound_reader *)data)->source.length;
}

static sf_count_t source_seek(sf_count_t offset, int whence, void *data) {
  ario__sound_source *source = &((ario_sound_reader *)data)->source;
  uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? source->at : source->length;
  source->at = offset < 0 && (uint64_t)-offset > from ? 0 : from + (uint64_t)offset;
  return (sf_count_t)source->at;
}

static sf_count_t source_read(void *bytes, sf_count_t count, void *data) {
  return (sf_count_t)ario__sound_source_read(&((ario_sound_reader *)data)->source, bytes, (size_t)count);
}

static sf_count_t source_tell(void *data) {
  return (sf_count_t)((ario_sound_reader *)data)->source.at;
}

static void warn(ario_sound_reader *reader, const char *format, ...) ARIO_PRINTF(2, 3);
static void warn(ario_sound_reader *reader, const char *format, ...) {
  if (reader->warning_count == ARIO_SOUND_WARNINGS) return;
  va_list args;
  va_start(args, format);
  vsnprintf(reader->warnings[reader->warning_count++], sizeof *reader->warnings, format, args);
  va_end(args);
}

// A file that needs no mending is opened by its path: of some kinds libsndfile looks at the name.
static SNDFILE *open_source(ario_sound_reader *reader, const char *path) {
  SF_VIRTUAL_IO io = {source_length, source_seek, source_read, NULL, source_tell};
  const ario__sound_source *source = &reader->source;
  bool as_it_is = source->fd >= 0 && !source->stream && source->patch_at == UINT64_MAX;
  if (as_it_is && path && strcmp(path, "-") == 0) return sf_open_fd(STDIN_FILENO, SFM_READ, &reader->info, 0);
  if (as_it_is && path) return sf_open(path, SFM_READ, &reader->info);
  return sf_open_virtual(&io, SFM_READ, &reader->info, reader);
}

// *got is 0 only at the end.
static ario_status read_file(ario_sound_reader *reader, float *frames, size_t wanted, size_t *got,
                             ario_error *error) {
  sf_count_t count = sf_readf_float(reader->file, frames, (sf_count_t)wanted);
  *got = count > 0 ? (size_t)count : 0;
  if (count < 0 || (count == 0 && wanted && sf_error(reader->file)))
    return ario_fail(error, ARIO_ERR_IO, "%s: cannot be read after %.3f s: %s", reader->path,
                     (double)reader->at / reader->info.samplerate, sf_strerror(reader->file));
  return ARIO_OK;
}

// Room for one more read.
static bool grow_probed(ario_sound_reader *reader, size_t *room) {
  size_t channels = (size_t)reader->info.channels;
  if (*room - reader->probed_count >= reader->frames_at_once) return true;
  size_t more = 2 * *room + reader->frames_at_once;
  float *grown = realloc(reader->probed, more * channels * sizeof *grown);
  if (!grown) return false;
  reader->probed = grown;
  *room = more;
  return true;
}

// How much of it there is: frames that sound, squares of the channels' mean, and the mean of their squares.
typedef struct presence {
  size_t sounding;
  double together, apart;
} presence;

static void measure(presence *all, const float *frames, size_t count, size_t channels) {
  for (size_t i = 0; i < count; i++) {
    double sum = 0, squares = 0;
    for (size_t c = 0; c < channels; c++) {
      double sample = frames[i * channels + c];
      sum += sample / (double)channels;
      squares += sample * sample / (double)channels;
    }
    all->sounding += squares > 1e-8;
    all->together += sum * sum;
    all->apart += squares;
  }
}

// Finds out whether the mean of all channels is silent though they are not, as where one is another one upside down:
// 40 dB below them in the first seconds that sound. What it reads is kept: a pipe gives it once.
static ario_status probe_channels(ario_sound_reader *reader, ario_error *error) {
  size_t channels = (size_t)reader->info.channels, got = 1, room = 0;
  double rate = reader->info.samplerate;
  double most = fmin(PROBE_SECONDS * rate, (double)(PROBE_SAMPLES / channels));
  presence all = {0};
  while (got && (double)reader->probed_count < most && (double)all.sounding < PROBE_SOUND * rate) {
    if (!grow_probed(reader, &room))
      return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", reader->path, ario_strerror(ARIO_ERR_MEMORY));
    float *frames = reader->probed + reader->probed_count * channels;
    ario_status status = read_file(reader, frames, reader->frames_at_once, &got, error);
    if (status) return status;
    measure(&all, frames, got, channels);
    reader->probed_count += got;
  }
  reader->first_alone = all.apart > 0 && all.together < 1e-4 * all.apart;
  if (reader->first_alone) warn(reader, "its channels cancel each other out; the first is taken alone");
  return ARIO_OK;
}

// Opens libsndfile on top of the reader's source.
static ario_status open_reader(ario_sound_reader *reader, const char *path, ario_error *error) {
  reader->file = open_source(reader, path);
  if (!reader->file)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a sound file that can be read: %s", reader->path,
                     sf_strerror(NULL));
  size_t channels = (size_t)reader->info.channels;
  reader->frames_at_once = BLOCK / channels ? BLOCK / channels : 1;
  reader->frames = malloc(reader->frames_at_once * channels * sizeof *reader->frames);
  if (!reader->frames)
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", reader->path, ario_strerror(ARIO_ERR_MEMORY));
  if (reader->source.patch_at != UINT64_MAX)
    warn(reader, "its header says that it is empty, and sound follows, which is read");
  return channels > 1 ? probe_channels(reader, error) : ARIO_OK;
}

static ario_status create_reader(const char *name, ario_sound_reader **out, ario_error *error) {
  *out = calloc(1, sizeof **out);
  if (*out) (*out)->source.fd = -1;
  if (*out) (*out)->path = strdup(name);
  if (*out && (*out)->path) return ARIO_OK;
  free(*out);
  *out = NULL;
  return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", name, ario_strerror(ARIO_ERR_MEMORY));
}

ario_status ario_sound_reader_open(const char *path, ario_sound_reader **out, ario_error *error) {
  ario_sound_reader *reader;
  *out = NULL;
  ario_status status = create_reader(strcmp(path, "-") == 0 ? "standard input" : path, &reader, error);
  if (status) return status;
  status = ario__sound_source_open(path, &reader->source, error);
  if (!status) status = open_reader(reader, path, error);
  if (status)
    ario_sound_reader_free(reader);
  else
    *out = reader;
  return status;
}

ario_status ario_sound_reader_wrap(const char *name, const uint8_t *bytes, size_t size,
                                   ario_sound_reader **out, ario_error *error) {
  ario_sound_reader *reader;
  *out = NULL;
  ario_status status = create_reader(name, &reader, error);
  if (status) return status;
  ario__sound_source_wrap(bytes, size, &reader->source);
  status = open_reader(reader, NULL, error);
  if (status)
    ario_sound_reader_free(reader);
  else
    *out = reader;
  return status;
}

const char *ario_sound_reader_warning(const ario_sound_reader *reader, size_t index) {
  return index < reader->warning_count ? reader->warnings[index] : NULL;
}

static ario_sample_format exact_format(const SF_INFO *info) {
  switch (info->format & SF_FORMAT_SUBMASK) {
  case SF_FORMAT_PCM_24: return ARIO_SAMPLE_S24;
  case SF_FORMAT_PCM_32:
  case SF_FORMAT_FLOAT:
  case SF_FORMAT_DOUBLE: return ARIO_SAMPLE_FLOAT;
  default: return ARIO_SAMPLE_S16;
  }
}

ario_sound_info ario_sound_reader_info(const ario_sound_reader *reader) {
  const SF_INFO *info = &reader->info;
  bool known = !reader->source.stream && info->seekable && info->frames >= 0 && info->frames < SF_COUNT_MAX;
  return (ario_sound_info){.rate = (unsigned)info->samplerate,
                           .channels = (unsigned)info->channels,
                           .frames = known ? (uint64_t)info->frames : UINT64_MAX,
                           .format = exact_format(info)};
}

static ario_status mix(ario_sound_reader *reader, float *samples, size_t frames, ario_error *error) {
  size_t channels = (size_t)reader->info.channels, used = reader->first_alone ? 1 : channels;
  for (size_t i = 0; i < frames; i++) {
    double sum = 0, seconds = (double)(reader->at + i) / reader->info.samplerate;
    for (size_t c = 0; c < used; c++) sum += reader->frames[i * channels + c];
    samples[i] = (float)(sum / (double)used);
    if (!isfinite(sum))
      return ario_fail(error, ARIO_ERR_NUMBER, "%s: the sample at %.3f s is not a finite number",
                       reader->path, seconds);
    if (fabsf(samples[i]) <= LOUDEST) continue;
    if (!reader->limited)
      warn(reader, "the sample at %.3f s is %.1g times full scale; it and others like it are limited to %.0f",
           seconds, fabs((double)samples[i]), (double)LOUDEST);
    reader->limited = true;
    samples[i] = copysignf(LOUDEST, samples[i]);
  }
  return ARIO_OK;
}

// First what was probed. *got is 0 only at the end.
static ario_status read_some(ario_sound_reader *reader, float *frames, size_t wanted, size_t *got,
                             ario_error *error) {
  size_t channels = (size_t)reader->info.channels, left = reader->probed_count - reader->probed_at;
  if (!left) return read_file(reader, frames, wanted, got, error);
  *got = wanted < left ? wanted : left;
  memcpy(frames, reader->probed + reader->probed_at * channels, *got * channels * sizeof *frames);
  reader->probed_at += *got;
  if (reader->probed_at < reader->probed_count) return ARIO_OK;
  free(reader->probed);
  reader->probed = NULL;
  reader->probed_at = reader->probed_count = 0;
  return ARIO_OK;
}

ario_status ario_sound_reader_read(ario_sound_reader *reader, float *samples, size_t room, size_t *frames,
                                   ario_error *error) {
  *frames = 0;
  for (size_t got = 1; *frames < room && got;) {
    size_t wanted = room - *frames < reader->frames_at_once ? room - *frames : reader->frames_at_once;
    ario_status status = read_some(reader, reader->frames, wanted, &got, error);
    if (!status) status = mix(reader, samples + *frames, got, error);
    if (status) return status;
    *frames += got;
    reader->at += got;
  }
  return ARIO_OK;
}

ario_status ario_sound_reader_read_all(ario_sound_reader *reader, float *frames, size_t room, size_t *count,
                                       ario_error *error) {
  size_t channels = (size_t)reader->info.channels;
  *count = 0;
  for (size_t got = 1; *count < room && got; *count += got, reader->at += got) {
    ario_status status = read_some(reader, frames + *count * channels, room - *count, &got, error);
    if (status) return status;
  }
  return ARIO_OK;
}

void ario_sound_reader_free(ario_sound_reader *reader) {
  if (!reader) return;
  if (reader->file) sf_close(reader->file);
  ario__sound_source_close(&reader->source);
  free(reader->frames);
  free(reader->probed);
  free(reader->path);
  free(reader);
}
