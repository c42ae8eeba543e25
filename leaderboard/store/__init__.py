"""What is kept: the contract in prose, then the implementation."""
