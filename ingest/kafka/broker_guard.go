package kafka

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxRequest is the largest request that the embedded broker reads; Kafka's own
// limit is the same.
const maxRequest = 100 << 20

// guardedListener hangs up on whatever does not speak Kafka. The broker takes the
// length that a request claims for granted and ends the process on a request it
// does not know; a browser or a port scan must not do that.
type guardedListener struct{ net.Listener }

func (l guardedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &guardedConn{Conn: c, r: bufio.NewReaderSize(c, 64<<10)}, nil
}

// guardedConn looks at the head of each request before it lets it through.
type guardedConn struct {
	net.Conn
	r    *bufio.Reader
	left int // bytes of the present request that are still to be read
}

func (c *guardedConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		if err := c.nextRequest(); err != nil {
			return 0, err
		}
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// nextRequest checks length and kind of the request that begins here.
func (c *guardedConn) nextRequest() error {
	head, err := c.r.Peek(8) // length, key, version
	if err != nil {
		if len(head) > 0 && err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	size := binary.BigEndian.Uint32(head)
	key := int16(binary.BigEndian.Uint16(head[4:]))
	if size < 8 || size > maxRequest || kmsg.RequestForKey(key) == nil {
		_ = c.Close()
		return fmt.Errorf("%s does not speak kafka", c.RemoteAddr())
	}
	c.left = 4 + int(size)
	return nil
}
