// SPDX-License-Identifier: MIT
// Puts a room into a page of any site, where its script stands:
//
//     <script type="module" src="https://chat.example.org/static/js/embed.js" data-room="lobby"></script>
//
// Besides data-room: data-ticket, what the page's site says of its user, good for one connection, or
// data-ticket-url, which is asked for one each time; data-theme, light or dark, where the reader's own
// choice does not fit the page; data-url, where the sockets are when not beside this file.

import { makeElement } from './element.js';
import { EmbeddedRoom } from './embed_room.js';
import { sentences } from './sentences.js';

async function askForTicket(url) {
	const response = await fetch(url, { cache: 'no-store' });

	if (!response.ok)
		throw new Error(`no ticket: ${response.status}`);
	return (await response.text()).trim();
}

/** @param {HTMLScriptElement} script */
function embed(script) {
	const { room = '', ticket, ticketUrl, theme = '', url = new URL('../../ws/', import.meta.url).href } = script.dataset;
	const host = makeElement('div', 'roomwire-embed');

	host.dataset.theme = theme;
	script.after(host);
	if (room === '')
		host.textContent = sentences.roomMissing;
	else
		new EmbeddedRoom(host, { room, url, ticket: ticketUrl === undefined ? ticket : () => askForTicket(ticketUrl) });
}

// A module runs once, however many scripts name it.
for (const script of document.scripts)
	if (script.src === import.meta.url)
		embed(script);
