// SPDX-License-Identifier: MIT
// The broker dies and comes back: a person sees what is going on, need do nothing, and loses
// nothing that they wrote meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const { browser, stack } = await openSite();

test('what is written while the broker is away arrives in order when it is back', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all([enterRoom(ann, stack, 'away'), enterRoom(bob, stack, 'away')]);
	await say(ann, 'before');
	await waitForMessage(bob, 'before');
	const startBroker = await stack.killBroker();

	await ann.waitForSelector('#connection[data-state="waiting"]');
	await ann.locator('#banner').getByText('connection was lost').waitFor();
	await ann.locator('#banner-countdown').getByText(/Next try in \d+\s+s\.|Trying now/).waitFor();
	await say(ann, 'written while away 1');
	await say(ann, 'written while away 2');
	assert.equal(await ann.locator('[data-delivery="waiting"]').count(), 2);

	startBroker();
	await ann.locator('[data-delivery="sent"]').nth(2).waitFor();
	await ann.locator('#banner').waitFor({ state: 'hidden' });
	assert.equal(await ann.locator('#connection-text').textContent(), 'Connected');
	assert.deepEqual(await messagesOf(ann), ['before', 'written while away 1', 'written while away 2']);

	// The other one comes back in its own time, without being asked.
	await bob.waitForSelector('#connection[data-state="connected"]');
	await say(ann, 'all back');
	await waitForMessage(bob, 'all back');
	for (const page of [ann, bob])
		assert.equal(await page.locator('#chat-log').getByText('Welcome to the').count(), 1, 'the welcome is said once');
});

test('the index says that the service is away, and the room connects when it is back', async () => {
	const page = await newPerson(browser);
	const startBroker = await stack.killBroker();

	await waitFor(async () => {
		await page.goto(stack.url);
		return page.getByText('The chat service is away').isVisible();
	}, 'the index says so'); // not at once: its list of rooms may be a second old
	await page.goto(stack.roomUrl('patience'));
	await page.waitForSelector('#banner:not([hidden])');
	await say(page, 'early');
	startBroker();
	await page.locator('#banner-retry').click();
	await page.locator('[data-delivery="sent"]').waitFor();
	assert.deepEqual(await messagesOf(page), ['early']);
});
