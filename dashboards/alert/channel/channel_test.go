package channel_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/alert/channel/channeltest"
)

func open(t *testing.T, c channel.Config) channel.Channel {
	t.Helper()
	c.Name, c.AllowPrivate = "test", true
	ch, err := channel.New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// message is number n of a thread.
func message(n int, event string) channel.Message {
	now := time.Now().UTC().Truncate(time.Second)
	return channel.Message{
		ID: fmt.Sprint("msg_", n), Thread: "netflix-1", Number: n, Title: "Netflix: 20 people <report> & more", Text: "first line\nsecond line",
		Alert: &channel.Alert{
			Event: event, Thread: "netflix-1", Rule: "all", Vendor: "netflix", Name: "Netflix", Level: "major", OpenedAt: now.Add(-time.Minute), At: now, Authors: 20,
			Incidents: []channel.Incident{{ID: "netflix-1", Vendor: "netflix", Name: "Netflix", State: "signal"}}, Link: "https://outcry.example.com/incidents/netflix-1",
		},
	}
}

// thread sends opened, updated and resolved, each with the reference of the one before.
func thread(t *testing.T, ch channel.Channel) {
	t.Helper()
	reference := ""
	for n, event := range []string{channel.Opened, channel.Updated, channel.Resolved} {
		m := message(n+1, event)
		m.Reference = reference
		got, err := ch.Send(t.Context(), m)
		if err != nil {
			t.Fatalf("%s: %v", event, err)
		}
		reference = got
	}
}

func decode(t *testing.T, r channeltest.Request) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.Body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestWebhook checks the signature as a receiver would.
func TestWebhook(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	keys := [][]byte{[]byte("an old secret of 24 byte"), []byte("a new secret, thirty two bytes..")}
	var secrets []string
	for _, k := range keys {
		secrets = append(secrets, "whsec_"+base64.StdEncoding.EncodeToString(k))
	}
	thread(t, open(t, channel.Config{Kind: "webhook", URL: web.URL, Secret: strings.Join(secrets, " ")}))
	got := web.Got()
	if len(got) != 3 {
		t.Fatalf("%d messages came", len(got))
	}
	for n, r := range got {
		signed := r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "." + string(r.Body)
		for k, s := range strings.Fields(r.Header.Get("webhook-signature")) {
			h := hmac.New(sha256.New, keys[k])
			h.Write([]byte(signed))
			if want := "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)); s != want {
				t.Errorf("signature %d of message %d is %s, want %s", k, n, s, want)
			}
		}
		v := decode(t, r)
		data, _ := v["data"].(map[string]any)
		if r.Header.Get("webhook-id") != fmt.Sprint("msg_", n+1) || data["vendor"] != "netflix" || !strings.HasPrefix(fmt.Sprint(v["type"]), "incident.") {
			t.Errorf("message %d is %v with the id %s", n, v, r.Header.Get("webhook-id"))
		}
	}
}

// TestLargeWebhook keeps a large group under the size that receivers must take.
func TestLargeWebhook(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	m := message(1, channel.Opened)
	for range 300 {
		m.Alert.Incidents = append(m.Alert.Incidents, m.Alert.Incidents[0])
	}
	if _, err := open(t, channel.Config{Kind: "webhook", URL: web.URL}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if n := len(web.Got()[0].Body); n > 20<<10 || len(m.Alert.Incidents) != 301 {
		t.Errorf("the body has %d bytes, and the alert kept %d incidents", n, len(m.Alert.Incidents))
	}
}

// TestAnswers checks what each answer of a receiver means.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		status          int
		header          string
		permanent, gone bool
		after           time.Duration
	}{
		{400, "", true, false, 0}, {404, "", true, false, 0}, {410, "", true, true, 0}, {429, "7", false, false, 7 * time.Second},
		{500, "", false, false, 0}, {503, "120", false, false, 2 * time.Minute}, {302, "", true, false, 0},
	} {
		web := channeltest.NewWeb(t, func(w http.ResponseWriter, _ channeltest.Request) bool {
			w.Header().Set("Retry-After", x.header)
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
			w.WriteHeader(x.status)
			return false
		})
		_, err := open(t, channel.Config{Kind: "webhook", URL: web.URL + "/secret-path"}).Send(t.Context(), message(1, channel.Opened))
		var answer *channel.Error
		if !errors.As(err, &answer) || answer.Permanent != x.permanent || answer.Gone != x.gone || answer.After != x.after {
			t.Errorf("%d gives %+v", x.status, answer)
		}
		if err == nil || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%d gives the error %q", x.status, err)
		}
	}
}

// TestPrivate refuses to reach a private address that nobody has allowed.
func TestPrivate(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	ch, err := channel.New(channel.Config{Name: "x", Kind: "webhook", URL: web.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.Send(t.Context(), message(1, channel.Opened)); err == nil || !strings.Contains(err.Error(), "allow_private") || len(web.Got()) != 0 {
		t.Errorf("a private address gives %v and %d messages", err, len(web.Got()))
	}
}

// TestSlack sends by an incoming webhook, and by an app that keeps one message up to date.
func TestSlack(t *testing.T) {
	t.Parallel()
	hook := channeltest.NewWeb(t, nil)
	thread(t, open(t, channel.Config{Kind: "slack", URL: hook.URL}))
	if got := hook.Got(); len(got) != 3 || !strings.Contains(fmt.Sprint(decode(t, got[0])["text"]), "*Netflix: 20 people &lt;report&gt; &amp; more*\nfirst line") {
		t.Errorf("the webhook has %d messages, the first %s", len(got), got[0].Body)
	}
	app := channeltest.NewWeb(t, func(w http.ResponseWriter, r channeltest.Request) bool {
		if r.Header.Get("Authorization") != "Bearer xoxb-1" {
			_, _ = w.Write([]byte(`{"ok":false,"error":"invalid_auth"}`))
			return false
		}
		_, _ = w.Write([]byte(`{"ok":true,"ts":"17.1","channel":"C9"}`))
		return true
	})
	thread(t, open(t, channel.Config{Kind: "slack", URL: app.URL, Token: "xoxb-1", Channel: "#ops"}))
	var said []string
	for _, r := range app.Got() {
		v := decode(t, r)
		said = append(said, fmt.Sprint(r.Path, " ", v["channel"], " ", v["ts"], " ", v["thread_ts"]))
	}
	if got, want := strings.Join(said, "; "), "/chat.postMessage #ops <nil> <nil>; /chat.update C9 17.1 <nil>; /chat.update C9 17.1 <nil>; /chat.postMessage C9 <nil> 17.1"; got != want {
		t.Errorf("the app was asked for %q, want %q", got, want)
	}
	_, err := open(t, channel.Config{Kind: "slack", URL: app.URL, Token: "wrong", Channel: "#ops"}).Send(t.Context(), message(1, channel.Opened))
	var answer *channel.Error
	if !errors.As(err, &answer) || !answer.Permanent {
		t.Errorf("a wrong token gives %v", err)
	}
}

// TestEmail sends mail to a server and reads it there.
func TestEmail(t *testing.T) {
	t.Parallel()
	server := channeltest.NewMail(t, "")
	thread(t, open(t, channel.Config{Kind: "email", SMTP: server.Addr, TLS: "none", From: "outcry <outcry@example.com>", To: []string{"a@example.com", "b@example.com"}}))
	got := server.Got()
	if len(got) != 3 {
		t.Fatalf("%d mails came", len(got))
	}
	id := headerOf(got[0], "Message-ID")
	if !strings.HasSuffix(id, "@example.com>") || headerOf(got[1], "In-Reply-To") != id || headerOf(got[2], "References") != id || headerOf(got[1], "Message-ID") == id {
		t.Errorf("the mails do not hang together:\n%s", strings.Join(got, "\n"))
	}
	if !strings.Contains(got[0], "second line") || !strings.Contains(headerOf(got[0], "To"), "b@example.com") || headerOf(got[0], "Subject") == "" {
		t.Errorf("the first mail is\n%s", got[0])
	}
	for refuse, permanent := range map[string]bool{"550 no such person": true, "451 try later": false} {
		server := channeltest.NewMail(t, refuse)
		_, err := open(t, channel.Config{Kind: "email", SMTP: server.Addr, TLS: "none", From: "a@example.com", To: []string{"b@example.com"}}).Send(t.Context(), message(1, channel.Opened))
		var answer *channel.Error
		if !errors.As(err, &answer) || answer.Permanent != permanent {
			t.Errorf("%q gives %v, %+v", refuse, err, answer)
		}
	}
}

func headerOf(mail, name string) string {
	for line := range strings.Lines(mail) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// TestPagerDuty checks the events of a thread.
func TestPagerDuty(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	thread(t, open(t, channel.Config{Kind: "pagerduty", Key: "k1", URL: web.URL}))
	var said []string
	for _, r := range web.Got() {
		v := decode(t, r)
		payload, _ := v["payload"].(map[string]any)
		said = append(said, fmt.Sprint(v["event_action"], " ", v["dedup_key"], " ", v["routing_key"], " ", payload["severity"], " ", payload["source"]))
	}
	if got, want := strings.Join(said, "; "), "trigger netflix-1 k1 error netflix; trigger netflix-1 k1 error netflix; resolve netflix-1 k1 error netflix"; got != want {
		t.Errorf("PagerDuty heard %q, want %q", got, want)
	}
}

// TestAlertmanager sends to a real one: one alert, that keeps its labels and ends.
func TestAlertmanager(t *testing.T) {
	t.Parallel()
	url := channeltest.Alertmanager(t)
	ch := open(t, channel.Config{Kind: "alertmanager", URL: url + "/"})
	first := message(1, channel.Opened)
	reference, err := ch.Send(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	second := message(2, channel.Updated)
	second.Reference, second.Title, second.Alert.Level, second.Alert.Vendor = reference, "worse", "critical", "aws"
	if _, err := ch.Send(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	all := channeltest.Alerts(t, url)
	if len(all) != 1 || all[0].Labels["vendor"] != "netflix" || all[0].Labels["severity"] != "major" || all[0].Annotations["summary"] != "worse" || all[0].Annotations["level"] != "critical" {
		t.Fatalf("the Alertmanager has %+v", all)
	}
	third := message(3, channel.Resolved)
	third.Reference = reference
	if _, err := ch.Send(t.Context(), third); err != nil {
		t.Fatal(err)
	}
	if all := channeltest.Alerts(t, url); len(all) > 0 {
		t.Fatalf("the alert does not end: %+v", all)
	}
}

// TestShoutrrr sends by one of its services, to a web server that stands for ntfy.
func TestShoutrrr(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, func(w http.ResponseWriter, _ channeltest.Request) bool {
		_, _ = w.Write([]byte(`{"id":"1"}`))
		return true
	})
	host := strings.TrimPrefix(web.URL, "http://")
	thread(t, open(t, channel.Config{Kind: "shoutrrr", URL: "generic://" + host + "/alerts?disabletls=yes&template=json"}))
	if got := web.Got(); len(got) != 3 || !strings.Contains(string(got[0].Body), "second line") {
		t.Errorf("shoutrrr sent %d messages", len(got))
	}
	if _, err := open(t, channel.Config{Kind: "shoutrrr", URL: "generic://127.0.0.1:1/token?disabletls=yes"}).Send(t.Context(), message(1, channel.Opened)); err == nil || strings.Contains(err.Error(), "token") {
		t.Errorf("a receiver that is away gives %v", err)
	}
}
