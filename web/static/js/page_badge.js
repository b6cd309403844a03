// SPDX-License-Identifier: MIT
// What a tab shows that nobody looks at: how many messages have come, in its title, and a dot on its
// icon. Both go when somebody comes back.

import { sentences } from './sentences.js';

const DOTTED_ICON = '/static/icons/favicon-new.svg';

export class PageBadge {
	#title = document.title;
	#icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel="icon"]'));
	#plainIcon = this.#icon?.getAttribute('href') ?? '';
	#count = 0;
	#mentions = 0;

	constructor() {
		document.addEventListener('visibilitychange', () => document.hidden || this.#clear());
		addEventListener('pagehide', () => this.#clear()); // Back shows the page as it was left
	}

	/** A message of somebody else has come. @param {boolean} isMention */
	note(isMention) {
		if (!document.hidden)
			return;
		this.#count++;
		this.#mentions += isMention ? 1 : 0;
		document.title = sentences.talk.title(this.#count, this.#mentions, this.#title);
		this.#icon?.setAttribute('href', DOTTED_ICON);
	}

	#clear() {
		if (this.#count === 0)
			return;
		this.#count = 0;
		this.#mentions = 0;
		document.title = this.#title;
		this.#icon?.setAttribute('href', this.#plainIcon);
	}
}
