"""What a plugin is: the hooks, the manifest, loading it, and who else registers something."""
