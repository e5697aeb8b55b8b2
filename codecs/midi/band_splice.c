// SPDX-License-Identifier: MIT
//
// A song with what its band plays on: from the tokens to the file, step by step.
#include "codecs/midi/band_splice.h"

#include <stdlib.h>
#include <string.h>

// The music of the passage and what follows it; *first is the first event that is new.
static ario_status read_all(const ario__band_passage *p, const ario_token *tokens, size_t count,
                            ario__band *band, size_t *first) {
  *first = 0;
  *band = (ario__band){.bars = NULL};
  ario_token *all = malloc((p->count + count + 1) * sizeof *all);
  if (!all) return ARIO_ERR_MEMORY;
  memcpy(all, p->tokens, p->count * sizeof *all);
  if (count) memcpy(all + p->count, tokens, count * sizeof *all);
  ario_status status = ario__band_of_tokens(all, p->count, band);
  *first = band->event_count;
  ario__band_free(band);
  if (!status) status = ario__band_of_tokens(all, p->count + count, band);
  free(all);
  return status;
}

static ario_status splice(ario__splice *s, const ario__band *band, size_t first) {
  ario__splice_cut(s);
  if (s->copy.close > ARIO__SMF_MAX_TICK) return ARIO_ERR_LIMIT;
  if (s->alone) s->base = ario__splice_line(&s->copy, ario__splice_tick(&s->copy, s->passage->begin));
  ario__splice_hear(s);
  ario_status status = s->failed ? ARIO_ERR_MEMORY : ario__splice_place(s, band, first);
  if (!status && !s->alone) status = ario__splice_end_open(s);
  return status ? status : ario__splice_write(s);
}

static void free_all(ario__splice *s) {
  for (size_t i = 0; i < s->part_count; i++) ario__track_free(&s->parts[i].events);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) ario__loudness_free(&s->channels[c].loudness);
  ario__track_free(&s->ends);
  ario__buffer_free(&s->tail);
  free(s->parts);
  free(s->notes);
  free(s);
}

ario_status ario__band_splice(const ario_song *song, const ario__band_passage *passage, bool alone,
                              const ario_token *tokens, size_t count, ario__band_file *file) {
  ario__band band;
  size_t first;
  *file = (ario__band_file){.bytes = NULL};
  ario_status status = read_all(passage, tokens, count, &band, &first);
  ario__splice *s = status ? NULL : calloc(1, sizeof *s);
  if (!status && !s) status = ARIO_ERR_MEMORY;
  if (s) {
    s->song = song;
    s->passage = passage;
    s->alone = alone;
    status = splice(s, &band, first);
    if (!status)
      *file = (ario__band_file){s->file.bytes, s->file.size, s->sharing};
    else
      ario__buffer_free(&s->file);
    free_all(s);
  }
  ario__band_free(&band);
  return status;
}

ario_status ario__band_piece(const ario__band_passage *passage, const ario_token *tokens, size_t count,
                             ario__band_file *file) {
  ario__band band;
  size_t first;
  *file = (ario__band_file){.bytes = NULL};
  ario_status status = read_all(passage, tokens, count, &band, &first);
  if (!status) status = ario__band_to_file(&band, file);
  ario__band_free(&band);
  return status;
}
