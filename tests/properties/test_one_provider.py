"""Law of the start-up: an environment starts under the one provider it spells exactly, or not at all (G-01)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sombra.errors import ConfigurationRefused
from fake_sombra.settings import Provider, load
from tests.unit.fake_sombra.settings import environment

_NAMES = ("local", "AWS", "aws", "LOCAL", "gcp", "azure")
_SEPARATORS = (",", ", ", ";", "|", "+", " ", "/", "&", " and ", ",,")
_LISTS = st.builds(
    lambda names, separators: "".join(name + mark for name, mark in zip(names, [*separators, ""], strict=False)),
    st.lists(st.sampled_from(_NAMES), min_size=2, max_size=4),
    st.lists(st.sampled_from(_SEPARATORS), min_size=4, max_size=4),
)
_ANY = st.one_of(_LISTS, st.text(max_size=12), st.sampled_from(_NAMES))


@given(value=_LISTS, padding=st.sampled_from(["", " ", '"', "\t"]))
def test_an_environment_that_names_more_than_one_provider_is_refused(value: str, padding: str) -> None:
    """Any two names, any separator, any spelling, whatever else the environment holds."""
    for variables in (environment.local(KMS_PROVIDER=padding + value), environment.aws(KMS_PROVIDER=value + padding)):
        with pytest.raises(ConfigurationRefused) as refused:
            load(variables)

        assert {problem.variable for problem in refused.value.problems} == {"KMS_PROVIDER"}


@given(value=_ANY)
def test_a_provider_counts_only_when_it_is_spelled_exactly(value: str) -> None:
    """`local` and `AWS` start; every other text is refused, and is not repeated in the message."""
    try:
        settings = load(environment.aws(KMS_PROVIDER=value))
    except ConfigurationRefused as refused:
        (problem,) = refused.problems
        assert problem.variable == "KMS_PROVIDER"
        assert value not in tuple(Provider)
    else:
        assert settings.provider == value
