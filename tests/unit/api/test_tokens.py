"""A token is believed only when it is ours, whole and in time."""

import base64
import hmac
import json
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


def headed(**headers: Any) -> str:
    claims = {"sub": "G01", "alliance": "jinxiu", "exp": wall_now() + timedelta(hours=1)}
    # PyJWT writes no such header by itself.
    head, body = ({"alg": "HS256", "typ": "JWT"} | headers, claims | {"exp": int(claims["exp"].timestamp())})  # type: ignore[attr-defined]
    signing = b".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, body)
    )
    signature = base64.urlsafe_b64encode(hmac.digest(KEY.encode(), signing, "sha256")).rstrip(b"=")
    return b".".join([signing, signature]).decode()


def test_a_token_with_an_access_token_type_is_believed() -> None:
    assert verify_token(headed(typ="application/at+JWT"), key=KEY).staff_code == "G01"


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
        pytest.param(signed(nbf=wall_now() + timedelta(days=1)), id="not yet valid"),
        pytest.param(signed(iat=wall_now() + timedelta(days=1)), id="issued in the future"),
        pytest.param(signed(exp=float("inf")), id="expiry beyond all numbers"),
        pytest.param(headed(crit=["exp"], exp=1), id="a critical extension"),
        pytest.param(headed(crit=[]), id="an empty list of critical extensions"),
        pytest.param(headed(b64=True), id="an unencoded payload"),
        pytest.param(headed(typ="logout+jwt"), id="a token for something else"),
        pytest.param(headed(typ=7), id="a type that is no text"),
        pytest.param(headed(kid=7), id="a key id that is no text"),
    ],
)
def test_anything_else_is_not_believed(token: str) -> None:
    with pytest.raises(TokenError):
        verify_token(token, key=KEY)
