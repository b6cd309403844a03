// SPDX-License-Identifier: MIT
// A broker that cannot reach the others of its site: the page says so, keeps what is written, and sends
// it when it can; and a room whose numbers begin anew goes on. The broker's words are the test's own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import axe from 'axe-core';

import { enterRoom, messagesOf, newPerson } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const GARDEN = 'http://garden.example';
const UNAVAILABLE = { type: 'error', code: 'unavailable', message: 'The other brokers cannot be reached.' };
const { browser, stack } = await openSite('lighttpd', [`site.allowed_origins=${GARDEN}`]);

/** Stands between the page and the broker, whose words it lets through beside those of the test. */
async function listenIn(page) {
	const wire = { said: [], isRefusing: false };

	await page.routeWebSocket('**', (socket) => {
		const server = socket.connectToServer();

		wire.lose = () => socket.close({ code: 1012 });
		wire.give = (object) => socket.send(JSON.stringify(object));
		socket.onMessage((text) => {
			const object = JSON.parse(text);

			wire.said.push(object);
			if (object.type === 'message' && wire.isRefusing)
				wire.give({ ...UNAVAILABLE, ref: object.ref });
			else
				server.send(text);
		});
	});
	return wire;
}

async function assertAccessible(page) {
	await page.evaluate(axe.source);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		const violations = await page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) =>
			[id, ...nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`)]));

		assert.deepEqual(violations, [], colorScheme);
	}
}

test('a page that is cut off says so, and sends what was written when it is not', async () => {
	const page = await newPerson(browser, { reducedMotion: 'reduce' }); // or colours would be on their way
	const wire = await listenIn(page);

	await enterRoom(page, stack, 'cut');
	wire.isRefusing = true;
	wire.give(UNAVAILABLE);
	await page.waitForSelector('#connection[data-state="unavailable"]');
	assert.equal(await page.locator('#connection-text').textContent(), 'Connected, cut off from others');
	await page.locator('#banner').getByText('The other servers of this chat cannot be reached').waitFor();
	assert.equal(await page.locator('#banner-retry').isVisible(), false);
	await page.locator('#announcer').getByText('cannot be reached').waitFor({ state: 'attached' });
	await assertAccessible(page);

	await page.locator('#chat-message-input').fill('kept');
	await page.locator('#chat-message-input').press('Enter');
	await waitFor(() => wire.said.some(({ type }) => type === 'message'), 'it is tried');
	await page.locator('[data-delivery="sending"]').waitFor();
	assert.equal(await page.locator('#chat-problem').textContent(), '');
	wire.isRefusing = false;
	wire.give({ type: 'available' });
	await page.locator('[data-delivery="sent"]').waitFor();
	assert.deepEqual(await messagesOf(page), ['kept']);
	await page.waitForSelector('#connection[data-state="connected"]');
	assert.equal(await page.locator('#banner').isVisible(), false);
	const refs = wire.said.filter(({ type }) => type === 'message').map(({ ref }) => ref);

	assert.ok(refs.length >= 2);
	assert.equal(new Set(refs).size, 1, 'it is the same message');
	page.assertQuiet();
});

test('a new connection is cut off from nobody until it is told so', async () => {
	const page = await newPerson(browser);
	const wire = await listenIn(page);

	await enterRoom(page, stack, 'anew');
	wire.give(UNAVAILABLE);
	await page.waitForSelector('#connection[data-state="unavailable"]');
	await wire.lose();
	await page.waitForSelector('#connection[data-state="connected"]');
	assert.equal(await page.locator('#banner').isVisible(), false);
	page.assertQuiet();
});

test('a room whose numbers begin anew goes on, and shows each message once', async () => {
	const page = await newPerson(browser);
	const wire = await listenIn(page);
	const tell = (seq, message) => wire.give({ type: 'message', seq, user: 'bob', message, time: '2026-11-21T03:35:00.123Z' });

	await enterRoom(page, stack, 'numbers');
	tell(1, 'one');
	tell(2, 'two');
	await page.getByText('two', { exact: true }).waitFor();
	wire.give({ type: 'epoch', epoch: '00000000000000bb', seq: 0 });
	await page.locator('#chat-log').getByText('The room goes on.').waitFor();
	tell(1, 'first of the new ones');
	tell(2, 'second of the new ones');
	tell(2, 'second of the new ones');
	await page.getByText('second of the new ones').waitFor();
	assert.deepEqual(await messagesOf(page), ['one', 'two', 'first of the new ones', 'second of the new ones']);
	assert.equal(wire.said.filter(({ type }) => type === 'history').length, 0, 'nothing is missing');
	page.assertQuiet();
});

test('a room in a page of another site says that it is cut off', async () => {
	const page = await newPerson(browser, { reducedMotion: 'reduce' });
	const wire = await listenIn(page);
	const example = await readFile(new URL('../../scripts/examples/embed.html', import.meta.url), 'utf8');
	const body = example.replaceAll('https://chat.example.org', stack.origin).replace('data-room="lobby"', 'data-room="cut"');

	await page.route(`${GARDEN}/`, (route) => route.fulfill({ contentType: 'text/html', body }));
	await page.goto(`${GARDEN}/`);
	await page.locator('.room[data-state="connected"]').waitFor();
	wire.give(UNAVAILABLE);
	await page.locator('.room[data-state="unavailable"]').getByText('Connected, cut off from others').waitFor();
	await page.getByText('What cannot be sent is kept here').waitFor();
	await assertAccessible(page);
	wire.give({ type: 'available' });
	await page.locator('.room[data-state="connected"]').getByText('Connected', { exact: true }).waitFor();
	assert.equal(await page.getByText('What cannot be sent is kept here').count(), 0);
	page.assertQuiet();
});
