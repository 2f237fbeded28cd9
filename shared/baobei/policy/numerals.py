"""Chinese numerals, as they number houses and rooms."""

from typing import Final

DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
SCALES: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
TENS: Final = {"廿": 20, "卅": 30}
NUMERAL_CHARS: Final = "".join((*DIGITS, *SCALES, *TENS))


def numeral_value(numeral: str) -> str | None:
    """Return the decimal digits of a Chinese numeral, None when it is not one number.

    Both ways of writing: by scale (一百零五, 十二, 百二 for 120) and digit by digit (五〇一).

    Source: policy.md section 3.
    """
    if all(char in DIGITS for char in numeral):
        return "".join(str(DIGITS[char]) for char in numeral).lstrip("0") or "0"
    value, last_scale, index = 0, 10_000, 0
    if numeral[0] in TENS:
        value, last_scale, index = TENS[numeral[0]], 10, 1
    after_zero = False
    while index < len(numeral):
        char = numeral[index]
        if char in ("零", "〇"):
            if index == 0 or after_zero:
                return None
            after_zero, index = True, index + 1
            continue
        digit, index = (DIGITS[char], index + 1) if char in DIGITS else (None, index)
        scale = SCALES.get(numeral[index]) if index < len(numeral) else None
        if scale is not None:
            # 十 and 百 stand alone for ten and a hundred at the head only; 一百十二 is said too.
            if scale >= last_scale or (digit is None and index > 0 and scale != 10):
                return None
            if digit is None and scale == 1000:
                return None
            value, last_scale, index = value + (1 if digit is None else digit) * scale, scale, index + 1
            after_zero = False
        elif digit is None or index < len(numeral):
            return None
        else:
            # The last digit counts ones, but after a bare scale the next lower one: 百二 is 120.
            value += digit * (last_scale // 10 if not after_zero and last_scale in (100, 1000) else 1)
    return None if after_zero and value == 0 else str(value)
