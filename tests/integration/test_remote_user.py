# SPDX-License-Identifier: MIT
"""An nginx logs people in and names them to the pages and the broker, which believe it and nobody else."""

import asyncio
import base64
import re
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
import websockets
import wire
from stack import Broker, Pages, fetch, free_port, raw_request, receive, status_of, wait_for

SETTING = "accounts.remote_user=X-Remote-User"


class Nginx:
    """Basic authentication before both programs, as README has it."""

    def __init__(self, broker, pages):
        self.folder = tempfile.TemporaryDirectory(prefix="roomwire-nginx-")
        self.port, self.sso_port = free_port(), free_port()
        top = Path(self.folder.name)
        (top / "users").write_text("ann:{PLAIN}secret\n张伟:{PLAIN}secret\na/b:{PLAIN}secret\n")
        (top / "users").chmod(0o644)
        self.configuration = top / "nginx.conf"
        self.configuration.write_text(f"""daemon off; pid {top}/pid; error_log {top}/error.log; user root;
events {{}}
http {{
    access_log off;
    client_body_temp_path {top}/a; proxy_temp_path {top}/b; fastcgi_temp_path {top}/c; uwsgi_temp_path {top}/d;
    scgi_temp_path {top}/e;
    server {{
        listen 127.0.0.1:{self.port};
        auth_basic "people"; auth_basic_user_file {top}/users;
        location / {{
            include /etc/nginx/fastcgi_params; fastcgi_param REMOTE_USER $remote_user;
            fastcgi_pass unix:{pages.socket};
        }}
        location /ws/ {{
            proxy_pass http://unix:{broker.state}/run/broker.sock;
            proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Remote-User $remote_user;
        }}
    }}
    server {{
        listen 127.0.0.1:{self.sso_port};
        set $user ann; # as auth_request_set would
        location / {{
            include /etc/nginx/fastcgi_params; fastcgi_param REMOTE_USER $user;
            fastcgi_pass unix:{pages.socket};
        }}
    }}
}}
""")

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", self.configuration])
        wait_for(self.is_listening, "nginx listens")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def is_listening(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @staticmethod
    def credentials(name):
        return "Basic " + base64.b64encode(f"{name}:secret".encode()).decode()

    def page(self, name, path="/chat/lobby/"):
        return fetch(f"http://127.0.0.1:{self.port}{path}", Authorization=self.credentials(name))

    def connect(self, name, query="", **headers):
        return wire.connect(
            f"ws://127.0.0.1:{self.port}/ws/chat/lobby/{query}", subprotocols=["roomwire.v1"],
            extra_headers={"Authorization": self.credentials(name), **headers})


@pytest.fixture(scope="module")
def broker():
    proxied = free_port()
    port = free_port()
    listen = f"broker.listen=127.0.0.1:{port} proxy:127.0.0.1:{proxied} unix:run/broker.sock"
    with Broker(SETTING, listen, port=port) as broker:
        broker.proxied_port = proxied
        yield broker


@pytest.fixture(scope="module")
def nginx(broker):
    with Pages(broker.state, SETTING) as pages, Nginx(broker, pages) as nginx:
        yield nginx


def tag_of(text):
    return re.search(r'"identity": "([\w-]+)"', text).group(1)


def user_of(connecting):
    async def story():
        async with connecting() as connection:
            return (await receive(connection))["user"]
    return asyncio.run(story())


def handshake(*lines):
    return "\r\n".join([
        "GET /ws/chat/lobby/ HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *lines, "", ""]).encode()


def is_guest(answer):
    """Whoever has no name from elsewhere gets a cookie."""
    assert status_of(answer) == 101, answer
    return b"Set-Cookie: roomwire=" in answer


@pytest.mark.parametrize("name", ["ann", "张伟"])
def test_page_and_socket_are_the_users_of_the_web_server(nginx, name):
    status, headers, text = nginx.page(name)
    assert status == 200
    assert name in text
    assert "Set-Cookie" not in headers
    assert user_of(lambda: nginx.connect(name, f"?as={tag_of(text)}")) == name


def test_own_line_counts_and_not_what_nginx_takes_from_the_client(nginx):
    """Debian's fastcgi_params come with nginx's $remote_user, which without auth_basic nobody has checked."""
    address = f"http://127.0.0.1:{nginx.sso_port}/chat/lobby/"
    own_tag = tag_of(nginx.page("ann")[2])
    assert tag_of(fetch(address)[2]) == own_tag
    assert tag_of(fetch(address, Authorization=nginx.credentials("eve"))[2]) == own_tag


def test_page_of_one_user_opens_no_socket_of_another(nginx):
    tag = tag_of(nginx.page("ann")[2])
    with pytest.raises(websockets.ConnectionClosed) as closed:
        user_of(lambda: nginx.connect("张伟", f"?as={tag}"))
    assert closed.value.code == 4401


def test_nobody_logs_in_or_out_here(nginx):
    text = nginx.page("ann")[2]
    assert "/accounts/login/" not in text
    assert "/accounts/logout/" not in text
    assert nginx.page("ann", "/accounts/profile/")[0] == 404


def test_header_of_a_client_does_not_pass_the_web_server(nginx):
    assert user_of(lambda: nginx.connect("ann", **{"X-Remote-User": "root"})) == "ann"


def test_trusted_proxy_is_believed(broker):
    assert not is_guest(raw_request(broker.port, handshake("X-Remote-User: ann")))
    assert not is_guest(raw_request(broker.port, handshake("x-remote-user: ann")))


def test_nobody_else_is(broker):
    """Whom a PROXY header names is a client, not a proxy."""
    data = b"PROXY TCP4 203.0.113.9 127.0.0.1 4000 80\r\n" + handshake("X-Remote-User: root")
    assert is_guest(raw_request(broker.proxied_port, data))


@pytest.mark.parametrize("lines", [(), ("X-Remote-User:",), ("X-Remote-Users: ann",)])
def test_without_a_name_it_is_a_guest(broker, lines):
    assert is_guest(raw_request(broker.port, handshake(*lines)))


@pytest.mark.parametrize("lines", [
    ("X-Remote-User: ann", "X-Remote-User: bob"), ("X-Remote-User: a/b",), ("X-Remote-User: " + "x" * 33,),
])
def test_what_is_no_name_is_refused(broker, lines):
    assert status_of(raw_request(broker.port, handshake(*lines))) == 400


def test_page_for_what_is_no_name_is_refused(nginx):
    assert nginx.page("a/b")[0] == 400


def test_without_the_setting_the_header_is_nothing():
    with Broker() as broker:
        assert is_guest(raw_request(broker.port, handshake("X-Remote-User: ann")))
