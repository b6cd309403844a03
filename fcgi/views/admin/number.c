/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/number.h"

#include "fcgi/views/page.h"

bool admin_read_number(const struct admin_desk *desk, const char *name, int64_t default_value,
	int64_t max, int64_t *number_out)
{
	struct buf text = { 0 };
	uint64_t number = (uint64_t)default_value;
	bool is_good;

	page_read_field(desk->request->body, name, &text);
	is_good = str_trim(buf_str(&text)).len == 0 ||
		  str_to_uint64(str_trim(buf_str(&text)), &number);
	buf_finish(&text);
	*number_out = (int64_t)number;
	return is_good && number <= (uint64_t)max;
}
