// Package consumer holds the consumer tests of the client. With the build tag pact they drive it through every documented
// answer and write the contracts in the folder above; without it, they check the contracts as committed. There is nothing here
// to import.
package consumer
