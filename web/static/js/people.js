// SPDX-License-Identifier: MIT
// Who is here. The server tells names while a room is small and only their number in a large one:
// so the list and the count are two things, and the list says how many it does not show.

import { getElement, makeElement } from './element.js';
import { avatarClass, initials } from './format.js';
import { Menu } from './menu.js';
import { sentences } from './sentences.js';
import { locale } from './translate.js';

const SHOWN_MAX = 300;
const order = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });

export class People {
	/** @type {Set<string>} */
	#names = new Set();
	/** Those who are shown. @type {Map<string, HTMLElement>} */
	#persons = new Map();
	/** @type {Set<string>} those of whom nobody looks */
	#away = new Set();
	#count = 0;
	#own = '';
	#isDrawing = false;
	#standing;
	#moderator;
	#menu = new Menu(() => this.draw());

	/**
	 * @param {import('./standing.js').Standing} standing
	 * @param {import('./moderator.js').Moderator} moderator
	 */
	constructor(standing, moderator) {
		this.#standing = standing;
		this.#moderator = moderator;
	}

	/**
	 * From the beginning.
	 *
	 * @param {string} own the reader's own name
	 * @param {string[]} names
	 * @param {number} count
	 */
	reset(own, names, count) {
		this.#own = own;
		this.#names = new Set(names);
		this.#away.clear();
		this.setCount(count);
	}

	/** @param {string[]} names more of those who are here already */
	add(names) {
		for (const name of names)
			this.#names.add(name);
		this.draw();
	}

	/**
	 * @param {string[]} joined
	 * @param {string[]} left
	 * @returns {{joined: string[], left: string[]}} those of them that change something, without oneself
	 */
	change(joined, left) {
		const added = joined.filter((name) => !this.#names.has(name));
		const gone = left.filter((name) => this.#names.delete(name));
		const isOther = (/** @type {string} */ name) => name !== this.#own;

		this.add(joined);
		return { joined: added.filter(isOther), left: gone.filter(isOther) };
	}

	/** @param {string[]} names of people who are away */
	setAway(names) {
		for (const name of names)
			this.#away.add(name);
		this.draw();
	}

	/** @param {string[]} names of people who are not, or are gone */
	setBack(names) {
		for (const name of names)
			this.#away.delete(name);
		this.draw();
	}

	/** @param {unknown} count of everybody */
	setCount(count) {
		this.#count = Number.isInteger(count) ? Number(count) : this.#names.size;
		this.draw();
	}

	/** Once a frame: names come in crowds. */
	draw() {
		if (this.#isDrawing)
			return;
		this.#isDrawing = true;
		requestAnimationFrame(() => {
			this.#isDrawing = false;
			this.#drawNow();
		});
	}

	#drawNow() {
		if (this.#menu.button !== null)
			return; // somebody is choosing from what is drawn: when they are done
		const rankOf = (/** @type {string} */ name) => this.#standing.rankOf(name);
		const names = [...this.#names].sort((a, b) => rankOf(b) - rankOf(a) || order.compare(a, b)).slice(0, SHOWN_MAX);
		const hidden = this.#count - names.length;

		this.#arrange(names);
		getElement('people-count').textContent = String(this.#count);
		getElement('people-button-count').textContent = String(this.#count);
		getElement('people-more').textContent = sentences.peopleMore(hidden);
		getElement('people-more').hidden = hidden <= 0;
	}

	/** Who stays keeps the element: it may have the focus, or a dialog gives that back to it. */
	#arrange(names) {
		const list = getElement('people-list');
		const focused = /** @type {HTMLElement | null} */ (document.activeElement);
		const persons = names.map((name) => patch(this.#persons.get(name), this.#makePerson(name)));

		this.#persons = new Map(names.map((name, i) => [name, persons[i]]));
		for (const person of [...list.children].filter((other) => !persons.includes(other)))
			person.remove();
		for (const [i, person] of persons.entries())
			if (list.children[i] !== person)
				list.insertBefore(person, list.children[i] ?? null);
		if (list.contains(focused))
			focused?.focus();
	}

	#makePerson(name) {
		const avatar = makeElement('span', `avatar avatar-small ${avatarClass(name)}`, initials(name));
		const person = makeElement('li', 'person', avatar, makeElement('bdi', 'person-name', name));

		avatar.setAttribute('aria-hidden', 'true');
		person.classList.toggle('person-away', this.#away.has(name));
		if (name === this.#own)
			person.append(' ', makeElement('span', 'quiet', sentences.you));
		for (const mark of this.#marks(name))
			person.append(' ', makeElement('span', 'mark', mark));
		if (this.#moderator.items({ user: name }).length > 0)
			person.append(' ', this.#makeMore(name));
		return person;
	}

	#marks(name) {
		const role = this.#standing.roleOf(name);

		return [
			...(role === 'user' ? [] : [sentences.roles[role]]),
			...(this.#standing.isMuted(name) ? [sentences.muted] : []),
			...(this.#away.has(name) ? [sentences.away] : []),
		];
	}

	/** It leads to a page of its own where a menu is not wanted: in a new tab, say. */
	#makeMore(name) {
		const more = /** @type {HTMLAnchorElement} */ (makeElement('a', 'person-more', '⋯'));

		more.href = `people/?user=${encodeURIComponent(name)}`;
		more.setAttribute('role', 'button');
		more.setAttribute('aria-haspopup', 'menu');
		more.setAttribute('aria-label', sentences.personActions(name));
		const toggle = (/** @type {Event} */ event) => {
			event.preventDefault();
			if (this.#menu.button === more)
				this.#menu.leave();
			else
				this.#menu.open(more, this.#moderator.items({ user: name }));
		};

		more.addEventListener('click', (event) => event.ctrlKey || event.metaKey || toggle(event));
		more.addEventListener('keydown', (event) => [' ', 'ArrowDown'].includes(event.key) && toggle(event));
		return more;
	}
}

/**
 * @param {HTMLElement | undefined} person
 * @param {HTMLElement} fresh the same as it is now
 * @returns {HTMLElement} the one to show: that of before with what is new, where both have a button
 */
function patch(person, fresh) {
	const more = person?.querySelector('.person-more');

	if (!person || !more || fresh.querySelector('.person-more') === null)
		return fresh;
	person.className = fresh.className;
	while (more.previousSibling)
		more.previousSibling.remove();
	more.before(...[...fresh.childNodes].slice(0, -1));
	return person;
}

/** The panel is always there on a wide screen, and opened by a button on a narrow one. */
export function startPeoplePanel() {
	const button = getElement('people-button');
	const panel = getElement('people');
	const show = (/** @type {boolean} */ isOpen) => {
		panel.classList.toggle('people-open', isOpen);
		button.setAttribute('aria-expanded', String(isOpen));
		(isOpen ? getElement('people-close') : button).focus();
	};

	button.addEventListener('click', () => show(!panel.classList.contains('people-open')));
	getElement('people-close').addEventListener('click', () => show(false));
	panel.addEventListener('keydown', (event) => event.key === 'Escape' && show(false));
}
