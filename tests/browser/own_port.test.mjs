// SPDX-License-Identifier: MIT
// Pages whose sockets go straight to the broker, which listens on a port of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { freePort } from './stack.mjs';

const [port, socketPort] = [await freePort(), await freePort()];
const { browser, stack } = await openSite('lighttpd', [
	`broker.listen=unix:run/broker.sock 127.0.0.1:${socketPort}`,
	`site.socket_url=ws://127.0.0.1:${socketPort}/ws/`,
	`site.base_url=http://127.0.0.1:${port}`,
	'limits.message_bytes=40000',
], port);

test('they chat over it, as the guests that the pages know', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];
	const urls = [];

	ann.on('websocket', (socket) => urls.push(socket.url()));
	await enterRoom(ann, stack, 'direct');
	await enterRoom(bob, stack, 'direct');
	await say(ann, 'straight to the broker');
	await waitForMessage(bob, 'straight to the broker');
	await say(bob, 'and back');
	await waitForMessage(ann, 'and back');

	assert.deepEqual(await messagesOf(ann), ['straight to the broker', 'and back']);
	assert.deepEqual(urls.map((url) => url.replace(/\?.*/, '')), [`ws://127.0.0.1:${socketPort}/ws/chat/direct/`]);
	const { members } = await stack.control({ op: 'members', room: 'direct' });
	const cookies = await Promise.all([ann, bob].map((page) => page.context().cookies()));

	assert.equal(members.length, 2);
	assert.deepEqual(cookies.map((list) => list.length), [1, 1]); // the broker has made nobody a new guest
	ann.assertQuiet();
	bob.assertQuiet();
});

test('the streams are there too, for a page whose browser has no way for a socket', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];
	const asked = [];

	await ann.addInitScript(() => {
		globalThis.WebSocket = class {
			static OPEN = 1;
			constructor() {
				queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
			}
			close() {}
		};
	});
	ann.on('request', (request) => asked.push(request.url().replace(/\?.*/, '')));
	await ann.goto(stack.roomUrl('streams'));
	await ann.waitForSelector('#connection[data-state="connected"][data-transport="eventstream"]');
	assert.ok(asked.includes(`http://127.0.0.1:${socketPort}/sse/chat/streams/`), `${asked}`);
	await enterRoom(bob, stack, 'streams');
	await say(ann, 'posted');
	await waitForMessage(bob, 'posted');
	await say(bob, 'streamed');
	await waitForMessage(ann, 'streamed');
	assert.equal((await stack.control({ op: 'members', room: 'streams' })).members.length, 2);
	ann.assertQuiet();
});

test('a message may be as long as the site allows', async () => {
	const page = await newPerson(browser);

	await enterRoom(page, stack, 'long');
	await say(page, 'm'.repeat(30_000));
	await page.locator('[data-delivery="sent"]').waitFor();
	assert.equal((await messagesOf(page))[0].length, 30_000);
	page.assertQuiet();
});

test('pages of other sites are refused there too', async () => {
	const stranger = await newPerson(browser);

	await stranger.route('http://stranger.example/', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
	await stranger.goto('http://stranger.example/');
	assert.equal(await stranger.evaluate((url) => new Promise((resolve) => {
		const socket = new WebSocket(url);

		socket.onopen = () => resolve('open');
		socket.onerror = () => resolve('refused');
	}), `ws://127.0.0.1:${socketPort}/ws/chat/direct/`), 'refused');
});
