// SPDX-License-Identifier: MIT
// Who is away: when a page says so, when its connection does, and what the others see of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import axe from 'axe-core';

import { enterRoom, newPerson, openSourcePage } from './browser.mjs';
import { openSite } from './site.mjs';
import { inWordsOf, readInChinese } from './words.mjs';

const MINUTE_MS = 60_000;
const { browser, stack } = await openSite();

/** As a page that nobody looks at. */
function setHidden(page, isHidden) {
	return page.evaluate((isHidden) => {
		Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, isHidden);
}

test('a page says that nobody looks when it is hidden for three minutes or untouched for ten', async () => {
	const page = await openSourcePage(browser, stack);
	const told = () => page.evaluate(() => globalThis.told.splice(0));
	const touch = (type) => page.evaluate((type) => document.dispatchEvent(new Event(type)), type);

	await page.evaluate(async () => {
		const { watchLooks } = await import('/source/looks.js');

		globalThis.told = [];
		watchLooks((isAway) => globalThis.told.push(isAway));
	});
	await page.clock.runFor(9 * MINUTE_MS);
	await touch('pointermove');
	await page.clock.runFor(10 * MINUTE_MS - 1);
	assert.deepEqual(await told(), []);
	await page.clock.runFor(1);
	assert.deepEqual(await told(), [true]);
	await setHidden(page, true); // the screen is locked: nobody has come for that
	assert.deepEqual(await told(), []);
	await setHidden(page, false);
	await touch('keydown');
	assert.deepEqual(await told(), [false]);
	await setHidden(page, true);
	await page.clock.runFor(3 * MINUTE_MS - 1);
	assert.deepEqual(await told(), []);
	await page.clock.runFor(1);
	assert.deepEqual(await told(), [true]);
	await setHidden(page, false);
	assert.deepEqual(await told(), [false]);
	await page.clock.runFor(10 * MINUTE_MS);
	assert.deepEqual(await told(), [true]);
	await touch('wheel');
	assert.deepEqual(await told(), [false]);
});

test('a connection says it once, and a new one again', async () => {
	const page = await openSourcePage(browser, stack);
	const sent = (index) => page.evaluate((index) => sockets[index].sent.splice(0), index);

	await page.evaluate(async () => {
		await open();
		room.setAway(true); // to nobody
		sockets[0].give({ type: 'welcome' });
	});
	assert.deepEqual(await sent(0), [{ type: 'away', away: true }]);
	await page.evaluate(() => room.setAway(false));
	assert.deepEqual(await sent(0), [{ type: 'away', away: false }]);
	await page.evaluate(() => {
		room.reconnect();
		sockets[1].give({ type: 'welcome' });
	});
	assert.deepEqual(await sent(1), []);
	await page.evaluate(() => {
		room.setAway(true);
		room.reconnect();
		sockets[2].give({ type: 'welcome' });
	});
	assert.deepEqual(await sent(2), [{ type: 'away', away: true }]);
});

for (const locale of ['en-GB', 'zh-CN'])
	test(`the others read who is away, in ${locale}`, async () => {
		const [ann, bob] = [await newPerson(browser, { locale }), await newPerson(browser)];
		const room = `away-${locale}`;

		if (locale === 'zh-CN')
			readInChinese(ann);
		await bob.clock.install();
		await enterRoom(ann, stack, room);
		await enterRoom(bob, stack, room);
		const name = await bob.locator('#own-name').textContent();
		const marked = (page) => page.locator('.person-away', { hasText: name }).getByText(inWordsOf(page, 'away'), { exact: true });

		await setHidden(bob, true);
		await bob.clock.fastForward(3 * MINUTE_MS);
		await marked(ann).waitFor();
		const newcomer = await newPerson(browser);

		await enterRoom(newcomer, stack, room);
		await marked(newcomer).waitFor();
		const plain = await newcomer.context().newPage();

		await plain.goto(`${stack.roomUrl(room)}people/`);
		await plain.locator('#people .session', { hasText: name }).getByText('away', { exact: true }).waitFor();
		await plain.close();
		await ann.evaluate(axe.source);
		assert.deepEqual(await ann.evaluate(async () => (await globalThis.axe.run('#people')).violations.map(
			({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])), []);
		await setHidden(bob, false);
		await Promise.all([ann, newcomer].map((page) => marked(page).waitFor({ state: 'detached' })));
		await bob.clock.fastForward(10 * MINUTE_MS);
		await marked(ann).waitFor();
		await bob.mouse.move(100, 100);
		await marked(ann).waitFor({ state: 'detached' });
		[ann, bob, newcomer].forEach((page) => page.assertQuiet());
	});
