// SPDX-License-Identifier: MIT
//
// Agreement with the PyTorch oracle (float64) on the vectors of tests/parity/vectors, or of the folder that
// is named: logits within 1e-4 of the largest, NLL within 1e-5. fp32 sums of at most some thousand terms
// differ from exact ones by some 1e-6; 1e-4 leaves room for what two layers make of that, and any mistake in
// the arithmetic is far larger.
//
// bf16 keeps 8 bits of each factor, wrong by some 2e-3. In a trained model no logit may be off by more than
// 2e-2 of the largest. What it comes to in these models, whose weights are random and large, is noise with
// rare peaks: its root mean square must be below 1e-2 of the largest logit.
#include "arioso/arioso.h"
#include "core/train/backward.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

#include <dirent.h>
#include <math.h>

struct vectors {
  ario_model *model;
  ario_token *tokens; // [context + 1]
  size_t context, latents, vocab;
  double *logits; // [latents, vocab]
  float *weights; // [heads, context] of the cross-attention at the last position
  double nll;
};

static void load(const char *folder, struct vectors *v) {
  char path[512];
  ario_error error = {""};
  size_t count, size;
  uint8_t *bytes;
  if (ario_model_open(folder, &v->model, &error)) fail_msg("%s", error.text);
  v->vocab = ario_model_config(v->model)->vocab_size;
  snprintf(path, sizeof path, "%s/tokens.u16", folder);
  if (ario_tokens_read(path, v->vocab, &v->tokens, &count, &error)) fail_msg("%s", error.text);
  v->context = count - 1;
  snprintf(path, sizeof path, "%s/logits.f32", folder);
  if (ario_file_read(path, 1 << 24, &bytes, &size, &error)) fail_msg("%s", error.text);
  assert_int_equal(size % (v->vocab * sizeof(float)), 0);
  v->latents = size / (v->vocab * sizeof(float));
  v->logits = malloc(v->latents * v->vocab * sizeof *v->logits);
  for (size_t i = 0; i < v->latents * v->vocab; i++) {
    float x;
    memcpy(&x, bytes + i * sizeof x, sizeof x);
    v->logits[i] = x;
  }
  free(bytes);
  snprintf(path, sizeof path, "%s/attention.f32", folder);
  if (ario_file_read(path, 1 << 24, &bytes, &size, &error)) fail_msg("%s", error.text);
  assert_int_equal(size, ario_model_config(v->model)->heads * v->context * sizeof *v->weights);
  v->weights = (float *)(void *)bytes;
  snprintf(path, sizeof path, "%s/nll.txt", folder);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%lf", &v->nll), 1);
  fclose(file);
}

static void unload(struct vectors *v) {
  ario_model_free(v->model);
  free(v->tokens);
  free(v->logits);
  free(v->weights);
}

static double mean_nll(const struct vectors *v, const float *logits) {
  double total = 0;
  for (size_t r = 0; r < v->latents; r++) {
    const float *row = logits + r * v->vocab;
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < v->vocab; i++) top = fmax(top, row[i]);
    for (size_t i = 0; i < v->vocab; i++) sum += exp(row[i] - top);
    total += log(sum) + top - row[v->tokens[v->context - v->latents + r + 1]];
  }
  return total / (double)v->latents;
}

// How far the mean NLL may be off in bf16: with its logits that of each position may be, and as these models
// are random so are the errors of positions, whose mean shrinks with the root of their number.
static double nll_bound_of_bf16(const struct vectors *v) {
  double largest = 0;
  for (size_t i = 0; i < v->latents * v->vocab; i++) largest = fmax(largest, fabs(v->logits[i]));
  return 2e-2 * largest / sqrt((double)v->latents);
}

// The root mean square of a - b over [count], divided by the largest |b|.
static double noise(const float *a, const double *b, size_t count) {
  double sum = 0, largest = 0;
  for (size_t i = 0; i < count; i++) {
    sum += (a[i] - b[i]) * (a[i] - b[i]);
    largest = fmax(largest, fabs(b[i]));
  }
  return sqrt(sum / (double)count) / largest;
}

// The weights of the cross-attention at the last position, of each head and their mean. bf16 keeps 8 bits of queries
// and keys: a score of some tens is wrong by a tenth, and so is what it weighs.
static void compare_attention(const struct vectors *v, ario_session *session, double most) {
  size_t heads = ario_model_config(v->model)->heads, n = v->context;
  float *found = malloc(n * sizeof *found);
  double *mean = calloc(n, sizeof *mean), distance = 0;
  for (size_t h = 0; h < heads; h++) {
    assert_ok(ario_session_attention(session, n - 1, h, found));
    for (size_t i = 0; i < n; i++) {
      distance = fmax(distance, fabs((double)found[i] - v->weights[h * n + i]));
      mean[i] += v->weights[h * n + i] / (double)heads;
    }
  }
  assert_ok(ario_session_attention(session, n - 1, ARIO_ALL_HEADS, found));
  for (size_t i = 0; i < n; i++) distance = fmax(distance, fabs(found[i] - mean[i]));
  print_message("attention off by %.1e\n", distance);
  assert_below(distance, most);
  free(found);
  free(mean);
}

static void compare(const char *folder, const struct vectors *v, ario_kernels kernels,
                    ario_precision precision, size_t threads) {
  ario_session_options options = ario_session_options_default();
  bool exact = precision == ARIO_PRECISION_FP32;
  options.kernels = kernels;
  options.precision = precision;
  options.threads = threads;
  ario_session *session;
  ario_error error = {""};
  if (ario_session_create(v->model, &options, &session, &error)) fail_msg("%s", error.text);
  float *logits = malloc(v->latents * v->vocab * sizeof *logits);
  assert_ok(ario_session_feed(session, v->tokens, v->context));
  assert_ok(ario_session_forward(session, v->latents, logits));
  double distance = exact ? reference_distance(logits, v->logits, v->latents * v->vocab)
                          : noise(logits, v->logits, v->latents * v->vocab);
  double nll = mean_nll(v, logits);
  print_message("%s %s %s, %zu threads: logits off by %.1e, NLL by %.1e\n", strrchr(folder, '/') + 1,
                kernels == ARIO_KERNELS_PLAIN ? "plain" : "fast", ario_precision_name(precision), threads,
                distance, fabs(nll - v->nll));
  assert_below(distance, exact ? 1e-4 : 1e-2);
  assert_below(fabs(nll - v->nll), exact ? 1e-5 * (1 + v->nll) : nll_bound_of_bf16(v));
  compare_attention(v, session, exact ? 1e-5 : 0.1);
  free(logits);
  ario_session_free(session);
}

// d(NLL)/d(parameter), to 1e-4 of the largest gradient of any tensor.
static void compare_gradients(const char *folder, const struct vectors *v, const struct ario__gemm *gemm,
                              size_t threads) {
  char path[512];
  ario_error error = {""};
  ario_model *expected, *found; // the found ones are added to a model of zeros
  struct ario__backward *back;
  snprintf(path, sizeof path, "%s/gradients", folder);
  if (ario_model_open(path, &expected, &error)) fail_msg("%s", error.text);
  assert_ok(ario_model_random(ario_model_config(v->model), 0, &found, NULL));
  memset(found->params->block, 0, found->params->block_count * sizeof(float));
  const struct ario__backward_shape shape = {v->context, v->latents, threads, .recompute = threads == 2};
  assert_ok(ario__backward_create(ario_model_config(v->model), &shape, gemm, &back));
  double nll, largest = 0, distance = 0;
  for (int run = 0; run < 2; run++) // twice half: gradients are added
    ario__backward_run(back, v->model, v->tokens, v->context, v->latents, &(ario__loss){.scale = 0.5},
                       found->params, &nll);
  assert_below(fabs(nll - v->nll), 1e-5 * (1 + v->nll));
  const char *worst = "";
  for (size_t t = 0; t < ario_model_tensors(found); t++) {
    ario_tensor a = ario_model_tensor(found, t), b = ario_model_tensor(expected, t);
    for (size_t i = 0; i < a.rows * (a.cols ? a.cols : 1); i++) {
      largest = fmax(largest, fabs(b.data[i]));
      if (!(fabs((double)a.data[i] - b.data[i]) <= distance)) {
        distance = fabs((double)a.data[i] - b.data[i]);
        worst = a.name;
      }
    }
  }
  print_message("%s %s, %zu threads: gradients off by %.1e of %.1e, most in %s\n", strrchr(folder, '/') + 1,
                gemm->name, threads, distance, largest, worst);
  assert_below(distance, 1e-4 * largest);
  ario__backward_free(back);
  ario_model_free(expected);
  ario_model_free(found);
}

// The forward pass of training in bf16.
static void compare_bf16(const char *folder, const struct vectors *v, ario_kernels kernels) {
  const struct ario__backward_shape shape = {v->context, v->latents, 2, .recompute = false};
  const struct ario__gemm *gemm = ario__gemm_of(kernels, ARIO_PRECISION_BF16);
  struct ario__backward *back;
  assert_ok(ario__backward_create(ario_model_config(v->model), &shape, gemm, &back));
  double nll = ario__backward_evaluate(back, v->model, v->tokens, v->context, v->latents);
  print_message("%s %s: NLL off by %.1e\n", strrchr(folder, '/') + 1, gemm->name, fabs(nll - v->nll));
  assert_below(fabs(nll - v->nll), nll_bound_of_bf16(v));
  ario__backward_free(back);
}

static const char *root;

static void agrees_with_the_oracle(void **state) {
  (void)state;
  DIR *directory = opendir(root);
  if (!directory) fail_msg("%s: no such folder", root);
  size_t cases = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == '.') continue;
    char folder[400];
    snprintf(folder, sizeof folder, "%s/%s", root, entry->d_name);
    struct vectors v;
    load(folder, &v);
    for (size_t threads = 1; threads <= 2; threads++) {
      compare(folder, &v, ARIO_KERNELS_FAST, ARIO_PRECISION_FP32, threads);
      compare(folder, &v, ARIO_KERNELS_PLAIN, ARIO_PRECISION_FP32, threads);
      compare(folder, &v, ARIO_KERNELS_FAST, ARIO_PRECISION_BF16, threads);
      compare(folder, &v, ARIO_KERNELS_PLAIN, ARIO_PRECISION_BF16, threads);
      compare_gradients(folder, &v, ario__gemm_of(ARIO_KERNELS_FAST, ARIO_PRECISION_FP32), threads);
      compare_gradients(folder, &v, &ario__gemm_plain, threads);
    }
    compare_bf16(folder, &v, ARIO_KERNELS_FAST);
    compare_bf16(folder, &v, ARIO_KERNELS_PLAIN);
    double *logits = malloc(v.latents * v.vocab * sizeof *logits);
    reference_forward(v.model, v.tokens, v.context, v.latents, NULL, logits);
    for (size_t i = 0; i < v.latents * v.vocab; i++) // the vectors are rounded to float
      assert_below(fabs(logits[i] - v.logits[i]), 1e-5);
    free(logits);
    unload(&v);
    cases++;
  }
  closedir(directory);
  assert_true(cases >= 6);
}

static void a_trained_model_in_bf16(void **state) {
  (void)state;
  enum { CONTEXT = 200, LATENTS = 64 };
  ario_model *model;
  ario_session *session;
  ario_error error = {""};
  uint8_t *bytes;
  ario_token *tokens;
  size_t size, count;
  if (ario_model_open(ARIO_TESTS "/../models/piano-free", &model, &error)) fail_msg("%s", error.text);
  assert_ok(ario_file_read(ARIO_TESTS "/../samples/bach-prelude-c.mid", 1 << 20, &bytes, &size, NULL));
  assert_ok(
      ario_codec_find("midi-performance")->encode(bytes, size, &(ario_config){0}, &tokens, &count, NULL));
  size_t vocab = ario_model_config(model)->vocab_size;
  float *logits = malloc(LATENTS * vocab * sizeof *logits);
  double *expected = malloc(LATENTS * vocab * sizeof *expected);
  assert_true(count >= CONTEXT);
  reference_forward(model, tokens, CONTEXT, LATENTS, NULL, expected);
  for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++) {
    ario_session_options options = {.kernels = (ario_kernels)kernels, .precision = ARIO_PRECISION_BF16};
    assert_ok(ario_session_create(model, &options, &session, NULL));
    assert_ok(ario_session_feed(session, tokens, CONTEXT));
    assert_ok(ario_session_forward(session, LATENTS, logits));
    double distance = reference_distance(logits, expected, LATENTS * vocab);
    print_message("trained, %s bf16: logits off by %.1e\n", kernels == ARIO_KERNELS_PLAIN ? "plain" : "fast",
                  distance);
    assert_below(distance, 2e-2);
    ario_session_free(session);
  }
  free(logits), free(expected), free(bytes), free(tokens);
  ario_model_free(model);
}

int main(int argc, char **argv) {
  root = argc > 1 ? argv[1] : ARIO_TESTS "/parity/vectors";
  const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_the_oracle),
                                     cmocka_unit_test(a_trained_model_in_bf16)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
