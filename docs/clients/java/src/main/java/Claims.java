import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Prints the claims that stand on a topic now: who says what. Arguments: host:port, topic. */
public final class Claims {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", arguments[0],
            // Without it you would also see what a crash of the annotator took back.
            "isolation.level", "read_committed",
            // In your own service: a group.id, subscribe() and commitSync(), in place of assign() and seek.
            "enable.auto.commit", "false");
    ObjectMapper json = new ObjectMapper();
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(arguments[1]).stream()
              .map(one -> new TopicPartition(one.topic(), one.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<String, JsonNode> claims = new java.util.TreeMap<>();
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
          if (record.value() == null) {
            claims.remove(record.key()); // withdrawn: a corrected article no longer says it
          } else {
            claims.put(record.key(), json.readTree(record.value()));
          }
        }
      }
      claims.forEach((id, claim) -> System.out.println(id + "\t" + said(claim)));
    }
  }

  private static String said(JsonNode claim) {
    JsonNode name = claim.at("/source/name");
    String source = name.isTextual() ? name.asText() : claim.at("/source/text").asText();
    return source + "\t" + claim.at("/content/text").asText().lines().collect(Collectors.joining(" "));
  }
}
