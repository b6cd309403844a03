// SPDX-License-Identifier: MIT
// The Django site of scripts/examples beside a whole Roomwire of its own, on one Redis: a page of Django with a socket of
// ours, one with a socket of daphne, and our own page are one room.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { closePeople, enterRoom, launch, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { freePort, Stack, waitFor } from './stack.mjs';

const example = fileURLToPath(new URL('../../scripts/examples/django/run', import.meta.url));
const START_MS = 60_000;
const PASSWORD = 'correct horse battery';

let browser;
let folder;
let stack;
let site;
let redis;
let redisPort;
const programs = [];

function start(command, words, environment = {}) {
	const program = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } });

	program.output = '';
	program.stdout.on('data', (data) => (program.output += data));
	programs.unshift(program);
	return program;
}

function answers(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));

		socket.on('close', () => socket.destroy()).on('connect', () => socket.end());
	});
}

/** It keeps nothing beyond its end. */
async function startRedis() {
	redis = start('redis-server', ['--bind', '127.0.0.1', '--port', String(redisPort), '--save', '', '--dir', folder]);
	await waitFor(() => answers(redisPort), 'Redis answers');
}

async function startExample(redisUrl) {
	const program = start(example, ['--port', '0', '--socket-port', '0', '--state', path.join(folder, 'state')],
		{ REDIS_URL: redisUrl });

	return waitFor(() => {
		assert.equal(program.exitCode, null, 'the example runs');
		return /^ready: (\S+)$/m.exec(program.output)?.[1];
	}, 'the example is ready', START_MS);
}

before(async () => {
	folder = await mkdtemp(path.join(os.tmpdir(), 'roomwire-django-'));
	redisPort = await freePort();
	await startRedis();
	const redisUrl = `redis://127.0.0.1:${redisPort}/0`;

	[browser, site, stack] = await Promise.all([
		launch(), startExample(redisUrl), Stack.start('lighttpd', ['layer.backend=redis', `redis.url=${redisUrl}`]),
	]);
});
afterEach(() => closePeople(browser));
after(async () => {
	await browser?.close();
	await stack?.stop();
	for (const program of programs) {
		program.kill('SIGTERM');
		await waitFor(() => program.exitCode !== null || program.signalCode !== null, 'it ends');
		program.stdout.destroy();
	}
	await rm(folder, { recursive: true, force: true });
});

async function enterAtDjango(page, address) {
	await page.goto(site + address);
	await page.getByText('Connected', { exact: true }).waitFor();
}

function linesOf(page) {
	return page.locator('#log li').allTextContents();
}

/** Without names: of guests each program makes its own. */
function waitForLine(page, text) {
	return page.locator('#log li', { hasText: text }).first().waitFor();
}

async function sayAtDjango(page, text) {
	await page.getByLabel('Message').fill(text);
	await page.getByRole('button', { name: 'Send' }).click();
}

test('a page of Django, one of daphne and our own are one room', async () => {
	const [ann, bob, eve] = await Promise.all([newPerson(browser), newPerson(browser), newPerson(browser)]);

	await Promise.all([
		enterAtDjango(ann, 'chat/lobby/'), enterAtDjango(bob, 'daphne/lobby/'), enterRoom(eve, stack, 'lobby'),
	]);
	await ann.getByRole('button', { name: 'hhhhhh' }).click();
	await Promise.all([waitForLine(ann, 'hhhhhh'), waitForLine(bob, 'hhhhhh'), waitForMessage(eve, 'hhhhhh')]);
	await ann.getByText('Connected', { exact: true }).waitFor();
	for (const [who, speak, text] of [
		[ann, sayAtDjango, 'by Roomwire'], [bob, sayAtDjango, 'by daphne'], [eve, say, 'on our page'],
		[eve, say, '<img src=x onerror=alert(1)>'],
	]) {
		await speak(who, text);
		await Promise.all([waitForLine(ann, text), waitForLine(bob, text), waitForMessage(eve, text)]);
	}
	const texts = ['hhhhhh', 'by Roomwire', 'by daphne', 'on our page', '<img src=x onerror=alert(1)>'];

	assert.deepEqual(await messagesOf(eve), texts);
	for (const page of [ann, bob])
		assert.deepEqual((await linesOf(page)).map((line) => line.replace(/^guest-\S+: /, '')), texts);
	for (const page of [ann, bob, eve])
		page.assertQuiet();
	assert.deepEqual((await stack.control({ op: 'history', room: 'lobby', after: 0, limit: 50 })).messages
		.map(({ message }) => message), texts, 'each is in the history once');
});

test('who is logged in with Django is the same person in the room', async () => {
	const [ann, eve] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await ann.goto(`${site}join/`);
	await ann.getByLabel('Username').fill('ann');
	for (const label of ['Password:', 'Password confirmation:'])
		await ann.getByLabel(label, { exact: true }).fill(PASSWORD);
	await ann.getByRole('button', { name: 'Join' }).click();
	await ann.getByLabel('Username').fill('ann');
	await ann.getByLabel('Password').fill(PASSWORD);
	await ann.getByRole('button', { name: 'Log in' }).click();
	await ann.getByRole('button', { name: 'Log out' }).waitFor();
	await Promise.all([enterAtDjango(ann, 'chat/named/'), enterRoom(eve, stack, 'named')]);
	await sayAtDjango(ann, 'it is me');
	await waitForLine(ann, 'ann: it is me');
	await waitForMessage(eve, 'it is me');
	const [message] = (await stack.control({ op: 'history', room: 'named', after: 0, limit: 50 })).messages;

	assert.equal(message.user, 'ann');
	for (const page of [ann, eve])
		page.assertQuiet();
});

test('the page of Django shows what is said behind a log that was lost', async () => {
	const ann = await newPerson(browser);

	await enterAtDjango(ann, 'chat/lost/');
	await sayAtDjango(ann, 'before');
	await waitForLine(ann, 'before');
	redis.kill('SIGKILL');
	await ann.getByText('cannot be reached').waitFor();
	await startRedis();
	await ann.getByText('Connected', { exact: true }).waitFor();
	await sayAtDjango(ann, 'behind');
	await waitForLine(ann, 'behind');
	ann.assertQuiet();
});
