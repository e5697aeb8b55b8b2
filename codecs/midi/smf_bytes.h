// SPDX-License-Identifier: MIT
//
// The normaliser: any bytes -> clean MIDI files that libsmf reads without complaint, and where in the bytes
// every event lies, so that a writer can copy tracks byte for byte and cut them between two events.
//
// The clean music comes in pages: each is a whole file of type 0 with one track of at most
// ARIO__SMF_PAGE_EVENTS events, because libsmf's time to free a track grows with the square of its events.
// Every event but channel messages is boxed: it is the data of a system exclusive event, because libsmf
// takes a meta event's length for one byte, refuses escapes, and rebuilds its tempo map at each tempo it
// meets.
#ifndef ARIO_SMF_BYTES_H
#define ARIO_SMF_BYTES_H

#include "arioso/status.h"

enum {
  ARIO__SMF_MAX_BYTES = 1 << 28,
  ARIO__SMF_MAX_EVENTS = 1 << 21,
  ARIO__SMF_MAX_TRACKS = 65535,
  ARIO__SMF_MAX_TICK = INT32_MAX, // a sum of deltas; with any tempo its time in microseconds stays far below
                                  // 2^63
  ARIO__SMF_MAX_LOG2_BEAT = 6,    // the shortest beat that a bar is counted by is 1/64
  ARIO__SMF_PAGE_EVENTS = 256,
  ARIO__SMF_PAGE_BYTES = 1 << 20, // a page is full at this size too (one event may be larger)
  ARIO__SMF_WARNINGS = 8,         // that are kept with their text
};

typedef struct ario__smf_event {
  uint32_t tick;
  uint32_t begin, end; // its bytes in the source, after the delta; running status as it stands there
} ario__smf_event;

typedef struct ario__smf_track {
  uint32_t begin, end; // the chunk's data in the source
  size_t first, count; // its events, in smf.events; no End of Track
  uint32_t end_tick;   // of its End of Track
  bool repaired;       // the source bytes do not say what was read: do not copy them
} ario__smf_track;

typedef struct ario__smf {
  unsigned format;   // 0 or 1
  unsigned division; // ticks a quarter; with frames ticks a frame; never 0
  unsigned frames;   // of SMPTE time, a second; otherwise 0
  ario__smf_track *tracks;
  size_t track_count;
  ario__smf_event *events; // track by track
  size_t event_count;
  char *warnings[ARIO__SMF_WARNINGS];
  size_t warning_count; // of all, kept or not
} ario__smf;

// Takes a page; returns a status that is not OK to stop.
typedef ario_status (*ario__smf_page)(void *context, const uint8_t *file, size_t size);

// `size` is at most ARIO__SMF_MAX_BYTES. The pages' events, in their order, are smf->events. Errors: as
// ario_song_parse. To be freed, also after an error.
ario_status ario__smf_clean(const uint8_t *bytes, size_t size, ario__smf *smf, ario__smf_page page,
                            void *context, ario_error *error);
void ario__smf_free(ario__smf *smf); // safe on a zero one

#endif
