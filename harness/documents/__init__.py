"""The pages under docs/ that are made from the tables in the code, and what must hold between page and code."""
