// SPDX-License-Identifier: MIT
// What roomwire.d.ts must not let through: each line that is marked, and no other.

import { connect, RefusedError } from './declared/roomwire.js';

connect({}); // wrong
connect({ room: 7 }); // wrong
connect({ room: 'lobby', ulr: '/ws/' }); // wrong
connect({ room: 'lobby', transports: ['pigeon'] }); // wrong
const room = connect({ room: 'lobby' });

room.on('mesage', () => {}); // wrong
room.on('message', ({ text }) => text); // wrong
room.on('state', ({ state }) => state === 'open'); // wrong
room.on('message', (message) => message.seq.toFixed()); // wrong
room.send(7); // wrong
room.send('x').then(({ seq }) => seq.trim()); // wrong
room.history({ from: 9 }); // wrong
room.moderate({ action: 'smite' }); // wrong
room.state = { state: 'closed' }; // wrong
room.write('x'); // wrong
new RefusedError('code'); // wrong
