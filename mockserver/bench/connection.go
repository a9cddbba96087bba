package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"
)

// exchangeTimeout ends a wait for an answer that does not come.
const exchangeTimeout = 30 * time.Second

// connection is a keep-alive connection that costs its program little: no http.Client, requests written as ready-made bytes,
// answers read only as far as it takes to find their status and end. Client and server share the machine, so what the client
// burns is missing from what is measured.
type connection struct {
	net.Conn
	buffer []byte
}

func dial(base *url.URL) (*connection, error) {
	conn, err := net.Dial("tcp", base.Host)
	if err != nil {
		return nil, err
	}
	return &connection{conn, make([]byte, 16<<10)}, nil
}

// exchange sends a request and waits for the whole answer. The answer is valid until the next exchange.
func (c *connection) exchange(request []byte) (status int, answer []byte, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	for read := 0; read < len(c.buffer); {
		n, err := c.Read(c.buffer[read:])
		if err != nil {
			return 0, nil, fmt.Errorf("no whole answer after %d bytes: %w", read, err)
		}
		read += n
		if status, end := measure(c.buffer[:read]); end > 0 && end <= read {
			return status, c.buffer[:read], nil
		}
	}
	return 0, nil, errors.New("an answer of more than 16 KiB is none to a create")
}

// measure returns an answer's status, and the length it has when it is whole; 0 when that cannot be told yet.
func measure(answer []byte) (status, length int) {
	head := bytes.Index(answer, []byte("\r\n\r\n"))
	if head < 0 {
		return 0, 0
	}
	status, _ = strconv.Atoi(string(answer[len("HTTP/1.1 "):len("HTTP/1.1 201")]))
	body := head + len("\r\n\r\n")
	if _, after, ok := bytes.Cut(answer[:head+1], []byte("\r\nContent-Length: ")); ok {
		digits, _, _ := bytes.Cut(after, []byte("\r"))
		size, err := strconv.Atoi(string(digits))
		if err != nil {
			return status, 0
		}
		return status, body + size
	}
	if bytes.HasSuffix(answer[body:], []byte("0\r\n\r\n")) { // the last chunk
		return status, len(answer)
	}
	return status, 0
}

// createRequest is a request to create an account, as a page of a frontend under development would send it.
func createRequest(base *url.URL, name string) []byte {
	return fmt.Appendf(nil, "POST %s/users/ HTTP/1.1\r\nHost: %s\r\nOrigin: http://localhost:3000\r\n"+
		"Username: %s\r\nContent-Length: 0\r\n\r\n", base.Path, base.Host, name)
}

// create makes one account on a connection of its own and reports anything but a 201.
func create(base *url.URL, name string) error {
	conn, err := dial(base)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(exchangeTimeout))
	status, answer, err := conn.exchange(createRequest(base, name))
	if err == nil && status != 201 {
		err = fmt.Errorf("creating %s got %d: %s", name, status, answer)
	}
	return err
}
