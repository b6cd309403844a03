/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_asker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "common/base/mem.h"

struct asker fake_asker;

bool __wrap_asker_ask(struct asker *asker, struct inquiry *inquiry, struct str request);
void __wrap_asker_withdraw(struct inquiry *inquiry);

void fake_asker_init(void)
{
	fake_asker = (struct asker){ 0 };
	list_init(&fake_asker.asked);
}

bool __wrap_asker_ask(struct asker *asker, struct inquiry *inquiry, struct str request)
{
	if (asker->is_full)
		return false;
	inquiry->asker = asker;
	inquiry->request = str_dup(request);
	list_append(&asker->asked, &inquiry->link);
	asker->count++;
	return true;
}

void __wrap_asker_withdraw(struct inquiry *inquiry)
{
	if (inquiry->asker == NULL)
		return;
	mem_free(inquiry->request);
	list_remove(&inquiry->link);
	inquiry->asker = NULL;
}

void fake_asker_answer(const char *op, const char *text)
{
	struct list *oldest = list_first(&fake_asker.asked);
	struct inquiry *inquiry;
	const char *problem;
	struct json *json = text == NULL ? NULL : json_parse(str_from(text), &problem);
	char name[32];

	assert_non_null(oldest);
	assert_int_equal(json != NULL, text != NULL);
	inquiry = list_entry(oldest, struct inquiry, link);
	snprintf(name, sizeof(name), "{\"op\": \"%s\"", op);
	if (!str_starts_with(str_from(inquiry->request), str_from(name)))
		fail_msg("%s is not asked for, but %s", op, inquiry->request);
	asker_withdraw(inquiry);
	inquiry->tell(inquiry, json);
	json_destroy(json);
}
