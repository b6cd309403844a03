# SPDX-License-Identifier: MIT
"""A Django site of nothing but rooms: Channels over channels_redis, asynchronous consumers, served by daphne."""

import json
import os

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="of-no-use-here",
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={"default": {
        "BACKEND": os.environ["BENCH_LAYER"],
        # As wide as it takes for nothing to be dropped: what is measured is the work.
        "CONFIG": {"hosts": [os.environ["BENCH_REDIS"]],
                   **({"capacity": 100000} if "core" in os.environ["BENCH_LAYER"] else {})},
    }},
)
django.setup()


class Room(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = "chat_" + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        said = {"type": "chat.message", "message": json.loads(text_data)["message"]}
        await self.channel_layer.group_send(self.group, said)

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"]}))


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data, bytes_data=bytes_data)


application = ProtocolTypeRouter({"websocket": URLRouter([
    re_path(r"^ws/chat/(?P<room>[^/]+)/$", Room.as_asgi()),
    re_path(r"^ws/echo/$", Echo.as_asgi()),
])})
