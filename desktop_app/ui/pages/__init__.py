"""The four pages of the rail, and the start page."""
