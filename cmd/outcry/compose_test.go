package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/outcry/outcry/config"
)

type service struct {
	Image       string            `yaml:"image"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	Restart     string            `yaml:"restart"`
	Profiles    []string          `yaml:"profiles"`
	ReadOnly    bool              `yaml:"read_only"`
	HealthCheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
}

// TestCompose reads docker-compose.yml as the engine would and holds what a
// reader must be able to rely on: pinned tags, health checks, loopback ports,
// settings and commands that exist, secrets from the environment.
func TestCompose(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]service `yaml:"services"`
		Volumes  map[string]any     `yaml:"volumes"`
	}
	if err := yaml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range config.Settings() {
		known["OUTCRY_"+strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))] = true
	}
	pinned := regexp.MustCompile(`:(v?\d+\.\d+(\.\d+)?|\$\{OUTCRY_VERSION:-dev\})$`)
	for _, name := range []string{"kafka", "clickhouse", "grafana", "migrate", "collect", "nlp", "sink", "watch", "serve"} {
		if _, ok := file.Services[name]; !ok {
			t.Errorf("service %s is missing", name)
		}
	}
	for name, s := range file.Services {
		if !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %q has no pinned tag", name, s.Image)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %s is published beyond this machine", name, p)
			}
		}
		for dep, d := range s.DependsOn {
			target, ok := file.Services[dep]
			if !ok {
				t.Errorf("%s depends on %s, which is not there", name, dep)
			}
			if d.Condition == "service_healthy" && len(target.HealthCheck.Test) == 0 {
				t.Errorf("%s waits for the health of %s, which has no health check", name, dep)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, "./") {
				if _, err := os.Stat("../../" + from); err != nil {
					t.Errorf("%s mounts %s: %v", name, from, err)
				}
			} else if _, ok := file.Volumes[from]; !ok {
				t.Errorf("%s uses volume %s, which is not declared", name, from)
			}
		}
		if !strings.HasPrefix(s.Image, "outcry:") {
			if len(s.HealthCheck.Test) == 0 {
				t.Errorf("%s has no health check", name)
			}
			continue
		}
		if !s.ReadOnly {
			t.Errorf("%s: the root file system is writable", name)
		}
		root := newRootCmd(&app{})
		cmd, rest, err := root.Find(s.Command)
		if err != nil || cmd == root {
			t.Errorf("%s: command %v is none of outcry", name, s.Command)
		} else if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: command %v: %v", name, s.Command, err)
		}
		for key, value := range s.Environment {
			if !known[key] {
				t.Errorf("%s: variable %s is no setting", name, key)
			}
			if slices.ContainsFunc([]string{"PASSWORD", "_KEY"}, func(x string) bool { return strings.HasSuffix(key, x) }) && !strings.HasPrefix(value, "${") {
				t.Errorf("%s: %s is written into the file", name, key)
			}
		}
	}
}

func TestImageDoesNotRunAsRoot(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nUSER nonroot", "CGO_ENABLED=0", "\nFROM gcr.io/distroless/base-debian12:nonroot"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("Dockerfile lacks %q", strings.TrimSpace(want))
		}
	}
}
