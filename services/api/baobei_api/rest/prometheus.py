"""`/metrics` in the text format of Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from baobei_api.metrics import Metrics


class MetricsPage:
    """Answers with the metrics of this process."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def answer(self, _request: Request) -> Response:
        """Answer with every metric."""
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)
