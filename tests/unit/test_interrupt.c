// SPDX-License-Identifier: MIT
//
// Signals: the first is noted, what comes within a second is the same wish, a later one ends the program, and
// what was ignored stays ignored. Each case is a process of its own.
#include "apps/cli/interrupt.h"
#include "tests/support/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void wait_milliseconds(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0) {
  }
}

// Runs a case in a child and returns how that ended. A case returns false for what it did not expect.
static int run(bool (*scene)(int), int signal_number) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(scene(signal_number) ? 0 : 1);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static bool noted_once(int number) {
  ario__interrupt_catch();
  if (ario__interrupt_check(NULL)) return false;
  raise(number);
  for (size_t i = 0; i < COUNT_OF(signals); i++) raise(signals[i]);
  if (ario__interrupt_check(NULL) != ARIO_ERR_STATE) return false;
  ario__interrupt_answer();
  if (ario__interrupt_check(NULL)) return false;
  raise(number);
  return !ario__interrupt_check(NULL); // still the same wish, which has been answered
}

static bool ended_later(int number) {
  ario__interrupt_catch();
  raise(number);
  wait_milliseconds(1100);
  raise(number);
  return false;
}

static bool ignored(int number) {
  signal(number, SIG_IGN);
  ario__interrupt_catch();
  raise(number);
  if (ario__interrupt_check(NULL)) return false;
  raise(number == SIGTERM ? SIGINT : SIGTERM); // the others are caught
  return ario__interrupt_check(NULL) == ARIO_ERR_STATE;
}

static void signals_of_one_second_are_one(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(signals); i++) assert_int_equal(run(noted_once, signals[i]), 0);
}

static void a_later_signal_ends_the_program(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(signals); i++) {
    int status = run(ended_later, signals[i]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signals[i]);
  }
}

static void ignored_signals_stay_ignored(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(signals); i++) assert_int_equal(run(ignored, signals[i]), 0);
}

int main(void) {
  for (size_t i = 0; i < COUNT_OF(signals); i++)
    signal(signals[i], SIG_DFL); // whoever runs this may ignore some
  const struct CMUnitTest tests[] = {cmocka_unit_test(signals_of_one_second_are_one),
                                     cmocka_unit_test(a_later_signal_ends_the_program),
                                     cmocka_unit_test(ignored_signals_stay_ignored)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
