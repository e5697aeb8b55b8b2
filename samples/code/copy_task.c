// SPDX-License-Identifier: MIT
//
// The copy task (Hawthorne et al. 2022, section 5.1) for samples/copy_task.sh: a model repeats a random sequence
// backwards.
//   copy_task make FOLDER COUNT LENGTH SEED   COUNT files of LENGTH bytes: 0, a random sequence of bytes from 1 to
//                                             64, its mirror, 0. LENGTH is even
//   copy_task score MODEL FILE...             how many tokens of the mirrors the model finds likeliest, given all
//                                             before them; by the distance to look back
#include <arioso/session.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYMBOLS = 64, VOCAB = 256, PARTS = 4, MOST_LENGTH = 1 << 20 };

static int fail(const char *what, const char *why) {
  fprintf(stderr, "copy_task: %s: %s\n", what, why);
  return 1;
}

// ---- Making ----

// splitmix64
static uint64_t draw(uint64_t *state) {
  uint64_t x = (*state += 0x9e3779b97f4a7c15u);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static int make(const char *folder, long count, size_t length, uint64_t seed) {
  static uint8_t piece[MOST_LENGTH]; // its first and last byte stay 0
  for (long number = 1; number <= count; number++) {
    char path[4096];
    for (size_t i = 1; i < length / 2; i++)
      piece[i] = piece[length - 1 - i] = (uint8_t)(1 + draw(&seed) % SYMBOLS);
    snprintf(path, sizeof path, "%s/%05ld.bytes", folder, number);
    FILE *file = fopen(path, "wb");
    if (!file) return fail(path, "cannot be written");
    size_t written = fwrite(piece, 1, length, file);
    if (fclose(file) != 0 || written != length) return fail(path, "cannot be written");
  }
  return 0;
}

// ---- Scoring ----

struct scores {
  size_t right[PARTS], all[PARTS]; // by quarters of the mirror, the shortest distance first
};

static int read_piece(const char *path, ario_token *tokens, size_t *length) {
  static uint8_t bytes[MOST_LENGTH];
  FILE *file = fopen(path, "rb");
  if (!file) return fail(path, "cannot be read");
  *length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  for (size_t i = 0; i < *length; i++) tokens[i] = bytes[i];
  return *length < 4 || *length % 2 ? fail(path, "is no piece of this task") : 0;
}

static size_t likeliest(const float *logits) {
  size_t best = 0;
  for (size_t i = 1; i < VOCAB; i++)
    if (logits[i] > logits[best]) best = i;
  return best;
}

// The mirror [length / 2, length) in passes of as many latents as the model has.
static ario_status score(ario_session *session, size_t latents, float *logits, const ario_token *tokens,
                         size_t length, struct scores *scores) {
  size_t fed = 0, middle = length / 2;
  ario_status status = ARIO_OK;
  ario_session_reset(session);
  for (size_t from = middle, count; from < length && !status; from += count) {
    count = length - from < latents ? length - from : latents;
    status = ario_session_feed(session, tokens + fed, from + count - 1 - fed);
    fed = from + count - 1;
    if (!status) status = ario_session_forward(session, count, logits);
    for (size_t i = 0; i < count && !status; i++) {
      size_t part = (from + i - middle) * PARTS / middle;
      scores->right[part] += likeliest(logits + i * VOCAB) == tokens[from + i];
      scores->all[part]++;
    }
  }
  return status;
}

static void print(const struct scores *scores, size_t length) {
  size_t right = 0, all = 0;
  for (size_t i = 0; i < PARTS; i++) {
    printf("  %6.2f %% of those to be found up to %zu tokens back\n",
           100 * (double)scores->right[i] / (double)scores->all[i], (i + 1) * length / PARTS);
    right += scores->right[i];
    all += scores->all[i];
  }
  printf("%.2f %% of %zu tokens are right\n", 100 * (double)right / (double)all, all);
}

static int score_files(const char *name, char **paths, int count) {
  static ario_token tokens[MOST_LENGTH];
  ario_error error = {""};
  ario_model *model;
  ario_session *session = NULL;
  struct scores scores = {{0}, {0}};
  size_t length = 0;
  if (ario_model_open(name, &model, &error)) return fail(name, error.text);
  ario_session_options options = ario_session_options_default();
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  options.threads = cores < 1 ? 1 : cores > 64 ? 64 : (size_t)cores;
  size_t latents = ario_model_config(model)->max_latents;
  float *logits = calloc(latents * VOCAB, sizeof *logits);
  int result = ario_model_config(model)->vocab_size != VOCAB            ? fail(name, "is no model of bytes")
               : !logits                                                ? fail(name, "not enough memory")
               : ario_session_create(model, &options, &session, &error) ? fail(name, error.text)
                                                                        : 0;
  for (int i = 0; i < count && !result; i++) {
    result = read_piece(paths[i], tokens, &length);
    ario_status status = result ? ARIO_OK : score(session, latents, logits, tokens, length, &scores);
    if (status) result = fail(paths[i], ario_strerror(status));
  }
  if (!result) print(&scores, length);
  free(logits);
  ario_session_free(session);
  ario_model_free(model);
  return result;
}

int main(int argc, char **argv) {
  long count = argc == 6 ? strtol(argv[3], NULL, 10) : 0;
  size_t length = argc == 6 ? strtoul(argv[4], NULL, 10) : 0;
  if (argc == 6 && strcmp(argv[1], "make") == 0 && count > 0 && length >= 4 && length % 2 == 0 &&
      length <= MOST_LENGTH)
    return make(argv[2], count, length, strtoull(argv[5], NULL, 10));
  if (argc > 3 && strcmp(argv[1], "score") == 0) return score_files(argv[2], argv + 3, argc - 3);
  fprintf(stderr, "usage: copy_task make FOLDER COUNT LENGTH SEED | score MODEL FILE...\n");
  return 2;
}
