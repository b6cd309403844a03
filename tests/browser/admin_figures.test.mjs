// SPDX-License-Identifier: MIT
// The figures of the admin's pages on a network that is slow, without a server.

import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, test } from 'node:test';

import { closePeople, launch, openBarePage } from './browser.mjs';

const browser = await launch();
let page;

after(() => browser.close());
afterEach(() => closePeople(browser));
beforeEach(async () => {
	page = await openBarePage(browser, '<div id="live" data-live data-pause="Pause">0</div>');
	await page.clock.install({ time: 0 });
	await page.clock.pauseAt(1_000);
	await page.evaluate(async () => {
		globalThis.asked = [];
		globalThis.fetch = (_, { signal }) => new Promise((resolve, reject) => {
			asked.push((figure) => resolve(new Response(`<div id="live">${figure}</div>`)));
			signal?.addEventListener('abort', () => reject(signal.reason));
		});
		await import('/source/admin.js');
	});
});

const countAsked = () => page.evaluate(() => asked.length);
const shown = () => page.locator('#live').textContent();

/** Answers the last question, and waits for what becomes of it. */
function answer(figure) {
	return page.evaluate(async (figure) => {
		asked.at(-1)(figure);
		for (let i = 0; i < 20; i++)
			await new Promise((resolve) => {
				const channel = new MessageChannel(); // a turn of the page, whose clock stands still

				channel.port1.onmessage = resolve;
				channel.port2.postMessage(0);
			});
	}, figure);
}

test('one is asked for at a time', async () => {
	await page.clock.runFor(14_000);
	assert.equal(await countAsked(), 1);
	await answer('1');
	assert.equal(await shown(), '1');
	await page.clock.runFor(5_000);
	assert.equal(await countAsked(), 2);
	page.assertQuiet();
});

test('what was under way when somebody paused changes nothing', async () => {
	await page.clock.runFor(5_000);
	await page.getByRole('button', { name: 'Pause' }).click();
	await answer('1');
	assert.equal(await shown(), '0');
	await page.clock.runFor(60_000);
	assert.equal(await countAsked(), 1);
	page.assertQuiet();
});
