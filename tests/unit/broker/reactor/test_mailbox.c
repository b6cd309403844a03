/* SPDX-License-Identifier: MIT */
/* Order and wake-ups: what one sender posts arrives in its order, and a burst costs one wake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "broker/reactor/mailbox.h"
#include "common/base/list.h"

#define LETTERS_PER_SENDER 2000
#define SENDERS 3

struct letter {
	struct mail mail;
	unsigned sender;
	unsigned number;
	struct letter *answer; /* posted by its handler */
	struct mailbox *mailbox;
};

static unsigned last_number[SENDERS]; /* of each sender's letters that were handled */
static unsigned handled;

static void handle_letter(struct mail *mail)
{
	struct letter *letter = list_entry(mail, struct letter, mail);

	assert_int_equal(letter->number, last_number[letter->sender] + 1);
	last_number[letter->sender] = letter->number;
	handled++;
	if (letter->answer != NULL)
		mailbox_post(letter->mailbox, &letter->answer->mail, false);
}

static int mailbox_set_up(void **state)
{
	static struct mailbox mailbox;

	handled = 0;
	for (size_t i = 0; i < SENDERS; i++)
		last_number[i] = 0;
	*state = &mailbox;
	return mailbox_init(&mailbox) ? 0 : -1;
}

static int mailbox_take_down(void **state)
{
	mailbox_finish(*state);
	return 0;
}

static struct letter letter_of(unsigned number)
{
	return (struct letter){ .mail.handle = handle_letter, .number = number };
}

/* How often the owner has been woken since the last look; 0 when it slept on. */
static uint64_t count_wakes(const struct mailbox *mailbox)
{
	uint64_t count = 0;

	return read(mailbox->event_fd, &count, sizeof(count)) < 0 ? 0 : count;
}

static void mail_is_handled_oldest_first(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter letters[5];

	assert_true(mailbox_is_empty(mailbox));
	for (unsigned i = 0; i < 5; i++) {
		letters[i] = letter_of(i + 1);
		mailbox_post(mailbox, &letters[i].mail, true);
	}
	assert_false(mailbox_is_empty(mailbox));
	assert_true(mailbox_drain(mailbox));
	assert_int_equal(handled, 5);
	assert_false(mailbox_drain(mailbox));
}

static void only_mail_that_finds_the_box_empty_wakes_the_owner(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter first = letter_of(1), second = letter_of(2), third = letter_of(3);

	mailbox_post(mailbox, &first.mail, true);
	mailbox_post(mailbox, &second.mail, true);
	assert_int_equal(count_wakes(mailbox), 1);
	mailbox_drain(mailbox);
	mailbox_post(mailbox, &third.mail, true);
	assert_int_equal(count_wakes(mailbox), 1);
	mailbox_drain(mailbox);
}

static void mails_of_an_outbox_come_together_and_in_order(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter letters[6];
	struct outbox outbox = { 0 };

	for (unsigned i = 0; i < 6; i++)
		letters[i] = letter_of(i + 1);
	assert_true(outbox_is_empty(&outbox));
	mailbox_post(mailbox, &letters[0].mail, true);
	for (unsigned i = 1; i < 4; i++)
		outbox_add(&outbox, &letters[i].mail);
	assert_false(outbox_is_empty(&outbox));
	mailbox_post_all(mailbox, &outbox, true);
	assert_true(outbox_is_empty(&outbox));
	assert_int_equal(count_wakes(mailbox), 1);
	for (unsigned i = 4; i < 6; i++)
		outbox_add(&outbox, &letters[i].mail);
	mailbox_post_all(mailbox, &outbox, true);
	assert_int_equal(count_wakes(mailbox), 0);
	assert_true(mailbox_drain(mailbox));
	assert_int_equal(handled, 6);
}

static void owner_is_not_woken_by_its_own_mail(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter letter = letter_of(1);

	mailbox_post(mailbox, &letter.mail, false);
	assert_int_equal(count_wakes(mailbox), 0);
	assert_true(mailbox_drain(mailbox));
}

static void acknowledging_lets_the_owner_sleep_again(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter letter = letter_of(1);

	mailbox_post(mailbox, &letter.mail, true);
	mailbox_acknowledge(mailbox);
	assert_int_equal(count_wakes(mailbox), 0);
	assert_true(mailbox_drain(mailbox));
	mailbox_acknowledge(mailbox);
}

static void mail_that_a_handler_posts_waits_for_the_next_drain(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter question = letter_of(1), answer = letter_of(2);

	question.answer = &answer;
	question.mailbox = mailbox;
	mailbox_post(mailbox, &question.mail, false);
	assert_true(mailbox_drain(mailbox));
	assert_int_equal(handled, 1);
	assert_true(mailbox_drain(mailbox));
	assert_int_equal(handled, 2);
}

static void handle_in_front(struct mail *mail)
{
	struct letter *letter = list_entry(mail, struct letter, mail);

	assert_int_equal(mailbox_is_empty(letter->mailbox), letter->number == 2);
	handled++;
}

static void box_is_not_empty_while_mail_waits_behind_the_one_in_hand(void **state)
{
	struct mailbox *mailbox = *state;
	struct letter letters[2];

	for (unsigned i = 0; i < 2; i++) {
		letters[i] = (struct letter){
			.mail.handle = handle_in_front, .number = i + 1, .mailbox = mailbox
		};
		mailbox_post(mailbox, &letters[i].mail, false);
	}
	assert_true(mailbox_drain(mailbox));
	assert_int_equal(handled, 2);
}

static void finishing_handles_what_is_left_and_its_answers(void **state)
{
	struct mailbox mailbox;
	struct letter question = letter_of(1), answer = letter_of(2);

	assert_true(mailbox_init(&mailbox));
	question.answer = &answer;
	question.mailbox = &mailbox;
	mailbox_post(&mailbox, &question.mail, true);
	mailbox_finish(&mailbox);
	assert_int_equal(handled, 2);
	assert_int_equal(mailbox.event_fd, -1);
	(void)state;
}

struct sender {
	struct mailbox *mailbox;
	struct letter letters[LETTERS_PER_SENDER];
};

static void *send_all(void *context)
{
	struct sender *sender = context;

	for (unsigned i = 0; i < LETTERS_PER_SENDER; i++)
		mailbox_post(sender->mailbox, &sender->letters[i].mail, true);
	return NULL;
}

static void each_senders_mail_keeps_its_order(void **state)
{
	static struct sender senders[SENDERS];
	pthread_t threads[SENDERS];

	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i].mailbox = *state;
		for (unsigned n = 0; n < LETTERS_PER_SENDER; n++) {
			senders[i].letters[n] = letter_of(n + 1);
			senders[i].letters[n].sender = i;
		}
		assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
	}
	while (handled < SENDERS * LETTERS_PER_SENDER)
		mailbox_drain(*state);
	for (unsigned i = 0; i < SENDERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(last_number[i], LETTERS_PER_SENDER);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mailbox_set_up, mailbox_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mail_is_handled_oldest_first),
		TEST(only_mail_that_finds_the_box_empty_wakes_the_owner),
		TEST(mails_of_an_outbox_come_together_and_in_order),
		TEST(owner_is_not_woken_by_its_own_mail),
		TEST(acknowledging_lets_the_owner_sleep_again),
		TEST(mail_that_a_handler_posts_waits_for_the_next_drain),
		TEST(box_is_not_empty_while_mail_waits_behind_the_one_in_hand),
		TEST(finishing_handles_what_is_left_and_its_answers),
		TEST(each_senders_mail_keeps_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
