package channel

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// shoutrrrChannel sends by any service that shoutrrr knows: Discord, Telegram, ntfy,
// Matrix, Teams and more, each with its own form of URL.
type shoutrrrChannel struct{ sender *router.ServiceRouter }

func newShoutrrr(service string) (shoutrrrChannel, error) {
	if service == "" {
		return shoutrrrChannel{}, nil // said elsewhere
	}
	sender, err := shoutrrr.CreateSender(service)
	if err != nil {
		scheme, _, _ := strings.Cut(service, ":")
		return shoutrrrChannel{}, fmt.Errorf("has a url that shoutrrr does not take for %s: see its documentation for the form", scheme)
	}
	return shoutrrrChannel{sender}, nil
}

func (s shoutrrrChannel) Send(ctx context.Context, m Message) (string, error) {
	done := make(chan error, 1)
	go func() { // shoutrrr knows no context
		params := types.Params{}
		params.SetTitle(m.Title)
		done <- errors.Join(s.sender.Send(m.Title+"\n\n"+m.Text, &params)...)
	}()
	select {
	case <-ctx.Done():
		return "", &Error{Err: fmt.Errorf("sending by shoutrrr: %w", ctx.Err())}
	case err := <-done:
		if err != nil {
			return "", &Error{Err: fmt.Errorf("sending by shoutrrr: %w", withoutURL(err))}
		}
		return "", nil
	}
}

var address = regexp.MustCompile(`[a-z]+://[^\s"]*`)

// withoutURL takes addresses out of an error: of many services they hold the token.
func withoutURL(err error) error { return errors.New(address.ReplaceAllString(err.Error(), "…")) }
