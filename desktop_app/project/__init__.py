"""The folder on disk: project, catalog, splits, pixels, cache and runs."""
