"""Discern: teach your computer to tell your parts apart."""

__version__ = "0.1.0"
