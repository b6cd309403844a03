/* SPDX-License-Identifier: MIT */
/* Digits only: a sign or a blank in a number is a mistake, which strtoul would not see. */
#include "tests/bench/argument.h"

#include <inttypes.h>

#include "common/base/str.h"
#include "tests/bench/failure.h"

uint64_t argument_number(const char *name, const char *text, uint64_t min, uint64_t max)
{
	uint64_t number;

	if (!str_to_uint64(str_from(text), &number) || number < min || number > max)
		failure("%s takes a number from %" PRIu64 " to %" PRIu64 ", not \"%s\"", name, min,
			max, text);
	return number;
}
