// Package config reads and checks the configuration: built-in defaults, a YAML
// file, OUTCRY_… variables and flags, each over the one before. It owns the
// settings and their limits and the vendor catalogue's bytes, and imports nothing
// of the project, so that every package may take its section from here.
//
// A Config is read once and never changed; secrets print as ***.
package config

import (
	_ "embed"
	"time"
)

// DefaultYAML is the commented file of all settings with their default values.
//
//go:embed default.yaml
var DefaultYAML []byte

// VendorsYAML is the built-in vendor catalogue.
//
//go:embed vendors.yaml
var VendorsYAML []byte

// StatusPagesYAML is the built-in list of status pages.
//
//go:embed status-pages.yaml
var StatusPagesYAML []byte

// AlertsYAML is an example of an alert file, with everything explained.
//
//go:embed alerts.yaml
var AlertsYAML []byte

// Secret is a string that no log, error or config print shows.
type Secret string

// String hides the secret; an empty one shows as empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal gives the secret itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// Config is everything that can be set. default.yaml explains each setting.
type Config struct {
	DataDir         string        `mapstructure:"data_dir"`
	ShutdownTimeout time.Duration `mapstructure:"shutdown_timeout"`
	Log             Log           `mapstructure:"log"`
	Kafka           Kafka         `mapstructure:"kafka"`
	ClickHouse      ClickHouse    `mapstructure:"clickhouse"`
	Ingest          Ingest        `mapstructure:"ingest"`
	NLP             NLP           `mapstructure:"nlp"`
	Sink            Sink          `mapstructure:"sink"`
	Alerts          Alerts        `mapstructure:"alerts"`
	HTTP            HTTP          `mapstructure:"http"`
	Privacy         Privacy       `mapstructure:"privacy"`
}

// Log says what is logged and how.
type Log struct {
	Level  string `mapstructure:"level"`
	Format string `mapstructure:"format"`
}

// Kafka says where the broker is. Without Brokers the embedded one is used.
type Kafka struct {
	Brokers      []string      `mapstructure:"brokers"`
	TopicPrefix  string        `mapstructure:"topic_prefix"`
	Partitions   int           `mapstructure:"partitions"`
	Replication  int           `mapstructure:"replication"`
	Retention    time.Duration `mapstructure:"retention"`
	ClientID     string        `mapstructure:"client_id"`
	EmbeddedPort int           `mapstructure:"embedded_port"`
	TLS          TLS           `mapstructure:"tls"`
	SASL         SASL          `mapstructure:"sasl"`
}

// TLS is the client side of a TLS connection.
type TLS struct {
	Enabled            bool   `mapstructure:"enabled"`
	CAFile             string `mapstructure:"ca_file"`
	CertFile           string `mapstructure:"cert_file"`
	KeyFile            string `mapstructure:"key_file"`
	ServerName         string `mapstructure:"server_name"`
	InsecureSkipVerify bool   `mapstructure:"insecure_skip_verify"`
}

// SASL is how a client names itself to Kafka.
type SASL struct {
	Mechanism    string `mapstructure:"mechanism"`
	Username     string `mapstructure:"username"`
	Password     Secret `mapstructure:"password"`
	PasswordFile string `mapstructure:"password_file"`
}

// ClickHouse says where the database is. Without Addr the embedded server is used.
type ClickHouse struct {
	Addr             []string      `mapstructure:"addr"`
	Database         string        `mapstructure:"database"`
	Username         string        `mapstructure:"username"`
	Password         Secret        `mapstructure:"password"`
	PasswordFile     string        `mapstructure:"password_file"`
	ReaderUsername   string        `mapstructure:"reader_username"`
	ReaderPassword   Secret        `mapstructure:"reader_password"`
	ReaderPassFile   string        `mapstructure:"reader_password_file"`
	TLS              TLS           `mapstructure:"tls"`
	DialTimeout      time.Duration `mapstructure:"dial_timeout"`
	EmbeddedTCPPort  int           `mapstructure:"embedded_tcp_port"`
	EmbeddedHTTPPort int           `mapstructure:"embedded_http_port"`
	EngineDir        string        `mapstructure:"engine_dir"`
	Cluster          string        `mapstructure:"cluster"`
	TextTTLDays      int           `mapstructure:"text_ttl_days"`
}

// Ingest says which sources are read.
type Ingest struct {
	Contact    string     `mapstructure:"contact"`
	Bluesky    Bluesky    `mapstructure:"bluesky"`
	HackerNews HackerNews `mapstructure:"hackernews"`
	Feeds      Feeds      `mapstructure:"feeds"`
	Status     Status     `mapstructure:"status"`
}

// Bluesky is the Jetstream collector.
type Bluesky struct {
	Enabled     bool          `mapstructure:"enabled"`
	URL         string        `mapstructure:"url"`
	Compress    bool          `mapstructure:"compress"`
	DictFile    string        `mapstructure:"dictionary_file"`
	IdleTimeout time.Duration `mapstructure:"idle_timeout"`
	Langs       []string      `mapstructure:"langs"`
}

// HackerNews is the collector of Hacker News.
type HackerNews struct {
	Enabled bool          `mapstructure:"enabled"`
	URL     string        `mapstructure:"url"`
	Every   time.Duration `mapstructure:"every"`
}

// Feeds are the RSS, Atom and JSON feeds that are read.
type Feeds struct {
	URLs  []string      `mapstructure:"urls"`
	Every time.Duration `mapstructure:"every"`
}

// Status are the status pages that are read.
type Status struct {
	Enabled bool          `mapstructure:"enabled"`
	File    string        `mapstructure:"file"`
	Every   time.Duration `mapstructure:"every"`
}

// NLP is the tagger.
type NLP struct {
	Workers     int    `mapstructure:"workers"`
	VendorsFile string `mapstructure:"vendors_file"`
	NER         bool   `mapstructure:"ner"`
}

// Sink is the writer into ClickHouse.
type Sink struct {
	BatchRows int           `mapstructure:"batch_rows"`
	BatchWait time.Duration `mapstructure:"batch_wait"`
}

// Alerts is the spike detector and who is told of its incidents.
type Alerts struct {
	Enabled bool          `mapstructure:"enabled"`
	File    string        `mapstructure:"file"`
	Link    string        `mapstructure:"link"`
	Every   time.Duration `mapstructure:"every"`
}

// HTTP is the dashboards server.
type HTTP struct {
	Addr        string `mapstructure:"addr"`
	BehindProxy bool   `mapstructure:"behind_proxy"`
	Token       Secret `mapstructure:"token"`
	TokenFile   string `mapstructure:"token_file"`
}

// Privacy holds the key of the pseudonyms.
type Privacy struct {
	Key     Secret `mapstructure:"key"`
	KeyFile string `mapstructure:"key_file"`
}
