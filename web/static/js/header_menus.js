// SPDX-License-Identifier: MIT
// The menus in the head of the page: Escape closes one, and search begins in its field.

import { getElement } from './element.js';

export function startMenus() {
	for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll('details.menu')))
		menu.addEventListener('keydown', (event) => {
			if (event.key !== 'Escape' || !menu.open)
				return;
			event.preventDefault();
			menu.open = false;
			menu.querySelector('summary')?.focus();
		});
	// Where the history is on another host, there is no search.
	document.getElementById('search-menu')?.addEventListener('toggle', () => getElement('search-input').focus());
}
