// SPDX-License-Identifier: MIT
//
// Status codes, error texts and the macros that every public header of Arioso uses.
//
// Every function that can fail returns an ario_status. Objects come back by out-parameter, which is set to
// NULL on failure; the caller frees each with its one free function, which accepts NULL. The library never
// prints, exits or aborts. Functions that read from outside (files, a person's options) also take an
// ario_error, which on failure holds one line for that person.
#ifndef ARIOSO_STATUS_H
#define ARIOSO_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define ARIO_API          __attribute__((visibility("default")))
#define ARIO_NODISCARD    __attribute__((warn_unused_result))
#define ARIO_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define ARIO_API
#define ARIO_NODISCARD
#define ARIO_PRINTF(f, a)
#endif

#ifdef __cplusplus
extern "C" {
#endif

// X(name, value, text)
#define ARIO_STATUS_MAP(X)                                                                                   \
  X(OK, 0, "no error")                                                                                       \
  X(ERR_ARGUMENT, -1, "an argument is out of its range")                                                     \
  X(ERR_MEMORY, -2, "not enough memory")                                                                     \
  X(ERR_IO, -3, "reading or writing failed")                                                                 \
  X(ERR_NOT_FOUND, -4, "no such file")                                                                       \
  X(ERR_FORMAT, -5, "the data are not in the expected format")                                               \
  X(ERR_UNSUPPORTED, -6, "the data use a feature that is not supported")                                     \
  X(ERR_LIMIT, -7, "the data are larger than a limit")                                                       \
  X(ERR_NUMBER, -8, "a computed value is not a finite number")                                               \
  X(ERR_STATE, -9, "the object is not in a state that allows this call")

typedef enum ario_status {
#define ARIO_STATUS_ENUM(name, value, text) ARIO_##name = (value),
  ARIO_STATUS_MAP(ARIO_STATUS_ENUM)
#undef ARIO_STATUS_ENUM
} ario_status;

// The text of a status; "unknown status" for any other number. Never NULL; the string is static. Any thread.
ARIO_API const char *ario_strerror(ario_status status);

// One line for a person: what is wrong, where, and if it helps what to do; no full stop, no newline. A
// function that takes a pointer to one accepts NULL, and writes it only on failure.
typedef struct ario_error {
  char text[512];
} ario_error;

// Formats *error (may be NULL) like printf and returns `status`, so that `return ario_fail(...)` is one line.
// The result is made fit to be shown (arioso/text.h), because names come from files.
ARIO_API ario_status ario_fail(ario_error *error, ario_status status, const char *format, ...)
    ARIO_PRINTF(3, 4);

// A token: an index into a model's vocabulary. On disk: little-endian uint16.
typedef uint16_t ario_token;

#ifdef __cplusplus
}
#endif

#endif
