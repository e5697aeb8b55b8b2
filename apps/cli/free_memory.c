// SPDX-License-Identifier: MIT
//
// Free memory by /proc and control groups.
#include "apps/cli/free_memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

// The number in a file; SIZE_MAX if there is none ("max", or no such file).
static size_t number_in(const char *path) {
  FILE *file = fopen(path, "r");
  uintmax_t number;
  bool found = file && fscanf(file, "%ju", &number) == 1;
  if (file) fclose(file);
  return found && number < SIZE_MAX ? (size_t)number : SIZE_MAX;
}

// What Linux calls available; on other systems all memory.
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

// The limit of a control group (version 2) less what it uses.
static size_t of_group(void) {
  size_t limit = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (limit == SIZE_MAX || used == SIZE_MAX) return SIZE_MAX;
  return limit > used ? limit - used : 0;
}

size_t ario__memory_available(void) {
  size_t system = of_system(), group = of_group();
  return system < group ? system : group;
}
