// SPDX-License-Identifier: MIT
// What the site serves of the client: one file that needs no other, and is small.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import * as source from '../../web/static/js/roomwire.js';

const LIBRARY_BYTES_MAX = 8 * 1024;
const root = fileURLToPath(new URL('../../', import.meta.url));
const served = path.join(process.env.ROOMWIRE_BUILD ?? path.join(root, 'build/release'), 'web/static');
const readServed = (name) => readFile(path.join(served, name), 'utf8');

test('the library has at most 8 KiB compressed', async () => {
	const { length } = gzipSync(await readServed('js/roomwire.js'), { level: 9 });

	assert.ok(length <= LIBRARY_BYTES_MAX, `${length} bytes`);
});

test('no script that a page names needs another', async () => {
	const names = await readdir(path.join(served, 'js'), { recursive: true });
	const scripts = names.filter((name) => name.endsWith('.js') && name !== 'embed.js');

	assert.ok(scripts.includes('roomwire.js') && scripts.includes('en/room.js') && scripts.includes('zh-CN/room.js'));
	for (const name of scripts)
		assert.doesNotMatch(await readServed(`js/${name}`), /\bimport\b(?!\.meta\b)|\bfrom\s*["']/, name);
});

test('the library offers what its source does', async () => {
	const built = await import(`data:text/javascript,${encodeURIComponent(await readServed('js/roomwire.js'))}`);

	assert.equal(typeof built.connect, 'function');
	assert.deepEqual(Object.keys(built).sort(), Object.keys(source).sort());
});

test('the script of a page speaks one language', async () => {
	assert.doesNotMatch(await readServed('js/en/room.js'), /\p{Script=Han}/u);
	assert.match(await readServed('js/zh-CN/room.js'), /正在连接…/);
	assert.doesNotMatch(await readServed('js/embed.js'), /\p{Script=Han}/u);
});

test('everything that a page names is there', async () => {
	const templates = path.join(root, 'web/templates');
	const pages = await Promise.all((await readdir(templates)).map((name) => readFile(path.join(templates, name), 'utf8')));
	const named = new Set(pages.flatMap((page) => [...page.matchAll(/"\/static\/([^"?]+)/g)].flatMap(([, name]) =>
		['en', 'zh-CN'].map((language) => name.replace('{{language}}', language)))));

	assert.ok(named.size > 5);
	for (const name of named)
		assert.notEqual(await readServed(name), '', name);
});

test('an embedded room has the colours of the pages', async () => {
	const coloursOf = (text) => new Map([...text.matchAll(/(--[\w-]+): (light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\));/g)].map(([, name, value]) => [name, value]));
	const css = await readFile(path.join(root, 'web/static/css/roomwire.css'), 'utf8');
	const embed = await readFile(path.join(root, 'web/static/js/embed_style.js'), 'utf8');
	const [ofPages, ofEmbed] = [coloursOf(css), coloursOf(embed)];

	assert.ok(ofEmbed.size >= 12);
	for (const [name, value] of ofEmbed)
		assert.equal(value, ofPages.get(name), name);
});
