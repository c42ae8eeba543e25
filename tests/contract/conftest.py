"""What fails in a conformance case is told with its values."""

import pytest

pytest.register_assert_rewrite("kit.testing.sandboxes", "kit.testing.executors", "leaderboard.testing")
