# SPDX-License-Identifier: MIT
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat.settings")
pages = get_asgi_application()  # before anything that asks Django for its settings

from chat.consumers import Room  # noqa: E402

sockets = URLRouter([re_path(r"^ws/daphne/(?P<room>[^/]+)/$", Room.as_asgi())])

application = ProtocolTypeRouter({
    "http": ASGIStaticFilesHandler(pages),
    "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(sockets)),
})
