"""`make bench`: what a step of training costs, against what others offer for the same work. Not a test.

A part is a module with a function `measure(folder)`, which writes its results there; `__main__` runs all parts.
"""
