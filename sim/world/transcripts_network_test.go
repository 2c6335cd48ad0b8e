// What the network does to one call.

package world

import (
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

const (
	second      = time.Second
	millisecond = time.Millisecond
)

func TestNetworkTranscripts(t *testing.T) { check(t, "network.txt", networkTranscripts) }

var networkTranscripts = []transcript{
	{name: "nothing"},
	{name: "a lost INVITE is sent again", set: "loss=0.1%", sure: []sure{{tape.Loss, aCopy(0, engine.Invite, 0), true}}},
	{name: "a doubled ACCEPT", set: "dup=0.1%", sure: []sure{
		{tape.Duplicate, aCopy(0, engine.Accept, 0), true},
		{tape.Latency, setup.Subject{Call: 0, Kind: int(engine.Accept), Twin: 1}, 120 * millisecond},
	}},
	{name: "a RECEIVED held back behind the ACCEPT", set: "reorder=0.1%; reorder-by=1s", sure: []sure{
		{tape.Reorder, aCopy(0, engine.Received, 0), true}, {tape.ReorderBy, aCopy(0, engine.Received, 0), 300 * millisecond},
	}},
	{name: "damage that the codec sees", set: "corrupt=0.1%", sure: []sure{{tape.Corrupt, aCopy(0, engine.Invite, 0), true}}},
	{name: "damage that only the checksum sees", set: "corrupt=0.1%", sure: []sure{
		{tape.Corrupt, aCopy(0, engine.Accept, 0), true}, {tape.CorruptBit, aCopy(0, engine.Accept, 0), uint64(0xb0) << 56},
	}},
	{name: "a bad radio, sure to lose", set: "burst-loss=100%; faults=burst@1s+600ms:1"},
	{name: "a bad radio at the sender, which loses half", set: "faults=burst@1s+600ms:0", sure: []sure{
		{tape.BurstLoss, aCopy(0, engine.Invite, 1), true},
		{tape.BurstLoss, aCopy(0, engine.Confirm, 0), true},
	}},
	{name: "parted in both directions", set: "faults=partition@1s+600ms:0"},
	{name: "parted in one direction", set: "faults=partition@1020ms+600ms:1:one-way"},
	{name: "parted elsewhere", set: "users=3; faults=partition@0s+1m0s:2"},
	{name: "parted by chance, in one direction", set: "partition-every=10s; partition-for=2s; partition-one-way=0.1%; heal=10s", sure: []sure{
		{tape.PartitionEpisodes, setup.Subject{Slot: 1}, uint64(1) << 63}, {tape.PartitionFor, anEpisode(0, 1, 0), 1400 * millisecond},
		{tape.PartitionSide, anEpisode(1, 1, 0), true}, {tape.PartitionOneWay, anEpisode(0, 1, 0), true},
	}},
	{name: "a clogged link", set: "faults=clog@0s+3s:1"},
	{name: "a link that clogs twice at once", set: "faults=clog@0s+3s:1 clog@1s+1s:1"},
	{name: "a slow link", set: "rate=1000"},
	{name: "a queue that is too short", set: "rate=100; queue=80; latency=0s"},
	{name: "too old", set: "latency=0s..24h0m0s; no-retransmit=true", sure: []sure{
		{tape.Latency, aCopy(0, engine.Invite, 0), 100*time.Second + 1}}},
	{name: "just not too old", set: "latency=0s..24h0m0s; no-retransmit=true", sure: []sure{
		{tape.Latency, aCopy(0, engine.Invite, 0), 100 * time.Second}}},
	{name: "too old, and delivered", set: "latency=0s..24h0m0s; keep-old=true; cancel=0.1%", sure: []sure{
		{tape.Latency, aCopy(0, engine.Invite, 0), 400 * time.Second}, {tape.Cancel, aCall(0), true}}},
	{name: "healed", set: "loss=100%; heal=5s"},
}
