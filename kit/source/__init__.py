"""Where rows come from: one module a source, `base` for what they share, `homes` and `fetch` for their files."""
