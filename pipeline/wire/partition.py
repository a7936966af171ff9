"""The partition of a record, as Kafka's own clients choose it.

Records keyed by claim id but partitioned by article id need an explicit partition: so all of an article, in every
topic, keeps its order.
"""

from kafka.partitioner import murmur2


def partition_for(key: bytes, partitions: int) -> int:
    """Where Kafka's Java client puts a record with this key: murmur2 of the key, modulo `partitions` (at least 1)."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions
