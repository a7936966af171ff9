// Prints the claims that stand on a topic now: who says what. Arguments: host:port, topic.
import { decompress } from "fzstd";
import kafkajs from "kafkajs";

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

// The fields that this program reads; a claim has more, and newer versions may add some.
interface Claim {
  source: { text: string; name: string | null };
  content: { text: string };
}

// claimwire compresses with zstd, which kafkajs leaves to you.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: () => Promise.reject(new Error("this program only reads")),
  decompress: async (data: Buffer) => Buffer.from(decompress(data)),
});

const [server, topic] = process.argv.slice(2) as [string, string];
const kafka = new Kafka({ clientId: "claims", brokers: [server], logLevel: logLevel.ERROR });

// kafkajs knows no reading without a group. In your own service: one name that stays, and fromBeginning for the first time.
const groupId = `claims-${process.pid}-${Date.now()}`;
const admin = kafka.admin();
await admin.connect();
const left = new Map(
  (await admin.fetchTopicOffsets(topic))
    .filter(({ low, high }) => BigInt(high) > BigInt(low))
    .map(({ partition, high }) => [partition, BigInt(high)]),
);

const claims = new Map<string, Claim>();
if (left.size > 0) await readAll();
await admin.disconnect();

for (const [id, { source, content }] of [...claims].sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(`${id}\t${source.name ?? source.text}\t${content.text.split("\n").join(" ")}`);
}

async function readAll(): Promise<void> {
  // readUncommitted is false by default: true would also show what a crash of the annotator took back.
  const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    // Says how far a batch went even where it held nothing for readers, only markers of transactions.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      const end = left.get(partition);
      if (end !== undefined && BigInt(lastOffset) + 1n >= end) left.delete(partition);
      if (left.size === 0) resolve();
    });
    consumer
      .run({
        eachMessage: async ({ message: { key, value } }) => {
          const id = key?.toString() ?? "";
          if (value === null) {
            claims.delete(id); // withdrawn: a corrected article no longer says it
          } else {
            claims.set(id, JSON.parse(value.toString()) as Claim);
          }
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  await admin.deleteGroups([groupId]);
}
