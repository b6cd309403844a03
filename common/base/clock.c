/* SPDX-License-Identifier: MIT */
/* The only reader of the host's clocks and calendar. Years are kept to four digits, so that the
 * texts have one length whatever the clock says. */
#include "common/base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS_PER_DAY 86400
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

uint64_t clock_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic_ms(void)
{
	return (uint64_t)clock_read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

struct date {
	uint64_t year, month, day;
};

/* The Gregorian calendar, counted from 0000-03-01, so that a leap day is the last of its year. */
static struct date date_of(uint64_t days_since_1970)
{
	uint64_t days = days_since_1970 + 719468;
	uint64_t era = days / 146097; /* of 400 years */
	uint64_t day_of_era = days % 146097;
	uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				       day_of_era / 146096) /
			       365;
	uint64_t day_of_year = day_of_era -
			       (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t month_from_march = (5 * day_of_year + 2) / 153;
	uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	return (struct date){
		.year = era * 400 + year_of_era + (month <= 2),
		.month = month,
		.day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
	};
}

/* Writes the digits right-aligned before end, over the zeros that are there. */
static void write_digits(char *end, unsigned count, uint64_t number)
{
	for (; count > 0; count--, number /= 10)
		*--end = (char)('0' + number % 10);
}

/* Written by hand, because every message has a time and strftime asks for the locale. */
void clock_format_iso(int64_t wall_ms, char out[static CLOCK_ISO_SIZE])
{
	uint64_t ms = (uint64_t)clock_clamp(wall_ms);
	uint64_t second_of_day = ms / 1000 % SECONDS_PER_DAY;
	struct date date = date_of(ms / 1000 / SECONDS_PER_DAY);

	memcpy(out, "0000-00-00T00:00:00.000Z", CLOCK_ISO_SIZE);
	write_digits(out + 4, 4, date.year);
	write_digits(out + 7, 2, date.month);
	write_digits(out + 10, 2, date.day);
	write_digits(out + 13, 2, second_of_day / 3600);
	write_digits(out + 16, 2, second_of_day / 60 % 60);
	write_digits(out + 19, 2, second_of_day % 60);
	write_digits(out + 23, 3, ms % 1000);
}

/* A text is valid if writing its time gives the same text. */
bool clock_read_iso(struct str text, int64_t *wall_ms_out)
{
	char copy[CLOCK_ISO_SIZE] = "", again[CLOCK_ISO_SIZE];
	struct tm date = { 0 };
	const char *fraction;

	if (text.len != sizeof(copy) - 1)
		return false;
	memcpy(copy, text.data, text.len);
	fraction = strptime(copy, "%Y-%m-%dT%H:%M:%S.", &date);
	if (fraction == NULL)
		return false;
	*wall_ms_out = (int64_t)timegm(&date) * 1000 + strtol(fraction, NULL, 10);
	clock_format_iso(*wall_ms_out, again);
	return strcmp(copy, again) == 0;
}

void clock_format_local(int64_t wall_ms, char out[static CLOCK_LOCAL_SIZE])
{
	time_t seconds = (time_t)(clock_clamp(wall_ms) / 1000);
	struct tm local;

	localtime_r(&seconds, &local);
	if (strftime(out, CLOCK_LOCAL_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
		out[0] = '\0';
}
