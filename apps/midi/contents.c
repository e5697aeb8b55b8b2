// SPDX-License-Identifier: MIT
//
// Walks through the events of a song.
#include "apps/midi/contents.h"
#include "apps/cli/times.h"
#include "arioso/text.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT = 0x01, LYRIC = 0x05, KEY = 0x59 }; // metas

// The words, with newlines where lines end.
struct words {
  char *text;
  size_t size, room;
  bool failed;
};

const char *ario__key_name(const ario__key *key) {
  static const char *const names[2][15] = {
      {"C flat major", "G flat major", "D flat major", "A flat major", "E flat major", "B flat major",
       "F major", "C major", "G major", "D major", "A major", "E major", "B major", "F sharp major",
       "C sharp major"},
      {"A flat minor", "E flat minor", "B flat minor", "F minor", "C minor", "G minor", "D minor", "A minor",
       "E minor", "B minor", "F sharp minor", "C sharp minor", "G sharp minor", "D sharp minor",
       "A sharp minor"}};
  return names[key->minor][key->sharps + 7];
}

static void say(struct words *words, const char *text, size_t size) {
  if (words->size + size + 1 > words->room && !words->failed) {
    size_t room = 2 * words->room + size + 256;
    char *grown = realloc(words->text, room);
    words->failed = !grown;
    if (grown) words->text = grown;
    if (grown) words->room = room;
  }
  if (words->failed) return;
  memcpy(words->text + words->size, text, size);
  words->size += size;
}

// Karaoke files begin lines with / and paragraphs with \, others with CR and LF.
static void sing(struct words *words, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    bool line = text[i] == '\r' || text[i] == '\n' || (i == 0 && (text[i] == '/' || text[i] == '\\'));
    say(words, line ? "\n" : text + i, 1);
  }
}

static bool is_meta(const ario_midi_event *event, unsigned type) {
  return event->bytes[0] == 0xff && event->bytes[1] == type;
}

// Words are lyrics; where there are none, texts that are no headers (@...), if the file has such headers.
static unsigned kind_of_words(const ario_midi_event *events, size_t count) {
  bool karaoke = false;
  for (size_t i = 0; i < count; i++) {
    if (is_meta(&events[i], LYRIC)) return LYRIC;
    karaoke = karaoke || (is_meta(&events[i], TEXT) && events[i].size > 2 && events[i].bytes[2] == '@');
  }
  return karaoke ? TEXT : LYRIC;
}

static void hear_words(ario__contents *c, struct words *words, const ario_midi_event *event, unsigned kind) {
  if (!is_meta(event, kind) || event->size < 3 || (kind == TEXT && event->bytes[2] == '@')) return;
  sing(words, (const char *)event->bytes + 2, event->size - 2);
  c->syllables++;
}

static void hear_key(ario__contents *c, const ario_midi_event *event) {
  if (!is_meta(event, KEY) || event->size < 4) return;
  ario__key key = {event->microseconds, (int8_t)event->bytes[2], event->bytes[3] == 1};
  const ario__key *last = c->key_count ? &c->keys[c->key_count - 1] : NULL;
  if (key.sharps < -7 || key.sharps > 7) return;
  if (!last || last->sharps != key.sharps || last->minor != key.minor) c->keys[c->key_count++] = key;
}

static void hear_notes(ario__contents *c, const ario_song *song) {
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  for (size_t i = 0; i < count; i++) c->tracks[notes[i].track - 1].programs[notes[i].program] = true;
  const ario_note *drums = ario_song_drums(song, &count);
  for (size_t i = 0; i < count; i++) c->tracks[drums[i].track - 1].drums = true;
}

// Makes lines of the words; empty ones are left out.
static bool split(ario__contents *c, const struct words *words) {
  size_t most = 1;
  for (size_t i = 0; i < words->size; i++) most += words->text[i] == '\n';
  c->lines = calloc(most, sizeof *c->lines);
  if (!c->lines) return false;
  for (size_t begin = 0, end; begin < words->size; begin = end + 1) {
    const char *newline = memchr(words->text + begin, '\n', words->size - begin);
    end = newline ? (size_t)(newline - words->text) : words->size;
    while (begin < end && words->text[begin] == ' ') begin++;
    if (begin == end) continue;
    size_t room = 3 * (end - begin) + 1;
    char *line = malloc(room);
    if (!line) return false;
    ario_text_clean(words->text + begin, end - begin, line, room);
    c->lines[c->line_count++] = line;
  }
  return true;
}

bool ario__contents_find(const ario_song *song, ario__contents *c) {
  size_t count, keys = 0;
  const ario_midi_event *events = ario_song_events(song, &count);
  unsigned kind = kind_of_words(events, count);
  for (size_t i = 0; i < count; i++) keys += is_meta(&events[i], KEY);
  *c = (ario__contents){.tracks = calloc(ario_song_describe(song).tracks, sizeof *c->tracks),
                        .keys = calloc(keys + 1, sizeof *c->keys)};
  struct words words = {.failed = !c->tracks || !c->keys};
  (void)!ario__last_bar(song, &c->bars); // 0 where it has none
  if (!words.failed) hear_notes(c, song);
  for (size_t i = 0; i < count && !words.failed; i++) {
    hear_words(c, &words, &events[i], kind);
    hear_key(c, &events[i]);
  }
  bool done = !words.failed && split(c, &words);
  free(words.text);
  return done;
}

void ario__contents_free(ario__contents *c) {
  for (size_t i = 0; i < c->line_count; i++) free(c->lines[i]);
  free(c->lines);
  free(c->keys);
  free(c->tracks);
  *c = (ario__contents){.tracks = NULL};
}
