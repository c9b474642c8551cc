"""The KMSes that can be put on trial, by their names on the command line."""

from harness.targets.trial.bare import Bare
from harness.targets.trial.moto_alone import moto_alone
from harness.targets.trial.opening import on_trial
from harness.targets.trial.strict import Strict

__all__ = ["Bare", "Strict", "moto_alone", "on_trial"]
