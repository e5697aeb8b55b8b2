// SPDX-License-Identifier: MIT
//
// arioso between: the command line.
#include "apps/cli/threads.h"
#include "arioso/song.h"

#include "apps/commands/commands.h"
#include "apps/commands/filling.h"
#include <stdlib.h>

static const char self[] = "between";

enum { BRIDGE = 8 }; // bars

typedef struct between {
  ario__filling filling;
  ario__input first, second;
  size_t bars; // of a bridge; 0: as many as by default
} between;

// Both pieces as one, with empty bars between them.
static int join(between *b) {
  ario__music *music = &b->filling.music;
  const ario_symbolic *any = ario_codec_standard(ARIO_MUSIC)->symbolic;
  ario_song *songs[2] = {NULL, NULL};
  uint8_t *bytes = NULL;
  size_t size;
  ario_error error = {""};
  ario_status status = ario__input_song(&b->first, any, &songs[0], &error);
  if (!status) status = ario__input_song(&b->second, any, &songs[1], &error);
  ario_error detail = error;
  if (!status) {
    status = ario_song_join(songs[0], songs[1], b->bars ? b->bars : BRIDGE, &bytes, &size,
                            &b->filling.place_from, &b->filling.place_to, &detail);
    if (status) ario_fail(&error, status, "%s and %s: %s", b->first.name, b->second.name, detail.text);
  }
  if (!status) status = ario_song_parse(bytes, size, &music->song, &error);
  b->filling.placed = true;
  free(bytes);
  ario_song_free(songs[0]);
  ario_song_free(songs[1]);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int open_inputs(between *b) {
  const ario__command_line *line = &b->filling.line;
  ario_error error = {""};
  ario_status status = ario__input_open(line->operands[0], &b->first, &error);
  if (!status && line->count > 1) status = ario__input_open(line->operands[1], &b->second, &error);
  b->filling.music.input = &b->first;
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int check(const between *b) {
  const ario__music *music = &b->filling.music;
  bool bridge = b->filling.line.count > 1;
  if (!bridge && b->bars)
    return ario__usage_error(self, "--bars is for a bridge between two files; in one, give --from and --to");
  if (!bridge && (!music->from || !music->to))
    return ario__usage_error(self, "where? for example --from bar:9 --to bar:17; or name a second file");
  if (bridge && (music->from || music->to || music->tracks))
    return ario__usage_error(self, "between two files there is no --%s; --bars says how long the bridge is",
                             music->from ? "from"
                             : music->to ? "to"
                                         : "tracks");
  return ARIO__DONE;
}

static int run(between *b) {
  int result = check(b);
  if (result) return result;
  result = open_inputs(b);
  if (!result && b->filling.line.count > 1) result = join(b);
  if (!result)
    result = ario__filling_run(&b->filling);
  else
    ario__music_free(&b->filling.music);
  ario__input_free(&b->first);
  ario__input_free(&b->second);
  return result;
}

int ario__between_main(int argc, char **argv) {
  between b = {.filling = ario__filling_default(self)};
  ario__filling *f = &b.filling;
  f->word = self;
  f->made = "filled";
  f->tries = 4;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &f->output, "OUT",
       "the file to write; it replaces an existing one. By default IN-between.mid, or the next free name"},
      {"from", 0, ARIO__TEXT, &f->music.from, "T", "where the new bars begin: bar:9, seconds, or m:ss"},
      {"to", 0, ARIO__TEXT, &f->music.to, "T", "where the old ones go on: bar:17"},
      {"bars", 0, ARIO__SIZE, &b.bars, "N",
       "of a bridge from one file to another: how many bars; 8 by default", .least = 1,
       .most = ARIO_SONG_JOIN_BARS},
      {"tries", 0, ARIO__SIZE, &f->tries, "N",
       "make N, and keep the one that leads into what follows best; 4 by default", .least = 1, .most = 64},
      {"tracks", 0, ARIO__TEXT, &f->music.tracks, "1,3",
       "only these tracks are heard and rewritten, by number or name (arioso info lists them)"},
      {"model", 'm', ARIO__TEXT, &f->model_name, "DIR",
       "the model, a folder or a name; by default " ARIO__DEFAULT_BAND_MODEL
       " for a file with drums or several instruments, otherwise " ARIO__DEFAULT_MODEL},
      ARIO__FILLING_OPTIONS(f)};
  const ario__command command = {
      .name = self,
      .usage = "IN --from T --to T | A B [--bars N] [-o OUT] [options]",
      .summary =
          "Writes the bars between two places of a piece anew, so that they lead from what is before to "
          "what follows; or a bridge from one piece to another, in which tempo and meter go over.",
      .notes = "IN and OUT may be -: standard input and standard output. Examples:\n"
               "  arioso between song.mid --from bar:9 --to bar:17      bars 9 to 16 again\n"
               "  arioso between song.mid --from bar:9 --to bar:17 --takes 3 --wav x.wav\n"
               "  arioso between verse.mid chorus.mid --bars 4    four bars between two pieces\n"
               "\n"
               "Ctrl-C ends it; the takes that are complete are kept.",
      .operands = {{"files", 1, 2}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  int result = ario__options_parse(&command, argc, argv, &f->line);
  return result || f->line.finished ? result : run(&b);
}
