# SPDX-License-Identifier: MIT
import time
import uuid
from urllib.parse import quote

import jwt
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import CreateView

TICKET_SECONDS = 60
NAME_MAX = 32  # of what others read


@require_safe
def index(request):
    name = request.GET.get("room", "").strip()
    return redirect("room", name) if name and "/" not in name else render(request, "index.html")


def show_room(request, room, socket_url, ticket_url=""):
    return render(request, "room.html", {"room": room, "socket_url": socket_url, "ticket_url": ticket_url})


@require_safe
def room(request, room):
    """Its socket is Roomwire's."""
    return show_room(request, room, f"{settings.ROOMWIRE_URL}/ws/chat/{quote(room, safe='')}/", reverse("ticket"))


@require_safe
def daphne_room(request, room):
    """The same room, with a socket of consumers.py."""
    scheme = "wss" if request.is_secure() else "ws"
    return show_room(request, room, f"{scheme}://{request.get_host()}/ws/daphne/{quote(room, safe='')}/")


@require_POST
def say(request, room):
    """Django itself has a word, which everybody hears whatever socket it is that they have."""
    try:
        async_to_sync(get_channel_layer().group_send)(
            f"chat_{room}", {"type": "chat_message", "message": request.POST.get("message", "hhhhhh")})
    except TypeError as problem:  # the name is no group's
        return HttpResponseBadRequest(str(problem), content_type="text/plain")
    return redirect("room", room)


@never_cache
@require_safe
def ticket(request):
    """Who is logged in here is the same person in the room; others are guests there."""
    if not request.user.is_authenticated:
        return JsonResponse({"ticket": None})
    now = int(time.time())
    claims = {"sub": str(request.user.pk), "name": request.user.username[:NAME_MAX], "aud": "roomwire",
              "iat": now, "exp": now + TICKET_SECONDS, "jti": uuid.uuid4().hex}
    return JsonResponse({"ticket": jwt.encode(claims, settings.TICKET_KEY.read_text().strip(), algorithm="HS256")})


class Join(CreateView):
    form_class = UserCreationForm
    template_name = "form.html"
    extra_context = {"title": "Join"}
    success_url = reverse_lazy("login")
