// SPDX-License-Identifier: MIT
// Puts a room into a page of any site, where its script stands:
//
//     <script type="module" src="https://chat.example.org/static/js/embed.js" data-room="lobby"></script>
//
// Besides data-room: data-ticket, what the page's site says of its user, good for one connection, or
// data-ticket-url, which is asked for one each time; data-lang, where the room is to speak another
// language than what stands around it; data-theme, light or dark, where the reader's own choice does
// not fit the page; data-url, where the sockets are when not beside this file.
//
// The room itself is beside this file, once for each language (LANGUAGES, named by the build).

import { makeElement } from './element.js';
import { findLanguage } from './language.js';

async function askForTicket(url) {
	const response = await fetch(url, { cache: 'no-store' });

	if (!response.ok)
		throw new Error(`no ticket: ${response.status}`);
	return (await response.text()).trim();
}

/** @param {HTMLScriptElement} script */
function languageOf(script) {
	const around = /** @type {HTMLElement | null} */ (script.closest('[lang]'));

	return findLanguage(script.dataset.lang ?? around?.lang ?? '', LANGUAGES);
}

/** @param {HTMLScriptElement} script */
async function embed(script) {
	const { room = '', ticket, ticketUrl, theme = '', url = new URL('../../ws/', import.meta.url).href } = script.dataset;
	const host = makeElement('div', 'roomwire-embed');

	host.dataset.theme = theme;
	host.lang = languageOf(script);
	script.after(host);
	const { EmbeddedRoom, sentences } = await import(new URL(`./${host.lang}/embed_room.js`, import.meta.url).href);

	if (room === '')
		host.textContent = sentences.roomMissing;
	else
		new EmbeddedRoom(host, { room, url, ticket: ticketUrl === undefined ? ticket : () => askForTicket(ticketUrl) });
}

// A module runs once, however many scripts name it.
for (const script of document.scripts)
	if (script.src === import.meta.url)
		embed(script);
