"""The class board as a command sees it: the same use cases over HTTP, and what is kept while it is away."""
