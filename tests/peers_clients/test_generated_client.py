"""The package generic-camunda-client, generated from Camunda's own description, reads and writes what it meets."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import generic_camunda_client as camunda
import pytest

from tests.peers_clients.serving import EXTENSION, WORK, Serving


@pytest.fixture
def client(serving: Serving, tmp_path: Path) -> Any:
    """The generated client of the served application; files that it reads it keeps on disk."""
    configuration = camunda.Configuration(host=serving.base)
    configuration.temp_folder_path = str(tmp_path)
    with camunda.ApiClient(configuration) as found:
        yield found


def test_given_a_process_of_work_when_the_generated_client_does_it_then_it_comes_to_its_end(
    serving: Serving, client: Any
) -> None:
    deployed = serving.deploy()
    definitions = camunda.ProcessDefinitionApi(client)
    paper = camunda.VariableValueDto(
        value=base64.b64encode(b"hello").decode(), type="File", value_info={"filename": "a.txt"}
    )
    variables = {"amount": camunda.VariableValueDto(value=7, type="Long"), "paper": paper}
    started = definitions.start_process_instance_by_key(
        "story",
        start_process_instance_dto=camunda.StartProcessInstanceDto(variables=variables, business_key="b1"),
    )
    assert definitions.get_process_definition(next(iter(deployed["deployedProcessDefinitions"]))).key == "story"
    work = camunda.ExternalTaskApi(client)
    for topic in ("quote", "risky"):
        (task,) = fetch(work, topic)
        assert task.variables["amount"].type == "Long"
        assert (task.variables["paper"].type, task.variables["paper"].value) == ("File", None)
        assert content(camunda.ProcessInstanceApi(client), started.id, "paper") == b"hello"
        work.extend_lock(
            task.id,
            extend_lock_on_external_task_dto=camunda.ExtendLockOnExternalTaskDto(new_duration=20_000, worker_id="g"),
        )
        assert work.get_external_task(task.id).lock_expiration_time > task.lock_expiration_time
        done = camunda.CompleteExternalTaskDto(
            worker_id="g", variables={topic: camunda.VariableValueDto(value=True, type="Boolean")}
        )
        work.complete_external_task_resource(task.id, complete_external_task_dto=done)
    (task,) = fetch(work, "check")
    failure = camunda.ExternalTaskFailureDto(worker_id="g", error_message="later", retries=2, retry_timeout=0)
    work.handle_failure(task.id, external_task_failure_dto=failure)
    assert work.get_external_task(task.id).retries == 2
    (task,) = fetch(work, "check")
    error = camunda.ExternalTaskBpmnError(worker_id="g", error_code="REFUSED")
    work.handle_external_task_bpmn_error(task.id, external_task_bpmn_error=error)

    tasks = camunda.TaskApi(client)
    (open_task,) = tasks.get_tasks(process_instance_id=started.id)
    tasks.claim(open_task.id, user_id_dto=camunda.UserIdDto(user_id="ada"))
    assert tasks.get_task(open_task.id).assignee == "ada"
    # Without variables in return the answer is 204, and this client cannot read one that may also be 200.
    wanted = camunda.CompleteTaskDto(with_variables_in_return=True)
    assert tasks.complete(open_task.id, complete_task_dto=wanted)["amount"].value == 7
    past = camunda.HistoricProcessInstanceApi(client).get_historic_process_instance(started.id)
    assert (past.state, past.business_key) == ("COMPLETED", "b1")
    serving.answered(*WORK, EXTENSION, "GET /process-instance/{id}/variables/{varName}/data 200")


def content(instances: Any, instance_id: str, name: str) -> bytes:
    """What a file holds; the client keeps it in a file of its own."""
    kept = instances.get_process_instance_variable_binary(instance_id, name)
    return kept if isinstance(kept, bytes) else Path(kept).read_bytes()


def fetch(work: Any, topic: str) -> Any:
    topics = [camunda.FetchExternalTaskTopicDto(topic_name=topic, lock_duration=10_000)]
    asked = camunda.FetchExternalTasksDto(worker_id="g", max_tasks=1, async_response_timeout=2_000, topics=topics)
    return work.fetch_and_lock(fetch_external_tasks_dto=asked)


def test_given_lists_when_the_generated_client_reads_them_then_it_understands_every_entry(
    serving: Serving, client: Any
) -> None:
    serving.deploy()
    serving.http.post("/process-definition/key/story/start", json={"variables": {"a": {"value": 1}}})

    assert camunda.VersionApi(client).get_rest_api_version().version
    assert [engine.name for engine in camunda.EngineApi(client).get_process_engine_names()] == ["default"]
    assert len(camunda.DeploymentApi(client).get_deployments()) == 1
    assert len(camunda.ProcessDefinitionApi(client).get_process_definitions()) == 1
    assert len(camunda.ProcessInstanceApi(client).get_process_instances()) == 1
    assert len(camunda.VariableInstanceApi(client).get_variable_instances()) == 1
    assert len(camunda.HistoricActivityInstanceApi(client).get_historic_activity_instances()) == 2
    assert len(camunda.HistoricVariableInstanceApi(client).get_historic_variable_instances()) == 1
    assert camunda.JobApi(client).get_jobs() == []
    assert camunda.IncidentApi(client).get_incidents() == []
    assert camunda.TaskApi(client).get_tasks_count().count == 0


def test_given_a_mistake_when_the_generated_client_makes_it_then_it_gets_the_dialects_error(
    serving: Serving, client: Any
) -> None:
    with pytest.raises(camunda.ApiException) as refused:
        camunda.TaskApi(client).complete("nobody")
    assert refused.value.status == 404
    assert '"type":"InvalidRequestException"' in refused.value.body
