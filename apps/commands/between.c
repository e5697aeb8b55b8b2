// SPDX-License-Identifier: MIT
//
// arioso between: the command line.
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/commands/filling.h"

static const char self[] = "between";

static int run(ario__filling *f) {
  ario_error error = {""};
  ario__input input;
  int result;
  if (!f->music.from || !f->music.to)
    return ario__usage_error(self, "where? for example --from bar:9 --to bar:17");
  if (ario__input_open(f->line.operands[0], &input, &error)) {
    result = ario__complain(self, "%s", error.text);
  } else {
    f->music.input = &input;
    result = ario__filling_run(f);
  }
  ario__input_free(&input);
  return result;
}

int ario__between_main(int argc, char **argv) {
  ario__filling f = ario__filling_default(self);
  f.word = self;
  f.made = "filled";
  f.tries = 4;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &f.output, "OUT",
       "the file to write; it replaces an existing one. By default IN-between.mid, or the next free name"},
      {"from", 0, ARIO__TEXT, &f.music.from, "T", "where the new bars begin: bar:9, seconds, or m:ss"},
      {"to", 0, ARIO__TEXT, &f.music.to, "T", "where the old ones go on: bar:17"},
      {"tries", 0, ARIO__SIZE, &f.tries, "N",
       "make N, and keep the one that leads into what follows best; 4 by default", .least = 1, .most = 64},
      {"tracks", 0, ARIO__TEXT, &f.music.tracks, "1,3",
       "only these tracks are heard and rewritten, by number or name (arioso info lists them)"},
      {"model", 'm', ARIO__TEXT, &f.model_name, "DIR",
       "the model, a folder or a name; by default " ARIO__DEFAULT_BAND_MODEL
       " for a file with drums or several instruments, otherwise " ARIO__DEFAULT_MODEL},
      ARIO__FILLING_OPTIONS(&f)};
  const ario__command command = {
      .name = self,
      .usage = "IN --from T --to T [-o OUT] [options]",
      .summary =
          "Writes the bars between two places of a piece anew, so that they lead from what is before to "
          "what follows.",
      .notes = "IN and OUT may be -: standard input and standard output. Examples:\n"
               "  arioso between song.mid --from bar:9 --to bar:17      bars 9 to 16 again\n"
               "  arioso between song.mid --from bar:9 --to bar:17 --takes 3 --wav x.wav\n"
               "\n"
               "Ctrl-C ends it; the takes that are complete are kept.",
      .operands = {{"file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  int result = ario__options_parse(&command, argc, argv, &f.line);
  return result || f.line.finished ? result : run(&f);
}
