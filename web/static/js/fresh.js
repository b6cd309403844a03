// SPDX-License-Identifier: MIT
// A page that a browser brings back from its memory shows who somebody was when they left it: it is
// loaded again.

addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
