// SPDX-License-Identifier: MIT
// A page of another site with a room in it: one script, as the example has it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import axe from 'axe-core';

import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const GARDEN = 'http://garden.example';
const { browser, stack } = await openSite('lighttpd', [`site.allowed_origins=${GARDEN}`]);
const example = await readFile(new URL('../../scripts/examples/embed.html', import.meta.url), 'utf8');

/** The example, on a site of its own. */
async function visit(origin, attributes = 'data-room="garden"', prepare = undefined) {
	const page = await newPerson(browser, { viewport: { width: 800, height: 700 } });
	const body = example.replaceAll('https://chat.example.org', stack.origin).replace('data-room="lobby"', attributes);

	await page.route(`${origin}/`, (route) => route.fulfill({ contentType: 'text/html', body }));
	await prepare?.(page);
	await page.goto(`${origin}/`);
	return page;
}

const connected = (page) => page.locator('.room[data-state="connected"]').waitFor();
const textsIn = (page) => page.locator('.roomwire-embed .message:not(.pending) .text').allTextContents();

async function assertAccessible(page, what) {
	await page.evaluate(axe.source);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		const violations = await page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) =>
			[id, ...nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`)]));

		assert.deepEqual(violations, [], `${what}, ${colorScheme}`);
	}
}

test('one script shows a room, and a keyboard is enough to speak in it', async () => {
	const ann = await newPerson(browser);

	await enterRoom(ann, stack, 'garden');
	await say(ann, 'said before <img src=x onerror=complain("markup")>');
	await ann.locator('[data-delivery="sent"]').waitFor();
	const bob = await visit(GARDEN);

	await connected(bob);
	await bob.getByText('said before').waitFor();
	await say(ann, 'frost tonight');
	await bob.getByText('frost tonight').waitFor();
	await bob.keyboard.press('Tab');
	await bob.keyboard.press('Tab');
	await bob.keyboard.type('thank you');
	await bob.keyboard.press('Shift+Enter');
	await bob.keyboard.type('good night');
	await bob.keyboard.press('Enter');
	await waitForMessage(ann, 'thank you\ngood night');
	await waitFor(async () => (await textsIn(bob)).length === 3, 'it has come back');
	assert.deepEqual(await textsIn(bob), ['said before <img src=x onerror=complain("markup")>', 'frost tonight',
		'thank you\ngood night']);
	assert.equal(await bob.locator('.own').count(), 1);
	await say(ann, '/me plants *beans*: https://garden.example/');
	await bob.locator('.text').getByText('plants beans: https://garden.example/').waitFor();
	assert.match(await bob.locator('.text a').getAttribute('rel'), /nofollow/);
	await bob.keyboard.type('/kick ann');
	await bob.keyboard.press('Enter');
	await bob.getByText('Commands are for the page of the room.').waitFor();
	assert.equal((await textsIn(bob)).length, 4);
	await bob.getByText('2 people here').waitFor();
	await assertAccessible(bob, 'a room in a page');
	bob.assertQuiet();
});

test('a site that is not listed is told so, and hears nothing', async () => {
	const stranger = await visit('http://stranger.example');

	await stranger.getByText(`it lets no pages of http://stranger.example in`).waitFor();
	await assertAccessible(stranger, 'a room that lets nobody in');
	assert.deepEqual(await textsIn(stranger), []);
	assert.equal(await stranger.locator('.room').getAttribute('data-state') === 'connected', false);
});

test('without a socket it listens, and says that it can do no more', async () => {
	const ann = await newPerson(browser);
	const bob = await visit(GARDEN, 'data-room="listen"', (page) => page.addInitScript(() => {
		globalThis.WebSocket = class {
			static OPEN = 1;
			constructor() {
				queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
			}
			close() {}
		};
	}));

	await connected(bob);
	await bob.getByText('this page can only listen').waitFor();
	assert.equal(await bob.getByRole('textbox').count(), 0);
	await enterRoom(ann, stack, 'listen');
	await say(ann, 'over there');
	await bob.getByText('over there').waitFor();
	await assertAccessible(bob, 'a room to listen to');
	bob.assertQuiet();
});

test('who the page says its reader is, they are, each time', async () => {
	const asked = [];

	const bob = await visit(GARDEN, `data-room="known" data-ticket-url="${GARDEN}/ticket"`,
		(page) => page.route(`${GARDEN}/ticket`, async (route) => {
			asked.push(route.request().url());
			await route.fulfill({ contentType: 'text/plain', body: `${await stack.manage('gentoken', 'gardener-1')}` });
		}));

	await connected(bob);
	const startBroker = await stack.killBroker();

	await bob.locator('.room[data-state="waiting"]').waitFor();
	startBroker();
	await connected(bob);
	assert.ok(asked.length >= 2, `${asked.length}`);
	const { members } = await stack.control({ op: 'members', room: 'known' });

	assert.deepEqual(members.map(({ user }) => user), ['gardener-1']);
});

test('a script without a room says what is missing', async () => {
	const page = await visit(GARDEN, '');

	await page.getByText('the attribute data-room of the script is missing').waitFor();
});

test('what is edited and deleted is so in the room at once, and for who comes later', async () => {
	for (const message of ['helo', 'secret', 'third'])
		await stack.control({ op: 'group_send', room: 'changing', event: { type: 'chat.message', message } });
	const page = await visit(GARDEN, 'data-room="changing"');

	await connected(page);
	await page.getByText('third').waitFor();
	await stack.control({ op: 'edit', room: 'changing', target: 1, message: 'hello' });
	await stack.control({ op: 'delete', room: 'changing', target: 2 });
	await waitFor(async () => JSON.stringify(await textsIn(page)) === '["hello","third"]', 'it is changed');
	const later = await visit(GARDEN, 'data-room="changing"');

	await later.getByText('third').waitFor();
	assert.deepEqual(await textsIn(later), ['hello', 'third']);
	page.assertQuiet();
});
