"""Metrics: one file each, found by the ``register_metrics`` hook, imported when they are needed.

A new metric is a function of two arrays that gives terms per row, wrapped in a `kit.metrics.base.Metric`, and a line
in the hook of the package that brings it: for ours, `kit.plugin.built_in.register_metrics`. A family of metrics is a
function of its parameters that gives one (`kit.metrics.f1`).
"""
