"""Studies of a plugin: many runs of it, side by side, and what they say together.

A study asks nothing new of a plugin: hyper-parameters are keyword defaults, ``fit`` is a function, and which rows it
learns from is decided on the trusted side. So all of this works on any plugin.
"""
