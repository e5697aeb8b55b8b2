// SPDX-License-Identifier: MIT
//
// arioso stats: music described in numbers, and compared with other music.
#include "apps/commands/stats.h"
#include "apps/cli/file_list.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/progress.h"
#include "apps/commands/commands.h"
#include "apps/commands/token_io.h"
#include "arioso/symbolic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "stats";

enum { EARLY_SECONDS = 2 };

// A file's notes.
struct notes {
  ario_note *notes; // [count]
  size_t count;
};

struct stats {
  ario__text_list where, against, before;
  const char *training, *path_column, *codec_name;
  const ario_codec *codec;
  double from, seconds;
  bool json;

  ario__stats_findings findings;
  ario__file_list own, other, earlier, learned;
  struct notes *own_notes; // [own.count] with --training: the notes of the part that is described
};

// ---- Reading ----

static bool is_drum(const ario_note *note) {
  return note->instrument == ARIO_NOTE_DRUMS;
}

// Counts times from step 0 of the file, as tokens in a file of their own do already.
static ario_status count_from_file(const char *path, struct notes *notes, ario_error *error) {
  ario_song *song;
  size_t count, first = 0;
  if (ario__has_suffix(path, ".u16")) return ARIO_OK;
  ario_status status = ario_song_open(path, &song, error);
  if (status) return status;
  const ario_note *file = ario_song_notes(song, &count); // without drums
  while (first < notes->count && is_drum(&notes->notes[first])) first++;
  int64_t later = count && first < notes->count ? file->start - notes->notes[first].start : 0;
  for (size_t i = 0; i < notes->count; i++) {
    notes->notes[i].start += later;
    notes->notes[i].end += later;
  }
  ario_song_free(song);
  return ARIO_OK;
}

static void count_from_onset(struct notes *notes) {
  int64_t first = notes->count ? notes->notes->start : 0;
  for (size_t i = 0; i < notes->count; i++) {
    notes->notes[i].start -= first;
    notes->notes[i].end -= first;
  }
}

// Reads a file's notes. `whole`: times from the beginning of the file, otherwise from the first onset.
static ario_status read_notes(const ario_codec *codec, const char *path, bool whole, struct notes *notes,
                              ario_error *error) {
  ario_token *tokens;
  size_t count;
  *notes = (struct notes){0};
  ario_status status = ario__interrupt_check(error);
  const ario_config config = {.vocab_size = codec->vocab_size};
  const ario__input input = ario__input_named(path);
  if (!status) status = ario__read_tokens(codec, &config, &input, &tokens, &count, error);
  if (status) return status;
  status = codec->symbolic->notes(tokens, count, &notes->notes, &notes->count);
  free(tokens);
  if (status) return ario_fail(error, status, "%s: %s", path, ario_strerror(status));
  if (whole)
    status = count_from_file(path, notes, error);
  else
    count_from_onset(notes);
  if (!status) return ARIO_OK;
  free(notes->notes);
  *notes = (struct notes){0};
  return status;
}

// Lists the files that are named. With a split, a table's rows of that split only, by its column "split".
static ario_status list_files(const struct stats *stats, const char *const *names, size_t count,
                              ario__split split, ario__file_list *list, ario_error *error) {
  static const ario__text_list everything;
  const ario__listing listing = {.codec = stats->codec,
                                 .split_column = split ? "split" : NULL,
                                 .where = split ? &everything : &stats->where,
                                 .path_column = stats->path_column};
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status; i++) status = ario__file_list_add(list, names[i], &listing, error);
  if (!status && !list->count) status = ario_fail(error, ARIO_ERR_FORMAT, "%s: there is no music", names[0]);
  return status;
}

// Grooves repeat: what drums play is not looked for elsewhere.
static void drop_drums(struct notes *notes) {
  size_t kept = 0;
  for (size_t i = 0; i < notes->count; i++)
    if (!is_drum(&notes->notes[i])) notes->notes[kept++] = notes->notes[i];
  notes->count = kept;
}

static int64_t steps_of(double seconds) {
  return (int64_t)llround(seconds * ARIO_SONG_STEPS_PER_SECOND);
}

// Describes the part of a piece between --from and --seconds. `limit`: longer notes are stuck, in steps; 0: as its own
// notes have it. *kept: the notes of that part; NULL: not wanted.
static ario_status describe(const struct stats *stats, ario__stats_piece *piece, int64_t limit,
                            struct notes *kept, ario_error *error) {
  struct notes all;
  int64_t from = steps_of(stats->from),
          until = stats->seconds > 0 ? from + steps_of(stats->seconds) : INT64_MAX;
  ario_status status = read_notes(stats->codec, piece->path, stats->findings.paired, &all, error);
  if (status) return status;
  status = ario_statistics_of(all.notes, all.count, from, until, &piece->statistics);
  if (!status) status = ario_course_of(all.notes, all.count, from, until, limit, &piece->course);
  if (status) ario_fail(error, status, "%s: %s", piece->path, ario_strerror(status));
  double lasts = (double)piece->statistics.steps / ARIO_SONG_STEPS_PER_SECOND;
  piece->early = stats->findings.expected > 0 && lasts < stats->findings.expected - EARLY_SECONDS;
  size_t first = 0, end;
  while (first < all.count && all.notes[first].start < from) first++;
  for (end = first; end < all.count && all.notes[end].start < until;) end++;
  for (size_t i = first; i < end && kept; i++) all.notes[i - first] = all.notes[i];
  if (kept && !status) {
    *kept = (struct notes){all.notes, end - first};
    drop_drums(kept);
  } else {
    free(all.notes);
  }
  return status;
}

// partners [list->count]: what each piece is paired with in `other`, which is described already; NULL: no pairs.
static ario_status describe_set(const struct stats *stats, const ario__file_list *list,
                                const size_t *partners, struct notes *kept, ario__stats_set *set,
                                ario_error *error) {
  ario__progress progress;
  ario_status status = ARIO_OK;
  set->pieces = calloc(list->count, sizeof *set->pieces);
  if (!set->pieces) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for %zu files", list->count);
  set->total.faults.first = -1;
  ario__progress_start(&progress, "reading");
  for (size_t i = 0; i < list->count && !status; i++) {
    ario__stats_piece *piece = &set->pieces[set->count++];
    piece->path = list->files[i].path;
    if (partners) piece->partner = partners[i];
    int64_t limit = partners ? stats->findings.other.pieces[partners[i]].course.limit : 0;
    status = describe(stats, piece, limit, kept ? &kept[i] : NULL, error);
    ario_statistics_add(&set->total, &piece->statistics);
    ario__progress_show(&progress, (double)(i + 1) / (double)list->count, NULL);
  }
  ario__progress_end(&progress);
  if (!status && !set->total.onsets)
    status = ario_fail(error, ARIO_ERR_FORMAT, "%s: no note starts in this part of it", list->files[0].path);
  ario__stats_means_of(set);
  return status;
}

// ---- Pairs ----

// The name of a file without its folder and suffix.
static const char *name_of(const char *path, size_t *length) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
  *length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
  return name;
}

static bool same_name(const char *a, const char *b) {
  size_t x, y;
  const char *one = name_of(a, &x), *two = name_of(b, &y);
  return x == y && memcmp(one, two, x) == 0;
}

// partners [own.count]: the file of `other` with each one's name.
static ario_status find_partners(const struct stats *stats, size_t *partners, ario_error *error) {
  for (size_t i = 0; i < stats->own.count; i++) {
    const char *path = stats->own.files[i].path;
    size_t found = 0;
    for (size_t k = 0; k < stats->other.count; k++) {
      if (!same_name(path, stats->other.files[k].path)) continue;
      partners[i] = k;
      found++;
    }
    if (found != 1)
      return ario_fail(error, ARIO_ERR_FORMAT,
                       "%s: --pairs wants one file of this name in --against; there %s", path,
                       found ? "are several" : "is none");
  }
  return ARIO_OK;
}

// ---- Runs of notes shared with training files ----

static void look_for(const ario_pitch_runs *runs, const struct notes *own, const char *path,
                     ario__stats_piece *piece) {
  size_t end;
  size_t length = ario_pitch_runs_longest(runs, own->notes, own->count, &end);
  if (length <= piece->shared) return;
  piece->shared = length;
  piece->shared_with = path;
  piece->shared_at = (double)own->notes[end - length].start / ARIO_SONG_STEPS_PER_SECOND;
}

// Indexes one training file at a time and looks up each piece in it, so that memory is that of one file.
static ario_status find_shared(struct stats *stats, ario_error *error) {
  ario__progress progress;
  ario_status status = ARIO_OK;
  ario__progress_start(&progress, "comparing with the training files");
  for (size_t f = 0; f < stats->learned.count && !status; f++) {
    const char *path = stats->learned.files[f].path;
    struct notes learned = {0};
    ario_pitch_runs *runs = NULL;
    if (stats->learned.files[f].split > ARIO__SPLIT_TRAIN) continue;
    status = read_notes(stats->codec, path, false, &learned, error);
    drop_drums(&learned);
    if (!status && ario_pitch_runs_create(learned.notes, learned.count, &runs))
      status =
          ario_fail(error, ARIO_ERR_MEMORY, "%s: not enough memory for its %zu notes", path, learned.count);
    for (size_t i = 0; i < stats->findings.own.count && !status; i++)
      if (!ario__same_file(path, stats->findings.own.pieces[i].path))
        look_for(runs, &stats->own_notes[i], path, &stats->findings.own.pieces[i]);
    ario_pitch_runs_free(runs);
    free(learned.notes);
    ario__progress_show(&progress, (double)(f + 1) / (double)stats->learned.count, NULL);
  }
  ario__progress_end(&progress);
  return status;
}

// ---- The command ----

static ario_status describe_all(struct stats *stats, ario_error *error) {
  ario__stats_findings *f = &stats->findings;
  ario_status status = ARIO_OK;
  size_t *partners = f->paired ? calloc(stats->own.count, sizeof *partners) : NULL;
  if (f->paired && !partners) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory");
  if (partners) status = find_partners(stats, partners, error);
  if (!status && stats->other.count)
    status = describe_set(stats, &stats->other, NULL, NULL, &f->other, error);
  if (!status) status = describe_set(stats, &stats->own, partners, stats->own_notes, &f->own, error);
  if (!status && stats->earlier.count)
    status = describe_set(stats, &stats->earlier, NULL, NULL, &f->before, error);
  if (!status && f->paired) ario__stats_ratios_of(f);
  free(partners);
  return status;
}

static ario_status find_out(struct stats *stats, char **names, size_t count, ario_error *error) {
  ario_status status =
      list_files(stats, (const char *const *)names, count, ARIO__NO_SPLIT, &stats->own, error);
  if (!status && stats->against.count)
    status =
        list_files(stats, stats->against.texts, stats->against.count, ARIO__NO_SPLIT, &stats->other, error);
  if (!status && stats->before.count)
    status =
        list_files(stats, stats->before.texts, stats->before.count, ARIO__NO_SPLIT, &stats->earlier, error);
  if (!status && stats->training) {
    status = list_files(stats, &stats->training, 1, ARIO__SPLIT_TRAIN, &stats->learned, error);
    stats->own_notes = calloc(stats->own.count, sizeof *stats->own_notes);
    if (!status && !stats->own_notes) status = ario_fail(error, ARIO_ERR_MEMORY, "not enough memory");
  }
  if (!status) status = describe_all(stats, error);
  if (!status && stats->training) status = find_shared(stats, error);
  stats->findings.trained = stats->training != NULL;
  return status;
}

static void free_all(struct stats *stats) {
  for (size_t i = 0; stats->own_notes && i < stats->own.count; i++) free(stats->own_notes[i].notes);
  free(stats->own_notes);
  free(stats->findings.own.pieces);
  free(stats->findings.other.pieces);
  free(stats->findings.before.pieces);
  ario__file_list_free(&stats->own);
  ario__file_list_free(&stats->other);
  ario__file_list_free(&stats->earlier);
  ario__file_list_free(&stats->learned);
}

static int run(struct stats *stats, char **names, size_t count) {
  ario_error error = {""};
  stats->codec = stats->codec_name ? ario_codec_find(stats->codec_name) : ario_codec_standard(ARIO_MUSIC);
  if (!stats->codec || !stats->codec->symbolic)
    return ario__usage_error(self, "--codec: there is none of music named %s", stats->codec_name);
  if ((stats->findings.paired || stats->before.count) && !stats->against.count)
    return ario__usage_error(self, "--%s requires --against", stats->findings.paired ? "pairs" : "before");
  if (find_out(stats, names, count, &error)) return ario__complain(self, "%s", error.text);
  if (stats->json) return ario__stats_print_json(&stats->findings, self);
  ario__stats_print(&stats->findings);
  return ARIO__DONE;
}

int ario__stats_main(int argc, char **argv) {
  struct stats stats = {0};
  const ario__option options[] = {
      {"against", 0, ARIO__TEXTS, &stats.against, "FILES",
       "compare with this file, folder or table; may be given several times"},
      {"pairs", 0, ARIO__FLAG, &stats.findings.paired, NULL,
       "compare each file with that of the same name in --against, times counted from the beginning of the "
       "file: "
       "the last 20 seconds, and notes that the other one would have ended"},
      {"before", 0, ARIO__TEXTS, &stats.before, "FILES",
       "what came before those of --against in the same pieces: how similar it is to them is the yardstick"},
      {"training", 0, ARIO__TEXT, &stats.training, "FILES",
       "find the longest run of notes, by pitch and order, that also occurs in one of these files; of a "
       "table with a column \"split\", in those of \"train\""},
      {"from", 0, ARIO__REAL, &stats.from, "S", "use only notes from S seconds after the first one on",
       .least = 0, .most = 1e6},
      {"seconds", 0, ARIO__REAL, &stats.seconds, "S",
       "use only S seconds from there on; 0 (the default): all", .least = 0, .most = 1e6},
      {"expect", 0, ARIO__REAL, &stats.findings.expected, "S",
       "count pieces as ending early that are more than 2 seconds shorter than S", .least = 0, .most = 1e6},
      {"codec", 0, ARIO__TEXT, &stats.codec_name, "NAME",
       "how the music is heard; midi-band: with drums, who plays, and places in the bar; by default "
       "midi-performance, notes in time"},
      {"where", 0, ARIO__TEXTS, &stats.where, "COL=VALUE",
       "use only rows of a table with this value; several values of one column: any of them"},
      ARIO__PATH_COLUMN_OPTION(&stats.path_column),
      {"per-file", 0, ARIO__FLAG, &stats.findings.per_file, NULL, "print the figures of each file, too"},
      {"json", 0, ARIO__FLAG, &stats.json, NULL,
       "print JSON: {\"files\", \"all\", \"against\", \"compared\"}, with all figures of each file"}};
  const ario__command command = {
      .name = self,
      .usage = "FILES... [--against FILES] [--training FILES] [options]",
      .summary = "Describes music in numbers: how dense, high, loud and varied it is, and faults that a "
                 "listener would notice. With --against it measures how similar two sets of music are; with "
                 "--training, how much a model copies from its training files.",
      .notes = "FILES are MIDI or token files, folders, or tables (*.csv) with a column \"path\".\n"
               "overlap is from 0 (nothing in common) to 1 (the same distribution).\n"
               "Faults: silences of more than 5 s, loops (2 s or more of notes played four times\n"
               "in a row), notes beyond the 88 keys.\n"
               "Stuck notes are longer than 3 s and than twice what 99.5 % of the piece's notes\n"
               "are, with --pairs of the other piece's. A run of six pitches returns if it\n"
               "occurs more than once.",
      .operands = {{"files", 1, ARIO__MANY}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  result = run(&stats, line.operands, line.count);
  free_all(&stats);
  return result;
}
