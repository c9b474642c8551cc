"""The HTML report: verdict first, evidence one click away, readable without colour and by a screen reader."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.history import Event, History
from harness.report.hypertext import bars, facts_table, html
from harness.run import Run
from harness.verdict import Outcome
from tests.unit.harness.report.sample import ARN, NEW, OLD, go_run, history, no_go_run


def test_the_verdict_stands_before_everything_else() -> None:
    page = html(no_go_run(), history())
    body = page[page.index("<body>") :]

    assert body.index("Do not cut over.") < body.index("<nav")
    assert body.index("<nav") < body.index('id="way"') < body.index('id="claims"') < body.index('id="window"')
    assert re.search(r"<title>NO-GO: guide", page)


def test_a_go_has_nothing_in_the_way() -> None:
    page = html(go_run(), history())

    assert "Proceed as rehearsed." in page
    assert 'id="way"' not in page


def test_an_error_finding_is_in_the_way_even_when_no_claim_fails() -> None:
    run = replace(go_run(), verdict=Outcome.NO_GO, findings=no_go_run().findings)

    assert "1 in the operator&#39;s files" in html(run, history()).replace("operator's", "operator&#39;s")


def test_every_link_leads_somewhere_on_the_page() -> None:
    for run in (go_run(), no_go_run()):
        page = html(run, history())
        ids = re.findall(r'\bid="([^"]+)"', page)
        links = set(re.findall(r'href="#([^"]+)"', page))

        assert links
        assert links <= set(ids)
        assert len(ids) == len(set(ids))


def test_tables_have_captions_and_scoped_headings() -> None:
    page = html(no_go_run(), history())

    assert '<html lang="en">' in page
    assert page.count("<table") == page.count("<caption>")
    assert not re.search(r"<th(?![^>]*scope=)[ >]", page)
    assert page.count("<h1>") == 1


def test_results_are_words_and_not_colours_alone() -> None:
    page = html(no_go_run(), history())

    assert '<span class="word fail"><span aria-hidden="true">✗</span> fail</span>' in page
    assert '<span class="word unknown"><span aria-hidden="true">?</span> unknown</span>' in page


def test_only_cited_events_are_embedded_and_their_number_is_capped() -> None:
    events = [Event(n, n / 100, "trunk", "probe", {"artifact": f"file/{n}"}) for n in range(1, 5001)]
    run = go_run()
    checks = tuple(
        replace(run.checks[0], id=f"check-{place}", evidence=tuple(range(place * 40 + 1, place * 40 + 41)))
        for place in range(120)
    )
    page = html(replace(run, checks=checks), History(events=events))

    assert page.count('<tr id="event-') == 400
    assert "and 36 more" in page
    assert 'id="event-4999"' not in page


def test_a_long_event_is_cut() -> None:
    event = Event(12, 1.0, "trunk", "kms-journal", {"calls": [["Decrypt", 40, "ok"]] * 1000})

    assert len(html(go_run(), History(events=[event]))) < len(html(go_run(), History())) + 3000


def test_a_run_without_history_still_makes_a_page() -> None:
    page = html(go_run())

    assert "history.jsonl beside this file" in page
    assert "#event-" not in page
    assert "3 events" in page


def test_bars_follow_one_another_and_end_with_the_longer_of_sum_and_budget() -> None:
    within, over = bars(go_run().window), bars(no_go_run().window)

    assert within[0].width == 0
    assert within[-1].left + within[-1].width < 100
    assert abs(over[-1].left + over[-1].width - 100) < 0.1
    assert [bar.mark for bar in over] == [False] * 6 + [True]


def test_bars_of_an_empty_window_do_not_divide_by_zero() -> None:
    window = replace(go_run().window, budget_s=0, used_s=0, declared_s=0)

    assert {bar.left for bar in bars(window)} == {0.0}


def test_the_configuration_shows_what_the_cutover_changes() -> None:
    rows = {fact.name: fact for fact in facts_table(go_run().config)}

    assert rows["KMS_PROVIDER"].is_changed
    assert rows["KMS_PROVIDER"].rollback == ("local",)
    assert rows["AWS_KMS_KEY_ARN"].before == ()
    assert rows["AWS_KMS_KEY_ARN"].after == (ARN,)
    assert rows["JWT_ECDSA_KEY (fingerprints, in order)"].after == (NEW, OLD)
    assert not rows["ORGANIZATION_URI"].is_changed


def test_an_empty_run_makes_a_page(empty_run: Run) -> None:
    page = html(empty_run)

    assert "Nothing was probed." in page
    assert "0 of 3 checks passed, 3 not executed" in page
