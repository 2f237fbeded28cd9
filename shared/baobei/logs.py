"""Logs as JSON lines on standard error: what happened and to which id, never personal data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog


def set_up_logging(level: str) -> None:
    """Let structlog write JSON lines from a level (debug, info, warning, error) on.

    What is bound to the context, as the id of a job, is in every line that is written within.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def take_over(name: str) -> None:
    """Write what a library logs by the standard logger of a name as JSON lines too.

    Of an exception only the kind is written: its words may quote what people wrote.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _only_the_kind,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logger = logging.getLogger(name)
    logger.handlers, logger.propagate = [handler], False


def _only_the_kind(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    raised = event.pop("exc_info", None)
    if raised:
        event["error"] = getattr(raised[0], "__name__", "unknown") if isinstance(raised, tuple) else "unknown"
    return event
