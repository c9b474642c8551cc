"""F36, F37, F40, F41, F44, F45: whoever stands around Sombra and is not told of the cutover."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from harness.checks.check import Evidence
from harness.failures import Seen, Stage, counts, fails, failure
from harness.failures.looks import cause_of, refused
from harness.history import Event
from harness.rehearsal.browser import Browser
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.roads import archive, try_roads
from scenarios.failure_modes.parts import (
    AFTER,
    UNCHANGED,
    cut_over,
    start_under_aws,
    wrong_sombra,
)
from scenarios.guide_forks import pause_and_restart


@failure(
    "F36",
    "Credentials of integrations were wrapped under Local",
    claims="D-12 G-03",
    says="wrong_provider",
    symptom="After the cutover every integration is disconnected, so that even new requests find nothing.",
    cause="An integration's credential has a data key of its own, and Local wrapped it.",
    detect="The class `integration` of the survival table; one new request through an old integration.",
    remedy="Reconnect each integration after the cutover: a step of the plan. The rollback brings the old ones back.",
    look=refused(AFTER, "integration", wrap="L", only="wrong_provider"),
    detected_by=(counts("cloud-refuses-local"),),
)
def integrations_disconnected(stage: Stage) -> None:
    if stage.is_planted:
        cut_over(stage)
    else:
        stage.r.must_start("before")
        stage.try_all(UNCHANGED)


def _lost_while_paused(evidence: Evidence) -> Seen | None:
    """Heartbeats and refreshes that went on in the pause, and did not get through."""
    calls = [*evidence.of("heartbeat", world="paused"), *evidence.of("token-refresh", world="paused")]
    lost = [event for event in calls if not event["ok"]]
    if not lost:
        return None
    stopped = [event for event in lost if event["moment"] == "stopped"]
    shut = [event for event in lost if event["moment"] == AFTER]
    told = f"in a pause {len(calls)} heartbeats and refreshes: {len(stopped)} lost at the stop, {len(shut)} after it"
    return Seen(told, cause_of(evidence, shut[-1]["cause"], world="paused"), tuple(event.n for event in lost))


@failure(
    "F37",
    "Heartbeats and token refreshes go on while processing is paused",
    claims="D-11",
    says="wrong_provider",
    symptom="Integrations flip to disconnected or expired in the window although everything is paused.",
    cause="A pause holds requests back, not heartbeats and refreshes; both need Sombra, and the old credential.",
    detect="A heartbeat actor in the rehearsal counts what went on, what was lost and what was stored under whom.",
    remedy="Disable the integrations for the window, or plan to reconnect them all.",
    look=_lost_while_paused,
    detected_by=(counts("paused-traffic-accounted"),),
)
def traffic_in_the_pause(stage: Stage) -> None:
    if stage.is_planted:
        pause_and_restart(stage.r, stage.run)
    else:
        stage.r.must_start("before")
        stage.try_all(UNCHANGED, "integration")


def _reported_as_done(evidence: Evidence) -> Seen | None:
    """Every request counts as downloaded, and files are missing."""
    event = evidence.of("archive")[-1]
    if event["expected"] == event["verified"]:
        return None
    causes = sorted({str(cause) for _, _, cause in event["skipped"]})
    told = f"every request was gone through; of {event['expected']} files {event['written']} were written"
    return Seen(told, f"skipped as {', '.join(causes)}", (event.n,))


@failure(
    "F40",
    "The archive is incomplete and was reported as successful",
    claims="G-18 D-09",
    says="not_authenticated",
    symptom="“Successfully downloaded N requests”, exit code 0; files are missing, and the cutover has made that "
    "final.",
    cause="The client drops its second credential, skips statuses by default, and counts a skipped file as done.",
    detect="Expected × written × hashing right, where expected is not what the client listed.",
    remedy="Before the cutover: add the internal key on the way, name the statuses, verify, repeat.",
    look=_reported_as_done,
    detected_by=(fails("archive-complete"),),
)
def archive_incomplete(stage: Stage) -> None:
    r = stage.r
    r.must_start("before")
    spelled = r.customer.download_as_bare_cli if stage.is_planted else r.customer.download
    archive(r, statuses=("DOWNLOADABLE", "COMPLETED"), download=spelled)


def _page_is_stale(evidence: Evidence) -> Seen | None:
    """The session is still good; the page's exchange is refused, or answered by somebody else."""
    pages = {event["when"]: event for event in evidence.of("open-page")}
    before, later = pages["opened"], pages.get("later")
    if later is None or (later["ok"] and later["identity"] == before["identity"]):
        return None
    told = f"the page's session is {'still good' if later['is_logged_in'] else 'gone'}, its download is refused"
    named = f"{before['identity'][:8]}, then {later['fresh_identity'][:8]}"
    return Seen(told, f"{cause_of(evidence, later['cause'])}; the exchange is signed for by {named}", (later.n,))


def _look_at_the_page(r: Rehearsal, page: Browser, session: str, *, when: str, fresh: str = "") -> None:
    """What an open privacy-centre page meets: is it logged in, can it download, who answers its exchange."""
    old = r.ledger.of("request")[0].handle["id"]
    login = r.exchange([r.cloud("POST", "login", {"audience": "data_subject", "session": session})])[0]
    asked: dict[str, Any] = {"session": session, "publicKey": page.public_key}
    answer, new = r.exchange([r.cloud("POST", f"requests/{each or old}/rewrap", asked) for each in (old, fresh)])
    r.record(
        "open-page",
        when=when,
        is_logged_in=login.ok,
        ok=answer.ok,
        cause=answer.cause,
        identity=_digest(answer.json.get("publicKeyECDH")),
        fresh_identity=_digest(new.json.get("publicKeyECDH")),
    )


def _digest(value: object) -> str:
    return sha256(str(value).encode()).hexdigest()


@failure(
    "F41",
    "Open pages and the identity of the key exchange do not outlive the cutover",
    claims="G-17 D-12",
    says="wrong_provider",
    symptom="Data subjects are logged in and their downloads fail; a page that was open says that its context has "
    "expired.",
    cause="The session's key is kept by the old JWT key; the request's is not, and the exchange has another public "
    "key.",
    detect="Keep a page open over a rehearsed cutover, with the session and the key of before.",
    remedy="Tell data subjects the window; they must open the page again, and old downloads stay shut.",
    look=_page_is_stale,
    detected_by=(counts("roads-closed-after"),),
)
def open_pages_go_stale(stage: Stage) -> None:
    r, page = stage.r, Browser()
    r.must_start("before")
    login = r.need("log in", [r.cloud("POST", "login", {"audience": "data_subject", "subject": "page"})])[0]
    session = str(login.json["session"])
    _look_at_the_page(r, page, session, when="opened")
    if stage.is_planted:
        start_under_aws(stage)
        _look_at_the_page(r, page, session, when="later", fresh=r.ledger.of("request")[-1].handle["id"])
        try_roads(r, AFTER)
    else:
        _look_at_the_page(r, page, session, when="later")


def _two_open_requests(evidence: Evidence) -> Seen | None:
    """A restart left another open request of the same data subject."""
    restarts = [event for event in evidence.of("paused-request", world="paused") if event["stage"] == "restarted"]
    again: list[Event] = [event for event in restarts if event["further_requests"]]
    if not again:
        return None
    told = f"requests after one restart: {again[0]['further_requests']} more than before; the data subject has two open"
    same = "its own" if again[0]["is_the_same"] else "another"
    return Seen(told, f"the restart was answered with {same} request's id", (again[0].n,))


@failure(
    "F44",
    "Restarted requests are duplicated, announced again, or dated anew",
    claims="G-08",
    symptom="Data subjects get a second receipt and have two open requests; deadlines are counted from today.",
    cause="The request was submitted again instead of restarted: without its id, without silent mode.",
    detect="Restart one paused request in a rehearsal: same id, same date, as many requests as before.",
    remedy="Restart by id, silently. Cancel the duplicate with the later date.",
    look=_two_open_requests,
    detected_by=(fails("paused-restarts"),),
)
def restarts_duplicate(stage: Stage) -> None:
    with wrong_sombra(stage, "restart-makes-another-request"):
        pause_and_restart(stage.r, stage.run)


def _promised_and_shut(evidence: Evidence) -> Seen | None:
    """A report that a data subject was told to fetch is refused on every road."""
    roads = [event for event in evidence.of("road", moment=AFTER) if event["status"] == "DOWNLOADABLE"]
    shut = [event for event in roads if not event["ok"] and event["road"] != "bare_cli"]
    if not shut:
        return None
    told = f"a DOWNLOADABLE report is refused to {', '.join(event['road'].replace('_', ' ') for event in shut)}"
    return Seen(told, cause_of(evidence, shut[0]["cause"]), tuple(event.n for event in shut))


@failure(
    "F45",
    "Reports that data subjects were told to fetch no longer open",
    claims="G-17 G-16",
    says="wrong_provider",
    symptom="A storm of support cases, and no alarm: links that were promised for two weeks fail.",
    cause="DOWNLOADABLE requests count as done, and their files hang on keys that Local wrapped.",
    detect="The inventory of DOWNLOADABLE by age; the date on which the last promise ends.",
    remedy="Cut over when few are open; archive them and send them another way, or restart them.",
    look=_promised_and_shut,
    detected_by=(counts("roads-closed-after"),),
)
def promised_reports_shut(stage: Stage) -> None:
    stage.r.must_start("after" if stage.is_planted else "before")
    try_roads(stage.r, AFTER if stage.is_planted else UNCHANGED)
