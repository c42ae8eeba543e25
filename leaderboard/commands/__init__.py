"""The board's commands, one file each: parse, call one function, show."""
