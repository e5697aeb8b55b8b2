// SPDX-License-Identifier: MIT
//
// The subcommands. Each takes its own argc and argv, whose argv[0] is its name, and returns the exit status.
#ifndef ARIO_APPS_COMMANDS_H
#define ARIO_APPS_COMMANDS_H

int ario__continue_main(int argc, char **argv);
int ario__play_main(int argc, char **argv);
int ario__jam_main(int argc, char **argv);
int ario__render_main(int argc, char **argv);
int ario__encode_main(int argc, char **argv);
int ario__decode_main(int argc, char **argv);
int ario__info_main(int argc, char **argv);
int ario__tokens_main(int argc, char **argv);
int ario__train_main(int argc, char **argv);
int ario__eval_main(int argc, char **argv);
int ario__quantize_main(int argc, char **argv);
int ario__stats_main(int argc, char **argv);
int ario__bench_main(int argc, char **argv);

#endif
