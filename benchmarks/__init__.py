"""Measurements, run by hand: ``python -m benchmarks NAME``. One file a subject; no test asserts a time."""
