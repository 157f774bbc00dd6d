"""The other side of every conversation: a virtual chip, and the people and keys it is made from.

It shares codecs with `apdu` and never a state machine: a mistake made twice the same way would
stay unseen.
"""
