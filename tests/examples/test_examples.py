"""The examples that ship with the server, each to every one of its ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.driver import Driver

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def office(driver: Driver) -> Driver:
    """A server with all examples deployed."""
    driver.deploy(*(file.read_bytes() for file in sorted(EXAMPLES.glob("*.*mn"))))
    return driver


def complete(office: Driver, element: str, **variables: Any) -> None:
    office.complete(office.task(element).id, variables)


def ends(office: Driver, instance_id: str) -> tuple[str, ...]:
    instance = office.instance(instance_id)
    assert instance.status == "completed"
    assert office.incidents() == []
    assert instance.ending is not None
    return tuple(instance.ending["elements"])


def groups_offered(office: Driver, group: str) -> list[str]:
    return [task.element_id for task in office.tasks(candidate_groups=(group,))]


@pytest.mark.parametrize(
    ("approved", "end", "answer"),
    [
        (True, "leave-approved", "Ada is on leave for 3 days."),
        (False, "leave-refused", "Ada, the leave of 3 days was refused."),
    ],
)
def test_a_leave_request_ends_as_the_manager_decides(office: Driver, approved: bool, end: str, answer: str) -> None:
    started = office.start("leave-request", {"employee": "Ada", "days": 3})
    assert groups_offered(office, "managers") == ["approve-request"]

    complete(office, "approve-request", approved=approved)

    assert ends(office, started.id) == (end,)
    assert office.variables(started.id)["answer"] == answer


def pay(office: Driver) -> None:
    (payment,) = office.fetch("payment")
    office.finish(payment.id)


def test_a_small_invoice_is_paid_after_one_review(office: Driver) -> None:
    started = office.start("invoice-approval", {"supplier": "Quill & Co", "amount": 5000})
    complete(office, "review-invoice", review="correct")

    pay(office)

    assert ends(office, started.id) == ("invoice-paid",)


def test_a_large_invoice_needs_the_management(office: Driver) -> None:
    started = office.start("invoice-approval", {"supplier": "Quill & Co", "amount": 5001})
    complete(office, "review-invoice", review="correct")
    assert groups_offered(office, "management") == ["approve-amount"]

    complete(office, "approve-amount", approved=True)
    pay(office)

    assert ends(office, started.id) == ("invoice-paid",)


def test_the_management_refuses_a_large_invoice(office: Driver) -> None:
    started = office.start("invoice-approval", {"supplier": "Quill & Co", "amount": 9000})
    complete(office, "review-invoice", review="correct")

    complete(office, "approve-amount", approved=False)

    assert ends(office, started.id) == ("amount-refused",)
    assert office.fetch("payment") == []


def test_an_unclear_invoice_comes_back_to_the_review_until_it_is_rejected(office: Driver) -> None:
    started = office.start("invoice-approval", {"supplier": "Quill & Co", "amount": 100})
    for _ in range(3):
        complete(office, "review-invoice", review="unclear")
        complete(office, "clarify-invoice", amount=120)

    complete(office, "review-invoice", review="wrong")

    assert ends(office, started.id) == ("invoice-rejected",)
    assert office.variables(started.id)["amount"] == 120


def test_a_refused_payment_leads_back_to_clarification(office: Driver) -> None:
    started = office.start("invoice-approval", {"supplier": "Quill & Co", "amount": 100})
    complete(office, "review-invoice", review="correct")
    (payment,) = office.fetch("payment")

    office.refuse(payment.id, "payment-refused", "the account is closed")
    complete(office, "clarify-invoice")
    complete(office, "review-invoice", review="correct")
    pay(office)

    assert ends(office, started.id) == ("invoice-paid",)


def test_an_incident_is_solved_in_time(office: Driver) -> None:
    started = office.start("it-incident", {"reporter": "Grace", "summary": "no mail"})
    complete(office, "assess-incident", priority="normal")

    office.travel(hours=47)
    complete(office, "solve-incident", solution="restarted")

    assert ends(office, started.id) == ("incident-solved",)


def test_an_urgent_incident_goes_to_the_second_level_after_four_hours(office: Driver) -> None:
    started = office.start("it-incident", {"reporter": "Grace", "summary": "no mail"})
    complete(office, "assess-incident", priority="high")

    office.travel(hours=3, minutes=59)
    assert groups_offered(office, "service-desk") == ["solve-incident"]
    office.travel(minutes=2)

    assert groups_offered(office, "service-desk") == []
    complete(office, "solve-on-second-level", solution="replaced")
    assert ends(office, started.id) == ("incident-solved-late",)


def test_a_report_that_is_no_incident_is_cancelled(office: Driver) -> None:
    started = office.start("it-incident", {"reporter": "Grace", "summary": "how do I print?"})

    complete(office, "assess-incident", priority="none")

    assert ends(office, started.id) == ("incident-cancelled",)


def scored(office: Driver, **changed: Any) -> tuple[str, Any]:
    applied = {"age": 30, "income": 3000, "amount": 10_000, "months": 24, **changed}
    started = office.start("loan-application", applied)
    return started.id, office.variables(started.id)["score"]


@pytest.mark.parametrize(
    ("changed", "verdict", "reason", "end"),
    [
        ({}, "grant", "the burden is low", "loan-granted"),
        ({"age": 17}, "refuse", "not of age", "loan-refused"),
        ({"months": 6}, "refuse", "the burden is too high", "loan-refused"),
    ],
)
def test_a_clear_loan_is_granted_or_refused_by_the_table(
    office: Driver, changed: dict[str, int], verdict: str, reason: str, end: str
) -> None:
    instance_id, score = scored(office, **changed)

    assert score == {"verdict": verdict, "reason": reason}
    assert ends(office, instance_id) == (end,)


@pytest.mark.parametrize(("granted", "end"), [(True, "loan-granted"), (False, "loan-refused")])
def test_an_unclear_loan_is_decided_by_an_officer(office: Driver, granted: bool, end: str) -> None:
    instance_id, score = scored(office, months=10)
    assert score == {"verdict": "review", "reason": "the burden is 33.33 percent"}
    assert groups_offered(office, "loan-officers") == ["review-loan"]

    complete(office, "review-loan", granted=granted)

    assert ends(office, instance_id) == (end,)
