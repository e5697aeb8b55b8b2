// SPDX-License-Identifier: MIT
//
// Training: a model, a corpus, and steps down the gradient. The whole loop is
//
//   ario_model_initial(&config, seed, &start, &error);       or ario_model_open, to go on from other weights
//   ario_trainer_create(start, corpus, &options, &trainer, &error);
//   while (!ario_trainer_done(trainer)) ario_trainer_step(trainer, &report, &error);
//   ario_model_save(ario_trainer_model(trainer), directory, ARIO_BF16, &error);
//
// What a step minimises (Hawthorne et al. 2022, section 3 and public code): over the last M positions of
// `batch` crops, the mean of NLL + z_loss * logsumexp(logits)^2; gradients are scaled to a global norm of at
// most 1. The learning rates rise linearly over the first 100 steps, or the first tenth of a shorter run, and
// fall along a cosine to zero at the run's end.
//
// Crops: in an epoch each token of the pieces to learn from is predicted once, in blocks of M in shuffled
// order, each given a prefix: half of the time as long as the context allows, otherwise of any shorter
// length. Where each piece is a question and its answer, `given` leaves out the question.
//
// A run is a function of its options, its corpus and the model it starts from, on one kind of processor and
// build: any number of threads gives the same bits, and a run that was saved and loaded goes on as if it had
// not been stopped (of a run by `minutes` the clock decides how many steps it has, and with them the rates).
//
// All memory is taken when the trainer is made; a step allocates nothing, except what the caller's `vary`
// does.
#ifndef ARIOSO_TRAIN_H
#define ARIOSO_TRAIN_H

#include "arioso/corpus.h"
#include "arioso/model.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ario_optimizer {
  ARIO_MUON,  // Muon (Jordan et al. 2024) for the hidden matrices, AdamW for the rest
  ARIO_ADAMW, // AdamW (Loshchilov and Hutter 2019) for all: betas 0.9 0.98, eps 1e-8, no decay
} ario_optimizer;

// A variation of a crop (a transposition, say): writes at most `room` tokens to `out` and returns how many.
// What it draws must be a function of `seed`.
typedef size_t (*ario_train_vary)(void *context, uint64_t seed, const ario_token *tokens, size_t count,
                                  ario_token *out, size_t room);

typedef struct ario_train_options {
  // How long: exactly one of these is above 0.
  size_t steps;
  double minutes; // of steps and of validation, counted over save and load
  double passes;  // over the pieces to learn from

  size_t patience; // the run ends sooner if so many validations in a row found nothing better than the best
                   // before them, and ario_trainer_best is the model that was judged best; 0: never
  double keep;     // 0..1: the share of the weights it began with in what ario_trainer_finish leaves

  size_t batch;   // crops a step, 1..65536
  size_t context; // positions of a crop, 1..max_context; 0: max_context
  size_t latents; // of them predicted, 1..max_latents and <= context; 0: the most
  size_t
      start_context; // latents..context: crops have no more positions at first, and twice as many again and
                     // again at equal intervals until `context` is reached at half of the run; 0: context
  size_t given; // the first tokens of each piece, which are seen and never predicted, neither in steps nor in
                // validation; above 0 every prefix is as long as the context allows. 0: predict all but one

  ario_optimizer optimizer;
  double muon_rate, adamw_rate; // peak learning rates, >= 0
  double weight_decay;   // >= 0; with each step what Muon changes shrinks by the share decay * its rate
  double z_loss;         // >= 0
  double dropout;        // 0 <= p < 1, on the embedded inputs and on what each attention and MLP adds
  double prefix_dropout; // 0 <= p <= 1: of each crop's prefix a share drawn from 0..p is not attended to

  uint64_t seed;  // of everything that is drawn
  size_t threads; // 1..64; 0: 1
  size_t memory;  // bytes: where keeping all activations takes more, they are computed again on the way back;
                  // 0: always kept
  ario_kernels kernels;
  ario_precision precision; // of products: fp32 or bf16; weights, moments and sums are fp32
                            // (a processor without instructions for bf16 computes in fp32)
  ario_train_vary vary;     // NULL: crops are taken as they are
  void *vary_context;
  bool whole; // every crop has as many positions, and predicts as many tokens, as its piece allows, whatever
              // is then predicted twice in an epoch: steps that are all alike, to measure their speed
} ario_train_options;

// No length yet; batch 4, Muon 0.02 with decay 0.01, AdamW 2e-3, z_loss 1e-4, dropout 0.1, no prefix dropout,
// nothing kept, fast kernels, fp32.
ARIO_API ario_train_options ario_train_options_default(void);

// ARIO_OK, or ERR_ARGUMENT with the option that is out of range. `config` is the model's.
ARIO_API ARIO_NODISCARD ario_status ario_train_options_check(const ario_train_options *options,
                                                             const ario_config *config, ario_error *error);

// The bytes that a trainer takes: weights, gradients, moments and activations. `recomputed` tells whether the
// activations are computed again. Errors: those of the check, ERR_LIMIT.
ARIO_API ARIO_NODISCARD ario_status ario_train_bytes(const ario_config *config,
                                                     const ario_train_options *options, size_t *bytes,
                                                     bool *recomputed, ario_error *error);

// What computes the products of training here: "oneDNN bf16", say, where sessions have loops of our own.
ARIO_API const char *ario_train_kernels_name(ario_kernels kernels, ario_precision precision);

typedef struct ario_trainer ario_trainer; // one thread at a time

// Copies the weights of `start`; the corpus must outlive the trainer. Errors: those of the check; ERR_FORMAT
// if the corpus' vocabulary is not the model's, or it has no piece to learn from; ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_create(const ario_model *start, const ario_corpus *corpus,
                                                        const ario_train_options *options, ario_trainer **out,
                                                        ario_error *error);
ARIO_API void ario_trainer_free(ario_trainer *trainer); // safe on NULL

// The model as it is now; it changes with every step.
ARIO_API const ario_model *ario_trainer_model(const ario_trainer *trainer);

// With patience the model as it was when validation found it best; without, or before the first, as it is
// now.
ARIO_API const ario_model *ario_trainer_best(const ario_trainer *trainer);

// What products are computed in, in fact.
ARIO_API ario_precision ario_trainer_precision(const ario_trainer *trainer);

// Where a run stands.
typedef struct ario_train_progress {
  uint64_t steps;  // done
  uint64_t tokens; // predicted in them
  double seconds;  // spent in steps and validation
  double epochs;   // passes over the pieces to learn from
  double done;     // 0..1 of the run
  double best_nll; // with patience, the least that a validation found; else, or before the first, a NaN
} ario_train_progress;

// done is 1 when the run is at its end; then there are no further steps. A run whose patience is at its end
// is done, too, whatever the progress says.
ARIO_API ario_train_progress ario_trainer_progress(const ario_trainer *trainer);
ARIO_API bool ario_trainer_done(const ario_trainer *trainer);

typedef struct ario_train_report {
  double nll;               // mean over the tokens predicted in this step, with dropout, in nats
  size_t tokens;            // how many those were
  double gradient_norm;     // before it was clipped
  double rate;              // 0..1, the share of the peak learning rates
  double optimizer_seconds; // of the step, from the gradients to the new weights
} ario_train_report;

// One step. Errors: ERR_STATE if the run is done; ERR_NUMBER if the loss or the gradients are not finite: the
// weights are then those of before.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_step(ario_trainer *trainer, ario_train_report *report,
                                                      ario_error *error);

// The end of a run that is done: its model becomes the best one, and with `keep` each weight is moved by this
// share back to where it began. Halfway a model has learned most of what is new and forgotten little of
// what it knew (Wortsman et al. 2022, arXiv 2109.01903). What has moved has not been judged: it is the best
// until it is validated. The run cannot be saved any more. Errors: ERR_STATE if it is not done.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_finish(ario_trainer *trainer, ario_error *error);

// Mean NLL over pieces to judge by, without dropout: blocks of M with as long a prefix as the context allows,
// spread evenly over all of them, of about `tokens` tokens in all (0: every one). *count tells how many were
// scored; 0, and *nll 0, if there is nothing to judge by. Changes the progress' seconds, and with patience
// what is known of the best; no weights. Errors: ERR_NUMBER.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_validate(ario_trainer *trainer, size_t tokens, double *nll,
                                                          size_t *count);

// Writes all that is needed to go on: weights, moments, and where the run stands; a binary file for a machine
// of the same byte order. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_save(const ario_trainer *trainer, const char *path,
                                                      ario_error *error);

// Puts a new trainer where a saved one stood. Errors: ERR_NOT_FOUND, ERR_IO; ERR_FORMAT if the file is
// damaged, or of another model, corpus, optimizer or seed than this trainer's. After an error the trainer
// is as before.
ARIO_API ARIO_NODISCARD ario_status ario_trainer_load(ario_trainer *trainer, const char *path,
                                                      ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
