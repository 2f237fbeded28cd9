"""A request sent twice is done once; lists are read page by page without a gap or a repeat."""

import asyncio
from typing import Any

from graphql_client import REQUEST_EXTENSION
from stories import Story, customer

PAGE = """
query ($first: Int, $after: String, $filter: RegistrationFilter) {
  registrations(first: $first, after: $after, filter: $filter) {
    edges { node { id } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""
FOLLOW_UPS = """
query ($id: ID!, $after: String) { registration(id: $id) { followUps(first: 2, after: $after) {
  edges { node { note } } pageInfo { hasNextPage endCursor } } } }
"""


async def test_an_attempt_repeated_under_its_key_is_answered_as_the_first_time(story: Story) -> None:
    who = customer(idempotencyKey="k1")
    first = await story.client.register("F01", **who)
    again = await story.client.register("F01", **who)
    assert again == first
    assert (await story.client.one("F01", "{ quota { used } }"))["used"] == 1


async def test_a_key_with_another_input_is_refused(story: Story) -> None:
    await story.client.admitted("F01", **customer(idempotencyKey="k1"))
    answer = await story.client.register("F01", **customer(idempotencyKey="k1"))
    assert (answer["code"], answer["outcome"]) == ("IDEMPOTENCY_KEY_REUSED", "NOT_CONSIDERED")


async def test_a_key_is_its_callers_own(story: Story) -> None:
    await story.client.admitted("F01", **customer(idempotencyKey="k1"))
    await story.client.admitted("F02", **customer(idempotencyKey="k1"))


async def test_a_refusal_repeated_under_its_key_stays_what_it_was(story: Story) -> None:
    who = customer()
    await story.client.admitted("F01", **who)
    first = await story.client.register("G01", idempotencyKey="k1", **who)
    await story.after(days=11)
    assert await story.client.register("G01", idempotencyKey="k1", **who) == first


async def test_a_follow_up_repeated_under_its_key_is_recorded_once(story: Story) -> None:
    registration = await story.client.admitted("G01", **customer())
    first = await story.client.follow_up("G01", registration["id"], idempotencyKey="k1")
    again = await story.client.follow_up("G01", registration["id"], idempotencyKey="k1")
    assert again["followUp"]["id"] == first["followUp"]["id"]


async def test_an_extension_repeated_under_its_key_is_asked_for_once(story: Story) -> None:
    registration = await story.client.admitted("F01", **customer())
    asked = {"registrationId": registration["id"], "days": 5, "reason": "出差", "idempotencyKey": "k1"}
    first = await story.client.one("F01", REQUEST_EXTENSION, input=asked)
    assert await story.client.one("F01", REQUEST_EXTENSION, input=asked) == first


async def test_an_order_of_the_same_number_and_facts_is_answered_as_it_stands(story: Story) -> None:
    order = customer(externalRef="SO-1", takenByCode="G01", amount="100.00")
    first = await story.client.placed("G01", **order)
    assert (await story.client.placed("G01", **order))["id"] == first["id"]


async def test_an_order_of_the_same_number_and_other_facts_is_refused(story: Story) -> None:
    order = customer(externalRef="SO-1", takenByCode="G01", amount="100.00")
    await story.client.placed("G01", **order)
    assert (await story.client.place_order("G01", **order | {"amount": "100.01"}))[
        "code"
    ] == "EXTERNAL_REF_REUSED"


async def test_of_parallel_attempts_at_one_customer_one_is_admitted(story: Story) -> None:
    who = customer()
    answers = await asyncio.gather(
        *(story.client.register(staff, **who) for staff in ("G01", "G02", "G03", "F01", "F02"))
    )
    assert (
        sorted(answer.get("code", "ADMITTED") for answer in answers)
        == ["ADMITTED"] + ["ALREADY_PROTECTED"] * 4
    )


async def read_pages(story: Story, staff: str, **variables: Any) -> list[list[str]]:
    pages, after = [], None
    while True:
        page = await story.client.one(staff, PAGE, after=after, **variables)
        pages.append([edge["node"]["id"] for edge in page["edges"]])
        if not page["pageInfo"]["hasNextPage"]:
            return pages
        after = page["pageInfo"]["endCursor"]


async def test_pages_of_registrations_come_newest_first_without_a_gap(story: Story) -> None:
    made = [(await story.client.admitted("G01", **customer()))["id"] for _ in range(5)]
    newest_first = made[::-1]
    assert await read_pages(story, "G01", first=2) == [newest_first[:2], newest_first[2:4], newest_first[4:]]


async def test_a_registration_made_while_pages_are_read_moves_nothing(story: Story) -> None:
    made = [(await story.client.admitted("G01", **customer()))["id"] for _ in range(3)]
    first = await story.client.one("G01", PAGE, first=2)
    await story.client.admitted("G01", **customer())
    second = await story.client.one("G01", PAGE, first=2, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["id"] for edge in second["edges"]] == made[:1]
    assert (second["pageInfo"]["hasPreviousPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


async def test_the_page_after_the_last_is_empty(story: Story) -> None:
    await story.client.admitted("G01", **customer())
    last = await story.client.one("G01", PAGE, first=1)
    beyond = await story.client.one("G01", PAGE, first=1, after=last["pageInfo"]["endCursor"])
    empty = {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}
    assert beyond == {"edges": [], "pageInfo": empty}


async def test_a_filter_by_standing_agrees_with_the_standing_that_is_shown(story: Story) -> None:
    lapsed = (await story.client.admitted("G01", **customer()))["id"]
    expired = (await story.client.admitted("F01", **customer()))["id"]
    await story.after(days=17)
    fresh = (await story.client.admitted("G01", **customer()))["id"]
    found = {
        status: await read_pages(story, "HEAD", filter={"status": [status]})
        for status in ("LAPSED", "EXPIRED", "PROTECTED", "LOST")
    }
    assert found == {"LAPSED": [[lapsed]], "EXPIRED": [[expired]], "PROTECTED": [[fresh]], "LOST": [[]]}


async def test_filters_narrow_together(story: Story) -> None:
    await story.client.admitted("F01", **customer())
    wanted = (await story.client.admitted("F02", **customer()))["id"]
    await story.client.admitted("G01", **customer())
    narrowed = {
        "unitCode": "YW",
        "ownerCode": "F02",
        "channel": "FIELD",
        "registeredFrom": story.begins.isoformat(),
        "registeredTo": story.midnight_after(0),
    }
    assert await read_pages(story, "HEAD", filter=narrowed) == [[wanted]]


async def test_follow_ups_come_oldest_first(story: Story) -> None:
    registration = await story.client.admitted("G01", **customer())
    for note in ("一", "二", "三"):
        await story.client.follow_up("G01", registration["id"], note=note)
    first = (await story.client.one("G01", FOLLOW_UPS, id=registration["id"]))["followUps"]
    end = first["pageInfo"]["endCursor"]
    second = (await story.client.one("G01", FOLLOW_UPS, id=registration["id"], after=end))["followUps"]
    notes = [[edge["node"]["note"] for edge in page["edges"]] for page in (first, second)]
    assert notes == [["一", "二"], ["三"]]


async def test_orders_come_newest_first(story: Story) -> None:
    for number in ("SO-1", "SO-2", "SO-3"):
        await story.client.placed("G01", externalRef=number, takenByCode="G01", **customer())
    listed = await story.client.one(
        "G01", "{ orders(first: 2) { edges { node { externalRef } } pageInfo { hasNextPage } } }"
    )
    assert [edge["node"]["externalRef"] for edge in listed["edges"]] == ["SO-3", "SO-2"]
    assert listed["pageInfo"] == {"hasNextPage": True}
