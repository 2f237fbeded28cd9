"""`/v1/reports/{unit}/{date}.xlsx`: the report of a unit's day as a sheet to print."""

import asyncio
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from baobei.operations.actor import Office
from baobei.operations.daily_reports import find_report
from baobei.operations.report_sheets import sheet_of
from baobei.sheets.daily_sheet import written_sheet
from baobei.store.api_key_models import KeyScope
from baobei_api.auth import Authenticator
from baobei_api.graphql import checks
from baobei_api.graphql.errors import ApiError, BadInput, ErrorCode
from baobei_api.graphql.report_fields import day
from baobei_api.graphql.scalars import DateText
from baobei_api.graphql.scopes import require_scope
from baobei_api.rest.answers import answering

REPORT: Final = "/v1/reports/{unit}/{date}.xlsx"
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Reports:
    """Gives reports out to whoever may read them."""

    def __init__(self, office: Office, authenticator: Authenticator) -> None:
        self._office = office
        self._authenticator = authenticator

    def routes(self) -> list[Route]:
        """Return the routes of reports."""
        return [Route(REPORT, answering(REPORT, self._report), methods=["GET"])]

    async def _report(self, request: Request) -> Response:
        actor = await self._authenticator.actor(request)
        require_scope(actor, KeyScope.READ)
        asked = day(DateText(request.path_params["date"]), "date")
        try:
            code = checks.filled(request.path_params["unit"], "unit", at_most=checks.CODE_CHARS)
        except BadInput:
            # What no unit can be called, none is.
            raise _nothing() from None
        report = await find_report(self._office, actor, code, asked)
        if report is None:
            raise _nothing()
        sheet = await sheet_of(self._office, actor, report)
        written = await asyncio.to_thread(written_sheet, sheet)
        name = f"{report.day.isoformat()}.xlsx"
        shown = quote(f"{report.unit.name} {sheet.title} {name}", safe="")
        headers = {
            "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{shown}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(written, headers=headers, media_type=MEDIA_TYPE)


def _nothing() -> ApiError:
    return ApiError(ErrorCode.NOT_FOUND, "there is no such unit, or none whose reports you may read")
