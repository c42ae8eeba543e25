"""Where jobs run: the contract, and one file for each place."""
