// SPDX-License-Identifier: MIT
//
// Tokens -> one more track of a song whose tracks are copied, or a file of this track alone, with the song's tempo map,
// meter and place in the bar.
#include "codecs/midi/channel_setup.h"
#include "codecs/midi/loudness.h"
#include "codecs/midi/performance_tokens.h"
#include "codecs/midi/song.h"
#include "codecs/midi/song_copy.h"
#include "codecs/midi/track_write.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_TICK = 5000 }; // microseconds: half a step, so that each step has a tick that rounds to it

// ---- The song up to the cut ----

enum { VOLUME = 7, EXPRESSION = 11 }; // CC

typedef struct writer {
  const ario_song *song;
  const ario_prompt *prompt;
  ario__buffer file;
  ario__track_events list;
  ario__song_copy copy;
  size_t tempo_count;  // tempos of the song before the cut
  bool cut;            // something of the song is cut off
  bool alone;          // without the song's tracks
  ario_channel fresh;  // alone: what the new channel was before
  uint32_t base;       // tick of the song that is tick 0 of the file
  uint32_t begin;      // tick of the file at which the continuation begins
  unsigned target;     // channel of the new notes
  ario_channels state; // as the song leaves it there
  size_t notes[ARIO_MIDI_CHANNELS];
  bool lifted[ARIO_MIDI_CHANNELS]; // the pedals went up
  ario__loudness loudness;         // of the lead channel
  ario_status status;              // the first thing that went wrong
} writer;

static void find_cut(writer *w) {
  const ario_song *song = w->song;
  size_t low = 0, high = song->smf.event_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (song->events[middle].microseconds < w->prompt->cut)
      low = middle + 1;
    else
      high = middle;
  }
  w->copy.kept = low;
  w->cut = w->prompt->cut <= song->end_microseconds;
  w->tempo_count = song->tempo_count;
  while (low < song->smf.event_count && w->tempo_count > 1 &&
         song->tempos[w->tempo_count - 1].tick >= song->events[low].tick)
    w->tempo_count--;
}

// The factor on the time base: how many times half a step fits into a tick, at the slowest tempo from the
// continuation on, rounded up.
static void find_factor(writer *w) {
  const ario_song *song = w->song;
  int64_t begin = w->prompt->begin * 10000, slowest = 1;
  for (size_t i = w->tempo_count; i-- > 0;) {
    if (song->tempos[i].tempo > slowest) slowest = song->tempos[i].tempo;
    if (song->tempos[i].elapsed / song->division <= begin) break;
  }
  int64_t longest = LONGEST_TICK * song->division;
  w->copy.factor = (unsigned)((slowest + longest - 1) / longest);
  uint64_t room = song->smf.frames ? 255 : 32767;
  if ((uint64_t)song->smf.division * w->copy.factor > room ||
      (uint64_t)song->end_tick * w->copy.factor > ARIO__SMF_MAX_TICK)
    w->status = ARIO_ERR_LIMIT;
}

// The tick nearest to a time in microseconds, in the new time base; with `up` the first whose time, rounded
// to microseconds, is not before it.
static uint32_t tick_of(writer *w, int64_t microseconds, bool up) {
  const ario_song *song = w->song;
  if (microseconds > INT64_MAX / 4 / song->division) {
    w->status = ARIO_ERR_LIMIT;
    return 0;
  }
  int64_t elapsed = microseconds * song->division - (up ? song->division / 2 : 0);
  if (elapsed < 0) elapsed = 0;
  size_t low = 0, high = w->tempo_count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (song->tempos[middle].elapsed <= elapsed)
      low = middle;
    else
      high = middle;
  }
  const ario__tempo *tempo = &song->tempos[low];
  int64_t rest = elapsed - tempo->elapsed, length = tempo->tempo;
  if ((double)tempo->tick * w->copy.factor + (double)rest * w->copy.factor / (double)length >
      ARIO__SMF_MAX_TICK - 1.0) {
    w->status = ARIO_ERR_LIMIT;
    return 0;
  }
  int64_t whole = rest / length, part = (rest % length) * w->copy.factor;
  return (uint32_t)(((int64_t)tempo->tick + whole) * w->copy.factor +
                    (part + (up ? length - 1 : length / 2)) / length);
}

static const ario_channel *lead_of(const writer *w) {
  return &w->state.channels[w->prompt->lead];
}

// What the channel of the new notes was before them.
static const ario_channel *target_of(const writer *w) {
  return w->alone ? &w->fresh : &w->state.channels[w->target];
}

static int or_normal(int value, int normal) {
  return value < 0 ? normal : value;
}

// The lead channel sounds up to a time as it is now.
static void hear_lead(writer *w, int64_t microseconds) {
  const ario_channel *lead = lead_of(w);
  if (!lead->sounding) return;
  ario__loudness_add(&w->loudness, microseconds, or_normal(lead->control[VOLUME], 100),
                     or_normal(lead->control[EXPRESSION], 127));
}

static void find_state(writer *w) {
  const ario_song *song = w->song;
  int64_t now = 0, end = w->cut ? w->prompt->cut : song->end_microseconds;
  ario_channels_init(&w->state);
  for (size_t i = 0; i < w->copy.kept; i++) {
    const ario_midi_event *event = &song->events[i];
    hear_lead(w, event->microseconds - now);
    now = event->microseconds;
    ario_channels_feed(&w->state, event->port, event->tick, event->bytes, event->size, NULL, NULL);
    if ((event->bytes[0] & 0xf0) == 0x90 && event->bytes[2] > 0)
      w->notes[16 * event->port + (event->bytes[0] & 15)]++;
  }
  hear_lead(w, end - now);
  if (w->loudness.failed) w->status = ARIO_ERR_MEMORY;
}

// A channel that nothing uses, else one without notes, else the one with the fewest; never drums. Of the lead
// channel's port first.
static void choose_channel(writer *w) {
  size_t best = SIZE_MAX, all = 16 * w->song->port_count, first = w->prompt->lead & ~15u;
  for (size_t i = 0; i < all; i++) {
    unsigned c = (unsigned)((first + i) % all);
    size_t cost = w->notes[c] ? w->notes[c] + 1 : w->state.channels[c].used;
    if (w->state.channels[c].drums || c % 16 == ARIO_MIDI_DRUM_CHANNEL || cost >= best) continue;
    best = cost;
    w->target = c;
  }
}

// ---- The new track ----

// The step of a tick of the new time base.
static int64_t tick_step(const writer *w, int64_t tick) {
  const ario_song *song = w->song;
  int64_t whole = tick / w->copy.factor, part = tick % w->copy.factor;
  const ario__tempo *tempo = ario__tempo_at(song->tempos, w->tempo_count, (uint32_t)whole);
  int64_t elapsed =
      tempo->elapsed + (whole - tempo->tick) * tempo->tempo + part * tempo->tempo / w->copy.factor;
  return ario__steps(elapsed, song->division);
}

// If the cut falls into the continuation's first step, what is closed at the cut is closed before anything
// begins. Alone it begins in its place of the bar.
static void find_begin(writer *w) {
  w->begin = tick_of(w, w->prompt->begin * 10000, false);
  if (w->copy.close > w->begin && tick_step(w, w->copy.close) == w->prompt->begin)
    w->begin = (uint32_t)w->copy.close;
  if (w->alone) w->base = tick_of(w, ario__song_line(w->song, w->prompt), false);
  w->begin -= w->base;
}

static uint32_t step_tick(writer *w, int64_t step) {
  if (step <= w->prompt->begin) return w->begin;
  if (step <= INT64_MAX / 10000) return tick_of(w, step * 10000, false) - w->base;
  w->status = ARIO_ERR_LIMIT;
  return 0;
}

static void lift_pedals(writer *w, unsigned channel, uint32_t tick) {
  if (!w->lifted[channel]) ario__channel_lift(&w->list, tick, channel, &w->state.channels[channel]);
  w->lifted[channel] = true;
}

static void end_key(writer *w, unsigned channel, unsigned pitch, uint32_t tick) {
  int64_t moment = tick % w->copy.factor ? -1 : (int64_t)(tick / w->copy.factor);
  ario__channel_end_key(&w->list, tick, moment, channel, &w->state.channels[channel], pitch);
}

// Ends, at the cut or at the song's end, what no token will end: notes that are not in the prompt, notes that
// the song leaves on, pedals that it leaves down.
static void close_rest(writer *w) {
  uint64_t open = 0; // channels on which a note waits for its token
  uint32_t tick = (uint32_t)w->copy.close;
  for (unsigned p = 0; p < ARIO__PITCHES; p++) open |= w->prompt->open_on[p];
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    if (!w->state.channels[c].used) continue;
    for (unsigned p = 0; p < ARIO__PITCHES; p++)
      if (!(w->prompt->open_on[p] >> c & 1)) end_key(w, c, p, tick);
    if (!(open >> c & 1) || c == w->target) lift_pedals(w, c, tick);
  }
}

// A token ends a pitch that sounds at the cut. The first such token of a channel also raises its pedals: in
// training data several notes end where the pedal does.
static void end_open(writer *w, unsigned pitch, int64_t step) {
  uint32_t tick = step_tick(w, step);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS && !w->alone; c++) {
    if (!(w->prompt->open_on[pitch] >> c & 1)) continue;
    end_key(w, c, pitch, tick);
    lift_pedals(w, c, tick);
  }
}

// Sets a registered parameter; its messages come one after the other. Returns the order of what may follow.
static unsigned set_parameter(writer *w, unsigned order, unsigned number, int value) {
  const unsigned messages[][2] = {{101, 0},          {100, number}, {6, value >> 7 & 127},
                                  {38, value & 127}, {101, 127},    {100, 127}};
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
    ario__track_add(&w->list, w->begin, order++, w->target, 0xb0, messages[i][0], messages[i][1]);
  return order;
}

// The channel bends as it does by itself, and is tuned as the lead channel.
static void tune_channel(writer *w) {
  static const int normal[ARIO_RPN_COUNT] = {2 << 7, 64 << 7, 64 << 7};
  unsigned order = ARIO__ORDER_SEQUENCE;
  for (unsigned i = 0; i < ARIO_RPN_COUNT; i++) {
    int lead = i == ARIO_RPN_BEND_RANGE ? normal[i] : or_normal(lead_of(w)->rpn[i], normal[i]);
    if (or_normal(target_of(w)->rpn[i], normal[i]) != lead) order = set_parameter(w, order, i, lead);
  }
}

// What the lead channel's controller has been while its notes sounded as loud as the passage; -1: never set. The bank is
// that of its program, and never one of drums: a channel that plays notes may become drums later.
static int value_of(const writer *w, unsigned taken) {
  const ario_channel *lead = lead_of(w);
  unsigned number = ario__taken_over[taken].number;
  int volume = 100, expression = 127;
  if (taken == ARIO__BANK) {
    bool drums = lead->drums || ario_channels_drum_bank(&w->state, w->target, lead->program_bank);
    return drums ? -1 : lead->program_bank;
  }
  if (lead->control[number] < 0 || (number != VOLUME && number != EXPRESSION)) return lead->control[number];
  (void)!ario__loudness_level(&w->loudness, &volume, &expression);
  return number == VOLUME ? volume : expression;
}

// Sets program and controllers of the lead channel, and default values where only the target channel has set
// them.
static void set_up_channel(writer *w) {
  const ario_channel *target = target_of(w);
  ario__channel_set_back(&w->list, w->begin, w->target, target);
  tune_channel(w);
  for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++) {
    int value = value_of(w, i);
    if (value < 0 && target->control[ario__taken_over[i].number] >= 0) value = ario__taken_over[i].normal;
    if (value >= 0)
      ario__track_add(&w->list, w->begin, ARIO__ORDER_CONTROL, w->target, 0xb0, ario__taken_over[i].number,
                      (unsigned)value);
  }
  int program = lead_of(w)->drums ? -1 : lead_of(w)->program;
  if (program < 0 && target->program >= 0) program = 0;
  if (program >= 0)
    ario__track_add(&w->list, w->begin, ARIO__ORDER_PROGRAM, w->target, 0xc0, (unsigned)program, 0);
}

static void add_notes(writer *w, const ario__decoder *decoder, const bool *sounding) {
  bool open[ARIO__PITCHES], fresh = false;
  memcpy(open, sounding, sizeof open);
  for (size_t i = 0; i < decoder->count && !w->status; i++) {
    const ario_note *note = &decoder->notes[i];
    int64_t start = w->prompt->origin + note->start, end = w->prompt->origin + note->end;
    if (open[note->pitch]) { // the first note to end is the prompt's
      open[note->pitch] = false;
      end_open(w, note->pitch, end);
      continue;
    }
    if (start < w->prompt->begin) start = w->prompt->begin;
    if (end <= start) end = start + 1;
    ario__track_add(&w->list, step_tick(w, start), ARIO__ORDER_ON, w->target, 0x90, note->pitch,
                    note->velocity);
    ario__track_add(&w->list, step_tick(w, end), ARIO__ORDER_OFF, w->target, 0x80, note->pitch, 0);
    fresh = true;
  }
  if (fresh) set_up_channel(w);
}

static void continue_notes(writer *w, const ario_token *tokens, size_t count) {
  ario__decoder decoder;
  bool sounding[ARIO__PITCHES];
  ario__decoder_init(&decoder);
  ario_status status = ario__decoder_feed(&decoder, w->prompt->tokens, w->prompt->count);
  memcpy(sounding, decoder.sounding, sizeof sounding);
  decoder.count = 0;
  if (!status) status = ario__decoder_feed(&decoder, tokens, count);
  if (!status) status = ario__decoder_end(&decoder);
  if (!status) add_notes(w, &decoder, sounding);
  ario__decoder_free(&decoder);
  if (status) w->status = status;
}

static void write_new_track(writer *w, const ario_token *tokens, size_t count) {
  static const uint8_t name[] = {0, 0xff, 3, 6, 'A', 'r', 'i', 'o', 's', 'o'},
                       one_port[ARIO_MIDI_PORTS] = {0};
  if (!w->alone) close_rest(w);
  continue_notes(w, tokens, count);
  if (w->status) return;
  size_t begin = ario__begin_chunk(&w->file);
  ario__buffer_add(&w->file, name, sizeof name);
  if (!ario__track_write(&w->file, &w->list, w->alone ? one_port : w->song->ports))
    w->status = ARIO_ERR_LIMIT;
  if (w->list.failed) w->status = ARIO_ERR_MEMORY;
  ario__end_chunk(&w->file, begin);
}

// The first track of a file of the continuation alone: the meter and tempo in which it begins, and what the song says of
// them from there to the cut.
static void write_map(writer *w) {
  const ario_song *song = w->song;
  size_t begin = ario__begin_chunk(&w->file), m = 0, t = 0, meters = song->meter_count;
  uint64_t factor = w->copy.factor, base = w->base, now = base;
  while (w->cut && meters > 1 && (int64_t)(song->meters[meters - 1].tick * factor) >= w->copy.close) meters--;
  while (m + 1 < meters && song->meters[m + 1].tick * factor <= base) m++;
  while (t + 1 < w->tempo_count && song->tempos[t + 1].tick * factor <= base) t++;
  while (!song->smf.frames && (m < meters || t < w->tempo_count)) {
    uint64_t meter = m < meters ? song->meters[m].tick * factor : UINT64_MAX;
    uint64_t tempo = t < w->tempo_count ? song->tempos[t].tick * factor : UINT64_MAX;
    uint64_t next = meter < tempo ? meter : tempo; // what is in force at the beginning may be older
    uint32_t delta = (uint32_t)(next > now ? next - now : 0);
    if (next > now) now = next;
    if (meter <= tempo || meter <= base) {
      ario__put_meter(&w->file, delta, song->meters[m].numerator, song->meters[m].log2_denominator);
      m++;
    } else {
      ario__put_tempo(&w->file, delta, song->tempos[t].tempo);
      t++;
    }
  }
  ario__end_of_track(&w->file, 0);
  ario__end_chunk(&w->file, begin);
}

static void write_tracks(writer *w, const ario_token *tokens, size_t count) {
  const ario__smf *smf = &w->song->smf;
  size_t tracks = w->alone ? 1 : smf->track_count;
  unsigned division = smf->division * w->copy.factor;
  ario__write_head(&w->file, 1, tracks + 1, smf->frames ? (256 - smf->frames) << 8 | division : division);
  if (w->alone) write_map(w);
  for (size_t i = 0; i < tracks && !w->alone && !w->status; i++)
    if (!ario__copy_track(&w->copy, &smf->tracks[i], &w->file)) w->status = ARIO_ERR_LIMIT;
  if (!w->status) write_new_track(w, tokens, count);
}

static void write_song(writer *w, const ario_token *tokens, size_t count) {
  find_cut(w);
  find_factor(w);
  if (w->song->smf.track_count >= ARIO__SMF_MAX_TRACKS) w->status = ARIO_ERR_LIMIT;
  if (w->status) return;
  w->copy.close = w->cut ? tick_of(w, w->prompt->cut, true) : (int64_t)w->song->end_tick * w->copy.factor;
  find_begin(w);
  find_state(w);
  choose_channel(w);
  if (w->alone) w->target = w->prompt->lead % 16 == ARIO_MIDI_DRUM_CHANNEL ? 0 : w->prompt->lead % 16;
  write_tracks(w, tokens, count);
}

static ario_status write_file(const ario_song *song, const ario_prompt *prompt, bool alone,
                              const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                              ario_error *error) {
  *bytes = NULL;
  *size = 0;
  writer *w = calloc(1, sizeof *w);
  ario_channels *nothing = malloc(sizeof *nothing);
  if (!w || !nothing) {
    free(w);
    free(nothing);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  }
  ario_channels_init(nothing);
  w->fresh = nothing->channels[0];
  w->alone = alone;
  w->song = song;
  w->copy.song = song;
  w->prompt = prompt;
  write_song(w, tokens, count);
  ario_status status = ario__write_finish(&w->file, w->status, bytes, size, error);
  ario__track_free(&w->list);
  ario__loudness_free(&w->loudness);
  free(nothing);
  free(w);
  return status;
}

ario_status ario_song_continue(const ario_song *song, const ario_prompt *prompt, const ario_token *tokens,
                               size_t count, uint8_t **bytes, size_t *size, ario_error *error) {
  return write_file(song, prompt, false, tokens, count, bytes, size, error);
}

ario_status ario__song_continue_alone(const ario_song *song, const ario_prompt *prompt,
                                      const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                                      ario_error *error) {
  return write_file(song, prompt, true, tokens, count, bytes, size, error);
}

int64_t ario__song_line(const ario_song *song, const ario_prompt *prompt) {
  int64_t begin = prompt->begin * 10000, line;
  size_t bar;
  // A step is nearest to where the music ended: the bar line may lie half a step behind it.
  if (ario_song_bar_at(song, begin + 5000, &bar) || ario_song_bar(song, bar, &line)) return begin;
  return line < begin ? line : begin;
}
