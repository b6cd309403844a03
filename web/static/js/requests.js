// SPDX-License-Identifier: MIT
// What is asked of the server once, and answered by its ref: an order, a change to a message. Knows no
// socket. Nothing here outlives its connection: who has asked is told, and asks again if they still want it.

import { makeRef, RefusedError } from './outbox.js';

const ANSWER_TIMEOUT_MS = 10_000;
const REQUESTS_MAX = 50; // without an answer; no person asks so fast

export class Requests {
	/** @type {Map<string, {resolve: (answer: any) => void, reject: (error: Error) => void, timer: number}>} */
	#asked = new Map();

	/** @returns {{ref: string, answer: Promise<any>}} */
	add() {
		const ref = makeRef();
		const answer = new Promise((resolve, reject) => {
			const timer = setTimeout(() => this.refuse(ref, new RefusedError('timeout', 'No answer came in time.')), ANSWER_TIMEOUT_MS);

			this.#asked.set(ref, { resolve, reject, timer });
		});

		if (this.#asked.size > REQUESTS_MAX)
			this.refuse(ref, new RefusedError('too_fast', 'Too much is waiting for an answer.'));
		return { ref, answer };
	}

	/** @param {string} ref @param {any} answer @returns {boolean} whether it was a request's */
	accept(ref, answer) {
		const asked = this.#take(ref);

		asked?.resolve(answer);
		return asked !== undefined;
	}

	/** @param {string} ref @param {Error} error @returns {boolean} whether it was a request's */
	refuse(ref, error) {
		const asked = this.#take(ref);

		asked?.reject(error);
		return asked !== undefined;
	}

	/** @param {Error} error */
	refuseAll(error) {
		for (const ref of this.#asked.keys())
			this.refuse(ref, error);
	}

	#take(ref) {
		const asked = this.#asked.get(ref);

		clearTimeout(asked?.timer);
		this.#asked.delete(ref);
		return asked;
	}
}
