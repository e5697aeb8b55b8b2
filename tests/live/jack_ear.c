// SPDX-License-Identifier: MIT
//
// A JACK client of the tests: it records what is played into its two inputs, can make time run faster, and
// sends MIDI.
//
//   jack_ear OUT.raw|- [SPEED [EVENTS.txt]]
//
// SPEED 0: as the server's clock has it; else freewheeling at so many times that. EVENTS.txt: lines "FRAME B0
// B1 B2", frames from the one at which
// its port "keys" is connected, numbers in decimal, in order. It ends with SIGTERM, and
// then has written everything. Prints "ready" when others can connect to it, and at the end "began FRAME",
// the frame of what it recorded at which that was.
#include <jack/jack.h>
#include <jack/midiport.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 48000, MOST_EVENTS = 100000, MEMORY = 64 << 20 }; // MEMORY: almost three minutes

struct event {
  long frame;
  jack_midi_data_t bytes[3];
};

static struct ear {
  jack_port_t *in[2], *midi;
  FILE *file; // NULL: none
  double speed;
  long frame, began; // began: -1 until somebody listens to the keys
  struct event *events;
  size_t count, next;
} ear;
static volatile sig_atomic_t ended;

static void stop(int signal) {
  (void)signal;
  ended = 1;
}

static void send_events(jack_nframes_t frames) {
  void *buffer = jack_port_get_buffer(ear.midi, frames);
  jack_midi_clear_buffer(buffer);
  if (ear.began < 0 && jack_port_connected(ear.midi)) ear.began = ear.frame;
  if (ear.began < 0) return;
  long now = ear.frame - ear.began;
  for (; ear.next < ear.count && ear.events[ear.next].frame < now + (long)frames; ear.next++) {
    const struct event *event = &ear.events[ear.next];
    long at = event->frame < now ? 0 : event->frame - now;
    jack_midi_event_write(buffer, (jack_nframes_t)at, event->bytes, 3);
  }
}

// What is heard goes to memory first, which is enough where time is real; in freewheel a moment for the disk
// does no harm.
static int hear(jack_nframes_t frames, void *context) {
  (void)context;
  const float *left = jack_port_get_buffer(ear.in[0], frames),
              *right = jack_port_get_buffer(ear.in[1], frames);
  for (jack_nframes_t i = 0; ear.file && i < frames; i++) {
    const float both[] = {left[i], right[i]};
    fwrite(both, sizeof both, 1, ear.file);
  }
  send_events(frames);
  ear.frame += frames;
  if (ear.speed > 0) {
    struct timespec time = {.tv_nsec = (long)(1e9 * frames / RATE / ear.speed)};
    nanosleep(&time, NULL);
  }
  return 0;
}

static void read_events(const char *path) {
  FILE *file = fopen(path, "r");
  unsigned b[3];
  long frame;
  ear.events = calloc(MOST_EVENTS, sizeof *ear.events);
  while (file && ear.events && ear.count < MOST_EVENTS &&
         fscanf(file, "%ld %u %u %u", &frame, &b[0], &b[1], &b[2]) == 4)
    ear.events[ear.count++] =
        (struct event){frame, {(jack_midi_data_t)b[0], (jack_midi_data_t)b[1], (jack_midi_data_t)b[2]}};
  if (file) fclose(file);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  ear.file = argv[1][0] == '-' ? NULL : fopen(argv[1], "wb");
  if (ear.file) setvbuf(ear.file, NULL, _IOFBF, MEMORY);
  ear.speed = argc > 2 ? atof(argv[2]) : 0;
  if (argc > 3) read_events(argv[3]);
  ear.began = -1;
  signal(SIGTERM, stop);
  jack_client_t *client = jack_client_open("ear", JackNoStartServer, NULL);
  if (!client) return 1;
  jack_set_process_callback(client, hear, NULL);
  ear.in[0] = jack_port_register(client, "left", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  ear.in[1] = jack_port_register(client, "right", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  ear.midi = jack_port_register(client, "keys", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
  if (jack_activate(client)) return 1;
  if (ear.speed > 0) jack_set_freewheel(client, 1);
  printf("ready\n");
  fflush(stdout);
  while (!ended) usleep(20000);
  if (ear.speed > 0) jack_set_freewheel(client, 0);
  jack_deactivate(client);
  jack_client_close(client);
  if (ear.file) fclose(ear.file);
  printf("began %ld\n", ear.began);
  return 0;
}
