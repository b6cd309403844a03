// SPDX-License-Identifier: MIT
// What the page shows of who keeps order, and what its menus ask for; a socket between page and
// broker says what a broker with rules would say.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const { browser, stack } = await openSite();
const MODERATOR = {
	role: 'moderator', can: ['say', 'edit', 'withdraw', 'delete', 'topic', 'lock', 'slow', 'mute', 'kick', 'ban', 'admit'],
};
const USER = { role: 'user', can: ['say', 'edit', 'withdraw'] };

/**
 * Enters a room as somebody with a standing.
 *
 * @param {object} welcome what the welcome says beside what the broker's says
 * @returns the orders that the page gave; `hear` tells it a frame, `answers` what an order is answered with
 */
async function enterAs(page, room, welcome) {
	const wire = { orders: [], answers: {}, hear: undefined, close: undefined };

	await page.routeWebSocket(/\/ws\/chat\//, (socket) => {
		const broker = socket.connectToServer();

		wire.hear = (frame) => socket.send(JSON.stringify(frame));
		wire.close = (code, reason) => socket.close({ code, reason });
		socket.onMessage((data) => {
			const frame = JSON.parse(data);

			if (!['moderate', 'edit', 'delete'].includes(frame.type)) {
				broker.send(data);
				return;
			}
			wire.orders.push(frame);
			wire.hear({ type: 'done', ...wire.answers[frame.type], ref: frame.ref });
		});
		broker.onMessage((data) => {
			const frame = JSON.parse(data);

			if (frame.type !== 'presence' || welcome.members === undefined)
				socket.send(JSON.stringify(frame.type === 'welcome' ? { ...frame, ...welcome } : frame));
		});
	});
	await enterRoom(page, stack, room);
	return wire;
}

async function sayAndSend(page, text) {
	await say(page, text);
	await waitForMessage(page, text);
	await page.locator('.message[data-seq]', { hasText: text }).waitFor();
}

function itemOf(page, text) {
	return page.locator('.message', { hasText: text });
}

async function openMenu(page, text) {
	await itemOf(page, text).hover();
	await itemOf(page, text).locator('.message-more').click();
	return page.getByRole('menu');
}

const labelsOf = (menu) => menu.getByRole('menuitem').allTextContents();
const withoutRef = ({ ref, ...order }) => order;

test('a menu offers what one may do, and not more', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterAs(ann, 'offers', { you: MODERATOR });
	await enterAs(bob, 'offers', { you: USER });
	await sayAndSend(ann, 'from ann');
	await waitForMessage(bob, 'from ann');
	await sayAndSend(bob, 'from bob');
	await waitForMessage(ann, 'from bob');
	assert.deepEqual(await labelsOf(await openMenu(ann, 'from ann')), ['Reply', 'Copy text', 'Copy link', 'Edit', 'Delete…']);
	assert.deepEqual(await labelsOf(await openMenu(ann, 'from bob')),
		['Reply', 'Copy text', 'Copy link', 'Delete…', 'Mute…', 'Ask to leave…', 'Ban…', 'Make a member']);
	assert.deepEqual(await labelsOf(await openMenu(bob, 'from ann')), ['Reply', 'Copy text', 'Copy link']);
	ann.assertQuiet();
	bob.assertQuiet();
});

test('a menu is opened, walked and left with the keyboard', async () => {
	const page = await newPerson(browser);

	await enterAs(page, 'keys', { you: USER });
	await sayAndSend(page, 'said');
	await itemOf(page, 'said').locator('.message-link').focus();
	await page.keyboard.press('Shift+F10');
	const focused = () => page.evaluate(() => document.activeElement.textContent);

	assert.equal(await focused(), 'Reply');
	await page.keyboard.press('ArrowUp');
	assert.equal(await focused(), 'Delete…');
	await page.keyboard.press('e');
	assert.equal(await focused(), 'Edit');
	await page.keyboard.press('Home');
	assert.equal(await focused(), 'Reply');
	await page.keyboard.press('Escape');
	assert.equal(await page.getByRole('menu').count(), 0);
	assert.equal(await page.evaluate(() => document.activeElement.className), 'message-more');
	await page.keyboard.press('Enter');
	await page.getByRole('menu').waitFor();
	await page.keyboard.press('Tab');
	assert.equal(await page.getByRole('menu').count(), 0);
	page.assertQuiet();
});

test('a long press opens it on a touch screen', async () => {
	const page = await newPerson(browser, { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });

	await enterAs(page, 'touch', { you: USER });
	await sayAndSend(page, 'pressed');
	const { x, y } = await itemOf(page, 'pressed').locator('.message-text').boundingBox();
	const session = await page.context().newCDPSession(page);

	await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 10, y: y + 10 }] });
	await page.getByRole('menu').waitFor();
	await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
	assert.ok((await labelsOf(page.getByRole('menu'))).includes('Edit'));
	page.assertQuiet();
});

test('an own message is edited where it stands', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'edit', { you: USER });

	await sayAndSend(page, 'first word');
	await page.locator('#chat-message-input').focus();
	await (await openMenu(page, 'first word')).getByRole('menuitem', { name: 'Edit' }).click();
	const field = page.getByRole('textbox', { name: 'Edit the message' });

	await field.fill('second word');
	wire.answers.edit = { type: 'error', code: 'too_late', message: 'Late.' };
	await field.press('Enter');
	await page.getByText('ten minutes only').waitFor();
	assert.equal(await field.inputValue(), 'second word');
	wire.answers.edit = { type: 'ack', seq: 2 };
	await field.press('Enter');
	await field.waitFor({ state: 'detached' });
	wire.hear({ type: 'edit', seq: 2, target: 1, user: 'x', message: 'second word', time: new Date().toISOString() });
	await waitForMessage(page, 'second word');
	assert.deepEqual(await messagesOf(page), ['second word']);
	assert.equal(await page.locator('.message-edited').textContent(), '(edited)');
	assert.deepEqual(wire.orders.map(withoutRef), [1, 2].map(() => ({ type: 'edit', target: 1, message: 'second word' })));
	await (await openMenu(page, 'second word')).getByRole('menuitem', { name: 'Edit' }).click();
	await field.fill('third');
	await field.press('Escape');
	assert.deepEqual(await messagesOf(page), ['second word']);
	page.assertQuiet();
});

test('what others change and delete shows at once, wherever it stands', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'changes', { you: USER });

	await sayAndSend(page, 'one');
	await sayAndSend(page, 'two');
	wire.hear({ type: 'edit', seq: 3, target: 1, user: 'x', message: 'uno', time: '2026-11-22T10:00:00.000Z' });
	await waitForMessage(page, 'uno');
	wire.hear({ type: 'edit', seq: 4, target: 1, user: 'x', message: 'older', time: '2026-11-22T09:00:00.000Z' });
	await (await openMenu(page, 'two')).getByRole('menuitem', { name: 'Reply' }).click();
	assert.match(await page.locator('#chat-message-input').inputValue(), /^> .+: two\n$/);
	wire.hear({ type: 'delete', seq: 5, target: 2, user: 'x', time: '2026-11-22T10:00:00.000Z' });
	await waitForMessage(page, 'This message was deleted.');
	assert.deepEqual(await messagesOf(page), ['uno', 'This message was deleted.'], 'and an older change is none');
	assert.equal(await page.locator('#chat-message-input').inputValue(), '', 'and its quote is not sent');
	assert.deepEqual(await labelsOf(await openMenu(page, 'was deleted')), ['Copy link']);
	page.assertQuiet();
});

test('what comes deleted is no news', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'old-news', { you: USER });
	const frame = { type: 'message', user: 'x', time: '2026-11-22T10:00:00.000Z' };

	await sayAndSend(page, 'one');
	await page.evaluate(() => {
		Object.defineProperty(document, 'hidden', { value: true, configurable: true });
		Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	});
	wire.hear({ ...frame, seq: 2, message: '', deleted: true });
	wire.hear({ ...frame, seq: 3, message: 'news' });
	await waitForMessage(page, 'news');
	assert.deepEqual(await messagesOf(page), ['one', 'This message was deleted.', 'news']);
	assert.match(await page.title(), /^\(1\)/);
	page.assertQuiet();
});

test('what was cleared stays away when the connection comes back', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'cleared', { you: USER });

	await sayAndSend(page, 'one');
	await say(page, '/clear');
	await page.locator('.line').getByText('Cleared on this page only').waitFor();
	wire.close(1012, 'restart');
	await page.waitForSelector('#connection[data-state="waiting"]');
	await page.waitForSelector('#connection[data-state="connected"]');
	await sayAndSend(page, 'two');
	assert.deepEqual(await messagesOf(page), ['two']);
	assert.equal(await page.locator('#older-row').isVisible(), false);
	page.assertQuiet();
});

test('a message is deleted after a question', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'delete', { you: USER });

	await sayAndSend(page, 'regretted');
	await (await openMenu(page, 'regretted')).getByRole('menuitem', { name: 'Delete…' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	assert.deepEqual(wire.orders, []);
	await (await openMenu(page, 'regretted')).getByRole('menuitem', { name: 'Delete…' }).click();
	await page.getByRole('dialog', { name: 'Delete this message?' }).getByRole('button', { name: 'Delete' }).click();
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.deepEqual(wire.orders.map(withoutRef), [{ type: 'delete', target: 1 }]);
	page.assertQuiet();
});

test('the author of a message is muted with a time and a reason', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);
	const wire = await enterAs(ann, 'mute', { you: MODERATOR });

	await enterAs(bob, 'mute', { you: USER });
	await sayAndSend(bob, 'rude');
	await waitForMessage(ann, 'rude');
	const name = await bob.locator('#own-name').textContent();

	await (await openMenu(ann, 'rude')).getByRole('menuitem', { name: 'Mute…' }).click();
	const dialog = ann.getByRole('dialog', { name: `Mute ${name}` });

	await dialog.getByLabel('For how long').selectOption('1 hour');
	await dialog.getByLabel('Reason').fill('rude');
	wire.answers.moderate = { type: 'error', code: 'above', message: 'No.' };
	await dialog.getByRole('button', { name: 'Mute' }).click();
	await dialog.getByText('not below yours').waitFor();
	wire.answers.moderate = {};
	await dialog.getByRole('button', { name: 'Mute' }).click();
	await dialog.waitFor({ state: 'detached' });
	assert.deepEqual(withoutRef(wire.orders[1]), { type: 'moderate', action: 'mute', user: name, target: 1, seconds: 3600, text: 'rude' });
	wire.hear({ type: 'moderation', action: 'mute', user: name, by: 'ann', seconds: 3600, text: 'rude' });
	await ann.locator('.line').getByText(`ann muted ${name} for 1 hour: rude`).waitFor();
	await ann.locator('.person', { hasText: name }).getByText('muted').waitFor();
	await ann.getByRole('button', { name: `Actions for ${name}`, exact: true }).click();
	await ann.getByRole('menuitem', { name: 'Unmute' }).click();
	assert.deepEqual(withoutRef(wire.orders[2]), { type: 'moderate', action: 'unmute', user: name });
	ann.assertQuiet();
});

test('who was banned is let in again by the menu of a message', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);
	const wire = await enterAs(ann, 'banned', { you: MODERATOR });

	await enterAs(bob, 'banned', { you: USER });
	await sayAndSend(bob, 'rude');
	await waitForMessage(ann, 'rude');
	const user = await bob.locator('#own-name').textContent();

	wire.hear({ type: 'moderation', action: 'ban', user, by: 'ann', seconds: 0 });
	await ann.locator('.line').getByText(`ann banned ${user}`).waitFor();
	await (await openMenu(ann, 'rude')).getByRole('menuitem', { name: 'Let in again' }).click();
	assert.deepEqual(wire.orders.map(withoutRef), [{ type: 'moderate', action: 'unban', user, target: 1 }]);
	wire.hear({ type: 'moderation', action: 'unban', user, by: 'ann' });
	await ann.locator('.line').getByText(`ann lets ${user} in again`).waitFor();
	assert.ok(!(await labelsOf(await openMenu(ann, 'rude'))).includes('Let in again'));
	ann.assertQuiet();
});

test('the people are listed by role, with words for it', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'people', {
		you: MODERATOR, members: ['zoe', 'adam', 'olga', 'mia'], members_total: 4, user: 'zoe',
		roles: { zoe: 'moderator', olga: 'owner', mia: 'member' }, muted: ['adam'],
	});
	const people = () => page.locator('.person').allInnerTexts();

	await waitFor(async () => (await people()).length === 4, 'all are listed');
	assert.deepEqual((await people()).map((text) => text.split(/\n+/).slice(1).join(' ').trim()),
		['olga owner', 'zoe (you) moderator', 'mia member ⋯', 'adam muted ⋯']);
	wire.hear({ type: 'moderation', action: 'role', user: 'adam', role: 'owner', by: '' });
	await page.locator('.line').getByText('adam is the owner of this room now').waitFor();
	wire.hear({ type: 'moderation', action: 'role', user: 'adam', role: 'moderator', by: 'olga' });
	await page.locator('.line').getByText('olga made adam moderator of this room').waitFor();
	await waitFor(async () => !(await people()).some((text) => text.includes('adam') && text.includes('⋯')), 'he is no lower any more');
	wire.hear({ type: 'presence', joined: [], left: ['adam'], count: 3 });
	wire.hear({ type: 'presence', joined: ['adam'], left: [], count: 4 });
	await waitFor(async () => (await people()).some((text) => /adam\s+⋯/.test(text)), 'another one of that name is nobody');
	page.assertQuiet();
});

test('rules are shown, and changed by those who may', async () => {
	const page = await newPerson(browser);
	const rules = { topic: 'Snails', members_only: false, locked: false, hidden: true, slow_seconds: 30 };
	const wire = await enterAs(page, 'rules', { you: MODERATOR, rules });

	assert.equal(await page.locator('#room-topic').textContent(), 'Snails');
	assert.deepEqual(await page.locator('#room-marks li').allTextContents(), ['slow: 30 seconds', 'hidden']);
	await page.getByRole('button', { name: 'Room settings' }).or(page.getByRole('link', { name: 'Room settings' })).click();
	const dialog = page.getByRole('dialog', { name: 'Room settings' });

	assert.equal(await dialog.getByLabel('For members only').count(), 0, 'that is for an owner');
	await dialog.getByLabel('Topic').fill('Races');
	await dialog.getByLabel('Locked').check();
	await dialog.getByRole('button', { name: 'Save' }).click();
	await dialog.waitFor({ state: 'detached' });
	assert.deepEqual(wire.orders.map(withoutRef),
		[{ type: 'moderate', action: 'topic', text: 'Races' }, { type: 'moderate', action: 'lock', on: true }]);
	wire.hear({ type: 'rules', ...rules, topic: 'Races', locked: true });
	await page.locator('#room-topic').getByText('Races').waitFor();
	assert.deepEqual(await page.locator('#room-marks li').allTextContents(), ['locked', 'slow: 30 seconds', 'hidden']);
	page.assertQuiet();
});

test('who is muted reads why, and writes on when it is over', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'muted', { you: USER });
	const input = page.locator('#chat-message-input');
	const why = page.locator('#composer-why');

	await input.fill('half a');
	wire.hear({ type: 'you', role: 'user', can: ['withdraw'], muted_until: new Date(Date.now() + 3_600_000).toISOString() });
	await why.getByText('You are muted in this room until').waitFor();
	assert.doesNotMatch(await why.textContent(), /:\d\d:/, 'to the minute');
	assert.match(await why.getAttribute('title'), /:\d\d:/, 'to the second');
	assert.equal(await input.isEditable(), false);
	assert.equal(await input.inputValue(), 'half a');
	wire.hear({ type: 'you', ...USER });
	await why.waitFor({ state: 'hidden' });
	assert.equal(await input.isEditable(), true);
	wire.hear({ type: 'rules', topic: '', locked: true });
	wire.hear({ type: 'you', role: 'user', can: ['withdraw'] });
	await why.getByText('The room is locked').waitFor();
	page.assertQuiet();
});

test('in a slow room the next message waits, and what is typed stays', async () => {
	const page = await newPerson(browser);

	await page.clock.install();
	await enterAs(page, 'slow', { you: USER, rules: { slow_seconds: 30 } });
	await sayAndSend(page, 'first');
	await page.locator('#composer-why').getByText('you can write again in').waitFor();
	await say(page, 'second');
	assert.equal(await page.locator('#chat-message-input').inputValue(), 'second');
	assert.deepEqual(await messagesOf(page), ['first']);
	await page.clock.fastForward(31_000);
	await page.locator('#composer-why').waitFor({ state: 'hidden' });
	await page.locator('#chat-message-input').press('Enter');
	await waitForMessage(page, 'second');
	page.assertQuiet();
});

test('in a slow room a deletion begins no pause', async () => {
	const page = await newPerson(browser);

	await page.clock.install();
	const wire = await enterAs(page, 'slow-delete', { you: USER, rules: { slow_seconds: 30 } });

	await sayAndSend(page, 'first');
	await page.clock.fastForward(31_000);
	await page.locator('#composer-why').waitFor({ state: 'hidden' });
	wire.answers.delete = { type: 'ack', seq: 2 };
	await (await openMenu(page, 'first')).getByRole('menuitem', { name: 'Delete…' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal(await page.locator('#composer-why').textContent(), '');
	page.assertQuiet();
});

test('who was asked to leave reads by whom, and comes back when they want', async () => {
	const page = await newPerson(browser);
	const wire = await enterAs(page, 'kicked', { you: USER, user: 'ann' });

	wire.hear({ type: 'moderation', action: 'kick', user: 'ann', by: 'bob', text: 'calm down' });
	wire.close(4403, 'kicked');
	await page.locator('#banner').getByText('bob asked you to leave: calm down').waitFor();
	assert.equal(await page.locator('#chat-message-input').isEditable(), false);
	assert.equal(await page.getByText('calm down').count(), 1, 'once is enough');
	await page.getByRole('button', { name: 'Come back' }).click();
	await page.waitForSelector('#connection[data-state="connected"]');
	assert.equal(await page.locator('#chat-message-input').isEditable(), true);
	page.assertQuiet();
});

for (const [reason, sentence] of [['banned here', 'banned from this room'], ['members only', 'for its members']])
	test(`a close with "${reason}" is explained, and nothing is tried again`, async () => {
		const page = await newPerson(browser);
		const wire = await enterAs(page, 'closed', { you: USER });

		wire.close(4403, reason);
		await page.locator('#banner').getByText(sentence).waitFor();
		assert.equal(await page.locator('#banner-retry').isVisible(), false);
		assert.equal(await page.locator('#connection').getAttribute('data-state'), 'closed');
		page.assertQuiet();
	});
