"""Metrics: one file each, found by the ``register_metrics`` hook, imported when they are needed.

A new metric is a function that gives a `kit.metrics.base.Metric`: without arguments (`kit.metrics.mae`), or of
parameters that have defaults (`kit.metrics.rmsle`). Its docstring is what ``kit metrics NAME`` shows. A line in the
hook of the package that brings it registers it: for ours, `kit.plugin.built_in.register_metrics`.

What several metrics are made of: `classes` counts labels, `chances` reads probabilities and `curve` puts rows into
their order, `values` reads numbers and `ranks` ranks them, `cells` reads lists and sets of names, `runs` masks.
"""
