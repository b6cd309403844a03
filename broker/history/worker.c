/* SPDX-License-Identifier: MIT */
/* Only starting and stopping: what the thread does comes to it as mail and timers. */
#include "broker/history/worker.h"

#include <errno.h>
#include <signal.h>

#include "common/base/log.h"

bool worker_init(struct worker *worker)
{
	worker->has_thread = false;
	if (reactor_init(&worker->reactor))
		return true;
	log_errno("event=start_thread");
	return false;
}

static void *run_thread(void *context)
{
	reactor_run(context);
	return NULL;
}

/* Signals are the main thread's. */
bool worker_start(struct worker *worker, const char *name)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&worker->thread, NULL, run_thread, &worker->reactor);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	worker->has_thread = errno == 0;
	if (worker->has_thread)
		pthread_setname_np(worker->thread, name);
	else
		log_errno("event=start_thread name=%s", name);
	return worker->has_thread;
}

void worker_stop(struct worker *worker)
{
	if (!worker->has_thread)
		return;
	reactor_stop(&worker->reactor);
	pthread_join(worker->thread, NULL);
	worker->has_thread = false;
}

void worker_finish(struct worker *worker)
{
	worker_stop(worker);
	reactor_finish(&worker->reactor);
}
