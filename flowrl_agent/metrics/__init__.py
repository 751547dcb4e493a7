"""Numbers of a run: `condense` turns raw values into named floats, `sinks` write them down."""
