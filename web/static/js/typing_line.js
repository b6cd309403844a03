// SPDX-License-Identifier: MIT
// Who is writing: a line above the input, which is no live region, since it changes all the time.

import { sentences } from './sentences.js';

const FORGET_MS = 6_000;

export class TypingLine {
	#line;
	/** @type {Map<string, number>} the timer that forgets each */
	#timers = new Map();

	/** @param {HTMLElement} line */
	constructor(line) {
		this.#line = line;
	}

	/** @param {string[]} names without the reader's own */
	show(names) {
		for (const name of names) {
			clearTimeout(this.#timers.get(name));
			this.#timers.set(name, setTimeout(() => this.forget([name]), FORGET_MS));
		}
		this.#draw();
	}

	/** They have written it, or left. @param {string[]} names */
	forget(names) {
		for (const name of names) {
			clearTimeout(this.#timers.get(name));
			this.#timers.delete(name);
		}
		this.#draw();
	}

	/** The connection is another one. */
	clear() {
		this.forget([...this.#timers.keys()]);
	}

	#draw() {
		this.#line.textContent = this.#timers.size === 0 ? '' : sentences.talk.typing([...this.#timers.keys()]);
	}
}
