// Prints the claims that stand on a topic now: who says what. Arguments: host:port, topic.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The fields that this program reads; a claim has more, and newer versions may add some.
type claim struct {
	Source struct {
		Text string  `json:"text"`
		Name *string `json:"name"`
	} `json:"source"`
	Content struct {
		Text string `json:"text"`
	} `json:"content"`
}

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, server, topic string) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(server),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// Without it you would also see what a crash of the annotator took back.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// So that the client says when it has read past what nobody reads: markers of transactions.
		kgo.KeepControlRecords(),
		// In your own service: kgo.ConsumerGroup("name"), and client.CommitUncommittedOffsets(ctx).
	)
	if err != nil {
		return err
	}
	defer client.Close()
	left, err := kadm.NewClient(client).ListCommittedOffsets(ctx, topic)
	if err != nil {
		return err
	}
	ends := map[int32]int64{}
	left.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			ends[end.Partition] = end.Offset
		}
	})
	claims := map[string]claim{}
	for len(ends) > 0 {
		fetches := client.PollFetches(ctx)
		if errs := fetches.Errors(); len(errs) > 0 {
			return errs[0].Err
		}
		var failed error
		fetches.EachRecord(func(record *kgo.Record) {
			if record.Offset+1 >= ends[record.Partition] {
				delete(ends, record.Partition)
			}
			if record.Attrs.IsControl() {
				return
			}
			if record.Value == nil {
				delete(claims, string(record.Key)) // withdrawn: a corrected article no longer says it
				return
			}
			var one claim
			if err := json.Unmarshal(record.Value, &one); err != nil {
				failed = err
			}
			claims[string(record.Key)] = one
		})
		if failed != nil {
			return failed
		}
	}
	ids := make([]string, 0, len(claims))
	for id := range claims {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		fmt.Printf("%s\t%s\t%s\n", id, source(claims[id]), strings.Join(strings.Split(claims[id].Content.Text, "\n"), " "))
	}
	return nil
}

func source(one claim) string {
	if one.Source.Name != nil {
		return *one.Source.Name
	}
	return one.Source.Text
}
