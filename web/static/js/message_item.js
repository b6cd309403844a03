// SPDX-License-Identifier: MIT
// One message as an element. The page arrives with the last messages in this markup already; the
// server leaves out what only the reader's side knows (initials and colour, local times, groups):
//
//     <li class="message [message-own] [message-deleted]" id="message-42" data-seq="42" data-user="ann"
//         data-time="2026-…Z" [data-edited="2026-…Z"]>
//       <span class="avatar" aria-hidden="true"></span>
//       <div class="message-body">
//         <p class="message-head"><bdi class="message-user">ann</bdi> <a class="message-link"
//           href="?message=42#message-42"><time class="message-time" datetime="2026-…Z">…</time></a>
//           [<span class="message-edited">(edited)</span>]</p>
//         <div class="message-text" dir="auto">hello</div>
//         <a class="message-more" href="message/?seq=42">Actions</a></div></li>
//
// data-user is "" where the site itself speaks, and its name stands in .message-user. A message
// that is not sent yet has no number: no id, no data-seq, and links that lead nowhere. Of a deleted
// one .message-text says that it was deleted.

import { makeElement } from './element.js';
import { avatarClass, exactTime, initials, parseTime, shortTime } from './format.js';
import { mentions, readSource, renderText } from './message_text.js';
import { sentences } from './sentences.js';

const GROUP_MS = 5 * 60_000;

/** Who reads this page. @type {{ownName: string, isName: (name: string) => boolean}} */
let reader = { ownName: '', isName: () => false };

/** What was written, of texts that are shown with their marks. @type {WeakMap<Element, string>} by .message-text */
const sources = new WeakMap();

/**
 * @typedef {object} Message
 * @property {number} [seq] of one that the server has
 * @property {string} user "" for the site
 * @property {string} name what is shown for it
 * @property {string} text
 * @property {Date} time
 * @property {boolean} isOwn
 * @property {Date} [edited] when its text was changed for the last time
 * @property {boolean} [isDeleted]
 */

/** For what is made from now on: names are marked in it. @param {typeof reader} other */
export function setReader(other) {
	reader = other;
}

/** @param {Message} message @returns {HTMLElement} */
export function makeMessage(message) {
	const link = makeElement('a', 'message-link', makeElement('time', 'message-time'));
	const head = makeElement('p', 'message-head', makeElement('bdi', 'message-user', message.name), ' ', link);
	const text = makeElement('div', 'message-text', message.text);
	const more = makeElement('a', 'message-more');
	const item = makeElement('li', 'message', makeElement('span', 'avatar'), makeElement('div', 'message-body', head, text, more));

	text.dir = 'auto';
	item.dataset.user = message.user;
	item.classList.toggle('message-own', message.isOwn);
	item.querySelector('.avatar')?.setAttribute('aria-hidden', 'true');
	setTime(item, message.time);
	dressMessage(item);
	if (message.seq !== undefined)
		setSeq(item, message.seq);
	if (message.isDeleted)
		markDeleted(item);
	else if (message.edited !== undefined)
		markEdited(item, message.edited);
	return item;
}

/** What the server leaves out. @param {HTMLElement} item */
export function dressMessage(item) {
	const avatar = /** @type {HTMLElement} */ (item.querySelector('.avatar'));
	const name = item.querySelector('.message-user')?.textContent ?? '';

	avatar.className = `avatar ${avatarClass(name)}`;
	avatar.textContent = initials(name);
	setTime(item, timeOf(item));
	if (!isDeleted(item))
		setText(item, textOfMessage(item));
	if (item.dataset.edited !== undefined)
		markEdited(item, parseTime(item.dataset.edited));
	dressMore(item, name);
}

/** Without a script it leads to a page of its own. */
function dressMore(item, name) {
	const more = makeElement('a', 'message-more', '⋯');

	more.setAttribute('role', 'button');
	more.setAttribute('aria-haspopup', 'menu');
	more.setAttribute('aria-label', sentences.messageActions(name, shortTime(timeOf(item))));
	item.querySelector('.message-more')?.replaceWith(more);
	if (seqOf(item) > 0)
		more.setAttribute('href', moreAddress(seqOf(item)));
}

/** @param {HTMLElement} item @param {number} seq */
export function setSeq(item, seq) {
	item.id = `message-${seq}`;
	item.dataset.seq = String(seq);
	item.querySelector('.message-link')?.setAttribute('href', `?message=${seq}#message-${seq}`);
	item.querySelector('.message-more')?.setAttribute('href', moreAddress(seq));
}

function moreAddress(seq) {
	return `message/?seq=${seq}`;
}

/** The numbers have begun anew: this one means another message now. @param {HTMLElement} item */
export function forgetSeq(item) {
	item.removeAttribute('id');
	delete item.dataset.seq;
	item.querySelector('.message-link')?.removeAttribute('href');
	item.querySelector('.message-more')?.removeAttribute('href');
}

/** @param {Element} item @returns {number} 0 while it has none */
export function seqOf(item) {
	return Number(/** @type {HTMLElement} */ (item).dataset.seq ?? 0);
}

/** @param {HTMLElement} item @param {Date} date */
export function setTime(item, date) {
	const time = /** @type {HTMLTimeElement} */ (item.querySelector('time'));

	item.dataset.time = date.toISOString();
	time.dateTime = item.dataset.time;
	time.title = exactTime(date);
	time.textContent = shortTime(date);
}

/** @param {HTMLElement} item @returns {Date} */
export function timeOf(item) {
	return parseTime(item.dataset.time);
}

/** @param {HTMLElement} item @returns {string} as it was written; of a deleted one what stands there instead */
export function textOfMessage(item) {
	const text = /** @type {HTMLElement} */ (item.querySelector('.message-text'));

	return sources.get(text) ?? readSource(text);
}

/** @param {HTMLElement} item @param {string} source */
function setText(item, source) {
	const text = /** @type {HTMLElement} */ (item.querySelector('.message-text'));
	const actor = item.querySelector('.message-user')?.textContent ?? '';

	sources.set(text, source);
	text.replaceChildren(renderText(source, { ...reader, actor }));
	item.classList.toggle('message-mention', !item.classList.contains('message-own') && mentions(source, reader.ownName));
}

/**
 * Its text is another one now, unless it is already one that was written later: who reads back comes to old changes of a
 * message that arrived as it is.
 *
 * @param {HTMLElement} item
 * @param {string} text
 * @param {Date} time
 */
export function changeText(item, text, time) {
	const { edited } = item.dataset;

	if (isDeleted(item) || (edited !== undefined && time < parseTime(edited)))
		return;
	setText(item, text);
	markEdited(item, time);
}

function markEdited(item, time) {
	const mark = item.querySelector('.message-edited') ?? makeElement('span', 'message-edited', sentences.edited);

	item.dataset.edited = time.toISOString();
	mark.title = sentences.editedAt(exactTime(time));
	item.querySelector('.message-head')?.append(mark);
}

/** What it said is gone. @param {HTMLElement} item */
export function markDeleted(item) {
	item.classList.add('message-deleted');
	item.querySelector('.message-edited')?.remove();
	/** @type {HTMLFormElement | null} */ (item.querySelector('.message-edit'))?.reset(); // message_editor.js ends with it
	setText(item, sentences.deleted);
}

/** @param {Element} item */
export function isDeleted(item) {
	return item.classList.contains('message-deleted');
}

/**
 * Those of one person within a few minutes stand close together.
 *
 * @param {Element} item nothing happens when it is no message
 */
export function group(item) {
	const before = item.previousElementSibling;

	if (isMessage(item))
		item.classList.toggle('message-continued', before !== null && isMessage(before) && continues(item, before));
}

/** @param {Element | null | undefined} item @returns {item is HTMLElement} */
export function isMessage(item) {
	return item?.classList.contains('message') ?? false;
}

function continues(item, before) {
	const isSame = item.dataset.user === before.dataset.user
		&& item.classList.contains('message-own') === before.classList.contains('message-own');

	return isSame && timeOf(item).getTime() - timeOf(before).getTime() < GROUP_MS;
}

/**
 * How far an own message is: "sending", "failed", or "sent", which is not worth a word.
 *
 * @param {HTMLElement} item
 * @param {"sending"|"waiting"|"sent"|"failed"} state
 * @param {{retry: () => void, discard: () => void}} [choice] for "failed"
 */
export function setDelivery(item, state, choice) {
	const line = makeElement('p', 'message-delivery', sentences.delivery[state]);

	item.dataset.delivery = state;
	item.querySelector('.message-delivery')?.remove();
	if (state === 'sent')
		return;
	if (choice !== undefined)
		line.append(' ', makeChoice(sentences.retry, choice.retry), ' ', makeChoice(sentences.discard, choice.discard));
	item.querySelector('.message-body')?.append(line);
}

function makeChoice(text, choose) {
	const button = /** @type {HTMLButtonElement} */ (makeElement('button', 'button button-small', text));

	button.type = 'button';
	button.addEventListener('click', choose, { once: true });
	return button;
}
