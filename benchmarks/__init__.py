"""Benchmarks: one command, one table, every figure beside its reference in the same run.

`make bench` runs them all, `make bench ONLY=receive` one subject. Everything stays on 127.0.0.1 and ends by itself.
"""
