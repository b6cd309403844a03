// SPDX-License-Identifier: MIT
// Whoever is logged in no more, or banned: the page says so, sends nothing, and leaves them what they
// were typing. The broker's words are the test's own.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, messagesOf, newPerson } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const { browser, stack } = await openSite();
const input = '#chat-message-input';

/** Somebody who types in a room. */
async function enterTyping(room) {
	const page = await newPerson(browser);
	const sockets = [];
	let endOfOthers = null;

	await page.routeWebSocket('**', (socket) => {
		sockets.push(socket);
		if (endOfOthers !== null)
			socket.close(endOfOthers);
		else
			socket.connectToServer();
	});
	await enterRoom(page, stack, room);
	sockets.splice(0, sockets.length - 1);
	await page.locator(input).fill('half a sentence');
	const end = (close, closeOfOthers = close) => {
		endOfOthers = closeOfOthers;
		sockets.at(-1).close(close);
	};

	return { page, sockets, end };
}

test('a page whose login has ended tries once, keeps what is typed, and offers to load it again', async () => {
	const { page, sockets, end } = await enterTyping('over');

	end({ code: 4401, reason: 'logged out' });
	await page.locator('#banner-text').getByText('You have been logged out, or in as somebody else.').waitFor();
	await page.locator(input).press('Enter');
	await page.evaluate(() => dispatchEvent(new Event('online')));
	assert.equal(await page.locator(input).inputValue(), 'half a sentence');
	assert.equal(await page.locator(input).isEditable(), false);
	assert.match(await page.locator(input).evaluate((input) =>
		document.getElementById(input.getAttribute('aria-describedby')).textContent), /logged out/);
	assert.deepEqual(await messagesOf(page), []);
	assert.equal(sockets.length, 2);
	await page.locator('#announcer').getByText('logged out').waitFor({ state: 'attached' });

	await page.getByRole('button', { name: 'Reload' }).click();
	await waitFor(() => sockets.length === 3, 'the page is there again');
	assert.equal(await page.locator(input).inputValue(), 'half a sentence', 'the same person goes on');
	page.assertQuiet();
});

test('who has another session now goes on, with a menu of that session', async () => {
	const { page, sockets, end } = await enterTyping('renewed');
	const body = page.locator('#name-menu .menu-body');

	await body.evaluate((body) => (body.dataset.old = ''));
	end({ code: 4401, reason: 'logged out' }, null);
	await waitFor(() => sockets.length === 2, 'it comes back');
	await page.waitForSelector('#connection[data-state="connected"]');
	await page.locator('#name-menu summary').click();
	await waitFor(() => body.evaluate((body) => body.dataset.old === undefined), 'the menu is new');
	assert.equal(await page.locator('#name-menu').getAttribute('open'), '');
	assert.equal(await page.locator(input).inputValue(), 'half a sentence');
	await page.locator('#name-input').fill('Renewed');
	await page.locator('#name-input').press('Enter');
	await page.locator('#own-name').getByText('Renewed').waitFor();
	page.assertQuiet();
});

test('a page of somebody who is banned says so, and does not come back', async () => {
	const { page, sockets, end } = await enterTyping('banned');

	end({ code: 4403, reason: 'banned' });
	await page.getByText('You have been banned from this site.').waitFor();
	await page.evaluate(() => dispatchEvent(new Event('online')));
	assert.equal(await page.locator('#banner button').isVisible(), false);
	assert.equal(await page.locator(input).isEditable(), false);
	assert.equal(await page.locator(input).inputValue(), 'half a sentence');
	assert.equal(sockets.length, 1);
	page.assertQuiet();
});
