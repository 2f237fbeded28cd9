"""Load as people make it: threads that register, follow up and order, and remember every answer they got.

An act that got no answer is asked for again under the same idempotency key until it has one, as a client that
lost its connection would. So in the end each act was acknowledged once, and must have had its effect once.
"""

import itertools
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4  # noqa: TID251 - a client makes its own keys

import httpx2

from baobei.clock import monotonic
from baobei_api.tokens import issue_token
from graphql_client import FOLLOW_UP, PLACE_ORDER, REGISTER
from running_service import RunningService

ANSWER_WITHIN_S = 90.0
TIMEOUT_S = 5.0
AGAIN_AFTER_S = 0.1
# What a client may ask for again: nobody can say whether it was done.
UNDECIDED = {"UNAVAILABLE", "INTERNAL"}


@dataclass(slots=True)
class Acknowledged:
    """What was answered, by kind; `asked_again` counts questions without an answer, `undecided` errors by code."""

    registrations: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    orders: dict[str, str] = field(default_factory=dict)
    asked_again: int = 0
    undecided: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.registrations) + len(self.refused) + len(self.follow_ups) + len(self.orders)


class Load:
    """One thread for each staff member, from `start` until `stop`."""

    def __init__(self, service: RunningService, *, alliance: str, staff: tuple[str, ...], seed: int) -> None:
        self.acknowledged = Acknowledged()
        self.failures: list[BaseException] = []
        self._service, self._alliance = service, alliance
        self.key = (service.data / "secrets" / "dev_token_key").read_text().strip()
        self._stopping = threading.Event()
        self._orders = itertools.count(1)
        self._threads = [
            threading.Thread(target=self._act, args=(code, random.Random(seed + place)), name=code)
            for place, code in enumerate(staff)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin no new act, and wait until the last one is answered; raises what went wrong in a thread."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _act(self, code: str, chance: random.Random) -> None:
        token = issue_token(
            key=self.key, staff_code=code, alliance=self._alliance, expires_in_s=ANSWER_WITHIN_S * 100
        )
        headers = {"authorization": f"Bearer {token}"}
        try:
            with httpx2.Client(base_url=self._service.base_url, headers=headers, timeout=TIMEOUT_S) as http:
                for turn in itertools.count(1):
                    if self._stopping.is_set():
                        return
                    self._serve_a_customer(http, code, chance, turn)
        except BaseException as failure:
            self.failures.append(failure)

    def _serve_a_customer(self, http: httpx2.Client, code: str, chance: random.Random, turn: int) -> None:
        # Two in three are one's own; of the others somebody else hears at about the same time.
        number = turn if turn % 3 == 0 else chance.randrange(10**6, 10**7)
        who = {
            "name": "王小明",
            "phone": f"138{number:08d}",
            "address": f"上海市浦东新区锦绣路100弄3号楼2单元{number}室",
        }
        answer = self._one(http, REGISTER, who)
        if answer["__typename"] == "RegistrationRefused":
            self.acknowledged.refused.append(answer["attemptId"])
        else:
            id = answer["registration"]["id"]
            self.acknowledged.registrations.append(id)
            for _ in range(chance.randrange(3)):
                self._follow_up(http, id)
        if chance.random() < 0.5:
            self._order(http, code, who)

    def _follow_up(self, http: httpx2.Client, id: str) -> None:
        answer = self._one(http, FOLLOW_UP, {"registrationId": id, "kind": "CALL", "note": "聊了户型"})
        if answer["__typename"] == "FollowUpRecorded":
            self.acknowledged.follow_ups.append(answer["followUp"]["id"])

    def _order(self, http: httpx2.Client, code: str, who: dict[str, str]) -> None:
        given = {**who, "externalRef": f"SO-{next(self._orders)}", "takenByCode": code}
        answer = self._one(http, PLACE_ORDER, given)
        if answer["__typename"] == "OrderRecorded":
            self.acknowledged.orders[answer["order"]["id"]] = answer["order"]["attribution"]["digest"]

    def _one(self, http: httpx2.Client, document: str, given: dict[str, Any]) -> dict[str, Any]:
        """Ask until there is an answer, always with the same key."""
        body = {"query": document, "variables": {"input": {**given, "idempotencyKey": str(uuid4())}}}
        give_up_at = monotonic() + ANSWER_WITHIN_S
        while monotonic() < give_up_at:
            try:
                answer = http.post("/graphql", json=body).json()
            except (httpx2.HTTPError, ValueError):
                self.acknowledged.asked_again += 1
                time.sleep(AGAIN_AFTER_S)
                continue
            if "errors" not in answer:
                (field,) = answer["data"].values()
                found: dict[str, Any] = field
                return found
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert codes <= UNDECIDED, answer
            self.acknowledged.undecided.update(codes)
            time.sleep(AGAIN_AFTER_S)
        raise AssertionError(f"no answer within {ANSWER_WITHIN_S} s")
