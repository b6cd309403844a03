// SPDX-License-Identifier: MIT
// Networks that let no WebSocket through: a person is in the room all the same, is told so, and says
// and hears everything once. That it takes no more than five seconds is shown where the clock stands
// still, in client_fallback.test.mjs.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import axe from 'axe-core';

import { enterRoom, messagesOf, newPerson, numbered, say, waitForMessage } from './browser.mjs';
import { Proxy } from './proxy.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const { browser, stack } = await openSite('lighttpd', ['limits.messages_per_second=0']);
const networks = [
	{ name: 'strips Upgrade', manners: { upgrade: 'strip' }, transport: 'eventstream' },
	{ name: 'swallows the handshake', manners: { upgrade: 'swallow' }, transport: 'eventstream' },
	{ name: 'holds streams back', manners: { upgrade: 'strip', isBuffering: true }, transport: 'longpoll' },
];

async function startProxy(manners) {
	const proxy = await Proxy.start(stack.origin, manners);

	after(() => proxy.stop());
	return proxy;
}

const connectedBy = (transport) => `#connection[data-state="connected"][data-transport="${transport}"]`;

async function enterThrough(proxy, room, transport) {
	const page = await newPerson(browser);

	await page.goto(proxy.urlOf(stack.roomUrl(room)), { waitUntil: 'commit' });
	await page.waitForSelector(connectedBy(transport));
	return page;
}

/** Both show the same, in one order and each once. */
async function assertSame(ann, bob, count) {
	const isThere = async (page) => (await messagesOf(page)).length === count
		&& await page.locator('.message:not([data-seq])').count() === 0;

	await waitFor(async () => await isThere(ann) && await isThere(bob), `${count} messages`);
	const shown = await messagesOf(ann);

	assert.deepEqual(await messagesOf(bob), shown);
	assert.equal(new Set(shown).size, count);
	return shown;
}

/** As axe-core judges it, on a wide screen and on a narrow one, light and dark. */
async function assertAccessible(page) {
	await page.emulateMedia({ reducedMotion: 'reduce' });
	await page.evaluate(axe.source);
	for (const size of [{ width: 1280, height: 720 }, { width: 360, height: 640 }])
		for (const colorScheme of ['light', 'dark']) {
			await page.setViewportSize(size);
			await page.emulateMedia({ colorScheme });
			const found = await page.evaluate(async () => ({
				violations: (await axe.run()).violations.map(({ id, nodes }) => [id, nodes[0].html]),
				scrollsSideways: document.documentElement.scrollWidth > innerWidth,
			}));

			assert.deepEqual(found, { violations: [], scrollsSideways: false }, `${colorScheme}, ${size.width}`);
		}
}

for (const { name, manners, transport } of networks) {
	test(`behind a proxy that ${name} the page goes on by ${transport}, and says so`, async () => {
		const proxy = await startProxy(manners);
		const ann = await enterThrough(proxy, `by ${name}`, transport);
		const bob = await newPerson(browser);

		await enterRoom(bob, stack, `by ${name}`);
		assert.equal(await ann.locator('#connection-text').textContent(), 'Connected, no live socket');
		assert.equal(await ann.locator('#banner').isHidden(), true);
		await waitFor(async () => await ann.locator('.person').count() === 2, 'ann sees bob');

		for (const [i, text] of numbered(6, 'said').entries()) {
			await say(i % 2 === 0 ? ann : bob, text);
			await Promise.all([waitForMessage(ann, text), waitForMessage(bob, text)]);
		}
		for (const text of numbered(10, 'at once'))
			await say(ann, text);
		const shown = await assertSame(ann, bob, 16);

		assert.deepEqual(shown, [...numbered(6, 'said'), ...numbered(10, 'at once')]);
		await ann.locator('[data-delivery="sending"]').first().waitFor({ state: 'detached' });
		await assertAccessible(ann);
		assert.equal(await ann.locator('#chat-log').getByText('Welcome to the').count(), 1, 'the welcome is said once');
		assert.equal(await bob.locator('#chat-log').getByText(' left').count(), 0, 'nobody sees anybody come and go');
		ann.assertQuiet();
		bob.assertQuiet();
	});

	test(`behind a proxy that ${name} an own message is edited and deleted`, async () => {
		const proxy = await startProxy(manners);
		const room = `changed ${name}`;
		const ann = await enterThrough(proxy, room, transport);
		const bob = await newPerson(browser);
		const choose = async (action) => {
			await ann.locator('.message').hover();
			await ann.locator('.message-more').click();
			await ann.getByRole('menuitem', { name: action }).click();
		};

		await enterRoom(bob, stack, room);
		await say(ann, 'teh word');
		await waitForMessage(bob, 'teh word');
		await ann.locator('.message[data-seq]').waitFor();
		await choose('Edit');
		await ann.getByRole('textbox', { name: 'Edit the message' }).fill('the word');
		await ann.keyboard.press('Enter');
		await waitForMessage(bob, 'the word');
		await ann.locator('.message-edited').waitFor();
		await choose('Delete…');
		await ann.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await Promise.all([ann, bob].map((page) => waitForMessage(page, 'This message was deleted.')));
		ann.assertQuiet();
		bob.assertQuiet();
	});

	test(`behind a proxy that ${name} nothing is lost with the broker`, async () => {
		const proxy = await startProxy(manners);
		const room = `lost ${name}`;
		const ann = await enterThrough(proxy, room, transport);
		const bob = await newPerson(browser);

		await enterRoom(bob, stack, room);
		await say(ann, 'before');
		await Promise.all([waitForMessage(ann, 'before'), waitForMessage(bob, 'before')]);
		const startBroker = await stack.killBroker();

		await ann.waitForSelector('#connection[data-state="waiting"]');
		for (const text of numbered(3, 'written while away'))
			await say(ann, text);
		await say(bob, 'from the other side');
		startBroker();
		const shown = await assertSame(ann, bob, 5);

		assert.deepEqual(shown.filter((text) => text.startsWith('written')), numbered(3, 'written while away'));
		assert.equal(shown[0], 'before');
		await ann.waitForSelector(connectedBy(transport), { timeout: 30_000 });
		await say(bob, 'all back');
		await waitForMessage(ann, 'all back');
		ann.assertQuiet();
	});
}

test('what was said on a socket that broke before its ack is said once, though it is posted too', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await ann.addInitScript(() => {
		const Real = WebSocket;

		globalThis.WebSocket = function (...place) {
			globalThis.socket = globalThis.isBroken ? { close() {} } : new Real(...place);
			if (globalThis.isBroken)
				queueMicrotask(() => globalThis.socket.onclose?.({ code: 1006, reason: '' }));
			return globalThis.socket;
		};
		globalThis.WebSocket.OPEN = Real.OPEN;
	});
	await Promise.all([enterRoom(ann, stack, 'twice'), enterRoom(bob, stack, 'twice')]);
	await ann.evaluate(() => {
		socket.onmessage = null; // deaf: what it says arrives, and it does not know
	});
	await say(ann, 'said once');
	await waitForMessage(bob, 'said once');
	const posted = ann.waitForResponse((response) => response.request().method() === 'POST');

	await ann.evaluate(() => {
		globalThis.isBroken = true;
		socket.onclose({ code: 1006, reason: '' });
	});
	assert.equal((await (await posted).json()).ok, true);
	await ann.waitForSelector(connectedBy('eventstream'));
	await say(bob, 'behind it');
	assert.deepEqual(await assertSame(ann, bob, 2), ['said once', 'behind it']);
	ann.assertQuiet();
});

test('in another network the socket is tried again, and the page says no more', async () => {
	const proxy = await startProxy({ upgrade: 'strip' });
	const ann = await enterThrough(proxy, 'moved', 'eventstream');
	const tries = () => proxy.asked.filter((url) => url.startsWith('/ws/')).length;
	const before = tries();

	await ann.evaluate(() => dispatchEvent(new Event('online')));
	await waitFor(() => tries() > before, 'it tries');
	await ann.waitForSelector(connectedBy('eventstream'));
	await say(ann, 'still here');
	await ann.locator('[data-delivery="sent"]').waitFor();
	assert.deepEqual(await messagesOf(ann), ['still here']);
});

test('who has been logged out elsewhere is told so by a stream, too', async () => {
	const proxy = await startProxy({ upgrade: 'strip' });
	const ann = await enterThrough(proxy, 'identity', 'eventstream');
	const before = proxy.asked.length;

	await ann.context().clearCookies(); // the next connection is a new guest's, and this page is not theirs
	await ann.evaluate(() => dispatchEvent(new Event('online')));
	await ann.waitForSelector('#connection[data-state="closed"]', { timeout: 30_000 });
	await ann.locator('#banner').getByText('You have been logged out').waitFor();
	assert.ok(proxy.asked.length - before < 8, `${proxy.asked.slice(before)}`);
});
