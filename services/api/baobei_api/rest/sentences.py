"""What people are told when a file cannot be taken or given, in both languages in one message."""

import math
from typing import Final

from baobei.operations.actor import Actor
from baobei.operations.errors import TooOften
from baobei.operations.start_import import DRY_RUNS, MOST_DRY_RUNS, MOST_OPEN
from baobei.policy.terms import Text
from baobei.store.api_key_models import KeyScope
from baobei_api.graphql.errors import ApiError, ErrorCode, RateLimited
from baobei_api.graphql.scopes import require_scope

NOT_FOR_YOUR_ROLE: Final = Text(
    zh="您的岗位不登记客户，不能导入。", en="Importing is not for your role: it registers no customers."
)
NO_IMPORT: Final = Text(zh="您没有上传过这个导入。", en="There is no such import of yours.")
NO_EVIDENCE: Final = Text(
    zh="没有这份您可以查看的凭证，或已按规定删除。",
    en="There is no such evidence that you may see, or it was erased.",
)
NO_REQUEST: Final = Text(zh="您没有提交过这个申请。", en="There is no such request of yours.")
NO_EVIDENCE_TYPE: Final = Text(
    zh="凭证只收完整的 pdf、jpeg、png、webp、xlsx 或 docx 文件（以内容为准，不能带宏）。",
    en="Expected a whole pdf, jpeg, png, webp, xlsx or docx file, by its contents, without macros.",
)
_NO_SCOPE: Final = Text(zh="这个接口密钥没有这项权限。", en="The API key lacks the scope for this.")
_TOO_MANY_OPEN: Final = Text(
    zh=f"同时最多有{MOST_OPEN}个导入，请等其中一个结束后再上传。",
    en=f"At most {MOST_OPEN} imports at once; send it when one of them has ended.",
)
_HOUR_S: Final = 3_600
_MINUTE_S: Final = 60


class TooOftenInBoth(RateLimited):
    """Asked too often, as people are told it; when to ask again in seconds is beside it for programs."""

    def __init__(self, said: Text, *, retry_after_s: int) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.message = both(said)
        self.args = (self.message,)


def both(said: Text) -> str:
    """Return a sentence in both languages."""
    return f"{said.zh} {said.en}"


def forbidden(said: Text) -> ApiError:
    """Return the error for who may not do this at all."""
    return ApiError(ErrorCode.FORBIDDEN, both(said))


def not_found(said: Text) -> ApiError:
    """Return the error for what there is not, for the caller."""
    return ApiError(ErrorCode.NOT_FOUND, both(said))


def unusable(field: str, said: Text) -> ApiError:
    """Return the error for an input that cannot be taken."""
    return ApiError(ErrorCode.BAD_USER_INPUT, both(said), field=field)


def need_scope(actor: Actor, scope: KeyScope) -> None:
    """Raise the error of an API key that lacks a scope."""
    try:
        require_scope(actor, scope)
    except ApiError as error:
        raise ApiError(error.code, f"{_NO_SCOPE.zh} {error.message}") from None


def too_often(error: TooOften) -> ApiError:
    """Return the error for who sends too many files, with when to send the next one."""
    said = _TOO_MANY_OPEN
    if error.operation == DRY_RUNS:
        in_zh, in_en = _later(error.retry_after_s)
        said = Text(
            zh=f"一天最多试导入{MOST_DRY_RUNS}次，请{in_zh}后再试；正式导入不受限制。",
            en=f"At most {MOST_DRY_RUNS} dry runs a day: try again in {in_en}; an import in earnest is not held up.",
        )
    return TooOftenInBoth(said, retry_after_s=error.retry_after_s)


def _later(seconds: int) -> tuple[str, str]:
    """Return a while as people say it, in both languages."""
    if seconds >= _HOUR_S:
        hours = math.ceil(seconds / _HOUR_S)
        return f"约{hours}小时", f"about {hours} {'hour' if hours == 1 else 'hours'}"
    minutes = max(1, math.ceil(seconds / _MINUTE_S))
    return f"约{minutes}分钟", f"about {minutes} {'minute' if minutes == 1 else 'minutes'}"
