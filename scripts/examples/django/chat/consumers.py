# SPDX-License-Identifier: MIT
"""Django's own sockets, as the tutorial of Channels has them. They know nothing of Roomwire, and need not."""

import json

from channels.generic.websocket import AsyncWebsocketConsumer


class Room(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = "chat_" + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        said = {"message": json.loads(text_data)["message"], "user": self.scope["user"].username}
        await self.channel_layer.group_send(self.group, {"type": "chat_message", **said})

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"], "user": event.get("user", "")}))
