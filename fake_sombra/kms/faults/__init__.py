"""Faults at the KMS front: what goes wrong, for which calls, how often; written as text, drawn from a seed."""
