package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second time the file is there already
		if err := WriteFile(filepath.Join(dir, "report.json"), violated(), JSON); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"report.json"}) {
		t.Errorf("got %v", got)
	}
	file, err := os.Open(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if run, err := ReadJSON(file); err != nil || run.Verdict != Violated {
		t.Errorf("%s, %v", run.Verdict, err)
	}
}

func TestWriteFileLeavesTheOldReportWhenTheNewOneFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "junit.xml")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteFile(path, Run{}, func(w io.Writer, _ Run) error {
		_, _ = io.WriteString(w, "half")
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "old" {
		t.Errorf("%q, %v", content, err)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func TestWriteNamesThePathThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		WriteFile(filepath.Join(file, "below"), Run{}, JSON),
		WriteFile(filepath.Join(filepath.Dir(file), "missing", "report.json"), Run{}, JSON),
	} {
		if err == nil || !strings.Contains(err.Error(), filepath.Dir(file)) {
			t.Errorf("%v", err)
		}
	}
}
