"""Mutation testing: small changes of the compiler's source, each of which some test must notice.

``mutations`` makes the changes, ``tests`` finds which tests run which line, ``worker`` runs the tests of one
change, and ``__main__`` picks a sample, keeps the results and compares the survivors with ``survivors.toml``.
"""
