package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"hash"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

// files of a certificate that vouches for itself.
type certificate struct{ cert, key string }

func certify(t *testing.T, hosts ...string) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "outcry test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: hosts, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := certificate{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	for path, block := range map[string]*pem.Block{c.cert: {Type: "CERTIFICATE", Bytes: der}, c.key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestSecuritySettingsAreChecked(t *testing.T) {
	t.Parallel()
	c, other := certify(t), certify(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, empty := file("text", "no certificate"), file("empty", "\n")
	f := func(name string, set func(*config.Kafka), want string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := settings(t, "127.0.0.1:1")
			set(&cfg)
			_, err := kafka.Dial(cfg, kafkatest.Log(t), nil)
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
	f("no ca file", func(k *config.Kafka) { k.TLS = config.TLS{Enabled: true, CAFile: dir + "/none"} },
		"reading kafka.tls.ca_file: open "+dir+"/none: no such file or directory")
	f("ca file without a certificate", func(k *config.Kafka) { k.TLS = config.TLS{Enabled: true, CAFile: text} },
		"reading kafka.tls.ca_file: "+text+" has no certificate in PEM form")
	f("certificate without key", func(k *config.Kafka) { k.TLS = config.TLS{Enabled: true, CertFile: c.cert} },
		"kafka.tls.cert_file is set without kafka.tls.key_file: a client certificate needs both")
	f("key without certificate", func(k *config.Kafka) { k.TLS = config.TLS{Enabled: true, KeyFile: c.key} },
		"kafka.tls.key_file is set without kafka.tls.cert_file: a client certificate needs both")
	f("key of another certificate", func(k *config.Kafka) { k.TLS = config.TLS{Enabled: true, CertFile: c.cert, KeyFile: other.key} },
		"reading kafka.tls.cert_file "+c.cert+" with kafka.tls.key_file "+other.key+": tls: private key does not match public key")
	f("no user", func(k *config.Kafka) { k.SASL = config.SASL{Mechanism: "plain", Password: "x"} },
		"kafka.sasl.username is empty, but kafka.sasl.mechanism is plain")
	f("no password", func(k *config.Kafka) { k.SASL = config.SASL{Mechanism: "scram-sha-512", Username: "u"} },
		"kafka.sasl.mechanism is scram-sha-512, but neither kafka.sasl.password nor kafka.sasl.password_file is set")
	f("no password file", func(k *config.Kafka) {
		k.SASL = config.SASL{Mechanism: "plain", Username: "u", PasswordFile: dir + "/none"}
	}, "reading kafka.sasl.password_file: open "+dir+"/none: no such file or directory")
	f("empty password file", func(k *config.Kafka) { k.SASL = config.SASL{Mechanism: "plain", Username: "u", PasswordFile: empty} },
		"reading kafka.sasl.password_file: "+empty+" is empty")
	f("unknown mechanism", func(k *config.Kafka) {
		k.SASL = config.SASL{Mechanism: "kerberos", Username: "u", Password: "x"}
	}, `kafka.sasl.mechanism is "kerberos": use plain, scram-sha-256 or scram-sha-512`)
}

// secure gives the address of a broker that asks for TLS and a password.
func secure(t *testing.T, c certificate, user, password string) string {
	t.Helper()
	if kafkatest.Apache() {
		addr := kafkatest.StartSecure(t, c.cert, c.key, user, password)
		addScramUser(t, addr, c, user, password)
		return addr
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}), kfake.EnableSASL(), kfake.GroupMinSessionTimeout(time.Second),
		kfake.Superuser("PLAIN", user, password), kfake.Superuser("SCRAM-SHA-256", user, password), kfake.Superuser("SCRAM-SHA-512", user, password))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}

// addScramUser tells Apache Kafka a password that it can check by SCRAM; until
// then it knows the user by PLAIN alone.
func addScramUser(t *testing.T, addr string, c certificate, user, password string) {
	t.Helper()
	cfg := settings(t, addr)
	cfg.TLS = config.TLS{Enabled: true, CAFile: c.cert}
	cfg.SASL = config.SASL{Mechanism: "plain", Username: user, Password: config.Secret(password)}
	n := dial(t, cfg)
	salt := []byte("0123456789abcdef")
	for mechanism, salted := range map[kafkago.ScramMechanism][]byte{
		kafkago.ScramMechanismSha256: salted(t, sha256.New, password, salt, sha256.Size),
		kafkago.ScramMechanismSha512: salted(t, sha512.New, password, salt, sha512.Size),
	} {
		resp, err := n.Admin().AlterUserScramCredentials(t.Context(), &kafkago.AlterUserScramCredentialsRequest{
			Upsertions: []kafkago.UserScramCredentialsUpsertion{{Name: user, Mechanism: mechanism, Iterations: 4096, Salt: salt, SaltedPassword: salted}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range resp.Results {
			if r.Error != nil {
				t.Fatal(r.Error)
			}
		}
	}
}

func salted[H hash.Hash](t *testing.T, h func() H, password string, salt []byte, size int) []byte {
	t.Helper()
	key, err := pbkdf2.Key(h, password, salt, 4096, size)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTLSAndPasswords(t *testing.T) {
	t.Parallel()
	c := certify(t)
	addr := secure(t, c, "outcry", "secret")
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(mechanism string) config.Kafka {
		cfg := settings(t, addr)
		cfg.TLS = config.TLS{Enabled: true, CAFile: c.cert}
		cfg.SASL = config.SASL{Mechanism: mechanism, Username: "outcry", PasswordFile: password}
		return cfg
	}
	for _, mechanism := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		t.Run(mechanism, func(t *testing.T) {
			n := dial(t, with(mechanism))
			until(t, "the password to be known", func() bool { return n.Ping(t.Context()) == nil })
			if err := n.EnsureTopics(t.Context()); err != nil {
				t.Fatal(err)
			}
			topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
			write(t, n, topic, numbered(0, 10, 10))
			c := consume(t, n, quick(group, topic), nil)
			caughtUp(t, n, group, topic)
			if got := len(c.values()); got != 10 {
				t.Errorf("%d records came, want 10", got)
			}
			c.stop()
		})
	}
	f := func(name string, change func(*config.Kafka), want string) {
		t.Run(name, func(t *testing.T) {
			cfg := with("plain")
			change(&cfg)
			err := dial(t, cfg).Ping(t.Context())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got  %v\nwant … %s …", err, want)
			}
		})
	}
	f("wrong password", func(k *config.Kafka) { k.SASL.PasswordFile, k.SASL.Password = "", "wrong" }, "SASL Authentication Failed")
	f("unknown certificate", func(k *config.Kafka) { k.TLS.CAFile = certify(t).cert }, "x509: certificate signed by unknown authority")
	f("other name", func(k *config.Kafka) { k.TLS.ServerName = "kafka.example" }, "but wanted to match kafka.example")
	t.Run("any certificate", func(t *testing.T) {
		cfg := with("plain")
		cfg.TLS = config.TLS{Enabled: true, InsecureSkipVerify: true}
		if err := dial(t, cfg).Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
