// SPDX-License-Identifier: MIT
//
// Free memory, as the system tells it.
#include "apps/cli/free_memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

// The number in a file that holds one; SIZE_MAX where there is none ("max", or no such file).
static size_t number_in(const char *path) {
  FILE *file = fopen(path, "r");
  uintmax_t number;
  bool found = file && fscanf(file, "%ju", &number) == 1;
  if (file) fclose(file);
  return found && number < SIZE_MAX ? (size_t)number : SIZE_MAX;
}

// What Linux says is available; elsewhere all that is built in.
static size_t of_system(void) {
  FILE *file = fopen("/proc/meminfo", "r");
  char line[128];
  uintmax_t kilobytes = 0;
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "MemAvailable: %ju", &kilobytes) == 1) break;
  if (file) fclose(file);
  if (kilobytes) return (size_t)(kilobytes * 1024);
  return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

// Of a control group (version 2): its limit less what it uses.
static size_t of_group(void) {
  size_t limit = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (limit == SIZE_MAX || used == SIZE_MAX) return SIZE_MAX;
  return limit > used ? limit - used : 0;
}

size_t ario__memory_available(void) {
  size_t system = of_system(), group = of_group();
  return system < group ? system : group;
}
