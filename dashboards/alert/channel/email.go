package channel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// email writes a message to people. Messages of a thread refer to the first one, so that
// mail programs show them together.
type email struct{ c Config }

func newEmail(c Config) email {
	if c.TLS == "" {
		c.TLS = "starttls"
	}
	return email{c}
}

func checkEmail(c Config) error {
	if c.SMTP != "" {
		if _, port, err := net.SplitHostPort(c.SMTP); err != nil {
			return errors.New("needs smtp as host:port, such as smtp.example.com:587")
		} else if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return errors.New("needs a port from 1 to 65535 in smtp")
		}
	}
	switch c.TLS {
	case "", "starttls", "tls", "none":
	default:
		return fmt.Errorf("has tls: %s; it must be starttls, tls or none", c.TLS)
	}
	m := mail.NewMsg()
	if err := m.From(c.From); err != nil && c.From != "" {
		return fmt.Errorf("has no e-mail address in from: %s", c.From)
	}
	if err := m.To(c.To...); err != nil && len(c.To) > 0 {
		return fmt.Errorf("has no e-mail addresses in to: %s", strings.Join(c.To, ", "))
	}
	return nil
}

func (e email) Send(ctx context.Context, m Message) (string, error) {
	msg, id, err := e.message(&m)
	if err != nil {
		return m.Reference, &Error{Permanent: true, Err: err}
	}
	client, err := e.client()
	if err != nil {
		return m.Reference, &Error{Permanent: true, Err: fmt.Errorf("setting up mail by %s: %w", e.c.SMTP, err)}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return m.Reference, &Error{Permanent: refusedForGood(err), Err: fmt.Errorf("sending mail by %s: %w", e.c.SMTP, err)}
	}
	return cmp.Or(m.Reference, id), nil
}

func (e email) message(m *Message) (*mail.Msg, string, error) {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(e.c.From), msg.To(e.c.To...)); err != nil {
		return nil, "", fmt.Errorf("addressing mail: %w", err)
	}
	_, host, _ := strings.Cut(strings.Trim(e.c.From[strings.LastIndex(e.c.From, "<")+1:], "<> "), "@")
	id := uuidOf(m.ID) + "@" + host
	msg.SetMessageIDWithValue(id)
	if m.Reference != "" {
		msg.SetGenHeader(mail.HeaderInReplyTo, "<"+m.Reference+">")
		msg.SetGenHeader(mail.HeaderReferences, "<"+m.Reference+">")
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no answers from holidays
	msg.Subject(m.Title)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	return msg, id, nil
}

func (e email) client() (*mail.Client, error) {
	host, port, err := net.SplitHostPort(e.c.SMTP)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(timeout)}
	switch e.c.TLS {
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case "tls":
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.c.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.c.Username), mail.WithPassword(e.c.Password))
	}
	return mail.NewClient(host, options...)
}

// refusedForGood reports whether the server answered with a code of the five hundreds.
func refusedForGood(err error) bool {
	if failed := (*mail.SendError)(nil); errors.As(err, &failed) {
		return !failed.IsTemp() && failed.ErrorCode() >= 500
	}
	protocol := (*textproto.Error)(nil)
	return errors.As(err, &protocol) && protocol.Code >= 500
}
