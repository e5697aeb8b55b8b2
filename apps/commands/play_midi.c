// SPDX-License-Identifier: MIT
//
// arioso play for music: the composer, and a MIDI file of what was heard.
#include "apps/commands/play.h"
#include "arioso/file.h"

#include <stdio.h>
#include <stdlib.h>

// ---- Saving ----

// Saves a take that another one replaces as OUT-N.mid, where N is the first free number.
static void keep_take(void *context, size_t take, const ario_token *tokens, size_t count) {
  ario__playing *p = context;
  char name[ARIO__PATH_MOST];
  uint8_t *bytes;
  size_t size;
  ario_error error = {""};
  if (!p->output) return;
  ario_status status = ario__score_write(&p->score, tokens, count, &bytes, &size, &error);
  if (!status) status = ARIO_ERR_STATE;
  for (size_t i = 0; i < 1000 && status == ARIO_ERR_STATE && bytes; i++)
    if (ario__numbered_name(p->output, take + i, name))
      status = ario_file_write(name, false, bytes, size, &error);
  free(bytes);
  if (status) ario__warn("take %zu cannot be saved: %s", take, error.text);
  p->takes_kept += !status;
}

// Writes what was heard of the piece if it was ended before its continuation began.
static ario_status write_beginning(const ario__playing *p, int64_t microseconds, uint8_t **bytes,
                                   size_t *size, ario_error *error) {
  const ario_symbolic *symbolic = p->music.symbolic;
  ario_passage_options options = ario__music_rules(&p->music);
  options.part.to = microseconds;
  ario_passage passage;
  ario_status status = symbolic->hear(p->music.song, &options, &passage, error);
  if (status) return status;
  status = symbolic->splice(p->music.song, &passage, false, NULL, 0, bytes, size, error);
  symbolic->forget(&passage);
  return status;
}

static ario_status write_heard(const ario__playing *p, uint8_t **bytes, size_t *size, ario_error *error) {
  int64_t end = INT64_MAX, begin = ario__score_time(&p->score, p->music.passage.begin);
  if (p->end != INT64_MAX) end = p->end * 1000000 / ario__stage_rate(p->live.stage);
  if (end < begin) return write_beginning(p, end, bytes, size, error);
  ario_token *tokens;
  size_t count;
  ario_status status = ario__composer_tokens(p->composer, end, &tokens, &count);
  if (status) return ario_fail(error, status, "%s", ario_strerror(status));
  status = ario__score_write(&p->score, tokens, count, bytes, size, error);
  if (!status) ario__music_warn_sharing(&p->music, p->no_prompt, tokens, count, p->output);
  free(tokens);
  return status;
}

static int save(ario__playing *p) {
  if (!p->output) return ARIO__DONE;
  ario_error error = {""};
  uint8_t *bytes;
  size_t size;
  ario_status status = write_heard(p, &bytes, &size, &error);
  if (status) return ario__complain(ARIO__PLAY, "%s: nothing is saved: %s", p->output, error.text);
  status = ario__write_output(p->output, true, bytes, size, &error);
  free(bytes);
  return status ? ario__complain(ARIO__PLAY, "%s", error.text) : ARIO__DONE;
}

// ---- Setting up ----

static int settle(ario__playing *p) {
  if (p->seconds_given && p->music.bars)
    return ario__usage_error(ARIO__PLAY, "give --bars or --seconds, not both");
  p->live.endless = !p->seconds_given && !p->music.until_end && !p->music.bars;
  p->saved = p->output;
  int result = ario__check_output(ARIO__PLAY, p->output, p->source.path, true);
  if (result || p->live.model_name || !p->music.input) return result;
  return ario__music_choose_model(&p->music, &p->live.standard);
}

static int prepare(ario__playing *p) {
  int64_t until;
  p->music.context = ario_model_config(p->live.model)->max_context;
  int result = ario__music_prepare(&p->music, p->live.codec->symbolic);
  if (!result && p->music.input && !p->live.json) ario__steer_say(&p->music.steer, p->music.input->name);
  if (!result && p->music.bars) {
    result = ario__music_end_of_bars(&p->music, &until);
    p->seconds = (double)(until - p->music.passage.begin) / 1e6;
  }
  return result;
}

static ario_status open_composer(ario__playing *p, ario_error *error) {
  p->score = (ario__score){.symbolic = p->music.symbolic,
                           .song = p->music.song,
                           .passage = &p->music.passage,
                           .alone = p->no_prompt};
  const ario__composer_options options = {.producer = ario__play_producer_options(p),
                                          .score = &p->score,
                                          .chain = &p->music.chain,
                                          .seconds = p->seconds,
                                          .keep = keep_take,
                                          .context = p};
  ario_status status = ario__composer_create(&options, &p->composer, error);
  if (!status) p->producer = ario__composer_producer(p->composer);
  return status;
}

static void finish(ario__playing *p) {
  ario__composer_free(p->composer);
  ario__music_free(&p->music);
}

// ---- While it plays ----

// Describes the bar that sounds. After the end of the piece its last meter goes on.
static const char *bar_text(ario__playing *p, double seconds, char *text, size_t size) {
  *text = 0;
  if (!p->music.song || p->no_prompt || ario_song_describe(p->music.song).frames) return text;
  while (p->bar_end <= (int64_t)(seconds * 1e6) || !p->bar) {
    p->bar++;
    if (ario_song_bar(p->music.song, p->bar + 1, &p->bar_end)) return text;
  }
  snprintf(text, size, "  bar %zu", p->bar);
  return text;
}

static void describe(void *context, double seconds, char *text, size_t size) {
  ario__playing *p = context;
  char bar[40];
  size_t notes = ario__producer_look(p->producer).notes;
  snprintf(text, size, "%s  %zu notes", bar_text(p, seconds, bar, sizeof bar), notes);
}

static void report(const ario__playing *p, const ario__producer_state *made, ario__report *report) {
  ario__report_add_text(report, "midi", p->output);
  if (p->music.input) ario__music_report_left_out(&p->music, report);
  ario__report_add_number(report, "takes_kept", (double)p->takes_kept);
  ario__report_add_number(report, "notes", (double)made->notes);
  ario__report_add_number(report, "pauses", (double)made->pauses);
}

const ario__play_medium ario__play_midi = {.medium = ARIO_MUSIC,
                                           .kind = "music",
                                           .settle = settle,
                                           .prepare = prepare,
                                           .open = open_composer,
                                           .describe = describe,
                                           .save = save,
                                           .report = report,
                                           .finish = finish};
