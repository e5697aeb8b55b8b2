// SPDX-License-Identifier: MIT
//
// The codec "raw": tokens that have no meaning to us - text, pictures, whatever a file holds. Its vocabulary
// is the model's:
//   - V = 256: a token is a byte, and any file that is not empty is a piece;
//   - any other V: a piece is a token file (arioso/tokens.h), two bytes per token.
// There are no tokens for beginning and end: a piece's first token is given, never predicted.
#ifndef ARIOSO_RAW_H
#define ARIOSO_RAW_H

// The vocabulary of bytes.
enum { ARIO_RAW_BYTES = 256 };

#endif
