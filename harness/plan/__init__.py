"""The operator's own plan of the cutover: what changes, what survives, where there is no way back, and every step."""
