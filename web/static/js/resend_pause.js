// SPDX-License-Identifier: MIT
// How long what was not taken waits before it is sent again. The pause doubles with each error in a row, five times: a
// server ends a connection after twenty errors in a minute.

/**
 * Errors that mean "later", and the first pause of each.
 *
 * @type {Record<string, number>}
 */
const pausesMs = {
	busy: 300, too_fast: 1_000, stopping: 2_000, timeout: 300, unavailable: 2_000, storage: 5_000, unreadable: 5_000,
};
const DOUBLED_MAX = 5;

/** @param {string} code of an error @returns {boolean} whether it means "later" */
export function isForLater(code) {
	return Object.hasOwn(pausesMs, code);
}

export class ResendPause {
	#errorsInRow = 0;
	#timer = 0;
	#end;

	/** @param {() => void} end called when a pause is over by itself */
	constructor(end) {
		this.#end = end;
	}

	/** @returns {boolean} */
	get isOn() {
		return this.#timer !== 0;
	}

	/** @param {string} code one that is for later @param {number} askedMs that the server asks for at least */
	begin(code, askedMs) {
		const doubled = pausesMs[code] * 2 ** Math.min(this.#errorsInRow++, DOUBLED_MAX);

		this.stop();
		this.#timer = setTimeout(() => {
			this.#timer = 0;
			this.#end();
		}, Math.max(askedMs, doubled * (0.75 + Math.random() / 2)));
	}

	stop() {
		clearTimeout(this.#timer);
		this.#timer = 0;
	}

	/** Something was taken: the next pause is a first one again. */
	forget() {
		this.#errorsInRow = 0;
	}
}
