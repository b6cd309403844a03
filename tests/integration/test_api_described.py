# SPDX-License-Identifier: MIT
"""The OpenAPI file is held against the tables that it describes, both ways, and its examples against what the real
programs answer."""

import asyncio
import json
import re

import jsonschema
import pytest
from account_site import URL_ROW, AccountSite, welcome
from program import Program, make_key
from stack import TOP, wait_for

DOCUMENT = json.loads((TOP / "web/static/openapi.json").read_text(encoding="utf-8"))
METHODS = {"get", "post"}
REFUSAL_ROW = re.compile(r'\{ "([a-z_]+)", (\d{3}), (\w+),')
# Of what only people's own forms are refused with, and of what only the results of a batch say.
NOT_OF_PROGRAMS = {"csrf"}
OF_RESULTS_ALONE = {"not_tried"}
# Numbers that the broker counts; those of roomwire-broker(8).
NOT_COMPARED = {"stats", "minutes"}


def operations():
    """(method, path, operation) of the file."""
    return [(method.upper(), path, operation) for path, item in DOCUMENT["paths"].items()
            for method, operation in item.items() if method in METHODS]


def routes():
    """{name: (method, path, scope, whether people may ask, too)} of the table."""
    table = (TOP / "fcgi/urls.c").read_text(encoding="utf-8")
    rows = [(name, method, pattern, flags) for method, pattern, name, flags in URL_ROW.findall(table)]
    return {name: (method, re.sub(":([a-z]+)", r"{\1}", pattern),
                   re.search(r"API_(\w+)", flags)[1].lower().replace("_", ":"), "URL_KEY" not in flags)
            for name, method, pattern, flags in rows if pattern.startswith("/api/")}


def codes_by_status():
    table = (TOP / "fcgi/refusal.c").read_text(encoding="utf-8")
    rows = REFUSAL_ROW.findall(table)
    assert len(rows) == table.count('\t{ "'), "a row of the table is written differently"
    found = {}
    for code, status, retry in rows:
        if code not in NOT_OF_PROGRAMS | OF_RESULTS_ALONE:
            found.setdefault(status, {})[code] = retry != "0"
    return found


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def content(part):
    return part["content"]["application/json"]


def examples(operation):
    """(name, request or None, answer) of an operation."""
    sent = content(operation["requestBody"])["examples"] if "requestBody" in operation else {}
    return [(name, sent[name]["value"] if sent else None, answer["value"])
            for name, answer in content(operation["responses"]["200"])["examples"].items()]


EXAMPLES = [pytest.param(method, path, operation, *example, id=f"{operation['operationId']}-{example[0]}")
            for method, path, operation in operations() for example in examples(operation)]


def test_every_route_is_described_and_no_other():
    described = {}
    for method, path, operation in operations():
        assert list(operation["security"][0]) == ["key"] and operation["security"][1:] in ([], [{}])
        [scope] = operation["security"][0]["key"]
        described[operation["operationId"]] = (method, path, scope, {} in operation["security"])
    assert described == routes()


def test_every_place_of_a_path_is_a_parameter():
    for _, path, operation in operations():
        parameters = [DOCUMENT["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
                      if "$ref" in parameter else parameter for parameter in operation["parameters"]]
        names = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
        assert names == re.findall(r"{(\w+)}", path)


def test_every_code_is_described_under_its_status_and_no_other():
    responses = {status: response for status, response in DOCUMENT["components"]["responses"].items()
                 if status != "other"}
    described = {status: set(content(response)["schema"]["allOf"][1]["properties"]["error"]["enum"])
                 for status, response in responses.items()}
    assert described == {status: set(codes) for status, codes in codes_by_status().items()}
    for status, codes in codes_by_status().items():
        assert ("Retry-After" in responses[status].get("headers", {})) == any(codes.values())


def test_every_reference_leads_somewhere():
    for reference in re.findall(r'"#/([^"]+)"', json.dumps(DOCUMENT)):
        value = DOCUMENT
        for key in reference.split("/"):
            value = value[key]


def test_refusals_of_an_operation_are_of_the_table():
    for method, _, operation in operations():
        statuses = set(operation["responses"]) - {"200", "304"}
        assert statuses >= {"400", "401", "403", "429", "503", "default"}
        assert (statuses >= {"413", "415"}) == (method == "POST")
        for status in statuses:
            name = "other" if status == "default" else status
            assert operation["responses"][status] == {"$ref": f"#/components/responses/{name}"}


@pytest.mark.parametrize("method,path,operation,name,sent,answer", EXAMPLES)
def test_example_fits_its_schema(method, path, operation, name, sent, answer):
    validator(content(operation["responses"]["200"])["schema"]).validate(answer)
    if sent is not None and name != "batch":  # of which one may be wrong
        validator(content(operation["requestBody"])["schema"]).validate(sent)


@pytest.fixture(scope="module")
def site():
    with AccountSite() as started:
        yield started


def ask(site, scopes, method, path, sent):
    key = make_key(site.state, *scopes)["key"]
    query = "?q=build" if path.endswith("/search") else ""
    path = path.replace("{room}", "lobby").replace("{channel}", "test_channel").replace("{list}", "rooms") + query
    return Program(site.web.port, key).ask(method, path, sent)


def shape(value):
    """The names and kinds of what is in it; of a list, of its first."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items() if name not in NOT_COMPARED}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_examples_are_what_is_answered(site):
    """What is sent first, in the order of the file, and then what is read of it; somebody is in the room."""
    async def story():
        async with site.socket(site.browser()) as member:
            await welcome(member)
            ordered = sorted(operations(), key=lambda entry: entry[0] == "GET")
            for method, path, operation in ordered:
                for name, sent, answer in examples(operation):
                    asked = (operation["security"][0]["key"], method, path, sent)
                    reply = ask(site, *asked)
                    assert reply.status == 200, reply.text
                    validator(content(operation["responses"]["200"])["schema"]).validate(reply.json)
                    if method == "POST":
                        assert reply.json == answer
                    else:  # the broker follows an order in a moment
                        wait_for(lambda: shape(ask(site, *asked).json) == shape(answer), f"{path} is as {name}")
    asyncio.run(story())


def test_refusals_are_of_their_schema(site):
    program = Program(site.web.port, make_key(site.state, "messages:send")["key"])
    for reply in (program.get("/api/rooms"), program.say(""), program.say("x" * 20000), program.get("/api/nothing"),
                  program.post("/api/rooms/lobby/messages", b"{"), program.ask("PUT", "/api/rooms"),
                  Program(site.web.port).get("/api/rooms"), program.say("x", Content_Type="text/plain"),
                  program.say("x", Idempotency_Key="a b")):
        refused = DOCUMENT["components"]["responses"][str(reply.status)]
        validator(content(refused)["schema"]).validate(reply.json)
