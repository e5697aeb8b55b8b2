// SPDX-License-Identifier: MIT
//
// What the files of arioso bench share: a kind of work in one precision, measured, beside what the machine
// could do.
#ifndef ARIO_APPS_BENCH_H
#define ARIO_APPS_BENCH_H

#include "arioso/audio.h"

#define ARIO__BENCH "bench" // the command's name in what it says

enum { ARIO__PRECISIONS = 3 }; // of ario_precision

typedef enum ario__bench_work {
  ARIO__TRAIN,      // a step: forward, backward and AdamW
  ARIO__GENERATE,   // a token more, sampled, of a full context
  ARIO__PREFILL,    // from no token to the logits after a prompt that fills the context
  ARIO__FIRST_NOTE, // from the last token of a prompt to the one sampled after it, all before it being known
  ARIO__OPTIMIZER,  // Muon's step
  ARIO__WORKS,
} ario__bench_work;

const char *ario__bench_work_name(ario__bench_work work); // "first-note"

// int8 is for sessions only.
bool ario__bench_has(ario__bench_work work, ario_precision precision);

// What is measured with. The model's max_context is the context, its max_latents the latents.
typedef struct ario__bench_setup {
  const ario_model *model;
  ario_config config; // the model's
  ario_precision precision;
  size_t batch, threads;
  size_t memory; // bytes that there are
  bool tail;     // generation goes on for long enough to tell the slowest tokens
  size_t least;  // samples after a warm-up
  double enough; // seconds of samples, when there are that many
} ario__bench_setup;

typedef struct ario__bench_row {
  ario__bench_work work;
  ario_precision precision; // that was computed in
  size_t channels, layers, heads, context, latents, batch, threads;
  double seconds;          // median of a step, a token, a prefill
  double tokens_per_s;     // NAN: it makes no tokens
  double p999_over_median; // of tokens; NAN: not measured
  double limit_seconds;    // what it would take by arioso/cost.h
  char limit[160];         // that in words
  size_t memory; // bytes: of training the trainer's, of others the session's and the model's weights
} ario__bench_row;

// ---- Measuring (bench_work.c) ----

// The bytes that a row will state. Errors: those of ario_train_bytes and ario_session_bytes.
ARIO_NODISCARD ario_status ario__bench_bytes(const ario__bench_setup *setup, ario__bench_work work,
                                             size_t *bytes, ario_error *error);

// Whether it fits, with some memory left for others; *bytes is what it takes, as far as that can be told.
bool ario__bench_fits(const ario__bench_setup *setup, ario__bench_work work, size_t *bytes);

// Fills all of a row but the limit. Errors: of memory; ERR_STATE when interrupted.
ARIO_NODISCARD ario_status ario__bench_measure(const ario__bench_setup *setup, ario__bench_work work,
                                               ario__bench_row *row, ario_error *error);

// Median seconds of a token in caches that are about three quarters full, or, of `full`, all but full; and of
// the prefill before it. Tokens are fewer than in a row.
ARIO_NODISCARD ario_status ario__bench_token(const ario__bench_setup *setup, bool full, double *seconds,
                                             double *prefill_seconds, ario_error *error);

// ---- Limits (bench_limits.c) ----

// The machine, as far as work of this shape can use it.
typedef struct ario__bench_machine {
  char processor[128];
  size_t threads;
  double products[ARIO__PRECISIONS];    // FLOP/s; 0: no instructions
  double token_bytes[ARIO__PRECISIONS]; // 0: not wanted
  double bandwidth[ARIO__PRECISIONS];   // bytes/s at token_bytes
} ario__bench_machine;

// The median of numbers [count], which are put in order.
double ario__bench_median(double *numbers, size_t count);

void ario__bench_processor(char *name, size_t room); // "unknown processor" where it is not told

// Measures; bandwidth for the precisions that are wanted.
ARIO_NODISCARD ario_status ario__bench_machine_measure(const ario__bench_setup *setup,
                                                       const bool wanted[ARIO__PRECISIONS],
                                                       ario__bench_machine *machine, ario_error *error);

// Fills in a row's limit.
void ario__bench_limit(const ario__bench_machine *machine, const ario_config *config, ario__bench_row *row);

// ---- Saying it (bench_print.c) ----

void ario__bench_print_machine(const ario__bench_machine *machine);
void ario__bench_print_heading(void);
void ario__bench_print_row(const ario__bench_row *row);

struct cJSON;
void ario__bench_report_row(struct cJSON *rows, const ario__bench_row *row);

// ---- Sound (bench_audio.c) ----

// "encode", "decode" or "audio": true.
bool ario__bench_of_sound(const char *work);

// Measures an audio codec, or a model of its codes (the setup's, in the precisions that are wanted), in
// seconds of sound a second. Returns the exit status.
int ario__bench_audio(const ario__bench_setup *setup, const bool wanted[ARIO__PRECISIONS], const char *work,
                      const ario_audio_codec *codec, bool json);

// ---- Against the context (bench_sweep.c) ----

// Measures a step and a token for contexts of 1,024 to 131,072, of this model and of a transformer, and
// writes them to the picture `path` (*.png) and a table beside it. The model's window is changed. A step or a
// prefill that would take longer than `patience` seconds is not begun. Returns the exit status.
int ario__bench_sweep(ario_model *model, ario__bench_setup *setup, double patience, const char *path);

#endif
