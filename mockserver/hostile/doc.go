// Package hostile holds tests only: attacks on the built mock server, most of them with normal clients at work beside
// them. Every test logs what it measured, and asserts bounds that hold on a busy machine too:
//
//	go test -v ./mockserver/hostile
//	go test -v ./mockserver/hostile -args -scale 20
//
// The second takes twenty times as long: 20 times the requests, and as long under attack.
package hostile
