// SPDX-License-Identifier: MIT
// Another name, by the form of the menu: it is posted, and the page loaded anew as who one is then.

const ANSWER_MS = 10_000;

/**
 * @param {string} name
 * @returns {Promise<string>} why not; "" when the page is about to be loaded anew; "given" where there is no such form
 */
export async function changeName(name) {
	const form = /** @type {HTMLFormElement | null} */ (document.getElementById('name-form'));

	if (form === null)
		return 'given';
	const fields = new FormData(form);

	fields.set('name', name);
	const response = await fetch(form.action, {
		method: 'POST', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS),
		body: new URLSearchParams(/** @type {Record<string, string>} */ (Object.fromEntries(fields))),
	});

	if (response.type === 'opaqueredirect') { // as after the form
		location.reload();
		return '';
	}
	const page = new DOMParser().parseFromString(await response.text(), 'text/html');

	return page.querySelector('#name-problem, main p')?.textContent?.trim() || `${response.status}`;
}
