// SPDX-License-Identifier: MIT
//
// The output of bench: tables and JSON.
#include "apps/cli/report.h"
#include "apps/commands/bench.h"
#include "arioso/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void ario__bench_print_machine(const ario__bench_machine *machine) {
  printf("%.60s, %zu thread%s\n", machine->processor, machine->threads, machine->threads == 1 ? "" : "s");
  printf("  kernels          %s; training in bf16: %s\n  matrix products  ",
         ario_kernels_name(ARIO_KERNELS_FAST),
         ario_train_kernels_name(ARIO_KERNELS_FAST, ARIO_PRECISION_BF16));
  for (int p = 0; p < ARIO_PRECISION_INT8; p++) {
    printf("%s%s ", p ? ", " : "", ario_precision_name((ario_precision)p));
    if (machine->products[p] > 0)
      printf("%.0f GFLOP/s", machine->products[p] / 1e9);
    else
      printf("not on this processor");
  }
  printf("\n  memory           ");
  bool first = true;
  for (int p = 0; p < ARIO__PRECISIONS; p++) {
    if (!(machine->token_bytes[p] > 0)) continue;
    printf(first ? "read at %.1f GB/s (%.3g MB)" : ", %.1f (%.3g)", machine->bandwidth[p] / 1e9,
           machine->token_bytes[p] / 1e6);
    first = false;
  }
  printf("\n\n");
  fflush(stdout);
}

void ario__bench_print_heading(void) {
  printf("%-10s %-9s %7s %9s %8s %8s %5s %8s %8s\n", "work", "precision", "context", "seconds", "tokens/s",
         "limit", "share", "p99.9/50", "memory");
}

// text [16] = the number in four digits; "-" for NAN.
static const char *digits(char *text, double number) {
  if (!isfinite(number))
    strcpy(text, "-");
  else if (number >= 1000)
    snprintf(text, 16, "%.0f", number);
  else
    snprintf(text, 16, "%.4g", number);
  return text;
}

static const char *size_text(char *text, size_t bytes) {
  double megabytes = (double)bytes / 1e6;
  snprintf(text, 16, megabytes < 1000 ? "%.3g MB" : "%.0f MB", megabytes);
  return text;
}

static double limit_tokens_per_s(const ario__bench_row *row) {
  return row->tokens_per_s * row->seconds / row->limit_seconds;
}

void ario__bench_print_row(const ario__bench_row *row) {
  char seconds[16], tokens[16], limit[16], tail[16], memory[16];
  printf("%-10s %-9s %7zu %9s %8s %8s %3.0f %% %8s %8s\n", ario__bench_work_name(row->work),
         ario_precision_name(row->precision), row->context, digits(seconds, row->seconds),
         digits(tokens, row->tokens_per_s), digits(limit, limit_tokens_per_s(row)),
         100 * row->limit_seconds / row->seconds, digits(tail, row->p999_over_median),
         size_text(memory, row->memory));
  fflush(stdout);
}

void ario__bench_report_row(ario__report *rows, const ario__bench_row *row) {
  ario__report *entry = ario__report_add_object(rows, NULL);
  ario__report_add_text(entry, "work", ario__bench_work_name(row->work));
  ario__report_add_text(entry, "precision", ario_precision_name(row->precision));
  ario__report_add_whole(entry, "channels", row->channels);
  ario__report_add_whole(entry, "layers", row->layers);
  ario__report_add_whole(entry, "heads", row->heads);
  ario__report_add_whole(entry, "context", row->context);
  ario__report_add_whole(entry, "latents", row->latents);
  ario__report_add_whole(entry, "batch", row->batch);
  ario__report_add_whole(entry, "threads", row->threads);
  ario__report_add_number(entry, "seconds", row->seconds);
  ario__report_add_number(entry, "tokens_per_s", row->tokens_per_s);
  ario__report_add_number(entry, "p999_over_median", row->p999_over_median);
  ario__report_add_number(entry, "limit_tokens_per_s", limit_tokens_per_s(row));
  ario__report_add_text(entry, "limit", row->limit);
  ario__report_add_whole(entry, "memory_bytes", row->memory);
}
