"""Whatever the description of the API allows, and much that it does not: never an answer that says we broke."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from leaderboard.web import api

pytest.importorskip("schemathesis")

Bearer = dict[str, str]
KNOWN = {"name": "digits", "number": "1", "file": "sample_submission.csv"}
ENDLESS = "/events"  # a stream of news has no end
LAST = "/leave"  # takes back the token with which everything else is asked


def asked_of(operation: Any, ask: Callable[..., None]) -> None:
    """Ask what an operation allows, by people and of things that there are and that there are not."""

    @settings(
        max_examples=14, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(), is_known=st.booleans(), who=st.integers(0, 3))
    def each(case: Any, is_known: bool, who: int) -> None:
        if is_known:
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
        ask(case, who)

    each()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # schemathesis has some of its own
def test_the_api_never_breaks(
    client: TestClient, anna: Bearer, ben: Bearer, host: Bearer, answers: Callable[..., bytes]
) -> None:
    import schemathesis

    sent = client.post("/api/v1/competitions/digits/submissions", content=answers(), headers=anna)
    assert sent.json()["id"] == int(KNOWN["number"])
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    answered: dict[str, Counter[int]] = {}

    def ask(case: Any, who: int) -> None:
        kwargs = case.as_transport_kwargs(base_url="http://class.test")
        kwargs.pop("cookies", None)
        drawn = {name.lower(): value for name, value in dict(kwargs.get("headers") or {}).items()}
        kwargs["headers"] = drawn | (anna, ben, host, {})[who]  # the last comes with whatever token was drawn
        answer = client.request(kwargs.pop("method"), kwargs.pop("url"), **kwargs)
        assert answer.status_code < 500 or (answer.status_code == 503 and "retry-after" in answer.headers), answer.text
        answered.setdefault(case.operation.path, Counter())[answer.status_code] += 1

    for operation in sorted(operations, key=lambda one: one.path.endswith(LAST)):
        if not operation.path.endswith(ENDLESS):
            asked_of(operation, ask)
    assert sum(counted.total() for counted in answered.values()) > 150
    assert [path for path, counted in answered.items() if set(counted) <= {401, 404}] == []  # behind the door, too


def test_every_route_of_the_api_is_described(client: TestClient) -> None:
    described = set(client.get("/api/v1/openapi.json").json()["paths"])
    (mounted,) = api.routes()
    routes = {f"/api/v1{route.path}".replace(":path}", "}") for route in mounted.routes}  # type: ignore[attr-defined]
    assert routes - described == {"/api/v1/openapi.json"}
