"""A token is believed only when it is ours, whole and in time."""

from datetime import timedelta
from typing import Any

import jwt
import pytest

from baobei.clock import wall_now
from baobei_api.tokens import Claims, TokenError, issue_token, verify_token

KEY = "k" * 32
OTHER_KEY = "o" * 32


def signed(key: str = KEY, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {"sub": "G01", "alliance": "jinxiu", "exp": wall_now() + timedelta(hours=1)} | changes
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm
    )


def test_an_issued_token_names_its_staff_member() -> None:
    token = issue_token(key=KEY, staff_code="G01", alliance="jinxiu", expires_in_s=60)
    assert verify_token(token, key=KEY) == Claims(staff_code="G01", alliance_code="jinxiu")


def test_an_issuer_and_an_audience_are_asked_for() -> None:
    token = issue_token(
        key=KEY, staff_code="G01", alliance="jinxiu", expires_in_s=60, issuer="them", audience="us"
    )
    assert verify_token(token, key=KEY, issuer="them", audience="us").staff_code == "G01"
    with pytest.raises(TokenError):
        verify_token(token, key=KEY, issuer="others", audience="us")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="no token"),
        pytest.param("x" * 5_000, id="long"),
        pytest.param(signed(key=OTHER_KEY), id="signed by another key"),
        pytest.param(signed(key=KEY * 2, algorithm="HS512"), id="another algorithm"),
        pytest.param(jwt.encode({"sub": "G01", "alliance": "jinxiu"}, None, algorithm="none"), id="unsigned"),
        pytest.param(signed(exp=None), id="never expires"),
        pytest.param(signed(exp=wall_now() - timedelta(seconds=1)), id="expired"),
        pytest.param(signed(exp="tomorrow"), id="expiry is no number"),
        pytest.param(signed(sub=None), id="nobody"),
        pytest.param(signed(alliance=None), id="no alliance"),
        pytest.param(signed(alliance=7), id="alliance is no text"),
        pytest.param(signed(sub="G\x0001"), id="NUL"),
        pytest.param(signed(sub="G" * 65), id="long code"),
    ],
)
def test_anything_else_is_not_believed(token: str) -> None:
    with pytest.raises(TokenError):
        verify_token(token, key=KEY)
