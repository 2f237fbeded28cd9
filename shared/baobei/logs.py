"""Logs as JSON lines on standard error: what happened and to which id, never personal data."""

import logging
import sys

import structlog


def set_up_logging(level: str) -> None:
    """Let structlog write JSON lines from a level (debug, info, warning, error) on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
