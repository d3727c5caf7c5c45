"""The form of a deployment: files, and a few fields beside them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.api.problems import UnsupportedMediaType
from app.config import Settings
from app.errors import InvalidRequest

T = TypeVar("T")

MULTIPART = "multipart/form-data"
_FIELDS = ("name", "source", "filterDuplicates")
_MOST_FIELDS = 20
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Upload:
    """What a deployment is made of."""

    files: dict[str, bytes]
    name: str
    source: str | None
    filter_duplicates: bool

    def identity(self) -> list[bytes]:
        """Bytes that are the same where the upload is; the form's own vary with its boundaries."""
        parts = [repr((self.name, self.source, self.filter_duplicates)).encode()]
        for name, content in self.files.items():
            parts += [name.encode(), content]
        return parts


FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "additionalProperties": False,
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                            "description": "Diagrams (.bpmn, .bpmn20.xml, .xml) and whatever goes with them (.dmn, "
                            ".form, others), each with its file name; the name of the field does not matter.",
                        },
                        "name": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": _LONGEST,
                            "description": "What the deployment is called; the first file's name where it is missing.",
                        },
                        "source": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": _LONGEST,
                            "description": "Where it comes from.",
                        },
                        "filterDuplicates": {
                            "type": "string",
                            "enum": ["true", "false"],
                            "description": "Make nothing new where the newest deployment of this name has the same "
                            "files.",
                        },
                    },
                }
            }
        },
    }
}


async def read_upload(request: Request, settings: Settings) -> Upload:
    """The files and fields of the request; raises `InvalidRequest`, `UnsupportedMediaType`, `TooLarge`."""
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != MULTIPART:
        raise UnsupportedMediaType(f"A deployment is uploaded as {MULTIPART}, not {kind or 'unnamed'!r}.")
    try:
        form = await _Parser(request, settings.max_resources).parse()
    except MultiPartException as problem:
        raise _invalid(problem.message.rstrip(".").lower()) from None
    except (UnicodeError, LookupError):
        raise _invalid("its names are not in the character set that it says") from None
    try:
        return await _upload(form)
    finally:
        await form.close()


class _Parser(MultiPartParser):
    """Starlette's parser, which takes a form without its closing boundary for a whole one: files would be missing."""

    def __init__(self, request: Request, max_files: int) -> None:
        super().__init__(request.headers, self._whole(request), max_files=max_files, max_fields=_MOST_FIELDS)
        self._complete = False

    def on_end(self) -> None:
        self._complete = True

    async def _whole(self, request: Request) -> AsyncGenerator[bytes, None]:
        async for chunk in request.stream():
            yield chunk
        if not self._complete:
            raise MultiPartException("It has no closing boundary")


async def _upload(form: FormData) -> Upload:
    files: dict[str, bytes] = {}
    fields: dict[str, str] = {}
    for field, value in form.multi_items():
        if isinstance(value, UploadFile):
            _add(files, _clean(value.filename or ""), await value.read(), "file")
        elif field not in _FIELDS:
            raise _invalid(f"there is no field {field[:80]!r}; a file needs a file name")
        else:
            _add(fields, field, _clean(value), "field")
    if not files:
        raise InvalidRequest("A deployment holds at least one file.", code="deployment-empty")
    for field, text in fields.items():
        if not 1 <= len(text) <= _LONGEST:
            raise _invalid(f"{field} takes 1 to {_LONGEST} characters")
    if fields.get("filterDuplicates", "false") not in ("true", "false"):
        raise _invalid("filterDuplicates is true or false")
    return Upload(
        files,
        fields.get("name") or next(iter(files)),
        fields.get("source"),
        fields.get("filterDuplicates") == "true",
    )


def _add(found: dict[str, T], name: str, value: T, kind: str) -> None:
    if name in found:
        raise _invalid(f"the {kind} {name[:80]!r} is given more than once")
    found[name] = value


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _invalid("it holds half of a surrogate pair") from None
    if "\0" in text:
        raise InvalidRequest("The form holds a NUL character, which cannot be kept.", code="nul-character")
    return text


def _invalid(why: str) -> InvalidRequest:
    return InvalidRequest(f"The form of the deployment cannot be used: {why}.", code="form-invalid")
