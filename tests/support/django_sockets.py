# SPDX-License-Identifier: MIT
"""The example's consumer, once for each layout, where any program may connect; and the example's pages."""

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from chat.asgi import pages
from chat.consumers import Room
from django.urls import re_path


class PubsubRoom(Room):
    channel_layer_alias = "pubsub"


application = ProtocolTypeRouter({"http": pages, "websocket": AuthMiddlewareStack(URLRouter([
    re_path(r"^ws/core/(?P<room>[^/]+)/$", Room.as_asgi()),
    re_path(r"^ws/pubsub/(?P<room>[^/]+)/$", PubsubRoom.as_asgi()),
]))})
