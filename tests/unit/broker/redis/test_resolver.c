/* SPDX-License-Identifier: MIT */
/* Look-ups with a resolver that answers when the test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/reactor/reactor.h"
#include "broker/redis/resolver.h"

static struct reactor reactor;
static sem_t may_answer, has_answered;
static int result;
static char told[256];

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
	struct addrinfo **addresses_out);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
	struct addrinfo **addresses_out);
void __real_freeaddrinfo(struct addrinfo *addresses);
void __wrap_freeaddrinfo(struct addrinfo *addresses);

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
	struct addrinfo **addresses_out)
{
	sem_wait(&may_answer);
	if (result == 0)
		return __real_getaddrinfo(host, port, hints, addresses_out);
	return result;
}

/* The last call of a question's life. */
void __wrap_freeaddrinfo(struct addrinfo *addresses)
{
	__real_freeaddrinfo(addresses);
	sem_post(&has_answered);
}

static void take(void *context, const struct addrinfo *addresses, const char *problem)
{
	const struct sockaddr_in *address =
		addresses == NULL ? NULL : (const struct sockaddr_in *)addresses->ai_addr;

	assert_ptr_equal(context, &reactor);
	if (address == NULL)
		snprintf(told, sizeof(told), "%s", problem);
	else
		snprintf(told, sizeof(told), "%s:%d", inet_ntoa(address->sin_addr),
			ntohs(address->sin_port));
	reactor_stop(&reactor);
}

static const struct resolver_asker asker = { take, &reactor };

static int set_up(void **state)
{
	(void)state;
	told[0] = '\0';
	result = 0;
	sem_init(&may_answer, 0, 0);
	sem_init(&has_answered, 0, 0);
	return reactor_init(&reactor) ? 0 : -1;
}

static int take_down(void **state)
{
	(void)state;
	reactor_finish(&reactor);
	return 0;
}

static void address_comes_by_mail(void **state)
{
	assert_non_null(resolver_ask(&reactor, "127.0.0.1", 6379, &asker));
	sem_post(&may_answer);
	reactor_run(&reactor);
	assert_string_equal(told, "127.0.0.1:6379");
	(void)state;
}

static void want_of_one_is_told_in_words(void **state)
{
	result = EAI_NONAME;
	assert_non_null(resolver_ask(&reactor, "nowhere", 6379, &asker));
	sem_post(&may_answer);
	reactor_run(&reactor);
	assert_string_equal(told, "its name is not found: Name or service not known");
	(void)state;
}

static void who_gives_up_is_told_nothing(void **state)
{
	struct resolver_question *question = resolver_ask(&reactor, "127.0.0.1", 6379, &asker);

	assert_non_null(question);
	resolver_give_up(question);
	sem_post(&may_answer);
	sem_wait(&has_answered);
	mailbox_drain(&reactor.mailbox);
	assert_string_equal(told, "");
	resolver_give_up(NULL);
	(void)state;
}

static void answer_that_is_on_its_way_is_told_nobody_who_gave_up(void **state)
{
	struct resolver_question *question = resolver_ask(&reactor, "127.0.0.1", 6379, &asker);

	sem_post(&may_answer);
	while (mailbox_is_empty(&reactor.mailbox))
		sched_yield();
	resolver_give_up(question);
	mailbox_drain(&reactor.mailbox);
	assert_string_equal(told, "");
	sem_wait(&has_answered);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(address_comes_by_mail, set_up, take_down),
		cmocka_unit_test_setup_teardown(want_of_one_is_told_in_words, set_up, take_down),
		cmocka_unit_test_setup_teardown(who_gives_up_is_told_nothing, set_up, take_down),
		cmocka_unit_test_setup_teardown(
			answer_that_is_on_its_way_is_told_nobody_who_gave_up, set_up, take_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
