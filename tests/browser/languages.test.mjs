// SPDX-License-Identifier: MIT
// The language of a page as its reader meets it: chosen with and without scripts, in words that scripts
// say, in times and counts, and in a room on another site.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';

const GARDEN = 'http://garden.example';
const { browser, stack } = await openSite('lighttpd', [`site.allowed_origins=${GARDEN}`]);
const CHINA = { locale: 'zh-CN', timezoneId: 'Asia/Shanghai' };
const languageOf = (page) => page.locator('html').getAttribute('lang');

/** The modules that speak, with the catalogue that a build would put into them. */
async function speak(catalogue, name) {
	globalThis.CATALOGUE = catalogue;
	try {
		return await import(`../../web/static/js/translate.js?${name}`);
	} finally {
		delete globalThis.CATALOGUE;
	}
}

test('a number takes the form that its language has for it', async () => {
	const forms = { '{count} person': ['{count} человек', '{count} человека', '{count} людей'] };
	const russian = await speak({ language: 'ru', messages: forms }, 'ru');
	const chinese = await speak({ language: 'zh-CN', messages: { '{count} person': ['{count}人'] } }, 'zh');
	const english = await speak(undefined, 'en');
	const count = ({ _n }, number) => _n('{count} person', '{count} people', number);

	assert.deepEqual([1, 2, 5, 11, 21, 22].map((number) => count(russian, number)),
		['1 человек', '2 человека', '5 людей', '11 людей', '21 человек', '22 человека']);
	assert.deepEqual([0, 1, 2].map((number) => count(chinese, number)), ['0人', '1人', '2人']);
	assert.deepEqual([0, 1, 2].map((number) => count(english, number)), ['0 people', '1 person', '2 people']);
});

test('a value that looks like a place is not filled in again', async () => {
	const { _ } = await speak({ language: 'zh-CN', messages: { '{user}: {text}': ['{user}：{text}'] } }, 'places');

	assert.equal(_('{user}: {text}', { user: '{text}', text: '$& {user}' }), '{text}：$& {user}');
	assert.equal(_('{nobody} {toString}', {}), '{nobody} {toString}');
});

test('the room page speaks the language of its reader, and so does its script', async () => {
	const ann = await newPerson(browser, CHINA);
	const scripts = [];

	ann.on('request', (request) => request.resourceType() === 'script' && scripts.push(new URL(request.url()).pathname));
	await enterRoom(ann, stack, 'spoken');
	assert.equal(await languageOf(ann), 'zh-CN');
	assert.equal(await ann.locator('#connection-text').innerText(), '已连接');
	await ann.getByText('【公告】欢迎来到spoken讨论组，请畅所欲言！').first().waitFor();
	await say(ann, '你好');
	await waitForMessage(ann, '你好');
	assert.equal(await ann.locator('.day').innerText(), '今天');
	assert.deepEqual(scripts, ['/static/js/zh-CN/room.js']);
	ann.assertQuiet();
});

test('a language is chosen with one click, and kept on every page', async () => {
	const bob = await newPerson(browser, CHINA);

	await bob.goto(stack.roomUrl('chosen'));
	await bob.locator('#name-menu summary').click();
	await bob.getByRole('link', { name: 'English' }).click();
	await bob.locator('html[lang="en"]').waitFor();
	assert.equal(bob.url(), stack.roomUrl('chosen'));
	await bob.getByText('Connected', { exact: true }).waitFor();
	await bob.goto(stack.url);
	assert.equal(await languageOf(bob), 'en');
	await bob.getByRole('link', { name: '中文' }).click();
	await bob.getByRole('heading', { name: '想进入哪个房间？' }).waitFor();
	bob.assertQuiet();
});

test('so it is without scripts', async () => {
	const carol = await newPerson(browser, { ...CHINA, javaScriptEnabled: false });

	await carol.goto(stack.roomUrl('chosen'));
	await carol.locator('#name-menu summary').click();
	await carol.getByRole('link', { name: 'English' }).click();
	await carol.locator('html[lang="en"]').waitFor();
	assert.equal(carol.url(), stack.roomUrl('chosen'));
});

test('what is written and not sent yet outlives the choice', async () => {
	const dora = await newPerson(browser, CHINA);

	await enterRoom(dora, stack, 'chosen');
	await dora.locator('#chat-message-input').fill('写到一半');
	await dora.locator('#name-menu summary').click();
	await dora.getByRole('link', { name: 'English' }).click();
	await dora.locator('html[lang="en"]').waitFor();
	assert.equal(await dora.locator('#chat-message-input').inputValue(), '写到一半');
});

/** What format.js makes of a moment on 2 March, 14:05 in Shanghai, in the page's own language. */
async function timesOf(options) {
	const page = await newPerson(browser, options);

	await page.clock.install({ time: new Date('2026-03-02T06:05:00Z') });
	await enterRoom(page, stack, 'timed');
	await say(page, 'now');
	await waitForMessage(page, 'now');
	return {
		time: await page.locator('.message-time').last().innerText(),
		exact: await page.locator('.message-time').last().getAttribute('title'),
	};
}

test('times are as the reader has them: zone, words and clock', async () => {
	const china = await timesOf(CHINA);
	const america = await timesOf({ locale: 'en-US', timezoneId: 'America/New_York' });
	const britain = await timesOf({ locale: 'en-GB', timezoneId: 'Europe/London' });
	const germany = await timesOf({ locale: 'de-DE', timezoneId: 'Europe/Berlin' });

	assert.match(china.time, /^\d?\d:\d\d$/);
	assert.match(china.exact, /^\d{4}年\d+月\d+日星期. \d?\d:\d\d:\d\d$/);
	assert.match(america.time, /^\d+:\d\d [AP]M$/);
	assert.match(america.exact, /^[A-Z][a-z]+day, [A-Z][a-z]+ \d+, \d{4}/);
	assert.match(britain.time, /^\d?\d:\d\d$/);
	assert.match(britain.exact, /^[A-Z][a-z]+day,? \d+ [A-Z][a-z]+ \d{4}/);
	assert.match(germany.time, /^\d?\d:\d\d$/, 'an English page, and a clock that goes to 24');
	assert.match(germany.exact, /day, /);
});

test('days are called by their names in the language of the page', async () => {
	const page = await newPerson(browser, CHINA);

	await enterRoom(page, stack, 'days');
	await say(page, 'long ago');
	await waitForMessage(page, 'long ago');
	await page.locator('[data-delivery="sent"]').waitFor();
	const shown = async (locale, timezoneId, later) => {
		const reader = await newPerson(browser, { locale, timezoneId });

		await reader.clock.install({ time: Date.now() + later });
		await reader.goto(stack.roomUrl('days'));
		return reader.locator('.day').first().innerText();
	};
	const day = 24 * 60 * 60_000;

	assert.equal(await shown('zh-CN', 'Asia/Shanghai', day), '昨天');
	assert.equal(await shown('en-US', 'Asia/Shanghai', day), 'Yesterday');
	assert.match(await shown('zh-CN', 'Asia/Shanghai', 3 * day), /^\d+月\d+日星期.$|^\d{4}年/);
	assert.match(await shown('en-US', 'Asia/Shanghai', 3 * day), /^[A-Z][a-z]+day, |^[A-Z][a-z]+ \d+, /);
	assert.match(await shown('zh-CN', 'Asia/Shanghai', 400 * day), /^\d{4}年\d+月\d+日$/);
});

test('the pages beside the rooms have times of the reader, too', async () => {
	const page = await newPerson(browser, CHINA);

	await enterRoom(page, stack, 'searched');
	await say(page, 'needle');
	await waitForMessage(page, 'needle');
	await page.locator('[data-delivery="sent"]').waitFor();
	await page.goto(`${stack.roomUrl('searched')}search?q=needle`);
	assert.match(await page.locator('#results time').innerText(), /^\d{4}年\d+月\d+日 \d?\d:\d\d$/);
});

/** A room on another site, whose page says its language, if any, in the element around the script. */
async function visitGarden(lang, attributes, options = {}) {
	const page = await newPerson(browser, options);
	const body = `<!doctype html><title>Garden</title><main${lang}>`
		+ `<script type="module" src="${stack.origin}/static/js/embed.js" data-room="garden" ${attributes}></script></main>`;

	await page.route(`${GARDEN}/`, (route) => route.fulfill({ contentType: 'text/html', body }));
	await page.goto(`${GARDEN}/`);
	await page.locator('.room[data-state="connected"]').waitFor();
	return page.locator('.roomwire-embed');
}

test('a room on another site speaks as it is told, else as what stands around it', async () => {
	const cases = [
		{ lang: '', attributes: '', says: 'Connected' },
		{ lang: ' lang="zh"', attributes: '', says: '已连接' },
		{ lang: ' lang="zh-Hans-SG"', attributes: '', says: '已连接' },
		{ lang: ' lang="de"', attributes: '', says: 'Connected' },
		{ lang: ' lang="zh"', attributes: 'data-lang="en"', says: 'Connected' },
		{ lang: ' lang="en"', attributes: 'data-lang="zh-CN"', says: '已连接' },
	];

	for (const { lang, attributes, says } of cases) {
		const embedded = await visitGarden(lang, attributes);

		assert.equal(await embedded.locator('.connection-text').innerText(), says, `${lang} ${attributes}`);
		assert.equal(await embedded.getAttribute('lang'), says === 'Connected' ? 'en' : 'zh-CN');
	}
});

test('Chinese is neither slanted nor crowded, and its lines end where they may', async () => {
	const page = await newPerson(browser, { ...CHINA, viewport: { width: 360, height: 640 } });

	await page.goto(stack.url);
	const style = await page.locator('h1').evaluate((heading) => {
		const { lineBreak, fontStyle, letterSpacing } = getComputedStyle(heading);

		return { lineBreak, fontStyle, letterSpacing };
	});

	assert.deepEqual(style, { lineBreak: 'strict', fontStyle: 'normal', letterSpacing: 'normal' });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});
