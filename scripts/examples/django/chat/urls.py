# SPDX-License-Identifier: MIT
from django.contrib.auth import views as auth
from django.urls import path
from django.views.decorators.http import require_POST

from chat import views

urlpatterns = [
    path("", views.index, name="index"),
    path("chat/<str:room>/", views.room, name="room"),
    path("chat/<str:room>/say/", views.say, name="say"),
    path("daphne/<str:room>/", views.daphne_room, name="daphne_room"),
    path("ticket/", views.ticket, name="ticket"),
    path("join/", views.Join.as_view(), name="join"),
    path("login/", auth.LoginView.as_view(template_name="form.html", extra_context={"title": "Log in"}), name="login"),
    path("logout/", require_POST(auth.LogoutView.as_view()), name="logout"),
]
