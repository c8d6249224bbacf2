"""Frozen networks on ONNX Runtime: preprocessing graphs, decoding ahead, embeddings. Never torch."""
