"""What turns running code into a recording: one module for each kind of concurrency.

Every probe is a context manager that takes a Recorder, hooks in, and leaves no trace of itself.
"""
