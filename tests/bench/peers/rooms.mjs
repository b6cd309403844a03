// SPDX-License-Identifier: MIT
// Rooms in Node.js with ws, as one would write them first: a set of sockets for each address.
import { WebSocketServer } from "ws";

const rooms = new Map();

function join(path, socket) {
	const room = rooms.get(path) ?? new Set();
	rooms.set(path, room.add(socket));
	socket.on("message", (data) => {
		const text = JSON.stringify({ message: JSON.parse(data).message });
		for (const member of room) {
			member.send(text);
		}
	});
	socket.on("close", () => {
		room.delete(socket);
		if (room.size === 0) {
			rooms.delete(path);
		}
	});
}

function echo(socket) {
	socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
server.on("connection", (socket, request) => {
	if (request.url === "/ws/echo/") {
		echo(socket);
	} else {
		join(request.url, socket);
	}
});
