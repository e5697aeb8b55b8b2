// SPDX-License-Identifier: MIT
//
// From files to a corpus, with marked files: each is a MIDI file of one pitch of its own, so that a note's
// token tells the file that it comes from. What is held out, or in another split, never reaches a crop.
#include "apps/commands/dataset.h"
#include "arioso/file.h"
#include "arioso/midi.h"
#include "core/train/crops.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 30, NOTES = 80 };

static const ario__text_list anything = {.count = 0};

// A MIDI file with this pitch alone.
static void write_marked(const char *path, int pitch) {
  ario_token tokens[3 * NOTES + 2] = {ARIO_MIDI_BOS, ARIO_MIDI_VELOCITY + 16};
  size_t count = 2, size;
  uint8_t *bytes;
  for (int i = 0; i < NOTES; i++) {
    tokens[count++] = (ario_token)(ARIO_MIDI_NOTE_ON + pitch);
    tokens[count++] = ARIO_MIDI_SHIFT + 9;
    tokens[count++] = (ario_token)(ARIO_MIDI_NOTE_OFF + pitch);
  }
  assert_ok(ario_midi_write(tokens, count, &bytes, &size, NULL));
  assert_ok(ario_file_write(path, true, bytes, size, NULL));
  free(bytes);
}

// A folder of files marked 1 .. FILES, every third in a folder below.
static const char *marked_folder(void) {
  static char folder[256];
  char path[300];
  snprintf(folder, sizeof folder, "%s", scratch_path("marked"));
  if (mkdir(folder, 0777) != 0) return folder; // it is there
  snprintf(path, sizeof path, "%s/below", folder);
  assert_int_equal(mkdir(path, 0777), 0);
  for (int i = 1; i <= FILES; i++) {
    snprintf(path, sizeof path, "%s%s/%02d.mid", folder, i % 3 ? "" : "/below", i);
    write_marked(path, i);
  }
  return folder;
}

static const ario_config of_music = {.vocab_size = ARIO_MIDI_VOCAB}, of_bytes = {.vocab_size = 256};

static ario__dataset_options options_of(double hold_out) {
  return (ario__dataset_options){.codec = ario_codec_find("midi-performance"),
                                 .model = &of_music,
                                 .split_column = "part",
                                 .where = &anything,
                                 .hold_out = hold_out};
}

static ario_corpus *open_one(const char *name, const ario__dataset_options *options,
                             ario__dataset_summary *summary) {
  char copy[256], *names[] = {copy};
  ario_corpus *corpus;
  ario_error error = {""};
  snprintf(copy, sizeof copy, "%s", name);
  if (ario__dataset_open(names, 1, options, &corpus, summary, &error)) fail_msg("%s", error.text);
  return corpus;
}

// The mark of a token, 0 if it has none.
static int mark_of(ario_token token) {
  return token >= ARIO_MIDI_NOTE_ON && token < ARIO_MIDI_NOTE_OFF ? token - ARIO_MIDI_NOTE_ON : 0;
}

// parts [128]: in which part of the corpus each mark is; -1: in none. No mark may be in both.
static void find_parts(const ario_corpus *corpus, int parts[128]) {
  for (int i = 0; i < 128; i++) parts[i] = -1;
  for (size_t i = 0; i < ario_corpus_pieces(corpus); i++) {
    ario_piece piece = ario_corpus_piece(corpus, i);
    for (size_t t = 0; t < piece.count; t++) {
      int mark = mark_of(piece.tokens[t]);
      if (!mark) continue;
      assert_true(parts[mark] == -1 || parts[mark] == (int)piece.part);
      parts[mark] = (int)piece.part;
    }
  }
}

static void crops_keep_to_their_part(const ario_corpus *corpus, const int parts[128]) {
  struct ario__crops *crops;
  struct ario__crop crop;
  bool seen[128] = {false};
  assert_ok(ario__crops_create(corpus, 64, 16, 0, false, 5, &crops));
  while (ario__crops_epochs(crops) < 3) {
    ario__crops_next(crops, 64, &crop);
    const ario_token *tokens = ario_corpus_piece(corpus, crop.piece).tokens + crop.from;
    for (size_t i = 0; i < crop.count; i++) {
      int mark = mark_of(tokens[i]);
      if (mark && parts[mark] != ARIO_CORPUS_TRAIN) fail_msg("a crop has a token of file %d", mark);
      seen[mark] = true;
    }
  }
  for (int i = 1; i < 128; i++) assert_int_equal(seen[i], parts[i] == ARIO_CORPUS_TRAIN);
  ario__crops_free(crops);
}

static void held_out_files_never_reach_a_crop(void **state) {
  (void)state;
  int parts[128], again[128];
  const double shares[] = {0, 0.001, 0.2, 0.9};
  const int expected[] = {0, 1, 6, 27};
  for (size_t s = 0; s < COUNT_OF(shares); s++) {
    ario__dataset_options options = options_of(shares[s]);
    ario__dataset_summary summary;
    ario_corpus *corpus = open_one(marked_folder(), &options, &summary);
    assert_int_equal(summary.files, FILES);
    find_parts(corpus, parts);
    int held = 0, there = 0;
    for (int i = 0; i < 128; i++) held += parts[i] == ARIO_CORPUS_VALID, there += parts[i] >= 0;
    assert_int_equal(held, expected[s]);
    assert_int_equal(there, FILES);
    crops_keep_to_their_part(corpus, parts);
    ario_corpus_free(corpus);
    corpus = open_one(marked_folder(), &options, &summary);
    find_parts(corpus, again);
    assert_memory_equal(parts, again, sizeof parts);
    ario_corpus_free(corpus);
  }
}

static void a_table_says_which_files_are_learned_from(void **state) {
  (void)state;
  char table[256];
  int parts[128];
  const char *splits[] = {"train", "valid", "test", "train", "validation", ""};
  const int expected[] = {ARIO_CORPUS_TRAIN, ARIO_CORPUS_VALID, -1, ARIO_CORPUS_TRAIN, ARIO_CORPUS_VALID, -1};
  snprintf(table, sizeof table, "%s/../table.csv", marked_folder());
  FILE *file = fopen(table, "w");
  assert_non_null(file);
  fprintf(file, "who,path,part\n");
  for (int i = 1; i <= FILES; i++)
    fprintf(file, "%s,marked%s/%02d.mid,%s\n", i % 2 ? "odd" : "even", i % 3 ? "" : "/below", i,
            splits[i % 6]);
  fclose(file);
  const ario__text_list odd = {.texts = {"who=odd"}, .count = 1};
  for (int only_odd = 0; only_odd < 2; only_odd++) {
    ario__dataset_options options = options_of(0.5); // which a table has no use for
    ario__dataset_summary summary;
    if (only_odd) options.where = &odd;
    ario_corpus *corpus = open_one(table, &options, &summary);
    find_parts(corpus, parts);
    for (int i = 1; i <= FILES; i++)
      assert_int_equal(parts[i], only_odd && i % 2 == 0 ? -1 : expected[i % 6]);
    assert_int_equal(summary.other, only_odd ? FILES / 6 : FILES / 3);
    crops_keep_to_their_part(corpus, parts);
    ario_corpus_free(corpus);
  }
}

// A table [text] in the folder above the marked files; which part each mark is in.
static void open_table(const char *text, const char *path_column, int parts[128],
                       ario__dataset_summary *summary) {
  char table[256];
  snprintf(table, sizeof table, "%s/../words.csv", marked_folder());
  assert_ok(ario_file_write(table, true, text, strlen(text), NULL));
  ario__dataset_options options = options_of(0);
  options.path_column = path_column;
  ario_corpus *corpus = open_one(table, &options, summary);
  find_parts(corpus, parts);
  ario_corpus_free(corpus);
}

static void words_for_splits(void **state) {
  (void)state;
  int parts[128];
  ario__dataset_summary summary;
  open_table("path,part\nmarked/01.mid,train\nmarked/02.mid,val\nmarked/04.mid,dev\nmarked/05.mid,eval\n"
             "marked/07.mid,Validation\nmarked/08.mid,test\nmarked/10.mid,hold-out\n",
             NULL, parts, &summary);
  const int wanted[][2] = {{1, ARIO_CORPUS_TRAIN},
                           {2, ARIO_CORPUS_VALID},
                           {4, ARIO_CORPUS_VALID},
                           {5, ARIO_CORPUS_VALID},
                           {7, ARIO_CORPUS_VALID},
                           {8, -1},
                           {10, -1}};
  for (size_t i = 0; i < COUNT_OF(wanted); i++)
    if (parts[wanted[i][0]] != wanted[i][1])
      fail_msg("row %zu is in part %d, not %d", i + 1, parts[wanted[i][0]], wanted[i][1]);
  assert_int_equal(summary.other, 2);
}

static void tables_of_others(void **state) {
  (void)state;
  static const struct {
    const char *text, *path_column;
  } tables[] = {
      {"path;title;part\nmarked/01.mid;a, b;train\nmarked/02.mid;\"c; d\";valid\n", NULL},
      {"path\ttitle\tpart\nmarked/01.mid\ta, b; c\ttrain\nmarked/02.mid\t\tvalid\n", NULL},
      {"canonical_title,part,midi_filename,audio_filename\n\"A, in B\",train,marked/01.mid,a.wav\n"
       "C,validation,marked/02.mid,b.wav\n",
       NULL},
      {"path,part,other\nnone.mid,train,marked/01.mid\nnone.mid,valid,marked/02.mid\n", "other"},
  };
  for (size_t i = 0; i < COUNT_OF(tables); i++) {
    int parts[128];
    ario__dataset_summary summary;
    open_table(tables[i].text, tables[i].path_column, parts, &summary);
    if (summary.files != 2 || parts[1] != ARIO_CORPUS_TRAIN || parts[2] != ARIO_CORPUS_VALID)
      fail_msg("table %zu: %zu files, in parts %d and %d", i, summary.files, parts[1], parts[2]);
  }
}

// All kinds of MIDI files count, links that lead back do not, and what is skipped is said.
static void folders_of_others(void **state) {
  (void)state;
  static const char *const names[] = {"a.mid", "b.MIDI", "c.kar", "d.smf", "e.Rmi"};
  char folder[256], path[400], line[1000];
  snprintf(folder, sizeof folder, "%s", scratch_path("kinds"));
  snprintf(path, sizeof path, "%s/below", folder);
  assert_int_equal(mkdir(folder, 0777), 0);
  assert_int_equal(mkdir(path, 0777), 0);
  for (int i = 0; i < (int)COUNT_OF(names); i++) {
    snprintf(path, sizeof path, "%s/%s%s", folder, i % 2 ? "below/" : "", names[i]);
    write_marked(path, 1 + i);
  }
  snprintf(path, sizeof path, "%s/below/loop", folder);
  assert_int_equal(symlink("..", path), 0);
  snprintf(path, sizeof path, "%s/twin", folder);
  assert_int_equal(symlink("below", path), 0);
  snprintf(path, sizeof path, "%s/gone.mid", folder);
  assert_int_equal(symlink("nowhere", path), 0);
  snprintf(path, sizeof path, "%s/words.txt", folder);
  assert_ok(ario_file_write(path, true, "words", 5, NULL));
  // What is said goes to standard error, which is a file meanwhile.
  int before = dup(STDERR_FILENO), said = open(scratch_path("said"), O_RDWR | O_CREAT | O_TRUNC, 0600);
  assert_int_equal(dup2(said, STDERR_FILENO), STDERR_FILENO);
  ario__dataset_options options = options_of(0);
  ario__dataset_summary summary;
  int parts[128];
  ario_corpus *corpus = open_one(folder, &options, &summary);
  assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
  close(before);
  ssize_t length = pread(said, line, sizeof line - 1, 0);
  assert_true(length > 0);
  line[length] = 0;
  close(said);
  find_parts(corpus, parts);
  for (int i = 1; i <= (int)COUNT_OF(names); i++) assert_int_equal(parts[i], ARIO_CORPUS_TRAIN);
  assert_int_equal(summary.files, COUNT_OF(names));
  assert_contains(line, "1 of another kind (words.txt)");
  assert_contains(line, "gone.mid: No such file");
  assert_contains(line, "2 folders met before");
  ario_corpus_free(corpus);
}

static void copies_stay_together(void **state) {
  (void)state;
  char folder[256], path[300];
  int parts[128];
  snprintf(folder, sizeof folder, "%s", scratch_path("copies"));
  assert_int_equal(mkdir(folder, 0777), 0);
  for (int i = 0; i < 12; i++) {
    snprintf(path, sizeof path, "%s/%02d.mid", folder, i);
    write_marked(path, 1 + i / 3); // three of each
  }
  ario__dataset_options options = options_of(0.4);
  ario__dataset_summary summary;
  ario_corpus *corpus = open_one(folder, &options, &summary);
  find_parts(corpus, parts); // fails if a mark is in both
  crops_keep_to_their_part(corpus, parts);
  ario_corpus_free(corpus);
}

static void one_file_has_its_tail_held_out(void **state) {
  (void)state;
  uint8_t bytes[200];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
  assert_ok(ario_file_write(scratch_path("one.bin"), true, bytes, sizeof bytes, NULL));
  ario__dataset_options options = options_of(0.1);
  ario__dataset_summary summary;
  options.codec = ario_codec_find("raw");
  options.model = &of_bytes;
  ario_corpus *corpus = open_one(scratch_path("one.bin"), &options, &summary);
  assert_int_equal(ario_corpus_pieces(corpus), 2);
  ario_piece head = ario_corpus_piece(corpus, 0), tail = ario_corpus_piece(corpus, 1);
  assert_true(head.part == ARIO_CORPUS_TRAIN && head.count == 180 && head.tokens[179] == 179);
  assert_true(tail.part == ARIO_CORPUS_VALID && tail.count == 20 && tail.tokens[0] == 180);
  ario_corpus_free(corpus);
}

// Tokens that other rules of the codec made are refused, and the line says what to do.
static void an_old_cache_is_refused(void **state) {
  (void)state;
  const ario_codec *codec = ario_codec_find("midi-performance");
  const ario_token tokens[] = {ARIO_MIDI_BOS, ARIO_MIDI_EOS};
  ario_corpus *corpus;
  ario_error error = {""};
  ario__dataset_options options = options_of(0);
  ario__dataset_summary summary;
  char path[256], *names[] = {path};
  snprintf(path, sizeof path, "%s", scratch_path("old.tok"));
  assert_ok(ario_corpus_create(codec->vocab_size, codec->name, codec->version - 1, &corpus));
  assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, tokens, COUNT_OF(tokens)));
  assert_ok(ario_corpus_save(corpus, path, &error));
  ario_corpus_free(corpus);
  assert_int_not_equal(ario__dataset_open(names, 1, &options, &corpus, &summary, &error), ARIO_OK);
  char versions[80];
  snprintf(versions, sizeof versions, "version %u of the codec, and this is version %u", codec->version - 1,
           codec->version);
  assert_contains(error.text, versions);
  assert_contains(error.text, path);
  assert_null(strchr(error.text, '\n'));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(held_out_files_never_reach_a_crop),
      cmocka_unit_test(a_table_says_which_files_are_learned_from),
      cmocka_unit_test(words_for_splits),
      cmocka_unit_test(tables_of_others),
      cmocka_unit_test(folders_of_others),
      cmocka_unit_test(copies_stay_together),
      cmocka_unit_test(one_file_has_its_tail_held_out),
      cmocka_unit_test(an_old_cache_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
