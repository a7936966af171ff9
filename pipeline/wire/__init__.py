"""Records to Kafka and back: codec, headers, producers, consumers, transactions, the broker."""
