package control

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBody is the most that a request to the control API may send, in bytes: room for hundreds of thousands of accounts.
const MaxBody = 16 << 20

// problem is an error as RFC 9457 has it. Its detail says what would be right.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func newProblem(status int, detail string) *problem {
	return &problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

func badRequest(err error) *problem { return newProblem(http.StatusBadRequest, err.Error()) }

func (p *problem) write(w http.ResponseWriter) {
	send(w, p.Status, "application/problem+json", p)
}

// sendJSON answers with a value.
func sendJSON(w http.ResponseWriter, status int, value any) {
	send(w, status, "application/json", value)
}

func send(w http.ResponseWriter, status int, contentType string, value any) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	body := newPatientWriter(w)
	defer body.done()
	// Written as it is made, for a list may be long.
	err := json.MarshalWrite(body, value, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil && body.err == nil {
		panic(fmt.Sprintf("control: %v", err)) // our own types always marshal
	}
	_, _ = body.Write([]byte{'\n'})
}

// list becomes a JSON array, one element after the other.
type list[T any] iter.Seq[T]

// listOf ends early when the client is gone, which a HEAD never learns from writing.
func listOf[T any](r *http.Request, elements iter.Seq[T]) list[T] {
	return func(yield func(T) bool) {
		for element := range elements {
			if r.Context().Err() != nil || !yield(element) {
				return
			}
		}
	}
}

// MarshalJSONTo implements json.MarshalerTo.
func (l list[T]) MarshalJSONTo(encoder *jsontext.Encoder) error {
	if err := encoder.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for element := range l {
		if err := json.MarshalEncode(encoder, element); err != nil {
			return err
		}
	}
	return encoder.WriteToken(jsontext.EndArray)
}

// writeTimeout ends a stream or a list for a client that reads nothing.
const writeTimeout = 30 * time.Second

// patientWriter gives a client some time for every write, so that it may read a long answer slowly, but not stop.
type patientWriter struct {
	w       io.Writer
	control *http.ResponseController
	err     error // the first one, after which nobody reads any more
}

func newPatientWriter(w http.ResponseWriter) *patientWriter {
	return &patientWriter{w: w, control: http.NewResponseController(w)}
}

// Write implements io.Writer.
func (p *patientWriter) Write(part []byte) (n int, err error) {
	if p.err != nil {
		return 0, p.err
	}
	_ = p.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // failing that, TCP's own time-out ends it
	n, p.err = p.w.Write(part)
	return n, p.err
}

func (p *patientWriter) flush() {
	if p.err == nil {
		p.err = p.control.Flush()
	}
}

// done takes the deadline away, for the connection may serve other requests yet.
func (p *patientWriter) done() { _ = p.control.SetWriteDeadline(time.Time{}) }

// receive reads the JSON body of a request, strictly: a member that is unknown, or there twice, or null, is an error
// and not ignored. Its media type is not asked for: curl -d says that everything is a form.
func receive(w http.ResponseWriter, r *http.Request, value any) *problem {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return newProblem(http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body is larger than %d bytes; send it in several requests", MaxBody))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return newProblem(http.StatusRequestTimeout,
			"the body did not arrive in time; send it faster, or raise --header-timeout")
	}
	if err != nil {
		return badRequest(fmt.Errorf("the body could not be read: %w", err))
	}
	if err := json.Unmarshal(body, value, json.RejectUnknownMembers(true),
		json.WithUnmarshalers(refuseNull)); err != nil {
		return badRequest(explain(err, value))
	}
	return nil
}

// refuseNull keeps null from standing for nothing: PUT of null would clear a list, and {"faults":null} would change
// nothing. The exceptions are what a verifier may leave empty, which we do not look into.
var refuseNull = json.UnmarshalFromFunc(func(decoder *jsontext.Decoder, value any) error {
	switch value.(type) {
	case *any, *map[string]any:
		return errors.ErrUnsupported
	}
	if decoder.PeekKind() == jsontext.KindNull {
		return &json.SemanticError{JSONKind: jsontext.KindNull, GoType: reflect.TypeOf(value).Elem()}
	}
	return errors.ErrUnsupported
})

// explain turns the decoder's error into one about the body: where it is wrong, and what would be right there.
func explain(err error, value any) error {
	whole := shapeOf(reflect.TypeOf(value).Elem())
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return fmt.Errorf("the member %s is in the body twice", syntax.JSONPointer)
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is not JSON: %w; send %s", syntax.Err, whole)
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return fmt.Errorf("unknown member %s; send %s", semantic.JSONPointer, shapeOf(semantic.GoType))
	case errors.As(err, &semantic) && semantic.JSONPointer == "":
		return fmt.Errorf("the body cannot be %s; send %s", found(semantic), whole)
	case errors.As(err, &semantic):
		return fmt.Errorf("%s cannot be %s; send %s", semantic.JSONPointer, found(semantic), shapeOf(semantic.GoType))
	default:
		return fmt.Errorf("the body cannot be read: %w; send %s", err, whole)
	}
}

// found says which JSON was where another was wanted.
func found(err *json.SemanticError) string {
	switch err.JSONKind {
	case jsontext.KindBeginObject:
		return "a JSON object"
	case jsontext.KindBeginArray:
		return "a JSON array"
	case jsontext.KindNull:
		return "null"
	case jsontext.KindNumber:
		if len(err.JSONValue) > 0 && len(err.JSONValue) < 30 { // a fraction, or too large: it has to be seen
			return "the number " + err.JSONValue.String()
		}
	}
	return "a JSON " + err.JSONKind.String()
}

// shapeOf says which JSON fits a type.
func shapeOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Slice:
		return "an array of which each element is " + shapeOf(t.Elem())
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return "an object"
		}
		return "an object of which each member is " + shapeOf(t.Elem())
	case reflect.Struct:
		var members []string
		for _, field := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			members = append(members, name)
		}
		return "an object with the members " + strings.Join(members, ", ")
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	default:
		return "a number"
	}
}
