// SPDX-License-Identifier: MIT
//
// The codec "midi-band": MIDI files of many instruments, in bars and beats <-> tokens. Time is metrical, in the
// file's own tempo map: a step is 1/48 of a quarter. The tokens, V = 712:
//
//   0 pad, 1 bos, 2 eos
//   3 bar                a bar begins: the next bar line, wherever the bar before stands
//   4 write              of the layout "accompany": what follows in this bar is to be written
//   5 after, 6 before, 7 between    of the layout "between": which bars follow
//   8 free               of the head: the piece keeps no beat
//   9.. density          of the head: 8 classes of notes a quarter
//   17.. bars            of the head: how many bars the piece goes on, 28 classes
//   45.. beats           of the meter, 1..32, and
//   77.. unit            what a beat is: 1/1, 1/2 .. 1/64
//   84.. tempo           64 bins: 20 * 2^(bin/16) quarters a minute
//   148.. shift          1..96 steps from the position before, the bar line at first
//   244.. instrument     programs 0..127, 128: drums
//   373.. pitch          0..127 of a note, whose length follows
//   501.. drum           0..127 of a drum, which has no length
//   629.. velocity       32 bins: bin = (velocity - 1) / 4, velocity = 4 bin + 3
//   661.. length         51 values (ario_band_length)
//
// Rules of encoding:
//   - a tick becomes 48 tick / division steps, rounded once, halves to even, from the file's time 0, where the first
//     bar begins; bars run to that of the last onset; a file whose time is SMPTE's is refused, it has no beats;
//   - a bar longer than 8 quarters or of more than 32 beats is cut into the fewest parts that are not, as equal as
//     whole beats allow; a change of meter begins a bar, and the bar that it cuts short has the meter that is nearest
//     to what is left of it;
//   - beats and unit stand in the first bar, and in each whose meter is not that of the bar before;
//   - tempo is the mean over a quarter, counted from the bar line (the last of a bar may be shorter); it stands in the
//     first bar, and at each of these quarters, up to the last onset, where it differs from the bin in force by more
//     than 3/4 of a bin (3.3 %);
//   - an instrument is the program of an onset's channel, or drums; channels and tracks of one program are one
//     instrument. It stands before an onset where the onset before in this bar is not its own;
//   - a velocity stands before an onset whose bin is not that of the instrument's onset before;
//   - which notes sound how long, and what are drums, is by the rules of arioso/channels.h: pedals are folded in, drums are
//     wherever a file declares them, each port has 16 channels; the end of the file ends all. Of onsets of one pitch and
//     instrument in one step the loudest count, of equally loud ones the longest and, behind it, the shortest if its
//     length is another (what a unison on one channel leaves of the other player's note);
//   - its length is the nearest of the 51 values, of two as near the shorter: every number of steps up to 12, then
//     what notes are written with, a fifth apart or less, up to 16 quarters, which stand for more, too;
//   - within a position tempo comes first; then instruments ascending, drums last; within one pitches ascending;
//   - shifts of 96 while more is left, and one of the rest; none where nothing follows in the bar.
// A sequence that these rules can produce is called canonical; encoding what a canonical sequence decodes to gives it
// back. bos begins a piece, eos ends it; a file without notes is bos and eos.
//
// A head may stand between bos and the first bar: free, density, bars and the instruments that will play, ascending,
// each of them or none: prompts and training have it, the tokens of a file do not. Three tasks are three layouts of
// the same music:
//
//   continue     bar, onsets, bar, onsets ...
//   accompany    in each bar first tempo and the onsets of the given instruments, then `write` and those of the
//                others, with positions from the bar line again
//   between      after, the bars behind the gap, before, those in front of it, between, those that fill it. Meter,
//                tempo, velocities stand anew behind each of the three marks
//
// A song is continued (arioso/symbolic.h) by these rules:
//   - The prompt is bos, a head of the instruments that play, and the bars from that of the first onset on. Of a prompt
//     that is too long as many bars are left out as it takes; the first that is left says meter, tempo and velocities.
//   - The continuation begins at the cut, rounded to a step, so at the bar line where that is one. Behind a whole song it
//     begins at the bar line that its notes have come to, drums aside; what sounds less than a quarter past one does not
//     count.
//   - It has the tempo and the meter that are in force there. Those that stand at the cut itself are in force: they are
//     kept, at the end of the first track. What the song says of them later is cut off with its notes. They stay, since
//     the song's tempo is exact, and the bins of tokens are up to 3 % off: a drawn change would lose the song's beat.
//   - The song's tracks are as they were up to the cut. Behind them, in their order, comes one for each instrument of a
//     track that goes on, named after it; new instruments have the last ones. Two tracks of one program are told apart
//     by range, drums by who has played them. What the song leaves sounding ends where it does in the song, at the latest
//     16 quarters after the cut, or with a new onset of its pitch; pedals go up at the cut.
//   - An instrument goes on on its channel as that sounds at the cut: program, bank, volume, pan, expression, effects. Only
//     bend, pressure and modulation are set back, and after a fade-out the volume is that before it. Where
//     others use the channel it says its own again, as it had them last. A new one says program, volume (100) and pan
//     (the middle) on a channel that nobody uses; where a port's 16 are in use, on the one that is used least.
//   - Alone it is a file of the song's time base, with the song's tempo and meter from the bar line on before which it
//     does not begin, the resets and drum parts that the song declares, and each instrument's program, bank, volume and
//     pan.
//
// All functions: any thread, as long as no object is freed meanwhile.
#ifndef ARIOSO_BAND_H
#define ARIOSO_BAND_H

#include "arioso/codec.h"
#include "arioso/constraint.h"
#include "arioso/song.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_BAND_PAD = 0,
  ARIO_BAND_BOS = 1,
  ARIO_BAND_EOS = 2,
  ARIO_BAND_BAR = 3,
  ARIO_BAND_WRITE = 4,
  ARIO_BAND_AFTER = 5,
  ARIO_BAND_BEFORE = 6,
  ARIO_BAND_BETWEEN = 7,
  ARIO_BAND_FREE = 8,
  ARIO_BAND_DENSITY = 9,      // + class
  ARIO_BAND_BARS = 17,        // + class
  ARIO_BAND_BEATS = 45,       // + beats - 1
  ARIO_BAND_UNIT = 77,        // + log2 of the unit's denominator
  ARIO_BAND_TEMPO = 84,       // + bin
  ARIO_BAND_SHIFT = 148,      // + steps - 1
  ARIO_BAND_INSTRUMENT = 244, // + program, or ARIO_BAND_DRUMS
  ARIO_BAND_PITCH = 373,
  ARIO_BAND_DRUM = 501,
  ARIO_BAND_VELOCITY = 629, // + bin
  ARIO_BAND_LENGTH = 661,   // + index
  ARIO_BAND_VOCAB = 712,

  ARIO_BAND_STEPS = 48, // a quarter
  ARIO_BAND_MAX_SHIFT = 96,
  ARIO_BAND_MAX_BAR = 384, // steps
  ARIO_BAND_DRUMS = 128,
  ARIO_BAND_INSTRUMENTS = 129,
  ARIO_BAND_LENGTHS = ARIO_BAND_VOCAB - ARIO_BAND_LENGTH,
  ARIO_BAND_TEMPOS = ARIO_BAND_SHIFT - ARIO_BAND_TEMPO,
  ARIO_BAND_MAX_QUARTERS = 1 << 18, // of a piece
};

// The steps that length `index` (below ARIO_BAND_LENGTHS) stands for, and the index nearest to a number of steps.
ARIO_API unsigned ario_band_length(unsigned index);
ARIO_API unsigned ario_band_length_index(int64_t steps);

// A song -> tokens [*count], bos and eos with them, to be freed with free(). Errors: ERR_UNSUPPORTED for SMPTE time,
// ERR_LIMIT where the last onset is later than ARIO_BAND_MAX_QUARTERS, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_band_encode(const ario_song *song, ario_token **tokens,
                                                     size_t *count, ario_error *error);

// Tokens -> a MIDI file of its own (type 1, 480 ticks a quarter), bytes to be freed with free(): a track of tempo and
// meters, and one for each instrument in the order of their programs; drums on channel 10, the 15 instruments of most
// notes on a channel each. The others, and notes whose pitch their instrument still holds (two violins in unison),
// are on channels that are free then, with changes of program; of 16 notes of one pitch one is cut. Any layout is read; what is out
// of place is dropped, a bar before the first meter is one of 4/4, a velocity before an instrument's first is 64.
// Errors: ERR_ARGUMENT for a token >= V, ERR_LIMIT for more than ARIO_BAND_MAX_QUARTERS, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_band_write(const ario_token *tokens, size_t count, uint8_t **bytes,
                                                    size_t *size, ario_error *error);

// ---- A grammar: which token may come next ----

typedef struct ario_band_grammar_options {
  bool until_end; // eos is allowed where a piece can end
  bool steady;    // tempo and meter stay as they were fed
  bool new_ones;  // instruments may begin that were not fed, neither in a head nor with an onset
  bool playing[ARIO_BAND_INSTRUMENTS]; // these may play as if they had been fed
  bool silent[ARIO_BAND_INSTRUMENTS];  // these may not, whatever was fed
  unsigned max_empty;                  // so many bars in a row may be empty
} ario_band_grammar_options;

// No end, only instruments that were fed, two empty bars.
ARIO_API ario_band_grammar_options ario_band_grammar_options_default(void);

enum { ARIO_BAND_SOUNDING = 192, ARIO_BAND_MOST_SOUNDING = 96, ARIO_BAND_MOST_PITCHED = 15 };

// Only canonical sequences of the layout "continue" within these limits, or of what follows `write` in a bar, and with at most 96 notes that sound and 15
// instruments beside drums at a time. Where none may play, all may. What was fed may have any layout. Plain data: copy
// it to branch. The fields are the grammar's own.
typedef struct ario_band_grammar {
  ario_band_grammar_options options;
  int16_t last;                           // token before, -1 at first
  bool begun, ended;                      // a bar has; eos was fed
  bool meter_due, tempo_due;              // must stand in this bar
  bool struck;                            // this bar has an onset
  bool strikes;                           // no time may pass before the next onset
  bool heard[ARIO_BAND_INSTRUMENTS];      // in a head or with an onset
  int8_t velocity[ARIO_BAND_INSTRUMENTS]; // bin in force, -1: none
  int beats, log2_unit;                   // of the meter in force, 0: none
  int next_beats;                         // said, the unit must follow; 0: none
  int tempo;                              // bin in force, -1: none
  int position, length;                   // in the bar, of the bar: steps
  int instrument;                         // in force in this bar, -1: none
  int at, pitch;                          // the last onset's at this position, -1: none
  int due_pitch;                          // its length must follow, -1: none
  unsigned empty;                         // bars in a row without an onset before this one
  int64_t line;                           // steps from the first bar line to this
  int64_t not_before;                     // and to where the next onset may come
  unsigned sounding;                      // notes that may sound, [sounding] of
  struct {
    int64_t start;
    uint8_t instrument, pitch, length;
  } notes[ARIO_BAND_SOUNDING];
} ario_band_grammar;

// NULL options stand for the defaults.
ARIO_API void ario_band_grammar_init(ario_band_grammar *grammar, const ario_band_grammar_options *options);

// Takes note of tokens, of a prompt or drawn. Those that are not canonical are taken as decoding takes them.
ARIO_API void ario_band_grammar_feed(ario_band_grammar *grammar, const ario_token *tokens, size_t count);

// The next onset may not come before `steps` more have passed from where the grammar stands.
ARIO_API void ario_band_grammar_wait(ario_band_grammar *grammar, int64_t steps);

// No time may pass before the next onset, if anybody may play.
ARIO_API void ario_band_grammar_strike(ario_band_grammar *grammar);

// Fills allowed [ARIO_BAND_VOCAB]. At least one token is allowed, unless eos was fed.
ARIO_API void ario_band_grammar_allowed(const ario_band_grammar *grammar, bool *allowed);

// The grammar as a constraint of a sampler.
ARIO_API ario_constraint ario_band_constraint(const ario_band_grammar *grammar);

// ---- Variations, for training ----

// Writes to out [room] a variation of the run tokens [count] of a file's tokens, and returns how many tokens it wrote:
// all, or the first `room` of them.
//   - Pitches go up by `semitones`; where one would leave 0..127, all go by what comes nearest. Drums stay.
//   - A tempo's bin goes down by 16 log2(tempo), rounded, within the bins.
// That is all where the variation's seed is 0. Otherwise these are drawn from it:
//   - which instruments are left out (in one of five runs, each with one chance in three; one stays), and which take
//     another program of their family of eight that nobody plays (one in eight);
//   - whether the run begins as a piece does (one of two), with bos, and at its first bar line with meter, tempo and
//     velocities; otherwise it begins at its first bar line with nothing in force anew;
//   - the head of such a beginning: all of it (one of four), nothing (one of four), or each token with one chance in
//     two. `free`: of 16 onsets or more less than 55 % are within a step of a sixteenth or a triplet's eighth; density:
//     below 0.5, 1, 2, 3, 4.5, 7, 11 onsets a quarter, or above; bars: 1 to 8, 10, 12, 14, 16, 20 .. 256, the largest
//     of these that the piece still reaches from here, in the layout "between" the gap;
//   - its layout: seven of ten continue; two accompany, each instrument given with one chance in two, some but not
//     all; one has a gap of up to half of its bars, 16 at most, between others. The latter two begin as a piece does,
//     the last ends with eos. What is given is marked so.
// A run that holds no bar line is varied as with seed 0, and so is every run where there is no memory.
ARIO_API size_t ario_band_vary(const ario_token *tokens, size_t count, const ario_variation *variation,
                               ario_token *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
