// SPDX-License-Identifier: MIT
// Says and asks by requests what a socket would carry, and answers with the events that it would
// have brought. A message keeps its ref, so that one that was tried on a socket is said once.

import { retryAfterOf } from './http_events.js';

const ANSWER_MS = 10_000;
const LISTEN_ONLY = { code: 'listen_only', message: 'Without a live socket this page can only listen.' };
const UNANSWERED = { code: 'timeout', message: 'No answer came in time.' };
const NO_HISTORY = { code: 'no_history', message: 'Older messages can only be had over a live socket here.' };

const LOGIN_ENDED = 401; // no refusal of a message: who has written it is no longer who the page is for

export class HttpSender {
	#place;
	#hear;
	#end;

	/**
	 * @param {import('./transports.js').Place} place
	 * @param {(event: Record<string, any>) => void} hear
	 * @param {(end: import('./transports.js').TransportEnd) => void} end
	 */
	constructor(place, hear, end) {
		this.#place = place;
		this.#hear = hear;
		this.#end = end;
	}

	/** @param {Record<string, any>} object */
	send({ type, ...object }) {
		if (type === 'history')
			this.#ask(object);
		else if (type === 'members')
			this.#hear({ type, members: [], more: false }); // nobody but those of the welcome is named
		else if (type in this.#place.postUrls)
			this.#post(this.#place.postUrls[type], object);
	}

	async #post(url, object) {
		const { ref } = object;

		if (!url) {
			this.#hear({ type: 'error', ref, ...LISTEN_ONLY });
			return;
		}
		const { status, answer, retryAfter } = await this.#fetch(url, {
			method: 'POST', body: formOf({ csrf_token: this.#place.csrfToken ?? '', ...object }),
		});

		if (status === LOGIN_ENDED)
			this.#end({ code: 4401 });
		else if (answer?.ok === true)
			this.#hear({ type: answer.seq === undefined ? 'done' : 'ack', ref, seq: answer.seq });
		else
			this.#hear({ type: 'error', ref, ...problemOf(answer), retry_after_ms: retryAfter * 1000 });
	}

	async #ask(range) {
		const { historyUrl } = this.#place;

		if (!historyUrl) {
			this.#hear({ type: 'error', ...NO_HISTORY });
			return;
		}
		const { answer } = await this.#fetch(`${historyUrl}?${new URLSearchParams(range)}`);

		if (Array.isArray(answer?.messages))
			this.#hear({ type: 'history', messages: answer.messages, more: answer.more });
		else
			this.#hear({ type: 'error', ...problemOf(answer) });
	}

	/** @returns {Promise<{status: number, answer?: any, retryAfter: number}>} without an answer a later try may help */
	async #fetch(address, options = {}) {
		try {
			const response = await fetch(address, {
				...options, headers: { Accept: 'application/json' }, credentials: 'same-origin', redirect: 'error',
				cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS),
			});
			const answer = await response.json().catch(() => undefined);

			return { status: response.status, answer, retryAfter: retryAfterOf(response) };
		} catch {
			return { status: 0, retryAfter: 0 };
		}
	}
}

/** What is undefined is not said, as in JSON. */
function formOf(object) {
	return new URLSearchParams(JSON.parse(JSON.stringify(object)));
}

/** As the protocol names it: whatever is away for a moment there is only busy here. */
function problemOf(answer) {
	if (typeof answer?.error !== 'string')
		return UNANSWERED;
	return { code: answer.error === 'unavailable' ? 'busy' : answer.error, message: answer.message };
}
