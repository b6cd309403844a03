// SPDX-License-Identifier: MIT
// Of the pages that are read from top to bottom.

import './fresh.js';
import { showTimes } from './times.js';

showTimes(document);
