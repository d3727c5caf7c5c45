"""People and groups: this server knows none yet, and says so in the shapes that clients expect."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest.given import Fields, fields
from app.api.engine_rest.pages import part
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.errors import InvalidRequest, NotFound

routes = Routes()

_NOBODY = "always empty: there is no access control yet"
_LISTS = {
    "/user": "id idIn firstName firstNameLike lastName lastNameLike email emailLike memberOfGroup memberOfTenant "
    "potentialStarter",
    "/group": "id idIn name nameLike type member memberOfTenant",
    "/tenant": "id name nameLike userMember groupMember includingGroupsOfUser",
    "/filter": "filterId resourceType name nameLike owner itemCount",
}
_SORTS = {
    "/user": "userId firstName lastName email",
    "/group": "id name type",
    "/tenant": "id name",
    "/filter": "filterId resourceType name owner",
}
_PAGING = "sortBy sortOrder firstResult maxResults"


def _offer(path: str, names: Fields, counted: Fields) -> None:
    sorts = _SORTS[path].split()

    @routes.read(path, query=names, note=_NOBODY)
    def entries(tx: Transaction, ask: Ask) -> list[Any]:
        part(ask.query, ask.query, sorts)
        return []

    @routes.read(f"{path}/count", query=counted, note=_NOBODY)
    def count(tx: Transaction, ask: Ask) -> dict[str, int]:
        return {"count": 0}


for _path, _names in _LISTS.items():
    _offer(_path, fields(f"{_names} {_PAGING}"), fields(_names.replace(" itemCount", "")))


@routes.ask("/group", query=fields("firstResult maxResults"), body=fields(f"{_LISTS['/group']} sorting"), note=_NOBODY)
def groups_by_post(tx: Transaction, ask: Ask) -> list[Any]:
    """Groups."""
    part(ask.body, ask.query, _SORTS["/group"].split())
    return []


@routes.ask("/group/count", body=fields(f"{_LISTS['/group']} sorting"), note=_NOBODY)
def count_groups_by_post(tx: Transaction, ask: Ask) -> dict[str, int]:
    """How many there are."""
    return {"count": 0}


@routes.read("/user/{id}/profile", note="nobody is known")
def profile(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """Who a user is."""
    raise NotFound(f"User with id {id} does not exist")


@routes.read("/group/{id}", note="no group is known")
def group(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """What a group is."""
    raise NotFound(f"Group with id {id} does not exist")


@routes.read("/tenant/{id}", note="there are no tenants")
def tenant(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """What a tenant is."""
    raise NotFound(f"Tenant with id {id} does not exist")


@routes.ask(
    "/identity/verify", body=fields("username password"), note="nobody is authenticated: there is no access control yet"
)
def verify(tx: Transaction, ask: Ask) -> dict[str, Any]:
    """Whether a password is somebody's."""
    username = ask.body.text("username")
    if not username or not ask.body.text("password"):
        raise InvalidRequest("Username and password are required")
    return {"authenticatedUser": username, "authenticated": False, "tenants": None, "groups": None}


@routes.read("/identity/groups", query=fields("userId"), note=_NOBODY)
def identity_groups(tx: Transaction, ask: Ask) -> dict[str, list[Any]]:
    """The groups of a user, and who else is in them."""
    ask.query.required("userId", message="No user id was supplied")
    return {"groups": [], "groupUsers": []}
