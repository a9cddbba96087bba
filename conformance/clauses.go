package main

// clausesCommand prints the coverage table.
type clausesCommand struct{}

// Run prints the table.
func (c *clausesCommand) Run(out streams) error { return nil }
