"""Conformance cases to subclass: what every sandbox and every executor does, as tests that come with the kit."""
