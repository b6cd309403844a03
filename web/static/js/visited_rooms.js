// SPDX-License-Identifier: MIT
// The rooms that this browser has visited, and how far they were read in it. Pure, but for the two
// functions that keep them in the browser's storage: all its pages read and write the same.

import { locale } from './translate.js';

const STORE = 'roomwire.rooms';
const order = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });

/** So many are kept, those visited last; the server answers for as many at once. */
export const VISITED_MAX = 20;

/**
 * @typedef {object} Visit
 * @property {string} room
 * @property {string} epoch in which seq counts; "" where nobody has told
 * @property {number} seq of the last message that was read
 *
 * @typedef {{epoch: string, seq: number}} Head of a room: the number of its last message
 */

/** @returns {Visit[]} the last one first */
export function loadVisits() {
	try {
		return parseVisits(localStorage.getItem(STORE));
	} catch {
		return []; // storage is forbidden
	}
}

/** @param {Visit[]} visits */
export function saveVisits(visits) {
	try {
		localStorage.setItem(STORE, JSON.stringify(visits));
	} catch {
		// storage is full or forbidden: the list holds as long as the page
	}
}

/** @param {string | null} text that was stored; anything may stand there @returns {Visit[]} */
export function parseVisits(text) {
	let stored;

	try {
		stored = JSON.parse(text ?? '[]');
	} catch {
		return [];
	}
	return (Array.isArray(stored) ? stored : []).filter((visit) => typeof visit?.room === 'string' && visit.room !== ''
		&& typeof visit.epoch === 'string' && Number.isSafeInteger(visit.seq)).slice(0, VISITED_MAX);
}

/**
 * A room is visited, and read so far. What another page of it has read before stays read.
 *
 * @param {Visit[]} visits
 * @param {Visit} visit
 * @returns {Visit[]}
 */
export function noteVisit(visits, visit) {
	const known = visits.find(({ room }) => room === visit.room);
	const isSame = known !== undefined && (visit.epoch === '' || known.epoch === visit.epoch);
	const noted = isSame ? { ...known, seq: Math.max(known.seq, visit.seq) } : visit;

	return [noted, ...visits.filter((other) => other !== known)].slice(0, VISITED_MAX);
}

/**
 * @param {Visit} visit
 * @param {Head | undefined} head undefined where nobody has told
 * @returns {number} how much has come since; a change of a message has a number, too
 */
export function unreadOf({ epoch, seq }, head) {
	if (head === undefined || epoch === '')
		return 0;
	return head.epoch === epoch ? Math.max(0, head.seq - seq) : head.seq;
}

/** @param {Visit[]} visits @returns {string[]} the rooms by name, so that visiting one changes no places */
export function roomsInOrder(visits) {
	return visits.map(({ room }) => room).sort((a, b) => order.compare(a, b) || (a < b ? -1 : 1));
}

/**
 * @param {string[]} rooms in their order
 * @param {string} room one of them
 * @param {1 | -1} step
 * @returns {string | undefined} undefined where there is no other
 */
export function neighbourOf(rooms, room, step) {
	return rooms.length < 2 ? undefined : rooms[(rooms.indexOf(room) + step + rooms.length) % rooms.length];
}

/** @param {string[]} rooms @param {string} typed @returns {string[]} those whose names have it in them; first, who begin with it */
export function findRooms(rooms, typed) {
	const wanted = typed.trim().toLowerCase();
	const isFirst = (/** @type {string} */ room) => room.toLowerCase().startsWith(wanted);

	return [...rooms.filter(isFirst), ...rooms.filter((room) => !isFirst(room) && room.toLowerCase().includes(wanted))];
}
