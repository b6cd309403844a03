// SPDX-License-Identifier: MIT
// A connection that is gone for a while, a page that is loaded again, a broker that dies: what was
// said on either side is there afterwards, once and in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, messagesOf, newPerson, numbered, say, sayAll, scrollTo, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { Stack, waitFor } from './stack.mjs';

const OFFLINE_MS = 30_000; // longer than a page takes a silent connection for lost
const { browser, stack } = await openSite('lighttpd', ['limits.messages_per_second=0']);

async function enterBoth(room) {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await ann.clock.install(); // goes on by itself, and faster where a test says so
	await Promise.all([enterRoom(ann, stack, room), enterRoom(bob, stack, room)]);
	await say(ann, 'before');
	await waitForMessage(bob, 'before');
	await waitForMessage(ann, 'before');
	return [ann, bob];
}

/** Both show the same, each message once, and those of each writer in the order in which they were written. */
async function assertSame(ann, bob, written) {
	const isThere = async (page) => new Set(await messagesOf(page)).size >= new Set(Object.values(written).flat()).size;

	await waitFor(async () => await isThere(ann) && await isThere(bob)
		&& await ann.locator('.message:not([data-seq])').count() === 0, 'everything is there');
	const shown = await messagesOf(ann);

	assert.deepEqual(await messagesOf(bob), shown);
	for (const texts of Object.values(written))
		assert.deepEqual(shown.filter((text) => texts.includes(text)), texts);
	assert.equal(shown.length, new Set(shown).size);
	const numbers = await ann.locator('.message').evaluateAll((items) => items.map(({ dataset }) => Number(dataset.seq)));

	assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
}

for (const [name, milliseconds, state] of [['half a minute', OFFLINE_MS, 'waiting'], ['a moment', 1_500, 'connected']]) {
	test(`${name} without a network: what both wrote meanwhile is there, once and in order`, async () => {
		const room = `offline ${milliseconds}`;
		const [ann, bob] = await enterBoth(room);
		const written = { ann: numbered(5, 'ann offline'), bob: numbered(80, 'bob meanwhile') };

		await ann.context().setOffline(true);
		for (const [i, text] of written.ann.entries()) {
			await say(ann, text);
			await sayAll(bob, room, written.bob.slice(16 * i, 16 * i + 16));
			await ann.clock.runFor(milliseconds / written.ann.length);
		}
		await waitForMessage(bob, 'bob meanwhile 80');
		await ann.waitForSelector(`#connection[data-state="${state}"]`); // between two tries, or not noticed
		assert.ok(!(await messagesOf(ann)).includes('bob meanwhile 80'), 'she is offline');
		assert.ok(!(await messagesOf(bob)).includes('ann offline 1'), 'and not heard');
		await ann.context().setOffline(false);
		await assertSame(ann, bob, { ...written, both: ['before'] });
		assert.equal(await ann.locator('[data-delivery="failed"], [data-delivery="waiting"]').count(), 0);
		ann.assertQuiet();
	});
}

test('a page that is loaded again while the broker is away sends what it had', async () => {
	const [ann, bob] = await enterBoth('again');
	const startBroker = await stack.killBroker();
	const written = numbered(5, 'typed');

	await ann.waitForSelector('#connection[data-state="waiting"]');
	for (const text of written.slice(0, 3))
		await say(ann, text);
	await ann.reload();
	await ann.waitForFunction(() => document.querySelectorAll('[data-delivery="waiting"]').length === 3);
	assert.deepEqual(await messagesOf(ann), ['before', ...written.slice(0, 3)]);
	for (const text of written.slice(3))
		await say(ann, text);
	startBroker();
	await assertSame(ann, bob, { ann: ['before', ...written] });
	await ann.reload();
	await ann.waitForSelector('#connection[data-state="connected"]');
	assert.deepEqual(await messagesOf(ann), ['before', ...written]);
	assert.deepEqual(await ann.evaluate(() => Object.keys(localStorage)), ['roomwire.rooms'], 'nothing is left to send');
});

test('what cannot be stored is kept, and sent by itself once it can', async () => {
	const [ann, bob] = await enterBoth('storage');
	const putBack = await stack.takeHistoryAway();
	const problem = ann.getByText('Messages cannot be stored at the moment.');

	await say(ann, 'kept here');
	await problem.waitFor();
	assert.equal(await ann.locator('[data-delivery="sending"]').count(), 1);
	await say(ann, 'and this');
	assert.deepEqual(await messagesOf(bob), ['before']);
	await putBack();
	await assertSame(ann, bob, { ann: ['before', 'kept here', 'and this'] });
	await problem.waitFor({ state: 'hidden' });
	ann.assertQuiet();
});

test('an ack that is lost makes no second message', async () => {
	const [ann, bob] = await enterBoth('ack');

	// The first connection hears nothing any more, but what it says arrives.
	await ann.addInitScript(() => {
		const Real = WebSocket;

		globalThis.WebSocket = class extends Real {
			set onmessage(listener) {
				this.addEventListener('message', (event) => globalThis.isDeaf || listener?.(event));
			}
		};
	});
	await ann.reload();
	await ann.waitForSelector('#connection[data-state="connected"]');
	await ann.evaluate(() => {
		globalThis.isDeaf = true;
	});
	await say(ann, 'said once');
	await waitForMessage(bob, 'said once');
	await say(bob, 'behind it');
	assert.equal(await ann.locator('[data-delivery="sending"]').count(), 1);
	await ann.reload();
	await assertSame(ann, bob, { all: ['before', 'said once', 'behind it'] });
	assert.ok(await ann.locator('[data-delivery="sent"]').count() <= 1);
	assert.deepEqual(await messagesOf(ann), ['before', 'said once', 'behind it']);
	assert.deepEqual(await messagesOf(bob), ['before', 'said once', 'behind it']);
});

test('a page that missed too much begins anew, and has all of it further up', async () => {
	const own = await Stack.start('lighttpd', ['limits.messages_per_second=0', 'limits.resume_messages=20']);

	try {
		const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);
		const [first, texts] = [numbered(120, 'before'), numbered(90, 'missed')];

		await enterRoom(bob, own, 'much');
		await sayAll(bob, 'much', first);
		await ann.clock.install();
		await enterRoom(ann, own, 'much');
		await ann.context().setOffline(true);
		await say(ann, 'from offline');
		await sayAll(bob, 'much', texts);
		await ann.clock.runFor(OFFLINE_MS);
		await ann.waitForSelector('#connection[data-state="waiting"]');
		let goOn, isAsked = false;
		const isAnew = new Promise((resolve) => {
			goOn = resolve;
		});

		await ann.route('**/api/rooms/**', async (route) => { // what was older before it began anew
			isAsked = true;
			await isAnew;
			await route.continue();
		});
		await scrollTo(ann, 0);
		await waitFor(() => isAsked, 'she has asked for more');
		await scrollTo(ann, 1_000_000);
		await ann.context().setOffline(false);
		await bob.getByText('from offline').waitFor();
		await waitForMessage(ann, 'missed 90');
		goOn();
		await waitFor(async () => {
			await scrollTo(ann, 0);
			return (await messagesOf(ann))[0] === 'before 1';
		}, 'the first message');
		assert.deepEqual(await messagesOf(ann), [...first, ...texts, 'from offline']);
		ann.assertQuiet();
	} finally {
		await own.stop();
	}
});

test('without history a broker that begins anew is believed, and what stands there stays', async () => {
	const own = await Stack.start('lighttpd', ['history.durability=none', 'limits.messages_per_second=0']);

	try {
		const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

		await Promise.all([enterRoom(ann, own, 'forgetful'), enterRoom(bob, own, 'forgetful')]);
		for (const text of ['one', 'two'])
			await say(ann, text);
		await waitForMessage(bob, 'two');
		const startBroker = await own.killBroker();

		await ann.waitForSelector('#connection[data-state="waiting"]');
		await say(ann, 'three');
		startBroker();
		await ann.locator('[data-delivery="sent"]').nth(2).waitFor();
		await bob.waitForSelector('#connection[data-state="connected"]');
		await say(bob, 'four');
		await waitForMessage(ann, 'four');
		assert.deepEqual(await messagesOf(ann), ['one', 'two', 'three', 'four']);

		const texts = numbered(1_200, 'heard');

		await sayAll(bob, 'forgetful', texts.slice(0, 1_050));
		await waitForMessage(ann, 'heard 1050');
		await ann.locator('#log').evaluate((log) => {
			log.scrollTop = log.scrollHeight / 2;
		});
		await waitFor(() => ann.locator('#log').evaluate((log) => log.scrollTop < log.scrollHeight - 2 * log.clientHeight),
			'she reads back');
		const look = () => ann.locator('#log').evaluate((log) => {
			const top = log.getBoundingClientRect().top;
			const item = [...log.querySelectorAll('.message')].find((item) => item.getBoundingClientRect().bottom > top);

			return [item.textContent, Math.round(item.getBoundingClientRect().top)];
		});
		const place = await look();

		await sayAll(bob, 'forgetful', texts.slice(1_050));
		const button = ann.getByRole('button', { name: '150 new messages' });

		await button.waitFor();
		assert.deepEqual(await look(), place, 'she was not moved');
		await button.click();
		await waitForMessage(ann, 'heard 1200');
		const shown = await messagesOf(ann);

		assert.ok(shown.length > 350 && shown.length <= 500, 'as many as the page keeps');
		assert.deepEqual(shown, texts.slice(-shown.length), 'nothing brings back what was left out');
		ann.assertQuiet();
	} finally {
		await own.stop();
	}
});
