"""The files that run inside a box: stdlib only, no import from the rest of the package.

The host mounts (or copies) this folder into the box and starts it with the box's own interpreter. The host imports
`wire` and `launch` from here too, so that both ends speak through the same code.
"""
