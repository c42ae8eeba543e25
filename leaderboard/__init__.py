"""The board: the private solutions, what is submitted, what it scored, who stands where."""
