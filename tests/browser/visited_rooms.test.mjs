// SPDX-License-Identifier: MIT
// The rooms that a browser has visited: what is kept of them, what is unread in them, and the keys that
// lead from one to another.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findRooms, neighbourOf, noteVisit, parseVisits, roomsInOrder, unreadOf, VISITED_MAX } from '../../web/static/js/visited_rooms.js';
import { register } from './accounts.mjs';
import { enterRoom, newPerson, numbered, say, sayAll, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const visitOf = (room, seq = 0, epoch = 'e') => ({ room, epoch, seq });
const { browser, stack } = await openSite();
const linksOf = (page) => page.locator('.rooms-link .room-name').allTextContents();

test('so many rooms are kept, those visited last', () => {
	let visits = [];

	for (let i = 0; i < VISITED_MAX + 5; i++)
		visits = noteVisit(visits, visitOf(`r${i}`));
	visits = noteVisit(visits, visitOf('r10'));
	assert.deepEqual([visits.length, visits[0].room, visits[1].room], [VISITED_MAX, 'r10', `r${VISITED_MAX + 4}`]);
	assert.equal(visits.filter(({ room }) => room === 'r10').length, 1);
});

test('what was read stays read, until the room begins anew', () => {
	const visits = [visitOf('a', 7)];

	assert.equal(noteVisit(visits, visitOf('a', 5))[0].seq, 7);
	assert.equal(noteVisit(visits, visitOf('a', 9))[0].seq, 9);
	assert.deepEqual(noteVisit(visits, visitOf('a', 0, ''))[0], visitOf('a', 7), 'before the room has told anything');
	assert.deepEqual(noteVisit(visits, visitOf('a', 2, 'other'))[0], visitOf('a', 2, 'other'));
	assert.deepEqual(noteVisit([visitOf('a', 0, '')], visitOf('a', 3))[0], visitOf('a', 3));
});

test('unread is what has come since', () => {
	assert.deepEqual([[7, 9], [9, 9], [9, 7]].map(([seq, head]) => unreadOf(visitOf('a', seq), { epoch: 'e', seq: head })), [2, 0, 0]);
	assert.equal(unreadOf(visitOf('a', 7), { epoch: 'other', seq: 3 }), 3);
	assert.equal(unreadOf(visitOf('a', 7), undefined), 0);
	assert.equal(unreadOf(visitOf('a', 0, ''), { epoch: 'e', seq: 3 }), 0);
});

test('rooms stand by name, and are walked in a circle', () => {
	const rooms = roomsInOrder(['b', 'room 10', 'A', 'room 9'].map((room) => visitOf(room)));

	assert.deepEqual(rooms, ['A', 'b', 'room 9', 'room 10']);
	assert.deepEqual([neighbourOf(rooms, 'A', 1), neighbourOf(rooms, 'A', -1), neighbourOf(rooms, 'room 10', 1)], ['b', 'room 10', 'A']);
	assert.equal(neighbourOf(['A'], 'A', 1), undefined);
	assert.deepEqual(findRooms(rooms, ' ROOM 1'), ['room 10']);
	assert.deepEqual(findRooms(['abc', 'bc', '房间'], 'b'), ['bc', 'abc']);
	assert.deepEqual(findRooms(['abc', '房间'], '间'), ['房间']);
	assert.deepEqual(findRooms(rooms, ''), rooms);
});

test('anything may stand in the storage', () => {
	for (const text of [null, '', '{', 'null', '7', '{"room":"a"}', '[null, 7, {"room": 7}, {"room": "a", "epoch": "e", "seq": "1"}]'])
		assert.deepEqual(parseVisits(text), [], String(text));
	assert.deepEqual(parseVisits('[{"room": "a", "epoch": "e", "seq": 1}]'), [visitOf('a', 1)]);
	assert.equal(parseVisits(JSON.stringify(Array(99).fill(visitOf('a')))).length, VISITED_MAX);
});

/** With what is asked of the server every half minute asked now. */
async function enterAgain(page, room) {
	await enterRoom(page, stack, room);
	await page.locator('#rooms-menu').waitFor();
}

test('another room has a badge with what is unread there, and none once it is read', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];

	await enterRoom(ann, stack, 'garden');
	await enterRoom(bob, stack, 'garden');
	await say(bob, 'seen');
	await waitForMessage(ann, 'seen');
	await enterAgain(ann, '厨房');
	assert.equal(await ann.locator('#rooms-badge').isVisible(), false);
	await sayAll(bob, 'garden', numbered(3, 'unseen'));
	await enterAgain(ann, '厨房');
	await ann.locator('#rooms-badge').getByText('1 room with new messages').waitFor();
	await ann.locator('#rooms-menu summary').click();
	await ann.locator('.rooms-link').first().waitFor();
	assert.deepEqual(await linksOf(ann), ['garden', '厨房']);
	assert.match(await ann.getByRole('link', { name: /^garden/ }).textContent(), /^garden 33 new messages$/);
	assert.equal(await ann.locator('.rooms-link[aria-current="page"]').textContent(), '厨房');
	await ann.getByRole('link', { name: /^garden/ }).click();
	await waitForMessage(ann, 'unseen 3');
	await ann.waitForFunction(() => JSON.parse(localStorage.getItem('roomwire.rooms')).find(({ room }) => room === 'garden').seq === 4);
	await enterAgain(ann, '厨房');
	await waitFor(async () => !await ann.locator('#rooms-badge').isVisible(), 'no badge');
	ann.assertQuiet();
});

test('what comes while somebody looks has a badge within half a minute, and nobody asks out of sight', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];
	const asked = [];
	const setHidden = (isHidden) => ann.evaluate((isHidden) => {
		Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, isHidden);

	ann.on('request', (request) => request.url().includes('/heads?') && asked.push(request.url()));
	await enterRoom(ann, stack, 'cellar');
	await ann.clock.install();
	await enterRoom(ann, stack, 'attic');
	await waitFor(() => asked.length === 1, 'asked once');
	await enterRoom(bob, stack, 'cellar');
	await say(bob, 'new');
	await bob.locator('[data-delivery="sent"]').waitFor();
	await setHidden(true);
	await ann.clock.runFor(120_000);
	assert.equal(asked.length, 1);
	await setHidden(false);
	await ann.locator('#rooms-badge').getByText('1 room with new messages').waitFor();
	assert.equal(asked.length, 2);
	assert.match(asked[1], /\/heads\?rooms=cellar$/);
});

test('a room that one may not enter any more tells nothing', async () => {
	const [owner, ann] = [await newPerson(browser), await newPerson(browser)];

	await register(owner, stack, 'housekeeper');
	await enterRoom(owner, stack, 'closet');
	await say(owner, 'mine');
	await owner.locator('.person .mark').getByText('owner').waitFor();
	const ask = async () => (await ann.request.get(`${stack.url}heads?rooms=closet/attic`)).json();

	await enterRoom(ann, stack, 'closet');
	assert.deepEqual((await ask()).rooms.map(({ room }) => room), ['closet', 'attic']);
	await owner.goto(`${stack.roomUrl('closet')}settings/`);
	await owner.getByRole('button', { name: 'Make it a room for members' }).click();
	await owner.locator('#flash').waitFor();
	await waitFor(async () => (await ask()).rooms.length === 1, 'the room is left out');
});

test('the server answers for as many rooms as are kept', async () => {
	const page = await newPerson(browser);
	const statusFor = async (count) => (await page.request.get(`${stack.url}heads?rooms=${numbered(count, 'r').join('/')}`)).status();

	assert.deepEqual([await statusFor(VISITED_MAX), await statusFor(VISITED_MAX + 1)], [200, 400]);
});

test('keys lead to the other rooms, in the order of the list', async () => {
	const page = await newPerson(browser);
	const titleIs = (room) => page.locator('h1').getByText(room, { exact: true }).waitFor();

	for (const room of ['cherry', 'apple', 'banana'])
		await enterRoom(page, stack, room);
	await page.locator('#chat-message-input').focus();
	await page.keyboard.press('Alt+ArrowDown');
	await titleIs('cherry');
	await page.keyboard.press('Alt+ArrowDown');
	await titleIs('apple');
	await page.keyboard.press('Alt+ArrowUp');
	await titleIs('cherry');
	await page.keyboard.press('Control+k');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'rooms-filter');
	assert.deepEqual(await linksOf(page), ['apple', 'banana', 'cherry']);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	assert.equal(await page.evaluate(() => document.activeElement.textContent), 'banana');
	await page.keyboard.press('Escape');
	assert.equal(await page.locator('#rooms-menu').getAttribute('open'), null);
	await page.keyboard.press('Control+k');
	await page.keyboard.type('an');
	assert.deepEqual(await linksOf(page), ['banana']);
	await page.keyboard.press('Enter');
	await titleIs('banana');
	await page.keyboard.press('Control+k');
	await page.keyboard.type('新的 1?');
	await page.keyboard.press('Enter');
	await titleIs('新的 1?');
	await page.waitForSelector('#connection[data-state="connected"]');
	page.assertQuiet();
});

test('the list fits a phone, and rooms are left by it', async () => {
	const page = await newPerson(browser, { viewport: { width: 360, height: 640 }, locale: 'zh-CN' });

	await enterRoom(page, stack, 'a-long-name-of-a-room-that-no-phone-has-place-for-in-its-list');
	await enterRoom(page, stack, 'phone');
	await page.locator('#rooms-menu summary').click();
	const box = await page.locator('#rooms-menu .menu-body').boundingBox();

	assert.ok(box.x >= 0 && box.x + box.width <= 360);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
	await page.locator('#rooms-menu').getByRole('link', { name: '所有房间' }).click();
	await page.waitForURL(stack.url);
	page.assertQuiet();
});
