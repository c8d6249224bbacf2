"""How good a run is: predictions, metrics and intervals. Never torch."""
