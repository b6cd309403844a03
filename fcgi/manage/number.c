/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/number.h"

#include <inttypes.h>
#include <sysexits.h>

#include "common/base/str.h"
#include "fcgi/manage/site.h"

bool number_read(
	const char *option, const char *text, int64_t max, int64_t *number_out, int *status_out)
{
	uint64_t number = 0;
	bool is_good = text == NULL || (str_to_uint64(str_from(text), &number) && number > 0 &&
					       number <= (uint64_t)max);

	if (!is_good)
		*status_out = site_complain(
			EX_USAGE, "%s: a number from 1 to %" PRId64, option, max);
	else if (text != NULL)
		*number_out = (int64_t)number;
	return is_good;
}
