"""What Camunda Modeler sends when its deploy button is pressed, in its order, and what it looks at in the answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api.engine_rest.client import Rest
from tests.api.engine_rest.world import ORDER, WORK
from tests.driver import ONE_TASK, process

HEADERS = {"Origin": "file://", "Accept": "application/json", "Authorization": "Basic ZGVtbzpkZW1v"}
BROKEN = process(
    '<startEvent id="s"/>\n<userTask id="pay"\n  camunda:assignee="${boss +}"/>\n'
    '<sequenceFlow id="f" sourceRef="s" targetRef="pay"/>'
)


def deploy(rest: Rest, diagram: bytes, name: str = "order.bpmn", **fields: str) -> Any:
    """The Modeler's upload: each file as a part that is named by its file name."""
    data = {
        "deployment-name": "order",
        "deployment-source": "Camunda Modeler",
        "enable-duplicate-filtering": "true",
        **fields,
    }
    files = [(name, (name, diagram, "text/xml")), ("approve.form", ("approve.form", b"{}", "text/plain"))]
    return rest.client.post("/deployment/create", data=data, files=files, headers=HEADERS)


def test_given_the_modeler_when_it_deploys_and_starts_then_each_call_answers_what_it_reads(rest: Rest) -> None:
    connected = rest.client.get("/deployment", params={"maxResults": "0"}, headers=HEADERS)
    assert (connected.status_code, connected.json()) == (200, [])
    assert connected.headers["access-control-allow-origin"] == "file://"

    assert rest.client.get("/version", headers=HEADERS).json()["version"].startswith("7.")

    deployed = deploy(rest, ONE_TASK)
    assert deployed.status_code == 200
    (definition,) = deployed.json()["deployedProcessDefinitions"].values()
    assert (definition["key"], definition["version"]) == ("p", 1)

    started = rest.client.post(
        f"/process-definition/{definition['id']}/start", json={"businessKey": None, "variables": None}, headers=HEADERS
    )
    assert started.status_code == 200
    assert started.json()["definitionId"] == definition["id"]

    pages = rest.client.get("http://localhost:8080/.well-known/camunda-automation-platform/webapps", headers=HEADERS)
    assert set(pages.json()) == {"adminUrl", "cockpitUrl", "tasklistUrl"}
    # The Modeler appends to the cockpit's address; whoever follows a link comes to a page of this server.
    linked = pages.json()["cockpitUrl"] + f"process-instance/{started.json()['id']}"
    for address in (*pages.json().values(), linked):
        page = rest.client.get(address)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), address


def test_given_an_unchanged_diagram_when_the_modeler_deploys_it_again_then_it_gets_the_definition_that_is_there(
    rest: Rest,
) -> None:
    first, second = deploy(rest, ONE_TASK).json(), deploy(rest, ONE_TASK).json()

    assert second["id"] == first["id"]
    assert second["deployedProcessDefinitions"] == first["deployedProcessDefinitions"]
    assert rest.get("/deployment/count") == {"count": 1}


def test_given_changed_files_among_others_when_only_those_are_wanted_then_these_get_versions_and_the_rest_stays(
    rest: Rest,
) -> None:
    def deployed(*diagrams: bytes, source: str = "ci", name: str = "shop", status: int = 200) -> Any:
        return rest.deploy(*diagrams, name=name, status=status, deployment_source=source, deploy_changed_only="true")

    other = ORDER.replace(b'name="Order"', b'name="Purchase"')
    assert len(deployed(ORDER, WORK)["deployedProcessDefinitions"]) == 2

    second = deployed(other, WORK)
    (added,) = second["deployedProcessDefinitions"].values()
    assert (added["key"], added["version"], added["name"]) == ("order", 2, "Purchase")
    assert [file["name"] for file in rest.get(f"/deployment/{second['id']}/resources")] == [added["resource"]]
    assert rest.get("/process-definition/key/work")["version"] == 1

    # The newest of each file counts, wherever it is; where none is new, the newest deployment is told.
    assert deployed(other, WORK) == second
    (back,) = deployed(ORDER)["deployedProcessDefinitions"].values()
    assert back["version"] == 3
    assert len(deployed(other, WORK, source="")["deployedProcessDefinitions"]) == 2
    assert len(deployed(other, WORK, name="store")["deployedProcessDefinitions"]) == 2
    assert deployed(ORDER.replace(b'targetRef="approve"', b'targetRef="nowhere"'), WORK, status=400)["details"]
    assert rest.get("/deployment/count", name="shop") == {"count": 4}


def test_given_one_changed_file_when_it_is_deployed_by_many_at_once_then_it_gets_one_version(rest: Rest) -> None:
    def deployed(_: int) -> int:
        answer = deploy(rest, ORDER, **{"deploy-changed-only": "true"})
        return int(answer.status_code)

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(deployed, range(12))) == {200}
    assert rest.get("/process-definition/count", key="order") == rest.get("/deployment/count") == {"count": 1}


def test_given_a_diagram_that_would_not_run_when_it_is_deployed_then_the_modeler_can_show_where(rest: Rest) -> None:
    answer = deploy(rest, BROKEN)

    problem = answer.json()
    assert answer.status_code == 400
    assert problem["type"] == "ParseException"
    assert problem["message"].startswith("ENGINE-09005 Could not parse BPMN process.")
    assert list(problem["details"]) == ["order.bpmn"]
    (error,) = problem["details"]["order.bpmn"]["errors"]
    assert (error["mainElementId"], error["elementIds"]) == ("pay", ["pay"])
    assert BROKEN.decode().splitlines()[error["line"] - 1][error["column"] - 1 :].startswith("<userTask")
    assert rest.get("/deployment/count") == {"count": 0}


def test_given_several_diagrams_that_would_not_run_when_deployed_then_each_has_its_own_details(rest: Rest) -> None:
    other = BROKEN.replace(b'id="p"', b'id="q"').replace(b'"pay"', b'"ask"')
    problem = rest.deploy(BROKEN, other, status=400)

    assert sorted(problem["details"]) == ["diagram0.bpmn", "diagram1.bpmn"]
    for name, element in (("diagram0.bpmn", "pay"), ("diagram1.bpmn", "ask")):
        found = problem["details"][name]
        assert [(error["mainElementId"], error["line"] > 1) for error in found["errors"]] == [(element, True)]
        assert found["warnings"] == []
        assert element in problem["message"]


def test_given_a_file_that_is_no_xml_when_it_is_deployed_then_the_line_is_named(rest: Rest) -> None:
    problem = deploy(rest, b"<definitions>\n<process>").json()

    assert problem["message"].startswith("ENGINE-09005 Could not parse BPMN process.")
    assert problem["details"]["order.bpmn"]["errors"][0]["line"] == 2


def test_given_forms_alone_when_the_modeler_deploys_them_then_they_are_kept(rest: Rest) -> None:
    answer = rest.client.post("/deployment/create", files={"a.form": ("a.form", b'{"id": "a"}')}, headers=HEADERS)

    assert answer.status_code == 200
    (kept,) = rest.get(f"/deployment/{answer.json()['id']}/resources")
    assert kept["name"] == "a.form"
    assert rest.get(f"/deployment/{answer.json()['id']}/resources/{kept['id']}/data") == b'{"id": "a"}'


def test_given_no_files_or_a_part_without_a_name_when_uploaded_then_the_known_sentences_say_so(rest: Rest) -> None:
    empty = rest.client.post("/deployment/create", files={"deployment-name": (None, "a")})
    unnamed = rest.client.post("/deployment/create", files={"data": (None, "a")})
    tenant = deploy(rest, ONE_TASK, **{"tenant-id": "a"})

    assert empty.json()["message"] == "No deployment resources contained in the form upload."
    assert unnamed.json()["message"].startswith("No file name found in the deployment resource")
    assert (empty.status_code, unnamed.status_code, tenant.status_code) == (400, 400, 400)


def test_given_a_page_of_a_configured_origin_when_it_asks_before_it_posts_then_it_may_send_credentials(
    sqlite_url: str,
) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    with Rest(sqlite_url, allowed_origins=["https://intranet"]) as rest:
        for path in ("/deployment/create", "http://localhost:8080/api/v1/process-instances"):
            may = rest.client.options(path, headers={**asked, "Origin": "https://intranet"})
            assert may.status_code == 204
            assert may.headers["access-control-allow-origin"] == "https://intranet"
            assert "Authorization" in may.headers["access-control-allow-headers"]
        answer = rest.client.get("/version", headers={"Origin": "https://intranet", "Authorization": "Bearer x"})
        assert answer.headers["access-control-allow-origin"] == "https://intranet"
        refused = rest.client.options("/deployment/create", headers={**asked, "Origin": "https://evil.example"})
        assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (403, False)


def test_given_the_modelers_origin_when_it_asks_before_it_posts_then_it_may_and_other_pages_may_not(
    sqlite_rest: Rest,
) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    may = sqlite_rest.client.options("/deployment/create", headers={**asked, "Origin": "file://"})
    assert may.status_code == 204
    assert "Authorization" in may.headers["access-control-allow-headers"]

    for origin in ("null", "https://evil.example", "file://evil.example"):
        refused = sqlite_rest.client.post("/deployment/create", headers={"Origin": origin})
        assert refused.status_code == 403, origin
        assert "access-control-allow-origin" not in refused.headers
        assert refused.json()["type"] == "RestException"
    own = sqlite_rest.client.get("http://localhost:8080/api/v1/process-instances", headers={"Origin": "file://"})
    assert own.status_code == 403
