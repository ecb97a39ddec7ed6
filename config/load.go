package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"bytes"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// delimiter joins the parts of a key inside viper. Keys with dots would otherwise
// be taken apart (vendor names have them).
const delimiter = "::"

// EnvPrefix starts the name of every variable that is a setting.
const EnvPrefix = "OUTCRY"

// Error is a fault in the configuration: what a user must mend.
type Error struct{ Problems []string }

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return "configuration: " + e.Problems[0]
	}
	return "configuration:\n  " + strings.Join(e.Problems, "\n  ")
}

// AddFlags gives flags one hidden flag for each setting, named as the key:
// --kafka.brokers a:9092,b:9092.
func AddFlags(flags *pflag.FlagSet) {
	for _, k := range keys() {
		flags.String(k, "", "setting "+k)
		_ = flags.MarkHidden(k)
	}
}

// Load reads the settings: defaults, then file, then OUTCRY_… variables, then
// those of flags that were given. An empty file is looked for in the usual
// places, and it is no error if there is none. The error is an *Error.
func Load(file string, flags *pflag.FlagSet) (*Config, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter(delimiter), viper.ExperimentalBindStruct())
	v.SetConfigType("yaml")
	v.SetEnvPrefix(EnvPrefix)
	v.SetEnvKeyReplacer(strings.NewReplacer(delimiter, "_"))
	v.AutomaticEnv()
	if err := v.ReadConfig(bytes.NewReader(DefaultYAML)); err != nil {
		return nil, fmt.Errorf("reading built-in settings: %w", err)
	}

	var src *source
	if file == "" {
		file = find()
	}
	if file != "" {
		var err error
		if src, err = readSource(file); err != nil {
			return nil, err
		}
		if err := v.MergeConfig(bytes.NewReader(src.bytes)); err != nil {
			return nil, &Error{[]string{fmt.Sprintf("%s: %v", file, err)}}
		}
	}
	if flags != nil {
		for _, k := range keys() {
			if f := flags.Lookup(k); f != nil && f.Changed {
				if err := v.BindPFlag(strings.ReplaceAll(k, ".", delimiter), f); err != nil {
					return nil, fmt.Errorf("binding flag --%s: %w", k, err)
				}
			}
		}
	}

	var c Config
	err := v.UnmarshalExact(&c, viper.DecodeHook(mapstructure.ComposeDecodeHookFunc(
		refuseBareDurations, mapstructure.StringToTimeDurationHookFunc(),
		mapstructure.StringToSliceHookFunc(","))))
	if err != nil {
		return nil, &Error{src.explain(err)}
	}
	if problems := c.finish(); len(problems) > 0 {
		return nil, &Error{src.locate(problems)}
	}
	return &c, nil
}

// find returns the first configuration file in the usual places, or "".
func find() string {
	places := []string{"outcry.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		places = append(places, filepath.Join(dir, "outcry", "outcry.yaml"))
	}
	for _, p := range append(places, "/etc/outcry/outcry.yaml") {
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

var errBareDuration = errors.New("a duration needs its unit, such as 500ms, 30s or 12h")

func refuseBareDurations(from, to reflect.Type, data any) (any, error) {
	if to != reflect.TypeFor[time.Duration]() || from == to || from.Kind() == reflect.String {
		return data, nil
	}
	return nil, fmt.Errorf("%v: %w", data, errBareDuration)
}

// finish reads secret files, fills in what depends on the machine and checks all.
func (c *Config) finish() []problem {
	var ps []problem
	for _, s := range []struct {
		key   string
		value *Secret
		file  string
	}{
		{"kafka.sasl.password", &c.Kafka.SASL.Password, c.Kafka.SASL.PasswordFile},
		{"clickhouse.password", &c.ClickHouse.Password, c.ClickHouse.PasswordFile},
		{"clickhouse.reader_password", &c.ClickHouse.ReaderPassword, c.ClickHouse.ReaderPassFile},
		{"privacy.key", &c.Privacy.Key, c.Privacy.KeyFile},
		{"http.token", &c.HTTP.Token, c.HTTP.TokenFile},
	} {
		if s.file == "" {
			continue
		}
		if *s.value != "" {
			ps = append(ps, problem{s.key, "is set twice: directly and by " + s.key + "_file"})
			continue
		}
		b, err := os.ReadFile(s.file)
		if err != nil {
			ps = append(ps, problem{s.key + "_file", fmt.Sprintf("cannot be read: %v", err)})
			continue
		}
		*s.value = Secret(strings.TrimRight(string(b), "\r\n"))
	}
	if c.DataDir == "" {
		c.DataDir = userDir("XDG_DATA_HOME", ".local/share", "outcry")
	}
	if c.ClickHouse.EngineDir == "" {
		c.ClickHouse.EngineDir = userDir("XDG_CACHE_HOME", ".cache", "outcry/engine")
	}
	return append(ps, c.check()...)
}

func userDir(env, fallback, name string) string {
	if dir := os.Getenv(env); filepath.IsAbs(dir) {
		return filepath.Join(dir, name)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, fallback, name)
}
