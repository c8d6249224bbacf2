"""Item models over plain Python data."""
