"""How the properties of the core are searched: a modest number of examples, the same ones in CI."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "local", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
