package alert

import (
	"testing"

	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }
