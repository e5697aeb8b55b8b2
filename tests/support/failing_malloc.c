// SPDX-License-Identifier: MIT
//
// To be preloaded: lets one allocation of the program fail, ARIO_FAIL_AT = 1, 2 ..; with ARIO_COUNT_TO=FILE it writes there how
// many there were. Only calls from the program's own code count, libarioso with it: some libraries end the process
// where they get no memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// glibc's own names, which are there before any library is loaded.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static uintptr_t code_begin, code_end; // of the program
static size_t fail_at;                 // 0: none
static atomic_size_t seen;

static int find_code(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  (void)context;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    code_begin = info->dlpi_addr + part->p_vaddr;
    code_end = code_begin + part->p_memsz;
  }
  return 1; // the first one is the program
}

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("ARIO_FAIL_AT");
  fail_at = at ? strtoul(at, NULL, 10) : 0;
  dl_iterate_phdr(find_code, NULL);
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("ARIO_COUNT_TO");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
  if (file < 0) return;
  dprintf(file, "%zu\n", atomic_load(&seen));
  close(file);
}

static int fails(const void *caller) {
  if ((uintptr_t)caller < code_begin || (uintptr_t)caller >= code_end) return 0;
  if (atomic_fetch_add(&seen, 1) + 1 != fail_at) return 0;
  errno = ENOMEM;
  return 1;
}

__attribute__((visibility("default"))) void *malloc(size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}
