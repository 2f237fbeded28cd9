"""The first key of a customer: a phone number in E.164."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers

LONGEST_PHONE_CHARS: Final = 100
REMEMBERED_PHONES: Final = 8_192

CHINESE_MOBILE_REGION: Final = "CN"
CHINESE_MOBILE_WRITTEN: Final = re.compile(
    r"(?:(?:\+|00)?86[ -]?)?([0-9]{3})[ -]?([0-9]{4})[ -]?([0-9]{4})", re.ASCII
)

# What is written between a number and its extension, after which nothing belongs to the number.
EXTENSION_BEGINS: Final = re.compile(
    r"(?<=[0-9])[\s.,;:()\-]*(?:转|轉|分机|分機|内线|內線|EXT|X|#)", re.IGNORECASE
)
# `021-62345678-801`: a last group too short to be of the number, which is not valid with it.
DASHED_EXTENSION: Final = re.compile(r"(?<=[0-9])\s*-\s*[0-9]{1,6}\Z", re.ASCII)
# Letters dialled as digits, masked digits: `138****8000` names nobody.
NOT_DIALLED_AS_WRITTEN: Final = re.compile(r"[0-9][^0-9]*[A-Z*]", re.IGNORECASE)

PLAIN_PUNCTUATION: Final = dict.fromkeys(map(ord, "‐‑‒–—―−⁃─━ーｰ～〜~·•・"), "-") | dict(
    zip(map(ord, "【】〔〕［］「」"), "()()()()", strict=True)
)
HIDDEN_CATEGORIES: Final = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"})


def phone_key(text: str, country: str = "CN") -> str | None:
    """Return the E.164 form of a phone that is valid in its country's plan, else None.

    `country` is the plan for a number written without its country code; an extension is no part of the key.
    Never raises: what is no phone, or is longer than `LONGEST_PHONE_CHARS`, gives None.

    Source: policy.md section 3.
    """
    if len(text) > LONGEST_PHONE_CHARS or len(country) > LONGEST_PHONE_CHARS:
        return None
    return _remembered_phone_key(text, country)


@lru_cache(maxsize=REMEMBERED_PHONES)
def _remembered_phone_key(text: str, country: str) -> str | None:
    if country == CHINESE_MOBILE_REGION and (mobile := _chinese_mobile(text)) is not None:
        return mobile
    number = _visible(text)
    if (extension := EXTENSION_BEGINS.search(number)) is not None:
        number = number[: extension.start()]
    if NOT_DIALLED_AS_WRITTEN.search(number):
        return None
    key = _valid_in_plan(number, country)
    if key is None and (dashed := DASHED_EXTENSION.search(number)) is not None:
        return _valid_in_plan(number[: dashed.start()], country)
    return key


def _chinese_mobile(text: str) -> str | None:
    """Return what `_valid_in_plan` would, for the usual spellings of a Chinese mobile number alone."""
    written = CHINESE_MOBILE_WRITTEN.fullmatch(text)
    if written is None:
        return None
    national = "".join(written.groups())
    mobile, prefix = _chinese_mobile_plan()
    if mobile.fullmatch(national) is None or prefix.match(national) is not None:
        return None
    return "+86" + national


@lru_cache(maxsize=1)
def _chinese_mobile_plan() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the plan's own pattern of mobile numbers, and that of the prefixes it takes off."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region(CHINESE_MOBILE_REGION)
    if plan is None or plan.mobile is None or plan.mobile.national_number_pattern is None:
        return re.compile(r"(?!)"), re.compile("")
    return (
        re.compile(plan.mobile.national_number_pattern, re.ASCII),
        re.compile(plan.national_prefix_for_parsing or r"(?!)", re.ASCII),
    )


def _visible(text: str) -> str:
    """Return the text in half-width, every dash as one, without the characters that nobody sees."""
    if text.isascii() and text.isprintable():
        return text
    plain = unicodedata.normalize("NFKC", text.translate(PLAIN_PUNCTUATION)).translate(PLAIN_PUNCTUATION)
    return "".join(
        " " if char.isspace() else char
        for char in plain
        if char.isspace() or unicodedata.category(char) not in HIDDEN_CATEGORIES
    )


def _valid_in_plan(number: str, country: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
