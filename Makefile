# make demo and make test are all that a newcomer needs. Both install what they
# lack: the engine library by npm, and for the tests chromium and Apache Kafka.

GO          ?= go
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -s -w -X main.version=$(VERSION)
BIN         := bin/outcry
DATA_CHECKS ?= ../shared/data
LINT        := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
SUDO        := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help
help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/outcry
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/outcry

.PHONY: demo
demo: build ## Christmas Eve 2012, live on this machine
	@$(BIN) demo

.PHONY: engine
engine: build ## fetch the embedded ClickHouse, once
	@$(BIN) engine install

.PHONY: test
test: engine chromium alertmanager axe ## all tests on the embedded engines
	$(GO) vet ./...
	$(GO) test -timeout 12m ./...

.PHONY: test-race
test-race: engine chromium alertmanager axe ## all tests under the race detector
	$(GO) test -race -timeout 10m ./...

.PHONY: test-kafka
test-kafka: engine kafka-jars ## the pipeline's tests on a real Apache Kafka
	OUTCRY_TEST_KAFKA=apache $(GO) test -count=1 -timeout 5m ./ingest/kafka/...
	OUTCRY_TEST_KAFKA=apache $(GO) test -count=1 -timeout 8m -run 'TestPipeline' ./cmd/outcry

.PHONY: check-data
check-data: engine ## checks against real data, where DATA_CHECKS has them
	@if [ -d "$(DATA_CHECKS)" ]; then \
	  OUTCRY_DATA_CHECKS="$(abspath $(DATA_CHECKS))" $(GO) test -count=1 -tags checkdata -run 'CheckData' ./... ; \
	else echo "check-data: $(DATA_CHECKS) is not here; set DATA_CHECKS to the folder of the data"; fi

.PHONY: screenshots
screenshots: build engine chromium ## the pictures of the README, from a demo
	@dir=$$(mktemp -d); $(BIN) demo --speed max --data-dir $$dir --http.addr 127.0.0.1:18080 --clickhouse.embedded_tcp_port 0 --clickhouse.embedded_http_port 0 --kafka.embedded_port 0 >$$dir/log 2>&1 & pid=$$!; \
	  for i in $$(seq 240); do grep -q "page stays" $$dir/log && break; sleep 0.5; done; \
	  OUTCRY_SCREENSHOTS_OF=http://127.0.0.1:18080 $(GO) test -count=1 -tags screenshots -run TestScreenshots ./dashboards; code=$$?; \
	  kill $$pid; rm -rf $$dir; exit $$code

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10s) each
	@for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' .); do \
	  for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9]+).*/\1/p' $$f); do \
	    echo "$$t in $$(dirname $$f)"; $(GO) test -run xxx -fuzz "^$$t$$" -fuzztime $${FUZZTIME:-10s} ./$$(dirname $$f) || exit 1; \
	  done; done

.PHONY: bench
bench: ## Go benchmarks
	$(GO) test -run xxx -bench . -benchmem ./...

.PHONY: lint
lint: ## golangci-lint v2, built once into bin/
	@[ -x bin/golangci-lint ] || GOBIN=$(abspath bin) $(GO) install $(LINT)
	bin/golangci-lint run ./...

.PHONY: chromium
chromium: # the browser of the page tests
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq chromium >/dev/null; } || \
	  { echo "the page tests need chromium: install it and try again"; exit 1; }

AXE := 4.11.1
.PHONY: axe
axe: bin/axe/$(AXE)/axe.min.js # the accessibility checks of the page tests
bin/axe/$(AXE)/axe.min.js:
	@mkdir -p bin/axe && cd bin/axe && npm pack --silent axe-core@$(AXE) >/dev/null && tar -xzf axe-core-$(AXE).tgz && \
	  mkdir -p $(AXE) && mv package/axe.min.js $(AXE)/ && rm -rf package axe-core-$(AXE).tgz

.PHONY: alertmanager
alertmanager: # the receiver of the alert tests
	@command -v prometheus-alertmanager >/dev/null || command -v alertmanager >/dev/null || \
	  { command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq prometheus-alertmanager >/dev/null; } || \
	  { echo "the alert tests need a Prometheus Alertmanager: install it and try again"; exit 1; }

.PHONY: kafka-jars
kafka-jars: # Apache Kafka from Maven, once
	@command -v java >/dev/null && command -v mvn >/dev/null || \
	  { command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq openjdk-17-jre-headless maven >/dev/null; } || \
	  { echo "the tests on Apache Kafka need java 17 and mvn: install them and try again"; exit 1; }
	@sh ingest/kafka/kafkatest/fetch.sh

.PHONY: clean
clean: ## remove what was built here
	rm -rf bin dist

.PHONY: bench-compare
bench-compare: ## the tagger beside other libraries, on one core
	cd nlp/compare && $(GO) test -run xxx -bench . -cpu 1
