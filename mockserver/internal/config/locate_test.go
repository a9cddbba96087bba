package config

import (
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	ready := file(t, "ready", "http://localhost:41234/connectmypairs\n")
	for _, c := range []struct {
		args []string
		want string // a URL, or the beginning of an error
	}{
		{nil, "http://localhost:8080/connectmypairs"},
		{[]string{"--listen", "0.0.0.0:9000", "--tls-self-signed"}, "https://127.0.0.1:9000/connectmypairs"},
		{[]string{"--listen", "[::1]:9000", "--base-path", "/"}, "http://[::1]:9000/"},
		{[]string{"--control", ":9001"}, "http://127.0.0.1:9001/connectmypairs"},
		{[]string{"--listen", "[::]:9000"}, "http://[::1]:9000/connectmypairs"},
		{[]string{"--listen", "localhost:0", "--ready-file", ready}, "http://localhost:41234/connectmypairs"},
		{[]string{"--listen", "localhost:0", "--ready-file", "none"}, "--ready-file: no server is ready: open none"},
		{[]string{"--listen", "localhost:0"},
			"--listen: the port is not known before the server has picked it; give a URL"},
		{[]string{"--control", "off"}, "--control: a server without control API cannot be asked; give a URL"},
		{[]string{"--listen", "x"}, "--listen: \"x\" is not HOST:PORT"},
		{[]string{"--config", "none.yaml"}, "--config: cannot read none.yaml"},
	} {
		ctx, flags := parse(t, c.args...)
		got, err := Locate(ctx, flags)
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
	}
}

func TestToken(t *testing.T) {
	t.Setenv("MOCKSERVER_CONTROL_TOKEN_FILE", file(t, "token", "s3cret\n"))
	ctx, flags := parse(t)
	if token, err := Token(ctx, flags); err != nil || token != "s3cret" {
		t.Errorf("%q, %v, want that of the file", token, err)
	}
	t.Setenv("MOCKSERVER_CONTROL_TOKEN_FILE", "none")
	ctx, flags = parse(t)
	if _, err := Token(ctx, flags); err == nil || !strings.HasPrefix(err.Error(),
		"MOCKSERVER_CONTROL_TOKEN_FILE: cannot read none: ") {
		t.Errorf("%v, want an error that names the variable", err)
	}
}
