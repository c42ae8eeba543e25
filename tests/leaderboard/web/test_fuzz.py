"""Whatever the description of the API allows, and much that it does not: never an answer that says we broke."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

pytest.importorskip("schemathesis")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # schemathesis has some of its own
def test_the_api_never_breaks(client: TestClient, anna: dict[str, str], answers: Callable[..., bytes]) -> None:
    import schemathesis

    client.post("/api/v1/competitions/digits/submissions", content=answers(), headers=anna)
    described = client.get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    n_asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        if operation.path.endswith("/events"):
            continue
        cases = operation.as_strategy()

        @settings(
            max_examples=12,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def ask(case: object) -> None:
            nonlocal n_asked
            n_asked += 1
            kwargs = case.as_transport_kwargs(base_url="http://class.test")  # type: ignore[attr-defined]
            kwargs.pop("cookies", None)
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), **anna}
            answer = client.request(kwargs.pop("method"), kwargs.pop("url"), **kwargs)
            assert answer.status_code < 500 or (answer.status_code == 503 and "retry-after" in answer.headers), (
                answer.text
            )

        ask()
    assert n_asked > 50
