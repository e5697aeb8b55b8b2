// SPDX-License-Identifier: MIT
//
// New music inside a piece: the model, the place, takes, tries, and what becomes of them.
#include "apps/commands/filling.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/print.h"
#include "apps/cli/progress.h"
#include "apps/cli/stopwatch.h"
#include "apps/cli/threads.h"
#include "apps/cli/times.h"
#include "apps/commands/music_files.h"
#include "apps/commands/scoring.h"
#include "apps/midi/instruments.h"
#include "arioso/generator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_OF_A_TRY = 1000 }; // more than there are takes

// One way to fill the place.
struct try {
  uint64_t seed;
  ario_draft *draft;
  size_t tokens; // that were drawn
  double spent;  // seconds
  double nll;    // of what follows, in nats a token; NAN: not judged
};

struct making {
  ario__filling *f;
  ario__outputs outputs;
  ario_session *session,
      *prompt;       // prompt: has been fed the first tokens of every try; NULL: nothing was kept
  ario_token *first; // [first_count] those tokens
  size_t first_count;
  ario__scoring scoring;
  double original, nothing; // nats a token of what follows what was there, and nothing; NAN: not judged
  ario__report *list;       // with --json
};

// What the generator draws for.
struct drawing {
  struct making *m;
  struct try *try;
  ario_chain chain; // the stretch's grammar, and what is wished
  bool going;
};

ario__filling ario__filling_default(const char *command) {
  return (ario__filling){.command = command,
                         .takes = 1,
                         .tries = 1,
                         .sampling = ario__sampling_default(),
                         .music = ario__music_default(command)};
}

// ---- The model, the song and the place ----

static int open_model(ario__filling *f) {
  ario__model_wish wish = {.command = f->command, .name = f->model_name, .precision = f->precision_name};
  int result = ARIO__DONE;
  wish.standard = ARIO__DEFAULT_BAND_MODEL;
  if (!f->ask_count && !f->model_name) result = ario__music_choose_model(&f->music, &wish.standard);
  if (!result)
    result =
        ario__models_use(&wish, &f->model, &f->codec, &f->precision, f->model_folder, sizeof f->model_folder);
  if (result) return result;
  f->fill = f->codec->symbolic ? f->codec->symbolic->fill : NULL;
  if (!f->fill)
    return ario__usage_error(f->command, "%s: is a model for %s, which cannot write inside a piece",
                             f->model_folder, f->codec->name);
  if (f->ask_count && !f->fill->parts)
    return ario__usage_error(
        f->command,
        "%s: plays one instrument, and cannot write parts for others; name a model for bands "
        "with --model",
        f->model_folder);
  ario__sampling_suit(&f->sampling, f->codec, &f->temperatures);
  return ARIO__DONE;
}

static int open_place(ario__filling *f) {
  ario__music *music = &f->music;
  const ario_passage_options rules = ario__music_rules(music);
  const ario_fill_options options = {.part = music->part,
                                     .asks = f->asks,
                                     .ask_count = f->ask_count,
                                     .instead = f->instead,
                                     .max_silence = rules.max_silence,
                                     .max_note = rules.max_note,
                                     .most = ario_model_config(f->model)->max_context};
  ario_error error = {""};
  ario_status status = f->fill->open(music->song, &options, &f->place, &error);
  if (!status) return ARIO__DONE;
  if (status == ARIO_ERR_ARGUMENT && f->ask_count && !f->instead)
    return ario__usage_error(f->command, "%s: %s; --instead replaces it, --tracks leaves it out",
                             music->input->name, error.text);
  if (status == ARIO_ERR_ARGUMENT)
    return ario__usage_error(f->command, "%s: %s", music->input->name, error.text);
  return ario__complain(f->command, "%s: %s", music->input->name, error.text);
}

// ---- Drawing ----

static bool add(void *context, size_t voice, ario_token *token) {
  struct drawing *d = context;
  (void)voice;
  d->try->tokens++;
  d->going = d->m->f->fill->take(d->try->draft, token);
  for (size_t i = 1; d->going && i < d->chain.count; i++) ario_constraint_feed(&d->chain.each[i], token, 1);
  return d->going;
}

// The session as it is after the first tokens of every try, which are computed once.
static ario_status copy_prompt(struct making *m) {
  ario_session_free(m->session);
  m->session = NULL;
  return ario_session_clone(m->prompt, &m->session);
}

static ario_status keep_prompt(struct making *m, const ario_stretch *stretch) {
  const float *logits;
  if (m->f->takes * m->f->tries < 2) return ARIO_OK;
  ario_status status = ario_session_logits(m->session, &logits);
  m->first = malloc(stretch->count * sizeof *m->first);
  if (!status && !m->first) status = ARIO_ERR_MEMORY;
  if (status) return status;
  memcpy(m->first, stretch->tokens, stretch->count * sizeof *m->first);
  m->first_count = stretch->count;
  return ario_session_clone(m->session, &m->prompt);
}

static ario_status feed_session(struct making *m, const ario_stretch *stretch, bool first) {
  if (!stretch->anew) return ario_session_feed(m->session, stretch->tokens, stretch->count);
  bool same = m->prompt && m->first_count == stretch->count &&
              memcmp(m->first, stretch->tokens, stretch->count * sizeof *m->first) == 0;
  if (same) return copy_prompt(m);
  ario_session_reset(m->session);
  ario_status status = ario_session_feed(m->session, stretch->tokens, stretch->count);
  return status || !first || m->prompt ? status : keep_prompt(m, stretch);
}

// The chain for a stretch: its grammar, and behind it what is wished.
static ario_status build_chain(struct drawing *d, const ario_stretch *stretch, ario_error *error) {
  const ario__music *music = &d->m->f->music;
  bool steered = !ario_steering_is_empty(&music->steer.wishes) && music->symbolic->steer;
  if (stretch->anew) d->chain.count = 0;
  for (size_t i = 1; i < d->chain.count; i++)
    ario_constraint_feed(&d->chain.each[i], stretch->tokens, stretch->count);
  if (d->chain.count) {
    d->chain.each[0] = stretch->grammar;
    return ARIO_OK;
  }
  ario_status status = ario_chain_add(&d->chain, &stretch->grammar);
  if (!status && stretch->strikes) status = ario_chain_add(&d->chain, &stretch->onset);
  if (status || !steered || !stretch->passage) return status;
  return music->symbolic->steer(music->song, stretch->passage, &music->steer.wishes, &d->chain, error);
}

static ario_status draw_stretch(struct drawing *d, ario_generator *generator, ario__progress *progress,
                                ario_error *error) {
  ario_status status = ARIO_OK;
  ario_generator_move(generator, d->m->session, &d->chain);
  for (d->going = true; d->going && !status;) {
    size_t going;
    status = ario__interrupt_check(error);
    if (!status) status = ario_generator_step(generator, add, d, &going);
    const ario_fill_progress made = d->m->f->fill->progress(d->try->draft);
    char detail[64];
    snprintf(detail, sizeof detail, "%zu notes", made.notes);
    if (!status) ario__progress_show(progress, made.done, detail);
  }
  return status;
}

static ario_status draw_all(struct making *m, struct try *try, ario__progress *progress, ario_error *error) {
  const ario__filling *f = m->f;
  struct drawing *d = calloc(1, sizeof *d); // a chain is large
  ario_generator_options options = ario_generator_options_default();
  ario_generator *generator = NULL;
  ario_stretch stretch = {.count = 0};
  bool first = true;
  ario_status status = d ? ARIO_OK : ARIO_ERR_MEMORY;
  options.session = m->session;
  options.sampling = f->sampling;
  options.sampling.seed = try->seed;
  if (!status) *d = (struct drawing){.m = m, .try = try};
  if (!status) status = ario_generator_create(&options, &generator, error);
  while (!status) {
    status = f->fill->next(try->draft, &stretch);
    if (status || !stretch.count) break;
    status = feed_session(m, &stretch, first);
    if (!status) status = build_chain(d, &stretch, error);
    if (!status) status = draw_stretch(d, generator, progress, error);
    first = false;
  }
  ario_generator_free(generator);
  free(d);
  return status;
}

// ---- Tries ----

// What of what follows the model expects after a middle.
static ario_status judge(struct making *m, ario_fill_middle middle, const ario_draft *draft, double *nll) {
  const ario__filling *f = m->f;
  ario_fill_passage passage;
  ario__nll score = {0};
  ario_status status = f->fill->follow(&f->place, middle, draft, m->scoring.context, &passage);
  *nll = NAN;
  if (!status)
    status = ario__scoring_marked(&m->scoring, passage.tokens, passage.judged, passage.count, &score);
  free(passage.tokens);
  free(passage.judged);
  if (!status && score.tokens) *nll = score.nll / (double)score.tokens;
  return status;
}

static bool judges(const ario__filling *f) {
  return f->tries > 1 || (!f->ask_count && f->json);
}

static ario_status make_try(struct making *m, struct try *try, ario__progress *progress, ario_error *error) {
  const ario__filling *f = m->f;
  double began = ario__seconds_now();
  ario_status status = f->fill->begin(&f->place, &try->draft);
  if (!status) status = draw_all(m, try, progress, error);
  try->spent = ario__seconds_now() - began;
  try->nll = NAN;
  if (!status && judges(f)) status = judge(m, ARIO_FILL_DRAFT, try->draft, &try->nll);
  return status;
}

// Of judged tries the likeliest, of others the first.
static struct try *best_of(struct try *tries, size_t count) {
  struct try *best = tries;
  for (size_t i = 1; i < count; i++)
    if (tries[i].nll < best->nll) best = &tries[i];
  return best;
}

// ---- Writing ----

static ario_status write_take(const struct making *m, const struct try *try, const ario__output_names *names,
                              ario_error *error) {
  const ario__filling *f = m->f;
  const int64_t around = 20 * 1000000;
  ario__music_files files = ario__music_files_default();
  ario_fill_file file, given = {.bytes = NULL};
  ario_status status = f->fill->write(&f->place, try->draft, f->only_new, &file, error);
  files.names = names;
  files.replace = f->output != NULL;
  if (f->gain_given) files.gain = f->gain;
  files.normalize = f->normalize;
  files.made = f->only_new ? "made" : f->made;
  files.model = f->model_folder;
  files.seed = try->seed;
  files.boundary = f->place.begin;
  files.from = f->place.begin > around ? f->place.begin - around : 0;
  files.to = f->place.end + around;
  if (!status && *names->png && !f->only_new) {
    status = f->fill->write(&f->place, NULL, false, &given, error);
    files.given = given.bytes;
    files.given_size = given.size;
  }
  if (!status) status = ario__music_files_write(&files, file.bytes, file.size, error);
  if (!status && file.sharing)
    ario__warn("%s: %zu instrument%s no MIDI channel left and share%s that of another", names->file,
               file.sharing, file.sharing == 1 ? " has" : "s have", file.sharing == 1 ? "s" : "");
  free(given.bytes);
  free(file.bytes);
  return status;
}

// ---- Reports ----

static void report_names(ario__report *parent, const char *key, const bool *marked) {
  ario__report *list = ario__report_add_array(parent, key);
  for (unsigned i = 0; i < ARIO_FILL_INSTRUMENTS; i++)
    if (marked[i]) ario__report_add_text(list, NULL, ario__instrument_name(i));
}

static void report_place(struct making *m) {
  const ario__filling *f = m->f;
  const ario_fill *place = &f->place;
  ario__report_add_text(f->report, "model", f->model_folder);
  ario__report_add_text(f->report, "precision", ario_precision_name(f->precision));
  ario__report *input = ario__report_add_object(f->report, "place");
  ario__report_add_text(input, "file", f->music.input->name);
  ario__report_add_number(input, "begin_seconds", (double)place->begin / 1e6);
  ario__report_add_number(input, "end_seconds", (double)place->end / 1e6);
  ario__report_add_number(input, "bars", (double)place->bars);
  ario__report_add_number(input, "notes_heard", (double)place->notes);
  ario__report_add_number(input, "notes_leaving", (double)place->leaving);
  report_names(input, "leaving", place->who_leaves);
  if (!f->ask_count) ario__report_add_number(input, "nll_after_original", m->original);
  if (!f->ask_count) ario__report_add_number(input, "nll_after_nothing", m->nothing);
  ario__steer_report(&f->music.steer, input);
  m->list = ario__report_add_array(f->report, "takes");
}

static void print_place(const struct making *m) {
  const ario__filling *f = m->f;
  const ario_fill *place = &f->place;
  char begin[24], length[24], names[512];
  ario__time_text((double)place->begin / 1e6, begin);
  ario__time_text((double)(place->end - place->begin) / 1e6, length);
  ario__print("%s: %s from %s on", f->music.input->name, length, begin);
  if (place->bars) ario__print(", %zu bar%s", place->bars, place->bars == 1 ? "" : "s");
  ario__print("; the model hears %zu notes\n", place->notes);
  ario__instruments_text(place->who_leaves, names, sizeof names);
  if (place->leaving)
    ario__print("%s: %zu note%s there leave%s: %s\n", f->music.input->name, place->leaving,
                place->leaving == 1 ? "" : "s", place->leaving == 1 ? "s" : "", names);
  ario__steer_say(&f->music.steer, f->music.input->name);
}

static void report_take(const struct making *m, const struct try *tries, const struct try *best,
                        const ario__output_names *names) {
  const ario__filling *f = m->f;
  bool playing[ARIO_FILL_INSTRUMENTS] = {false};
  double spent = 0, tokens = 0;
  for (size_t i = 0; i < f->tries; i++) spent += tries[i].spent, tokens += (double)tries[i].tokens;
  f->fill->players(best->draft, playing);
  size_t notes = f->fill->progress(best->draft).notes;
  if (f->json) {
    ario__report *entry = ario__report_add_object(m->list, NULL);
    ario__report_add_text(entry, "midi", names->file);
    ario__report_add_text(entry, "wav", *names->wav ? names->wav : NULL);
    ario__report_add_text(entry, "png", *names->png ? names->png : NULL);
    report_names(entry, "instruments", playing);
    ario__report_add_number(entry, "notes", (double)notes);
    ario__report_add_whole(entry, "seed", best->seed);
    ario__report_add_number(entry, "tokens", (double)best->tokens);
    ario__report_add_number(entry, "tokens_per_s", tokens / fmax(spent, 1e-9));
    ario__report *list = ario__report_add_array(entry, "tries");
    for (size_t i = 0; i < f->tries; i++) {
      ario__report *each = ario__report_add_object(list, NULL);
      ario__report_add_whole(each, "seed", tries[i].seed);
      ario__report_add_number(each, "nll_of_what_follows", tries[i].nll);
    }
    return;
  }
  char text[512];
  ario__instruments_text(playing, text, sizeof text);
  ario__print("%s: %s%s%zu new notes, seed %llu (%.0f tokens/s)\n", names->file, text, *text ? ", " : "",
              notes, (unsigned long long)best->seed, tokens / fmax(spent, 1e-9));
  if (*names->wav) ario__print("%s\n", names->wav);
  if (*names->png) ario__print("%s\n", names->png);
  fflush(stdout);
}

// ---- Takes ----

static int say_failure(const struct making *m, ario_status status, const ario_error *error) {
  const ario__filling *f = m->f;
  if (status == ARIO_ERR_ARGUMENT && !*error->text)
    return ario__complain(f->command, "what is wished leaves no note; wish for less");
  return ario__complain(f->command, "%s: %s", f->model_folder,
                        *error->text ? error->text : ario_strerror(status));
}

// An interrupted take is not written.
static int say_interrupted(const struct making *m, size_t complete) {
  ario__complain(m->f->command, complete ? "interrupted; %zu take%s complete and kept" : "interrupted",
                 complete, complete == 1 ? " is" : "s are");
  m->f->interrupted = true;
  ario__interrupt_answer();
  return ARIO__FAILED;
}

static ario_status make_tries(struct making *m, size_t number, struct try *tries, ario_error *error) {
  const ario__filling *f = m->f;
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < f->tries && !status; i++) {
    char what[64] = "writing";
    ario__progress progress;
    if (number) snprintf(what, sizeof what, "take %zu of %zu", number, f->takes);
    size_t used = strlen(what);
    if (f->tries > 1) snprintf(what + used, sizeof what - used, ", try %zu of %zu", i + 1, f->tries);
    ario__progress_start(&progress, what);
    tries[i].seed = f->sampling.seed + number + i * SEEDS_OF_A_TRY;
    status = make_try(m, &tries[i], &progress, error);
    ario__progress_end(&progress);
  }
  return status;
}

static int make_take(struct making *m, size_t number) {
  const ario__filling *f = m->f;
  ario_error error = {""};
  ario__output_names names;
  struct try *tries = calloc(f->tries, sizeof *tries);
  ario_status status = tries ? make_tries(m, number, tries, &error) : ARIO_ERR_MEMORY;
  int result = ARIO__DONE;
  if (status && ario__interrupt_check(NULL))
    result = say_interrupted(m, number ? number - 1 : 0);
  else if (status)
    result = say_failure(m, status, &error);
  if (!result) result = ario__outputs_name(&m->outputs, number, &names);
  if (!result) {
    const struct try *best = best_of(tries, f->tries);
    do {
      status = write_take(m, best, &names, &error);
    } while (status == ARIO_ERR_STATE && ario__outputs_evade(&m->outputs, number, &names));
    if (status) result = ario__complain(f->command, "%s", error.text);
    if (!result) report_take(m, tries, best, &names);
  }
  for (size_t i = 0; tries && i < f->tries; i++) f->fill->end(tries[i].draft);
  free(tries);
  return result;
}

static int open_session(struct making *m) {
  const ario__filling *f = m->f;
  ario_error error = {""};
  ario_session_options options = ario_session_options_default();
  options.latents = f->latents;
  options.threads = ario__threads(f->threads);
  options.precision = f->precision;
  m->scoring.threads = f->threads;
  m->scoring.precision = f->precision;
  ario_status status = ario_session_create(f->model, &options, &m->session, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(f->command, "--%s", error.text);
  if (!status && judges(f)) status = ario__scoring_open(&m->scoring, f->model, &error);
  return status ? ario__complain(f->command, "%s: %s", f->model_folder, error.text) : ARIO__DONE;
}

// How what follows is expected after what was there, and after nothing: the borders for a try.
static int judge_borders(struct making *m) {
  const ario__filling *f = m->f;
  m->original = m->nothing = NAN;
  if (f->ask_count || !f->json) return ARIO__DONE;
  ario_error error = {""};
  ario_status status = judge(m, ARIO_FILL_NOTHING, NULL, &m->nothing);
  if (!status && f->place.leaving) status = judge(m, ARIO_FILL_ORIGINAL, NULL, &m->original);
  if (status && ario__interrupt_check(NULL)) return say_interrupted(m, 0);
  return status ? say_failure(m, status, &error) : ARIO__DONE;
}

static int make_takes(ario__filling *f) {
  struct making m = {.f = f,
                     .outputs = {.command = f->command,
                                 .input = f->music.input->path,
                                 .output = f->output,
                                 .wav = f->wav,
                                 .png = f->png,
                                 .word = f->word,
                                 .suffix = ".mid",
                                 .takes = f->takes,
                                 .numbered = f->takes_given}};
  int result = ario__outputs_check(&m.outputs);
  if (!result) result = open_session(&m);
  if (!result) result = judge_borders(&m);
  if (!result && f->json) report_place(&m);
  if (!result && !f->json) print_place(&m);
  if (!result && !f->takes_given) result = make_take(&m, 0);
  for (size_t i = 1; f->takes_given && i <= f->takes && !result; i++) result = make_take(&m, i);
  if (m.scoring.session) ario__scoring_close(&m.scoring);
  ario_session_free(m.prompt);
  ario_session_free(m.session);
  free(m.first);
  return result;
}

static int settle(ario__filling *f) {
  if ((f->gain_given || f->normalize) && !f->wav)
    return ario__usage_error(f->command, "--%s is for the sound of --wav",
                             f->gain_given ? "gain" : "normalize");
  if (!f->seed_given) f->sampling.seed = ario__drawn_seed();
  return ario__sampling_check(f->command, &f->sampling);
}

int ario__filling_run(ario__filling *f) {
  int result = settle(f);
  if (!result) result = open_model(f);
  if (!result) f->music.context = ario_model_config(f->model)->max_context;
  if (!result) result = ario__music_open(&f->music, f->codec->symbolic);
  if (f->placed) {
    f->music.part.from = f->place_from;
    f->music.part.to = f->place_to;
  }
  if (!result) result = open_place(f);
  if (!result && f->music.steer.ends) f->music.steer.wishes.end = f->place.end;
  if (f->json) f->report = ario__report_object();
  if (!result) result = make_takes(f);
  if ((!result || f->interrupted) && f->json) {
    int printed = ario__report_print(f->report, f->command);
    if (!result) result = printed;
  }
  if (f->fill) f->fill->close(&f->place);
  ario__music_free(&f->music);
  ario__report_free(f->report);
  ario_model_free(f->model);
  return result;
}
