"""The published contract, generated from `pipeline.records` and `pipeline.topics`: `make schemas` writes it anew."""
