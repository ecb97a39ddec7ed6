// Command outcry measures the public's reaction to service outages: it collects
// public posts, tags them, stores them and shows who is affected and who is blamed.
//
// This package wires the parts together, one file a subcommand. What the parts do
// is in ingest, nlp, sink and dashboards.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
