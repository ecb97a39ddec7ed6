package kafkatest

import (
	"os"
	"strings"
	"testing"
)

func TestScriptFetchesTheSameVersion(t *testing.T) {
	t.Parallel()
	for _, f := range []struct{ name, want string }{
		{"fetch.sh", ":-" + defaultVersion + "}"},
		{"pom.xml", "<kafka.version>" + defaultVersion + "</kafka.version>"},
	} {
		raw, err := os.ReadFile(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), f.want) {
			t.Errorf("%s does not say %q", f.name, f.want)
		}
	}
}
