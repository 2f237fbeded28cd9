"""Every bad input has a clear, typed answer, and nothing is half done."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from graphql_client import FOLLOW_UP, PLACE_ORDER, REGISTER, REQUEST_EXTENSION, GraphQLClient, change
from stories import Story, customer

A_RECORD = "01a208e0-3fd8-7169-9a23-dd8c824e9e5c"
FOLLOWED = {"registrationId": A_RECORD, "kind": "CALL", "note": "聊"}
ORDERED = {"externalRef": "SO-1", "name": "王小明", "phone": "13800138000"}
EXTENDED = {"registrationId": A_RECORD, "days": 5, "reason": "出差"}
REGISTERED = {"name": "王小明", "phone": "13800138000", "address": "浦东新区锦绣路100弄3号楼2单元501室"}
WITHDRAW = change("withdrawRegistration", "$registrationId: ID!, $reason: String!", of="registration")
RULE = change("ruleOnOrder", "$orderId: ID!, $credits: [CreditInput!]!, $reason: String!", of="order")
PAGE = "query ($first: Int, $after: String, $filter: RegistrationFilter) { registrations(first: $first, after: $after, filter: $filter) { edges { cursor } } }"
ORDER_PAGE = "query ($after: String) { orders(after: $after) { edges { cursor } } }"
NUL, LONE = "a\x00", "a\ud800"
UNKNOWN_CURSOR = "cgGiCOA_2HFpmiPdjIJOnlw"


def case(query: str, field: str, variables: dict[str, Any], id: str = "") -> Any:
    return pytest.param(query, field, variables, id=f"{field} {id}".strip())


CASES = [
    *(
        case(REGISTER, f"input.{field}", {"input": REGISTERED | {field: value}}, id)
        for field, value, id in [
            ("name", "好" * 101, "long"),
            ("phone", "1" * 65, "long"),
            ("address", "路" * 301, "long"),
            ("note", "好" * 2_001, "long"),
            ("idempotencyKey", "k" * 201, "long"),
            ("idempotencyKey", " ", "blank"),
            ("forStaffCode", "", "blank"),
            ("name", NUL, "NUL"),
            ("phone", NUL, "NUL"),
            ("address", LONE, "lone surrogate"),
            ("note", LONE, "lone surrogate"),
            ("idempotencyKey", NUL, "NUL"),
            ("forStaffCode", LONE, "lone surrogate"),
            ("name", 7, "number"),
            ("newNeed", "yes", "text"),
        ]
    ),
    *(
        case(FOLLOW_UP, f"input.{field}", {"input": FOLLOWED | {field: value}}, id)
        for field, value, id in [
            ("note", "", "blank"),
            ("note", "\u3000", "ideographic space"),
            ("registrationId", NUL, "NUL"),
            ("registrationId", LONE, "lone surrogate"),
            ("registrationId", "x" * 101, "long"),
            ("registrationId", "", "blank"),
            ("kind", "PIGEON", "unknown"),
            ("occurredAt", "2026-11-01T10:00:00", "no offset"),
            ("occurredAt", "yesterday", "no instant"),
            ("occurredAt", 1_730_419_200, "number"),
        ]
    ),
    *(
        case(PLACE_ORDER, f"input.{field}", {"input": ORDERED | {field: value}}, id)
        for field, value, id in [
            ("externalRef", "", "blank"),
            ("externalRef", "x" * 101, "long"),
            ("externalRef", NUL, "NUL"),
            ("amount", "-1", "negative"),
            ("amount", "1.005", "three decimals"),
            ("amount", "10000000000", "large"),
            ("amount", "1e3", "exponent"),
            ("amount", 12_800.5, "float"),
            ("takenByCode", LONE, "lone surrogate"),
        ]
    ),
    case(REQUEST_EXTENSION, "input.reason", {"input": EXTENDED | {"reason": " "}}, "blank"),
    case(REQUEST_EXTENSION, "input.days", {"input": EXTENDED | {"days": 2**31}}, "large"),
    case(REQUEST_EXTENSION, "input.days", {"input": EXTENDED | {"days": "5"}}, "text"),
    case(WITHDRAW, "reason", {"registrationId": A_RECORD, "reason": ""}, "blank"),
    case(WITHDRAW, "reason", {"registrationId": A_RECORD, "reason": "好" * 1_001}, "long"),
    case(WITHDRAW, "registrationId", {"registrationId": NUL, "reason": "客户出差"}, "NUL"),
    case(
        RULE,
        "credits.1.staffCode",
        {
            "orderId": A_RECORD,
            "credits": [{"staffCode": "F01", "shareBp": 1}, {"staffCode": NUL, "shareBp": 1}],
            "reason": "裁决",
        },
        "NUL",
    ),
    case(
        RULE,
        "credits",
        {"orderId": A_RECORD, "credits": [{"staffCode": "F01", "shareBp": 1}] * 51, "reason": "裁决"},
        "many",
    ),
    case(PAGE, "first", {"first": 0}, "0"),
    case(PAGE, "first", {"first": 101}, "101"),
    case(PAGE, "after", {"after": "nonsense"}, "nonsense"),
    case(PAGE, "after", {"after": UNKNOWN_CURSOR}, "unknown"),
    case(ORDER_PAGE, "after", {"after": UNKNOWN_CURSOR}, "of another list"),
    case(PAGE, "filter.registeredFrom", {"filter": {"registeredFrom": "2026-11-01"}}, "date"),
    case(PAGE, "filter.ownerCode", {"filter": {"ownerCode": LONE}}, "lone surrogate"),
    case("query ($at: DateTime) { policy(at: $at) { id } }", "at", {"at": "0001-01-01T00:00:00+14:00"}),
    case("query ($m: Date) { quota(month: $m) { used } }", "month", {"m": "2026-11-02"}),
    case("query ($id: ID!) { registration(id: $id) { id } }", "id", {"id": LONE}),
    case("query ($r: String) { order(externalRef: $r) { id } }", "externalRef", {"r": NUL}),
    case("{ order { id } }", "id", {}, "nothing asked"),
    case("{ checkProtection { available } }", "phone", {}, "nothing asked"),
    case('{ checkProtection(phone: "12") { available } }', "phone", {}, "unusable"),
    case("{ registrations(first: 2147483648) { edges { cursor } } }", "first", {}, "literal"),
    case(
        '{ registrations(filter: {channel: "FIELD"}) { edges { cursor } } }', "filter.channel", {}, "literal"
    ),
    case(
        f"{{ registrations(first: {'9' * 5_000}) {{ edges {{ cursor }} }} }}",
        "first",
        {},
        "literal of 5000 digits",
    ),
    case(
        f"{{ registrations(first: -{'9' * 5_000}) {{ edges {{ cursor }} }} }}",
        "first",
        {},
        "the same, negative",
    ),
    case(
        f'mutation {{ requestExtension(input: {{registrationId: "{A_RECORD}", days: {"9" * 5_000}, reason: "a"}})'
        " { __typename } }",
        "input.days",
        {},
        "literal of 5000 digits inside",
    ),
    case('{ policy(at: "2026-11-01") { id } }', "at", {}, "literal"),
    case("{ policy(at: 5) { id } }", "at", {}, "literal number"),
]


@pytest.mark.parametrize(("query", "field", "variables"), CASES)
async def test_an_input_that_cannot_be_used_is_named(
    client: GraphQLClient, query: str, field: str, variables: dict[str, Any]
) -> None:
    body = json.dumps({"query": query, "variables": variables})
    headers = client.headers("HEAD") | {"content-type": "application/json"}
    answer = await client.http.post("/graphql", content=body.encode(), headers=headers)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}
    assert error["message"]
    assert not [word for word in ("Exceeds the limit", "4300", "sys.") if word in error["message"]]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"phone": "12"}, ["phone"]),
        ({"address": "幸福小区"}, ["address"]),
        ({"name": "", "phone": "", "address": ""}, ["address", "name", "phone"]),
    ],
)
async def test_a_customer_that_cannot_be_told_is_refused_as_incomplete_and_stored(
    story: Story, changes: dict[str, str], fields: list[str]
) -> None:
    answer = await story.client.register("G01", **customer(**changes))
    assert (answer["outcome"], answer["clause"]) == ("INCOMPLETE", {"number": "3.2.2"})
    assert [problem["field"] for problem in answer["fields"]] == fields
    assert answer["attemptId"]


async def test_an_order_without_a_usable_key_is_refused_and_not_placed(story: Story) -> None:
    answer = await story.client.place_order("G01", externalRef="SO-1", name="王小明", phone="12")
    assert answer["code"] == "INCOMPLETE"
    assert await story.client.ask("HEAD", '{ order(externalRef: "SO-1") { id } }') == {"order": None}


async def test_an_order_of_unknown_staff_is_refused(story: Story) -> None:
    answer = await story.client.place_order("G01", externalRef="SO-1", takenByCode="G99", **customer())
    assert answer["code"] == "UNKNOWN_STAFF"


async def test_shares_that_do_not_sum_are_refused(story: Story) -> None:
    order = await story.client.placed("G01", externalRef="SO-1", takenByCode="G01", **customer())
    answer = await story.client.one(
        "HEAD", RULE, orderId=order["id"], credits=[{"staffCode": "F01", "shareBp": 9_999}], reason="裁决"
    )
    assert answer["code"] == "BAD_SHARES"


DEEP = "[" * 5_000 + "]" * 5_000
BODIES = [
    pytest.param(b"", 400, id="empty"),
    pytest.param(b"null", 400, id="null"),
    pytest.param(b'"text"', 400, id="a JSON string"),
    pytest.param(b"7", 400, id="a number"),
    pytest.param(b"true", 400, id="true"),
    pytest.param(b"[]", 400, id="a list"),
    pytest.param(b'[{"query": "{ me { id } }"}]', 400, id="a batch"),
    pytest.param(b"{", 400, id="no JSON"),
    pytest.param(b"\xff\xfe", 400, id="invalid UTF-8"),
    pytest.param(b'{"query": "\xff"}', 400, id="invalid UTF-8 inside"),
    pytest.param(DEEP.encode(), 400, id="5000 levels"),
    pytest.param(
        ('{"query": "{ me { id } }", "variables": {"a": ' + DEEP + "}}").encode(),
        400,
        id="5000 levels inside",
    ),
    pytest.param(b"9" * 5_000, 400, id="an integer of 5000 digits"),
    pytest.param(
        b'{"query": "{ me { id } }", "variables": {"a": ' + b"9" * 5_000 + b"}}", 400, id="5000 digits inside"
    ),
    pytest.param(b'{"query": NaN}', 400, id="NaN"),
    pytest.param(b'{"query": "{ me { id } }", "variables": {"a": Infinity}}', 400, id="Infinity"),
    pytest.param(b'{"query": "{ me { id } }", "variables": {"a": -1e999}}', 400, id="a number beyond all"),
    pytest.param(b'{"query": "{ me { id } }", "query": "{ me { code } }"}', 400, id="a name twice"),
    pytest.param(
        b'{"query": "{ me { id } }", "variables": {"a": {"b": 1, "b": 2}}}', 400, id="a name twice inside"
    ),
    pytest.param(b'\xef\xbb\xbf{"query": "{ me { id } }"}', 400, id="a byte order mark"),
    pytest.param('{"query": "{ me { id } }"}'.encode("utf-16"), 400, id="UTF-16"),
    pytest.param('{"query": "{ me { id } }"}'.encode("utf-32"), 400, id="UTF-32"),
    pytest.param(b'{"query": "{ me { id } }"}\x00', 400, id="NUL after it"),
    pytest.param(b'{"query": "{ me { id } }"} {}', 400, id="two objects"),
    pytest.param(b"{'query': '{ me { id } }'}", 400, id="single quotes"),
    pytest.param(
        b'{"query": "{ me { id } }", "operationName": "\\ud800"}', 400, id="lone surrogate as a name"
    ),
    pytest.param(b'{"query": "{ me { id } }", "operationName": "\\u0000"}', 400, id="NUL as a name"),
    pytest.param(b"{}", 400, id="no query"),
    pytest.param(b'{"query": ""}', 400, id="blank query"),
    pytest.param(b'{"query": null}', 400, id="null query"),
    pytest.param(b'{"query": 7}', 400, id="query is a number"),
    pytest.param(b'{"query": "{ me { id } }", "variables": []}', 400, id="variables are a list"),
    pytest.param(b'{"query": "{ me { id } }", "variables": "{}"}', 400, id="variables are text"),
    pytest.param(b'{"query": "{ me { id } }", "operationName": 7}', 400, id="operationName is a number"),
    pytest.param(b'{"query": "{ me { id } }", "extensions": 7}', 400, id="extensions are a number"),
    pytest.param(b'{"query": "{ me { id } "}', 400, id="no GraphQL"),
    pytest.param(b'{"query": "{ nobody }"}', 400, id="unknown field"),
    pytest.param(b'{"query": "{ me \\u0000 { id } }"}', 400, id="NUL in the query"),
    pytest.param(b'{"query": "{ me { id } } # \\ud800"}', 400, id="lone surrogate in the query"),
    pytest.param(b'{"query": "{ me { id } }", "operationName": "Other"}', 400, id="unknown operation"),
    pytest.param(b'{"query": "query A { me { id } } query B { me { id } }"}', 400, id="which operation"),
    pytest.param(b'{"query": "subscription { me { id } }"}', 400, id="subscription"),
    pytest.param(b'{"query": "{ me { id } } ' + b" " * 1_048_576 + b'"}', 413, id="over-large"),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
async def test_a_malformed_request_is_answered_as_such(
    client: GraphQLClient, body: bytes, status: int
) -> None:
    headers = {
        "content-type": "application/json",
        "accept": "application/graphql-response+json",
        **client.headers("G01"),
    }
    answer = await client.http.post("/graphql", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_USER_INPUT"}


async def test_a_body_that_nests_below_the_parsers_limit_is_too_complex(client: GraphQLClient) -> None:
    deep = "[" * 500 + "]" * 500
    body = '{"query": "{ me { id } }", "variables": {"a": ' + deep + "}}"
    headers = client.headers("G01") | {"content-type": "application/json"}
    answer = await client.http.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"] == {"code": "TOO_COMPLEX"}


async def test_a_body_in_pieces_without_a_length_is_bounded_too(client: GraphQLClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"query": "{ me { id } } '
        for _ in range(64):
            yield b" " * 65_536
        yield b'"}'

    headers = client.headers("G01") | {"content-type": "application/json"}
    answer = await client.http.post("/graphql", content=pieces(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_a_body_that_is_packed_is_not_taken(client: GraphQLClient, encoding: str) -> None:
    headers = client.headers("G01") | {"content-type": "application/json", "content-encoding": encoding}
    body = gzip.compress(b'{"query": "{ me { id } }"}')
    answer = await client.http.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "query=",
        "query=%00",
        "query=%ff%fe",
        "query=%7B+me",
        "query=%7B+me+%7B+id+%7D+%7D&query=%7B+me+%7B+code+%7D+%7D",
        "query=%7B+me+%7B+id+%7D+%7D&variables=5",
        "query=%7B+me+%7B+id+%7D+%7D&variables=%5B%5D",
        "query=%7B+me+%7B+id+%7D+%7D&variables=%7B",
        "query=%7B+me+%7B+id+%7D+%7D&variables=NaN",
        "query=%7B+me+%7B+id+%7D+%7D&variables=%7B%22a%22:1,%22a%22:2%7D",
        "query=%7B+me+%7B+id+%7D+%7D&variables=%ff",
        "query=%7B+me+%7B+id+%7D+%7D&operationName=Other",
        "query=%7B+me+%7B+id+%7D+%7D&operationName=%ff",
        "query=%7B+me+%7B+id+%7D+%7D&extensions=null+null",
        "query=%7B+me+%7B+id+%7D+%7D&extensions=7",
    ],
)
async def test_a_question_by_get_that_is_none_is_answered_as_such(client: GraphQLClient, asked: str) -> None:
    headers = {"accept": "application/graphql-response+json", **client.headers("G01")}
    answer = await client.http.get(f"/graphql?{asked}", headers=headers)
    assert answer.status_code == 400, answer.text
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=gbk"]
)
async def test_another_content_type_is_not_taken(client: GraphQLClient, content_type: str) -> None:
    headers = client.headers("G01") | {"content-type": content_type}
    answer = await client.http.post("/graphql", content=b'{"query": "{ me { id } }"}', headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer nonsense", "Basic Zzpn", "Bearer a.b.c", "bearer " + "x" * 5_000],
)
async def test_who_has_no_token_of_ours_is_nobody(client: GraphQLClient, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await client.http.post("/graphql", json={"query": "{ me { id } }"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_token_of_somebody_unknown_is_nobodys(client: GraphQLClient) -> None:
    answer = await client.post("G99", "{ me { id } }")
    assert answer.status_code == 401


async def test_a_query_may_come_by_get_and_a_mutation_may_not(client: GraphQLClient) -> None:
    headers = client.headers("G01")
    read = await client.http.get("/graphql", params={"query": "{ me { code } }"}, headers=headers)
    changed = await client.http.get(
        "/graphql",
        params={"query": f'mutation {{ closeOrder(orderId: "{A_RECORD}") {{ __typename }} }}'},
        headers=headers,
    )
    assert (read.status_code, read.json()) == (200, {"data": {"me": {"code": "G01"}}})
    assert (changed.status_code, changed.headers["allow"]) == (405, "POST")


async def test_errors_of_validation_are_200_for_clients_of_plain_json(client: GraphQLClient) -> None:
    answer = await client.post("G01", "{ nobody }")
    assert answer.status_code == 200
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/graphql-response+json", "application/graphql-response+json; charset=utf-8"),
        ("application/json", "application/json; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "application/graphql-response+json; charset=utf-8",
        ),
    ],
)
async def test_the_answer_is_of_the_type_that_is_accepted(
    client: GraphQLClient, accept: str, answered: str
) -> None:
    headers = client.headers("G01") | {"accept": accept}
    answer = await client.http.post("/graphql", json={"query": "{ me { id } }"}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, answered)


async def test_an_answer_in_no_accepted_type_is_not_given(client: GraphQLClient) -> None:
    headers = client.headers("G01") | {"accept": "image/png"}
    answer = await client.http.post("/graphql", json={"query": "{ me { id } }"}, headers=headers)
    assert answer.status_code == 406


async def test_a_document_that_is_too_complex_is_refused(client: GraphQLClient) -> None:
    deep = "{ registrations(first: 100) { edges { node { followUps(first: 100) { edges { node { id note kind recordedAt cursor: id a: id } } } } } } }"
    answer = await client.post("HEAD", deep)
    assert answer.json()["errors"][0]["extensions"] == {"code": "TOO_COMPLEX"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"now": 5}',
        b'{"now": "2026-11-01T10:00:00"}',
        b'{"now": "2999-13-01T10:00:00Z"}',
        b'{"now": "2040-01-01T10:00:00Z", "more": 1}',
        b'{"now": "\\u0000"}',
        b"\xff",
        b'{"now": "' + b"2" * 2_000 + b'"}',
    ],
)
async def test_the_clock_takes_an_instant_and_nothing_else(http: httpx2.AsyncClient, body: bytes) -> None:
    assert (await http.post("/dev/clock", content=body)).status_code == 400


async def test_the_clock_never_goes_back(story: Story) -> None:
    answer = await story.client.http.post("/dev/clock", json={"now": "2000-01-01T00:00:00Z"})
    assert answer.status_code == 409


async def test_graphiql_is_there_for_a_developers_browser(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/healthz", '"alive"'),
        ("/readyz", '"migrations":"ok"'),
        ("/metrics", "baobei_requests_total"),
        ("/openapi.json", '"/dev/clock"'),
    ],
)
async def test_the_pages_for_operators_need_no_token(http: httpx2.AsyncClient, path: str, said: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert said in answer.text
