"""A model package put to work: checked as untrusted input, then run on pictures. Never torch."""
