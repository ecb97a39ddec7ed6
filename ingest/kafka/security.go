package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/outcry/outcry/config"
)

// tlsConfig reads the files that kafka.tls names; nil where TLS is off.
func tlsConfig(c config.TLS) (*tls.Config, error) {
	if !c.Enabled {
		return nil, nil
	}
	t := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         c.ServerName,
		InsecureSkipVerify: c.InsecureSkipVerify,
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading kafka.tls.ca_file: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading kafka.tls.ca_file: %s has no certificate in PEM form", c.CAFile)
		}
	}
	switch {
	case c.CertFile != "" && c.KeyFile != "":
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading kafka.tls.cert_file %s with kafka.tls.key_file %s: %w", c.CertFile, c.KeyFile, err)
		}
		t.Certificates = []tls.Certificate{pair}
	case c.CertFile != "":
		return nil, errors.New("kafka.tls.cert_file is set without kafka.tls.key_file: a client certificate needs both")
	case c.KeyFile != "":
		return nil, errors.New("kafka.tls.key_file is set without kafka.tls.cert_file: a client certificate needs both")
	}
	return t, nil
}

// mechanism makes the SASL side of a connection; nil where it is off.
func mechanism(c config.SASL) (sasl.Mechanism, error) {
	if c.Mechanism == "" {
		return nil, nil
	}
	if c.Username == "" {
		return nil, fmt.Errorf("kafka.sasl.username is empty, but kafka.sasl.mechanism is %s", c.Mechanism)
	}
	password, err := saslPassword(c)
	if err != nil {
		return nil, err
	}
	switch c.Mechanism {
	case "plain":
		return plain.Mechanism{Username: c.Username, Password: password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, c.Username, password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, c.Username, password)
	}
	return nil, fmt.Errorf("kafka.sasl.mechanism is %q: use plain, scram-sha-256 or scram-sha-512", c.Mechanism)
}

// saslPassword takes the password itself before the file that holds it.
func saslPassword(c config.SASL) (string, error) {
	if p := c.Password.Reveal(); p != "" {
		return p, nil
	}
	if c.PasswordFile == "" {
		return "", fmt.Errorf("kafka.sasl.mechanism is %s, but neither kafka.sasl.password nor kafka.sasl.password_file is set", c.Mechanism)
	}
	b, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("reading kafka.sasl.password_file: %w", err)
	}
	p := strings.TrimRight(string(b), "\r\n")
	if p == "" {
		return "", fmt.Errorf("reading kafka.sasl.password_file: %s is empty", c.PasswordFile)
	}
	return p, nil
}
