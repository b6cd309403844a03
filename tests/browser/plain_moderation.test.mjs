// SPDX-License-Identifier: MIT
// Who keeps order without JavaScript: rules, people, one message; and what the others see of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fillIn, press, register } from './accounts.mjs';
import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const { browser, stack } = await openSite();
const plain = { javaScriptEnabled: false };
const pageOf = (room, name) => `${stack.roomUrl(room)}${name}`;
const done = (page) => page.locator('#flash').getByText('Done.').waitFor();

/** An account that owns a new room, by the first order in it. */
async function makeRoom(room, username) {
	const owner = await newPerson(browser, plain);

	await register(owner, stack, username);
	await owner.goto(pageOf(room, 'settings/'));
	await fillIn(owner, { Topic: 'Snails' });
	assert.equal(await press(owner, 'Save the topic'), 303);
	await done(owner);
	return owner;
}

test('rules are set by forms, and shown to everybody', async () => {
	const owner = await makeRoom('ruled', 'ruler');
	const reader = await newPerson(browser, plain);

	await press(owner, 'Lock the room');
	await owner.locator('#locked').getByText('Locked').waitFor();
	await press(owner, 'Take it off the list of rooms');
	await reader.goto(stack.roomUrl('ruled'));
	assert.equal(await reader.locator('#room-topic').textContent(), 'Snails');
	assert.deepEqual(await reader.locator('#room-marks li').allTextContents(), ['locked', 'hidden']);
	await reader.goto(pageOf('ruled', 'settings/'));
	assert.equal(await reader.locator('form.card, .card form').count(), 0);
});

test('the list of rooms says what an open one is about', async () => {
	const owner = await makeRoom('topical', 'topical');

	await enterRoom(await newPerson(browser), stack, 'topical');
	await waitFor(async () => {
		await owner.goto(stack.url);
		return owner.getByRole('link', { name: 'topical Snails' }).isVisible();
	}, 'the room is listed with its topic');
});

test('a guest is muted and banned by forms, and reads why', async () => {
	const owner = await makeRoom('strict', 'strict');
	const bob = await newPerson(browser);

	await enterRoom(bob, stack, 'strict');
	await say(bob, 'rude');
	await waitForMessage(bob, 'rude');
	await bob.locator('.message[data-seq]').waitFor();
	await owner.goto(pageOf('strict', 'message/?seq=1'));
	assert.equal(await owner.locator('#role-form').count(), 0, 'a guest has no role');
	await fillIn(owner, { 'Reason, which everybody in the room reads': 'too rude' });
	await press(owner, 'Do it');
	await owner.locator('#flash').waitFor();
	await bob.locator('#composer-why').getByText('You are muted in this room until').waitFor();
	await owner.goto(pageOf('strict', 'people/'));
	await owner.locator('#sanctions').getByText('too rude').waitFor();
	await owner.locator('#sanctions').getByRole('button', { name: /^Lift/ }).click();
	await done(owner);
	await bob.locator('#composer-why').waitFor({ state: 'hidden' });
	await owner.locator('#people').getByRole('link', { name: await bob.locator('#own-name').textContent() }).click();
	await owner.locator('#sanction-action').selectOption('ban');
	await press(owner, 'Do it');
	await done(owner);
	await bob.locator('#banner').getByText('banned you from this room').waitFor();
	const answer = await bob.goto(stack.roomUrl('strict'));

	assert.equal(answer.status(), 403);
	assert.match(await bob.locator('#why').innerText(), /banned from the room strict\. Until: \w+ \d+, \d{4}/);
	assert.equal((await bob.request.get(pageOf('strict', 'search?q=rude'))).status(), 403);
	assert.equal((await bob.request.get(`${stack.origin}/api/rooms/strict/messages`)).status(), 403);
});

test('a room for members is closed to others, and hidden from the list when it is to be', async () => {
	const owner = await makeRoom('closed', 'closer');
	const stranger = await newPerson(browser, plain);

	await press(owner, 'Make it a room for members');
	assert.equal((await stranger.goto(stack.roomUrl('closed'))).status(), 403);
	assert.match(await stranger.locator('#why').innerText(), /for its members/);
	assert.equal((await owner.goto(stack.roomUrl('closed'))).status(), 200);
});

test('a message is edited and deleted by forms', async () => {
	const page = await newPerson(browser, plain);

	await page.goto(stack.roomUrl('written'));
	await page.locator('#chat-message-input').fill('first word');
	await page.locator('#chat-message-submit').click();
	await page.getByRole('link', { name: 'Actions' }).click();
	await fillIn(page, { 'What it is to say': 'second word' });
	assert.equal(await press(page, 'Save'), 303);
	await waitForMessage(page, 'second word');
	await page.goto(pageOf('written', 'message/?seq=1'));
	await press(page, 'Delete');
	await waitForMessage(page, 'This message was deleted.');
});

test('a form that is refused comes back with what was entered, and says beside it why', async () => {
	const owner = await makeRoom('typo', 'typist');
	const valueOf = (id) => owner.locator(`#${id}`).inputValue();
	const problem = (id) => owner.locator(`#${id}-problem`).textContent();

	await fillIn(owner, { Topic: 'Races\u0007' });
	assert.equal(await press(owner, 'Save the topic'), 400);
	assert.equal(await valueOf('topic-text'), 'Races\u0007');
	assert.equal(await problem('topic'), 'A value is missing or out of its range.');
	assert.equal(await owner.locator('#topic').textContent(), 'Snails');

	await owner.goto(pageOf('typo', 'people/'));
	await fillIn(owner, { Who: 'nobody-of-that-name', 'Reason, which everybody in the room reads': 'spam' });
	await owner.locator('#sanction-action').selectOption('ban');
	await owner.locator('#sanction-seconds').selectOption('86400');
	assert.equal(await press(owner, 'Do it'), 404);
	assert.deepEqual([await valueOf('sanction-user'), await valueOf('sanction-action'), await valueOf('sanction-seconds'),
		await valueOf('sanction-text')], ['nobody-of-that-name', 'ban', '86400', 'spam']);
	assert.equal(await problem('sanction'), 'There is nobody of that name here.');
	assert.equal(await problem('role') + await problem('form'), '', 'and nowhere else');
	await owner.getByRole('link', { name: '中文' }).click();
	assert.match(owner.url(), /typo\/people\/$/, 'what it is called is the page, not the form');
	await owner.getByRole('link', { name: 'English' }).click();

	await fillIn(owner, { 'To whom': 'nobody-of-that-name' });
	await owner.locator('#role-role').selectOption('moderator');
	assert.equal(await press(owner, 'Give'), 404);
	assert.deepEqual([await valueOf('role-user'), await valueOf('role-role')], ['nobody-of-that-name', 'moderator']);
	assert.equal(await problem('role'), 'There is nobody of that name here.');
});

test('the new text of a message that is refused is there again, to be shortened', async () => {
	const page = await newPerson(browser, plain);
	const text = 'y'.repeat(20_000);

	await page.goto(stack.roomUrl('lengthy'));
	await page.locator('#chat-message-input').fill('short');
	await page.locator('#chat-message-submit').click();
	await page.getByRole('link', { name: 'Actions' }).click();
	await fillIn(page, { 'What it is to say': text });
	assert.equal(await press(page, 'Save'), 413);
	assert.equal(await page.locator('#edit-text').inputValue(), text);
	assert.match(await page.locator('#edit-problem').textContent(), /too long/);
	await fillIn(page, { 'What it is to say': 'shorter' });
	assert.equal(await press(page, 'Save'), 303);
	await waitForMessage(page, 'shorter');
});

test('what can no longer be changed comes back in the room, whose links lead on from there', async () => {
	const page = await newPerson(browser, plain);

	await page.goto(stack.roomUrl('over'));
	await page.locator('#chat-message-input').fill('gone soon');
	await page.locator('#chat-message-submit').click();
	await page.getByRole('link', { name: 'Actions' }).click();
	const other = await page.context().newPage();
	await other.goto(page.url());
	await press(other, 'Delete');
	await fillIn(page, { 'What it is to say': 'kept after all' });
	assert.equal(await press(page, 'Save'), 404);
	assert.equal(await page.locator('#chat-message-input').inputValue(), 'kept after all');
	assert.match(page.url(), /over\/edit\/$/);
	await page.locator('.message-link').click();
	await page.waitForURL(`${stack.roomUrl('over')}?message=1#message-1`);
});

test('an order that may not be given is refused with its reason', async () => {
	const owner = await makeRoom('mine', 'minder');
	const other = await newPerson(browser, plain);

	await register(other, stack, 'other');
	await other.goto(`${stack.url}name`);
	const token = await other.locator('main [name=csrf_token]').inputValue();
	const order = (form, headers = {}) => other.request.post(pageOf('mine', 'moderate/'),
		{ form: { csrf_token: token, ...form }, headers: { Origin: stack.origin, ...headers } });

	assert.equal((await order({ action: 'lock' })).status(), 403);
	const refused = await order({ action: 'mute', user: 'minder' }, { Accept: 'application/json' });

	assert.deepEqual((await refused.json()).error, 'forbidden');
	assert.equal((await order({ action: 'smite' })).status(), 400);
	await owner.goto(pageOf('mine', 'people/?user=nobody-of-that-name'));
	await press(owner, 'Do it');
	await owner.getByText('There is nobody of that name here.').waitFor();
	await waitFor(async () => (await owner.goto(pageOf('mine', 'people/'))).status() === 200, 'the page of the people');
});
