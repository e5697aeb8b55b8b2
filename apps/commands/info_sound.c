// SPDX-License-Identifier: MIT
//
// arioso info for a sound file.
#include "apps/cli/options.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/sample_format.h"
#include "apps/cli/times.h"
#include "apps/commands/info.h"

#include <math.h>

int ario__info_sound(const ario__input *input, bool json) {
  ario_sound_reader *reader;
  ario_error error = {""};
  if (ario__input_sound(input, &reader, &error)) return ario__complain(ARIO__INFO, "%s", error.text);
  ario_sound_info info = ario_sound_reader_info(reader);
  ario_sound_reader_free(reader);
  double seconds = info.frames == UINT64_MAX ? NAN : (double)info.frames / info.rate; // NAN: it is not told
  if (json) {
    ario__report *root = ario__report_object();
    ario__report_add_text(root, "file", input->name);
    ario__report_add_number(root, "seconds", seconds);
    ario__report_add_number(root, "rate", info.rate);
    ario__report_add_number(root, "channels", info.channels);
    ario__report_add_text(root, "format", ario__format_name(info.format));
    return ario__report_finish(root, ARIO__INFO);
  }
  char text[24];
  ario__print("%s: sound, %s, %u Hz, %u channel%s, %s\n", input->name,
              isnan(seconds) ? "of unknown length" : ario__time_text(seconds, text), info.rate, info.channels,
              info.channels == 1 ? "" : "s", ario__format_name(info.format));
  return ARIO__DONE;
}
