"""How docs/failure-modes.md reads: an index by symptom, then each mode with cause, detection, remedy and command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.doctor.table import BY_ID
from harness.failures import ByRule, Detector, Exempt, Mode

_OPENING = """\
# Failure modes

Made by `make docs` from the registry in the code; a test fails when this page and the code differ. Do not edit it.

Fifty ways in which a cutover from Local KMS to a cloud KMS, or its rollback, goes wrong. Look for what you see in the
index, read what it may be, and run the command: it acts the failure out on a copy of a rehearsed world, once with the
fault and once without it, and shows the symptom, its cause and what finds it as they were observed. A mode counts as
reproduced only if everything it names finds it, and nothing does without the fault.

- `sombra-rehearsal failures` lists them; `sombra-rehearsal failures run F12 F13` reproduces some;
  `sombra-rehearsal failures run --all --json failures.json` every one, as a document too.
- Exit code 0: all reproduced and detected; 1: one was not; 2: no such mode; 3: something could not be tried.
- Last reproduced: by the tests, at every run of `make test`. What the log must say is held by them as well.
- *Fails* means that a rehearsal of such a cutover is a no-go by this check. *Counts* means that the loss is what the
  guide says, and the check tells how much. A doctor's rule finds it in the files, before anything is started.

## What you see
"""


def failures_page(modes: Mapping[str, Mode], exempt: Sequence[Exempt]) -> str:
    """The whole page, Markdown."""
    every: list[Mode | Exempt] = sorted((*modes.values(), *exempt), key=lambda each: each.id)
    sections = (_section(each) for each in every)
    return "\n".join((_OPENING, *_index(every), "", "\n".join(sections)))


def _index(every: Iterable[Mode | Exempt]) -> Iterator[str]:
    yield "| what you see | an answer or the log says | what it may be |"
    yield "|---|---|---|"
    for each in every:
        says = f"`{each.says}`" if each.says else "–"
        yield f"| {_cell(each.symptom)} | {says} | [{each.id}](#{each.id.lower()}) {_cell(each.title)} |"


def _section(each: Mode | Exempt) -> str:
    lines = [f'## <a id="{each.id.lower()}"></a>{each.id} · {each.title}', ""]
    lines += [f"- **Symptom.** {each.symptom}", f"- **Cause.** {each.cause}", f"- **Detect.** {each.detect}"]
    if isinstance(each, Mode):
        lines += [f"  - {_detector(detector)}" for detector in each.detectors]
    lines += [f"- **Do.** {each.remedy}", f"- **Claims.** {', '.join(map(_claim, each.claims))}"]
    if isinstance(each, Exempt):
        lines.append(f"- **Not reproduced yet.** It waits for {each.issue}: {each.reason}.")
    else:
        lines.append(f"- **Reproduce.** `{each.command}`")
        if each.limits:
            lines.append(f"- **Simplified.** {each.limits}")
        if each.reports:
            lines.append(f"- **Reported.** {', '.join(map(_report, each.reports))}")
    return "\n".join(lines) + "\n"


def _detector(detector: Detector) -> str:
    if isinstance(detector, ByRule):
        return f"Doctor: [`{detector.id}`](doctor.md#{detector.id}), {BY_ID[detector.id].what}"
    verb = "fails" if detector.is_alarm else "counts it"
    return f"Rehearsal: the check `{detector.id}` {verb}"


def _claim(claim: str) -> str:
    return f"[{claim}](guide.md#{claim.lower()})"


def _report(report: str) -> str:
    """A public thread as `owner/repo#n`; GitHub leads an issue's address to the pull request of that number."""
    repository, _, number = report.partition("#")
    return f"[{report}](https://github.com/{repository}/issues/{number})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
