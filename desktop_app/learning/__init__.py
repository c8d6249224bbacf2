"""Training: backbones, weights library, recipe, head and fine-tuning. The only room that knows torch."""
