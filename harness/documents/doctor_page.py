"""How docs/doctor.md reads: every id the doctor can tell, its claim, the failure modes it finds, its fixtures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.doctor.table import Row

_OPENING = """\
# What the doctor looks for

Made by `make docs` from the tables in the code; a test fails when this page and the code differ. Do not edit it.

`sombra-rehearsal doctor` reads the files of a cutover and tells every finding with its place, its cause and the next
action. An error makes the exit code 1. A rule whose value is not in the files is *not evaluated*: it is told as open,
never counts as passed, and makes the exit code 3. A file that cannot be used makes it 2.

- Claims are those of [the guide](guide.md). [Failure modes](failure-modes.md) are ways in which a cutover goes wrong.
- A rule marked with † finds what makes Sombra refuse to start.
- Each rule has a pair of fixtures: one in which it is met at the expected place, one in which it is not.
- `--only` and `--skip` choose rules by id.

## Asking the real key

`doctor --live --after FILE` also asks the key that the environment of the cutover names, with the AWS credentials of
the shell it is started from; run it as the role Sombra will run as. It changes nothing: the key and its rotation are
looked at, permission is asked by DryRun for each action, and random bytes are drawn, wrapped, and unwrapped with and
without `KeyId`. Neither credentials nor those bytes are printed. Each call waits a few seconds at most, the whole
look less than a minute. What was not answered (no credentials, no network, throttling) stays open: exit code 3, never
a pass. `AWS_ENDPOINT_URL_KMS` leads to another KMS, and a finding says that it is not AWS. It needs the extra `aws`.

## Accepting a finding

`--baseline FILE` names a TOML or JSON file of accepted findings. Each entry names a rule and a file, says why, and ends
on a day; `fingerprint` (as `--format json` tells it) narrows it to one finding. An accepted finding is shown and does
not count. An entry without a reason or a day does not count, an expired one no longer does, and both are told; an entry
that matches nothing is a note.

```toml
[[accepted]]
rule = "static-credentials"
file = "after.env"
reason = "the role arrives with the next release"
expires = 2027-01-31
```

## Terraform plans

`--tfplan FILE` takes what `terraform show -json` prints of a saved plan. The plan holds secrets in plain text, also
those that Terraform marks as sensitive: the doctor reads them and tells none; delete the file afterwards.

- The environments of the ECS task are resolved for today and for after the apply, the values of its secrets from the
  parameters in the same plan. A plan that leads from AWS to Local is examined as the rollback.
- What is known only after the apply leaves its rules open. While the module makes the key, that is the whole
  environment but for the secrets: give `--after`, which then stands for it, or examine the next plan again.
- A key that is deleted or replaced is an error (D-08). A plan of an unknown format, or of a part, is not evaluated.

## Policies

`--iam-policy FILE` takes policies of the role that Sombra runs as, `--key-policy FILE` the policy of the key: the
documents, or what `aws iam get-policy-version`, `aws iam get-role-policy` and `aws kms get-key-policy` print. The
evaluator of the simulated KMS decides Encrypt, Decrypt and DescribeKey on the key, and GenerateRandom on `*`.

- The key is the one of `--after`, else the only one that the policies name.
- The caller is `--principal ARN`, else the role of the deployment; it must be known where a key policy names callers.
- Without a key policy AWS's default one is assumed, and said. Organization policies and boundaries are not weighed.

## Binding a result to its files

`doctor --out FILE` stores the result with a digest for each environment: shown values, key fingerprints, and the names
of all other secrets. `rehearse --doctor FILE` takes its errors and warnings into the run, so that what only a
deployment, a Terraform plan or the real key can show is a no-go there too, and warns of questions it left open. When
the environments it rehearses are not those, it says that the result is stale and takes nothing from it.
"""


def doctor_page(rows: Iterable[Row]) -> str:
    """The whole page, Markdown."""
    known = tuple(rows)
    rules = [row for row in known if row.is_rule]
    others = [row for row in known if not row.is_rule]
    return "\n".join((_OPENING, *_rules(rules), "", *_others(others), ""))


def _rules(rows: Iterable[Row]) -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield "| rule | level | claim | failure modes | finds that | fixtures |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        mark = " †" if row.refuses else ""
        fixtures = f"[pair](../tests/fixtures/doctor/{row.id}/case.json)"
        yield f"| {_anchor(row)}{mark} | {row.level} | {_claim(row)} | {_modes(row)} | {_cell(row.what)} | {fixtures} |"


def _others(rows: Iterable[Row]) -> Iterator[str]:
    yield "## Told besides"
    yield ""
    yield "These speak of the files and of the bookkeeping; they cannot be chosen or skipped."
    yield ""
    yield "| id | level | finds that |"
    yield "|---|---|---|"
    for row in rows:
        yield f"| {_anchor(row)} | {row.level} | {_cell(row.what)} |"


def _anchor(row: Row) -> str:
    return f'<a id="{row.id}"></a>`{row.id}`'


def _claim(row: Row) -> str:
    return f"[{row.claim}](guide.md#{row.claim.lower()})"


def _modes(row: Row) -> str:
    return " ".join(f"[{mode}](failure-modes.md#{mode.lower()})" for mode in row.modes) or "–"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
