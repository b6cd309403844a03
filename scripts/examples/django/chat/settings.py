# SPDX-License-Identifier: MIT
"""What differs from one machine to the next comes from the environment; ../run fills it."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

STATE = Path(os.environ.get("CHAT_STATE", "state"))

# Without one of its own each start makes another, and everybody has to log in again.
SECRET_KEY = os.environ.get("SECRET_KEY") or get_random_secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1 localhost").split()

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles", "channels",
                  "chat"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chat.policy.ContentPolicy",
]
ROOT_URLCONF = "chat.urls"
ASGI_APPLICATION = "chat.asgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request",
                                       "django.contrib.auth.context_processors.auth"]},
}]
STATIC_URL = "/static/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": STATE / "django.db"}}
TIME_ZONE = "UTC"
USE_TZ = True
AUTH_PASSWORD_VALIDATORS = [{"NAME": f"django.contrib.auth.password_validation.{name}"} for name in (
    "UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"

# As the broker has them, too: [redis] url, which is REDIS_URL to it as well, and layout.
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
LAYOUTS = {"core": "channels_redis.core.RedisChannelLayer", "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer"}
CHANNEL_LAYERS = {"default": {
    "BACKEND": LAYOUTS[os.environ.get("CHANNEL_LAYOUT", "core")],
    "CONFIG": {"hosts": [REDIS_URL]},
}}

# Where the broker listens; behind a web server that hands /ws/ to it, the site's own address.
ROOMWIRE_URL = os.environ.get("ROOMWIRE_URL", "ws://127.0.0.1:8001")
# The broker's key for tickets, or a copy of it.
TICKET_KEY = Path(os.environ.get("TICKET_KEY", STATE / "ticket.key"))
# Where sockets are encrypted, the pages are.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ROOMWIRE_URL.startswith("wss:")
