/* SPDX-License-Identifier: MIT */
/* Only the mail that finds the box empty wakes the owner: a burst costs one write(2). The owner
 * empties event_fd before it takes the stack, so that a mail which comes in between is either
 * taken or wakes it again. */
#include "broker/reactor/mailbox.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool mailbox_init(struct mailbox *mailbox)
{
	atomic_init(&mailbox->newest, NULL);
	mailbox->taken = NULL;
	mailbox->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return mailbox->event_fd >= 0;
}

void mailbox_finish(struct mailbox *mailbox)
{
	while (mailbox_drain(mailbox))
		continue;
	if (mailbox->event_fd >= 0)
		close(mailbox->event_fd);
	mailbox->event_fd = -1;
}

void outbox_add(struct outbox *outbox, struct mail *mail)
{
	mail->next = outbox->newest;
	outbox->newest = mail;
	if (outbox->oldest == NULL)
		outbox->oldest = mail;
}

bool outbox_is_empty(const struct outbox *outbox)
{
	return outbox->newest == NULL;
}

void mailbox_post_all(struct mailbox *mailbox, struct outbox *outbox, bool wake)
{
	struct mail *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);

	do {
		outbox->oldest->next = newest;
	} while (!atomic_compare_exchange_weak_explicit(&mailbox->newest, &newest, outbox->newest,
		memory_order_acq_rel, memory_order_relaxed));
	*outbox = (struct outbox){ 0 };
	if (newest == NULL && wake) {
		/* Fails only when the counter is full: then the owner is awake already. */
		ssize_t written = write(mailbox->event_fd, &(uint64_t){ 1 }, sizeof(uint64_t));

		(void)written;
	}
}

void mailbox_post(struct mailbox *mailbox, struct mail *mail, bool wake)
{
	struct outbox outbox = { mail, mail };

	mailbox_post_all(mailbox, &outbox, wake);
}

bool mailbox_is_empty(struct mailbox *mailbox)
{
	return mailbox->taken == NULL &&
	       atomic_load_explicit(&mailbox->newest, memory_order_acquire) == NULL;
}

bool mailbox_drain(struct mailbox *mailbox)
{
	struct mail *newest = atomic_exchange_explicit(
		&mailbox->newest, NULL, memory_order_acq_rel);

	while (newest != NULL) {
		struct mail *next = newest->next;

		newest->next = mailbox->taken;
		mailbox->taken = newest;
		newest = next;
	}
	if (mailbox->taken == NULL)
		return false;
	while (mailbox->taken != NULL) {
		struct mail *mail = mailbox->taken;

		mailbox->taken = mail->next;
		mail->handle(mail);
	}
	return true;
}

void mailbox_acknowledge(struct mailbox *mailbox)
{
	uint64_t count;
	ssize_t taken = read(mailbox->event_fd, &count, sizeof(count));

	(void)taken;
}
