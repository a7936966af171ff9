import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import murmur2

from pipeline.wire.partition import partition_for

partitions = st.integers(1, 200)


@given(st.binary(max_size=80), partitions)
def test_agrees_with_murmur2_of_kafka_python(key: bytes, partitions: int) -> None:
    assert partition_for(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


@given(st.binary(max_size=80), partitions)
def test_agrees_with_the_partitioner_of_aiokafka(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_for(key, partitions) == DefaultPartitioner()(key, every, every)


# From the tests of Kafka's Java client: signed 32-bit hashes.
@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_agrees_with_java(key: bytes, hashed: int) -> None:
    assert partition_for(key, 1 << 31) == hashed & 0x7FFFFFFF
