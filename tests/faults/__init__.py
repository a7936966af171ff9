"""The fault suite: real brokers, real annotator processes, and something that goes wrong.

A run sends numbered articles, hurts something, waits until all is annotated, and reads every output topic as a
subscriber does. `python -m tests.faults --help` runs the whole table; `test_short.py` some of it in `make test`.
In the spirit of Kafka Streams' own system tests (`streams_eos_test`, `streams_broker_bounce_test`).
"""
