/* SPDX-License-Identifier: MIT */
/* The ways to measure, each a file of its own. They fill in a report that is all zero. */
#pragma once

#include "tests/bench/options.h"
#include "tests/bench/report.h"

typedef void mode_run(const struct options *options, struct report *report);

mode_run mode_fanout_run;
mode_run mode_rate_run;
mode_run mode_echo_run;
mode_run mode_connect_run;
mode_run mode_idle_run;
mode_run mode_return_run;
mode_run mode_read_run;
