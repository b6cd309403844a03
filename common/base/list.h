/* SPDX-License-Identifier: MIT */
/* Doubly linked list through a member of its elements: nothing is allocated, and an element
 * leaves in constant time without knowing its list. The head is a struct list too. An element
 * that is in no list points at itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *previous;
};

/* The element whose member is link. */
#define list_entry(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))
#define list_each(link, head) \
	for (struct list *link = (head)->next; link != (head); link = link->next)
/* The body may take link out of the list. */
#define list_each_safe(link, head)                                                        \
	for (struct list *link = (head)->next, *link##_next = link->next; link != (head); \
		link = link##_next, link##_next = link->next)

static inline void list_init(struct list *list)
{
	list->next = list->previous = list;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *link)
{
	link->previous = head->previous;
	link->next = head;
	head->previous->next = link;
	head->previous = link;
}

/* Also of an element that is in no list. */
static inline void list_remove(struct list *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
	list_init(link);
}

/* NULL when the list is empty. */
static inline struct list *list_first(const struct list *head)
{
	return head->next == head ? NULL : head->next;
}

/* Moves all elements of from to the end of head. */
static inline void list_splice(struct list *head, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->previous = head->previous;
	head->previous->next = from->next;
	from->previous->next = head;
	head->previous = from->previous;
	list_init(from);
}
