package sentiment

import "testing"

func TestBuiltinsLoad(t *testing.T) {
	t.Parallel()
	New()
}
