/* SPDX-License-Identifier: MIT */
/* The only reader of the host's clocks and calendar. Years are kept to four digits, so that the
 * texts have one length whatever the clock says. */
#include "common/base/clock.h"

#include <stdio.h>
#include <time.h>

#define CLOCK_WALL_MAX_MS INT64_C(253402300799999) /* the last of the year 9999 */

static int64_t clock_read_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t clock_clamp(int64_t wall_ms)
{
	if (wall_ms < 0)
		return 0;
	return wall_ms > CLOCK_WALL_MAX_MS ? CLOCK_WALL_MAX_MS : wall_ms;
}

uint64_t clock_monotonic_ms(void)
{
	return (uint64_t)clock_read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

void clock_format_iso(int64_t wall_ms, char out[static CLOCK_ISO_SIZE])
{
	int64_t ms = clock_clamp(wall_ms);
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	size_t len;

	gmtime_r(&seconds, &utc);
	len = strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, CLOCK_ISO_SIZE - len, ".%03uZ", (unsigned)(ms % 1000));
}

void clock_format_local(int64_t wall_ms, char out[static CLOCK_LOCAL_SIZE])
{
	time_t seconds = (time_t)(clock_clamp(wall_ms) / 1000);
	struct tm local;

	localtime_r(&seconds, &local);
	if (strftime(out, CLOCK_LOCAL_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
		out[0] = '\0';
}
