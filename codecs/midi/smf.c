// SPDX-License-Identifier: MIT
//
// Clean MIDI pages -> events, by libsmf. The only file that includes <smf.h>.
//
// libsmf asserts on some bad input and reports the rest through GLib's log; it gets neither, because all that
// comes here was written by the normaliser. Where memory is short, GLib aborts; libsmf asks it only for the array
// of a page's events, a few kilobytes, and takes what can be large from malloc(), whose failure it reports. Its
// times in seconds are not used: they are floating-point sums.
#include "codecs/midi/smf_read.h"

#include <smf.h>

static ario_status take_events(smf_track_t *track, ario__smf_take take, void *context) {
  for (int i = 1; i < track->number_of_events; i++) { // the last one is End of Track
    const smf_event_t *event = smf_track_get_event_by_number(track, i);
    if (!event || event->midi_buffer_length < 1) return ARIO_ERR_FORMAT;
    size_t box = event->midi_buffer[0] == 0xf0, size = (size_t)event->midi_buffer_length - box;
    ario_status status = size ? take(context, event->midi_buffer + box, size) : ARIO_ERR_FORMAT;
    if (status) return status;
  }
  return ARIO_OK;
}

ario_status ario__smf_read(const uint8_t *file, size_t size, ario__smf_take take, void *context) {
  smf_t *smf = size <= INT32_MAX ? smf_load_from_memory(file, (int)size) : NULL;
  if (!smf) return ARIO_ERR_FORMAT;
  smf_track_t *track = smf_get_track_by_number(smf, 1);
  ario_status status = track ? take_events(track, take, context) : ARIO_ERR_FORMAT;
  smf_delete(smf);
  return status;
}
