"""The examples that ship with the server, each to every one of its ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bpmn import facts as f
from bpmn.deciding import DecisionInForce
from bpmn.decisions import load
from tests.conformance.harness import CONTEXT, MONDAY, Stimulus, complete, error, event, parse, story

EXAMPLES = {path.stem: path.read_bytes() for path in (Path(__file__).parents[2] / "examples").glob("*.bpmn")}


SCORING = load({"loan.dmn": (Path(__file__).parents[2] / "examples" / "loan-application.dmn").read_bytes()})
SCORED = replace(CONTEXT, decisions=lambda wanted: DecisionInForce("loan-score", 1, "loan", SCORING))


def loan(*stimuli: Stimulus, months: int) -> tuple[str, ...]:
    applied = {"age": 40, "income": 3000, "amount": 9000, "months": months}
    return story(EXAMPLES["loan-application"], *stimuli, variables=applied, context=SCORED).ends


def invoice(*stimuli: Stimulus, amount: int = 100) -> tuple[str, ...]:
    done = story(EXAMPLES["invoice-approval"], *stimuli, variables={"supplier": "acme", "amount": amount})
    return done.ends


def incident(*stimuli: Stimulus) -> tuple[str, ...]:
    return story(EXAMPLES["it-incident"], *stimuli, variables={"reporter": "kermit", "summary": "no mail"}).ends


REVIEWED = complete("review-invoice", review="correct")


def test_given_the_leave_request_when_decided_then_it_ends_as_decided() -> None:
    for approved, end in ((True, "leave-approved"), (False, "leave-refused")):
        done = story(
            EXAMPLES["leave-request"],
            complete("approve-request", approved=approved),
            variables={"employee": "kermit", "days": 3},
        )
        assert done.ends == (end,)
        assert done.facts(f.UserTaskOpened)[0].candidate_groups == ("managers",)


def test_given_a_loan_when_its_burden_is_low_high_or_between_then_the_table_or_an_officer_decides() -> None:
    assert loan(months=24) == ("loan-granted",)
    assert loan(months=6) == ("loan-refused",)
    assert loan(complete("review-loan", granted=True), months=10) == ("loan-granted",)
    assert loan(complete("review-loan", granted=False), months=10) == ("loan-refused",)


def test_given_a_small_invoice_when_reviewed_as_correct_then_it_is_paid_without_management() -> None:
    assert invoice(REVIEWED, complete("pay-invoice")) == ("invoice-paid",)


def test_given_a_large_invoice_when_approved_then_it_is_paid() -> None:
    stimuli = (REVIEWED, complete("approve-amount", approved=True), complete("pay-invoice"))
    assert invoice(*stimuli, amount=9000) == ("invoice-paid",)


def test_given_a_large_invoice_when_not_approved_then_its_amount_is_refused() -> None:
    assert invoice(REVIEWED, complete("approve-amount", approved=False), amount=9000) == ("amount-refused",)


def test_given_a_wrong_invoice_when_reviewed_then_it_is_rejected() -> None:
    assert invoice(complete("review-invoice", review="wrong")) == ("invoice-rejected",)


def test_given_an_unclear_invoice_when_clarified_then_it_is_reviewed_again() -> None:
    unclear = (complete("review-invoice", review="unclear"), complete("clarify-invoice", amount=50))
    assert invoice(*unclear, *unclear, REVIEWED, complete("pay-invoice"), amount=9000) == ("invoice-paid",)


def test_given_a_payment_that_is_refused_when_clarified_then_it_is_tried_again() -> None:
    refused = (error("pay-invoice", "payment-refused"), complete("clarify-invoice"), REVIEWED)
    assert invoice(REVIEWED, *refused, complete("pay-invoice")) == ("invoice-paid",)


def test_given_an_incident_that_is_none_when_assessed_then_it_is_cancelled() -> None:
    assert incident(complete("assess-incident", priority="none")) == ("incident-cancelled",)


def test_given_an_incident_when_solved_in_time_then_it_ends_so() -> None:
    solved = complete("solve-incident", solution="restart")
    assert incident(complete("assess-incident", priority="normal"), solved) == ("incident-solved",)


def test_given_an_incident_when_its_deadline_passes_then_the_second_level_solves_it() -> None:
    text = EXAMPLES["it-incident"]
    given = {"reporter": "kermit", "summary": "no mail"}
    for priority, deadline in (("high", timedelta(hours=4)), ("normal", timedelta(days=2))):
        assessed = complete("assess-incident", priority=priority)
        ((timer, due),) = story(text, assessed, variables=given).due.items()
        assert due == MONDAY + deadline
        late = story(text, assessed, event(timer), variables=given)
        assert late.open == ["solve-on-second-level"]
    assert incident(assessed, event(timer), complete("solve-on-second-level")) == ("incident-solved-late",)


def test_given_the_examples_when_read_then_their_ends_are_those_that_the_stories_reach() -> None:
    ends = {
        key: {item.id for item in model.elements() if item.type == "endEvent"}
        for data in EXAMPLES.values()
        for key, model in parse(data).items()
    }
    assert ends == {
        "leave-request": {"leave-approved", "leave-refused"},
        "invoice-approval": {"invoice-paid", "invoice-rejected", "amount-refused"},
        "it-incident": {"incident-solved", "incident-solved-late", "incident-cancelled"},
        "loan-application": {"loan-granted", "loan-refused"},
    }
