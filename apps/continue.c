// SPDX-License-Identifier: MIT
//
// arioso continue: a MIDI file in, one or more continuations out, with sound and a picture if wanted.
#include "apps/commands.h"
#include "apps/files.h"
#include "apps/generate.h"
#include "apps/interrupt.h"
#include "apps/models.h"
#include "apps/options.h"
#include "apps/piano_roll.h"
#include "apps/progress.h"
#include "apps/renderer.h"
#include "apps/report.h"
#include "apps/threads.h"
#include "apps/times.h"
#include "arioso/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const self = "continue";

// Found by comparing continuations with originals; see the model's card.
static const double DEFAULT_TEMPERATURE = 0.9, DEFAULT_TOP_P = 1;
static const double DEFAULT_SECONDS = 30, UNTIL_END_SECONDS = 600;

struct continuing {
  // The command line.
  const char *input, *output, *model_name, *wav, *png, *from, *to;
  double seconds, max_silence, max_note;
  size_t tokens, takes, latents, threads;
  bool seconds_given, tokens_given, takes_given, seed_given, until_end, only_new, json;
  ario__number_list tracks;
  ario_sampler_options sampling;

  // What it is made with.
  ario_song *song; // NULL without input
  ario_prompt prompt;
  ario_model *model;
  char model_folder[ARIO__PATH_MOST];
  ario_session *session; // has read the prompt
  ario_midi_grammar grammar;
  char midi_name[ARIO__PATH_MOST];  // of the one take, or what the takes' names are made of
  ario__report *report, *take_list; // with --json
};

// One continuation.
struct take {
  size_t number; // from 1; 0: the only one
  uint64_t seed;
  ario_token *tokens;
  size_t count;
  double music, spent;                                                    // seconds
  char midi[ARIO__PATH_MOST], wav[ARIO__PATH_MOST], png[ARIO__PATH_MOST]; // "" if not wanted
};

// ---- The prompt ----

static int read_song(struct continuing *c) {
  ario_error error = {""};
  if (ario_song_open(c->input, &c->song, &error)) return ario__complain(self, "%s", error.text);
  size_t warnings = ario_song_describe(c->song).warnings, shown = 0;
  for (const char *text; (text = ario_song_warning(c->song, shown)); shown++)
    ario__warn("%s: %s", c->input, text);
  if (warnings > shown) ario__warn("%s: and %zu more repairs", c->input, warnings - shown);
  return ARIO__DONE;
}

static int hear_song(struct continuing *c) {
  ario_error error = {""};
  ario_prompt_options options = ario_prompt_options_default();
  if (c->from && ario__parse_time(c->from, c->song, &options.from, &error))
    return ario__usage_error(self, "--from: %s", error.text);
  if (c->to && ario__parse_time(c->to, c->song, &options.to, &error))
    return ario__usage_error(self, "--to: %s", error.text);
  if (options.from >= options.to)
    return ario__usage_error(self, "--from %s is not before --to %s", c->from, c->to);
  if (c->tracks.count) {
    options.tracks = c->tracks.numbers;
    options.track_count = c->tracks.count;
  }
  ario_status status = ario_song_prompt(c->song, &options, &c->prompt, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--tracks: %s", error.text);
  return status ? ario__complain(self, "%s: %s", c->input, error.text) : ARIO__DONE;
}

static int make_prompt(struct continuing *c) {
  if (c->input) {
    int result = read_song(c);
    return result ? result : hear_song(c);
  }
  if (c->from || c->to || c->tracks.count)
    return ario__usage_error(self, "--from, --to and --tracks need a MIDI file to begin with");
  c->prompt.tokens = malloc(sizeof *c->prompt.tokens);
  if (!c->prompt.tokens) return ario__complain(self, "%s", ario_strerror(ARIO_ERR_MEMORY));
  c->prompt.tokens[0] = ARIO_MIDI_BOS;
  c->prompt.count = 1;
  return ARIO__DONE;
}

// ---- The model ----

static int open_session(struct continuing *c) {
  ario_error error = {""};
  if (ario__models_open(c->model_name, &c->model, c->model_folder, sizeof c->model_folder, &error))
    return ario__complain(self, "%s", error.text);
  const ario_codec *codec = ario__codec_of(c->model, &error);
  if (codec && strcmp(codec->name, "midi-performance") != 0) {
    ario_fail(&error, ARIO_ERR_UNSUPPORTED, "the model's tokens are of the codec %s, not of MIDI",
              codec->name);
    codec = NULL;
  }
  if (!codec) return ario__complain(self, "%s: %s", c->model_folder, error.text);
  ario_session_options options = ario_session_options_default();
  options.latents = c->latents;
  options.threads = ario__threads(c->threads);
  ario_status status = ario_session_create(c->model, &options, &c->session, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--%s", error.text);
  return status ? ario__complain(self, "%s: %s", c->model_folder, error.text) : ARIO__DONE;
}

static int read_prompt(struct continuing *c) {
  ario_midi_grammar_options options = ario_midi_grammar_options_default();
  options.max_silence = llround(c->max_silence * ARIO_MIDI_STEPS_PER_SECOND);
  options.max_note = llround(c->max_note * ARIO_MIDI_STEPS_PER_SECOND);
  options.until_end = c->until_end;
  ario_midi_grammar_init(&c->grammar, &options);
  ario_midi_grammar_feed(&c->grammar, c->prompt.tokens, c->prompt.count);
  ario_midi_grammar_wait(&c->grammar, c->prompt.wait);
  const float *logits; // asked for now, so that the takes' clones have them
  ario_status status = ario_session_feed(c->session, c->prompt.tokens, c->prompt.count);
  if (!status) status = ario_session_logits(c->session, &logits);
  if (status) return ario__complain(self, "%s: %s", c->model_folder, ario_strerror(status));
  return ARIO__DONE;
}

// ---- Names ----

// name = the given one or, of several takes, the numbered one; checks that it can be written.
static int name_output(const struct continuing *c, const char *given, size_t number, bool replace,
                       char *name) {
  if (number ? !ario__numbered_name(given, number, name) : strlen(given) >= ARIO__PATH_MOST)
    return ario__usage_error(self, "%.60s...: the name is too long", given);
  if (!number) memcpy(name, given, strlen(given) + 1);
  if (c->input && ario__same_file(name, c->input))
    return ario__usage_error(self, "%s: is the input; name another output", name);
  ario_output *probe;
  ario_error error = {""};
  if (ario_output_create(name, replace, &probe, &error)) return ario__complain(self, "%s", error.text);
  ario_output_free(probe);
  return ARIO__DONE;
}

static int name_outputs(struct continuing *c, struct take *take) {
  int result = name_output(c, c->midi_name, take->number, c->output != NULL, take->midi);
  if (!result && c->wav) result = name_output(c, c->wav, take->number, true, take->wav);
  if (!result && c->png) result = name_output(c, c->png, take->number, true, take->png);
  return result;
}

// Names every output of every take before any work is done.
static int check_names(struct continuing *c) {
  if (c->output)
    snprintf(c->midi_name, sizeof c->midi_name, "%s", c->output);
  else if (!ario__free_name(c->input, ".mid", c->takes_given ? c->takes : 0, c->midi_name))
    return ario__complain(self, "no free name for the output; name one with -o");
  for (size_t i = 1; i <= c->takes; i++) {
    struct take take = {.number = c->takes_given ? i : 0};
    int result = name_outputs(c, &take);
    if (result) return result;
  }
  return ARIO__DONE;
}

// ---- Making a take ----

struct meter {
  ario__progress progress;
  const struct continuing *c;
  double started;
};

static void show_progress(void *context, size_t tokens, int64_t steps) {
  struct meter *meter = context;
  const struct continuing *c = meter->c;
  double by_time = (double)(steps - c->prompt.wait) / (c->seconds * ARIO_MIDI_STEPS_PER_SECOND);
  double by_count = (double)tokens / (double)c->tokens;
  char detail[64];
  snprintf(detail, sizeof detail, "%.0f tokens/s", (double)tokens / (ario__seconds_now() - meter->started));
  ario__progress_show(&meter->progress, fmax(0, fmax(by_time, by_count)), detail);
}

static ario_status generate(struct continuing *c, struct take *take, ario_session *session) {
  char what[48] = "continuing";
  if (take->number) snprintf(what, sizeof what, "take %zu of %zu", take->number, c->takes);
  struct meter meter = {.c = c, .started = ario__seconds_now()};
  ario_sampler_options sampling = c->sampling;
  sampling.seed = take->seed;
  ario__generation generation = {.session = session,
                                 .grammar = c->grammar,
                                 .steps = c->prompt.wait + llround(c->seconds * ARIO_MIDI_STEPS_PER_SECOND),
                                 .tokens = c->tokens,
                                 .progress = show_progress,
                                 .context = &meter};
  ario_status status = ario_sampler_create(ARIO_MIDI_VOCAB, &sampling, &generation.sampler, NULL);
  if (status) return status;
  ario__progress_start(&meter.progress, what);
  status = ario__generate(&generation, &take->tokens, &take->count);
  ario__progress_end(&meter.progress);
  ario_sampler_free(generation.sampler);
  take->spent = ario__seconds_now() - meter.started;
  take->music =
      (double)(ario_midi_duration(take->tokens, take->count) - c->prompt.wait) / ARIO_MIDI_STEPS_PER_SECOND;
  return status;
}

// The continuation as a piece of its own: tokens that begin where it begins, in the velocity that is in force
// there.
static ario_status write_alone(const struct continuing *c, const struct take *take, uint8_t **bytes,
                               size_t *size, ario_error *error) {
  ario_token *alone = malloc((take->count + 4) * sizeof *alone);
  if (!alone) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  size_t n = 0, first = 0;
  int64_t silence = -c->prompt.wait;
  alone[n++] = ARIO_MIDI_BOS;
  for (size_t i = c->prompt.count; i-- > 0 && n < 2;)
    if (c->prompt.tokens[i] >= ARIO_MIDI_VELOCITY) alone[n++] = c->prompt.tokens[i];
  while (silence < 0 && first < take->count) silence += ario_midi_duration(&take->tokens[first++], 1);
  if (silence > 0) alone[n++] = (ario_token)(ARIO_MIDI_SHIFT + silence - 1);
  if (first < take->count) memcpy(alone + n, take->tokens + first, (take->count - first) * sizeof *alone);
  ario_status status = ario_midi_write(alone, n + take->count - first, bytes, size, error);
  free(alone);
  return status;
}

static ario_status render(struct take *take, const ario_song *song, ario_error *error) {
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  ario_status status = ario__render(song, take->wav, &options, &report, error);
  if (!status && report.clipped)
    ario__warn("%s: %zu samples are clipped; arioso render --gain %.2f avoids it", take->wav, report.clipped,
               report.safe_gain);
  return status;
}

static ario_status draw_roll(struct continuing *c, struct take *take, const ario_song *song,
                             ario_error *error) {
  char subtitle[160];
  bool alone = c->only_new || !c->song;
  ario__roll_options options = ario__roll_options_default();
  const char *slash = strrchr(take->midi, '/'), *model = strrchr(c->model_folder, '/');
  snprintf(subtitle, sizeof subtitle, "%s by Arioso (%.60s, seed %llu)", alone ? "made" : "continued",
           model && model[1] ? model + 1 : c->model_folder, (unsigned long long)take->seed);
  options.title = slash ? slash + 1 : take->midi;
  options.subtitle = subtitle;
  options.track = ario_song_describe(song).tracks;
  options.boundary = alone ? 0 : c->prompt.begin;
  // Of a long prompt only as much as is new: the picture is of the continuation.
  int64_t before = llround(fmax(20, take->music) * ARIO_MIDI_STEPS_PER_SECOND);
  if (!alone && c->prompt.begin > before) options.from = c->prompt.begin - before;
  return ario__roll_write(song, take->png, &options, error);
}

static ario_status write_take(struct continuing *c, struct take *take, ario_error *error) {
  uint8_t *bytes = NULL;
  size_t size = 0;
  ario_song *song = NULL;
  ario_status status = c->only_new || !c->song ? write_alone(c, take, &bytes, &size, error)
                                               : ario_song_continue(c->song, &c->prompt, take->tokens,
                                                                    take->count, &bytes, &size, error);
  if (!status) status = ario_file_write(take->midi, c->output != NULL, bytes, size, error);
  if (!status && (*take->wav || *take->png)) status = ario_song_parse(bytes, size, &song, error);
  if (!status && *take->wav) status = render(take, song, error);
  if (!status && *take->png) status = draw_roll(c, take, song, error);
  ario_song_free(song);
  free(bytes);
  return status;
}

// ---- Saying what was done ----

static size_t count_notes(const ario_token *tokens, size_t count) {
  size_t notes = 0;
  for (size_t i = 0; i < count; i++)
    notes += tokens[i] >= ARIO_MIDI_NOTE_ON && tokens[i] < ARIO_MIDI_NOTE_OFF;
  return notes;
}

static void report_prompt(struct continuing *c) {
  size_t most = ario_model_config(c->model)->max_context;
  size_t used = c->prompt.count < most ? c->prompt.count : most;
  double whole = (double)ario_midi_duration(c->prompt.tokens, c->prompt.count) / ARIO_MIDI_STEPS_PER_SECOND;
  double newest = (double)ario_midi_duration(c->prompt.tokens + c->prompt.count - used, used) /
                  ARIO_MIDI_STEPS_PER_SECOND;
  if (c->json) {
    ario__report_add_text(c->report, "model", c->model_folder);
    ario__report *prompt = ario__report_add_object(c->report, "prompt");
    ario__report_add_text(prompt, "file", c->input);
    ario__report_add_number(prompt, "notes", (double)c->prompt.notes);
    ario__report_add_number(prompt, "seconds", whole);
    ario__report_add_number(prompt, "tokens", (double)c->prompt.count);
    ario__report_add_number(prompt, "tokens_used", (double)used);
    ario__report_add_number(prompt, "begin_seconds", (double)c->prompt.begin / ARIO_MIDI_STEPS_PER_SECOND);
    c->take_list = ario__report_add_array(c->report, "takes");
    return;
  }
  char text[24];
  if (!c->input) return;
  printf("%s: %zu notes, %s", c->input, c->prompt.notes, ario__time_text(whole, text));
  if (used < c->prompt.count)
    printf("; the model hears the newest %s (%zu of %zu tokens)", ario__time_text(newest, text), used,
           c->prompt.count);
  printf("\n");
  fflush(stdout);
}

static void report_take(struct continuing *c, const struct take *take) {
  if (c->json) {
    ario__report *entry = ario__report_add_object(c->take_list, NULL);
    ario__report_add_text(entry, "midi", take->midi);
    ario__report_add_text(entry, "wav", *take->wav ? take->wav : NULL);
    ario__report_add_text(entry, "png", *take->png ? take->png : NULL);
    ario__report_add_whole(entry, "seed", take->seed);
    ario__report_add_number(entry, "seconds", take->music);
    ario__report_add_number(entry, "notes", (double)count_notes(take->tokens, take->count));
    ario__report_add_number(entry, "tokens", (double)take->count);
    ario__report_add_number(entry, "tokens_per_s", (double)take->count / fmax(take->spent, 1e-9));
    return;
  }
  char text[24];
  printf("%s: %s new, %zu notes, seed %llu (%.0f tokens/s)\n", take->midi, ario__time_text(take->music, text),
         count_notes(take->tokens, take->count), (unsigned long long)take->seed,
         (double)take->count / fmax(take->spent, 1e-9));
  if (*take->wav) printf("%s\n", take->wav);
  if (*take->png) printf("%s\n", take->png);
  fflush(stdout);
}

// ---- The command ----

static int make_take(struct continuing *c, size_t number) {
  struct take *take = calloc(1, sizeof *take);
  ario_session *session = c->session; // of several takes each has a clone
  ario_error error = {""};
  if (!take) return ario__complain(self, "%s", ario_strerror(ARIO_ERR_MEMORY));
  take->number = number;
  take->seed = c->sampling.seed + number;
  int result = name_outputs(c, take);
  ario_status status = ARIO_OK;
  if (!result && number) status = ario_session_clone(c->session, &session);
  if (!result && !status) status = generate(c, take, session);
  if (status && ario__interrupt_check(&error)) result = ario__complain(self, "%s", error.text);
  if (status && !result) result = ario__complain(self, "%s: %s", c->model_folder, ario_strerror(status));
  if (!result && write_take(c, take, &error)) result = ario__complain(self, "%s", error.text);
  if (!result) report_take(c, take);
  if (number) ario_session_free(session);
  free(take->tokens);
  free(take);
  return result;
}

static int make_takes(struct continuing *c) {
  int result = ARIO__DONE;
  if (!c->takes_given) return make_take(c, 0);
  for (size_t number = 1; number <= c->takes && !result; number++) result = make_take(c, number);
  return result;
}

// A seed that nobody chose: short enough to be typed again.
static uint64_t drawn_seed(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return ((uint64_t)now.tv_nsec * 2654435761u ^ (uint64_t)now.tv_sec * 40503u ^ (uint64_t)getpid()) % 1000000;
}

static int run(struct continuing *c) {
  if (c->json) c->report = ario__report_object();
  int result = make_prompt(c);
  if (!result) result = check_names(c);
  if (!result) result = open_session(c);
  if (!result) result = read_prompt(c);
  if (!result) {
    report_prompt(c);
    result = make_takes(c);
  }
  if (!result && c->json && !ario__report_print(c->report))
    result = ario__complain(self, "standard output: cannot be written");
  ario__report_free(c->report);
  ario_session_free(c->session);
  ario_model_free(c->model);
  ario_prompt_free(&c->prompt);
  ario_song_free(c->song);
  return result;
}

// Options that only make sense in some ranges or together; fills in what was left open.
static int settle(struct continuing *c) {
  if (c->seconds_given && c->tokens_given) return ario__usage_error(self, "--seconds or --tokens, not both");
  if (!c->seconds_given) c->seconds = c->until_end || c->tokens_given ? UNTIL_END_SECONDS : DEFAULT_SECONDS;
  if (!c->tokens_given) c->tokens = SIZE_MAX;
  if (!c->seed_given) c->sampling.seed = drawn_seed();
  ario_sampler *sampler;
  ario_error error = {""};
  if (ario_sampler_create(ARIO_MIDI_VOCAB, &c->sampling, &sampler, &error))
    return ario__usage_error(self, "--%s", error.text);
  ario_sampler_free(sampler);
  return ARIO__DONE;
}

int ario__continue_main(int argc, char **argv) {
  struct continuing c = {.max_silence = 5, .max_note = 10, .takes = 1};
  c.sampling = ario_sampler_options_default();
  c.sampling.temperature = DEFAULT_TEMPERATURE;
  c.sampling.top_p = DEFAULT_TOP_P;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &c.output, "OUT.mid",
       "the file to write, replacing what is there; by default IN-continued.mid, and nothing is replaced"},
      {"seconds", 's', ARIO__REAL, &c.seconds, "S", "how much new music; 30 by default", .least = 0.1,
       .most = 36000, .given = &c.seconds_given},
      {"tokens", 0, ARIO__SIZE, &c.tokens, "N", "instead: how many new tokens (three or four make a note)",
       .least = 1, .most = 1e9, .given = &c.tokens_given},
      {"takes", 'k', ARIO__SIZE, &c.takes, "K",
       "make K different ones, OUT-1.mid to OUT-K.mid, with the seeds N+1 to N+K", .least = 1, .most = 999,
       .given = &c.takes_given},
      {"seed", 0, ARIO__SEED, &c.sampling.seed, "N",
       "the same seed gives the same music; drawn, and said, by default", .given = &c.seed_given},
      {"from", 0, ARIO__TEXT, &c.from, "T",
       "the model hears only what begins at T or later: seconds, m:ss, or bar:17"},
      {"to", 0, ARIO__TEXT, &c.to, "T", "cut the piece at T and continue from there"},
      {"tracks", 0, ARIO__LIST, &c.tracks, "1,3",
       "the model hears only these tracks (arioso info lists them); the others stay in the file"},
      {"wav", 0, ARIO__TEXT, &c.wav, "OUT.wav", "a sound file of the whole, too (or .flac, .ogg)"},
      {"png", 0, ARIO__TEXT, &c.png, "OUT.png", "a picture of it, too"},
      {"only-new", 0, ARIO__FLAG, &c.only_new, NULL,
       "write the continuation alone, without what it continues"},
      {"until-end", 0, ARIO__FLAG, &c.until_end, NULL,
       "let the model end the piece where it likes; --seconds is then 600 by default"},
      {"max-silence", 0, ARIO__REAL, &c.max_silence, "S", "no silence longer than this; 5 seconds by default",
       .least = 0.01, .most = 3600},
      {"max-note", 0, ARIO__REAL, &c.max_note, "S", "no new note longer than this; 10 seconds by default",
       .least = 0.01, .most = 3600},
      {"temperature", 't', ARIO__REAL, &c.sampling.temperature, "X",
       "below 1 more predictable, above 1 wilder, 0 always the likeliest; 0.9 by default", .least = 0,
       .most = 100},
      {"top-k", 0, ARIO__SIZE, &c.sampling.top_k, "K",
       "choose among the K likeliest tokens only; 0: all, the default", .least = 0, .most = 65536},
      {"top-p", 0, ARIO__REAL, &c.sampling.top_p, "P",
       "choose among the likeliest tokens that make up this share of probability; 1: all, the default",
       .least = 0, .most = 1},
      {"min-p", 0, ARIO__REAL, &c.sampling.min_p, "P",
       "leave out tokens less than P times as likely as the likeliest; 0 by default", .least = 0, .most = 1},
      {"model", 'm', ARIO__TEXT, &c.model_name, "DIR",
       "a model's folder, or its name; " ARIO__DEFAULT_MODEL " by default"},
      {"latents", 0, ARIO__SIZE, &c.latents, "M",
       "newest positions that are thought through at once: fewer is faster; the model's own by default",
       .least = 1, .most = 1 << 30},
      ARIO__THREADS_OPTION(&c.threads),
      {"json", 0, ARIO__FLAG, &c.json, NULL, "print what was done as JSON"}};
  const ario__command command = {
      .name = self,
      .usage = "[IN.mid] [-o OUT.mid] [options]",
      .summary = "Continues a MIDI file: your tracks stay as they are, and the new music is one track more. "
                 "Without a file it "
                 "makes a piece from nothing.",
      .notes = "Examples:\n"
               "  arioso continue song.mid --takes 3           three to choose from\n"
               "  arioso continue song.mid --to bar:17         another way to go on after bar 16\n"
               "  arioso continue song.mid -t 0.8 --wav x.wav  a little tamer, and as sound\n"
               "\n"
               "Models are looked for in $ARIOSO_MODELS, then where Arioso was built, then where it was\n"
               "installed.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  char **operands;
  size_t count;
  bool finished;
  int result = ario__options_parse(&command, argc, argv, &operands, &count, &finished);
  if (result || finished) return result;
  if (count > 1) return ario__usage_error(self, "one MIDI file is wanted, %zu were named", count);
  c.input = count ? operands[0] : NULL;
  result = settle(&c);
  return result ? result : run(&c);
}
