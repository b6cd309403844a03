// SPDX-License-Identifier: MIT
// When the reader may not write just now, and why: said above the input, which keeps what is typed.
// What is closed comes before a pause; a pause ends by itself and lets them type on.

import { getElement } from './element.js';
import { dayAndTime, exactTime } from './format.js';
import { sentences } from './sentences.js';

const TIMER_MAX_MS = 2 ** 31 - 1;

export class ComposerGate {
	#form;
	#input;
	#standing;
	#tell;
	/** What was said of it for ears: a countdown is not read out each second. */
	#told = '';
	#why = getElement('composer-why');
	#isOver = false;
	/** Why there is no connection that would take anything; "" while there may be one. */
	#absence = '';
	#pauseEnd = 0;
	#timer = 0;

	/**
	 * @param {HTMLFormElement} form
	 * @param {HTMLTextAreaElement} input
	 * @param {import('./standing.js').Standing} standing
	 * @param {(text: string) => void} tell for ears
	 */
	constructor(form, input, standing, tell) {
		this.#form = form;
		this.#input = input;
		this.#standing = standing;
		this.#tell = tell;
		form.addEventListener('submit', (event) => this.#judge(event), { capture: true });
	}

	/** The standing is another. */
	update() {
		const reason = this.#reason();
		const pauseMs = this.#standing.mayHurry ? 0 : this.#pauseEnd - Date.now();

		clearTimeout(this.#timer);
		if (this.#isOver)
			return;
		this.#why.title = this.#exactEnd();
		this.#input.readOnly = reason !== '';
		this.#form.querySelector('[type=submit]')?.setAttribute('aria-disabled', String(reason !== '' || pauseMs > 0));
		this.#say(reason || (pauseMs > 0 ? sentences.slowWait(Math.ceil(pauseMs / 1000)) : ''), reason || (pauseMs > 0 ? 'pause' : ''));
		if (reason === '' && pauseMs > 0)
			this.#lookAgainIn(pauseMs % 1000 || 1000);
		else if (Number.isFinite(this.#standing.mutedUntil) && this.#standing.mutedUntil > Date.now())
			this.#lookAgainIn(this.#standing.mutedUntil - Date.now());
	}

	/** Something of the reader's was said: in a slow room the pause begins. */
	noteSaid() {
		if (this.#standing.rules.slowSeconds > 0)
			this.pause(this.#standing.rules.slowSeconds * 1000);
	}

	/** @param {number} milliseconds nothing is taken so long */
	pause(milliseconds) {
		this.#pauseEnd = Date.now() + milliseconds;
		this.update();
	}

	/** @param {string} absence "": over */
	setAbsence(absence) {
		this.#absence = absence;
		this.update();
	}

	/** Whoever ends the input for good has said why elsewhere. */
	stop() {
		this.#isOver = true;
		this.#say('', '');
	}

	#lookAgainIn(milliseconds) {
		this.#timer = setTimeout(() => this.update(), Math.min(milliseconds, TIMER_MAX_MS));
	}

	#reason() {
		const { mutedUntil, rules } = this.#standing;

		if (this.#absence !== '')
			return this.#absence;
		if (mutedUntil > Date.now())
			return mutedUntil === Infinity ? sentences.mutedForGood : sentences.mutedUntil(dayAndTime(new Date(mutedUntil)));
		return rules.isLocked && !this.#standing.may('say') ? sentences.locked : '';
	}

	/** When somebody may write again who is muted for a time. */
	#exactEnd() {
		const { mutedUntil } = this.#standing;

		return mutedUntil > Date.now() && mutedUntil !== Infinity ? exactTime(new Date(mutedUntil)) : '';
	}

	#say(text, kind) {
		this.#why.textContent = text;
		if (kind !== '' && kind !== this.#told)
			this.#tell(text);
		this.#told = kind;
	}

	#judge(event) {
		if (this.#standing.mayHurry || this.#pauseEnd <= Date.now() || this.#input.value.trim() === '')
			return;
		event.preventDefault();
		event.stopImmediatePropagation();
	}
}
