package kafka_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
)

// child is what this test binary does when a test has started it as a process of
// its own, to be killed. It tells its parent by lines on standard output.
func child(role string) int {
	var err error
	switch role {
	case "broker":
		err = childBroker(os.Getenv("OUTCRY_TEST_DIR"))
	case "consumer":
		err = childConsumer(os.Getenv("OUTCRY_TEST_BROKER"), os.Getenv("OUTCRY_TEST_TOPIC"))
	default:
		err = fmt.Errorf("no such role: %s", role)
	}
	fmt.Println("ended:", err)
	return 1
}

// childBroker serves until it is killed.
func childBroker(dir string) error {
	e, err := kafka.StartEmbedded(dir, 0, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	fmt.Println(e.Addr())
	_, err = io.Copy(io.Discard, os.Stdin) // ends with the parent, if nothing else does it
	return err
}

// childConsumer handles three batches and stops in the middle of the fourth.
func childConsumer(broker, topic string) error {
	c, err := kafka.Dial(config.Kafka{Brokers: []string{broker}}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	calls := 0
	opt := quick(topic+".group", topic)
	opt.MaxBatch = 10
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return c.Consume(ctx, opt, func(ctx context.Context, recs []kafka.Record) error {
		if calls++; calls < 4 {
			return nil
		}
		fmt.Println("handling", recs[0].Offset)
		<-ctx.Done()
		return ctx.Err()
	})
}

// process is a child under way.
type process struct {
	line string // the first that it printed
	kill func() // as kill -9 does
}

func spawn(t *testing.T, role string, env ...string) process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^$")
	cmd.Env = append(append(os.Environ(), "OUTCRY_TEST_CHILD="+role), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := process{kill: func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = in.Close()
	}}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if p.line = strings.TrimSpace(line); err != nil || strings.HasPrefix(p.line, "ended:") {
		t.Fatalf("the %s said %q: %v", role, p.line, err)
	}
	return p
}
