// SPDX-License-Identifier: MIT
//
// Training: a model, a corpus, and steps down the gradient. The whole loop is
//
//   ario_model_initial(&config, seed, &start, &error);    // or ario_model_open, to go on from other weights
//   ario_trainer_create(start, corpus, &options, &trainer, &error);
//   while (!ario_trainer_done(trainer)) ario_trainer_step(trainer, &report, &error);
//   ario_model_save(ario_trainer_model(trainer), directory, ARIO_BF16, &error);
//
// Loss (Hawthorne et al. 2022, arXiv 2202.07765, section 3, and the public code): over the last M positions
// of `batch` crops, the mean of NLL + z_loss * logsumexp(logits)^2. Gradients are clipped to a global norm of
// 1. The learning rates rise linearly over the first 100 steps, or the first tenth of a shorter run, and then
// fall along a cosine to zero at the end of the run.
//
// Crops: in an epoch each token of the training pieces is predicted once, in blocks of M in shuffled order.
// Each block has a prefix: half of the time as long as the context allows, otherwise of a random shorter
// length. For pieces that are a question and its answer, `given` leaves the question unpredicted.
//
// Reproducibility: a run is a function of its options, its corpus and the model it starts from, on one kind
// of processor and build. Any number of threads gives the same bits, and a run that was saved and loaded goes
// on as if it had not been stopped. Only a run by `minutes` depends on the clock, which decides how many
// steps it has, and so their rates.
//
// All memory is taken when the trainer is created. A step allocates nothing, except what the caller's `vary`
// does.
#ifndef ARIOSO_TRAIN_H
#define ARIOSO_TRAIN_H

#include "arioso/corpus.h"
#include "arioso/model.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// What turns gradients into steps.
typedef enum ario_optimizer {
  ARIO_MUON,  // Muon (Jordan et al. 2024; core/train/muon.h) for the hidden matrices, AdamW for the rest
  ARIO_ADAMW, // AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) for all: betas 0.9 0.98, eps 1e-8, no
              // decay
} ario_optimizer;

// A crop to vary.
typedef struct ario_train_crop {
  const ario_token *tokens; // [count] part of a piece
  size_t count;
  size_t before, after; // tokens of the piece before and after them, in the same memory
  size_t most;          // only the newest `most` tokens of the variation are used
  uint64_t seed;        // everything drawn must be a function of it
} ario_train_crop;

// Varies a crop (transposes it, for example): writes at most `room` tokens to out [room] and returns how
// many. given [room] is all false; tokens marked in it are seen but not predicted. Called by the thread that
// calls ario_trainer_step.
typedef size_t (*ario_train_vary)(void *context, const ario_train_crop *crop, ario_token *out, bool *given,
                                  size_t room);

// A run: its length, its crops, its optimizer, and how it computes.
typedef struct ario_train_options {
  // Length of the run: exactly one of these is above 0.
  size_t steps;
  double minutes; // of steps and validation, summed over save and load
  double passes;  // over the training pieces

  size_t patience; // stop after so many validations in a row that found nothing better than the best before;
                   // ario_trainer_best is then the best model; 0: never
  double keep;     // 0..1: share of the starting weights in what ario_trainer_finish leaves

  size_t batch;   // crops per step, 1..65536
  size_t context; // positions of a crop, 1..max_context; 0: max_context
  size_t latents; // of them predicted, 1..max_latents and <= context; 0: the most
  // Crops start with no more positions than this, latents..context, and double at equal intervals until they
  // reach `context` halfway through the run; 0: context from the start.
  size_t start_context;
  size_t given; // the first tokens of each piece are seen but never predicted, in steps and in validation;
                // above 0 every prefix is as long as the context allows; 0: only the first token

  ario_optimizer optimizer;
  double muon_rate, adamw_rate; // peak learning rates, >= 0
  double weight_decay;          // >= 0: each step shrinks what Muon changes by the share decay * rate
  double z_loss;                // >= 0
  double dropout;               // 0 <= p < 1, on the embedded inputs and on what each attention and MLP adds
  double prefix_dropout; // 0 <= p <= 1: a share drawn from 0..p of each crop's prefix is not attended to

  uint64_t seed;  // of everything that is drawn
  size_t threads; // 1..64; 0: 1
  size_t memory;  // bytes: if keeping all activations takes more, the backward pass computes them again; 0:
                  // keep them
  ario_kernels kernels;
  ario_precision precision; // of products, fp32 or bf16 (fp32 if the processor has no bf16 instructions);
                            // weights, moments and sums are fp32
  ario_train_vary vary;     // NULL: crops are taken as they are
  void *vary_context;       // passed to vary
  bool whole; // every crop has as many positions, and predicts as many tokens, as its piece allows, even if
              // an epoch then predicts some twice: all steps take the same time, for measurements
} ario_train_options;

// No length (the caller sets one); batch 4, Muon 0.02 with decay 0.01, AdamW 2e-3, z_loss 1e-4, dropout 0.1,
// no prefix dropout, keep 0, fast kernels, fp32.
ARIO_API ario_train_options ario_train_options_default(void);

// ARIO_OK, or ERR_ARGUMENT; the message names the option that is out of range. `config` is the model's.
ARIO_API ARIO_NODISCARD ario_status ario_train_options_check(const ario_train_options *options,
                                                             const ario_config *config, ario_error *error);

// The bytes that a trainer takes: weights, gradients, moments and activations. *recomputed tells whether the
// backward pass computes the activations again. Errors: those of the check, ERR_LIMIT.
ARIO_API ARIO_NODISCARD ario_status ario_train_bytes(const ario_config *config,
                                                     const ario_train_options *options, size_t *bytes,
                                                     bool *recomputed, ario_error *error);

// The name of what computes the products in training, for example "oneDNN bf16". Sessions use other kernels.
// The string is static.
ARIO_API const char *ario_train_kernels_name(ario_kernels kernels, ario_precision precision);

typedef struct ario_trainer ario_trainer; // one thread at a time

// Creates a trainer. Copies the weights of `start`; the corpus must outlive the trainer. Errors: those of the
// check; ERR_FORMAT if the corpus has another vocabulary than the model, or no training piece; ERR_LIMIT,
// ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_create(const ario_model *start, const ario_corpus *corpus,
                                                        const ario_train_options *options, ario_trainer **out,
                                                        ario_error *error);
ARIO_API void ario_trainer_free(ario_trainer *trainer); // safe on NULL

// The model as it is now, owned by the trainer. It changes with every step.
ARIO_API const ario_model *ario_trainer_model(const ario_trainer *trainer);

// With patience, the model as it was when validation found it best. Without, or before the first validation,
// the model as it is now. Owned by the trainer.
ARIO_API const ario_model *ario_trainer_best(const ario_trainer *trainer);

// The precision that products are computed in: fp32 where bf16 was asked for and the processor lacks it.
ARIO_API ario_precision ario_trainer_precision(const ario_trainer *trainer);

// Where a run stands.
typedef struct ario_train_progress {
  uint64_t steps;  // steps done
  uint64_t tokens; // predicted in them
  double seconds;  // spent in steps and validation, and by ario_trainer_spend
  double epochs;   // passes over the training pieces
  double done;     // 0..1 of the run
  double best_nll; // with patience, the lowest NLL of a validation; without, or before the first: NaN
} ario_train_progress;

// `done` is 1 when the run has reached its length. ario_trainer_done is also true when patience has run out.
// A run that is done takes no further steps.
ARIO_API ario_train_progress ario_trainer_progress(const ario_trainer *trainer);
ARIO_API bool ario_trainer_done(const ario_trainer *trainer);

// Counts other work of the run, such as reading and saving, as its time. Ignores what is not above 0.
ARIO_API void ario_trainer_spend(ario_trainer *trainer, double seconds);

// What a step did.
typedef struct ario_train_report {
  double nll;               // mean over the tokens predicted in this step, with dropout, in nats
  size_t tokens;            // how many tokens were predicted
  double gradient_norm;     // before clipping
  double rate;              // 0..1, share of the peak learning rates
  double optimizer_seconds; // of the step, from the gradients to the new weights
} ario_train_report;

// One step. Errors: ERR_STATE if the run is done; ERR_NUMBER if the loss or the gradients are not finite: the
// weights are then unchanged.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_step(ario_trainer *trainer, ario_train_report *report,
                                                      ario_error *error);

// Ends a run that is done. Its model becomes the best one, and with `keep` each weight moves by this share
// back to where it began. Halfway between, a model keeps most of what it gained on the new data and forgets
// little of the old (Wortsman et al. 2022, arXiv 2109.01903). The moved weights have not been validated;
// validate them to have their NLL. The run cannot be saved any more. Errors: ERR_STATE if it is not done.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_finish(ario_trainer *trainer, ario_error *error);

// Mean NLL over the validation pieces, without dropout: blocks of M with as long a prefix as the context
// allows, spread evenly over all pieces, about `tokens` tokens in all (0: every token). *count is the number
// of tokens that were scored; without validation pieces it is 0, and so is *nll. Updates the run's seconds,
// and with patience its best model; changes no weights. Errors: ERR_NUMBER.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_validate(ario_trainer *trainer, size_t tokens, double *nll,
                                                          size_t *count);

// Writes what a later run needs to go on: weights, moments, the progress and a hash of them; a binary file for
// machines of the same byte order. An existing file is replaced. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_save(const ario_trainer *trainer, const char *path,
                                                      ario_error *error);

// Puts a new trainer where a saved one stood. Errors: ERR_NOT_FOUND, ERR_IO, ERR_MEMORY; ERR_FORMAT if the
// file is damaged, or belongs to another model, corpus, batch, optimizer or seed than this trainer's. After
// an error the trainer is unchanged.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_load(ario_trainer *trainer, const char *path,
                                                      ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
