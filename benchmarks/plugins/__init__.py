"""Plugins of studies: what the shipped ones would never do."""
