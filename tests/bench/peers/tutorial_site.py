# SPDX-License-Identifier: MIT
"""The site of the Channels tutorial as its reader has it after django-admin startproject: sessions, accounts and the
room page, which shows the last messages of its room besides. They are those of a history of ours."""

import os
import sqlite3
from datetime import datetime, timezone
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.shortcuts import render
from django.urls import path

FOLDER = Path(os.environ["BENCH_FOLDER"])
MESSAGES = 50

LOGIN = """<!DOCTYPE html>
<form method="post">{% csrf_token %}{{ form }}<input type="submit" value="Log in"></form>
"""
ROOM = """<!DOCTYPE html>
<html>
<head>
    <meta charset="utf-8"/>
    <title>Chat Room</title>
</head>
<body>
    <p>{{ user.username }}</p>
    <div id="chat-log">{% for message in messages %}
        <p><b>{{ message.user }}</b> <time>{{ message.time|date:"Y-m-d H:i" }}</time> {{ message.text }}</p>{% endfor %}
    </div>
    <input id="chat-message-input" type="text" size="100"><br>
    <input id="chat-message-submit" type="button" value="Send">
    {{ room_name|json_script:"room-name" }}
    <script src="/static/room.js"></script>
</body>
</html>
"""

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="of-no-use-here",
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGIN_REDIRECT_URL="/chat/lobby/",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware",
                "django.middleware.clickjacking.XFrameOptionsMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db.sqlite3"}},
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.debug",
                                   "django.template.context_processors.request",
                                   "django.contrib.auth.context_processors.auth",
                                   "django.contrib.messages.context_processors.messages"],
            "loaders": [("django.template.loaders.cached.Loader", [
                ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN, "room.html": ROOM})])],
        },
    }],
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - the settings come first
from django.contrib.auth.views import LoginView  # noqa: E402


class Message(models.Model):
    room = models.CharField(max_length=64, db_index=True)
    seq = models.BigIntegerField()
    time = models.DateTimeField()
    user = models.CharField(max_length=32)
    text = models.TextField()

    class Meta:
        app_label = "chat"


def last_messages(room_name):
    return reversed(Message.objects.filter(room=room_name).order_by("-seq")[:MESSAGES])


def room_page(request, room_name):
    return render(request, "room.html", {"room_name": room_name, "messages": last_messages(room_name)})


def unasked_page(request, room_name):
    """As the tutorial has it: nobody asks who reads it, nor what was said."""
    return render(request, "room.html", {"room_name": room_name, "user": None})


def messages_page(request, room_name):
    return render(request, "room.html", {"room_name": room_name, "messages": last_messages(room_name), "user": None})


urlpatterns = [path("accounts/login/", LoginView.as_view()), path("chat/<str:room_name>/", room_page),
               path("unasked/<str:room_name>/", unasked_page), path("messages/<str:room_name>/", messages_page)]


def add_messages(history):
    with sqlite3.connect(history) as theirs:
        rows = theirs.execute("SELECT name, seq, time, user, text FROM message JOIN room ON room.id = room")
        Message.objects.bulk_create(
            Message(room=room, seq=seq, time=datetime.fromtimestamp(time / 1000, timezone.utc), user=user, text=text)
            for room, seq, time, user, text in rows)


def make_database():
    call_command("migrate", verbosity=0)
    with django.db.connection.schema_editor() as editor:
        editor.create_model(Message)
    User.objects.create_user(os.environ["BENCH_USER"], password=os.environ["BENCH_PASSWORD"])
    add_messages(os.environ["BENCH_HISTORY"])


if not (FOLDER / "db.sqlite3").exists():
    make_database()
application = get_wsgi_application()
