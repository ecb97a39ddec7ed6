package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/sink/clickhouse"
)

// Exit codes. README.md lists them for users.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2 // wrong arguments or configuration
	exitUnreachable = 3 // an engine or server could not be reached or started
	exitInterrupted = 130
)

// usageError is a fault in the arguments: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// unreachableError is a server or engine that is not there: exit code 3.
type unreachableError struct{ err error }

func (e unreachableError) Error() string { return e.err.Error() }
func (e unreachableError) Unwrap() error { return e.err }

// run does what args say and returns the exit code. The first interrupt stops
// gracefully, the second at once.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == engineCommand {
		return clickhouse.EngineMain(args[1:])
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from then on a signal ends the process by itself

	root := newRootCmd(&app{stdin: stdin, stdout: stdout, stderr: stderr})
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(stderr, "outcry: interrupted")
		return exitInterrupted
	}
	if !errors.Is(err, errSilent) {
		_, _ = fmt.Fprintf(stderr, "outcry: %v\n", err)
	}
	return exitCode(err)
}

// errSilent ends a command with exit code 1 when everything has been said already.
var errSilent = errors.New("")

func exitCode(err error) int {
	var (
		usage       usageError
		conf        *config.Error
		unreachable unreachableError
	)
	switch {
	case errors.As(err, &usage), errors.As(err, &conf):
		return exitUsage
	case errors.As(err, &unreachable), errors.Is(err, clickhouse.ErrUnreachable), errors.Is(err, clickhouse.ErrAuth):
		return exitUnreachable
	}
	return exitFailed
}
