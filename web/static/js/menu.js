// SPDX-License-Identifier: MIT
// A menu of what can be done with one thing: one element, which is put beside the button that opens
// it (W3C ARIA: Menu Button). The first item has the focus, arrows and letters move it, and closing
// gives it back to the button.

import { makeElement } from './element.js';

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {() => void} act called when the menu is closed and the button has the focus again
 * @property {boolean} [isDangerous]
 */

export class Menu {
	#element = makeElement('div', 'action-menu');
	/** @type {HTMLElement | null} */
	#button = null;
	/** Letters that were typed just now. */
	#typed = '';
	#typedAt = 0;
	#closed;

	/** @param {() => void} [closed] called when it is closed again */
	constructor(closed = () => {}) {
		this.#closed = closed;
		this.#element.setAttribute('role', 'menu');
		this.#element.addEventListener('keydown', (event) => this.#handleKey(event));
		this.#element.addEventListener('focusout', ({ relatedTarget }) => {
			if (relatedTarget === null || !this.#element.contains(/** @type {Node} */ (relatedTarget)))
				this.close();
		});
		document.addEventListener('pointerdown', ({ target }) => {
			if (!this.#element.contains(/** @type {Node} */ (target)) && target !== this.#button)
				this.close();
		});
		// It would take the focus, which closes the menu, and its click would open that again.
		document.addEventListener('mousedown', (event) => event.target === this.#button && event.preventDefault());
	}

	/** @returns {HTMLElement | null} what has opened it; null while it is closed */
	get button() {
		return this.#button;
	}

	/**
	 * @param {HTMLElement} button says in its label what the menu is of
	 * @param {MenuItem[]} items nothing happens without any
	 */
	open(button, items) {
		this.close();
		if (items.length === 0)
			return;
		this.#button = button;
		this.#element.replaceChildren(...items.map((item) => this.#makeItem(item)));
		this.#element.setAttribute('aria-label', button.getAttribute('aria-label') ?? '');
		button.setAttribute('aria-expanded', 'true');
		button.after(this.#element);
		this.#place(button);
		this.#focus(0);
	}

	close() {
		const button = this.#button;

		if (button === null)
			return;
		this.#button = null;
		button.removeAttribute('aria-expanded');
		this.#element.remove();
		this.#closed();
	}

	/** Above the button where there is no room below. */
	#place(button) {
		const frame = button.closest('.log, .people')?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
		const { top, bottom } = button.getBoundingClientRect();
		const height = this.#element.offsetHeight;

		this.#element.classList.toggle('action-menu-above', bottom + height > frame.bottom && top - height > frame.top);
		this.#element.scrollIntoView({ block: 'nearest' });
	}

	#makeItem({ label, act, isDangerous = false }) {
		const item = /** @type {HTMLButtonElement} */ (makeElement('button', 'action-menu-item', label));

		item.type = 'button';
		item.tabIndex = -1;
		item.setAttribute('role', 'menuitem');
		item.classList.toggle('action-menu-danger', isDangerous);
		item.addEventListener('click', () => {
			this.leave();
			act();
		});
		return item;
	}

	/** Closes it, and its button has the focus again. */
	leave() {
		const button = this.#button;

		this.close();
		button?.focus();
	}

	#focus(index) {
		const { children } = this.#element;

		/** @type {HTMLElement} */ (children[(index + children.length) % children.length]).focus();
	}

	#handleKey(event) {
		const index = [...this.#element.children].indexOf(/** @type {Element} */ (document.activeElement));
		const moves = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 };

		event.stopPropagation();
		if (event.key === 'Tab') {
			this.leave(); // and the key goes on from the button
		} else if (event.key === 'Escape') {
			event.preventDefault();
			this.leave();
		} else if (Object.hasOwn(moves, event.key)) {
			event.preventDefault();
			this.#focus(moves[event.key]);
		} else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) {
			this.#find(event.key, event.timeStamp);
		}
	}

	#find(letter, time) {
		this.#typed = (time - this.#typedAt < 500 ? this.#typed : '') + letter.toLocaleLowerCase();
		this.#typedAt = time;
		/** @type {HTMLElement | undefined} */ ([...this.#element.children]
			.find(({ textContent }) => textContent?.toLocaleLowerCase().startsWith(this.#typed)))?.focus();
	}
}
