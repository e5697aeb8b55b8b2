// SPDX-License-Identifier: MIT
//
// New music inside a song: parts for instruments beside those that play already (`accompany`), or bars between others
// (`between`). A codec of notes that can do it fills this table (`ario_symbolic.fill`); programs name no codec.
//
//   const ario_symbolic_fill *fill = symbolic->fill;
//   fill->open(song, &options, &place, &error);       // what is written, and what the model hears
//   fill->begin(&place, &draft);                      // one take
//   while (!fill->next(draft, &stretch) && stretch.count) {
//     if (stretch.anew) ario_session_reset(session);
//     ... feed stretch.tokens into the session; draw by stretch.grammar, and hand each token to
//     going = fill->take(draft, &token);              // false: the stretch is complete, and the session is not fed it
//   }
//   fill->write(&place, draft, false, &file, &error); // the song with it
//   fill->end(draft);
//   fill->close(&place);
//
// A take is made in stretches, of bars where the codec knows them: what is given in a bar is fed, what is written there is
// drawn. A piece that is longer than the model's context is made in windows: a stretch that begins anew has the newest
// bars, with what was written in them.
//
// Times are microseconds of the song. Threads: an ario_fill is immutable once it is open; a draft is for one thread.
#ifndef ARIOSO_FILL_H
#define ARIOSO_FILL_H

#include "arioso/constraint.h"
#include "arioso/song.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_FILL_DRUMS = 128, // among instruments: programs 0..127, and drums
  ARIO_FILL_INSTRUMENTS = 129,
  ARIO_FILL_ASKS = 32,
};

// An instrument that is asked for: one of those that are marked; the model chooses among several.
typedef struct ario_fill_ask {
  bool any[ARIO_FILL_INSTRUMENTS];
} ario_fill_ask;

typedef struct ario_fill_options {
  ario_prompt_options part; // from, to: what is written, in whole bars; tracks: what the model hears
  const ario_fill_ask
      *asks; // [ask_count] parts beside those that are there; none: all that is heard from `from` to `to`
  size_t ask_count;              // is written anew. At most ARIO_FILL_ASKS
  bool instead;                  // what the asked instruments play there leaves, on any track
  int64_t max_silence, max_note; // as in ario_passage_options
  size_t most;                   // tokens of the model's context
} ario_fill_options;

// Where new music goes.
typedef struct ario_fill {
  int64_t begin, end; // microseconds: of what is written
  size_t bars;        // that are written; 0: the codec counts none
  size_t notes;       // that the model hears
  size_t leaving;     // notes that leave
  bool who_leaves[ARIO_FILL_INSTRUMENTS];
  void *own; // private to the codec
} ario_fill;

typedef struct ario_draft ario_draft;     // a take in the making
typedef struct ario_passage ario_passage; // arioso/symbolic.h

// What is drawn next.
typedef struct ario_stretch {
  const ario_token
      *tokens; // [count] to be fed first; count 0: the take is complete. Valid until the next call
  size_t count;
  bool anew;               // they begin a sequence: what the session was fed before is forgotten
  ario_constraint grammar; // of the codec, has been fed the tokens
  bool strikes; // with `onset` beside it, for the whole sequence: no time may pass before the first note
  ario_constraint onset;
  const ario_passage
      *passage; // of those that begin anew, for ario_symbolic.steer; otherwise NULL. Valid like them
} ario_stretch;

// How much of a take there is.
typedef struct ario_fill_progress {
  double done;  // 0 .. 1
  size_t notes; // that were written
} ario_fill_progress;

// The tokens of what stands before a place with what follows it, for a model to judge.
typedef struct ario_fill_passage {
  ario_token *tokens; // [count]
  bool *judged;       // [count]: of what follows
  size_t count;
} ario_fill_passage;

// A file with new music.
typedef struct ario_fill_file {
  uint8_t *bytes; // [size]
  size_t size;
  size_t sharing; // instruments that have no channel of their own
} ario_fill_file;

// What stands in the place while what follows is judged.
typedef enum ario_fill_middle {
  ARIO_FILL_DRAFT,    // a take
  ARIO_FILL_ORIGINAL, // what leaves
  ARIO_FILL_NOTHING,
} ario_fill_middle;

typedef struct ario_symbolic_fill {
  bool parts; // it can write parts beside others; otherwise only what all play

  // Finds the place. The caller closes it in any case. Errors: ERR_ARGUMENT where options contradict the song, with the
  // reason; ERR_UNSUPPORTED, ERR_FORMAT for a song without notes to go by; ERR_LIMIT, ERR_MEMORY.
  ario_status (*open)(const ario_song *song, const ario_fill_options *options, ario_fill *fill,
                      ario_error *error);
  void (*close)(ario_fill *fill); // safe on a zeroed one

  // Begins a take. The caller ends it with `end`, which is safe on NULL. Errors: ERR_MEMORY.
  ario_status (*begin)(const ario_fill *fill, ario_draft **draft);
  void (*end)(ario_draft *draft);

  // What is fed and drawn next. Errors: ERR_MEMORY.
  ario_status (*next)(ario_draft *draft, ario_stretch *stretch);

  // Takes a drawn token, which it may replace. False: it ends the stretch.
  bool (*take)(ario_draft *draft, ario_token *token);

  ario_fill_progress (*progress)(const ario_draft *draft);

  // Who writes: the instruments that were asked for, as they were chosen, or those that were used. playing [ARIO_FILL_INSTRUMENTS].
  void (*players)(const ario_draft *draft, bool *playing);

  // What follows the place, after at most `most` tokens of what stands there and before it. draft: of ARIO_FILL_DRAFT,
  // otherwise NULL. What is judged are the same tokens whatever stands there. The caller frees tokens and judged. Errors:
  // ERR_MEMORY; ERR_FORMAT where nothing follows.
  ario_status (*follow)(const ario_fill *fill, ario_fill_middle middle, const ario_draft *draft, size_t most,
                        ario_fill_passage *passage);

  // The song with the new music, each instrument of it on a track and, as long as there are any, a channel of its own;
  // the song's tracks keep their bytes but for the notes that leave. alone: the new tracks without the song's, with its
  // tempo and meters. draft NULL: the song without what leaves. The caller frees file->bytes. Errors: ERR_LIMIT, ERR_MEMORY.
  ario_status (*write)(const ario_fill *fill, const ario_draft *draft, bool alone, ario_fill_file *file,
                       ario_error *error);
} ario_symbolic_fill;

#ifdef __cplusplus
}
#endif

#endif
