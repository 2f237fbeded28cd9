"""`/v1/figures/{month}.xlsx`: the figures of a month as a workbook, as far as the caller may read them."""

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from baobei.operations.actor import Office
from baobei.operations.export_figures import export_figures
from baobei.operations.read_figures import FigureGroup
from baobei.store.api_key_models import KeyScope
from baobei_api.auth import Authenticator
from baobei_api.graphql import checks
from baobei_api.graphql.errors import ApiError, BadInput, ErrorCode
from baobei_api.graphql.scalars import DateText
from baobei_api.graphql.scopes import require_scope
from baobei_api.rest.answers import answering

FIGURES: Final = "/v1/figures/{month}.xlsx"

_MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE_NAME: Final = "业绩统计"


class FigureSheets:
    """Answers with the figures of a month as a file."""

    def __init__(self, office: Office, authenticator: Authenticator) -> None:
        self._office = office
        self._authenticator = authenticator

    def routes(self) -> list[Route]:
        """Return the route of figures."""
        return [Route(FIGURES, answering(FIGURES, self._answer), methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        """Answer with the workbook; 404 for a unit that is not the caller's to read."""
        actor = await self._authenticator.actor(request)
        require_scope(actor, KeyScope.READ)
        group, unit_code = _group(request), request.query_params.get("unitCode")
        if unit_code is not None:
            checks.filled(unit_code, "unitCode", at_most=checks.CODE_CHARS)
            if group is FigureGroup.ALLIANCE:
                raise BadInput("unitCode", "nothing here, or groupBy PERSON or UNIT")
        month = checks.month(DateText(f"{request.path_params['month']}-01"), "month")
        written = await export_figures(self._office, actor, month=month, group=group, unit_code=unit_code)
        if written is None:
            raise ApiError(ErrorCode.NOT_FOUND, "unitCode: none whose figures you may read", field="unitCode")
        name = quote(f"{_FILE_NAME}{month:%Y-%m}.xlsx")
        headers = {
            "Content-Disposition": f"attachment; filename=\"figures.xlsx\"; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(written, status_code=HTTPStatus.OK, headers=headers, media_type=_MEDIA_TYPE)


def _group(request: Request) -> FigureGroup:
    written = request.query_params.get("groupBy", FigureGroup.PERSON.value)
    if written not in FigureGroup.__members__:
        raise BadInput("groupBy", "one of " + ", ".join(FigureGroup.__members__))
    return FigureGroup[written]
