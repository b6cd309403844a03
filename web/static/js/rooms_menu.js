// SPDX-License-Identifier: MIT
// The list of the rooms that this browser has visited, with what is unread there: in a menu of the
// page's head, chosen by typing, and walked by keys. The server is asked slowly, while somebody looks.

import { isComposing } from './composer.js';
import { getElement, makeElement } from './element.js';
import { textOf } from './format.js';
import { sentences } from './sentences.js';
import { findRooms, loadVisits, neighbourOf, noteVisit, roomsInOrder, saveVisits, unreadOf, VISITED_MAX } from './visited_rooms.js';

const ASK_MS = 30_000;
const SAVE_MS = 1_000; // in a busy room each message is read
const SHOWN_MAX = 99; // more is "99+"

export class RoomsMenu {
	#room;
	#headsUrl;
	#menu = /** @type {HTMLDetailsElement} */ (getElement('rooms-menu'));
	#filter = /** @type {HTMLInputElement} */ (getElement('rooms-filter'));
	#list = getElement('rooms-list');
	#index = /** @type {HTMLAnchorElement} */ (getElement('rooms-index')).href;
	#visits = loadVisits();
	/** @type {Map<string, import('./visited_rooms.js').Head>} */
	#heads = new Map();
	/** What is not kept yet. @type {{epoch: string, seq: number} | undefined} */
	#read;
	#timer = 0;
	#askedAt = -ASK_MS;

	/**
	 * @param {string} room this page's
	 * @param {string} headsUrl where the server says how far rooms are
	 */
	constructor(room, headsUrl) {
		this.#room = room;
		this.#headsUrl = headsUrl;
		this.read('', 0);
		this.#save();
		this.#listen();
		this.#menu.hidden = false;
		this.#draw();
		this.#ask();
	}

	/**
	 * This room is read up to a message.
	 *
	 * @param {string} epoch in which seq counts; "" while it is not known
	 * @param {number} seq
	 */
	read(epoch, seq) {
		this.#read = { epoch, seq };
		this.#timer ||= setTimeout(() => this.#save(), SAVE_MS);
	}

	/** To the room before or behind this one. @param {1 | -1} step */
	walk(step) {
		const room = neighbourOf(roomsInOrder(this.#visits), this.#room, step);

		if (room !== undefined)
			this.#go(room);
	}

	/** Opens the list, to choose from it by typing. */
	choose() {
		this.#menu.open = true;
		this.#draw();
		this.#filter.focus();
		this.#filter.select();
	}

	#listen() {
		this.#menu.addEventListener('toggle', () => { // a moment later: somebody may type already
			if (this.#menu.open)
				this.#filter.focus();
			else
				this.#filter.value = '';
			this.#draw();
		});
		this.#filter.addEventListener('input', () => this.#draw());
		this.#menu.addEventListener('keydown', (event) => this.#handleKey(event));
		addEventListener('storage', ({ key }) => key?.startsWith('roomwire.rooms') && this.#reload());
		addEventListener('pagehide', () => this.#save());
		addEventListener('pageshow', ({ persisted }) => persisted && this.#reload());
		document.addEventListener('visibilitychange', () => this.#ask());
		setInterval(() => this.#ask(), ASK_MS);
	}

	#reload() {
		this.#visits = loadVisits();
		this.#draw();
	}

	/** Other pages have written meanwhile. */
	#save() {
		clearTimeout(this.#timer);
		this.#timer = 0;
		if (this.#read === undefined)
			return;
		const kept = loadVisits();

		this.#visits = noteVisit(kept.length > 0 ? kept : this.#visits, { room: this.#room, ...this.#read });
		this.#read = undefined;
		saveVisits(this.#visits);
	}

	async #ask() {
		const others = this.#visits.map(({ room }) => room).filter((room) => room !== this.#room).slice(0, VISITED_MAX);

		if (document.hidden || others.length === 0 || performance.now() - this.#askedAt < ASK_MS)
			return;
		this.#askedAt = performance.now();
		try {
			const answer = await fetch(`${this.#headsUrl}?rooms=${others.map(encodeURIComponent).join('/')}`,
				{ headers: { Accept: 'application/json' } });

			if (answer.ok)
				this.#take((await answer.json()).rooms);
		} catch {
			// the next time
		}
	}

	#take(rooms) {
		this.#heads = new Map((Array.isArray(rooms) ? rooms : []).map(({ room, epoch, seq }) =>
			[textOf(room), { epoch: textOf(epoch), seq: Number(seq) || 0 }]));
		this.#draw();
	}

	#unreadIn(room) {
		const visit = this.#visits.find((visit) => visit.room === room);

		return visit === undefined || room === this.#room ? 0 : unreadOf(visit, this.#heads.get(room));
	}

	#draw() {
		const rooms = roomsInOrder(this.#visits);
		const count = rooms.filter((room) => this.#unreadIn(room) > 0).length;
		const badge = getElement('rooms-badge');

		badge.hidden = count === 0;
		badge.replaceChildren(...makeCount(count, sentences.roomsUnread(count)));
		if (this.#menu.open)
			this.#list.replaceChildren(...findRooms(rooms, this.#filter.value).map((room) => this.#makeRow(room)));
	}

	#makeRow(room) {
		const name = makeElement('span', 'room-name', room);
		const link = /** @type {HTMLAnchorElement} */ (makeElement('a', 'rooms-link', name));
		const unread = this.#unreadIn(room);

		name.dir = 'auto';
		link.href = this.#urlOf(room);
		if (room === this.#room)
			link.setAttribute('aria-current', 'page');
		if (unread > 0)
			link.append(' ', makeElement('span', 'badge', ...makeCount(unread, sentences.newMessages(unread))));
		return makeElement('li', '', link);
	}

	/** Arrows go through what there is; Enter in the field goes to the first room, or to one of that name. */
	#handleKey(event) {
		if (isComposing(event) || event.ctrlKey || event.altKey || event.metaKey)
			return;
		if (event.key === 'Enter' && event.target === this.#filter) {
			event.preventDefault();
			this.#go(findRooms(roomsInOrder(this.#visits), this.#filter.value)[0] ?? this.#filter.value.trim());
		} else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
			event.preventDefault();
			this.#moveFocus(event.key === 'ArrowDown' ? 1 : -1);
		}
	}

	#moveFocus(step) {
		const stops = [this.#filter, .../** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll('a'))];
		const now = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));

		stops[(now + step + stops.length) % stops.length].focus();
	}

	#urlOf(room) {
		return `${this.#index}${encodeURIComponent(room)}/`;
	}

	#go(room) {
		if (room !== '')
			location.href = this.#urlOf(room);
	}
}

/** A number for eyes, and what it means for ears. */
function makeCount(count, meaning) {
	const shown = makeElement('span', '', count > SHOWN_MAX ? `${SHOWN_MAX}+` : String(count));

	shown.setAttribute('aria-hidden', 'true');
	return [shown, makeElement('span', 'visually-hidden', meaning)];
}
