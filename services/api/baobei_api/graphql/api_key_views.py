"""Where API keys of the core become what a client sees of them; the secret is in what was just issued alone."""

from typing import assert_never

import strawberry

from baobei import clock
from baobei.operations import results as outcomes
from baobei.operations.create_api_key import ApiKeyIssued
from baobei.operations.revoke_api_key import ApiKeyRevoked
from baobei.store import api_key_models as models
from baobei_api.graphql import answers
from baobei_api.graphql.context import Context
from baobei_api.graphql.types import api_keys, results


def api_key_view(context: Context, key: models.ApiKey) -> api_keys.ApiKey:
    """Return a key."""
    return api_keys.ApiKey(
        id=strawberry.ID(str(key.id)),
        name=key.name,
        scopes=sorted(key.scopes),
        for_everybody=key.for_everybody,
        good=key.good_at(clock.wall_now()),
        created_at=context.convert.local(key.created_at),
        expires_at=context.convert.optional_local(key.expires_at),
        revoked_at=context.convert.optional_local(key.revoked_at),
        last_used_at=context.convert.optional_local(key.last_used_at),
        staff_id=key.staff_id,
        created_by_id=key.created_by_id,
        for_staff_ids=sorted(key.for_staff_ids),
        for_unit_ids=sorted(key.for_unit_ids),
    )


def issued_answer(
    context: Context, answer: ApiKeyIssued | outcomes.Refused
) -> api_keys.ApiKeyIssued | results.Refused:
    """Return what asking for a key came to."""
    context.renew()
    match answer:
        case ApiKeyIssued(key=key, text=text):
            return api_keys.ApiKeyIssued(key=api_key_view(context, key), secret=text)
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)


def revoked_answer(
    context: Context, answer: ApiKeyRevoked | outcomes.Refused
) -> api_keys.ApiKeyRevoked | results.Refused:
    """Return what revoking a key came to."""
    context.renew()
    match answer:
        case ApiKeyRevoked(key=key):
            return api_keys.ApiKeyRevoked(key=api_key_view(context, key))
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)
