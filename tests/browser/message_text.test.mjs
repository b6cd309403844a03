// SPDX-License-Identifier: MIT
// What a text means: links as in the table that all who make links are held against, marks, quotes,
// code, names and emoji; and that no text, however hostile, takes long or loses a word.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { emoji, isLargeEmoji } from '../../web/static/js/emoji.js';
import { findLinks } from '../../web/static/js/links.js';
import { parseText } from '../../web/static/js/text_tree.js';

const ESCAPES = { t: '\t', n: '\n', '\\': '\\' };
const unescape = (text) => text.replace(/\\([tn\\])/g, (_, letter) => ESCAPES[letter]);
const linkCases = (await readFile(new URL('../support/link_cases.txt', import.meta.url), 'utf8')).split('\n')
	.filter((line) => line !== '' && !line.startsWith('#'))
	.map((line) => line.split(' => ').map(unescape));
const linksOf = (text) => findLinks(text).map(({ start, end }) => text.slice(start, end));

test('links are found as the table says', () => {
	assert.ok(linkCases.length > 80);
	for (const [text, ...links] of linkCases)
		assert.deepEqual(linksOf(text), links, text);
});

test('no link leads where a script could run', () => {
	for (const [text] of linkCases)
		for (const link of linksOf(text))
			assert.match(new URL(link).protocol, /^(https?|mailto):$/, link);
});

/** One line for each block: "B(bold)", "I(italic)", "C(code)", "L(link)", "M(mention)", ">" and "```" blocks. */
function outline(text, names = []) {
	const letters = { bold: 'B', italic: 'I', code: 'C', link: 'L', mention: 'M' };
	const draw = (node) => (typeof node === 'string' ? node
		: `${letters[node.type]}(${node.text ?? node.children.map(draw).join('')})`);
	const prefixes = { text: '', quote: '>', code: '```' };

	return parseText(text, (name) => names.includes(name))
		.map((block) => prefixes[block.type] + (block.text ?? block.children.map(draw).join('')));
}

const marks = [
	['plain', ['plain']],
	['', ['']],
	['*bold* and _italic_', ['B(bold) and I(italic)']],
	['**bold** too, __not__', ['B(bold) too, __not__']],
	['这是*重点*，不是_别的_。', ['这是B(重点)，不是I(别的)。']],
	['*a _b_ c*', ['B(a I(b) c)']],
	['_a *b* c_', ['I(a B(b) c)']],
	['*a _b* c_', ['B(a _b) c_']],
	['2*3*4 snake_case_name __init__.py', ['2*3*4 snake_case_name __init__.py']],
	['a * b * c', ['a * b * c']],
	['*a\nb*', ['*a\nb*']],
	['*** * *', ['*** * *']],
	['*a *b*', ['*a B(b)']],
	['`code *not bold* https://a.example`', ['C(code *not bold* https://a.example)']],
	['`a` and `b', ['C(a) and `b']],
	['`` ` `', ['`` ` `']],
	['`a\nb`', ['`a\nb`']],
	['*https://a.example/*', ['B(L(https://a.example/))']],
	['_https://a.example/b_c_', ['I(L(https://a.example/b_c))']],
	['https://a.example/*b*', ['L(https://a.example/*b)*']],
	['`a` https://a.example `b`', ['C(a) L(https://a.example) C(b)']],
	[':smile: 10:30:00 :nothing: :', ['😄 10:30:00 :nothing: :']],
	['`:smile:`', ['C(:smile:)']],
	['> quoted\n> more\nanswer', ['>quoted\nmore', 'answer']],
	['>\n> a\n\n> b', ['>\na', '', '>b']],
	['>:( and >_<', ['>:( and >_<']],
	['> > twice', ['>> twice']],
	['a\n```js\nlet *a* = `b`;\n\n```\nb', ['a', '```let *a* = `b`;\n', 'b']],
	['```\n> no quote\n```', ['```> no quote']],
	['```one line```', ['```one line']],
	['```\nno end', ['```\nno end']],
	['```', ['```']],
	['```\na\n```\n```\nb\n```', ['```a', '```b']],
	['not a ```block\n```', ['not a ```block\n```']],
];

test('marks mean what people mean by them', () => {
	for (const [text, expected] of marks)
		assert.deepEqual(outline(text), expected, text);
});

test('names are found behind an @, the longest that somebody has', () => {
	const names = ['ann', 'ann lee', '李雷', 'bob.b'];
	const cases = [
		['@ann, @Ann @ANN!', 'M(@ann), M(@Ann) M(@ANN)!'],
		['@anna ann@ann.example', '@anna ann@ann.example'],
		['@ann lee and @ann bee', 'M(@ann lee) and M(@ann) bee'],
		['谢谢@李雷你好 ＠李雷', '谢谢M(@李雷)你好 M(＠李雷)'],
		['(@bob.b) @bob.', '(M(@bob.b)) @bob.'],
		['*@ann* `@ann` @', 'B(M(@ann)) C(@ann) @'],
		['@nobody @@ann', '@nobody @M(@ann)'],
	];

	for (const [text, expected] of cases)
		assert.deepEqual(outline(text, names), [expected]);
});

test('one to three emoji are large, and nothing else is', () => {
	for (const text of ['😀', '👩‍👩‍👧', '🇨🇳 🎉', '👍🏽', '❤️', '1️⃣', '✅❌❓'])
		assert.equal(isLargeEmoji(text), true, text);
	for (const text of ['', ' ', '1', '12', '😀a', '😀😀😀😀', '房', '©', '#', '😀'.repeat(1000)])
		assert.equal(isLargeEmoji(text), false, text);
	for (const [name, character] of emoji)
		assert.ok(/^[a-z_]{2,20}$/.test(name) && isLargeEmoji(character), name);
});

/** All that a text says, without its marks. */
function wordsOf(nodes) {
	return nodes.map((node) => (typeof node === 'string' ? node : node.text ?? wordsOf(node.children))).join('');
}

test('whatever is written, no letter of it is lost, and marks nest in bounds', () => {
	const parts = ['*', '_', '`', '```', '\n', '> ', '@', ':', ':smile:', 'https://', 'a.example/', '(', ')', ' ', 'ann', '房', '，', '\t'];
	const letters = (text) => text.replace(/:smile:/g, '').replace(/[^a-z房，]/g, '');
	const depth = (nodes) => Math.max(0, ...nodes.map((node) => (node.children === undefined ? 0 : 1 + depth(node.children))));
	let state = 1;
	const random = (below) => (state = (state * 48271) % 2147483647) % below;

	for (let i = 0; i < 20_000; i++) {
		const text = Array.from({ length: random(24) }, () => parts[random(parts.length)]).join('')
			.replaceAll('```ann', '```ann '); // else it is the language of a block, which is not shown
		const blocks = parseText(text, (name) => name === 'ann');

		assert.equal(letters(wordsOf(blocks).replaceAll('😄', '')), letters(text), JSON.stringify(text));
		assert.ok(depth(blocks) <= 5, JSON.stringify(text));
	}
});

test('time is linear in the text', () => {
	const units = ['[', '(', '*', '*a', '*a ', '_*', '`', '` ', '```\n', '```\nx\n```\n', '> ', '>\n', '@', '@ann ', ':', ':smile', '\n',
		'https://', 'https://a', 'https://a.b/(', 'https://a.b/ ', 'https://a:b', 'mailto:', 'mailto:a@', '<', '*_**__', 'a', '房', '😀'];
	const measure = (text) => {
		const begin = process.cpuUsage().user;

		parseText(text, (name) => name === 'somebody');
		return process.cpuUsage().user - begin;
	};

	for (const unit of units) {
		const [small, large] = [20_000, 400_000].map((length) => unit.repeat(length / unit.length));
		const least = (text) => Math.min(...[1, 2, 3].map(() => measure(text)));

		assert.ok(least(large) < 100 * (least(small) + 5_000), JSON.stringify(unit)); // 400 times, if it were quadratic
	}
});
