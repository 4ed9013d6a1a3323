"""Every property here runs by the profile that the strategies set."""

import tests.strategies  # noqa: F401
