package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// readyWithin is how long java may take to bring the broker up; two or three
// seconds are usual.
const readyWithin = time.Minute

// keeper runs the broker and ends it when standard input closes, which it does
// when the test process ends, however that ends. Then it removes the data.
const keeper = `exec 3<&0
dir=$1; shift
"$@" </dev/null 3<&- &
broker=$!
{ cat <&3 >/dev/null; kill -9 $broker; } 2>/dev/null &
wait $broker
rm -rf "$dir"`

// apache is one running broker.
type apache struct {
	addr  string
	dir   string
	stdin io.Closer
	cmd   *exec.Cmd
	ended chan struct{}
}

func startApache(dir string, l listener) (*apache, error) {
	home, err := cacheDir()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(home, "complete")); err != nil {
		return nil, fmt.Errorf("Apache Kafka %s is not in %s: run make kafka-jars, or sh ingest/kafka/kafkatest/fetch.sh", version(), home)
	}
	if _, err := exec.LookPath("java"); err != nil {
		return nil, errors.New("java is missing: install a JRE 17 or newer (Debian: apt-get install openjdk-17-jre-headless)")
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := os.CopyFS(data, os.DirFS(filepath.Join(home, "formatted"))); err != nil {
		return nil, fmt.Errorf("copying the formatted storage of Apache Kafka: %w", err)
	}
	settings := filepath.Join(dir, "server.properties")
	if err := os.WriteFile(settings, []byte(properties(data, l, ports[0], ports[1])), 0o600); err != nil {
		return nil, err
	}
	b := &apache{addr: "127.0.0.1:" + strconv.Itoa(ports[0]), dir: dir, ended: make(chan struct{})}
	if err := b.run(home, settings); err != nil {
		return nil, fmt.Errorf("starting Apache Kafka: %w", err)
	}
	if err := b.ready(l.protocol == plaintext.protocol); err != nil {
		log := b.log()
		b.stop()
		return nil, fmt.Errorf("starting Apache Kafka: %w\n%s", err, log)
	}
	return b, nil
}

// listener says how clients reach the broker.
type listener struct {
	protocol string
	settings string // further lines of server.properties
}

var plaintext = listener{protocol: "PLAINTEXT"}

// secured is a listener with TLS and passwords.
func secured(cert, key, user, password string) (listener, error) {
	chain, err := os.ReadFile(cert)
	if err != nil {
		return listener{}, err
	}
	private, err := os.ReadFile(key)
	if err != nil {
		return listener{}, err
	}
	oneLine := func(pem []byte) string { return strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n", `\n`) }
	const module = "org.apache.kafka.common.security."
	return listener{"SASL_SSL", strings.Join([]string{
		"ssl.keystore.type=PEM",
		"ssl.keystore.certificate.chain=" + oneLine(chain),
		"ssl.keystore.key=" + oneLine(private),
		"ssl.truststore.type=PEM",
		"ssl.truststore.certificates=" + oneLine(chain),
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"sasl.mechanism.inter.broker.protocol=PLAIN",
		fmt.Sprintf(`listener.name.sasl_ssl.plain.sasl.jaas.config=%splain.PlainLoginModule required username="%s" password="%s" user_%s="%s";`, module, user, password, user, password),
		"listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=" + module + "scram.ScramLoginModule required;",
		"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=" + module + "scram.ScramLoginModule required;",
		"",
	}, "\n")}, nil
}

// properties are the settings of a single small node that acts at once: no
// waiting for group members, frequent cleaning.
func properties(data string, l listener, port, controller int) string {
	return fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[3]d
controller.listener.names=CONTROLLER
listeners=%[4]s://127.0.0.1:%[2]d,CONTROLLER://127.0.0.1:%[3]d
advertised.listeners=%[4]s://127.0.0.1:%[2]d
inter.broker.listener.name=%[4]s
listener.security.protocol.map=CONTROLLER:PLAINTEXT,%[4]s:%[4]s
log.dirs=%[1]s
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
log.initial.task.delay.ms=100
log.retention.check.interval.ms=500
log.segment.delete.delay.ms=0
log.cleaner.backoff.ms=200
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=2
%[5]s`, data, port, controller, l.protocol, l.settings)
}

func (b *apache) run(home, settings string) error {
	out, err := os.Create(filepath.Join(b.dir, "kafka.log"))
	if err != nil {
		return err
	}
	defer out.Close()
	b.cmd = exec.Command("sh", "-c", keeper, "sh", b.dir,
		"java", "-Xmx512m", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", filepath.Join(home, "libs", "*"), "kafka.Kafka", settings)
	b.cmd.Stdout, b.cmd.Stderr = out, out
	if b.stdin, err = b.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := b.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = b.cmd.Wait()
		close(b.ended)
	}()
	return nil
}

// ready waits until the broker lists itself, which it does once it serves; where
// it asks for a password, until it listens.
func (b *apache) ready(open bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-b.ended:
			return errors.New("it ended at once; what it said")
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s; what it said", readyWithin)
		case <-tick.C:
		}
		if open && b.serves(ctx) || !open && b.listens(ctx) {
			return nil
		}
	}
}

func (b *apache) listens(ctx context.Context) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", b.addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func (b *apache) serves(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := kafkago.DialContext(ctx, "tcp", b.addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return false
	}
	brokers, err := conn.Brokers()
	return err == nil && len(brokers) == 1
}

// log gives the end of what the broker has printed.
func (b *apache) log() string {
	raw, err := os.ReadFile(filepath.Join(b.dir, "kafka.log"))
	if err != nil {
		return err.Error()
	}
	return strings.ToValidUTF8(string(raw[max(0, len(raw)-8<<10):]), "")
}

// stop ends the broker as kill -9 does; its data goes with it.
func (b *apache) stop() {
	_ = b.stdin.Close()
	<-b.ended
}

// freePorts finds ports that nothing listens on now.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
