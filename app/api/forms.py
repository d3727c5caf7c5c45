"""The form of a deployment: files, and a few fields beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request

from app.api.multipart import MULTIPART, invalid, read_parts
from app.config import Settings
from app.errors import InvalidRequest

T = TypeVar("T")

_FIELDS = ("name", "source", "filterDuplicates")
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
    files: dict[str, bytes] = {}
    fields: dict[str, str] = {}
    for part in await read_parts(request, max_files=settings.max_resources):
        if part.filename is not None:
            _add(files, part.filename, part.content, "file")
        elif part.name not in _FIELDS:
            raise invalid(f"there is no field {part.name[:80]!r}; a file needs a file name")
        else:
            _add(fields, part.name, part.text, "field")
    _check(files, fields)
    return Upload(
        files,
        fields.get("name") or next(iter(files)),
        fields.get("source"),
        fields.get("filterDuplicates") == "true",
    )


def _check(files: dict[str, bytes], fields: dict[str, str]) -> None:
    if not files:
        raise InvalidRequest("A deployment holds at least one file.", code="deployment-empty")
    for field, text in fields.items():
        if not 1 <= len(text) <= _LONGEST:
            raise invalid(f"{field} takes 1 to {_LONGEST} characters")
    if fields.get("filterDuplicates", "false") not in ("true", "false"):
        raise invalid("filterDuplicates is true or false")


def _add(found: dict[str, T], name: str, value: T, kind: str) -> None:
    if name in found:
        raise invalid(f"the {kind} {name[:80]!r} is given more than once")
    found[name] = value
