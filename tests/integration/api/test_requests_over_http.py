"""Requests over HTTP: who sees one, evidence in and out, an inbox, a price, another region."""

import io
import itertools
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from alliances import TestAlliance
from baobei.operations.attach_evidence import MOST_EVIDENCE
from baobei.operations.erase_person import ErasePerson, erase_person
from baobei.operations.evidence_kinds import LARGEST_EVIDENCE_BYTES
from graphql_client import GraphQLClient
from in_process import api_on
from pictures import JPEG, PNG, WEBP
from requests_desk import IN_PUDONG, new_regional_alliance

_numbers = itertools.count(1)
PDF = b"%PDF-1.7\n" + b"x" * 100 + b"\n%%EOF\n"
REGISTER = """
mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
  __typename ... on RegistrationRefused { code outcome attemptId approvalId clause { number } message(language: EN) } } }
"""
DECIDE = """
mutation ($id: ID!) { decideApproval(approvalId: $id, approve: true, note: "已核实") {
  __typename ... on ApprovalRecorded { approval { status registration { id owner { code } } } } ... on Refused { code } } }
"""
APPROVALS = "{ approvals { id evidence { id kind text mediaType sizeBytes } receiver { code } } }"
INBOX = "{ approvalInbox { edges { waitingHours node { id kind reason } } pageInfo { hasNextPage } } }"
ATTACH = """
mutation ($input: AttachEvidenceInput!) { attachEvidence(input: $input) {
  __typename ... on EvidenceAttached { evidence { kind text attachedBy { code } } } ... on Refused { code } } }
"""
PRICE = """
mutation ($input: RequestSpecialPriceInput!) { requestSpecialPrice(input: $input) {
  __typename ... on ApprovalRecorded { approval { id listPrice askedPrice } } ... on Refused { code } } }
"""
ORDER = """
mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  ... on OrderRecorded { order { priceViolation listAmount specialPriceApprovalId } } ... on Refused { code } } }
"""
TYPES, WORKBOOK, DOCUMENT = "[Content_Types].xml", "xl/workbook.xml", "word/document.xml"
SEE = ("G03", "XHM", "PDM", "PDM2", "HEAD", "OPS", "MKT")
# They see the request and that it has a file, and the customer only masked.
NOT_THE_FILE = ("OPS", "MKT")
DO_NOT = ("G01", "G04", "SUP", "F01", "FIN")


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_regional_alliance(fresh_pool, f"requests{next(_numbers)}")


@pytest.fixture
async def client(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> AsyncIterator[GraphQLClient]:
    async with api_on(fresh_pool, alliance.code) as opened:
        yield opened


async def waiting(client: GraphQLClient) -> str:
    who = {"name": "王小明", "phone": "13800138000", "address": IN_PUDONG.format(1)}
    answer = await client.one("G03", REGISTER, input={**who, "crossRegionReason": "老客户 13900139000 介绍"})
    assert (answer["outcome"], answer["clause"]) == ("AWAITING_APPROVAL", {"number": "B.4.2"})
    id: str = answer["approvalId"]
    return id


async def upload(client: GraphQLClient, id: str, written: bytes, by: str = "G03") -> httpx2.Response:
    files = {"file": ("证据.pdf", written, "application/pdf")}
    return await client.http.post(f"/v1/approvals/{id}/evidence", files=files, headers=client.headers(by))


async def fetch(client: GraphQLClient, path: str, by: str) -> httpx2.Response:
    return await client.http.get(path, headers=client.headers(by))


def office_file(*names: str) -> bytes:
    return archive_of(dict.fromkeys(names, b"x"))


def archive_of(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, written in parts.items():
            archive.writestr(name, written)
    return held.getvalue()


def of_a_type_with_macros(encoding: str) -> bytes:
    types = '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
    return archive_of({TYPES: types.encode(encoding), DOCUMENT: b"x"})


async def test_a_store_manager_of_the_region_finds_it_in_the_inbox_and_approves_it(
    client: GraphQLClient,
) -> None:
    id = await waiting(client)
    (edge,) = (await client.one("PDM", INBOX))["edges"]
    assert (edge["node"]["id"], edge["waitingHours"]) == (id, 0)
    assert "13900139000" not in edge["node"]["reason"]
    answer = await client.one("PDM", DECIDE, id=id)
    assert answer["approval"]["status"] == "APPROVED"
    assert answer["approval"]["registration"]["owner"] == {"code": "G03"}
    assert (await client.one("PDM2", DECIDE, id=id))["code"] == "ALREADY_DECIDED"


@pytest.mark.parametrize("by", ["HEAD", "XHM", "G01", "G03", "OPS", "FIN"])
async def test_who_does_not_decide_it_is_told_so(client: GraphQLClient, by: str) -> None:
    error = await client.error(by, DECIDE, id=await waiting(client))
    assert error["code"] == "FORBIDDEN"


async def test_a_request_is_seen_by_those_whom_it_concerns_with_its_evidence(client: GraphQLClient) -> None:
    id = await waiting(client)
    kept = await upload(client, id, PDF)
    assert kept.status_code == 201
    for who in SEE:
        (seen,) = (await client.ask(who, APPROVALS))["approvals"]
        assert seen["receiver"] == {"code": "G03"}
        assert [(each["kind"], each["sizeBytes"]) for each in seen["evidence"]] == [("FILE", len(PDF))]
        file = await fetch(client, kept.headers["location"], who)
        if who in NOT_THE_FILE:
            assert (file.status_code, file.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
            continue
        assert (file.status_code, file.content) == (200, PDF)
        assert file.headers["content-disposition"] == 'attachment; filename="evidence-1.pdf"'
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-type"] == "application/pdf"
    for who in DO_NOT:
        assert (await client.ask(who, APPROVALS))["approvals"] == []
        assert (await fetch(client, kept.headers["location"], who)).status_code == 404


async def test_a_file_of_nobodys_customer_is_for_who_asked_and_who_decides(client: GraphQLClient) -> None:
    price = {"phone": "13900139000", "listPrice": "100.00", "askedPrice": "90.00", "reason": "竞价"}
    asked = (await client.one("G01", PRICE, input=price))["approval"]
    kept = await upload(client, asked["id"], PDF, by="G01")
    for who, status in (("G01", 200), ("HEAD", 200), ("PDM", 404), ("OPS", 404)):
        (seen,) = (await client.ask(who, APPROVALS))["approvals"]
        assert len(seen["evidence"]) == 1
        assert (await fetch(client, kept.headers["location"], who)).status_code == status


CUSTOMER = "{ approvals { customer { name phone address masked erased } registration { id } } }"
IN_FULL = {
    "name": "王小明",
    "phone": "13800138000",
    "address": IN_PUDONG.format(1),
    "masked": False,
    "erased": False,
}
MASKED = {**IN_FULL, "phone": "138****8000", "address": "浦东新区锦绣路****", "masked": True}


async def test_who_decides_sees_of_which_region_the_customer_is_and_no_more(client: GraphQLClient) -> None:
    id = await waiting(client)
    (edge,) = (await client.one("PDM", "{ approvalInbox { edges { node { customer { address } } } } }"))[
        "edges"
    ]
    assert edge["node"]["customer"] == {"address": MASKED["address"]}
    for registered in (False, True):
        for who in SEE:
            (seen,) = (await client.ask(who, CUSTOMER))["approvals"]
            assert seen["customer"] == (IN_FULL if who in ("G03", "XHM", "HEAD") else MASKED), who
            assert (seen["registration"] is not None) is registered
        await client.one("PDM", DECIDE, id=id)


DECIDERS = "{ approvals { deciders { code } status } }"
INBOX_IDS = "{ approvalInbox { edges { node { id deciders { code } } } } }"


async def test_a_request_says_who_decides_it_and_the_head_does_where_no_manager_works(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await waiting(client)
    (seen,) = (await client.ask("G03", DECIDERS))["approvals"]
    assert [each["code"] for each in seen["deciders"]] == ["PDM", "PDM2"]
    assert (await client.one("HEAD", INBOX_IDS))["edges"] == []
    await alliance.office.pool.execute(
        "UPDATE staff SET active = false WHERE alliance_id = $1 AND code IN ('PDM', 'PDM2')",
        (await alliance.actor("HEAD")).alliance.id,
    )
    (edge,) = (await client.one("HEAD", INBOX_IDS))["edges"]
    assert edge["node"] == {"id": id, "deciders": [{"code": "HEAD"}, {"code": "HEAD2"}]}

    decided = await client.one("HEAD", DECIDE, id=id)

    assert decided["approval"]["status"] == "APPROVED"
    (seen,) = (await client.ask("G03", DECIDERS))["approvals"]
    assert seen == {"deciders": [], "status": "APPROVED"}


async def test_whoever_sees_a_registration_sees_that_its_address_named_no_district(
    client: GraphQLClient,
) -> None:
    who = {"name": "王小明", "phone": "13800138000", "address": "锦绣路1弄3号楼2单元501室"}
    assert (await client.one("G03", REGISTER, input=who))["__typename"] == "RegistrationAdmitted"
    for viewer in ("G03", "XHM", "HEAD"):
        seen = await client.one(viewer, "{ registrations { edges { node { homeRegion } } } }")
        assert seen["edges"] == [{"node": {"homeRegion": "NOT_NAMED"}}]


async def test_of_an_erased_customer_a_request_shows_nothing(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await waiting(client)
    known = (await alliance.actor("OPS")).alliance
    await erase_person(alliance.office, known, ErasePerson(phone="13800138000", address=None, reason="要求"))
    (seen,) = (await client.ask("HEAD", CUSTOMER))["approvals"]
    assert seen["customer"] == {"name": "已删除", "phone": "", "address": "", "masked": True, "erased": True}


async def test_a_special_price_shows_the_customer_of_its_registration_and_none_when_asked_by_phone(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    of = {"listPrice": "100.00", "askedPrice": "90.00", "reason": "竞价"}
    id = await alliance.admitted("G01", phone="13800138000", address=IN_PUDONG.format(1))
    await client.one("G01", PRICE, input={**of, "registrationId": str(id)})
    await client.one("G01", PRICE, input={**of, "phone": "13900139000"})
    for who, address in (("HEAD", IN_FULL["address"]), ("MKT", MASKED["address"])):
        by_phone, registered = (await client.ask(who, CUSTOMER))["approvals"]
        assert by_phone["customer"] is None
        assert registered["customer"]["address"] == address


@pytest.mark.parametrize(
    ("written", "media_type"),
    [
        (PDF, "application/pdf"),
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (PDF + b"\n" * 1000, "application/pdf"),
        (WEBP, "image/webp"),
        (
            office_file(TYPES, WORKBOOK),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            office_file(TYPES, DOCUMENT),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
async def test_a_file_is_what_its_contents_say(
    client: GraphQLClient, written: bytes, media_type: str
) -> None:
    kept = await upload(client, await waiting(client), written)
    assert (kept.status_code, kept.json()["mediaType"]) == (201, media_type)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        pytest.param(b"<html>", 415, id="something else under the name of a pdf"),
        pytest.param(b"", 415, id="nothing"),
        pytest.param(office_file("a.txt"), 415, id="another archive"),
        pytest.param(b"PK\x03\x04broken", 415, id="a broken archive"),
        pytest.param(b"%PDF-1.7\n" + b"x" * 100, 415, id="a pdf without its end"),
        pytest.param(PDF + b"x" * 1024, 415, id="a pdf with much after its end"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"<script>" * 9, 415, id="a png without its header"),
        pytest.param(b"\xff\xd8\xff", 415, id="a jpeg of three bytes"),
        pytest.param(PNG[:20], 415, id="a png cut short"),
        pytest.param(WEBP[:-1], 415, id="a webp cut short"),
        pytest.param(office_file(TYPES, WORKBOOK, "xl/vbaProject.bin"), 415, id="a workbook with macros"),
        pytest.param(office_file(TYPES, DOCUMENT, "word/VBAPROJECT.BIN"), 415, id="a text with macros"),
        pytest.param(of_a_type_with_macros("utf-8"), 415, id="a text of a type with macros"),
        pytest.param(of_a_type_with_macros("utf-16"), 415, id="the same in other letters"),
        pytest.param(
            archive_of({TYPES: b"x", DOCUMENT: bytes(2**22)}), 415, id="an archive that packs too well"
        ),
        pytest.param(
            office_file(TYPES, *map(str, range(1_000)), DOCUMENT), 415, id="an archive of a thousand parts"
        ),
        pytest.param(b"%PDF-" + b"x" * LARGEST_EVIDENCE_BYTES, 413, id="too large"),
    ],
)
async def test_a_file_that_is_not_taken_is_not_kept(
    alliance: TestAlliance, client: GraphQLClient, written: bytes, status: int
) -> None:
    answer = await upload(client, await waiting(client), written)
    assert answer.status_code == status
    assert await alliance.count("SELECT count(*) FROM approval_evidence") == 0


async def test_only_who_asked_attaches_while_it_waits_and_not_without_end(client: GraphQLClient) -> None:
    id = await waiting(client)
    for who in ("G04", "XHM", "PDM", "OPS"):
        assert (await upload(client, id, PDF, by=who)).status_code == 404
    for _ in range(MOST_EVIDENCE):
        assert (await upload(client, id, PDF)).status_code == 201
    assert (await upload(client, id, PDF)).status_code == 409
    text = {"approvalId": id, "text": "再补充一点"}
    assert (await client.one("G03", ATTACH, input=text))["code"] == "TOO_MUCH_EVIDENCE"
    await client.one("PDM", DECIDE, id=id)
    assert (await client.one("G03", ATTACH, input=text))["code"] == "ALREADY_DECIDED"


@pytest.mark.parametrize(
    ("given", "kind"), [({"text": "客户来信"}, "TEXT"), ({"link": "https://example.com/a"}, "LINK")]
)
async def test_words_are_attached_too(client: GraphQLClient, given: dict[str, str], kind: str) -> None:
    answer = await client.one("G03", ATTACH, input={"approvalId": await waiting(client), **given})
    (words,) = given.values()
    assert answer["evidence"] == {"kind": kind, "text": words, "attachedBy": {"code": "G03"}}


@pytest.mark.parametrize("given", [{}, {"text": "a", "link": "https://a.b"}, {"link": "javascript:alert(1)"}])
async def test_words_that_are_neither_text_nor_link_are_a_bad_request(
    client: GraphQLClient, given: dict[str, str]
) -> None:
    error = await client.error("G03", ATTACH, input={"approvalId": await waiting(client), **given})
    assert error["code"] == "BAD_USER_INPUT"


async def test_an_erasure_takes_request_and_evidence(alliance: TestAlliance, client: GraphQLClient) -> None:
    id = await waiting(client)
    kept = await upload(client, id, PDF)
    known = (await alliance.actor("OPS")).alliance
    request = ErasePerson(phone="13800138000", address=None, reason="本人要求")
    assert (await erase_person(alliance.office, known, request)).requests_cancelled == 1
    assert (await fetch(client, kept.headers["location"], "G03")).status_code == 404
    (seen,) = (await client.ask("G03", "{ approvals { status reason evidence { kind } } }"))["approvals"]
    assert (seen["status"], seen["reason"]) == ("CANCELLED", "已删除")


async def test_a_special_price_is_asked_approved_and_ordered_under(client: GraphQLClient) -> None:
    price: dict[str, Any] = {
        "phone": "13800138000",
        "listPrice": "100.00",
        "askedPrice": "90.00",
        "reason": "竞价",
    }
    asked = (await client.one("G01", PRICE, input=price))["approval"]
    assert (asked["listPrice"], asked["askedPrice"]) == ("100.00", "90.00")
    await client.one("HEAD", DECIDE, id=asked["id"])
    order = {"name": "王", "phone": "13800138000", "amount": "95.00", "listAmount": "100.00"}
    first = await client.one("OPS", ORDER, input={**order, "externalRef": "A-1"})
    second = await client.one("OPS", ORDER, input={**order, "externalRef": "A-2"})
    assert first["order"] == {
        "priceViolation": False, "listAmount": "100.00", "specialPriceApprovalId": asked["id"],
    }  # fmt: skip
    assert second["order"]["priceViolation"] is True


ENDED = "{ approvals { status decisionNote explanation zh: explanation explanationEn: explanation(language: EN) } }"
ASK_AGAIN = """
mutation ($input: RequestCrossRegionInput!) { requestCrossRegion(input: $input) {
  __typename ... on Refused { code message(language: EN) zh: message } } }
"""
REJECT = DECIDE.replace("approve: true", "approve: false")


async def attempt_of(client: GraphQLClient, alliance: TestAlliance) -> str:
    found = await alliance.office.pool.fetchval(
        "SELECT attempt_id FROM approval p JOIN alliance a USING (alliance_id) WHERE a.code = $1",
        alliance.code,
    )
    return str(found)


async def test_a_request_says_how_it_ended_and_nothing_while_it_waits(client: GraphQLClient) -> None:
    id = await waiting(client)
    assert (await client.ask("G03", ENDED))["approvals"][0]["explanation"] is None
    await client.one("PDM", REJECT, id=id)
    (seen,) = (await client.ask("G03", ENDED))["approvals"]
    assert seen["explanation"] == "PDM于2026年11月1日 10:00驳回。"
    assert seen["explanationEn"] == "Rejected by PDM at 1 Nov 2026 10:00 (Asia/Shanghai)."


async def test_who_asked_is_told_why_it_came_too_late_and_never_whose_claim_it_was(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await waiting(client)
    await alliance.admitted("G01", phone="13800138000", address=IN_PUDONG.format(1))
    assert (await client.one("PDM", DECIDE, id=id))["approval"]["status"] == "TOO_LATE"
    (seen,) = (await client.ask("G03", ENDED))["approvals"]
    assert "这位客户这时已由其他同事报备" in seen["explanation"]
    assert "G01" not in str(seen)


async def test_asking_again_after_a_rejection_says_so_and_that_a_new_attempt_is_the_way(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await waiting(client)
    again = {"attemptId": await attempt_of(client, alliance), "reason": "再试一次"}
    assert (await client.one("G03", ASK_AGAIN, input=again))["code"] == "ALREADY_REQUESTED"
    await client.one("PDM", REJECT, id=id)
    refused = await client.one("G03", ASK_AGAIN, input=again)
    assert refused["code"] == "ALREADY_DECIDED"
    assert refused["message"].startswith("Rejected by PDM at 1 Nov 2026 10:00 (Asia/Shanghai). To ask again")
    assert "请重新报备" in refused["zh"]
    assert (await client.one("PDM", DECIDE, id=await waiting(client)))["approval"]["status"] == "APPROVED"


TEXTS = "{ approvals { reason decisionNote evidence { text } } }"
NOTED = DECIDE.replace("已核实", "打过 13900139000")


async def test_who_sees_the_customer_in_full_reads_the_texts_in_full_and_nobody_else(
    client: GraphQLClient,
) -> None:
    id = await waiting(client)
    await client.one("G03", ATTACH, input={"approvalId": id, "text": "见 13900139000 的信"})
    await client.one("PDM", NOTED, id=id)
    for who in SEE:
        (seen,) = (await client.ask(who, TEXTS))["approvals"]
        texts = (seen["reason"], seen["decisionNote"], seen["evidence"][0]["text"])
        in_full = who in ("G03", "XHM", "HEAD")
        assert ["13900139000" in text for text in texts] == [in_full] * 3, who


async def test_files_of_one_request_are_told_apart_by_their_names(client: GraphQLClient) -> None:
    id, named = await waiting(client), []
    for written in (PNG, PDF, PNG):
        kept = await upload(client, id, written)
        answer = await fetch(client, kept.headers["location"], "G03")
        named.append(answer.headers["content-disposition"].partition("filename=")[2])
    assert named == ['"evidence-1.png"', '"evidence-2.pdf"', '"evidence-3.png"']


async def test_a_wrong_form_says_what_evidence_comes_in(client: GraphQLClient) -> None:
    id = await waiting(client)
    answer = await client.http.post(
        f"/v1/approvals/{id}/evidence", files={"other": ("a.pdf", PDF)}, headers=client.headers("G03")
    )
    assert answer.status_code == 400
    assert "one file named file, and nothing else" in answer.text
    assert "dry_run" not in answer.text


EXPLAINED = """
mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { ... on OrderRecorded { order { id attribution {
  explanation(language: EN) zh: explanation candidates { finding(language: EN) } } } } } }
"""
MOVE = """
mutation ($id: ID!, $to: String!) { transferRegistration(registrationId: $id, toStaffCode: $to, reason: "调整") {
  __typename } }
"""
CANCEL = """mutation ($id: ID!) { cancelOrder(orderId: $id, reason: "退单") { __typename } }"""
DECISIONS = (
    "query ($id: ID!) { order(id: $id) { attributions { verdict candidates { finding(language: EN) } } } }"
)


async def test_an_order_on_what_was_transferred_says_who_registered_and_when_it_passed_on(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = str(await alliance.admitted("G01", phone="13800138000", address=IN_PUDONG.format(1)))
    await alliance.travel("2026-11-02T09:30:00+08:00")
    await client.ask("HEAD", MOVE, id=id, to="G02")
    await alliance.travel("2026-11-03T09:30:00+08:00")
    given = {"externalRef": "T-1", "name": "王", "phone": "13800138000"}
    order = (await client.one("HEAD", EXPLAINED, input=given))["order"]
    decided = order["attribution"]
    made, passed = "1 Nov 2026 10:00 (Asia/Shanghai)", "2 Nov 2026 09:30 (Asia/Shanghai)"
    assert f"registered by G01 at {made}, handed to G02 at {passed}" in decided["explanation"]
    assert "由G01于2026年11月1日 10:00报备，2026年11月2日 09:30转给G02" in decided["zh"]
    assert "the registrant" not in decided["explanation"]
    # What passes on later, after the order was called off, changes nothing of what was said of it.
    await client.ask("HEAD", CANCEL, id=order["id"])
    await client.ask("HEAD", MOVE, id=id, to="G03")
    found = (await client.ask("HEAD", DECISIONS, id=order["id"]))["order"]["attributions"]
    assert [each["verdict"] for each in found] == ["REGISTRANT", "REVERSED"]
    assert {each["candidates"][0]["finding"] for each in found} == {decided["candidates"][0]["finding"]}


async def test_an_order_on_what_never_passed_on_names_the_registrant(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await alliance.admitted("G01", phone="13800138000", address=IN_PUDONG.format(1))
    given = {"externalRef": "T-2", "name": "王", "phone": "13800138000"}
    decided = (await client.one("HEAD", EXPLAINED, input=given))["order"]["attribution"]
    assert decided["explanation"].startswith("The order is credited to the registrant, G01 (3.3.1).")


async def test_requests_are_read_in_pages(client: GraphQLClient, alliance: TestAlliance) -> None:
    who = {"listPrice": "100.00", "askedPrice": "90.00", "reason": "老客户"}
    ids = []
    for number in range(3):
        asked = await client.one("G01", PRICE, input={**who, "phone": f"1390013900{number}"})
        ids.insert(0, asked["approval"]["id"])
    paged = "query ($after: ID) { approvals(first: 2, after: $after) { id } }"

    pages = [(await client.ask("HEAD", paged, after=after))["approvals"] for after in (None, ids[1], ids[2])]

    assert [[each["id"] for each in page] for page in pages] == [ids[:2], ids[2:], []]
    for nothing in (str(UUID(int=7)), "x"):
        assert (await client.ask("HEAD", paged, after=nothing))["approvals"] == []
