/* SPDX-License-Identifier: MIT */
#include "fcgi/thread.h"

#include <errno.h>
#include <signal.h>

#include "common/base/log.h"

bool thread_start(pthread_t *thread, const char *name, void *(*run)(void *context), void *context)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(thread, NULL, run, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (errno != 0) {
		log_errno("event=start_thread name=%s", name);
		return false;
	}
	pthread_setname_np(*thread, name);
	return true;
}
