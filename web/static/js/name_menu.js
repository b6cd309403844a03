// SPDX-License-Identifier: MIT
// The menu of one's name and account. It is the server's, forms with their tokens and all, and stands
// for the session in which the page was loaded: after another one it is brought anew when it is opened.

import { getElement } from './element.js';

const ANSWER_MS = 10_000;

export class NameMenu {
	#menu = getElement('name-menu');
	#isOld = false;

	constructor() {
		this.#menu.addEventListener('toggle', () => {
			if (this.#isOld && /** @type {HTMLDetailsElement} */ (this.#menu).open)
				this.#renew().catch(() => {}); // the next time
		});
	}

	/** The same person has another session now, or an account instead of being a guest. */
	age() {
		this.#isOld = true;
	}

	async #renew() {
		const response = await fetch(location.href, { signal: AbortSignal.timeout(ANSWER_MS) });
		const page = new DOMParser().parseFromString(await response.text(), 'text/html');
		const body = page.querySelector('#name-menu .menu-body');

		if (body === null)
			return; // an error's page
		this.#menu.querySelector('.menu-body')?.replaceWith(body);
		this.#isOld = false;
	}
}
