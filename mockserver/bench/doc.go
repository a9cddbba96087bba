// Package bench holds the script that measures the mock server, and the servers that it is measured against; see
// README.md.
package bench
