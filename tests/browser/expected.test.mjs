// SPDX-License-Identifier: MIT
// What people know from other rooms and look for in this one, where no other story comes by it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
const itemOf = (page, text) => page.locator('.message[data-seq]', { hasText: text });
const isContinued = (page, text) => itemOf(page, text).evaluate((item) => item.classList.contains('message-continued'));

async function sayAndSend(page, text) {
	await say(page, text);
	await itemOf(page, text).waitFor();
}

test('messages of one person stand under one name, which others take over', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];

	await enterRoom(ann, stack, 'grouped');
	await enterRoom(bob, stack, 'grouped');
	await sayAndSend(ann, 'first of ann');
	await sayAndSend(ann, 'second of ann');
	await waitForMessage(bob, 'second of ann');
	await sayAndSend(bob, 'first of bob');
	for (const isReloaded of [false, true]) {
		if (isReloaded)
			await bob.reload();
		await waitForMessage(bob, 'first of bob');
		assert.deepEqual(await Promise.all(['first of ann', 'second of ann', 'first of bob'].map((text) => isContinued(bob, text))),
			[false, true, false]);
	}
	const time = itemOf(bob, 'first of ann').locator('time');

	assert.match(await time.getAttribute('datetime'), /^\d{4}-\d\d-\d\dT.*Z$/);
	assert.match(await time.getAttribute('title'), /\d{4}.*\d+:\d\d:\d\d/, 'to the second');
});

test('those who come and go at once are one line', async () => {
	const ann = await newPerson(browser);

	await enterRoom(ann, stack, 'comings');
	const others = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all(others.map((page) => enterRoom(page, stack, 'comings')));
	const names = await Promise.all(others.map((page) => page.locator('#own-name').textContent()));
	const line = ann.locator('#chat-log').getByText(/ joined$/);

	for (const name of names)
		await line.getByText(name).waitFor();
	assert.equal(await line.count(), 1);
	await ann.locator('#people-count').getByText('3').waitFor();
	await Promise.all(others.map((page) => page.close()));
	await ann.locator('#people-count').getByText('1').waitFor();
});

test('a page may be enlarged, does not move where that is unwelcome, and keeps its shapes in few colours', async () => {
	const page = await newPerson(browser, { reducedMotion: 'reduce', forcedColors: 'active' });

	await enterRoom(page, stack, 'calm');
	await sayAndSend(page, 'seen');
	assert.doesNotMatch(await page.locator('meta[name="viewport"]').getAttribute('content'), /user-scalable|maximum-scale/);
	assert.deepEqual(await page.evaluate(() => document.getAnimations().length), 0);
	await page.keyboard.press('Tab');
	const outline = await page.evaluate(() => {
		const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);

		return [outlineStyle, parseFloat(outlineWidth)];
	});

	assert.notEqual(outline[0], 'none');
	assert.ok(outline[1] >= 1, 'the focus is seen');
});
