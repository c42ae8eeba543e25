"""The documentation: pages, what generates some of them, and the site that is built from all."""
