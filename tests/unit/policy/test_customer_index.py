"""What the index leaves out changes no answer."""

from hypothesis import given

from baobei.policy.customer_file import CustomerFile
from baobei.policy.customer_index import CustomerIndex
from baobei.policy.document import Policy
from baobei.replay import Replay
from strategies import History, histories, policies, to_lines


class Everything(CustomerIndex):
    """An index that leaves nothing out: the policy finds its way through all there is."""

    def _all(self, *_: object, **__: object) -> CustomerFile:
        return CustomerFile(
            registrations=tuple(self._registrations.values()), orders=tuple(self._orders.values())
        )

    for_attempt = for_order = since = _all


@given(history=histories, policy=policies)
def test_an_index_and_the_whole_book_give_the_same_answers(history: History, policy: Policy) -> None:
    indexed, whole = Replay(policy), Replay(policy)
    whole.book._index = Everything(policy.match, whole.book._registrations, whole.book._orders)
    lines = to_lines(history)
    assert [a.outcome for a in indexed.answers(lines)] == [a.outcome for a in whole.answers(lines)]
