/* SPDX-License-Identifier: MIT */
/* A scope owns a copy of the head because the handshake is judged before libmicrohttpd reads the
 * same bytes again. */
#include "broker/scope.h"

#include "common/base/mem.h"

struct scope *scope_create(struct str head)
{
	struct scope *scope = mem_new(struct scope);

	buf_append_str(&scope->head, head);
	list_init(&scope->link);
	return scope;
}

void scope_destroy(struct scope *scope)
{
	if (scope == NULL)
		return;
	list_remove(&scope->link);
	buf_finish(&scope->head);
	buf_finish(&scope->path);
	buf_finish(&scope->room);
	mem_free(scope);
}
