"""The project's figures, measured: `python -m tests.benchmarks` (all) or with the names of some.

Not part of the test run. Every figure is a median of several measurements; on a machine that does other
things at the same time, run it again before you believe it.
"""
