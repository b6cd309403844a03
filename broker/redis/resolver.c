/* SPDX-License-Identifier: MIT */
/* Nothing can interrupt getaddrinfo, and a stop must not wait for it. So the thread is detached.
 * When getaddrinfo returns, it checks under a lock whether the question was given up. */
#include "broker/redis/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/reactor/reactor.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

struct resolver_question {
	struct mail mail; /* the answer */
	struct resolver_asker asker; /* main's thread only; take is NULL after resolver_give_up */
	char *host; /* owned */
	char port[sizeof("65535")];
	struct addrinfo *addresses; /* owned */
	int result; /* of getaddrinfo */
	int system_error;
	pthread_mutex_t mutex;
	struct reactor *reactor; /* under the mutex; NULL after resolver_give_up */
};

static void destroy(struct resolver_question *question)
{
	if (question->addresses != NULL)
		freeaddrinfo(question->addresses);
	pthread_mutex_destroy(&question->mutex);
	mem_free(question->host);
	mem_free(question);
}

static const char *problem_of(const struct resolver_question *question)
{
	const char *reason = question->result == EAI_SYSTEM
				     ? strerrordesc_np(question->system_error)
				     : gai_strerror(question->result);

	return reason == NULL ? "Unknown error" : reason;
}

static void handle_answer(struct mail *mail)
{
	struct resolver_question *question = list_entry(mail, struct resolver_question, mail);
	struct buf problem = { 0 };

	/* The thread holds the mutex while it posts: wait until it has released it. */
	pthread_mutex_lock(&question->mutex);
	pthread_mutex_unlock(&question->mutex);
	if (question->asker.take != NULL && question->result == 0) {
		question->asker.take(question->asker.context, question->addresses, NULL);
	} else if (question->asker.take != NULL) {
		buf_append_format(&problem, "its name is not found: %s", problem_of(question));
		question->asker.take(question->asker.context, NULL, buf_text(&problem));
	}
	buf_finish(&problem);
	destroy(question);
}

static void *run(void *context)
{
	struct resolver_question *question = context;
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct reactor *reactor;

	question->result = getaddrinfo(
		question->host, question->port, &hints, &question->addresses);
	question->system_error = errno;
	pthread_mutex_lock(&question->mutex);
	reactor = question->reactor;
	if (reactor != NULL)
		reactor_post(reactor, &question->mail);
	pthread_mutex_unlock(&question->mutex);
	if (reactor == NULL)
		destroy(question);
	return NULL;
}

/* Blocks all signals in the thread: the main thread handles them. */
static bool start(struct resolver_question *question)
{
	sigset_t all, before;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&thread, NULL, run, question);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (errno == 0)
		pthread_detach(thread);
	return errno == 0;
}

struct resolver_question *resolver_ask(struct reactor *reactor, const char *host, uint16_t port,
	const struct resolver_asker *asker)
{
	struct resolver_question *question = mem_new(struct resolver_question);

	question->mail.handle = handle_answer;
	question->asker = *asker;
	question->host = mem_strdup(host);
	question->reactor = reactor;
	snprintf(question->port, sizeof(question->port), "%u", port);
	pthread_mutex_init(&question->mutex, NULL);
	if (start(question))
		return question;
	destroy(question);
	return NULL;
}

void resolver_give_up(struct resolver_question *question)
{
	if (question == NULL)
		return;
	question->asker.take = NULL;
	pthread_mutex_lock(&question->mutex);
	question->reactor = NULL;
	pthread_mutex_unlock(&question->mutex);
}
