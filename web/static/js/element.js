// SPDX-License-Identifier: MIT
// Making and finding elements. Text goes in as text nodes only, so that nothing anybody writes can
// become markup.

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function makeElement(tag, className, ...children) {
	const element = document.createElement(tag);

	if (className !== '')
		element.className = className;
	element.append(...children);
	return element;
}

/**
 * @param {string} id of an element that the page's template has
 * @returns {HTMLElement}
 */
export function getElement(id) {
	const element = document.getElementById(id);

	if (element === null)
		throw new Error(`the page has no #${id}`);
	return element;
}
