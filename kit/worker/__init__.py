"""The child's side of a run: ``python -P -m kit.worker job.json`` loads a plugin, fits it, answers what is asked."""
