# SPDX-License-Identifier: MIT
"""Programs that use a site over HTTP: the real broker, pages and web servers, and keys of roomwire-manage."""

import asyncio
import concurrent.futures
import contextlib
import os
import signal
import subprocess

import pytest
from account_site import AccountSite, welcome
from manage import output_of
from program import Program, make_key, persist
from stack import DEADLINE_SECONDS, Site, WebServer, receive_type, wait_for

EVERYTHING = ("channels:send", "messages:read", "messages:send", "rooms:read")
AT_ONCE = 50
THREADS = 8  # of the pages


@pytest.fixture(scope="module")
def site():
    with AccountSite("limits.api_requests_per_second=0") as started:
        yield started


def program(site, *scopes, **options):
    return Program(site.web.port, make_key(site.state, *(scopes or EVERYTHING), **options)["key"])


def history_of(site, room):
    return [message["message"] for message in program(site).get(f"/api/rooms/{room}/messages").json["messages"]]


ROOMS = iter(f"room-{number}" for number in range(1000))


@pytest.fixture
def room():
    return next(ROOMS)


def test_message_of_a_program_is_heard_and_kept(site, room):
    async def story():
        async with site.socket(site.browser(), room) as listener:
            await welcome(listener)
            reply = program(site).post(f"/api/rooms/{room}/messages", {"message": "build 42 is live", "user": "deploy"})
            assert (reply.status, reply.json) == (200, {"ok": True, "seq": 1})
            heard = await receive_type(listener, "message")
            assert (heard["user"], heard["message"], heard["seq"]) == ("deploy", "build 42 is live", 1)
    asyncio.run(story())
    assert history_of(site, room) == ["build 42 is live"]


def test_event_of_a_program_is_heard_and_not_kept(site, room):
    async def story():
        async with site.socket(site.browser(), room) as listener:
            await welcome(listener)
            reply = program(site).post(f"/api/rooms/{room}/messages", {"type": "light.on", "colour": "red"})
            assert (reply.status, reply.json) == (200, {"ok": True})
            assert (await receive_type(listener, "light.on"))["colour"] == "red"
    asyncio.run(story())
    assert history_of(site, room) == []


def test_message_posted_many_times_at_once_is_said_once(site, room):
    async def story():
        sender = program(site)
        async with site.socket(site.browser(), room) as listener:
            await welcome(listener)
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                replies = await asyncio.gather(*(
                    asyncio.get_running_loop().run_in_executor(
                        pool, persist, lambda: sender.say("once", room, Idempotency_Key="deploy-42"))
                    for _ in range(AT_ONCE)))
            assert {(reply.status, reply.json["seq"]) for reply in replies} == {(200, 1)}
            assert sum("repeated" not in reply.json for reply in replies) == 1
            assert (await receive_type(listener, "message"))["message"] == "once"
            sender.say("last", room)
            assert (await receive_type(listener, "message"))["message"] == "last"
    asyncio.run(story())
    assert history_of(site, room) == ["once", "last"]


def test_name_of_a_message_is_the_keys_and_the_rooms_own(site, room):
    first, second = program(site), program(site)
    assert first.say("a", room, Idempotency_Key="x").json == {"ok": True, "seq": 1}
    assert second.say("b", room, Idempotency_Key="x").json == {"ok": True, "seq": 2}
    assert first.say("c", next(ROOMS), Idempotency_Key="x").json == {"ok": True, "seq": 1}
    assert first.say("d", room, Idempotency_Key="y").json == {"ok": True, "seq": 3}
    assert first.say("a", room, Idempotency_Key="x").json == {"ok": True, "seq": 1, "repeated": True}


def test_batch_is_said_in_its_order_and_again_only_what_was_not(site, room):
    sender = program(site)
    batch = {"messages": [{"message": f"line {number}"} for number in range(100)]}
    first = sender.post(f"/api/rooms/{room}/messages", batch, Idempotency_Key="batch")
    assert (first.status, first.json["ok"], first.json["failed"]) == (200, True, 0)
    assert [result["seq"] for result in first.json["results"]] == list(range(1, 101))
    again = sender.post(f"/api/rooms/{room}/messages", batch, Idempotency_Key="batch")
    assert again.json["results"] == [{"ok": True, "seq": number, "repeated": True} for number in range(1, 101)]
    assert history_of(site, room)[-1] == "line 99"
    too_many = sender.post(f"/api/rooms/{room}/messages", {"messages": [{"message": "x"}] * 101})
    assert too_many.result == (413, "too_many_messages")


def test_mistake_in_a_batch_is_its_own(site, room):
    reply = program(site).post(f"/api/rooms/{room}/messages", {"messages": [
        {"message": "one"}, {"message": ""}, {"message": "x", "user": "a/b"}, {"message": "x" * 20000}, "two",
        {"type": "chat.message", "message": "three"}]})
    assert (reply.status, reply.json["failed"]) == (200, 4)
    assert [result.get("error", result.get("seq")) for result in reply.json["results"]] == [
        1, "no_message", "bad_user", "too_long", "not_an_object", 2]
    assert history_of(site, room) == ["one", "three"]


def test_key_without_the_scope_changes_nothing(site, room):
    async def story():
        async with site.socket(site.browser(), room) as listener:
            await welcome(listener)
            reader = program(site, "messages:read", "rooms:read", "channels:send")
            other = program(site, "messages:send", rooms=("elsewhere",))
            assert reader.say("no", room).result == (403, "insufficient_scope")
            assert reader.say("no", room).headers["WWW-Authenticate"].endswith('scope="messages:send"')
            assert other.say("no", room).result == (403, "wrong_room")
            assert Program(site.web.port).say("no", room).result == (401, "key_required")
            assert program(site, "messages:send").say("yes", room).status == 200
            assert (await receive_type(listener, "message"))["message"] == "yes"
    asyncio.run(story())
    assert history_of(site, room) == ["yes"]


def test_key_for_some_rooms_sees_these_alone(site):
    async def story():
        names = ("ops", "ops-eu", "secret-ops")
        async with contextlib.AsyncExitStack() as stack:
            for name in names:
                await welcome(await stack.enter_async_context(site.socket(site.browser(), name)))
            some = program(site, "rooms:read", "messages:send", rooms=("ops*",))
            everybody = program(site, "rooms:read").get("/api/rooms").json
            assert {room["room"] for room in everybody["rooms"]} >= set(names)
            assert [room["room"] for room in some.get("/api/rooms").json["rooms"]] == ["ops", "ops-eu"]
            assert some.get("/api/rooms/ops-eu/members").json["people"] == 1
            assert some.get("/api/rooms/secret-ops/members").result == (403, "wrong_room")
            assert some.say("hello", "ops").status == 200
            assert some.say("hello", "secret-ops").result == (403, "wrong_room")
    asyncio.run(story())


def test_hidden_rooms_are_listed_for_admins(site, room):
    def lists(*scopes):
        rooms = program(site, *scopes).get("/api/rooms").json["rooms"]
        return {found["room"]: found.get("hidden", False) for found in rooms}

    async def story():
        async with site.socket(site.browser(), room) as somebody:
            await welcome(somebody)
            assert site.broker.control(op="moderate", room=room, action="hide")["ok"]
            await receive_type(somebody, "rules")
            assert room not in lists("rooms:read", "rooms:moderate")
            assert lists("admin")[room] is True
    asyncio.run(story())


def test_lists_come_in_pages(site, room):
    async def story():
        reader = program(site, "rooms:read")
        async with contextlib.AsyncExitStack() as stack:
            for name in ("Ann", "Bob"):
                browser = site.browser()
                browser.call_oneself(name)
                await welcome(await stack.enter_async_context(site.socket(browser, room)))
            first = reader.get(f"/api/rooms/{room}/members?limit=1").json
            assert (first["members"][0]["user"], len(first["members"]), first["more"]) == ("Ann", 1, True)
            last = reader.get(f"/api/rooms/{room}/members?limit=1&after={first['next']}").json
            assert (last["members"][0]["user"], len(last["members"]), last["more"]) == ("Bob", 1, False)
            assert reader.get("/api/rooms?limit=1").json["rooms"]
    asyncio.run(story())


def test_removed_key_and_one_that_is_over_are_refused_at_once(site, room):
    for change in ("remove", "end"):
        made = make_key(site.state, "messages:send")
        sender = Program(site.web.port, made["key"])
        assert sender.say("hello", room).status == 200
        if change == "remove":
            output_of(site.state, "apikey", "remove", str(made["id"]))
        else:
            with site.database() as database:
                database.execute("UPDATE api_key SET expires = 1 WHERE id = ?", (made["id"],))
        assert sender.say("hello again", room).result == (401, "invalid_token")
    assert history_of(site, room) == ["hello", "hello"]


def test_logs_name_keys_and_never_tell_them(site, room):
    made = make_key(site.state, "messages:send")
    secret = made["key"].split("_", 2)[2]
    Program(site.web.port, made["key"]).say("hello", room)
    Program(site.web.port, made["key"][:-1]).say("hello", room)
    Program(site.web.port, f"rw_9_{secret}").say("hello", room)
    wait_for(lambda: site.count_log("status=200", f"key={made['id']}"), "the request is in the log")
    for path in site.state.glob("*.log"):
        assert secret[:-1] not in path.read_text()


def test_wrong_keys_are_refused_for_a_time_and_people_log_in_all_the_same(room):
    with AccountSite() as site:
        wrong = Program(site.web.port, "rw_1_" + "A" * 43)
        results = [wrong.say("hello", room).result for _ in range(23)]
        assert results == [(401, "invalid_token")] * 21 + [(429, "too_many_tries")] * 2
        assert program(site).say("hello", room).status == 200
        site.person("ann").log_out()
        site.browser().log_in("ann")


def test_key_that_is_too_fast_is_told_when_to_go_on(room):
    with AccountSite("limits.api_requests_per_second=1", "limits.api_request_burst=3") as site:
        first, second = program(site), program(site)
        results = [first.say("hello", room) for _ in range(5)]
        assert [reply.result for reply in results].count((200, "ok")) in (3, 4)
        assert results[-1].result == (429, "too_fast") and results[-1].headers["Retry-After"] == "1"
        assert second.say("hello", room).status == 200


def test_curl_as_the_manual_has_it(site, room):
    made = make_key(site.state, "messages:send", name="deploy")
    command = ("curl --silent --oauth2-bearer \"$KEY\" -H 'Content-Type: application/json' "
               "-H \"Idempotency-Key: deploy-$BUILD\" -d '{\"message\": \"build 42 is live\", \"user\": \"deploy\"}' "
               "http://localhost:$PORT/api/rooms/$ROOM/messages")
    said = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True,
                          timeout=DEADLINE_SECONDS, env={**os.environ, "KEY": made["key"], "BUILD": "42", "ROOM": room,
                                                         "PORT": str(site.web.port)})
    assert said.stdout == '{"ok": true, "seq": 1}\n'


def test_plain_cgi_takes_the_same_keys(site, room):
    key = make_key(site.state, *EVERYTHING)["key"]
    with WebServer(site.pages, plain_cgi=True) as web:
        sender = Program(web.port, key, "/chat.cgi")
        assert sender.say("by CGI", room, Idempotency_Key="a").json == {"ok": True, "seq": 1}
        assert sender.say("by CGI", room, Idempotency_Key="a").json == {"ok": True, "seq": 1, "repeated": True}
        assert Program(web.port, None, "/chat.cgi").say("no", room).result == (401, "key_required")
    assert history_of(site, room) == ["by CGI"]


@pytest.mark.parametrize("web", ["lighttpd", "nginx"])
def test_deployed_web_server_takes_keys(web, room):
    with Site(web=web) as site:
        sender = Program(site.port, make_key(site.state, *EVERYTHING)["key"])
        assert sender.say("hello", room, Idempotency_Key="a").json == {"ok": True, "seq": 1}
        assert sender.say("hello", room, Idempotency_Key="a").json == {"ok": True, "seq": 1, "repeated": True}
        assert sender.post(f"/api/rooms/{room}/messages", b"x" * 60000).result == (400, "not_json")
        described = sender.get("/static/openapi.json")
        assert described.status == 200 and "/api/rooms" in described.json["paths"]


def test_message_goes_on_when_the_broker_is_back_and_is_known_still(room):
    with AccountSite() as site:
        sender = program(site)
        assert sender.say("before", room, Idempotency_Key="a").json == {"ok": True, "seq": 1}
        site.broker.stop()
        reply = sender.say("after", room, Idempotency_Key="b")
        assert reply.result == (503, "unavailable") and reply.headers["Retry-After"]
        assert history_of(site, room) == ["before"], "what was said is there without a broker"
        site.broker.start()
        wait_for(lambda: sender.say("after", room, Idempotency_Key="b").status == 200, "the pages find the broker")
        assert sender.say("before", room, Idempotency_Key="a").json == {"ok": True, "seq": 1, "repeated": True}
        assert sender.say("after", room, Idempotency_Key="b").json == {"ok": True, "seq": 2, "repeated": True}


def test_message_without_an_answer_is_said_once_however_it_ends(room):
    with AccountSite() as site:
        sender = program(site)
        assert sender.say("first", room).status == 200
        site.broker.process.send_signal(signal.SIGSTOP)
        try:
            reply = sender.say("slow", room, Idempotency_Key="a")
        finally:
            site.broker.process.send_signal(signal.SIGCONT)
        assert reply.result == (503, "timeout") and reply.headers["Retry-After"]
        assert sender.say("slow", room, Idempotency_Key="a").json["seq"] == 2
        assert history_of(site, room) == ["first", "slow"]


def test_pages_are_there_while_the_broker_answers_no_program(room):
    with AccountSite() as site, concurrent.futures.ThreadPoolExecutor(2 * THREADS) as pool:
        sender = program(site)
        assert sender.say("first", room).status == 200
        site.broker.process.send_signal(signal.SIGSTOP)
        try:
            posts = [pool.submit(sender.say, "slow", room, Idempotency_Key=f"slow-{number}")
                     for number in range(2 * THREADS)]
            wait_for(lambda: any(post.done() for post in posts), "one was refused")
            assert site.browser().get("/accounts/login/").status == 200
            assert not all(post.done() for post in posts)
        finally:
            site.broker.process.send_signal(signal.SIGCONT)
        results = [post.result().result for post in posts]
        assert results.count((503, "busy")) >= THREADS and all(status in (200, 503) for status, _ in results)
