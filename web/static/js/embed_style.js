// SPDX-License-Identifier: MIT
// What an embedded room looks like. The page may give .roomwire-embed a size of its own; nothing else
// of its styles comes in here. The colours are those of css/roomwire.css.

export const embedStyle = `
:host {
	display: block;
	height: 26rem;
	color-scheme: light dark;
	--ground: light-dark(#f5f4f0, #14181b);
	--surface: light-dark(#ffffff, #1e2428);
	--surface-own: light-dark(#dcefe9, #1c3f39);
	--ink: light-dark(#1c2125, #e7eaec);
	--ink-quiet: light-dark(#5a626b, #a0a9b1);
	--line: light-dark(#dedbd3, #2d353b);
	--field-line: light-dark(#8b8f8f, #707b84);
	--accent: light-dark(#0b6b5d, #5fc9b4);
	--on-accent: light-dark(#ffffff, #08231e);
	--danger: light-dark(#a92a22, #ff9a8f);
	--good: light-dark(#1d8a4e, #5bcf8b);
	--pending: light-dark(#b7791f, #e2b04f);
}
:host(:lang(zh)) { font-synthesis-style: none; line-break: strict; text-autospace: normal; }
:host([data-theme=light]) { color-scheme: light; }
:host([data-theme=dark]) { color-scheme: dark; }
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
.room {
	display: flex;
	flex-direction: column;
	height: 100%;
	min-height: 0;
	overflow: hidden;
	border: 1px solid var(--line);
	border-radius: 0.75rem;
	background: var(--ground);
	color: var(--ink);
	font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
.top {
	display: flex;
	flex-wrap: wrap;
	align-items: baseline;
	gap: 0 0.75rem;
	padding: 0.625rem 0.875rem;
	border-bottom: 1px solid var(--line);
	background: var(--surface);
}
.title { overflow-wrap: anywhere; font-weight: 650; }
.connection { color: var(--ink-quiet); font-size: 0.8125rem; }
.dot {
	display: inline-block;
	width: 0.5rem;
	height: 0.5rem;
	margin-inline-end: 0.375rem;
	border-radius: 50%;
	background: var(--pending);
}
[data-state=connected] .dot { background: var(--good); }
[data-state=closed] .dot { background: var(--danger); }
.count:not(:empty)::before { content: " · "; }
.log { flex: 1; min-height: 0; overflow-y: auto; padding: 0.5rem 0.875rem; }
.messages { padding: 0; list-style: none; }
.message { display: grid; justify-items: start; margin-top: 0.625rem; }
.own { justify-items: end; }
.head { font-size: 0.8125rem; }
.user { font-weight: 650; }
.time { color: var(--ink-quiet); font-size: 0.75rem; font-variant-numeric: tabular-nums; }
.text {
	max-width: 90%;
	padding: 0.375rem 0.75rem;
	border-radius: 0.75rem;
	background: var(--surface);
	overflow-wrap: anywhere;
	white-space: pre-wrap;
}
.own .text { background: var(--surface-own); }
.text a { color: inherit; }
.text blockquote { margin: 0; padding-inline-start: 0.5rem; border-inline-start: 0.1875rem solid var(--field-line); }
.text pre { margin: 0; white-space: pre-wrap; }
.text .text-emoji { font-size: 2rem; }
.text .text-actor, .text .mention { font-weight: 650; }
.pending .text { font-style: italic; }
.notice { margin-top: 0.625rem; color: var(--ink-quiet); font-size: 0.875rem; text-align: center; }
.problem { padding: 0.375rem 0.875rem; color: var(--danger); font-size: 0.875rem; }
.problem:empty { display: none; }
.composer {
	display: flex;
	gap: 0.5rem;
	padding: 0.625rem 0.875rem;
	border-top: 1px solid var(--line);
	background: var(--surface);
}
.input {
	flex: 1;
	min-width: 0;
	padding: 0.4375rem 0.625rem;
	border: 1px solid var(--field-line);
	border-radius: 0.5rem;
	background: var(--ground);
	color: var(--ink);
	font: inherit;
	resize: none;
}
.input::placeholder { color: var(--ink-quiet); opacity: 1; }
.send, .retry {
	align-self: end;
	padding: 0.4375rem 0.875rem;
	border: 1px solid transparent;
	border-radius: 0.5rem;
	background: var(--accent);
	color: var(--on-accent);
	font: inherit;
	font-weight: 600;
	cursor: pointer;
}
.retry { margin: 0 0.875rem 0.625rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.log:focus-visible { outline-offset: -2px; }
`;
