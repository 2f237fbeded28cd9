"""The mutation by which somebody looks at a customer in full."""

from typing import assert_never

import strawberry

from baobei.operations import results as outcomes
from baobei.operations.reveal_contact import ContactRevealed, RevealContact, reveal_contact
from baobei_api.graphql import answers, checks, inputs, requests
from baobei_api.graphql.context import Context, Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import contacts, results


@strawberry.type(description="What can be asked of a customer's data.")
class ContactMutations:
    """The mutations of contacts."""

    @resolved(
        "See a customer's phone and address in full: for the owner, their manager, the department head and the"
        " operations manager. Limited a day (REVEAL_LIMIT), and written down with its reason."
    )
    async def reveal_contact(
        self, info: Info, registration_id: inputs.RegistrationRef, reason: inputs.Reason
    ) -> contacts.RevealContactResult:
        """Reveal a contact."""
        context = info.context
        asked = RevealContact(
            registration_id=checks.record_id(registration_id, "registrationId"),
            reason=requests.reason_of(reason),
        )
        return _shown(context, await reveal_contact(context.office, context.actor, asked))


def _shown(
    context: Context, answer: ContactRevealed | outcomes.Refused
) -> contacts.ContactRevealed | results.Refused:
    context.renew()
    match answer:
        case ContactRevealed(contact=contact, at=at):
            shown = context.convert.disclosure.revealed(contact)
            return contacts.ContactRevealed(
                name=shown.name,
                phone=shown.phone,
                address=shown.address,
                revealed_at=context.convert.local(at),
            )
        case outcomes.Refused():
            return answers.refused(answer)
        case _:
            assert_never(answer)
