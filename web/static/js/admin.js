// SPDX-License-Identifier: MIT
// What the pages of the admin do by themselves where there is a script: the figures stay fresh, and
// all rows are selected at once. Without it everything works all the same.

import { makeElement } from './element.js';
import { showTimes } from './times.js';

const REFRESH_MS = 5_000; // from one to the next: a slow network has never two under way
const ANSWER_MS = 10_000;

/** The figures come from the page as it is now. Nothing is exchanged that somebody has opened, or while it is paused. */
async function refresh(live, isPaused) {
	const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(ANSWER_MS) });
	const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');

	if (!fresh)
		return;
	fresh.querySelector('#figures')?.toggleAttribute('open', live.querySelector('#figures')?.open ?? false);
	showTimes(fresh);
	if (!live.contains(document.activeElement) && !isPaused())
		live.replaceChildren(...fresh.childNodes);
}

/** What moves by itself can be stopped (WCAG 2.2.2). */
function keepFresh(live) {
	const button = makeElement('button', 'button button-small', live.dataset.pause);
	let isPaused = false;

	button.type = 'button';
	button.ariaPressed = 'false';
	button.addEventListener('click', () => {
		isPaused = !isPaused;
		button.ariaPressed = String(isPaused);
	});
	live.after(makeElement('p', 'page-link', button));
	const turn = async () => {
		if (!isPaused && !document.hidden)
			await refresh(live, () => isPaused).catch(() => {}); // the next one may come through
		setTimeout(turn, REFRESH_MS);
	};

	setTimeout(turn, REFRESH_MS);
}

/** @param {HTMLFormElement} form */
function letSelectAll(form) {
	const boxes = [...form.querySelectorAll('input[name="id"]')];
	const head = form.querySelector('thead .admin-select');
	const count = form.querySelector('#selected-count');

	if (!head || boxes.length === 0)
		return;
	const all = makeElement('input', '');
	const show = () => {
		const selected = boxes.filter((box) => box.checked).length;

		all.checked = selected === boxes.length;
		all.indeterminate = selected > 0 && selected < boxes.length;
		count.textContent = selected > 0 ? `${selected} / ${boxes.length}` : '';
	};

	all.type = 'checkbox';
	all.ariaLabel = head.textContent.trim();
	all.addEventListener('change', () => {
		for (const box of boxes)
			box.checked = all.checked;
		show();
	});
	form.addEventListener('change', show);
	head.replaceChildren(makeElement('label', '', all));
	show();
}

const live = document.querySelector('[data-live]');
const list = document.getElementById('list');

if (live)
	keepFresh(live);
if (list)
	letSelectAll(list);
