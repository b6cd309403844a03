// SPDX-License-Identifier: MIT
// The room page: puts the connection, the list, the people and the input together. What each of
// them does is in its own file.

import { Announcer } from './announcer.js';
import { startComposer } from './composer.js';
import { ConnectionStatus } from './connection_status.js';
import { getElement } from './element.js';
import { parseTime, textOf, textsOf } from './format.js';
import { MessageList, setDelivery, setTime } from './message_list.js';
import { People, startPeoplePanel } from './people.js';
import { connect } from './roomwire.js';
import { refusalSentence, sentences } from './sentences.js';

const MEMBERS_ASKED_MAX = 500; // a list of more people than this is no list that anybody reads

const readData = (/** @type {string} */ id) => JSON.parse(getElement(id).textContent ?? 'null');
const room = readData('room-name');
const settings = readData('room-settings');
const siteName = textOf(settings.site);

const list = new MessageList(getElement('chat-log'), getElement('log'), getElement('new-messages'));
const announcer = new Announcer(getElement('announcer'));
const people = new People();
const connection = connect({ room, url: settings.socketUrl, messageBytes: settings.messageBytes });
const status = new ConnectionStatus(() => connection.reconnect());

let user = textOf(settings.user);
let epoch = '';
let newestSeq = 0;
let hasBeenConnected = false;
/** Own messages that the server has numbered, until they come back. @type {Map<number, HTMLElement>} */
const acknowledged = new Map();
/** Own messages that are not sent yet. @type {Set<HTMLElement>} */
const unsent = new Set();

function announceLine(text) {
	list.addLine(text);
	announcer.say(text);
}

function handleState(detail) {
	status.show(detail);
	for (const item of unsent)
		setDelivery(item, detail.state === 'connected' ? 'sending' : 'waiting');
	if (detail.state === 'waiting' || detail.state === 'closed')
		announcer.say(sentences[detail.state]);
}

/** What the numbers say of the time without a connection. */
function tellMissed(welcome) {
	const isSameRoom = String(welcome.epoch) === epoch;
	const missed = isSameRoom && !welcome.recovered ? Number(welcome.seq) - newestSeq : 0;

	announceLine(missed > 0 ? `${sentences.reconnected} ${sentences.missed(missed)}` : sentences.reconnected);
}

function handleWelcome(welcome) {
	const members = textsOf(welcome.members);

	user = textOf(welcome.user) || user;
	getElement('own-name').textContent = user;
	people.reset(user, members, welcome.members_total);
	if (welcome.members_total > members.length && welcome.members_total <= MEMBERS_ASKED_MAX)
		connection.askMembers(textOf(welcome.members_next));
	if (hasBeenConnected)
		tellMissed(welcome);
	else
		announceLine(sentences.welcome(room));
	hasBeenConnected = true;
	epoch = String(welcome.epoch);
	newestSeq = Number(welcome.seq) || 0;
	acknowledged.clear();
}

function handleMembers({ members, more, next }) {
	people.add(textsOf(members));
	if (more === true && textOf(next) !== '')
		connection.askMembers(textOf(next));
}

function handlePresence({ joined, left, count }) {
	const news = people.change(textsOf(joined), textsOf(left));

	people.setCount(count);
	list.addComings(news.joined, news.left);
}

function handleMessage({ seq, user: sender, message, time }) {
	const own = acknowledged.get(seq);
	const date = parseTime(time);

	newestSeq = Math.max(newestSeq, Number(seq) || 0);
	acknowledged.delete(seq);
	if (own !== undefined) {
		setTime(own, date);
		return;
	}
	if (typeof message !== 'string')
		return;
	const name = textOf(sender) || siteName;

	list.addMessage({ user: name, text: message, time: date, isOwn: sender === user && user !== '' });
	announcer.say(sentences.announceMessage(name, message));
}

function showProblem(text) {
	getElement('chat-problem').textContent = text;
}

/** Sends what stands in the list; again with the same ref after a failure. */
async function deliver(item, text, ref) {
	const answer = connection.send(text, ref);

	unsent.add(item);
	setDelivery(item, connection.state.state === 'connected' ? 'sending' : 'waiting');
	try {
		const { seq } = await answer;

		acknowledged.set(seq, item);
		setDelivery(item, 'sent');
	} catch (error) {
		showProblem(refusalSentence(error));
		setDelivery(item, 'failed', () => {
			showProblem('');
			deliver(item, text, answer.ref);
		});
	} finally {
		unsent.delete(item);
	}
}

function say(text) {
	showProblem('');
	deliver(list.addMessage({ user, text, time: new Date(), isOwn: true }, true), text);
}

connection.on('state', handleState);
connection.on('welcome', handleWelcome);
connection.on('members', handleMembers);
connection.on('presence', handlePresence);
connection.on('count', ({ count }) => people.setCount(count));
connection.on('message', handleMessage);
connection.on('error', (error) => showProblem(refusalSentence(error)));
connection.on('notice', ({ message }) => typeof message === 'string' && announceLine(sentences.notice(message)));
startComposer(
	/** @type {HTMLFormElement} */ (getElement('chat-form')),
	/** @type {HTMLTextAreaElement} */ (getElement('chat-message-input')),
	say,
);
startPeoplePanel();
getElement('name-menu').addEventListener('keydown', (event) => {
	if (event.key === 'Escape')
		getElement('name-menu').removeAttribute('open');
});
