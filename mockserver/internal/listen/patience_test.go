package listen

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// connected returns both ends of a connection whose writes have this patience.
func connected(t *testing.T, patience time.Duration) (server, client net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if client, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if server, err = (patient{listener, patience}).Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, client
}

// fill writes until that fails, and returns the error and how long the last write took.
func fill(conn io.Writer) (took time.Duration, err error) {
	part := make([]byte, 1<<20)
	for err == nil {
		began := time.Now()
		_, err = conn.Write(part)
		took = time.Since(began)
	}
	return took, err
}

func TestAWriteThatNobodyReadsEnds(t *testing.T) {
	t.Parallel()
	const patience = time.Second
	server, _ := connected(t, patience)
	took, err := fill(server)
	if !errors.Is(err, os.ErrDeadlineExceeded) || took < patience/2-50*time.Millisecond {
		t.Errorf("%v after %v", err, took)
	}
}

func TestAWriteThatIsReadSlowlyDoesNotEnd(t *testing.T) {
	t.Parallel()
	const patience = 500 * time.Millisecond
	server, client := connected(t, patience)
	go func() {
		for range 3 {
			<-time.After(patience / 4)
			_, _ = io.CopyN(io.Discard, client, 16<<20)
		}
		_, _ = io.Copy(io.Discard, client)
	}()
	part := make([]byte, 1<<20)
	for began := time.Now(); time.Since(began) < 3*patience; {
		if _, err := server.Write(part); err != nil {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
	}
}

func TestADeadlineOfSomebodyElseStays(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(net.Conn, time.Time) error{
		"of writes": net.Conn.SetWriteDeadline, "of both": net.Conn.SetDeadline,
	} {
		server, _ := connected(t, time.Hour)
		_, _ = server.Write([]byte("x")) // which sets its own
		_ = set(server, time.Now().Add(100*time.Millisecond))
		if took, err := fill(server); !errors.Is(err, os.ErrDeadlineExceeded) || took > 10*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
	server, _ := connected(t, 500*time.Millisecond)
	_ = server.SetWriteDeadline(time.Now().Add(time.Hour))
	_ = server.SetWriteDeadline(time.Time{})
	if _, err := fill(server); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after a deadline was taken away: %v", err)
	}
}

// net/http takes deadlines away after each request, and setting one anew for each write would cost 2 % of a create.
func TestTheDeadlineOfPatienceIsNotSetForEachRequest(t *testing.T) {
	t.Parallel()
	server, _ := connected(t, time.Hour)
	respond := func() (until int64) {
		_, _ = server.Write([]byte("x"))
		_ = server.SetWriteDeadline(time.Time{})
		return server.(*conn).until.Load()
	}
	if first, second := respond(), respond(); first == 0 || first != second {
		t.Errorf("until %d, then %d", first, second)
	}
}
