// SPDX-License-Identifier: MIT
//
// The table of subcommands.
#ifndef ARIO_APPS_COMMANDS_H
#define ARIO_APPS_COMMANDS_H

// X(name, what it does). NAME.c has the function ario__NAME_main, which takes the command's own argc and argv (argv[0] is
// its name) and returns the exit status.
#define ARIO__COMMANDS(X)                                                                                    \
  X(continue, "continue a piece or a recording, or make a new piece")                                        \
  X(accompany, "write parts for more instruments to a piece")                                                \
  X(between, "write the bars between two places anew, or a bridge")                                          \
  X(play, "play a piece and hear it go on while it is made")                                                 \
  X(jam, "play on a MIDI keyboard and get answers")                                                          \
  X(render, "turn a MIDI file into a sound file")                                                            \
  X(encode, "turn a sound file into audio codes")                                                            \
  X(decode, "turn audio codes into a sound file")                                                            \
  X(info, "show what is in a file or a model")                                                               \
  X(tokens, "turn a file into the tokens that a model reads, or back")                                       \
  X(train, "train a model on your own music")                                                                \
  X(eval, "measure how well a model predicts music")                                                         \
  X(stats, "describe music in numbers, and compare it with other music")                                     \
  X(quantize, "make a smaller, faster copy of a model")                                                      \
  X(bench, "measure the speed, and compare it with the machine's limits")

#define ARIO__COMMAND_MAIN(name, summary) int ario__##name##_main(int argc, char **argv);
ARIO__COMMANDS(ARIO__COMMAND_MAIN)
#undef ARIO__COMMAND_MAIN

#endif
