package consumer_test

// The names of the two parties, and the file of what they agreed on.
const (
	consumerName = "connectmypairs-go-client"
	providerName = "connectmypairs"
	contractFile = consumerName + "-" + providerName + ".json"
)
