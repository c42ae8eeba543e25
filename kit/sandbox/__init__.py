"""Where strangers' code runs: the contract, the conversation, and one file for each way."""
