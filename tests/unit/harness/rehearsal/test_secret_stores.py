"""Values come out of each secrets manager as they were put in, and a process shows which of them it runs with."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.rehearsal.changed_secret import secrets_of
from harness.rehearsal.cli_traps import as_bare_cli
from harness.rehearsal.secret_stores import STORES, delivered
from harness.rehearsal.wire import Customer
from harness.target import Secrets

_VALUES = st.dictionaries(st.from_regex(r"\A[A-Z_]{1,12}\Z"), st.text(st.characters(exclude_categories=["Cs"])))


@pytest.mark.gate
@pytest.mark.parametrize("store", STORES)
@given(variables=_VALUES)
def test_what_goes_in_comes_out(store: str, variables: dict[str, str]) -> None:
    """Keeping and delivering gives back every value, byte for byte."""
    assert delivered(store, variables) == variables


@pytest.mark.parametrize("store", STORES)
def test_each_store_keeps_a_document_of_its_own_form(store: str) -> None:
    documents = {name: keep({"A": "b"}) for name, (keep, _) in STORES.items()}

    assert json.loads(documents[store])
    assert len(set(documents.values())) == len(STORES)


def test_only_secrets_go_to_the_manager() -> None:
    assert secrets_of({"KMS_PROVIDER": "local", "JWT_ECDSA_KEY": "k", "ANYTHING_ELSE": "x"}) == {
        "JWT_ECDSA_KEY": "k",
        "ANYTHING_ELSE": "x",
    }


def test_the_bare_cli_leaves_out_the_internal_key_and_nothing_else() -> None:
    whole = Customer(Secrets.fresh()).download_keys("request")

    bare = as_bare_cli(whole)

    assert set(whole.headers) - set(bare.headers) == {"x-sombra-authorization"}
    assert (bare.method, bare.place, bare.path, bare.body) == (whole.method, whole.place, whole.path, whole.body)
