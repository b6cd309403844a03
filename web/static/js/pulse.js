// SPDX-License-Identifier: MIT
// Whether anybody is at the other end: asks after a silence, and gives up when nothing is heard in
// time. Knows nothing of what is heard.

export class Pulse {
	#silenceTimer = 0;
	#answerTimer = 0;
	#ask;
	#giveUp;

	/** @param {{ask: () => void, giveUp: () => void}} calls */
	constructor({ ask, giveUp }) {
		this.#ask = ask;
		this.#giveUp = giveUp;
	}

	/** Without anything from the other end within the time it counts as lost. @param {number} milliseconds */
	expect(milliseconds) {
		this.stop();
		this.#answerTimer = setTimeout(this.#giveUp, milliseconds);
	}

	/** Something has been heard. @param {number} silenceMs how long there may be nothing */
	note(silenceMs) {
		this.stop();
		this.#silenceTimer = setTimeout(this.#ask, silenceMs);
	}

	stop() {
		clearTimeout(this.#silenceTimer);
		clearTimeout(this.#answerTimer);
	}
}
