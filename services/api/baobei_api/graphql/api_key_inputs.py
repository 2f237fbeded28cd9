"""The input of a new API key as clients write it, and what the operation takes."""

from collections.abc import Sequence

import strawberry

from baobei.operations.create_api_key import MAX_LISTED, CreateApiKey
from baobei_api.graphql import checks, requests
from baobei_api.graphql.enums import KeyScope
from baobei_api.graphql.errors import BadInput
from baobei_api.graphql.scalars import InstantText

MAX_SCOPES = len(KeyScope)


@strawberry.input(description="A key by which an integration is to ask.")
class CreateApiKeyInput:
    """A key to make."""

    name: str = strawberry.field(
        description="What people are to call it by, not blank, at most 100 characters."
    )
    scopes: list[KeyScope] = strawberry.field(description="What it may be used for, at least one.")
    staff_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The staff member in the role INTEGRATION that it is when it acts for nobody; null or left out for a key"
            " of the alliance, which always acts for somebody."
        ),
    )
    for_everybody: bool | None = strawberry.field(
        default=False, description="Whether it may act for everybody who works for the alliance."
    )
    for_staff_codes: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="For which people it may act, with the units at most 100."
    )
    for_unit_codes: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="For whose people it may act, whoever they are at the time.",
    )
    expires_at: InstantText | None = strawberry.field(
        default=strawberry.UNSET,
        description="The instant from which on it is none, by wall time; null or left out: never.",
    )


def create_api_key(written: CreateApiKeyInput) -> CreateApiKey:
    """Return a key to make; who and what there is, is the operation's to say."""
    if len(written.scopes) > MAX_SCOPES:
        raise BadInput("input.scopes", f"at most {MAX_SCOPES} scopes, got {len(written.scopes)}")
    staff_code = checks.given(written.staff_code)
    return CreateApiKey(
        name=checks.filled(written.name, "input.name", at_most=checks.NAME_CHARS),
        scopes=tuple(written.scopes),
        staff_code=None if staff_code is None else requests.staff_code(staff_code, "input.staffCode"),
        for_everybody=bool(written.for_everybody),
        for_staff_codes=_codes(checks.given(written.for_staff_codes), "input.forStaffCodes"),
        for_unit_codes=_codes(checks.given(written.for_unit_codes), "input.forUnitCodes"),
        expires_at=checks.optional_instant(written.expires_at, "input.expiresAt"),
    )


def _codes(codes: Sequence[str] | None, path: str) -> tuple[str, ...]:
    if codes is None:
        return ()
    if len(codes) > MAX_LISTED:
        raise BadInput(path, f"at most {MAX_LISTED} codes, got {len(codes)}")
    return tuple(requests.staff_code(code, f"{path}.{place}") for place, code in enumerate(codes))
