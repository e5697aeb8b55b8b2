// SPDX-License-Identifier: MIT
//
// The normaliser: any bytes -> clean MIDI files that libsmf reads without complaint. It also keeps where in
// the bytes every event lies, so that a writer can copy tracks byte for byte and cut them between two events.
//
// The clean music comes in pages. Each is a whole file of type 0 with one track of at most
// ARIO__SMF_PAGE_EVENTS events, because the time that libsmf takes to free a track grows with the square of
// its events.
//
// All events but channel messages are boxed, as the data of a system exclusive event, because libsmf takes a
// meta event's length for one byte, refuses escapes, and rebuilds its tempo map at each tempo it meets.
#ifndef ARIO_SMF_BYTES_H
#define ARIO_SMF_BYTES_H

#include "arioso/status.h"

enum {
  ARIO__SMF_MAX_BYTES = 1 << 28,
  ARIO__SMF_MAX_EVENTS = 1 << 21,
  ARIO__SMF_MAX_TRACKS = 65535,
  ARIO__SMF_MAX_TICK = INT32_MAX, // a sum of deltas; with any tempo its time in microseconds stays far below
                                  // 2^63
  ARIO__SMF_MAX_LOG2_BEAT = 6,    // bars are counted in beats of 1/64 or longer
  ARIO__SMF_PAGE_EVENTS = 256,
  ARIO__SMF_PAGE_BYTES = 1 << 20, // a page is also full at this size (one event may be larger)
  ARIO__SMF_WARNINGS = 8,         // warnings whose text is kept
};

typedef struct ario__smf_event {
  uint32_t tick;
  uint32_t begin, end; // its bytes in the source, without the delta; with running status as in the source
} ario__smf_event;

typedef struct ario__smf_track {
  uint32_t begin, end; // the chunk's data in the source
  size_t first, count; // its events, in smf.events; no End of Track
  uint32_t end_tick;   // of its End of Track
  bool repaired;       // what was read differs from the source bytes: do not copy them
} ario__smf_track;

typedef struct ario__smf {
  unsigned format;   // 0 or 1
  unsigned division; // ticks per quarter; for SMPTE time ticks per frame; never 0
  unsigned frames;   // SMPTE: frames per second; otherwise 0
  ario__smf_track *tracks;
  size_t track_count;
  ario__smf_event *events; // track by track
  size_t event_count;
  char *warnings[ARIO__SMF_WARNINGS];
  size_t warning_count; // of all warnings, kept or not
} ario__smf;

// Receives a page. Any status but ARIO_OK stops.
typedef ario_status (*ario__smf_page)(void *context, const uint8_t *file, size_t size);

// Cleans bytes [size], size <= ARIO__SMF_MAX_BYTES. smf->events are the events of the pages, in their order.
// The caller frees *smf with ario__smf_free, also after an error. Errors: as ario_song_parse.
ario_status ario__smf_clean(const uint8_t *bytes, size_t size, ario__smf *smf, ario__smf_page page,
                            void *context, ario_error *error);
void ario__smf_free(ario__smf *smf); // safe on a zero one

#endif
