// SPDX-License-Identifier: MIT
//
// The machine's limits: its speeds, and the least times that follow from them by arioso/cost.h.
#include "apps/commands/bench.h"
#include "arioso/cost.h"
#include "arioso/machine.h"

#include <stdio.h>
#include <string.h>

void ario__bench_processor(char *name, size_t room) {
  FILE *file = fopen("/proc/cpuinfo", "r");
  char line[256];
  snprintf(name, room, "unknown processor");
  while (file && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon) continue;
    colon += 1 + strspn(colon + 1, " \t");
    snprintf(name, room, "%.*s", (int)strcspn(colon, "\n"), colon);
    break;
  }
  if (file) fclose(file);
}

ario_status ario__bench_machine_measure(const ario__bench_setup *setup, const bool wanted[ARIO__PRECISIONS],
                                        ario__bench_machine *machine, ario_error *error) {
  const ario_config *config = &setup->config;
  *machine = (ario__bench_machine){.threads = setup->threads};
  ario__bench_processor(machine->processor, sizeof machine->processor);
  ario_status status = ARIO_OK;
  for (int p = 0; p < ARIO__PRECISIONS && !status; p++) {
    status = ario_machine_products((ario_precision)p, setup->threads, &machine->products[p]);
    if (status || !wanted[p]) continue;
    double bytes = ario_cost_token_bytes(config, (ario_precision)p, config->max_context, config->max_latents,
                                         setup->batch);
    machine->token_bytes[p] = bytes;
    status = ario_machine_bandwidth((size_t)bytes, setup->threads, &machine->bandwidth[p]);
  }
  return status ? ario_fail(error, status, "measuring the machine: %s", ario_strerror(status)) : ARIO_OK;
}

// A precision without instructions of its own is computed in the next best one.
static ario_precision stand_in(const ario__bench_machine *machine, ario_precision precision) {
  if (machine->products[precision] > 0) return precision;
  bool bf16 = precision == ARIO_PRECISION_INT8 && machine->products[ARIO_PRECISION_BF16] > 0;
  return bf16 ? ARIO_PRECISION_BF16 : ARIO_PRECISION_FP32;
}

static double flops_of(const ario_config *config, const ario__bench_row *row) {
  switch (row->work) {
  case ARIO__TRAIN: return (double)row->batch * ario_cost_train_flops(config, row->context, row->latents);
  case ARIO__PREFILL: return ario_cost_prefill_flops(config, row->context, row->latents);
  case ARIO__OPTIMIZER: return ario_cost_muon_flops(config);
  default: return 0;
  }
}

void ario__bench_limit(const ario__bench_machine *machine, const ario_config *config, ario__bench_row *row) {
  double flops = flops_of(config, row);
  if (flops > 0) {
    ario_precision precision = stand_in(machine, row->precision);
    row->limit_seconds = flops / machine->products[precision];
    snprintf(row->limit, sizeof row->limit, "%.4g GFLOP of matrix products at the %.4g GFLOP/s of %s",
             flops / 1e9, machine->products[precision] / 1e9, ario_precision_name(precision));
  } else {
    double bytes = ario_cost_token_bytes(config, row->precision, row->context, row->latents, row->batch);
    row->limit_seconds = bytes / machine->bandwidth[row->precision];
    snprintf(row->limit, sizeof row->limit, "%.4g MB of weights and caches %s, read at %.4g GB/s",
             bytes / 1e6, row->batch > 1 ? "for a token of each take" : "a token",
             machine->bandwidth[row->precision] / 1e9);
  }
}
