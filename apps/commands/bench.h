// SPDX-License-Identifier: MIT
//
// What the files of arioso bench share: kinds of work, their measured times, and the machine's limits.
#ifndef ARIO_APPS_BENCH_H
#define ARIO_APPS_BENCH_H

#include "arioso/audio.h"

#define ARIO__BENCH "bench" // the command's name in messages

enum { ARIO__PRECISIONS = 3 }; // of ario_precision

typedef enum ario__bench_work {
  ARIO__TRAIN,      // a step: forward and backward pass, and AdamW
  ARIO__GENERATE,   // one more token after a full context
  ARIO__PREFILL,    // reading a prompt that fills the context, up to its logits
  ARIO__FIRST_NOTE, // from a prompt's last token to the first new one; the tokens before are already cached
  ARIO__OPTIMIZER,  // Muon's step
  ARIO__WORKS,
} ario__bench_work;

const char *ario__bench_work_name(ario__bench_work work); // "first-note"

// False for int8 in training: only sessions have it.
bool ario__bench_has(ario__bench_work work, ario_precision precision);

// What is measured. Context and latents are the model's max_context and max_latents.
typedef struct ario__bench_setup {
  const ario_model *model;
  ario_config config; // the model's
  ario_precision precision;
  size_t batch, threads;
  size_t memory; // bytes that are free
  bool tail;     // generate enough tokens to find the slowest ones
  size_t least;  // fewest samples after the warm-up
  double enough; // seconds of samples to take, beyond the fewest
} ario__bench_setup;

typedef struct ario__bench_row {
  ario__bench_work work;
  ario_precision precision; // that was computed in
  size_t channels, layers, heads, context, latents, batch, threads;
  double seconds;          // median of a step, a token, a prefill
  double tokens_per_s;     // NAN: the work makes no tokens
  double p999_over_median; // of tokens; NAN: not measured
  double limit_seconds;    // the least time by arioso/cost.h
  char limit[160];         // the same in words
  size_t memory;           // bytes: the trainer's, or the session's and the model's weights
} ario__bench_row;

// ---- Measuring (bench_work.c) ----

// The memory that a row reports. Errors: those of ario_train_bytes and ario_session_bytes.
ARIO_NODISCARD ario_status ario__bench_bytes(const ario__bench_setup *setup, ario__bench_work work,
                                             size_t *bytes, ario_error *error);

// Whether the work fits, with some memory left for other programs. *bytes: what it takes; SIZE_MAX: too much
// to count.
bool ario__bench_fits(const ario__bench_setup *setup, ario__bench_work work, size_t *bytes);

// Measures, and fills all of a row but the limit. Errors: ERR_MEMORY; ERR_STATE when interrupted.
ARIO_NODISCARD ario_status ario__bench_measure(const ario__bench_setup *setup, ario__bench_work work,
                                               ario__bench_row *row, ario_error *error);

// Median seconds of a token, with caches about three quarters full (`full`: nearly full), and of the prefill
// before it. Takes fewer tokens than a row.
ARIO_NODISCARD ario_status ario__bench_token(const ario__bench_setup *setup, bool full, double *seconds,
                                             double *prefill_seconds, ario_error *error);

// ---- Limits (bench_limits.c) ----

// The machine's speeds, for work of this shape.
typedef struct ario__bench_machine {
  char processor[128];
  size_t threads;
  double products[ARIO__PRECISIONS];    // FLOP/s; 0: the processor has no instructions for it
  double token_bytes[ARIO__PRECISIONS]; // read for a token; 0: not wanted
  double bandwidth[ARIO__PRECISIONS];   // bytes/s at token_bytes
} ario__bench_machine;

// The median of numbers [count]; sorts them.
double ario__bench_median(double *numbers, size_t count);

void ario__bench_processor(char *name, size_t room); // "unknown processor" if the system does not tell

// Measures the machine; bandwidth for the wanted precisions only.
ARIO_NODISCARD ario_status ario__bench_machine_measure(const ario__bench_setup *setup,
                                                       const bool wanted[ARIO__PRECISIONS],
                                                       ario__bench_machine *machine, ario_error *error);

// Fills in a row's limit.
void ario__bench_limit(const ario__bench_machine *machine, const ario_config *config, ario__bench_row *row);

// ---- Output (bench_print.c) ----

void ario__bench_print_machine(const ario__bench_machine *machine);
void ario__bench_print_heading(void);
void ario__bench_print_row(const ario__bench_row *row);

struct cJSON;
void ario__bench_report_row(struct cJSON *rows, const ario__bench_row *row);

// ---- Sound (bench_audio.c) ----

// True for "encode", "decode" and "audio".
bool ario__bench_of_sound(const char *work);

// Measures an audio codec, or a model of its codes (the setup's, in the wanted precisions), in seconds of
// sound a second. Returns the exit status.
int ario__bench_audio(const ario__bench_setup *setup, const bool wanted[ARIO__PRECISIONS], const char *work,
                      const ario_audio_codec *codec, bool json);

// ---- Against the context (bench_sweep.c) ----

// Measures a training step and a token at contexts of 1,024 to 131,072, for this model and for a transformer,
// and writes a picture `path` (*.png) and a table beside it. Changes the model's window. Leaves out what
// would take longer than `patience` seconds. Returns the exit status.
int ario__bench_sweep(ario_model *model, ario__bench_setup *setup, double patience, const char *path);

#endif
