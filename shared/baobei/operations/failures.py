"""What may be said of an unexpected failure: its kind and its place, never its words."""

import traceback
from pathlib import Path
from typing import Any


def describe(error: BaseException) -> dict[str, Any]:
    """Return the kind of an exception and the innermost place in our code that it came through.

    Its message is left out: a database quotes the values that it refuses.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "baobei" in frame.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return {"error": type(error).__name__, "at": place}
