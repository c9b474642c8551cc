"""Stateful exploration: any actions in any order, and after each the reference model's word on every artifact."""
