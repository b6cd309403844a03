// SPDX-License-Identifier: MIT
// Edits and deletions until the server has answered. Knows no socket. They are sent again when the
// connection was lost: the server does each ref once.

import { makeRef, RefusedError } from './outbox.js';

const CHANGES_MAX = 100; // that wait while the connection is away

/**
 * @typedef {object} Change
 * @property {object} frame
 * @property {boolean} isSent
 * @property {(answer: {seq: number}) => void} resolve
 * @property {(error: Error) => void} reject
 */

export class Changes {
	/** By ref. @type {Map<string, Change>} */
	#waiting = new Map();

	/** @param {object} frame as it is sent, without a ref @returns {Promise<{seq: number}>} */
	add(frame) {
		const ref = makeRef();

		return new Promise((resolve, reject) => {
			if (this.#waiting.size < CHANGES_MAX)
				this.#waiting.set(ref, { frame: { ...frame, ref }, isSent: false, resolve, reject });
			else
				reject(new RefusedError('outbox_full', 'Too many changes are waiting to be sent.'));
		});
	}

	/** @returns {any} the frame to send now */
	next() {
		const change = [...this.#waiting.values()].find(({ isSent }) => !isSent);

		if (change !== undefined)
			change.isSent = true;
		return change?.frame;
	}

	/** @param {string} ref @param {number} seq */
	accept(ref, seq) {
		this.#take(ref)?.resolve({ seq });
	}

	/** @param {string} ref @param {Error} error @returns {boolean} whether it was a change's */
	refuse(ref, error) {
		const change = this.#take(ref);

		change?.reject(error);
		return change !== undefined;
	}

	/** What was sent is to be sent again. */
	rewind() {
		for (const change of this.#waiting.values())
			change.isSent = false;
	}

	/** @param {Error} error */
	refuseAll(error) {
		for (const ref of [...this.#waiting.keys()])
			this.refuse(ref, error);
	}

	#take(ref) {
		const change = this.#waiting.get(ref);

		this.#waiting.delete(ref);
		return change;
	}
}
