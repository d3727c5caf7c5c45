"""Forms with files: whole ones only, each part read once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.api.problems import UnsupportedMediaType
from app.errors import InvalidRequest

MULTIPART = "multipart/form-data"
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form; `filename` is None where it is a field and no file."""

    name: str
    filename: str | None
    content: bytes
    media_type: str | None

    @property
    def text(self) -> str:
        """The content as text; raises `InvalidRequest` where it is none that can be kept."""
        try:
            return clean(self.content.decode())
        except UnicodeDecodeError:
            raise invalid(f"{self.name[:80]!r} is not UTF-8") from None


async def read_parts(request: Request, *, max_files: int) -> list[Part]:
    """The parts of a request's form; raises `InvalidRequest`, `UnsupportedMediaType`, `TooLarge`."""
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != MULTIPART:
        raise UnsupportedMediaType(f"The form is uploaded as {MULTIPART}, not {kind[:80] or 'unnamed'!r}.")
    try:
        form = await _Parser(request, max_files).parse()
    except MultiPartException as problem:
        raise invalid(problem.message.rstrip(".").lower()) from None
    except (UnicodeError, LookupError):
        raise invalid("its names are not in the character set that it says") from None
    try:
        return [await _part(name, value) for name, value in form.multi_items()]
    finally:
        await form.close()


async def read_by_name(request: Request, *, max_files: int) -> dict[str, Part]:
    """Like `read_parts`, of a form in which no name comes twice."""
    found: dict[str, Part] = {}
    for part in await read_parts(request, max_files=max_files):
        if part.name in found:
            raise invalid(f"{part.name[:80]!r} is given more than once")
        found[part.name] = part
    return found


async def _part(name: str, value: UploadFile | str) -> Part:
    if isinstance(value, UploadFile):
        return Part(clean(name), clean(value.filename or ""), await value.read(), value.content_type)
    return Part(clean(name), None, clean(value).encode(), None)


class _Parser(MultiPartParser):
    """Starlette's parser, which takes a form without its closing boundary for a whole one: files would be missing."""

    def __init__(self, request: Request, max_files: int) -> None:
        super().__init__(request.headers, self._whole(request), max_files=max_files, max_fields=MOST_FIELDS)
        self._complete = False

    def on_end(self) -> None:
        self._complete = True

    async def _whole(self, request: Request) -> AsyncGenerator[bytes, None]:
        async for chunk in request.stream():
            yield chunk
        if not self._complete:
            raise MultiPartException("It has no closing boundary")


def clean(text: str) -> str:
    """A text that can be kept; raises `InvalidRequest`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise invalid("it holds half of a surrogate pair") from None
    if "\0" in text:
        raise InvalidRequest("The form holds a NUL character, which cannot be kept.", code="nul-character")
    return text


def invalid(why: str) -> InvalidRequest:
    """The form cannot be used, for this reason."""
    return InvalidRequest(f"The form cannot be used: {why}.", code="form-invalid")
