// SPDX-License-Identifier: MIT
// Says and asks by requests what a socket would carry, and answers with the events that it would
// have brought. A message keeps its ref, so that one that was tried on a socket is said once.

import { retryAfterOf } from './http_events.js';

const ANSWER_MS = 10_000;
const LISTEN_ONLY = { code: 'listen_only', message: 'Without a live socket this page can only listen.' };
const UNANSWERED = { code: 'busy', message: 'There is no answer now.' };
const NO_HISTORY = { code: 'no_history', message: 'Older messages can only be had over a live socket here.' };

/** Of statuses that mean "later", the code that does. @type {Record<number, string>} */
const laterCodes = { 429: 'too_fast', 503: 'busy' };
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
		const { postUrl, editUrl, deleteUrl } = this.#place;

		if (type === 'message')
			this.#post(postUrl, object);
		else if (type === 'edit')
			this.#post(editUrl, object);
		else if (type === 'delete')
			this.#post(deleteUrl, object);
		else if (type === 'history')
			this.#ask(object);
		else if (type === 'members')
			this.#hear({ type, members: [], more: false }); // nobody but those of the welcome is named
	}

	async #post(address, fields) {
		const { csrfToken = '' } = this.#place;
		const { ref } = fields;

		if (!address) {
			this.#hear({ type: 'error', ref, ...LISTEN_ONLY });
			return;
		}
		const { status, answer, retryAfter } = await this.#fetch(address, {
			method: 'POST', body: new URLSearchParams({ csrf_token: csrfToken, ...fields }),
		});

		if (status === LOGIN_ENDED)
			this.#end({ code: 4401 });
		else if (answer?.ok === true)
			this.#hear({ type: 'ack', ref, seq: answer.seq });
		else
			this.#hear({ type: 'error', ref, ...problemOf(answer, status), retry_after: retryAfter });
	}

	async #ask(range) {
		const { historyUrl } = this.#place;

		if (!historyUrl) {
			this.#hear({ type: 'error', ...NO_HISTORY });
			return;
		}
		const { status, answer } = await this.#fetch(`${historyUrl}?${new URLSearchParams(range)}`);

		if (Array.isArray(answer?.messages))
			this.#hear({ type: 'history', messages: answer.messages, more: answer.more });
		else
			this.#hear({ type: 'error', ...problemOf(answer, status) });
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

/** As the protocol names it: whatever is away for a moment there is only busy here. */
function problemOf(answer, status) {
	if (typeof answer?.error !== 'string')
		return UNANSWERED;
	return { code: answer.error === 'storage' ? 'storage' : laterCodes[status] ?? answer.error, message: answer.message };
}
