"""Saying what kind of customer it is."""

from typing import Annotated

import strawberry

from baobei.operations.classify_registration import classify_registration
from baobei_api.graphql import answers, inputs, requests
from baobei_api.graphql.context import Info
from baobei_api.graphql.fields import resolved
from baobei_api.graphql.types import results


@strawberry.type(description="What can be changed of how customers are sorted.")
class ClassMutations:
    """The mutation of classes."""

    @resolved(
        "客户分类: say anew what kind of customer it is, for lists. No touch, and no deadline moves: the clocks go by"
        " the class given at registration. What was said before stays on record."
    )
    async def classify_registration(
        self,
        info: Info,
        input: Annotated[
            inputs.ClassifyRegistrationInput, strawberry.argument(description="What is said of the customer.")
        ],
    ) -> results.ChangeRegistrationResult:
        """Classify a registration."""
        asked, context = requests.classify_registration(input), info.context
        answer = await classify_registration(context.office, context.actor, asked)
        return answers.registration_changed(context, answer)
