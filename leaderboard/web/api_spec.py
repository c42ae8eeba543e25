"""How the API is described and answered: the models by spectree, bodies that are checked, numbers that are JSON.

Only the bearer token counts here, no cookie: no page of another site can ask in somebody's name. Requests are checked
by hand and answered in our one shape of errors; spectree writes the description from the models.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError  # noqa: TID253 - only servers import this
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit import __version__
from kit.errors import UsageError
from leaderboard.web import models
from leaderboard.web.visitors import ForbiddenError, Visitor, of_api
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from leaderboard.web.desk import Desk

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]
_MAX_JSON = 64 << 10
_ERRORS = {
    f"HTTP_{status}": models.ErrorModel for status in (400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429, 503)
}

spec = SpecTree(
    "starlette",
    title="The class board",
    version=f"v1, kit {__version__}",
    path="api/spectree",
    page_templates={},  # its pages load from another host
    mode="strict",
    annotations=False,
    validation_error_model=models.ErrorModel,
    security_schemes=[SecurityScheme(name="token", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))],
)


def described(
    answer: type[BaseModel] | None, *, status: int = 200, takes: type[BaseModel] | None = None, is_open: bool = False
) -> Callable[[Handler], Handler]:
    """Describe a handler: what it takes and gives, and whether it does without a token."""
    return spec.validate(
        json=takes,
        resp=Answers(**({f"HTTP_{status}": answer} | _ERRORS)),
        security={} if is_open else {"token": []},
        skip_validation=True,
    )


async def description(request: Request) -> Response:
    """The OpenAPI description of all this."""
    spec.app = request.app
    return JSONResponse(spec.spec)


async def body_of(request: Request, model: type[M]) -> M:
    """The body of a request. Raises `UsageError` E002 with every problem of it."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > _MAX_JSON:
            raise UsageError(refusals.BODY_TOO_LONG)
    try:
        return model.model_validate_json(bytes(read))
    except ValidationError as error:
        parts = [
            refusals.in_body(".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise UsageError(refusals.BODY_WRONG, parts) from None


async def known(request: Request, desk: Desk) -> Visitor:
    """Who asks, of those who have joined. Raises `ForbiddenError` E408 for everybody else."""
    visitor = await of_api(request, desk)
    if visitor.role == "anonymous":
        raise ForbiddenError(refusals.NOT_JOINED)
    return visitor


def answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """`value` as the answer."""
    return JSONResponse(_finite(value), status_code=status, headers=headers)


def _finite(value: Any) -> Any:
    """`value` as JSON can hold it: null where a number is not finite."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
